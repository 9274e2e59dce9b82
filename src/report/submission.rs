//! The confirmation that a person handed the exported report in at Bufdir's portal, which has no interface of its own.

use entity::enums::AuditAction;
use serde_json::json;
use uuid::Uuid;

use super::status::Step;
use super::{lock_for, store};
use crate::kernel::audit_entry::AuditEntry;
use crate::kernel::db::WriteScope;
use crate::kernel::error::{Error, Result};
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
    let report = lock_for(&scope, report_id, Step::ConfirmSubmission).await?;
    if scope.actor().is_test_organization {
        return Err(Error::rule(rules::TEST_ORGANIZATION_CANNOT_SUBMIT));
    }
    Step::ConfirmSubmission.from(report.status)?;
    let generation = store::current_generation(&scope, &report)
        .await?
        .ok_or_else(|| Error::rule(rules::SUBMISSION_REQUIRES_EXPORTED_REPORT))?;
    if generation.submitted_at.is_some() {
        return Err(Error::rule(rules::SUBMISSION_CONFIRMED_ONCE));
    }
    let reference = reference.map(str::trim).filter(|reference| !reference.is_empty());
    let export_id = handed_in(&scope, generation.id, export_id).await?;

    store::confirm_generation(&scope, &generation, reference)
        .await
        .map_err(|error| error.at("input.reference"))?;
    if let Some(reference) = reference {
        store::name_reference(&scope, export_id, reference).await?;
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
    let found = store::complete_export(scope, generation, export).await?;
    found.ok_or_else(|| match export {
        Some(_) => Error::NotFound("complete national export of this generation"),
        None => Error::rule(rules::SUBMISSION_REQUIRES_EXPORTED_REPORT),
    })
}
