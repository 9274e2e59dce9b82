//! What a report's columns show: its generation, its export, its notes.

use bufdir_reports::kernel::actor::Standing;
use bufdir_reports::kernel::clock::new_id;
use rstest::rstest;

use super::generations::submission;
use crate::support::report::{DATA, exported_columns, exported_entry, generation, progress, ready_columns, report_row};
use crate::support::rules;
use crate::support::{NOW, Sandbox};

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
            .refuses(rules::EXPORT_FORMAT_REQUIRED_ON_EXPORT, &report.update(&without))
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
        .refuses(rules::VALID_EXPORT_FORMAT, &report.update(&exported))
        .await;
}

#[tokio::test]
async fn report_data_required_before_export() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let hlf = sandbox.hlf();
    let report = sandbox.report("generating").await;
    let generation = generation(hlf, report.id);
    sandbox.does(&generation.insert()).await;
    sandbox.allows(&report.update(&ready_columns(hlf))).await;
    for none in ["null", "'null'", "'[]'"] {
        let empty = ready_columns(hlf).replace(&format!("'{DATA}'"), none);
        sandbox
            .refuses(rules::REPORT_DATA_REQUIRED_BEFORE_EXPORT, &report.update(&empty))
            .await;
    }
    let at_no_time = ready_columns(hlf).replace(&format!("generated_at = '{NOW}'"), "generated_at = null");
    sandbox
        .refuses(rules::REPORT_DATA_REQUIRED_BEFORE_EXPORT, &report.update(&at_no_time))
        .await;
}

/// The columns show a generation as it is, so that what is exported is what was frozen.
#[tokio::test]
async fn report_shows_its_generation() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let hlf = sandbox.hlf();
    let report = sandbox.report("generating").await;
    sandbox
        .refuses(rules::REPORT_SHOWS_ITS_GENERATION, &report.update(&ready_columns(hlf)))
        .await;
    sandbox.does(&generation(hlf, report.id).insert()).await;
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
            .refuses(rules::REPORT_SHOWS_ITS_GENERATION, &report.update(&differing))
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
        .refuses(
            rules::FAILED_REPORT_REQUIRES_REASON,
            &report.update("status = 'failed'"),
        )
        .await;
    sandbox
        .refuses(
            rules::FAILED_REPORT_REQUIRES_REASON,
            &report.update("status = 'failed', failure_reason = ' '"),
        )
        .await;
    sandbox
        .refuses(
            rules::FAILED_REPORT_REQUIRES_REASON,
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
            .refuses(rules::FORMAT_VERSION_PINNED_AT_GENERATION, &report.update(change))
            .await;
    }
    sandbox.becomes(Standing::OrgAdmin).await;
    sandbox
        .allows(&report.update(&format!(
            "status = 'pending', bufdir_format_version = '2023-v1', requested_by_user_id = '{}'",
            sandbox.hlf().admin
        )))
        .await;
}

#[tokio::test]
async fn export_audit_required() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let hlf = sandbox.hlf();
    let report = sandbox.report("ready").await;
    let export = report.update(&exported_columns(hlf));
    sandbox.refuses(rules::EXPORT_AUDIT_REQUIRED, &export).await;
    let entry = exported_entry(hlf, report.id);
    for other in [
        entry.without("report_id"),
        entry.with("action", "export_started"),
        entry
            .with("id", new_id("2026-03-01T09:00:00Z".parse().unwrap()))
            .with("created_at", "2026-03-01T09:00:00Z"),
    ] {
        sandbox
            .refuses(rules::EXPORT_AUDIT_REQUIRED, &format!("{}; {export}", other.insert()))
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
            .refuses(rules::EXPORT_AUDIT_REQUIRED, &report.update(&change))
            .await;
    }
}

#[tokio::test]
async fn notes_length() {
    let sandbox = Sandbox::entered(Standing::Coordinator).await;
    let report = report_row(sandbox.hlf());
    sandbox.allows(&report.with("notes", "ø".repeat(20_000)).insert()).await;
    sandbox
        .refuses(rules::NOTES_LENGTH, &report.with("notes", "ø".repeat(20_001)).insert())
        .await;
}

#[tokio::test]
async fn notes_locked_by_submission() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let report = sandbox.report("exported").await;
    let note = report.update("notes = 'Later'");
    sandbox.allows(&note).await;
    sandbox
        .does(&report.update_generation(&submission(sandbox.hlf())))
        .await;
    sandbox.refuses(rules::NOTES_LOCKED_BY_SUBMISSION, &note).await;
}

#[tokio::test]
async fn progress_percent_valid() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let progress = progress(sandbox.hlf());
    for percent in [0, 100] {
        sandbox.allows(&progress.with("percent", percent).insert()).await;
    }
    for percent in [-1, 101] {
        sandbox
            .refuses(
                rules::PROGRESS_PERCENT_VALID,
                &progress.with("percent", percent).insert(),
            )
            .await;
    }
}
