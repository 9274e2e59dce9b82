//! The report: its identity, its way from pending to exported, and who may take it there.

use ::bufdir_reports::actor::Standing;
use ::bufdir_reports::rule::Rule;
use rstest::rstest;

use crate::support::report::{DATA, exported_columns, exported_entry, ready_columns, report_row};
use crate::support::{NOW, Sandbox, id, rows};

mod bufdir_reports {
    use super::*;

    #[tokio::test]
    async fn id_is_valid_uuid() {
        let sandbox = Sandbox::entered(Standing::Coordinator).await;
        let report = report_row(sandbox.hlf());
        sandbox.allows(&report.insert()).await;
        let version_4 = report.with("id", "5f0c1f9e-31f5-4b5e-8a54-0f2f5c1b7a11");
        sandbox.refuses(Rule::IdIsValidUuid, &version_4.insert()).await;
    }

    /// Only an owner could misread the clock so: dates come from the period, which has the same rule.
    #[tokio::test]
    async fn period_start_before_end() {
        let sandbox = Sandbox::entered(Standing::Coordinator).await;
        let report = report_row(sandbox.hlf());
        sandbox.allows(&report.insert()).await;
        let backwards = report.with("reporting_period_end", "2023-12-31T23:00:00Z");
        sandbox.refuses(Rule::PeriodStartBeforeEnd, &backwards.insert()).await;
    }

    #[tokio::test]
    async fn activity_count_non_negative() {
        counts(Rule::ActivityCountNonNegative, "activity_count").await;
    }

    #[tokio::test]
    async fn participant_count_non_negative() {
        counts(Rule::ParticipantCountNonNegative, "participant_count").await;
    }

    #[tokio::test]
    async fn volunteer_count_non_negative() {
        counts(Rule::VolunteerCountNonNegative, "volunteer_count").await;
    }

    #[tokio::test]
    async fn total_hours_non_negative() {
        counts(Rule::TotalHoursNonNegative, "total_hours").await;
    }

    async fn counts(rule: Rule, column: &'static str) {
        let sandbox = Sandbox::entered(Standing::Coordinator).await;
        let report = report_row(sandbox.hlf());
        sandbox.allows(&report.with(column, 0).insert()).await;
        sandbox.refuses(rule, &report.with(column, -1).insert()).await;
    }
}

#[tokio::test]
async fn period_not_entirely_in_future() {
    let sandbox = Sandbox::entered(Standing::Coordinator).await;
    let hlf = sandbox.hlf();
    let report_of = |first: &str, last: &str, start: &str, end: &str| {
        let period = rows::period(hlf)
            .with("id", id())
            .with("first_date", first)
            .with("last_date", last);
        let report = report_row(hlf)
            .with("reporting_period_start", start)
            .with("reporting_period_end", end);
        (period, report)
    };
    let begun = report_of(
        "2026-03-02",
        "2026-12-31",
        "2026-03-01T23:00:00Z",
        "2026-12-31T22:59:59.999999Z",
    );
    let tomorrow = report_of(
        "2026-03-03",
        "2026-12-31",
        "2026-03-02T23:00:00Z",
        "2026-12-31T22:59:59.999999Z",
    );
    for ((period, report), has_begun) in [(begun, true), (tomorrow, false)] {
        let period_id = id();
        sandbox.does(&period.with("id", period_id).insert()).await;
        let insert = report.with("report_period_id", period_id).insert();
        if has_begun {
            sandbox.allows(&insert).await;
        } else {
            sandbox.refuses(Rule::PeriodNotEntirelyInFuture, &insert).await;
        }
    }
}

#[tokio::test]
async fn unique_report_per_org_per_period() {
    let sandbox = Sandbox::entered(Standing::Coordinator).await;
    let report = report_row(sandbox.hlf());
    sandbox.does(&report.insert()).await;
    sandbox
        .refuses(Rule::UniqueReportPerOrgPerPeriod, &report.with("id", id()).insert())
        .await;
    let period = id();
    sandbox
        .does(&rows::period(sandbox.hlf()).with("id", period).insert())
        .await;
    let of_another_period = report
        .with("id", id())
        .with("report_period_id", period)
        .with("reporting_period_start", "2024-12-31T23:00:00Z")
        .with("reporting_period_end", "2025-06-30T21:59:59.999999Z");
    sandbox.allows(&of_another_period.insert()).await;
}

/// The transitions answer first; without them the column's own check holds.
#[tokio::test]
async fn report_status_is_valid_enum() {
    let sandbox = Sandbox::superuser().await;
    sandbox
        .run("set local session_replication_role = replica")
        .await
        .unwrap();
    let report = report_row(sandbox.hlf());
    for status in ["pending", "generating"] {
        sandbox.allows(&report.with("status", status).insert()).await;
    }
    sandbox
        .refuses(
            Rule::ReportStatusIsValidEnum,
            &report.with("status", "submitted").insert(),
        )
        .await;
}

/// Each way that is not in the state machine is refused; those in it are walked by the other tests.
#[rstest]
#[case::pending("pending", &["ready", "exported", "failed"])]
#[case::generating("generating", &["pending", "exported"])]
#[case::ready("ready", &["generating", "failed"])]
#[case::exported("exported", &["generating", "ready", "failed"])]
#[case::failed("failed", &["generating", "ready", "exported"])]
#[tokio::test]
async fn status_transition_valid(#[case] from: &str, #[case] refused: &[&str]) {
    let sandbox = Sandbox::entered(Standing::System).await;
    let report = sandbox.report(from).await;
    for to in refused {
        let sql = report.update(&format!("status = '{to}'"));
        sandbox.refuses(Rule::StatusTransitionValid, &sql).await;
    }
    if from == "pending" {
        for begun in ["generating", "ready", "exported", "failed"] {
            let row = report_row(sandbox.hlf()).with("id", id()).with("status", begun);
            sandbox.refuses(Rule::StatusTransitionValid, &row.insert()).await;
        }
    }
}

#[tokio::test]
async fn role_required_for_generation() {
    let sandbox = Sandbox::entered(Standing::Coordinator).await;
    let hlf = sandbox.hlf();
    sandbox.allows(&report_row(hlf).insert()).await;
    for person in [hlf.peers[0], sandbox.fixture.nhf.admin, sandbox.fixture.global_admin] {
        let row = report_row(hlf).with("requested_by_user_id", person);
        sandbox.refuses(Rule::RoleRequiredForGeneration, &row.insert()).await;
    }
    let report = sandbox.report("ready").await;
    let again = |person| report.update(&format!("status = 'pending', requested_by_user_id = '{person}'"));
    sandbox.allows(&again(hlf.second_coordinator)).await;
    sandbox
        .refuses(Rule::RoleRequiredForGeneration, &again(hlf.peers[0]))
        .await;
}

#[tokio::test]
async fn role_required_for_export() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let hlf = sandbox.hlf();
    let report = sandbox.report("ready").await;
    sandbox.does(&exported_entry(hlf, report.id).insert()).await;
    sandbox.allows(&report.update(&exported_columns(hlf))).await;
    for person in [hlf.peers[0], sandbox.fixture.nhf.admin, sandbox.fixture.global_admin] {
        let by_another = exported_columns(hlf).replace(&hlf.coordinator.to_string(), &person.to_string());
        sandbox
            .refuses(Rule::RoleRequiredForExport, &report.update(&by_another))
            .await;
    }
}

#[tokio::test]
async fn reopening_requires_org_admin() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let report = sandbox.report("exported").await;
    let reopen = report.update("status = 'pending'");
    sandbox.refuses(Rule::ReopeningRequiresOrgAdmin, &reopen).await;
    sandbox.becomes(Standing::Coordinator).await;
    sandbox.refuses(Rule::ReopeningRequiresOrgAdmin, &reopen).await;
    sandbox.becomes(Standing::OrgAdmin).await;
    sandbox.allows(&reopen).await;
}

#[tokio::test]
async fn report_identity_immutable() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let report = sandbox.report("pending").await;
    sandbox.allows(&report.update("notes = 'A note'")).await;
    let nhf = &sandbox.fixture.nhf;
    for change in [
        format!("id = '{}'", id()),
        format!("organization_id = '{}'", nhf.id),
        format!("report_period_id = '{}'", nhf.period),
        "reporting_period_start = '2024-01-02T00:00:00Z'".to_owned(),
        "reporting_period_end = '2024-06-02T00:00:00Z'".to_owned(),
        "created_at = '2024-01-02T00:00:00Z'".to_owned(),
    ] {
        sandbox
            .refuses(Rule::ReportIdentityImmutable, &report.update(&change))
            .await;
    }
}

/// The app has no grant to delete, and the owner sees no rows; what is left is a superuser.
#[tokio::test]
async fn reports_are_permanent() {
    let sandbox = Sandbox::superuser().await;
    sandbox.becomes(Standing::Coordinator).await;
    sandbox.does(&report_row(sandbox.hlf()).insert()).await;
    sandbox
        .refuses(Rule::ReportsArePermanent, "delete from bufdir_reports")
        .await;
    sandbox
        .refuses(Rule::ReportsArePermanent, "truncate bufdir_reports cascade")
        .await;
}

#[tokio::test]
async fn export_format_required_on_export() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let hlf = sandbox.hlf();
    let report = sandbox.report("ready").await;
    sandbox.does(&exported_entry(hlf, report.id).insert()).await;
    sandbox.allows(&report.update(&exported_columns(hlf))).await;
    for missing in ["export_format = 'xlsx'", "export_file_path = 'reports/1.xlsx'"] {
        let (column, _) = missing.split_once(' ').unwrap();
        let without = exported_columns(hlf).replace(missing, &format!("{column} = null"));
        sandbox
            .refuses(Rule::ExportFormatRequiredOnExport, &report.update(&without))
            .await;
    }
}

#[tokio::test]
async fn valid_export_format() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let hlf = sandbox.hlf();
    let report = sandbox.report("ready").await;
    sandbox.does(&exported_entry(hlf, report.id).insert()).await;
    for format in ["xlsx", "csv", "pdf"] {
        let exported = exported_columns(hlf).replace("'xlsx'", &format!("'{format}'"));
        sandbox.allows(&report.update(&exported)).await;
    }
    let exported = exported_columns(hlf).replace("'xlsx'", "'docx'");
    sandbox
        .refuses(Rule::ValidExportFormat, &report.update(&exported))
        .await;
}

#[tokio::test]
async fn report_data_required_before_export() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let hlf = sandbox.hlf();
    let report = sandbox.report("generating").await;
    let generation = crate::support::report::generation(hlf, report.id);
    sandbox.does(&generation.insert()).await;
    sandbox.allows(&report.update(&ready_columns(hlf))).await;
    for none in ["null", "'null'", "'[]'"] {
        let empty = ready_columns(hlf).replace(&format!("'{DATA}'"), none);
        sandbox
            .refuses(Rule::ReportDataRequiredBeforeExport, &report.update(&empty))
            .await;
    }
    let at_no_time = ready_columns(hlf).replace(&format!("generated_at = '{NOW}'"), "generated_at = null");
    sandbox
        .refuses(Rule::ReportDataRequiredBeforeExport, &report.update(&at_no_time))
        .await;
}

/// The columns show a generation as it is, so that what is exported is what was frozen.
#[tokio::test]
async fn report_shows_its_generation() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let hlf = sandbox.hlf();
    let report = sandbox.report("generating").await;
    sandbox
        .refuses(Rule::ReportShowsItsGeneration, &report.update(&ready_columns(hlf)))
        .await;
    sandbox
        .does(&crate::support::report::generation(hlf, report.id).insert())
        .await;
    sandbox.allows(&report.update(&ready_columns(hlf))).await;
    for (column, other) in [
        ("current_generation = 1", "current_generation = 2"),
        ("activity_count = 1", "activity_count = 2"),
        ("volunteer_count = 1", "volunteer_count = null"),
        ("total_hours = 1.5", "total_hours = 2"),
        (DATA, r#"{"GA01": 2}"#),
    ] {
        let differing = ready_columns(hlf).replace(column, other);
        sandbox
            .refuses(Rule::ReportShowsItsGeneration, &report.update(&differing))
            .await;
    }
}

#[tokio::test]
async fn failed_report_requires_reason() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let report = sandbox.report("generating").await;
    sandbox
        .allows(&report.update("status = 'failed', failure_reason = 'No format.'"))
        .await;
    sandbox
        .refuses(Rule::FailedReportRequiresReason, &report.update("status = 'failed'"))
        .await;
    sandbox
        .refuses(
            Rule::FailedReportRequiresReason,
            &report.update("status = 'failed', failure_reason = ' '"),
        )
        .await;
    sandbox
        .refuses(
            Rule::FailedReportRequiresReason,
            &report.update("failure_reason = 'Of what?'"),
        )
        .await;
}

#[rstest]
#[case::ready("ready")]
#[case::exported("exported")]
#[tokio::test]
async fn format_version_pinned_at_generation(#[case] status: &str) {
    let sandbox = Sandbox::entered(Standing::System).await;
    let report = sandbox.report(status).await;
    sandbox.allows(&report.update("notes = 'A note'")).await;
    for change in [
        "bufdir_format_version = '2023-v1'",
        "report_data = '{}'",
        "current_generation = 2",
        "activity_count = 7",
        "participant_count = 7",
        "volunteer_count = 7",
        "total_hours = 7",
        "generated_at = '2020-01-01T00:00:00Z'",
        "generated_by_user_id = null",
    ] {
        sandbox
            .refuses(Rule::FormatVersionPinnedAtGeneration, &report.update(change))
            .await;
    }
    sandbox.becomes(Standing::OrgAdmin).await;
    sandbox
        .allows(&report.update("status = 'pending', bufdir_format_version = '2023-v1'"))
        .await;
}

#[tokio::test]
async fn export_audit_required() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let hlf = sandbox.hlf();
    let report = sandbox.report("ready").await;
    let export = report.update(&exported_columns(hlf));
    sandbox.refuses(Rule::ExportAuditRequired, &export).await;
    let entry = exported_entry(hlf, report.id);
    for other in [
        entry.with("report_id", id()),
        entry.with("action", "export_started"),
        entry
            .with(
                "id",
                ::bufdir_reports::clock::new_id("2026-03-01T09:00:00Z".parse().unwrap()),
            )
            .with("created_at", "2026-03-01T09:00:00Z"),
    ] {
        sandbox
            .refuses(Rule::ExportAuditRequired, &format!("{}; {export}", other.insert()))
            .await;
    }
    sandbox.allows(&format!("{}; {export}", entry.insert())).await;
    sandbox.does(&format!("{}; {export}", entry.insert())).await;

    // Exported is exported: what says how cannot change without an export of its own.
    for change in [
        "export_format = 'csv'".to_owned(),
        "export_file_path = 'elsewhere'".to_owned(),
        format!("exported_by_user_id = '{}'", hlf.admin),
        "exported_at = exported_at + interval '1 second'".to_owned(),
    ] {
        sandbox
            .refuses(Rule::ExportAuditRequired, &report.update(&change))
            .await;
    }
}

#[tokio::test]
async fn notes_length() {
    let sandbox = Sandbox::entered(Standing::Coordinator).await;
    let report = report_row(sandbox.hlf());
    sandbox.allows(&report.with("notes", "ø".repeat(20_000)).insert()).await;
    sandbox
        .refuses(Rule::NotesLength, &report.with("notes", "ø".repeat(20_001)).insert())
        .await;
}

#[tokio::test]
async fn notes_locked_by_submission() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let report = sandbox.report("exported").await;
    let note = report.update("notes = 'Later'");
    sandbox.allows(&note).await;
    sandbox
        .does(&report.update_generation(&super::generations::submission(sandbox.hlf())))
        .await;
    sandbox.refuses(Rule::NotesLockedBySubmission, &note).await;
}

#[tokio::test]
async fn progress_percent_valid() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let progress = crate::support::report::progress(sandbox.hlf());
    for percent in [0, 100] {
        sandbox.allows(&progress.with("percent", percent).insert()).await;
    }
    for percent in [-1, 101] {
        sandbox
            .refuses(Rule::ProgressPercentValid, &progress.with("percent", percent).insert())
            .await;
    }
}
