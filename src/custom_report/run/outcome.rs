//! How a run ends: recorded once, in one transaction, with what it leaves on its definition and on the schedule.

use chrono::{DateTime, TimeDelta, Utc};
use entity::enums::{AuditAction, RunStatus, RunTrigger};
use render::ControlTotals;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::CustomReportRun;
use crate::custom_report::store::{self, Scheduled};
use crate::custom_report::stored::unreadable;
use crate::custom_report::{rules, schedule};
use crate::export::{ExportFailure, StoredFile, record_file};
use crate::kernel::audit_entry::AuditEntry;
use crate::kernel::db::WriteScope;
use crate::kernel::error::{Error, Result};

/// So many failed runs in a row switch a schedule off.
const MAX_FAILURES: i32 = 5;
/// How long a schedule rests after its first failure; after each further one three times as long.
const FIRST_REST: TimeDelta = TimeDelta::minutes(5);

/// What came of an attempt.
pub(super) enum RunOutcome<'a> {
    Succeeded {
        file: &'a StoredFile,
        totals: &'a ControlTotals,
    },
    Failed(&'a ExportFailure),
    Cancelled,
}

/// Records the outcome and commits. A run that another attempt has ended is left alone; one that was cancelled meanwhile
/// is cancelled. Gives how it ended by this, if it did.
///
/// # Errors
///
/// Those of the database; nothing is recorded then.
pub(super) async fn record(scope: WriteScope, run: Uuid, outcome: RunOutcome<'_>) -> Result<Option<RunStatus>> {
    let run = store::lock_run(&scope, run).await?;
    let run = run.ok_or(Error::NotFound("run of a custom report"))?;
    if run.has_ended() {
        return Ok(None);
    }
    let outcome = if run.cancel_requested_at.is_some() {
        RunOutcome::Cancelled
    } else {
        outcome
    };
    let (status, entries) = match outcome {
        RunOutcome::Succeeded { file, totals } => (RunStatus::Succeeded, succeed(&scope, &run, file, totals).await?),
        RunOutcome::Failed(failure) => (RunStatus::Failed, fail(&scope, &run, failure).await?),
        RunOutcome::Cancelled => (RunStatus::Cancelled, cancel(&scope, &run).await?),
    };
    scope.commit(entries).await?;
    Ok(Some(status))
}

async fn succeed(
    scope: &WriteScope,
    run: &CustomReportRun,
    file: &StoredFile,
    totals: &ControlTotals,
) -> Result<Vec<AuditEntry>> {
    record_file(scope, file).await?;
    let control_totals = control_totals(totals);
    store::succeed_run(scope, run, file, totals.rows(), control_totals.clone()).await?;
    store::record_result(scope, run, RunStatus::Succeeded, Some((totals.rows(), file))).await?;
    if run.trigger == RunTrigger::Schedule
        && let Some(scheduled) = store::lock_schedule(scope, run.custom_report_id).await?
    {
        store::save_schedule(scope, scheduled.id, scheduled.next_run_at, 0).await?;
    }
    let message = format!("A run of the custom report \"{}\" was completed.", run.name());
    let details = json!({
        "custom_report_id": run.custom_report_id, "file_id": file.id, "format": run.output_format.as_str(),
        "size_bytes": file.size_bytes, "sha256": file.sha256.to_string(), "rows": totals.rows(),
        "control_totals": control_totals, "renderer_version": file.renderer_version,
    });
    Ok(vec![run.entry(AuditAction::CustomReportRunCompleted, message, details)])
}

/// Each column of numbers with its sum, and with how many hidden cells that leaves out.
fn control_totals(totals: &ControlTotals) -> Json {
    let sums = totals.sums();
    sums.map(|of| json!({ "column": of.column, "label": of.header, "sum": of.sum.to_string(), "hidden": of.hidden }))
        .collect()
}

async fn fail(scope: &WriteScope, run: &CustomReportRun, failure: &ExportFailure) -> Result<Vec<AuditEntry>> {
    store::fail_run(scope, run, failure).await?;
    store::record_result(scope, run, RunStatus::Failed, None).await?;
    let message = format!(
        "A run of the custom report \"{}\" failed: {}",
        run.name(),
        failure.message
    );
    let details = json!({ "custom_report_id": run.custom_report_id, "error_code": failure.code.as_str() });
    let entry = run.entry(AuditAction::CustomReportRunFailed, message, details);
    let disabled = match run.trigger {
        RunTrigger::Manual => None,
        RunTrigger::Schedule => count_failure(scope, run.custom_report_id, &failure.message).await?,
    };
    Ok(std::iter::once(entry).chain(disabled).collect())
}

async fn cancel(scope: &WriteScope, run: &CustomReportRun) -> Result<Vec<AuditEntry>> {
    store::cancel_run(scope, run).await?;
    store::record_result(scope, run, RunStatus::Cancelled, None).await?;
    let message = format!("A run of the custom report \"{}\" was cancelled.", run.name());
    let details = json!({ "custom_report_id": run.custom_report_id, "ended": true });
    Ok(vec![run.entry(AuditAction::CustomReportRunCancelled, message, details)])
}

/// The schedule rests longer after each failure in a row, and is switched off by the last that it may have; gives the
/// entry of that.
pub(in crate::custom_report) async fn count_failure(
    scope: &WriteScope,
    report: Uuid,
    reason: &str,
) -> Result<Option<AuditEntry>> {
    let Some(scheduled) = store::lock_schedule(scope, report).await? else {
        return Ok(None);
    };
    let failures = scheduled.schedule_failures + 1;
    if failures >= MAX_FAILURES {
        let reason = format!("{failures} runs in a row failed, the last one because: {reason}");
        return disable(scope, &scheduled, failures, &reason).await.map(Some);
    }
    let rested = scope.now() + rest_after(failures);
    match next_after(&scheduled, rested) {
        Ok(next) => {
            let next = next.max(scheduled.next_run_at);
            store::save_schedule(scope, scheduled.id, next, failures).await?;
            Ok(None)
        }
        Err(why) => disable_unreadable(scope, &scheduled, failures, &why).await.map(Some),
    }
}

/// When the schedule comes due after an instant, UTC.
///
/// # Errors
///
/// `valid_cron_expression` for one that this version does not read, or that has no further time.
pub(in crate::custom_report) fn next_after(scheduled: &Scheduled, after: DateTime<Utc>) -> Result<DateTime<Utc>> {
    let next = schedule::parse(&scheduled.schedule_cron)?.next_after(after);
    let never = "The cron expression never fires again.";
    next.ok_or_else(|| Error::rule_because(rules::VALID_CRON_EXPRESSION, never))
}

/// Switches off a schedule that this version does not read; gives the entry of that.
pub(in crate::custom_report) async fn disable_unreadable(
    scope: &WriteScope,
    scheduled: &Scheduled,
    failures: i32,
    why: &Error,
) -> Result<AuditEntry> {
    let reason = unreadable(&scheduled.schedule_cron, why);
    disable(scope, scheduled, failures, &reason).await
}

/// Five minutes after the first failure, then a quarter of an hour, and so on.
fn rest_after(failures: i32) -> TimeDelta {
    (1..failures.min(MAX_FAILURES)).fold(FIRST_REST, |rest, _| rest * 3)
}

async fn disable(scope: &WriteScope, scheduled: &Scheduled, failures: i32, reason: &str) -> Result<AuditEntry> {
    store::disable_schedule(scope, scheduled.id, failures, reason).await?;
    let name = &scheduled.name;
    let message = format!("The schedule of the custom report \"{name}\" was switched off: {reason}");
    let action = AuditAction::CustomReportScheduleDisabled;
    let entry = AuditEntry::new(action, "custom_report", scheduled.id, message);
    Ok(entry.with(json!({ "failures": failures })))
}
