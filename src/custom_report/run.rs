//! Runs of custom reports: asked for by a person or by a schedule, carried out by a job, ended with a stored file or with
//! the reason why there is none.
//!
//! A run keeps what was asked, as the definition then stood, and acts as whoever asked: that person's right is looked at
//! again when it begins. Its file goes the same way as an export's ([`crate::export`]), with rows that come one by one.

mod document;
mod job;
mod outcome;
mod prepared;
mod words;

pub use job::RunCustomReport;
pub(super) use outcome::{disable_unreadable, next_after};

pub use super::store::{CustomReportRun, list_runs};

use chrono::{DateTime, Utc};
use entity::enums::{AuditAction, CustomOutputFormat, Language, RunStatus, RunTrigger};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::store::{self, NewRun, Scheduled};
use super::{DateRange, LocalDates, Record, stored};
use crate::custom_report::{rights, rules};
use crate::kernel::audit_entry::AuditEntry;
use crate::kernel::db::{ReadScope, WriteScope};
use crate::kernel::error::{Error, Result};
use crate::kernel::jobs;
use crate::kernel::local_time::oslo_date;

impl CustomReportRun {
    pub fn has_ended(&self) -> bool {
        match self.status {
            RunStatus::Pending | RunStatus::Running => false,
            RunStatus::Succeeded | RunStatus::Failed | RunStatus::Cancelled => true,
        }
    }

    /// The definition's name when the run was asked for.
    pub fn name(&self) -> &str {
        self.definition.0["name"].as_str().unwrap_or_default()
    }

    /// The local dates that it covers.
    pub fn dates(&self) -> LocalDates {
        LocalDates {
            from: self.date_from.0,
            to: self.date_to.0,
        }
    }

    fn entry(&self, action: AuditAction, message: String, details: Json) -> AuditEntry {
        AuditEntry::new(action, "custom_report_run", self.id, message).with(details)
    }
}

/// What one run may have otherwise than its definition.
#[derive(Clone, Copy, Debug, Default)]
pub struct RunOptions {
    pub format: Option<CustomOutputFormat>,
    pub language: Option<Language>,
    pub range: Option<DateRange>,
}

/// Asks for a run; gives its id. It is pending until a worker takes it up.
///
/// # Errors
///
/// The right to read custom reports; an unknown definition; `run_requires_active_report`; the reason why this version does
/// not understand the definition, with the fault's path in it.
pub async fn run(scope: WriteScope, report: Uuid, options: RunOptions) -> Result<Uuid> {
    scope.actor().require(rights::READ_CUSTOM_REPORTS)?;
    let record = store::find(&scope, report).await?;
    let record = record.ok_or(Error::NotFound("custom report"))?;
    if !record.is_active {
        return Err(Error::rule(rules::RUN_REQUIRES_ACTIVE_REPORT));
    }
    stored::check(&record)?;
    let mut new = NewRun::of(&record, scope.now())?;
    if let Some(range) = options.range {
        new.dates = range.on(oslo_date(scope.now()));
    }
    new.format = options.format.unwrap_or(new.format);
    new.language = options.language.unwrap_or(new.language);
    new.support_access = scope.actor().support_access_id;
    let id = scope.new_id();
    let entry = enqueue(&scope, id, &record.name, new).await?;
    let entry = entry.ok_or_else(|| Error::internal("a run of no due time was there already"))?;
    scope.commit([entry]).await?;
    Ok(id)
}

/// Puts a run that the schedule wants into the queue, within the caller's transaction; gives its entry in the log, none
/// where the run is there already. It covers the dates of the day on which it was due, however late it is taken up. A
/// definition that cannot be run makes a run that fails.
///
/// # Errors
///
/// An unknown definition, and those of the database, which refuses a deleted one.
pub(super) async fn enqueue_scheduled(scope: &WriteScope, due: &Scheduled) -> Result<Option<AuditEntry>> {
    let record = store::find(scope, due.id).await?;
    let record = record.ok_or(Error::NotFound("custom report"))?;
    let mut new = NewRun::of(&record, due.next_run_at)?;
    new.trigger = RunTrigger::Schedule;
    new.due_at = Some(due.next_run_at);
    new.support_access = due.created_under_support_access_id;
    enqueue(scope, scope.new_id(), &record.name, new).await
}

impl NewRun {
    /// As somebody asks for it at this instant who wants nothing otherwise than the definition has it.
    fn of(record: &Record, at: DateTime<Utc>) -> Result<Self> {
        Ok(Self {
            report: record.id,
            trigger: RunTrigger::Manual,
            due_at: None,
            format: record.output_format,
            language: record.language,
            dates: stored::date_range(record)?.on(oslo_date(at)),
            support_access: None,
            definition: json!({
                "name": record.name, "description": record.description, "report_type": record.report_type,
                "filters": record.filters, "groupings": record.groupings, "columns": record.columns,
            }),
        })
    }
}

async fn enqueue(scope: &WriteScope, id: Uuid, name: &str, new: NewRun) -> Result<Option<AuditEntry>> {
    let details = json!({
        "custom_report_id": new.report, "trigger": new.trigger.as_str(), "due_at": new.due_at,
        "format": new.format.as_str(), "date_from": new.dates.from, "date_to": new.dates.to,
    });
    let asked = match new.trigger {
        RunTrigger::Manual => "was asked for",
        RunTrigger::Schedule => "came due",
    };
    if !store::insert_run(scope, id, new).await? {
        return Ok(None);
    }
    let job = RunCustomReport {
        organization_id: scope.organization(),
        run_id: id,
    };
    jobs::enqueue(scope, &job).await?;
    let message = format!("A run of the custom report \"{name}\" {asked}.");
    let entry = AuditEntry::new(AuditAction::CustomReportRunStarted, "custom_report_run", id, message);
    Ok(Some(entry.with(details)))
}

/// Ends a run: a pending one at once, a running one as soon as its worker hears of it, within about a second.
///
/// # Errors
///
/// The right to read custom reports; not found; `run_status_forward_only` for a run that has ended.
pub async fn cancel(scope: WriteScope, id: Uuid) -> Result<()> {
    scope.actor().require(rights::READ_CUSTOM_REPORTS)?;
    let run = store::lock_run(&scope, id).await?;
    let run = run.ok_or(Error::NotFound("run of a custom report"))?;
    if run.has_ended() {
        return Err(Error::rule(rules::RUN_STATUS_FORWARD_ONLY));
    }
    if run.cancel_requested_at.is_some() {
        return Ok(());
    }
    store::request_cancellation(&scope, &run).await?;
    let (ended, message) = match run.status {
        RunStatus::Pending => (
            true,
            format!("A run of the custom report \"{}\" was cancelled.", run.name()),
        ),
        _ => (
            false,
            format!(
                "The end of a run of the custom report \"{}\" was asked for.",
                run.name()
            ),
        ),
    };
    let details = json!({ "custom_report_id": run.custom_report_id, "ended": ended });
    scope
        .commit([run.entry(AuditAction::CustomReportRunCancelled, message, details)])
        .await
}

/// The run; `None` where the caller can see no such run.
pub async fn find(scope: &ReadScope, id: Uuid) -> Result<Option<CustomReportRun>> {
    if !rights::READ_CUSTOM_REPORTS.held_by(scope.actor().standing) {
        return Ok(None);
    }
    store::find_run(scope, id).await
}
