//! The export ledger.

use bufdir_reports::kernel::actor::Standing;
use bufdir_reports::kernel::rule::Rule;
use uuid::Uuid;

use crate::support::report::file;
use crate::support::rows::{audit_entry, ledger_record};
use crate::support::rules;
use crate::support::{NOW, Sandbox, id};

/// What a worker records of a stored file.
const COMPLETED: &str =
    "status = 'completed', activity_count = 12, file_path = 'a/2026/b.xlsx', file_size_bytes = 9000,
    file_checksum = repeat('ab', 32), completed_at = app.now()";
const FAILED: &str = "status = 'failed', error_message = 'The storage does not answer.'";

fn update(record: Uuid, assignments: &str) -> String {
    format!("update bufdir_exports set {assignments} where id = '{record}'")
}

/// The org admin's pending record, and the sandbox entered as a worker.
async fn pending() -> (Sandbox, Uuid) {
    let sandbox = Sandbox::entered(Standing::OrgAdmin).await;
    let record = id();
    sandbox
        .does(&ledger_record(sandbox.hlf()).with("id", record).insert())
        .await;
    sandbox.becomes(Standing::System).await;
    (sandbox, record)
}

async fn completed() -> (Sandbox, Uuid) {
    let (sandbox, record) = pending().await;
    sandbox.does(&update(record, "status = 'generating'")).await;
    sandbox.does(&update(record, COMPLETED)).await;
    (sandbox, record)
}

/// Counts a download by the org admin; and its audit entry.
fn download(sandbox: &Sandbox, record: Uuid) -> (String, String) {
    let person = sandbox.hlf().admin;
    let counted = update(
        record,
        &format!(
            "download_count = download_count + 1, last_downloaded_at = '{NOW}', last_downloaded_by_user_id = '{person}'"
        ),
    );
    let entry = audit_entry(sandbox.hlf())
        .with("action", "file_downloaded")
        .with("actor_user_id", person)
        .with("actor_name", "admin hlf")
        .with("actor_role", "org_admin")
        .with("subject_type", "file")
        .with("subject_id", record);
    (counted, entry.insert())
}

async fn refuses_on_insert(rule: Rule, column: &'static str, allowed: &[&str], refused: &[&str]) {
    let sandbox = Sandbox::entered(Standing::OrgAdmin).await;
    let row = ledger_record(sandbox.hlf());
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
    refuses_on_insert(rules::ID_IS_VALID_UUID, "id", &[&id().to_string()], &[random]).await;
}

#[tokio::test]
async fn valid_export_format() {
    let formats = ["xlsx", "csv", "pdf"];
    refuses_on_insert(
        rules::VALID_EXPORT_FORMAT,
        "export_format",
        &formats,
        &["json", "PDF", ""],
    )
    .await;
}

#[tokio::test]
async fn schema_version_non_empty() {
    refuses_on_insert(
        rules::SCHEMA_VERSION_NON_EMPTY,
        "schema_version",
        &["2024-v2"],
        &["", " "],
    )
    .await;
}

#[tokio::test]
async fn ledger_status_is_valid_enum() {
    let (sandbox, record) = pending().await;
    sandbox.allows(&update(record, "status = 'generating'")).await;
    sandbox
        .refuses(rules::LEDGER_STATUS_IS_VALID_ENUM, &update(record, "status = 'ready'"))
        .await;
}

#[tokio::test]
async fn status_initial_value_is_pending() {
    let rule = rules::STATUS_INITIAL_VALUE_IS_PENDING;
    refuses_on_insert(rule, "status", &["pending"], &["generating", "completed", "failed"]).await;
}

#[tokio::test]
async fn period_start_before_end() {
    let sandbox = Sandbox::entered(Standing::OrgAdmin).await;
    let row = ledger_record(sandbox.hlf());
    sandbox.allows(&row.insert()).await;
    let reversed = row
        .with("report_period_start", "2024-12-31T22:59:59.999999Z")
        .with("report_period_end", "2023-12-31T23:00:00Z");
    sandbox
        .refuses(rules::PERIOD_START_BEFORE_END, &reversed.insert())
        .await;
}

#[tokio::test]
async fn period_must_not_be_future() {
    let sandbox = Sandbox::entered(Standing::OrgAdmin).await;
    let row = ledger_record(sandbox.hlf());
    sandbox.allows(&row.insert()).await;
    let unended = row.with("report_period_end", "2026-12-31T22:59:59.999999Z");
    sandbox
        .refuses(rules::PERIOD_MUST_NOT_BE_FUTURE, &unended.insert())
        .await;
}

#[tokio::test]
async fn report_period_keeps_its_dates() {
    let sandbox = Sandbox::entered(Standing::OrgAdmin).await;
    let period = sandbox.hlf().period;
    let shorten = format!("update report_periods set last_date = '2024-12-30' where id = '{period}'");
    sandbox.allows(&shorten).await;
    sandbox.does(&ledger_record(sandbox.hlf()).insert()).await;
    sandbox.refuses(rules::REPORT_PERIOD_KEEPS_ITS_DATES, &shorten).await;
}

#[tokio::test]
async fn org_admin_only_access() {
    let sandbox = Sandbox::entered(Standing::OrgAdmin).await;
    let row = ledger_record(sandbox.hlf());
    sandbox.allows(&row.insert()).await;
    let in_anothers_name = row.with("generated_by_user_id", sandbox.hlf().coordinator);
    sandbox
        .refuses(rules::ORG_ADMIN_ONLY_ACCESS, &in_anothers_name.insert())
        .await;
    for standing in [Standing::Coordinator, Standing::PeerMentor, Standing::System] {
        sandbox.becomes(standing).await;
        sandbox.refuses(rules::ORG_ADMIN_ONLY_ACCESS, &row.insert()).await;
    }
    sandbox.becomes(Standing::Support).await;
    let by_support = row.with("generated_by_user_id", sandbox.fixture.global_admin);
    sandbox.allows(&by_support.insert()).await;
    sandbox.does(&by_support.insert()).await;
    for (standing, seen) in [
        (Standing::Coordinator, 0),
        (Standing::PeerMentor, 0),
        (Standing::OrgAdmin, 1),
    ] {
        sandbox.becomes(standing).await;
        assert_eq!(sandbox.attempt("select from bufdir_exports").await.unwrap(), seen);
    }
}

#[tokio::test]
async fn activity_count_non_negative() {
    let (sandbox, record) = pending().await;
    let with = |count: i32| update(record, &COMPLETED.replace("12", &count.to_string()));
    sandbox.allows(&with(0)).await;
    sandbox.refuses(rules::ACTIVITY_COUNT_NON_NEGATIVE, &with(-1)).await;
}

#[tokio::test]
async fn file_checksum_format() {
    let (sandbox, record) = pending().await;
    let with = |checksum: &str| update(record, &COMPLETED.replace("repeat('ab', 32)", checksum));
    sandbox.allows(&with("repeat('0f', 32)")).await;
    for checksum in ["repeat('0F', 32)", "repeat('0f', 31)", "repeat('zz', 32)", "''"] {
        sandbox.refuses(rules::FILE_CHECKSUM_FORMAT, &with(checksum)).await;
    }
}

#[tokio::test]
async fn file_path_required_on_complete() {
    let (sandbox, record) = pending().await;
    sandbox.allows(&update(record, COMPLETED)).await;
    for lacking in ["'a/2026/b.xlsx'", "9000", "12", "repeat('ab', 32)", "app.now()"] {
        let without = update(record, &COMPLETED.replace(&format!("= {lacking}"), "= null"));
        sandbox.refuses(rules::FILE_PATH_REQUIRED_ON_COMPLETE, &without).await;
    }
    let blank = COMPLETED.replace("'a/2026/b.xlsx'", "' '");
    sandbox
        .refuses(rules::FILE_PATH_REQUIRED_ON_COMPLETE, &update(record, &blank))
        .await;
}

#[tokio::test]
async fn ledger_file_requires_completed_status() {
    let (sandbox, record) = pending().await;
    for early in ["file_path = 'a'", "activity_count = 1", "completed_at = app.now()"] {
        sandbox
            .refuses(rules::LEDGER_FILE_REQUIRES_COMPLETED_STATUS, &update(record, early))
            .await;
    }
}

#[tokio::test]
async fn failed_export_requires_error_message() {
    let (sandbox, record) = pending().await;
    sandbox.allows(&update(record, FAILED)).await;
    for message in ["null", "''", "' '"] {
        let without = format!("status = 'failed', error_message = {message}");
        sandbox
            .refuses(rules::FAILED_EXPORT_REQUIRES_ERROR_MESSAGE, &update(record, &without))
            .await;
    }
}

#[tokio::test]
async fn error_fields_require_failed_status() {
    let (sandbox, record) = pending().await;
    let with_error = format!("{COMPLETED}, error_message = 'x'");
    sandbox
        .refuses(rules::ERROR_FIELDS_REQUIRE_FAILED_STATUS, &update(record, &with_error))
        .await;
}

#[tokio::test]
async fn completed_export_is_immutable() {
    let (sandbox, record) = completed().await;
    for change in [
        "file_path = 'a/2026/c.xlsx'",
        "file_checksum = repeat('cd', 32)",
        "file_size_bytes = 1",
        "activity_count = 13",
        "schema_version = '2023-v1'",
        "metadata = '{}'",
        "generated_at = generated_at - interval '1 day'",
        FAILED,
    ] {
        sandbox
            .refuses(rules::COMPLETED_EXPORT_IS_IMMUTABLE, &update(record, change))
            .await;
    }
}

#[tokio::test]
async fn status_forward_only_transition() {
    let (sandbox, record) = pending().await;
    sandbox.does(&update(record, "status = 'generating'")).await;
    let rule = rules::STATUS_FORWARD_ONLY_TRANSITION;
    sandbox.refuses(rule, &update(record, "status = 'pending'")).await;
    sandbox.does(&update(record, FAILED)).await;
    for change in [
        "status = 'generating', error_message = null",
        "error_message = 'Another.'",
    ] {
        sandbox.refuses(rule, &update(record, change)).await;
    }
}

#[tokio::test]
async fn append_only_immutability() {
    let (sandbox, record) = pending().await;
    for change in [
        "export_format = 'pdf'",
        "schema_version = '2023-v1'",
        "follows_export_id = id",
    ] {
        sandbox
            .refuses(rules::APPEND_ONLY_IMMUTABILITY, &update(record, change))
            .await;
    }
    let superuser = Sandbox::superuser().await;
    superuser.becomes(Standing::OrgAdmin).await;
    superuser.does(&ledger_record(superuser.hlf()).insert()).await;
    for change in ["delete from bufdir_exports", "truncate bufdir_exports"] {
        superuser.refuses(rules::APPEND_ONLY_IMMUTABILITY, change).await;
    }
}

#[tokio::test]
async fn export_status_written_by_service() {
    let (sandbox, record) = pending().await;
    sandbox.allows(&update(record, COMPLETED)).await;
    for standing in [Standing::OrgAdmin, Standing::Support] {
        sandbox.becomes(standing).await;
        for change in [COMPLETED, FAILED, "status = 'generating'", "metadata = '{}'"] {
            sandbox
                .refuses(rules::EXPORT_STATUS_WRITTEN_BY_SERVICE, &update(record, change))
                .await;
        }
    }
}

#[tokio::test]
async fn download_audit_required() {
    let (sandbox, record) = completed().await;
    sandbox.becomes(Standing::OrgAdmin).await;
    let rule = rules::DOWNLOAD_AUDIT_REQUIRED;
    let (counted, entry) = download(&sandbox, record);
    sandbox.refuses(rule, &counted).await;
    sandbox.allows(&format!("{entry}; {counted}")).await;
    for change in [
        "download_count = 2, last_downloaded_at = app.now(), last_downloaded_by_user_id = app.user_id()",
        "download_count = 1",
        "last_downloaded_at = app.now()",
    ] {
        sandbox.refuses(rule, &update(record, change)).await;
    }
    let begun = ledger_record(sandbox.hlf()).with("download_count", 1);
    sandbox.refuses(rule, &begun.insert()).await;
}

/// The database hides them from coordinators as it hides the ledger, whatever the statement that stored them said.
#[tokio::test]
async fn files_of_the_ledger_are_for_its_keepers() {
    let (sandbox, of_ledger) = completed().await;
    let (hlf, of_report) = (sandbox.hlf(), id());
    sandbox
        .does(&file(hlf).with("id", of_ledger).with("of_ledger", false).insert())
        .await;
    sandbox
        .does(&file(hlf).with("id", of_report).with("of_ledger", true).insert())
        .await;
    let read = |file: Uuid| format!("select from files where id = '{file}'");
    let count = |file: Uuid| {
        format!(
            "update files set download_count = download_count + 1, last_downloaded_at = app.now(),
             last_downloaded_by_user_id = app.user_id() where id = '{file}'"
        )
    };
    for (standing, is_keeper) in [
        (Standing::Coordinator, false),
        (Standing::OrgAdmin, true),
        (Standing::Support, true),
        (Standing::System, true),
    ] {
        sandbox.becomes(standing).await;
        let seen = sandbox.attempt(&read(of_ledger)).await.unwrap();
        assert_eq!(seen, u64::from(is_keeper), "{standing:?}");
        assert_eq!(sandbox.attempt(&read(of_report)).await.unwrap(), 1, "{standing:?}");
        sandbox.allows(&count(of_report)).await;
    }
    sandbox.becomes(Standing::Coordinator).await;
    assert_eq!(sandbox.attempt(&count(of_ledger)).await.unwrap(), 0);
    // Unseen is the ledger's record, too, so that a coordinator would store a file of it unmarked.
    let error = sandbox.attempt(&file(hlf).insert()).await.unwrap_err();
    assert_eq!(error.code(), "FORBIDDEN", "{error}");
    // A keeper's download is counted on both.
    sandbox.becomes(Standing::OrgAdmin).await;
    let (_, entry) = download(&sandbox, of_ledger);
    sandbox.does(&entry).await;
    sandbox.does(&count(of_ledger)).await;
    let both = format!("select from bufdir_exports where id = '{of_ledger}' and download_count = 1");
    assert_eq!(sandbox.attempt(&both).await.unwrap(), 1);
}

#[tokio::test]
async fn download_count_non_negative() {
    let superuser = Sandbox::superuser().await;
    superuser
        .does("set local session_replication_role = replica; select 1")
        .await;
    let row = ledger_record(superuser.hlf());
    superuser.allows(&row.insert()).await;
    superuser
        .refuses(
            rules::DOWNLOAD_COUNT_NON_NEGATIVE,
            &row.with("download_count", -1).insert(),
        )
        .await;
}

#[tokio::test]
async fn tenant_isolation() {
    let sandbox = Sandbox::superuser().await;
    sandbox.becomes(Standing::OrgAdmin).await;
    let foreign = ledger_record(&sandbox.fixture.nhf).with("generated_by_user_id", sandbox.hlf().admin);
    sandbox.does(&foreign.insert()).await;
    let app = "set local role bufdir_app; ";
    let seen = sandbox
        .attempt(&format!("{app}select from bufdir_exports"))
        .await
        .unwrap();
    assert_eq!(seen, 0);
    let error = sandbox
        .attempt(&format!("{app}{}", foreign.with("id", id()).insert()))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "FORBIDDEN", "{error}");
}
