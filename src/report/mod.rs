//! Bufdir reports: one per organization and period, with immutable generations behind it.
//!
//! The use cases are verbs, each one transaction: it checks the right, locks the report, takes one step of the state
//! machine, and commits with its audit entries. Whoever adds one adds its step to `status` (from where, to where, by
//! whom), its effect to `transition`, both to `app.check_report`, its rule to `crate::kernel::rule`, and a test named as
//! the rule. All statements are in `store`.

mod batches;
mod document;
mod export;
mod generate;
pub mod graphql;
pub mod ids;
pub mod period;
mod record;
pub mod rights;
pub mod rules;
pub mod sheets;
mod source;
mod status;
mod store;
mod submission;
mod transition;
pub mod warnings;

pub use export::{ExportRequest, RunReportExport, export};
pub use generate::{GenerateReport, Preview, breakdowns, preview};
pub use store::{
    DayFilter, FrozenDay, Generation, PeriodFigure, PeriodOrder, Report, ReportFilter, ReportOrder, ReportPeriod,
    ReportPeriodFilter, ReportWarning, find_generation, find_period, find_report, frozen_days, list_periods,
    list_reports,
};
pub use submission::{ConfirmedSubmission, confirm_submission};

use entity::enums::AuditAction;
use serde_json::json;
use uuid::Uuid;

use self::status::Step;
use crate::format;
use crate::format::rules::FORMAT_VERSION_COVERS_BASIS_YEAR;
use crate::kernel::audit_entry::AuditEntry;
use crate::kernel::db::WriteScope;
use crate::kernel::error::{Error, Result};

/// In characters; the trail shows the reason whole.
const MAX_REASON_LENGTH: usize = 1000;

/// Asks for the period's report. The figures come from a job; the report is pending until then.
pub async fn generate(scope: WriteScope, period_id: Uuid, notes: Option<String>) -> Result<Uuid> {
    scope.actor().require(rights::GENERATE_REPORTS)?;
    let period = store::lock_period(&scope, period_id).await?;
    if period.starts_at.0 > scope.now() {
        return Err(Error::rule(rules::PERIOD_NOT_ENTIRELY_IN_FUTURE).at("input.reportPeriodId"));
    }
    let version = format_version(&scope, period.basis_year)
        .await
        .map_err(|error| error.at("input.reportPeriodId"))?;
    let id = transition::create(&scope, &period, &version, notes)
        .await
        .map_err(|error| match error.broken_rule() {
            Some(rules::NOTES_LENGTH) => error.at("input.notes"),
            _ => error,
        })?;
    let entry = started(id, 1, &version, "Asked for the report's generation.");
    scope.commit([entry]).await?;
    Ok(id)
}

/// Asks anew after a failure. The format version is chosen anew as well.
pub async fn retry(scope: WriteScope, report_id: Uuid) -> Result<()> {
    let report = lock_for(&scope, report_id, Step::Retry).await?;
    let message = "Asked for the generation again after its failure.";
    let entry = ask_again(&scope, &report, Step::Retry, message).await?;
    scope.commit([entry]).await
}

/// Asks for a further generation of a report that was not exported. The former stays readable. One that would say the same
/// is refused, since each is kept for good (`nothing_changed_since_generation`).
pub async fn regenerate(scope: WriteScope, report_id: Uuid) -> Result<()> {
    let report = lock_for(&scope, report_id, Step::Regenerate).await?;
    Step::Regenerate.from(report.status)?;
    if generate::is_unchanged(&scope, &report).await? {
        return Err(Error::rule(rules::NOTHING_CHANGED_SINCE_GENERATION));
    }
    let entry = ask_again(&scope, &report, Step::Regenerate, "Asked for a further generation.").await?;
    scope.commit([entry]).await
}

/// Opens an exported report for a further generation; what was exported and confirmed stays with its generation.
pub async fn reopen(scope: WriteScope, report_id: Uuid, reason: &str) -> Result<()> {
    scope.actor().require(Step::Reopen.right())?;
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Error::rule(rules::REOPENING_REQUIRES_REASON).at("input.reason"));
    }
    if reason.chars().count() > MAX_REASON_LENGTH {
        return Err(Error::rule(rules::REOPENING_REASON_LENGTH).at("input.reason"));
    }
    let report = store::lock_report(&scope, report_id).await?;
    let message = "Asked for a further generation after reopening.";
    let started = ask_again(&scope, &report, Step::Reopen, message).await?;
    let reopened = AuditEntry::new(
        AuditAction::ReportReopened,
        "report",
        report_id,
        format!("Reopened: {reason}"),
    )
    .of_report(report_id)
    .with(json!({"reason": reason, "generation": report.current_generation}));
    scope.commit([reopened, started]).await
}

/// Replaces the notes; none takes them away. A confirmed submission locks them.
pub async fn update_notes(scope: WriteScope, report_id: Uuid, notes: Option<String>) -> Result<()> {
    scope.actor().require(rights::EDIT_PERIODS)?;
    store::lock_report(&scope, report_id).await?;
    let notes = notes.filter(|notes| !notes.trim().is_empty());
    let length = notes.as_deref().map_or(0, |notes| notes.chars().count());
    store::update_notes(&scope, report_id, notes)
        .await
        .map_err(|error| error.at("input.notes"))?;
    // The text itself may be changed later and may be long; the log keeps that it changed.
    let entry = AuditEntry::new(AuditAction::NotesChanged, "report", report_id, "Changed the notes.")
        .of_report(report_id)
        .with(json!({"characters": length}));
    scope.commit([entry]).await
}

/// Locks the report for a step that the acting person may take.
async fn lock_for(scope: &WriteScope, report_id: Uuid, step: Step) -> Result<Report> {
    scope.actor().require(step.right())?;
    store::lock_report(scope, report_id).await
}

async fn ask_again(scope: &WriteScope, report: &Report, step: Step, message: &str) -> Result<AuditEntry> {
    step.from(report.status)?;
    let period = store::find_period(scope, report.report_period_id).await?;
    let period = period.ok_or(Error::NotFound("report period"))?;
    let version = format_version(scope, period.basis_year).await?;
    transition::ask_again(scope, report, step, &version).await?;
    Ok(started(report.id, report.current_generation + 1, &version, message))
}

fn started(report_id: Uuid, generation: i32, version: &str, message: &str) -> AuditEntry {
    AuditEntry::new(AuditAction::GenerationStarted, "report", report_id, message)
        .of_report(report_id)
        .with(json!({"generation": generation, "format_version": version}))
}

async fn format_version(scope: &WriteScope, basis_year: i32) -> Result<String> {
    let version = format::for_basis_year(scope, basis_year).await?;
    let refusal = || {
        Error::rule_because(
            FORMAT_VERSION_COVERS_BASIS_YEAR,
            format!("No format version covers the basis year {basis_year}."),
        )
    };
    Ok(version.ok_or_else(refusal)?.version.clone())
}
