//! How exports fail: each with its code and a sentence, at once, and with nothing left in the storage.

use std::time::{Duration, Instant};

use bufdir_reports::export::{Document, ExportFailure, ExportOperation, FailureCode, PipelineContext, run};
use bufdir_reports::kernel::error::Error;
use entity::enums::{ExportFormat, ExportStatus};
use render::Cell;
use rstest::rstest;

use crate::support::export::{ExportTest, Obedient, database_down, document, export_test};
use crate::support::rules;

/// Runs an export that fails; checks what every failure has in common.
async fn failure(test: &ExportTest, caller: Obedient, format: ExportFormat) -> ExportOperation {
    let export = test.asked(format).await;
    test.run(&caller, export).await.unwrap();
    failed(test, export).await
}

async fn failed(test: &ExportTest, export: uuid::Uuid) -> ExportOperation {
    let operation = test.operation(export).await;
    assert_eq!(operation.status, ExportStatus::Failed);
    assert_eq!(operation.file, None);
    assert_eq!(operation.progress, None);
    let message = operation.error_message.clone().unwrap();
    assert!(!message.contains('/') && !message.contains("panicked"), "{message}");
    let trail = test.trail().await;
    assert_eq!(test.actions().await, ["export_failed"]);
    assert_eq!(trail[0].details["error_code"], operation.error_code.clone().unwrap());
    assert_eq!(trail[0].report_id, Some(test.report));
    assert!(trail[0].message.contains(&message));
    assert_eq!(test.rows_of_pending_exports().await, 0);
    operation
}

fn code(operation: &ExportOperation) -> &str {
    operation.error_code.as_deref().unwrap()
}

fn with_row(row: Vec<Cell>) -> Result<Document, ExportFailure> {
    let mut document = document();
    document.sheets[0].rows.push(row);
    Ok(document)
}

#[rstest]
#[case::figures(|| Err(ExportFailure::permanent(FailureCode::AggregationFailed, "Sums differ.")), "AGGREGATION_FAILED")]
#[case::fields(|| Err(ExportFailure::permanent(FailureCode::MappingIncomplete, "No OR01.")), "MAPPING_INCOMPLETE")]
#[case::a_narrow_row(|| with_row(vec![Cell::Empty]), "RENDER_FAILED")]
#[case::a_long_text(|| with_row(vec![Cell::Text("x".repeat(40_000)), Cell::Integer(1)]), "LIMIT_EXCEEDED")]
#[case::a_defect(|| Err(Error::internal("relation /x does not exist").into()), "INTERNAL")]
#[case::a_panic(|| panic!("a defect"), "INTERNAL")]
#[tokio::test]
async fn a_failure_has_its_code(#[case] document: fn() -> Result<Document, ExportFailure>, #[case] expected: &str) {
    let test = export_test().await;
    let operation = failure(
        &test,
        Obedient {
            document,
            ..Obedient::default()
        },
        ExportFormat::Xlsx,
    )
    .await;
    assert_eq!(code(&operation), expected);
    assert!(test.stored_files().is_empty());
}

#[tokio::test]
async fn an_export_that_takes_too_long_is_timed_out() {
    let test = export_test().await;
    let export = test.asked(ExportFormat::Csv).await;
    let context = PipelineContext {
        time_limit: Duration::from_millis(300),
        ..test.context()
    };
    let hangs = Obedient {
        hangs_loading: true,
        ..Obedient::default()
    };
    run(&context, &hangs, test.hlf().id, export).await.unwrap();
    assert_eq!(code(&failed(&test, export).await), "TIMED_OUT");
}

#[rstest]
#[case::membership("update memberships set is_active = false where user_id = 'PERSON'")]
#[case::role("update memberships set role = 'peer_mentor' where user_id = 'PERSON'")]
#[case::person("update users set is_active = false where id = 'PERSON'")]
#[case::organization("update organizations set is_active = false where slug = 'hlf'")]
#[tokio::test]
async fn whoever_lost_the_right_gets_no_file(#[case] sql: &str) {
    let test = export_test().await;
    let export = test.asked(ExportFormat::Csv).await;
    test.database
        .arrange(sql.replace("PERSON", &test.hlf().coordinator.to_string()))
        .await;
    test.run(&Obedient::default(), export).await.unwrap();
    let active = "update organizations set is_active = true where not is_active";
    test.database.arrange(active).await;
    let operation = test.seen_by(test.hlf().admin, export).await.unwrap();
    assert_eq!(
        (operation.status, code(&operation)),
        (ExportStatus::Failed, "RIGHT_LOST")
    );
    assert!(test.stored_files().is_empty());
}

#[tokio::test]
async fn a_storage_that_cannot_be_written_to_is_told_within_seconds() {
    let test = export_test().await;
    // A file stands where the organization's folder belongs: that stops root too, whom permissions don't.
    let obstacle = test.folder.path().join(test.hlf().id.to_string());
    std::fs::write(&obstacle, "").unwrap();
    let began = Instant::now();
    let operation = failure(&test, Obedient::default(), ExportFormat::Xlsx).await;
    assert_eq!(code(&operation), "STORAGE_UPLOAD_FAILED");
    assert!(began.elapsed() < Duration::from_secs(10));
    assert_eq!(test.stored_files(), std::slice::from_ref(&obstacle));

    std::fs::remove_file(obstacle).unwrap();
    let again = test.asked(ExportFormat::Xlsx).await;
    test.run(&Obedient::default(), again).await.unwrap();
    assert_eq!(test.operation(again).await.status, ExportStatus::Complete);
}

#[tokio::test]
async fn a_file_whose_record_is_refused_does_not_stay() {
    let test = export_test().await;
    let refuses = Obedient {
        completed: || Err(Error::rule(rules::STATUS_TRANSITION_VALID)),
        ..Obedient::default()
    };
    let operation = failure(&test, refuses, ExportFormat::Csv).await;
    assert_eq!(code(&operation), "INTERNAL");
    assert_eq!(
        operation.error_message.as_deref(),
        Some(rules::STATUS_TRANSITION_VALID.message())
    );
    assert!(test.stored_files().is_empty());
}

#[tokio::test]
async fn a_failure_is_recorded_even_where_the_caller_cannot_take_note_of_it() {
    let test = export_test().await;
    let twice = Obedient {
        document: || Err(ExportFailure::permanent(FailureCode::MappingIncomplete, "No OR01.")),
        failed: || Err(Error::internal("a defect of the caller")),
        ..Obedient::default()
    };
    assert_eq!(
        code(&failure(&test, twice, ExportFormat::Csv).await),
        "MAPPING_INCOMPLETE"
    );
}

#[tokio::test]
async fn a_passing_failure_ends_the_export_on_the_last_attempt_only() {
    let test = export_test().await;
    let export = test.asked(ExportFormat::Csv).await;
    let down = Obedient {
        document: || database_down().map_err(ExportFailure::from),
        ..Obedient::default()
    };
    assert!(matches!(test.run(&down, export).await, Err(Error::Unavailable(_))));
    assert_eq!(test.operation(export).await.status, ExportStatus::Pending);

    let context = PipelineContext {
        last_attempt: true,
        ..test.context()
    };
    run(&context, &down, test.hlf().id, export).await.unwrap();
    assert_eq!(code(&failed(&test, export).await), "INTERNAL");
}
