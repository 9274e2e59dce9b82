//! Exports of a report: what is asked for, the job that makes the file, and what the stored file changes.

use std::time::Duration;

use async_trait::async_trait;
use entity::enums::{AuditAction, ExportFormat, Language, ReportStatus, ScopeLevel, WarningCode};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::document::document;
use super::generate::counted_period;
use super::record::raised;
use super::source::Extract;
use super::status::Step;
use super::store::{self, Generation, Report, ReportWarning};
use super::{lock_for, transition, warnings};
use crate::export::{
    Document, ExportCaller, ExportFailure, ExportOperation, ExportSource, FailureCode, NewExport, PipelineContext,
    StoredFile, begin, give_up, run,
};
use crate::format;
use crate::kernel::audit_entry::AuditEntry;
use crate::kernel::db::{ReadScope, WriteScope};
use crate::kernel::error::{Error, Result};
use crate::kernel::jobs::{self, Job, JobContext};
use crate::kernel::right::Right;
use crate::report::{rights, rules};

/// A report's file has some hundred rows; ten minutes are for a database that is busy otherwise.
const TIME_LIMIT: Duration = Duration::from_secs(600);

/// What someone wants to export, and which warnings they accept with it.
pub struct ExportRequest {
    pub report_id: Uuid,
    pub format: ExportFormat,
    pub scope_level: ScopeLevel,
    pub scope_unit: Option<Uuid>,
    pub language: Language,
    pub accepted_warnings: Vec<WarningCode>,
}

/// Asks for a file of the current generation; gives the export operation's id. A national export needs every warning
/// accepted, among them what has changed since the generation.
pub async fn export(scope: WriteScope, request: ExportRequest) -> Result<Uuid> {
    let report = lock_for(&scope, request.report_id, Step::Export).await?;
    Step::Export.from(report.status)?;
    let generation = store::current_generation(&scope, &report)
        .await?
        .ok_or_else(|| Error::rule(rules::REPORT_DATA_REQUIRED_BEFORE_EXPORT))?;
    let mut entries = Vec::new();
    let national = request.scope_level == ScopeLevel::National;
    if national {
        entries.extend(note_drift(&scope, &report, &generation).await?);
    }
    entries.extend(accept_warnings(&scope, &report, &generation, &request.accepted_warnings, national).await?);

    let export = NewExport {
        report_period_id: report.report_period_id,
        format: request.format,
        scope_level: request.scope_level,
        scope_id: request.scope_unit,
        language: request.language,
        format_version: generation.format_version.clone(),
        source: ExportSource::Report {
            report_id: report.id,
            generation_id: generation.id,
        },
    };
    let export_id = begin(&scope, &export).await?;
    let job = RunReportExport {
        organization_id: scope.organization(),
        export_id,
    };
    jobs::enqueue(&scope, &job).await?;
    entries.push(started(&report, &generation, &request, export_id));
    scope.commit(entries).await?;
    Ok(export_id)
}

fn started(report: &Report, generation: &Generation, request: &ExportRequest, export_id: Uuid) -> AuditEntry {
    let message = format!(
        "Asked for an export as {}, {}.",
        request.format.as_str(),
        request.scope_level.as_str()
    );
    AuditEntry::new(AuditAction::ExportStarted, "export", export_id, message)
        .of_report(report.id)
        .with(json!({
            "format": request.format.as_str(), "scope_level": request.scope_level.as_str(),
            "scope_id": request.scope_unit, "language": request.language.as_str(), "generation": generation.number,
            "report_period_id": report.report_period_id,
        }))
}

/// Measures what changed since the activities were frozen. A change that the generation's warning does not tell of yet is
/// raised, and to be accepted, anew; the trail keeps what was accepted before.
async fn note_drift(scope: &WriteScope, report: &Report, generation: &Generation) -> Result<Option<AuditEntry>> {
    let period = store::lock_period(scope, report.report_period_id).await?;
    // Without the key (erased with the participants, years later) nothing can be compared any more.
    let Some(key) = store::participant_key(scope, period.basis_year).await? else {
        return Ok(None);
    };
    let drift = format::drift(
        scope,
        &counted_period(scope.organization(), &period),
        generation.id,
        &key.0,
    )
    .await?;
    let Some(warning) = warnings::drifted(drift) else {
        return Ok(None);
    };
    let held = store::warnings_of(scope, &[generation.id]).await?;
    match held.iter().find(|held| held.code == warning.code) {
        Some(held) if held.details.0 == warning.details => return Ok(None),
        Some(_) => store::replace_warning(scope, generation.id, &warning).await?,
        None => store::insert_warning(scope, generation.id, &warning).await?,
    }
    Ok(Some(raised(report.id, generation.id, &warning)))
}

/// Accepts the generation's warnings of these codes; an event each. With `all`, those that are left refuse the export.
async fn accept_warnings(
    scope: &WriteScope,
    report: &Report,
    generation: &Generation,
    codes: &[WarningCode],
    all: bool,
) -> Result<Vec<AuditEntry>> {
    let held = store::warnings_of(scope, &[generation.id]).await?;
    if let Some(unknown) = codes
        .iter()
        .find(|code| held.iter().all(|warning| warning.code != **code))
    {
        let message = format!(
            "The generation has no warning {} to accept.",
            unknown.as_str().to_uppercase()
        );
        return Err(Error::rule_because(rules::WARNING_CODE_VALID, message).at("input.acceptedWarnings"));
    }
    let mut entries = Vec::new();
    let mut left = Vec::new();
    for warning in held.iter().filter(|warning| warning.accepted_at.is_none()) {
        if codes.contains(&warning.code) {
            store::accept_warning(scope, warning).await?;
            entries.push(accepted(report.id, warning));
        } else {
            // Spelled as the input takes it.
            left.push(format!(
                "{} ({})",
                warning.code.as_str().to_uppercase(),
                warning.message_en
            ));
        }
    }
    if all && !left.is_empty() {
        let message = format!(
            "Accept these warnings by their codes in acceptedWarnings: {}",
            left.join("; ")
        );
        return Err(Error::rule_because(rules::WARNINGS_MUST_BE_ACCEPTED, message));
    }
    Ok(entries)
}

fn accepted(report: Uuid, warning: &ReportWarning) -> AuditEntry {
    let message = format!("Accepted the warning: {}", warning.message_en);
    AuditEntry::new(
        AuditAction::WarningAccepted,
        "report_generation",
        warning.generation_id,
        message,
    )
    .of_report(report)
    .with(json!({"code": warning.code.as_str(), "message_nb": warning.message_nb, "details": warning.details.0}))
}

/// The job that makes a report's file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunReportExport {
    pub organization_id: Uuid,
    pub export_id: Uuid,
}

impl Job for RunReportExport {
    const NAME: &'static str = "run_report_export";
    const ATTEMPTS: i16 = 5;

    fn key(&self) -> Option<String> {
        Some(format!("export:{}", self.export_id))
    }

    async fn run(&self, ctx: &JobContext) -> Result<()> {
        let pipeline = PipelineContext::of(ctx, ctx.attempt >= Self::ATTEMPTS, TIME_LIMIT)?;
        run(&pipeline, &ReportExports, self.organization_id, self.export_id).await
    }

    async fn failed(&self, ctx: &JobContext, _error: &Error) -> Result<()> {
        // The worker died on the last attempt, or its result could not be recorded. Whatever killed it would kill the
        // next one as well, so that nothing is rendered any more.
        let pipeline = PipelineContext::of(ctx, true, TIME_LIMIT)?;
        give_up(&pipeline, &ReportExports, self.organization_id, self.export_id).await
    }
}

/// The reports' side of the export pipeline.
struct ReportExports;

#[async_trait]
impl ExportCaller for ReportExports {
    fn right(&self) -> Right {
        rights::EXPORT_REPORTS
    }

    async fn load_document(&self, scope: &ReadScope, operation: &ExportOperation) -> Result<Document, ExportFailure> {
        let generation_id = operation
            .generation_id
            .ok_or_else(|| Error::internal("a report's export without one"))?;
        let extract = Extract {
            generation_id,
            scope_unit: operation.scope_id,
            language: operation.language,
        };
        document(scope, extract).await
    }

    /// The report: asking for an export locks it, and then waits for the pending one that this transaction ends.
    async fn lock(&self, scope: &WriteScope, operation: &ExportOperation) -> Result<()> {
        match operation.report_id {
            Some(report) => store::lock_report(scope, report).await.map(drop),
            None => Ok(()),
        }
    }

    /// A national file of the current generation makes the report exported; a working paper changes nothing. A national
    /// file of a generation that is no more current would look official and be none: it is not kept.
    async fn record_completion(
        &self,
        scope: &WriteScope,
        operation: &ExportOperation,
        file: &StoredFile,
    ) -> Result<Vec<AuditEntry>, ExportFailure> {
        let (Some(report_id), ScopeLevel::National) = (operation.report_id, operation.scope_level) else {
            return Ok(Vec::new());
        };
        let report = store::lock_report(scope, report_id).await?;
        let current = store::current_generation(scope, &report).await?;
        let is_current = current.is_some_and(|generation| Some(generation.id) == operation.generation_id);
        if !is_current || Step::Export.from(report.status).is_err() {
            return Err(report_changed());
        }
        transition::export(scope, &report, operation, file).await?;
        Ok(vec![exported(&report, operation, file)])
    }

    async fn record_failure(&self, _: &WriteScope, _: &ExportOperation, _: &ExportFailure) -> Result<Vec<AuditEntry>> {
        Ok(Vec::new())
    }
}

fn report_changed() -> ExportFailure {
    let message = "The report was generated anew, or opened again, while its file was made. Export it as it is now.";
    ExportFailure::permanent(FailureCode::ReportChanged, message)
}

fn exported(report: &Report, operation: &ExportOperation, file: &StoredFile) -> AuditEntry {
    let again = report.status == ReportStatus::Exported;
    let action = if again {
        AuditAction::ReExported
    } else {
        AuditAction::Exported
    };
    let message = format!(
        "{} as {}.",
        if again { "Exported again" } else { "Exported" },
        operation.format.as_str()
    );
    AuditEntry::new(action, "report", report.id, message)
        .of_report(report.id)
        .with(json!({
            "export_id": operation.id, "format": operation.format.as_str(), "generation": report.current_generation,
            "report_period_id": report.report_period_id, "file_id": file.id, "sha256": file.sha256.to_string(),
        }))
}
