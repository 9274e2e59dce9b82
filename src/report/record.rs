//! What a generation leaves: its row, its warnings, the report's columns, and its events in the trail.

use counting::FormatVersion;
use entity::enums::AuditAction;
use serde_json::json;
use uuid::Uuid;

use super::generate::Findings;
use super::store::{self, Report, ReportPeriod};
use super::transition;
use super::warnings::Warning;
use crate::kernel::audit_entry::AuditEntry;
use crate::kernel::db::WriteScope;
use crate::kernel::error::Result;

/// Stores a generation and commits it with its events.
pub async fn record(
    scope: WriteScope,
    report: &Report,
    period: &ReportPeriod,
    version: &FormatVersion,
    generation_id: Uuid,
    findings: &Findings,
    warnings: &[Warning],
) -> Result<()> {
    let number = report.current_generation + 1;
    store::insert_generation(&scope, report, period, version, generation_id, findings).await?;
    for warning in warnings {
        store::insert_warning(&scope, generation_id, warning).await?;
    }
    transition::complete(&scope, report, findings).await?;

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
