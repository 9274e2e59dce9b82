//! What is asked for: the row as it is created.

use bufdir_reports::kernel::actor::Standing;

use super::{FAILURE, ready};
use crate::support::report::{export, ledger_export, pending_export, warning};
use crate::support::rules;
use crate::support::{Sandbox, id, rows};

mod bufdir_export_audit_log {
    use super::*;

    #[tokio::test]
    async fn id_is_valid_uuid() {
        let (sandbox, report) = ready().await;
        let export = export(sandbox.hlf(), &report);
        sandbox.allows(&export.insert()).await;
        sandbox
            .refuses(
                rules::ID_IS_VALID_UUID,
                &export.with("id", "5f0c1f9e-31f5-4b5e-8a54-0f2f5c1b7a11").insert(),
            )
            .await;
        sandbox
            .refuses(rules::ID_IS_VALID_UUID, &export.without("id").insert())
            .await;
    }

    /// A national export is the report; a working paper waits for no acceptance.
    #[tokio::test]
    async fn warnings_must_be_accepted() {
        let (sandbox, report) = ready().await;
        let hlf = sandbox.hlf();
        sandbox.does(&warning(hlf, report.generation).insert()).await;
        let national = export(hlf, &report);
        sandbox
            .refuses(rules::WARNINGS_MUST_BE_ACCEPTED, &national.insert())
            .await;
        sandbox
            .allows(
                &national
                    .with("scope_level", "region")
                    .with("scope_id", hlf.region)
                    .insert(),
            )
            .await;
        sandbox.does(&crate::rules::warnings::accept(hlf)).await;
        sandbox.allows(&national.insert()).await;
    }
}

#[tokio::test]
async fn organization_id_not_null() {
    let (sandbox, report) = ready().await;
    let export = export(sandbox.hlf(), &report);
    sandbox.allows(&export.insert()).await;
    sandbox
        .refuses(
            rules::ORGANIZATION_ID_NOT_NULL,
            &export.without("organization_id").insert(),
        )
        .await;
}

#[tokio::test]
async fn triggered_by_user_id_not_null() {
    let (sandbox, report) = ready().await;
    let export = export(sandbox.hlf(), &report);
    sandbox.allows(&export.insert()).await;
    sandbox
        .refuses(
            rules::TRIGGERED_BY_USER_ID_NOT_NULL,
            &export.without("triggered_by_user_id").insert(),
        )
        .await;
}

/// Whoever has entered: a person, or a worker on a person's behalf.
#[tokio::test]
async fn asked_for_by_who_entered() {
    let (sandbox, report) = ready().await;
    let hlf = sandbox.hlf();
    let own = export(hlf, &report);
    let other = own.with("triggered_by_user_id", hlf.admin);
    for standing in [Standing::Coordinator, Standing::System] {
        sandbox.becomes(standing).await;
        sandbox.allows(&own.insert()).await;
        sandbox.refuses(rules::ASKED_FOR_BY_WHO_ENTERED, &other.insert()).await;
    }
}

#[tokio::test]
async fn report_period_id_not_null() {
    let (sandbox, report) = ready().await;
    let export = export(sandbox.hlf(), &report);
    sandbox.allows(&export.insert()).await;
    sandbox
        .refuses(
            rules::REPORT_PERIOD_ID_NOT_NULL,
            &export.without("report_period_id").insert(),
        )
        .await;
}

#[tokio::test]
async fn status_initial_value_is_pending() {
    let (sandbox, report) = ready().await;
    let export = export(sandbox.hlf(), &report);
    sandbox.allows(&export.insert()).await;
    for status in ["complete", "failed", "ready"] {
        sandbox
            .refuses(
                rules::STATUS_INITIAL_VALUE_IS_PENDING,
                &export.with("status", status).insert(),
            )
            .await;
    }
    sandbox
        .refuses(
            rules::STATUS_INITIAL_VALUE_IS_PENDING,
            &export.without("status").insert(),
        )
        .await;
}

#[tokio::test]
async fn export_format_is_valid_enum() {
    let (sandbox, report) = ready().await;
    let export = export(sandbox.hlf(), &report);
    for format in ["xlsx", "csv", "pdf"] {
        sandbox.allows(&export.with("export_format", format).insert()).await;
    }
    for format in ["json", "XLSX", ""] {
        sandbox
            .refuses(
                rules::EXPORT_FORMAT_IS_VALID_ENUM,
                &export.with("export_format", format).insert(),
            )
            .await;
    }
    sandbox
        .refuses(
            rules::EXPORT_FORMAT_IS_VALID_ENUM,
            &export.without("export_format").insert(),
        )
        .await;
}

#[tokio::test]
async fn scope_level_is_valid_enum() {
    let (sandbox, report) = ready().await;
    let export = export(sandbox.hlf(), &report);
    sandbox.allows(&export.insert()).await;
    let of_a_county = export
        .with("scope_level", "county")
        .with("scope_id", sandbox.hlf().region);
    sandbox
        .refuses(rules::SCOPE_LEVEL_IS_VALID_ENUM, &of_a_county.insert())
        .await;
    sandbox
        .refuses(
            rules::SCOPE_LEVEL_IS_VALID_ENUM,
            &export.without("scope_level").insert(),
        )
        .await;
}

#[tokio::test]
async fn scope_id_required_for_non_national() {
    let (sandbox, report) = ready().await;
    let hlf = sandbox.hlf();
    let export = export(hlf, &report);
    sandbox.allows(&export.insert()).await;
    sandbox
        .refuses(
            rules::SCOPE_ID_REQUIRED_FOR_NON_NATIONAL,
            &export.with("scope_id", hlf.national).insert(),
        )
        .await;
    for (level, unit) in [("region", hlf.region), ("local", hlf.locals[0])] {
        let paper = export.with("scope_level", level);
        sandbox.allows(&paper.with("scope_id", unit).insert()).await;
        sandbox
            .refuses(rules::SCOPE_ID_REQUIRED_FOR_NON_NATIONAL, &paper.insert())
            .await;
    }
}

#[tokio::test]
async fn scope_unit_has_its_level() {
    let (sandbox, report) = ready().await;
    let hlf = sandbox.hlf();
    let paper = export(hlf, &report).with("scope_level", "region");
    sandbox.allows(&paper.with("scope_id", hlf.region).insert()).await;
    for unit in [hlf.locals[0], hlf.national, sandbox.fixture.nhf.region] {
        sandbox
            .refuses(rules::SCOPE_UNIT_HAS_ITS_LEVEL, &paper.with("scope_id", unit).insert())
            .await;
    }
}

#[tokio::test]
async fn report_period_must_belong_to_organization() {
    let sandbox = Sandbox::entered(Standing::OrgAdmin).await;
    let export = ledger_export(sandbox.hlf());
    sandbox.allows(&export.insert()).await;
    for period in [sandbox.fixture.nhf.period, id()] {
        let row = export.with("report_period_id", period);
        sandbox
            .refuses(rules::REPORT_PERIOD_MUST_BELONG_TO_ORGANIZATION, &row.insert())
            .await;
    }
}

#[tokio::test]
async fn export_origin_valid() {
    let sandbox = Sandbox::entered(Standing::OrgAdmin).await;
    let export = ledger_export(sandbox.hlf());
    sandbox.allows(&export.insert()).await;
    sandbox
        .refuses(
            rules::EXPORT_ORIGIN_VALID,
            &export.with("origin", "custom_report").insert(),
        )
        .await;
}

#[tokio::test]
async fn export_language_valid() {
    let (sandbox, report) = ready().await;
    let export = export(sandbox.hlf(), &report);
    sandbox.allows(&export.with("language", "en").insert()).await;
    sandbox
        .refuses(rules::EXPORT_LANGUAGE_VALID, &export.with("language", "nn").insert())
        .await;
}

#[tokio::test]
async fn export_id_carries_its_time() {
    let (sandbox, report) = ready().await;
    let export = export(sandbox.hlf(), &report);
    sandbox.allows(&export.insert()).await;
    sandbox
        .refuses(
            rules::EXPORT_ID_CARRIES_ITS_TIME,
            &export.with("created_at", "2025-03-02T09:00:00Z").insert(),
        )
        .await;
}

#[tokio::test]
async fn report_export_names_its_generation() {
    let (sandbox, report) = ready().await;
    let hlf = sandbox.hlf();
    let export = export(hlf, &report);
    sandbox.allows(&export.insert()).await;
    for missing in ["report_id", "report_generation_id"] {
        sandbox
            .refuses(
                rules::REPORT_EXPORT_NAMES_ITS_GENERATION,
                &export.without(missing).insert(),
            )
            .await;
    }
    let period = id();
    sandbox.does(&rows::period(hlf).with("id", period).insert()).await;
    sandbox
        .refuses(
            rules::REPORT_EXPORT_NAMES_ITS_GENERATION,
            &export.with("report_period_id", period).insert(),
        )
        .await;
    sandbox
        .refuses(
            rules::REPORT_EXPORT_NAMES_ITS_GENERATION,
            &export.with("report_id", id()).insert(),
        )
        .await;
    sandbox.becomes(Standing::OrgAdmin).await;
    let of_the_ledger = ledger_export(hlf).with("report_id", report.id);
    sandbox
        .refuses(rules::REPORT_EXPORT_NAMES_ITS_GENERATION, &of_the_ledger.insert())
        .await;
}

/// Kept by the log itself: a pending export of the report stands in the way of the same again, and of no other.
#[tokio::test]
async fn one_pending_export() {
    let (sandbox, report) = ready().await;
    let hlf = sandbox.hlf();
    sandbox.pending_export(&report).await;
    let again = export(hlf, &report);
    sandbox.refuses(rules::ONE_PENDING_EXPORT, &again.insert()).await;
    sandbox.allows(&again.with("export_format", "pdf").insert()).await;
    let regional = again.with("scope_level", "region").with("scope_id", hlf.region);
    sandbox.allows(&regional.insert()).await;
    sandbox.enters_the_export_audit_service().await;
    let failed = format!(
        "update bufdir_export_audit_log set {FAILURE} where report_id = '{}'",
        report.id
    );
    sandbox.does(&failed).await;
    sandbox.becomes(Standing::Coordinator).await;
    sandbox.allows(&again.insert()).await;
}

#[tokio::test]
async fn pending_export_has_its_record() {
    let (sandbox, report) = ready().await;
    let hlf = sandbox.hlf();
    let row = pending_export(hlf, &report).with("export_format", "csv");
    sandbox
        .refuses(rules::PENDING_EXPORT_HAS_ITS_RECORD, &row.insert())
        .await;
    let recorded = sandbox.pending_export(&report).await;
    let forget = format!("delete from pending_exports where export_id = '{recorded}'");
    sandbox.refuses(rules::PENDING_EXPORT_HAS_ITS_RECORD, &forget).await;
    sandbox.enters_the_export_audit_service().await;
    let end = format!("update bufdir_export_audit_log set {FAILURE} where id = '{recorded}'");
    sandbox.allows(&end).await;
    let came_back = format!("{end}; {}", row.with("export_id", recorded).insert());
    sandbox.refuses(rules::PENDING_EXPORT_HAS_ITS_RECORD, &came_back).await;
}
