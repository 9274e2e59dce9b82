//! Runs of custom reports: asked for by a person or by a schedule, carried out by a job, ended with a stored file or with
//! the reason why there is none.
//!
//! A run keeps what was asked, as the definition then stood, and acts as whoever asked: that person's right is looked at
//! again when it begins. Its file goes the same way as an export's ([`crate::export`]), with rows that come one by one.

mod document;
mod job;
mod outcome;
mod prepared;
mod store;
mod words;

pub use job::RunCustomReport;
pub(super) use outcome::{disable_unreadable, next_after};
pub(super) use store::{Scheduled, claim_schedule, owner, save_schedule};

use chrono::{DateTime, Utc};
use entity::enums::{AuditAction, CustomOutputFormat, Language, RunStatus, RunTrigger};
use sea_orm::QueryResult;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use self::store::NewRun;
use super::{DateRange, LocalDates, Record, stored};
use crate::export::StoredFile;
use crate::kernel::actor::Right;
use crate::kernel::audit_entry::AuditEntry;
use crate::kernel::db::{ReadScope, WriteScope};
use crate::kernel::error::{Error, Result};
use crate::kernel::jobs;
use crate::kernel::local_time::oslo_date;
use crate::kernel::page::{Page, PageRequest};
use crate::kernel::rule::Rule;

/// A run, with its file.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    pub organization_id: Uuid,
    pub id: Uuid,
    pub custom_report_id: Uuid,
    /// Of a schedule's run: whoever the definition belonged to.
    pub requested_by: Uuid,
    pub support_access_id: Option<Uuid>,
    pub trigger: RunTrigger,
    /// When the schedule wanted it, UTC.
    pub due_at: Option<DateTime<Utc>>,
    pub status: RunStatus,
    pub format: CustomOutputFormat,
    pub language: Language,
    pub dates: LocalDates,
    /// What was asked, as the definition then stood.
    pub definition: Json,
    pub rows_so_far: i32,
    pub row_count: Option<i32>,
    /// Place, label, sum and number of hidden cells of each column of numbers.
    pub control_totals: Option<Json>,
    pub error_code: Option<String>,
    pub error_message: Option<String>,
    /// UTC.
    pub created_at: DateTime<Utc>,
    /// UTC.
    pub started_at: Option<DateTime<Utc>>,
    /// UTC.
    pub completed_at: Option<DateTime<Utc>>,
    /// UTC.
    pub cancel_requested_at: Option<DateTime<Utc>>,
    pub file: Option<StoredFile>,
}

impl Run {
    pub fn has_ended(&self) -> bool {
        match self.status {
            RunStatus::Pending | RunStatus::Running => false,
            RunStatus::Succeeded | RunStatus::Failed | RunStatus::Cancelled => true,
        }
    }

    /// The definition's name when the run was asked for.
    pub fn name(&self) -> &str {
        self.definition["name"].as_str().unwrap_or_default()
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
    scope.actor().require(Right::ReadCustomReports)?;
    let record = store::find_report(&scope, report).await?;
    let record = record.ok_or(Error::NotFound("custom report"))?;
    if !record.is_active {
        return Err(Error::rule(Rule::RunRequiresActiveReport));
    }
    stored::checked(&record)?;
    let mut new = NewRun::of(&record, scope.now())?;
    if let Some(range) = options.range {
        new.dates = range.on(oslo_date(scope.now()));
    }
    new.format = options.format.unwrap_or(new.format);
    new.language = options.language.unwrap_or(new.language);
    new.support_access = scope.actor().support_access_id;
    let id = scope.new_id();
    let started = started(&scope, id, &record.name, new).await?;
    let started = started.ok_or_else(|| Error::internal("a run of no due time was there already"))?;
    scope.commit([started]).await?;
    Ok(id)
}

/// Puts a run that the schedule wants into the queue, within the caller's transaction; gives its entry in the log, none
/// where the run is there already. It covers the dates of the day on which it was due, however late it is taken up. A
/// definition that cannot be run makes a run that fails.
///
/// # Errors
///
/// An unknown definition, and those of the database, which refuses a deleted one.
pub(super) async fn begin_scheduled(scope: &WriteScope, report: Uuid, due: &Scheduled) -> Result<Option<AuditEntry>> {
    let record = store::find_report(scope, report).await?;
    let record = record.ok_or(Error::NotFound("custom report"))?;
    let mut new = NewRun::of(&record, due.next_run_at)?;
    new.trigger = RunTrigger::Schedule;
    new.due_at = Some(due.next_run_at);
    new.support_access = due.created_under_support_access_id;
    started(scope, scope.new_id(), &record.name, new).await
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

async fn started(scope: &WriteScope, id: Uuid, name: &str, new: NewRun) -> Result<Option<AuditEntry>> {
    let details = json!({
        "custom_report_id": new.report, "trigger": new.trigger.as_str(), "due_at": new.due_at,
        "format": new.format.as_str(), "date_from": new.dates.from, "date_to": new.dates.to,
    });
    let asked = match new.trigger {
        RunTrigger::Manual => "was asked for",
        RunTrigger::Schedule => "came due",
    };
    if !store::insert(scope, id, new).await? {
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
    scope.actor().require(Right::ReadCustomReports)?;
    let run = store::lock(&scope, id).await?;
    let run = run.ok_or(Error::NotFound("run of a custom report"))?;
    if run.has_ended() {
        return Err(Error::rule(Rule::RunStatusForwardOnly));
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

/// The run, if the organization has it.
pub async fn find(scope: &ReadScope, id: Uuid) -> Result<Option<Run>> {
    store::find(scope, id).await
}

/// A page of a definition's runs, the newest first; [`from_row`] reads its rows.
pub async fn list(scope: &ReadScope, report: Uuid, page: &PageRequest) -> Result<Page<QueryResult>> {
    store::list(scope, report, page).await
}

/// Reads a row of [`list`].
pub fn from_row(row: &QueryResult) -> Result<Run> {
    store::run(row)
}
