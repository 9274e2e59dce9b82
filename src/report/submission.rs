//! The confirmation that a person handed the exported report in at Bufdir's portal, which has no interface of its own.

use entity::enums::AuditAction;
use serde_json::json;
use uuid::Uuid;

use super::store;
use crate::kernel::audit_entry::AuditEntry;
use crate::kernel::db::WriteScope;
use crate::kernel::error::{Error, Result};
use crate::report::rights;
use crate::report::rules;

/// What was confirmed.
pub struct ConfirmedSubmission {
    pub report_id: Uuid,
    /// The export that was handed in.
    pub export_id: Uuid,
}

/// Confirms the current generation's submission, once. Without an export named, the latest complete national one was
/// handed in.
pub async fn confirm_submission(
    scope: WriteScope,
    report_id: Uuid,
    export_id: Option<Uuid>,
    reference: Option<&str>,
) -> Result<ConfirmedSubmission> {
    scope.actor().require(rights::EXPORT_REPORTS)?;
    let report = store::lock_report(&scope, report_id).await?;
    if scope.actor().is_test_organization {
        return Err(Error::rule(rules::TEST_ORGANIZATION_CANNOT_SUBMIT));
    }
    if report.status != entity::enums::ReportStatus::Exported {
        return Err(Error::rule(rules::SUBMISSION_REQUIRES_EXPORTED_REPORT));
    }
    let generation = store::current_generation(&scope, scope.organization(), &report)
        .await?
        .ok_or_else(|| Error::rule(rules::SUBMISSION_REQUIRES_EXPORTED_REPORT))?;
    if generation.submitted_at.is_some() {
        return Err(Error::rule(rules::SUBMISSION_CONFIRMED_ONCE));
    }
    let reference = reference.map(str::trim).filter(|reference| !reference.is_empty());
    let export_id = handed_in(&scope, generation.id, export_id).await?;

    let sql = "update report_generations set submitted_at = $3, submitted_by_user_id = $4, submitted_by_role = $5,
            submitted_data_hash = data_hash, submission_reference = $6
        where organization_id = $1 and id = $2";
    let actor = scope.actor();
    let values = [
        generation.id.into(),
        scope.now().into(),
        actor.person()?.into(),
        actor.role.clone().into(),
        reference.into(),
    ];
    scope
        .run(sql, values)
        .await
        .map_err(|error| error.at("input.reference"))?;
    if let Some(reference) = reference {
        let sql = "update bufdir_export_audit_log set bufdir_submission_reference = $3
            where organization_id = $1 and id = $2";
        scope.run(sql, [export_id.into(), reference.into()]).await?;
    }
    let entry = AuditEntry::new(
        AuditAction::SubmissionConfirmed,
        "report_generation",
        generation.id,
        format!(
            "Confirmed that generation {} was handed in to Bufdir.",
            generation.number
        ),
    )
    .of_report(report_id)
    .with(json!({
        "generation": generation.number, "data_hash": hex::encode(&generation.data_hash), "reference": reference,
        "export_id": export_id,
    }));
    scope.commit([entry]).await?;
    Ok(ConfirmedSubmission { report_id, export_id })
}

async fn handed_in(scope: &WriteScope, generation: Uuid, export: Option<Uuid>) -> Result<Uuid> {
    let sql = "select id from bufdir_export_audit_log
        where organization_id = $1 and report_generation_id = $2 and status = 'complete' and scope_level = 'national'
            and ($3::uuid is null or id = $3)
        order by completed_at desc, id desc limit 1";
    let row = scope.row(sql, [generation.into(), export.into()]).await?;
    let row = row.ok_or_else(|| match export {
        Some(_) => Error::NotFound("complete national export of this generation"),
        None => Error::rule(rules::SUBMISSION_REQUIRES_EXPORTED_REPORT),
    })?;
    Ok(row.try_get("", "id")?)
}
