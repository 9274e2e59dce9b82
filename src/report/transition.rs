//! The transitions of a report (decisions.md, 4), a function each: what changes with the status. The report is locked;
//! `status` says whether the step may be taken.

use entity::bufdir_reports::ActiveModel;
use sea_orm::ActiveValue::Set;
use serde_json::Value as Json;
use uuid::Uuid;

use super::generate::{Findings, GenerateReport};
use super::status::Step;
use super::store::{self, Report, ReportPeriod};
use crate::export::{ExportOperation, StoredFile};
use crate::kernel::db::WriteScope;
use crate::kernel::error::Result;
use crate::kernel::jobs::{self, clear_progress, report_progress};

/// A report is asked for: it waits for a worker, as each of its further generations does.
pub async fn create(
    scope: &WriteScope,
    period: &ReportPeriod,
    format_version: &str,
    notes: Option<String>,
) -> Result<Uuid> {
    let id = scope.new_id();
    store::insert_report(scope, id, period, format_version, notes).await?;
    wait_for_worker(scope, id).await?;
    Ok(id)
}

/// A further generation is asked for: by a retry, a regeneration or a reopening. The format version is chosen anew, the
/// reason of a failure goes.
pub async fn ask_again(scope: &WriteScope, report: &Report, step: Step, format_version: &str) -> Result<()> {
    let effect = ActiveModel {
        bufdir_format_version: Set(format_version.to_owned()),
        requested_by_user_id: Set(scope.actor().person()?),
        failure_reason: Set(None),
        ..Default::default()
    };
    store::update_status(scope, report.id, step.from(report.status)?, effect).await?;
    wait_for_worker(scope, report.id).await
}

async fn wait_for_worker(scope: &WriteScope, report_id: Uuid) -> Result<()> {
    report_progress(scope, report_id, "waiting", 0).await?;
    let job = GenerateReport {
        organization_id: scope.organization(),
        report_id,
    };
    jobs::enqueue(scope, &job).await
}

/// A worker takes the generation up.
pub async fn begin(scope: &WriteScope, report: &Report) -> Result<()> {
    let next = Step::Begin.from(report.status)?;
    store::update_status(scope, report.id, next, ActiveModel::default()).await?;
    report_progress(scope, report.id, "counting", 10).await
}

/// The report's columns show the new generation, of which nothing is exported yet.
pub async fn complete(scope: &WriteScope, report: &Report, findings: &Findings) -> Result<()> {
    let counted = &findings.counted;
    let effect = ActiveModel {
        current_generation: Set(report.current_generation + 1),
        report_data: Set(Some(Json::Object(findings.data.clone()))),
        activity_count: Set(Some(counted.activity_count)),
        participant_count: Set(Some(counted.participant_count)),
        volunteer_count: Set(Some(counted.volunteer_count)),
        total_hours: Set(Some(counted.total_hours)),
        generated_at: Set(Some(scope.now())),
        generated_by_user_id: Set(Some(report.requested_by_user_id)),
        export_format: Set(None),
        exported_at: Set(None),
        exported_by_user_id: Set(None),
        export_file_path: Set(None),
        ..Default::default()
    };
    store::update_status(scope, report.id, Step::Complete.from(report.status)?, effect).await?;
    clear_progress(scope, report.id).await
}

/// The generation failed for good, with a reason that a person can read. What no worker could take up passes through
/// `generating` as well, since only a generation fails.
pub async fn fail(scope: &WriteScope, report: &Report, reason: &str) -> Result<()> {
    let generating = Step::Begin.from(report.status)?;
    if generating.to() != report.status {
        store::update_status(scope, report.id, generating, ActiveModel::default()).await?;
    }
    let effect = ActiveModel {
        failure_reason: Set(Some(reason.to_owned())),
        ..Default::default()
    };
    store::update_status(scope, report.id, Step::Fail.from(generating.to())?, effect).await?;
    clear_progress(scope, report.id).await
}

/// A national file of the current generation is stored, the first or a further one.
pub async fn export(scope: &WriteScope, report: &Report, operation: &ExportOperation, file: &StoredFile) -> Result<()> {
    let effect = ActiveModel {
        export_format: Set(Some(operation.format)),
        exported_at: Set(Some(scope.now())),
        exported_by_user_id: Set(Some(operation.requested_by)),
        export_file_path: Set(Some(file.storage_key.clone())),
        ..Default::default()
    };
    store::update_status(scope, report.id, Step::Export.from(report.status)?, effect).await
}
