//! What came of it: the result that the export audit service records, once.

use bufdir_reports::kernel::actor::Standing;

use super::{FAILURE, pending, ready};
use crate::support::NOW;
use crate::support::report::export;
use crate::support::rules;

mod bufdir_export_audit_log {
    use super::*;

    #[tokio::test]
    async fn file_url_max_length() {
        let (sandbox, export) = pending().await;
        let with_key = |length| export.update(&export.completion().replace("reports/1.xlsx", &"k".repeat(length)));
        sandbox.allows(&with_key(2048)).await;
        sandbox.refuses(rules::FILE_URL_MAX_LENGTH, &with_key(2049)).await;
    }

    #[tokio::test]
    async fn file_size_bytes_non_negative() {
        let (sandbox, export) = pending().await;
        let with_size = |size| export.update(&export.completion().replace("= 9000", &format!("= {size}")));
        sandbox.allows(&with_size(0)).await;
        sandbox
            .refuses(rules::FILE_SIZE_BYTES_NON_NEGATIVE, &with_size(-1))
            .await;
    }

    #[tokio::test]
    async fn activity_count_non_negative() {
        let (sandbox, export) = pending().await;
        let with_count = |count| {
            let counted = format!("activity_count = {count}");
            export.update(&export.completion().replace("activity_count = 1", &counted))
        };
        sandbox.allows(&with_count(0)).await;
        sandbox
            .refuses(rules::ACTIVITY_COUNT_NON_NEGATIVE, &with_count(-1))
            .await;
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
            .refuses(rules::PARTICIPANT_COUNT_NON_NEGATIVE, &with_count(-1))
            .await;
    }

    #[tokio::test]
    async fn submission_reference_length() {
        let (sandbox, export) = pending().await;
        sandbox.does(&export.update(&export.completion())).await;
        let refer = |length| export.update(&format!("bufdir_submission_reference = '{}'", "9".repeat(length)));
        sandbox.allows(&refer(200)).await;
        sandbox.refuses(rules::SUBMISSION_REFERENCE_LENGTH, &refer(0)).await;
        sandbox.refuses(rules::SUBMISSION_REFERENCE_LENGTH, &refer(201)).await;
    }
}

#[tokio::test]
async fn export_status_is_valid_enum() {
    let (sandbox, export) = pending().await;
    sandbox.allows(&export.update(&export.completion())).await;
    let unknown = format!("status = 'cancelled', completed_at = '{NOW}'");
    sandbox
        .refuses(rules::EXPORT_STATUS_IS_VALID_ENUM, &export.update(&unknown))
        .await;
}

#[tokio::test]
async fn completed_at_not_before_created_at() {
    let (sandbox, export) = pending().await;
    sandbox.allows(&export.update(FAILURE)).await;
    let before = FAILURE.replace("09:00:00Z", "08:59:59Z");
    sandbox
        .refuses(rules::COMPLETED_AT_NOT_BEFORE_CREATED_AT, &export.update(&before))
        .await;
}

#[tokio::test]
async fn error_code_max_length() {
    let (sandbox, export) = pending().await;
    let with_code = |length| export.update(&FAILURE.replace("RENDER_FAILED", &"X".repeat(length)));
    sandbox.allows(&with_code(64)).await;
    sandbox.refuses(rules::ERROR_CODE_MAX_LENGTH, &with_code(65)).await;
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
            .refuses(rules::STATUS_FORWARD_ONLY_TRANSITION, &export.update(pending_again))
            .await;
        let other = if complete {
            FAILURE.to_owned()
        } else {
            export.completion()
        };
        sandbox
            .refuses(rules::STATUS_FORWARD_ONLY_TRANSITION, &export.update(&other))
            .await;
        sandbox
            .refuses(
                rules::STATUS_FORWARD_ONLY_TRANSITION,
                &export.update("activity_count = 7"),
            )
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
            .refuses(rules::FILE_URL_REQUIRES_COMPLETE_STATUS, &export.update(column))
            .await;
        let failed = format!("{FAILURE}, {column}");
        sandbox
            .refuses(rules::FILE_URL_REQUIRES_COMPLETE_STATUS, &export.update(&failed))
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
            .refuses(rules::COMPLETE_EXPORT_HAS_ITS_FILE, &export.update(&kept.join(",")))
            .await;
    }
}

#[tokio::test]
async fn completed_at_set_on_terminal_status() {
    let (sandbox, export) = pending().await;
    sandbox.allows(&export.update(FAILURE)).await;
    let without = FAILURE.replace("'2026-03-02T09:00:00Z'", "null");
    sandbox
        .refuses(rules::COMPLETED_AT_SET_ON_TERMINAL_STATUS, &export.update(&without))
        .await;
    sandbox
        .refuses(
            rules::COMPLETED_AT_SET_ON_TERMINAL_STATUS,
            &export.update(&format!("completed_at = '{NOW}'")),
        )
        .await;
}

#[tokio::test]
async fn error_fields_require_failed_status() {
    let (sandbox, export) = pending().await;
    sandbox.allows(&export.update(FAILURE)).await;
    for error in ["error_code = 'RENDER_FAILED'", "error_message = 'No.'"] {
        sandbox
            .refuses(rules::ERROR_FIELDS_REQUIRE_FAILED_STATUS, &export.update(error))
            .await;
        let complete = format!("{}, {error}", export.completion());
        sandbox
            .refuses(rules::ERROR_FIELDS_REQUIRE_FAILED_STATUS, &export.update(&complete))
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
                rules::FAILED_EXPORT_REQUIRES_ERROR_MESSAGE,
                &export.update(&FAILURE.replace(given, none)),
            )
            .await;
    }
}

#[tokio::test]
async fn submission_reference_set_once() {
    let (sandbox, report) = ready().await;
    let row = export(sandbox.hlf(), &report);
    let with_reference = row.with("bufdir_submission_reference", "REF 1").insert();
    sandbox
        .refuses(rules::SUBMISSION_REFERENCE_SET_ONCE, &with_reference)
        .await;
    drop(sandbox);

    let (sandbox, export) = pending().await;
    let refer = export.update("bufdir_submission_reference = 'REF 1'");
    sandbox.refuses(rules::SUBMISSION_REFERENCE_SET_ONCE, &refer).await;
    sandbox.does(&export.update(&export.completion())).await;
    sandbox.becomes(Standing::Coordinator).await;
    sandbox.allows(&refer).await;
    sandbox.does(&refer).await;
    for other in ["'REF 2'", "null"] {
        let change = export.update(&format!("bufdir_submission_reference = {other}"));
        sandbox.refuses(rules::SUBMISSION_REFERENCE_SET_ONCE, &change).await;
    }
}
