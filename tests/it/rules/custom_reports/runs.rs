//! Runs of custom reports.

use bufdir_reports::kernel::actor::Standing;
use bufdir_reports::kernel::rule::Rule;
use uuid::Uuid;

use super::{scheduled, unscheduled};
use crate::support::rows::{Row, custom_report, custom_report_run};
use crate::support::rules;
use crate::support::{NOW, Sandbox, id};

const RUNNING: &str = "status = 'running', started_at = app.now()";
const FAILED: &str =
    "status = 'failed', error_code = 'INTERNAL', error_message = 'It failed.', completed_at = app.now()";
const CANCELLED: &str = "status = 'cancelled', completed_at = app.now(), cancel_requested_at = app.now(),
    cancel_requested_by_user_id = app.user_id()";

fn update(run: Uuid, assignments: &str) -> String {
    format!("update custom_report_runs set {assignments} where id = '{run}'")
}

/// The org admin about to ask for a run: the sandbox and the pending row.
async fn asking() -> (Sandbox, Row) {
    let (sandbox, report) = unscheduled().await;
    sandbox.becomes(Standing::OrgAdmin).await;
    let row = custom_report_run(sandbox.hlf(), report);
    (sandbox, row)
}

/// A pending run, and the sandbox entered as a worker.
async fn pending() -> (Sandbox, Uuid) {
    let (sandbox, row) = asking().await;
    let run = id();
    sandbox.does(&row.with("id", run).insert()).await;
    sandbox.becomes(Standing::System).await;
    (sandbox, run)
}

async fn running() -> (Sandbox, Uuid) {
    let (sandbox, run) = pending().await;
    sandbox.does(&update(run, RUNNING)).await;
    (sandbox, run)
}

/// What a worker records of the file, which it has stored.
async fn succeeded(sandbox: &Sandbox) -> String {
    let (organization, file) = (sandbox.hlf().id, id());
    let stored = format!(
        "insert into files (organization_id, id, file_name, media_type, size_bytes, sha256, storage_key,
            renderer_version, created_at)
        values ('{organization}', '{file}', 'a.csv', 'text/csv', 10, sha256('a'), 'a/2026/a.csv', '1', '{NOW}')"
    );
    sandbox.does(&stored).await;
    format!(
        "status = 'succeeded', file_id = '{file}', row_count = 12, rows_so_far = 12, control_totals = '{{}}', \
        completed_at = app.now()"
    )
}

async fn of_a_column(rule: Rule, column: &'static str, allowed: &[&str], refused: &[&str]) {
    let (sandbox, row) = asking().await;
    for value in allowed {
        sandbox.allows(&row.with(column, value).insert()).await;
    }
    for value in refused {
        sandbox.refuses(rule, &row.with(column, value).insert()).await;
    }
}

#[tokio::test]
async fn id_is_valid_uuid() {
    let random = "8f4f1c9e-5d3a-4c1f-9a52-0b8d1c2e3f40";
    of_a_column(rules::ID_IS_VALID_UUID, "id", &[&id().to_string()], &[random]).await;
}

#[tokio::test]
async fn valid_output_format() {
    let formats = ["xlsx", "csv", "pdf", "json"];
    of_a_column(rules::VALID_OUTPUT_FORMAT, "output_format", &formats, &["CSV", ""]).await;
}

#[tokio::test]
async fn export_language_valid() {
    of_a_column(rules::EXPORT_LANGUAGE_VALID, "language", &["nb", "en"], &["no", ""]).await;
}

#[tokio::test]
async fn run_trigger_valid() {
    of_a_column(rules::RUN_TRIGGER_VALID, "trigger", &["manual"], &["import", ""]).await;
}

#[tokio::test]
async fn run_definition_is_an_object() {
    let rule = rules::RUN_DEFINITION_IS_AN_OBJECT;
    of_a_column(rule, "definition", &[r#"{"columns": []}"#], &["[]", "1", "null"]).await;
}

#[tokio::test]
async fn run_dates_in_order() {
    of_a_column(rules::RUN_DATES_IN_ORDER, "date_to", &["2026-02-01"], &["2026-01-31"]).await;
}

#[tokio::test]
async fn run_begins_as_pending() {
    let (sandbox, row) = asking().await;
    let cancelled = row
        .with("cancel_requested_at", NOW)
        .with("cancel_requested_by_user_id", sandbox.hlf().admin);
    for row in [row.with("status", "running"), row.with("rows_so_far", 1), cancelled] {
        sandbox.refuses(rules::RUN_BEGINS_AS_PENDING, &row.insert()).await;
    }
}

#[tokio::test]
async fn run_status_valid() {
    let (sandbox, run) = pending().await;
    sandbox.allows(&update(run, RUNNING)).await;
    let unknown = "status = 'complete', completed_at = app.now()";
    sandbox.refuses(rules::RUN_STATUS_VALID, &update(run, unknown)).await;
}

#[tokio::test]
async fn run_names_who_asked() {
    let (sandbox, row) = asking().await;
    let rule = rules::RUN_NAMES_WHO_ASKED;
    let coordinators = row.with("requested_by_user_id", sandbox.hlf().coordinator);
    let of_schedule = |row: &Row| row.with("trigger", "schedule").with("due_at", NOW);
    sandbox.refuses(rule, &coordinators.insert()).await;
    sandbox.refuses(rule, &of_schedule(&row).insert()).await;
    sandbox.becomes(Standing::Coordinator).await;
    sandbox.allows(&coordinators.insert()).await;
    sandbox.becomes(Standing::System).await;
    sandbox.refuses(rule, &coordinators.insert()).await;
    sandbox.allows(&of_schedule(&coordinators).insert()).await;
    sandbox.becomes(Standing::Support).await;
    let of_support = row.with("requested_by_user_id", sandbox.fixture.global_admin);
    sandbox.refuses(rule, &of_support.insert()).await;
    let granted = of_support.with("support_access_id", "GRANT").insert();
    sandbox
        .allows(&granted.replace("'GRANT'", "app.support_access_id()"))
        .await;
}

#[tokio::test]
async fn run_requires_active_report() {
    let (sandbox, row) = asking().await;
    sandbox.allows(&row.insert()).await;
    sandbox.does("update custom_reports set is_active = false").await;
    sandbox.refuses(rules::RUN_REQUIRES_ACTIVE_REPORT, &row.insert()).await;
}

#[tokio::test]
async fn run_due_at_of_schedules() {
    let (sandbox, row) = asking().await;
    sandbox
        .refuses(rules::RUN_DUE_AT_OF_SCHEDULES, &row.with("due_at", NOW).insert())
        .await;
}

#[tokio::test]
async fn one_run_per_due_time() {
    let (sandbox, report) = scheduled().await;
    let due = custom_report_run(sandbox.hlf(), report)
        .with("requested_by_user_id", sandbox.hlf().coordinator)
        .with("trigger", "schedule")
        .with("due_at", NOW);
    sandbox.does(&due.insert()).await;
    let again = due.with("id", id());
    sandbox.refuses(rules::ONE_RUN_PER_DUE_TIME, &again.insert()).await;
    sandbox
        .allows(&again.with("due_at", "2026-03-03T09:00:00Z").insert())
        .await;
}

#[tokio::test]
async fn run_rows_non_negative() {
    let (sandbox, run) = running().await;
    sandbox.allows(&update(run, "rows_so_far = 1")).await;
    sandbox
        .refuses(rules::RUN_ROWS_NON_NEGATIVE, &update(run, "rows_so_far = -1"))
        .await;
    let done = succeeded(&sandbox).await.replace("row_count = 12", "row_count = -1");
    sandbox.refuses(rules::RUN_ROWS_NON_NEGATIVE, &update(run, &done)).await;
}

#[tokio::test]
async fn succeeded_run_has_its_file() {
    let (sandbox, run) = running().await;
    let done = succeeded(&sandbox).await;
    sandbox.allows(&update(run, &done)).await;
    for column in ["file_id", "row_count", "control_totals"] {
        let without = done.split(", ").filter(|set| !set.trim().starts_with(column));
        let without = without.collect::<Vec<_>>().join(", ");
        sandbox
            .refuses(rules::SUCCEEDED_RUN_HAS_ITS_FILE, &update(run, &without))
            .await;
    }
}

#[tokio::test]
async fn run_result_requires_success() {
    let (sandbox, run) = running().await;
    for early in ["row_count = 1".to_owned(), format!("{FAILED}, control_totals = '{{}}'")] {
        sandbox
            .refuses(rules::RUN_RESULT_REQUIRES_SUCCESS, &update(run, &early))
            .await;
    }
}

#[tokio::test]
async fn failed_run_has_its_error() {
    let (sandbox, run) = pending().await;
    sandbox.allows(&update(run, FAILED)).await;
    for lacking in [
        FAILED.replace("'INTERNAL'", "null"),
        FAILED.replace("'It failed.'", "' '"),
    ] {
        sandbox
            .refuses(rules::FAILED_RUN_HAS_ITS_ERROR, &update(run, &lacking))
            .await;
    }
}

#[tokio::test]
async fn error_fields_require_failed_status() {
    let (sandbox, run) = running().await;
    let rule = rules::ERROR_FIELDS_REQUIRE_FAILED_STATUS;
    sandbox
        .refuses(rule, &update(run, "error_code = 'INTERNAL', error_message = 'x'"))
        .await;
}

#[tokio::test]
async fn error_code_max_length() {
    let (sandbox, run) = pending().await;
    let with = |length: usize| update(run, &FAILED.replace("INTERNAL", &"X".repeat(length)));
    sandbox.allows(&with(64)).await;
    sandbox.refuses(rules::ERROR_CODE_MAX_LENGTH, &with(65)).await;
}

#[tokio::test]
async fn run_start_set_when_running() {
    let (sandbox, run) = pending().await;
    for change in ["status = 'running'", "started_at = app.now()"] {
        sandbox
            .refuses(rules::RUN_START_SET_WHEN_RUNNING, &update(run, change))
            .await;
    }
}

#[tokio::test]
async fn run_end_set_on_terminal_status() {
    let (sandbox, run) = running().await;
    for change in ["completed_at = app.now()", &FAILED.replace("= app.now()", "= null")] {
        sandbox
            .refuses(rules::RUN_END_SET_ON_TERMINAL_STATUS, &update(run, change))
            .await;
    }
}

#[tokio::test]
async fn run_times_in_order() {
    let (sandbox, run) = pending().await;
    for change in [RUNNING, FAILED] {
        let before = change.replace("app.now()", "app.now() - interval '1 second'");
        sandbox.refuses(rules::RUN_TIMES_IN_ORDER, &update(run, &before)).await;
    }
}

#[tokio::test]
async fn run_cancellation_complete() {
    let (sandbox, run) = running().await;
    sandbox.allows(&update(run, CANCELLED)).await;
    for change in [
        "cancel_requested_at = app.now()",
        "cancel_requested_by_user_id = app.user_id()",
        "status = 'cancelled', completed_at = app.now()",
    ] {
        sandbox
            .refuses(rules::RUN_CANCELLATION_COMPLETE, &update(run, change))
            .await;
    }
}

#[tokio::test]
async fn run_status_forward_only() {
    let (sandbox, run) = running().await;
    let rule = rules::RUN_STATUS_FORWARD_ONLY;
    sandbox
        .refuses(rule, &update(run, "status = 'pending', started_at = null"))
        .await;
    sandbox.does(&update(run, FAILED)).await;
    for change in [
        "error_message = 'Another.'",
        CANCELLED,
        "status = 'running', completed_at = null",
    ] {
        sandbox.refuses(rule, &update(run, change)).await;
    }
}

/// Others may ask a run to end, and end one that no worker has taken up.
#[tokio::test]
async fn run_result_written_by_worker() {
    let (sandbox, run) = pending().await;
    sandbox.becomes(Standing::Coordinator).await;
    sandbox.allows(&update(run, CANCELLED)).await;
    let rule = rules::RUN_RESULT_WRITTEN_BY_WORKER;
    for change in [RUNNING, FAILED, "rows_so_far = 1"] {
        sandbox.refuses(rule, &update(run, change)).await;
    }
    sandbox.becomes(Standing::System).await;
    sandbox.does(&update(run, RUNNING)).await;
    sandbox.becomes(Standing::Coordinator).await;
    sandbox.refuses(rule, &update(run, CANCELLED)).await;
    sandbox
        .allows(&update(
            run,
            "cancel_requested_at = app.now(), cancel_requested_by_user_id = app.user_id()",
        ))
        .await;
}

#[tokio::test]
async fn custom_report_run_append_only() {
    let (sandbox, run) = pending().await;
    let rule = rules::CUSTOM_REPORT_RUN_APPEND_ONLY;
    for change in [
        "output_format = 'pdf'",
        "definition = '{\"a\": 1}'",
        "date_to = '2026-02-27'",
    ] {
        sandbox.refuses(rule, &update(run, change)).await;
    }
    let asked = "cancel_requested_at = app.now(), cancel_requested_by_user_id = app.user_id()";
    sandbox.does(&update(run, asked)).await;
    let taken_back = "cancel_requested_at = null, cancel_requested_by_user_id = null";
    sandbox.refuses(rule, &update(run, taken_back)).await;

    let superuser = Sandbox::superuser().await;
    superuser.becomes(Standing::OrgAdmin).await;
    let report = id();
    let defined = custom_report(superuser.hlf()).with("id", report);
    superuser.does(&defined.insert()).await;
    superuser
        .does(&custom_report_run(superuser.hlf(), report).insert())
        .await;
    for change in ["delete from custom_report_runs", "truncate custom_report_runs"] {
        superuser.refuses(rule, change).await;
    }
}
