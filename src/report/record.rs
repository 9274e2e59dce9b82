//! What a generation leaves: its row, its warnings, the report's columns, and its events in the trail.

use counting::FormatVersion;
use entity::enums::AuditAction;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::generate::Findings;
use super::store::{self, PeriodRow, ReportRow};
use super::warnings::Warning;
use crate::kernel::audit_entry::AuditEntry;
use crate::kernel::db::WriteScope;
use crate::kernel::error::{Error, Result};

/// Stores a generation and commits it with its events.
pub async fn record(
    scope: WriteScope,
    report: &ReportRow,
    period: &PeriodRow,
    version: &FormatVersion,
    generation_id: Uuid,
    findings: &Findings,
    warnings: &[Warning],
) -> Result<()> {
    let number = report.current_generation + 1;
    insert_generation(&scope, report, period, version, generation_id, findings).await?;
    for warning in warnings {
        insert_warning(&scope, generation_id, warning).await?;
    }
    show_generation(&scope, report, number, findings).await?;
    store::clear_progress(&scope, report.id).await?;

    let codes: Vec<_> = warnings.iter().map(|warning| warning.code.as_str()).collect();
    let counted = &findings.counted;
    let mut entries = vec![
        AuditEntry::new(
            AuditAction::GenerationCompleted,
            "report_generation",
            generation_id,
            format!("Generation {number} is complete."),
        )
        .of_report(report.id)
        .with(json!({
            "generation": number, "format_version": version.version, "rules_hash": hex::encode(&version.rules_hash),
            "activity_count": counted.activity_count, "volunteer_count": counted.volunteer_count,
            "total_hours": counted.total_hours.to_string(), "days_by_verdict": counted.days_by_verdict,
        })),
        AuditEntry::new(
            AuditAction::ValidationCompleted,
            "report_generation",
            generation_id,
            match codes.len() {
                0 => "Validated without warnings.".to_owned(),
                number => format!("Validated with {number} warnings: {}.", codes.join(", ")),
            },
        )
        .of_report(report.id)
        .with(json!({"warnings": codes})),
    ];
    entries.extend(warnings.iter().map(|warning| raised(report.id, generation_id, warning)));
    scope.commit(entries).await
}

/// The trail's entry of a warning.
pub fn raised(report: Uuid, generation: Uuid, warning: &Warning) -> AuditEntry {
    AuditEntry::new(
        AuditAction::WarningRaised,
        "report_generation",
        generation,
        warning.message_en.clone(),
    )
    .of_report(report)
    .with(json!({
        "code": warning.code.as_str(), "message_nb": warning.message_nb, "details": warning.details,
    }))
}

async fn insert_generation(
    scope: &WriteScope,
    report: &ReportRow,
    period: &PeriodRow,
    version: &FormatVersion,
    id: Uuid,
    findings: &Findings,
) -> Result<()> {
    let counted = &findings.counted;
    let sql = "insert into report_generations (organization_id, id, report_id, number, format_version, rules_hash,
            report_data, data_hash, activity_count, participant_count, volunteer_count, total_hours, pending_activities,
            rejected_activities, verdict_days, year_before, organization_name, period_name, generated_at,
            generated_by_user_id)
        values ($1, $2, $3, $4, $5, $6, $7, sha256(convert_to(app.canonical_json($7), 'UTF8')), $8, $9, $10, $11, $12,
            $13, $14, $15, $16, $17, $18, $19)";
    let verdict_days = serde_json::to_value(&counted.days_by_verdict).map_err(Error::internal)?;
    let values = [
        id.into(),
        report.id.into(),
        (report.current_generation + 1).into(),
        version.version.clone().into(),
        version.rules_hash.clone().into(),
        Json::Object(findings.data.clone()).into(),
        counted.activity_count.into(),
        counted.participant_count.into(),
        counted.volunteer_count.into(),
        counted.total_hours.into(),
        counted.pending_activities.into(),
        counted.rejected_activities.into(),
        verdict_days.into(),
        findings.year_before.clone().into(),
        findings.organization_name.clone().into(),
        period.name.clone().into(),
        scope.now().into(),
        report.requested_by_user_id.into(),
    ];
    scope.run(sql, values).await.map(drop)
}

/// Stores a warning of a generation, not yet accepted.
pub async fn insert_warning(scope: &WriteScope, generation: Uuid, warning: &Warning) -> Result<()> {
    let sql = "insert into report_warnings
            (organization_id, generation_id, code, message_nb, message_en, details, raised_at)
        values ($1, $2, $3, $4, $5, $6, $7)";
    scope.run(sql, stored(scope, generation, warning)).await.map(drop)
}

/// Puts a warning in the place of one of the same code that said something else; not yet accepted.
pub async fn raise_anew(scope: &WriteScope, generation: Uuid, warning: &Warning) -> Result<()> {
    let sql = "update report_warnings set message_nb = $4, message_en = $5, details = $6, raised_at = $7,
            accepted_at = null, accepted_by_user_id = null, accepted_by_role = null
        where organization_id = $1 and generation_id = $2 and code = $3";
    scope.run(sql, stored(scope, generation, warning)).await.map(drop)
}

/// `$2` to `$7` of the statements that store a warning.
fn stored(scope: &WriteScope, generation: Uuid, warning: &Warning) -> [sea_orm::Value; 6] {
    [
        generation.into(),
        warning.code.as_str().into(),
        warning.message_nb.clone().into(),
        warning.message_en.clone().into(),
        warning.details.clone().into(),
        scope.now().into(),
    ]
}

/// The report's columns show the new generation, of which nothing is exported yet.
async fn show_generation(scope: &WriteScope, report: &ReportRow, number: i32, findings: &Findings) -> Result<()> {
    let counted = &findings.counted;
    let sql =
        "update bufdir_reports set status = 'ready', current_generation = $3, report_data = $4, activity_count = $5,
            participant_count = $6, volunteer_count = $7, total_hours = $8, generated_at = $9,
            generated_by_user_id = $10, export_format = null, exported_at = null, exported_by_user_id = null,
            export_file_path = null
        where organization_id = $1 and id = $2";
    let values = [
        report.id.into(),
        number.into(),
        Json::Object(findings.data.clone()).into(),
        counted.activity_count.into(),
        counted.participant_count.into(),
        counted.volunteer_count.into(),
        counted.total_hours.into(),
        scope.now().into(),
        report.requested_by_user_id.into(),
    ];
    scope.run(sql, values).await.map(drop)
}
