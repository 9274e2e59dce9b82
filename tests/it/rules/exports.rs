//! The append-only record of export operations (`bufdir_export_audit_log`).

use bufdir_reports::actor::Standing;
use bufdir_reports::rule::Rule;
use uuid::Uuid;

use crate::support::report::{Report, export, file, ledger_export, pending_export, warning};
use crate::support::{NOW, Organization, Sandbox, id, rows};

/// A report that is ready, and the coordinator who is about to export it.
async fn ready() -> (Sandbox, Report) {
    let sandbox = Sandbox::entered(Standing::System).await;
    let report = sandbox.report("ready").await;
    sandbox.becomes(Standing::Coordinator).await;
    (sandbox, report)
}

/// A pending export, and the service that is about to record its result.
async fn pending() -> (Sandbox, Export) {
    let (sandbox, report) = ready().await;
    let export = Export {
        id: sandbox.pending_export(&report).await,
        file: id(),
    };
    sandbox.enters_the_export_audit_service().await;
    sandbox
        .does(&file(sandbox.hlf()).with("id", export.file).insert())
        .await;
    (sandbox, export)
}

struct Export {
    id: Uuid,
    file: Uuid,
}

impl Export {
    fn update(&self, assignments: &str) -> String {
        format!(
            "update bufdir_export_audit_log set {assignments} where id = '{}'",
            self.id
        )
    }

    fn completion(&self) -> String {
        format!(
            "status = 'complete', completed_at = '{NOW}', file_url = 'reports/1.xlsx', file_size_bytes = 9000,
             file_id = '{}', activity_count = 1, participant_count = 2",
            self.file
        )
    }
}

const FAILURE: &str = "status = 'failed', completed_at = '2026-03-02T09:00:00Z', error_code = 'RENDER_FAILED',
    error_message = 'The file could not be made.'";

mod bufdir_export_audit_log {
    use super::*;

    #[tokio::test]
    async fn id_is_valid_uuid() {
        let (sandbox, report) = ready().await;
        let export = export(sandbox.hlf(), &report);
        sandbox.allows(&export.insert()).await;
        sandbox
            .refuses(
                Rule::IdIsValidUuid,
                &export.with("id", "5f0c1f9e-31f5-4b5e-8a54-0f2f5c1b7a11").insert(),
            )
            .await;
        sandbox
            .refuses(Rule::IdIsValidUuid, &export.without("id").insert())
            .await;
    }

    #[tokio::test]
    async fn file_url_max_length() {
        let (sandbox, export) = pending().await;
        let with_key = |length| export.update(&export.completion().replace("reports/1.xlsx", &"k".repeat(length)));
        sandbox.allows(&with_key(2048)).await;
        sandbox.refuses(Rule::FileUrlMaxLength, &with_key(2049)).await;
    }

    #[tokio::test]
    async fn file_size_bytes_non_negative() {
        let (sandbox, export) = pending().await;
        let with_size = |size| export.update(&export.completion().replace("= 9000", &format!("= {size}")));
        sandbox.allows(&with_size(0)).await;
        sandbox.refuses(Rule::FileSizeBytesNonNegative, &with_size(-1)).await;
    }

    #[tokio::test]
    async fn activity_count_non_negative() {
        let (sandbox, export) = pending().await;
        let with_count = |count| {
            let counted = format!("activity_count = {count}");
            export.update(&export.completion().replace("activity_count = 1", &counted))
        };
        sandbox.allows(&with_count(0)).await;
        sandbox.refuses(Rule::ActivityCountNonNegative, &with_count(-1)).await;
    }

    #[tokio::test]
    async fn participant_count_non_negative() {
        let (sandbox, export) = pending().await;
        let with_count = |count| {
            let counted = format!("participant_count = {count}");
            export.update(&export.completion().replace("participant_count = 2", &counted))
        };
        sandbox.allows(&with_count(0)).await;
        sandbox
            .refuses(Rule::ParticipantCountNonNegative, &with_count(-1))
            .await;
    }

    #[tokio::test]
    async fn submission_reference_length() {
        let (sandbox, export) = pending().await;
        sandbox.does(&export.update(&export.completion())).await;
        let refer = |length| export.update(&format!("bufdir_submission_reference = '{}'", "9".repeat(length)));
        sandbox.allows(&refer(200)).await;
        sandbox.refuses(Rule::SubmissionReferenceLength, &refer(0)).await;
        sandbox.refuses(Rule::SubmissionReferenceLength, &refer(201)).await;
    }

    /// A national export is the report; a working paper waits for no acceptance.
    #[tokio::test]
    async fn warnings_must_be_accepted() {
        let (sandbox, report) = ready().await;
        let hlf = sandbox.hlf();
        sandbox.does(&warning(hlf, report.generation).insert()).await;
        let national = export(hlf, &report);
        sandbox.refuses(Rule::WarningsMustBeAccepted, &national.insert()).await;
        sandbox
            .allows(
                &national
                    .with("scope_level", "region")
                    .with("scope_id", hlf.region)
                    .insert(),
            )
            .await;
        sandbox.does(&super::super::warnings::accept(hlf)).await;
        sandbox.allows(&national.insert()).await;
    }
}

#[tokio::test]
async fn organization_id_not_null() {
    let (sandbox, report) = ready().await;
    let export = export(sandbox.hlf(), &report);
    sandbox.allows(&export.insert()).await;
    sandbox
        .refuses(Rule::OrganizationIdNotNull, &export.without("organization_id").insert())
        .await;
}

#[tokio::test]
async fn triggered_by_user_id_not_null() {
    let (sandbox, report) = ready().await;
    let export = export(sandbox.hlf(), &report);
    sandbox.allows(&export.insert()).await;
    sandbox
        .refuses(
            Rule::TriggeredByUserIdNotNull,
            &export.without("triggered_by_user_id").insert(),
        )
        .await;
}

#[tokio::test]
async fn report_period_id_not_null() {
    let (sandbox, report) = ready().await;
    let export = export(sandbox.hlf(), &report);
    sandbox.allows(&export.insert()).await;
    sandbox
        .refuses(
            Rule::ReportPeriodIdNotNull,
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
                Rule::StatusInitialValueIsPending,
                &export.with("status", status).insert(),
            )
            .await;
    }
    sandbox
        .refuses(Rule::StatusInitialValueIsPending, &export.without("status").insert())
        .await;
}

#[tokio::test]
async fn export_status_is_valid_enum() {
    let (sandbox, export) = pending().await;
    sandbox.allows(&export.update(&export.completion())).await;
    let unknown = format!("status = 'cancelled', completed_at = '{NOW}'");
    sandbox
        .refuses(Rule::ExportStatusIsValidEnum, &export.update(&unknown))
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
                Rule::ExportFormatIsValidEnum,
                &export.with("export_format", format).insert(),
            )
            .await;
    }
    sandbox
        .refuses(Rule::ExportFormatIsValidEnum, &export.without("export_format").insert())
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
        .refuses(Rule::ScopeLevelIsValidEnum, &of_a_county.insert())
        .await;
    sandbox
        .refuses(Rule::ScopeLevelIsValidEnum, &export.without("scope_level").insert())
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
            Rule::ScopeIdRequiredForNonNational,
            &export.with("scope_id", hlf.national).insert(),
        )
        .await;
    for (level, unit) in [("region", hlf.region), ("local", hlf.locals[0])] {
        let paper = export.with("scope_level", level);
        sandbox.allows(&paper.with("scope_id", unit).insert()).await;
        sandbox
            .refuses(Rule::ScopeIdRequiredForNonNational, &paper.insert())
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
            .refuses(Rule::ScopeUnitHasItsLevel, &paper.with("scope_id", unit).insert())
            .await;
    }
}

#[tokio::test]
async fn completed_at_not_before_created_at() {
    let (sandbox, export) = pending().await;
    sandbox.allows(&export.update(FAILURE)).await;
    let before = FAILURE.replace("09:00:00Z", "08:59:59Z");
    sandbox
        .refuses(Rule::CompletedAtNotBeforeCreatedAt, &export.update(&before))
        .await;
}

#[tokio::test]
async fn error_code_max_length() {
    let (sandbox, export) = pending().await;
    let with_code = |length| export.update(&FAILURE.replace("RENDER_FAILED", &"X".repeat(length)));
    sandbox.allows(&with_code(64)).await;
    sandbox.refuses(Rule::ErrorCodeMaxLength, &with_code(65)).await;
}

#[tokio::test]
async fn append_only_immutability() {
    let sandbox = Sandbox::superuser().await;
    let report = sandbox.report("ready").await;
    let export = Export {
        id: sandbox.pending_export(&report).await,
        file: id(),
    };
    sandbox.enters_the_export_audit_service().await;
    let hlf = sandbox.hlf();
    let other = report.generation;
    for change in [
        format!("id = '{}'", id()),
        format!("organization_id = '{}'", sandbox.fixture.nhf.id),
        format!("triggered_by_user_id = '{}'", hlf.admin),
        format!("report_period_id = '{}'", sandbox.fixture.nhf.period),
        "export_format = 'pdf'".to_owned(),
        format!("scope_level = 'region', scope_id = '{}'", hlf.region),
        "created_at = created_at - interval '1 microsecond'".to_owned(),
        format!("report_id = '{other}'"),
        "origin = 'ledger'".to_owned(),
        "language = 'en'".to_owned(),
    ] {
        sandbox
            .refuses(Rule::AppendOnlyImmutability, &export.update(&change))
            .await;
    }
    for table in ["bufdir_export_audit_log", "bufdir_export_audit_log_2026"] {
        sandbox
            .refuses(Rule::AppendOnlyImmutability, &format!("delete from {table}"))
            .await;
        sandbox
            .refuses(Rule::AppendOnlyImmutability, &format!("truncate {table}"))
            .await;
    }
    sandbox.allows(&export.update(FAILURE)).await;
}

#[tokio::test]
async fn status_forward_only_transition() {
    for complete in [true, false] {
        let (sandbox, export) = pending().await;
        let result = if complete {
            export.completion()
        } else {
            FAILURE.to_owned()
        };
        sandbox.does(&export.update(&result)).await;
        let pending_again = "status = 'pending', completed_at = null, file_url = null, file_size_bytes = null,
            file_id = null, error_code = null, error_message = null";
        sandbox
            .refuses(Rule::StatusForwardOnlyTransition, &export.update(pending_again))
            .await;
        let other = if complete {
            FAILURE.to_owned()
        } else {
            export.completion()
        };
        sandbox
            .refuses(Rule::StatusForwardOnlyTransition, &export.update(&other))
            .await;
        sandbox
            .refuses(Rule::StatusForwardOnlyTransition, &export.update("activity_count = 7"))
            .await;
    }
}

#[tokio::test]
async fn file_url_requires_complete_status() {
    let (sandbox, export) = pending().await;
    sandbox.allows(&export.update(&export.completion())).await;
    for column in [
        "file_url = 'reports/1.xlsx'",
        "file_size_bytes = 9000",
        &format!("file_id = '{}'", export.file),
    ] {
        sandbox
            .refuses(Rule::FileUrlRequiresCompleteStatus, &export.update(column))
            .await;
        let failed = format!("{FAILURE}, {column}");
        sandbox
            .refuses(Rule::FileUrlRequiresCompleteStatus, &export.update(&failed))
            .await;
    }
}

#[tokio::test]
async fn complete_export_has_its_file() {
    let (sandbox, export) = pending().await;
    let completion = export.completion();
    sandbox.allows(&export.update(&completion)).await;
    for missing in [
        "file_url",
        "file_size_bytes",
        "file_id",
        "activity_count",
        "participant_count",
    ] {
        let kept: Vec<_> = completion
            .split(',')
            .filter(|assigned| !assigned.trim().starts_with(missing))
            .collect();
        sandbox
            .refuses(Rule::CompleteExportHasItsFile, &export.update(&kept.join(",")))
            .await;
    }
}

#[tokio::test]
async fn completed_at_set_on_terminal_status() {
    let (sandbox, export) = pending().await;
    sandbox.allows(&export.update(FAILURE)).await;
    let without = FAILURE.replace("'2026-03-02T09:00:00Z'", "null");
    sandbox
        .refuses(Rule::CompletedAtSetOnTerminalStatus, &export.update(&without))
        .await;
    sandbox
        .refuses(
            Rule::CompletedAtSetOnTerminalStatus,
            &export.update(&format!("completed_at = '{NOW}'")),
        )
        .await;
}

/// Row-level security: what is another organization's, or the ledger's for a coordinator, is not there.
#[tokio::test]
async fn organization_scoped_access() {
    let (sandbox, report) = ready().await;
    let hlf = sandbox.hlf();
    sandbox.does(&export(hlf, &report).insert()).await;
    sandbox.becomes(Standing::OrgAdmin).await;
    sandbox.does(&ledger_export(hlf).insert()).await;
    let all = "select from bufdir_export_audit_log";
    for (standing, seen) in [
        (Standing::PeerMentor, 0),
        (Standing::Coordinator, 1),
        (Standing::OrgAdmin, 2),
        (Standing::Support, 2),
        (Standing::System, 2),
    ] {
        sandbox.becomes(standing).await;
        assert_eq!(sandbox.attempt(all).await.unwrap(), seen, "{standing:?}");
    }
    let nhf = &sandbox.fixture.nhf;
    let enter = format!("select app.enter('{}', 'nhf', '{NOW}')", nhf.admin);
    sandbox.run(&enter).await.unwrap();
    assert_eq!(sandbox.attempt(all).await.unwrap(), 0);
    let change = "update bufdir_export_audit_log set bufdir_submission_reference = 'REF'";
    assert_eq!(sandbox.attempt(change).await.unwrap(), 0);
}

#[tokio::test]
async fn coordinator_or_admin_required_to_create() {
    let (sandbox, report) = ready().await;
    let hlf = sandbox.hlf();
    let export = export(hlf, &report);
    sandbox.allows(&export.insert()).await;
    sandbox
        .allows(&export.with("triggered_by_user_id", hlf.admin).insert())
        .await;
    for person in [hlf.peers[0], sandbox.fixture.nhf.admin, sandbox.fixture.global_admin] {
        let row = export.with("triggered_by_user_id", person);
        sandbox
            .refuses(Rule::CoordinatorOrAdminRequiredToCreate, &row.insert())
            .await;
    }
    sandbox.becomes(Standing::PeerMentor).await;
    sandbox
        .refuses(Rule::CoordinatorOrAdminRequiredToCreate, &export.insert())
        .await;
}

#[tokio::test]
async fn error_fields_require_failed_status() {
    let (sandbox, export) = pending().await;
    sandbox.allows(&export.update(FAILURE)).await;
    for error in ["error_code = 'RENDER_FAILED'", "error_message = 'No.'"] {
        sandbox
            .refuses(Rule::ErrorFieldsRequireFailedStatus, &export.update(error))
            .await;
        let complete = format!("{}, {error}", export.completion());
        sandbox
            .refuses(Rule::ErrorFieldsRequireFailedStatus, &export.update(&complete))
            .await;
    }
}

#[tokio::test]
async fn failed_export_requires_error_message() {
    let (sandbox, export) = pending().await;
    sandbox.allows(&export.update(FAILURE)).await;
    for (given, none) in [
        ("'The file could not be made.'", "null"),
        ("'The file could not be made.'", "' '"),
        ("'RENDER_FAILED'", "null"),
    ] {
        sandbox
            .refuses(
                Rule::FailedExportRequiresErrorMessage,
                &export.update(&FAILURE.replace(given, none)),
            )
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
            .refuses(Rule::ReportPeriodMustBelongToOrganization, &row.insert())
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
            Rule::ExportOriginValid,
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
        .refuses(Rule::ExportLanguageValid, &export.with("language", "nn").insert())
        .await;
}

#[tokio::test]
async fn export_id_carries_its_time() {
    let (sandbox, report) = ready().await;
    let export = export(sandbox.hlf(), &report);
    sandbox.allows(&export.insert()).await;
    sandbox
        .refuses(
            Rule::ExportIdCarriesItsTime,
            &export.with("created_at", "2025-03-02T09:00:00Z").insert(),
        )
        .await;
}

#[tokio::test]
async fn report_export_names_its_generation() {
    let (sandbox, report) = ready().await;
    let hlf: &Organization = sandbox.hlf();
    let export = export(hlf, &report);
    sandbox.allows(&export.insert()).await;
    for missing in ["report_id", "report_generation_id"] {
        sandbox
            .refuses(Rule::ReportExportNamesItsGeneration, &export.without(missing).insert())
            .await;
    }
    let period = id();
    sandbox.does(&rows::period(hlf).with("id", period).insert()).await;
    sandbox
        .refuses(
            Rule::ReportExportNamesItsGeneration,
            &export.with("report_period_id", period).insert(),
        )
        .await;
    sandbox
        .refuses(
            Rule::ReportExportNamesItsGeneration,
            &export.with("report_id", id()).insert(),
        )
        .await;
    sandbox.becomes(Standing::OrgAdmin).await;
    let of_the_ledger = ledger_export(hlf).with("report_id", report.id);
    sandbox
        .refuses(Rule::ReportExportNamesItsGeneration, &of_the_ledger.insert())
        .await;
}

#[tokio::test]
async fn export_status_written_by_service() {
    let (sandbox, report) = ready().await;
    let export = Export {
        id: sandbox.pending_export(&report).await,
        file: id(),
    };
    let fail = export.update(FAILURE);
    let service = "select app.enter_export_audit_service()";
    for standing in [Standing::Coordinator, Standing::OrgAdmin] {
        sandbox.becomes(standing).await;
        sandbox.refuses(Rule::ExportStatusWrittenByService, &fail).await;
        sandbox.refuses(Rule::ExportStatusWrittenByService, service).await;
    }
    sandbox.becomes(Standing::System).await;
    sandbox.refuses(Rule::ExportStatusWrittenByService, &fail).await;
    sandbox.enters_the_export_audit_service().await;
    sandbox.allows(&fail).await;
}

#[tokio::test]
async fn submission_reference_set_once() {
    let (sandbox, report) = ready().await;
    let row = export(sandbox.hlf(), &report);
    let with_reference = row.with("bufdir_submission_reference", "REF 1").insert();
    sandbox.refuses(Rule::SubmissionReferenceSetOnce, &with_reference).await;
    drop(sandbox);

    let (sandbox, export) = pending().await;
    let refer = export.update("bufdir_submission_reference = 'REF 1'");
    sandbox.refuses(Rule::SubmissionReferenceSetOnce, &refer).await;
    sandbox.does(&export.update(&export.completion())).await;
    sandbox.becomes(Standing::Coordinator).await;
    sandbox.allows(&refer).await;
    sandbox.does(&refer).await;
    for other in ["'REF 2'", "null"] {
        let change = export.update(&format!("bufdir_submission_reference = {other}"));
        sandbox.refuses(Rule::SubmissionReferenceSetOnce, &change).await;
    }
}

#[tokio::test]
async fn one_pending_export() {
    let (sandbox, report) = ready().await;
    let hlf = sandbox.hlf();
    let pending = pending_export(hlf, &report);
    sandbox.does(&pending.insert()).await;
    let again = pending.with("export_id", id());
    sandbox.refuses(Rule::OnePendingExport, &again.insert()).await;
    sandbox.allows(&again.with("export_format", "pdf").insert()).await;
    sandbox
        .allows(
            &again
                .with("scope_level", "region")
                .with("scope_id", hlf.region)
                .insert(),
        )
        .await;
    sandbox.does("delete from pending_exports").await;
    sandbox.allows(&again.insert()).await;
}
