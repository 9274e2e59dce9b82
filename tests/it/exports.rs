//! The export pipeline: what a run leaves behind when all goes well, and when it is cut off and started again.

use std::time::Duration;

use bufdir_reports::export::operations::OperationFilter;
use bufdir_reports::export::storage::cleanup;
use bufdir_reports::export::{Document, ExportFailure, ExportSource, NewExport, give_up};
use bufdir_reports::kernel::clock::{Clock, SystemClock};
use bufdir_reports::kernel::error::Error;
use chrono::TimeDelta;
use entity::enums::{ExportFormat, ExportStatus, ScopeLevel};
use rstest::rstest;
use sha2::{Digest, Sha256};

use crate::support::export::{ExportTest, Obedient, database_down, document, export_test};
use crate::support::rules;
use crate::support::workbook::assert_well_formed;

async fn refusal(test: &ExportTest, export: NewExport) -> Error {
    test.ask(&export).await.unwrap_err()
}

#[rstest]
#[case(ExportFormat::Csv, "text/csv; charset=utf-8", "csv")]
#[case(
    ExportFormat::Xlsx,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xlsx"
)]
#[case(ExportFormat::Pdf, "application/pdf", "pdf")]
#[tokio::test]
async fn an_export_ends_with_a_stored_file_and_its_trail(
    #[case] format: ExportFormat,
    #[case] media_type: &str,
    #[case] ending: &str,
) {
    let test = export_test().await;
    let export = test.asked(format).await;
    assert_eq!(test.operation(export).await.status, ExportStatus::Pending);
    test.run(&Obedient::default(), export).await.unwrap();

    let operation = test.operation(export).await;
    assert_eq!(operation.status, ExportStatus::Complete);
    assert_eq!(
        (operation.activity_count, operation.participant_count),
        (Some(12), Some(40))
    );
    assert_eq!(operation.progress, None);
    let file = operation.file.unwrap();
    assert_eq!(file.media_type, media_type);
    assert_eq!(
        file.file_name,
        format!("Bufdir-rapport 2024 – Hørselsforbundet.{ending}")
    );
    let bytes = test.storage.get(&file.storage_key).await.unwrap();
    if format == ExportFormat::Xlsx {
        assert_well_formed(&bytes);
    }
    assert_eq!(file.size_bytes, i64::try_from(bytes.len()).unwrap());
    assert_eq!(file.sha256.0, Sha256::digest(&bytes)[..]);
    assert_eq!(test.rows_of_pending_exports().await, 0);

    let trail = test.trail().await;
    assert_eq!(test.actions().await, ["file_stored", "exported"]);
    assert_eq!(trail[0].actor_kind, "worker");
    assert_eq!(trail[0].actor_user_id, Some(test.hlf().coordinator));
    assert_eq!(trail[0].report_id, Some(test.report));
    assert_eq!(trail[0].details["sha256"], file.sha256.to_string());
}

#[tokio::test]
async fn an_ended_export_is_left_alone() {
    let test = export_test().await;
    let complete = test.complete().await;
    test.database.clock.advance(TimeDelta::hours(1));
    let refuses = Obedient {
        document: || Err(Error::internal("asked again").into()),
        ..Obedient::default()
    };
    test.run(&refuses, complete.id).await.unwrap();
    assert_eq!(test.operation(complete.id).await, complete);
    assert_eq!(test.actions().await, ["file_stored", "exported"]);
}

#[rstest]
#[case::while_loading(Obedient { hangs_loading: true, ..Obedient::default() }, 0)]
#[case::when_the_file_is_stored_and_not_recorded(Obedient { hangs_recording: true, ..Obedient::default() }, 1)]
#[tokio::test]
async fn a_run_that_is_cut_off_is_finished_by_the_next(#[case] cut_off: Obedient, #[case] stored: usize) {
    let test = export_test().await;
    let export = test.asked(ExportFormat::Csv).await;
    tokio::time::timeout(Duration::from_secs(2), test.run(&cut_off, export))
        .await
        .unwrap_err();
    assert_eq!(test.operation(export).await.status, ExportStatus::Pending);
    assert_eq!(test.stored_files().len(), stored);
    assert!(test.actions().await.is_empty());

    test.run(&Obedient::default(), export).await.unwrap();
    let operation = test.operation(export).await;
    assert_eq!(operation.status, ExportStatus::Complete);
    assert_eq!(test.stored_files().len(), 1);
    assert_eq!(test.rows_of_pending_exports().await, 0);
}

#[tokio::test]
async fn an_export_cut_off_time_and_again_is_given_up() {
    let test = export_test().await;
    let export = test.asked(ExportFormat::Csv).await;
    let cut_off = Obedient {
        hangs_recording: true,
        ..Obedient::default()
    };
    tokio::time::timeout(Duration::from_secs(2), test.run(&cut_off, export))
        .await
        .unwrap_err();
    for _ in 0..2 {
        give_up(&test.context(), &Obedient::default(), test.hlf().id, export)
            .await
            .unwrap();
        assert_eq!(test.operation(export).await.error_code.as_deref(), Some("INTERNAL"));
        assert_eq!(test.actions().await, ["export_failed"]);
    }
    assert!(test.stored_files().is_empty());
    assert_eq!(test.rows_of_pending_exports().await, 0);
}

#[rstest]
#[case::still_granted(false, ExportStatus::Complete, None)]
#[case::revoked(true, ExportStatus::Failed, Some("RIGHT_LOST"))]
#[tokio::test]
async fn an_export_asked_for_under_support_access_needs_the_grant_to_the_end(
    #[case] revoked: bool,
    #[case] status: ExportStatus,
    #[case] code: Option<&str>,
) {
    let test = export_test().await;
    test.grant_support_access().await;
    let export = NewExport {
        source: ExportSource::Ledger,
        ..test.new_export(ExportFormat::Csv)
    };
    let export = test.ask_as(test.database.fixture.global_admin, &export).await.unwrap();
    if revoked {
        test.revoke_support_access().await;
    }
    test.run(&Obedient::default(), export).await.unwrap();
    let operation = test.seen_by(test.hlf().admin, export).await.unwrap();
    assert_eq!((operation.status, operation.error_code.as_deref()), (status, code));
}

#[tokio::test]
async fn a_database_that_is_down_is_waited_for() {
    let test = export_test().await;
    let export = test.asked(ExportFormat::Csv).await;
    let down = Obedient {
        completed: database_down,
        ..Obedient::default()
    };
    assert!(matches!(test.run(&down, export).await, Err(Error::Unavailable(_))));
    assert_eq!(test.operation(export).await.status, ExportStatus::Pending);
    test.run(&Obedient::default(), export).await.unwrap();
    assert_eq!(test.operation(export).await.status, ExportStatus::Complete);
}

fn other_document() -> Result<Document, ExportFailure> {
    let mut document = document();
    document.long_form.rows.clear();
    Ok(document)
}

#[tokio::test]
async fn two_runs_at_once_record_one_result() {
    let test = export_test().await;
    let export = test.asked(ExportFormat::Csv).await;
    let caller = Obedient::default();
    let other_bytes = Obedient {
        document: other_document,
        ..Obedient::default()
    };
    let (one, other) = tokio::join!(test.run(&caller, export), test.run(&other_bytes, export));
    one.unwrap();
    other.unwrap();
    let file = test.operation(export).await.file.unwrap();
    let bytes = test.storage.get(&file.storage_key).await.unwrap();
    assert_eq!(file.sha256.0, Sha256::digest(&bytes)[..]);
    assert_eq!(test.actions().await, ["file_stored", "exported"]);
}

#[tokio::test]
async fn one_pending_export() {
    let test = export_test().await;
    let export = test.asked(ExportFormat::Csv).await;
    let again = refusal(&test, test.new_export(ExportFormat::Csv)).await;
    assert_eq!(again.broken_rule(), Some(rules::ONE_PENDING_EXPORT));
    test.asked(ExportFormat::Pdf).await;
    test.run(&Obedient::default(), export).await.unwrap();
    test.asked(ExportFormat::Csv).await;
}

#[tokio::test]
async fn a_scope_names_a_unit_of_its_level() {
    let test = export_test().await;
    let of = |scope_level, scope_id| NewExport {
        scope_level,
        scope_id,
        ..test.new_export(ExportFormat::Csv)
    };
    let hlf = test.hlf();
    for (level, unit) in [(ScopeLevel::Region, None), (ScopeLevel::National, Some(hlf.national))] {
        let error = refusal(&test, of(level, unit)).await;
        assert_eq!(
            error.broken_rule(),
            Some(rules::SCOPE_ID_REQUIRED_FOR_NON_NATIONAL),
            "{level:?}"
        );
    }
    let error = refusal(&test, of(ScopeLevel::Region, Some(hlf.locals[0]))).await;
    assert_eq!(error.broken_rule(), Some(rules::SCOPE_UNIT_HAS_ITS_LEVEL));
    let foreign = refusal(&test, of(ScopeLevel::Region, Some(test.database.fixture.nhf.region))).await;
    assert!(matches!(foreign, Error::NotFound(_)), "{foreign:?}");
    test.ask(&of(ScopeLevel::Local, Some(hlf.locals[0]))).await.unwrap();
}

#[tokio::test]
async fn coordinators_see_the_exports_of_reports_alone() {
    let test = export_test().await;
    let report = test.asked(ExportFormat::Csv).await;
    let hlf = test.hlf();
    let of_ledger = NewExport {
        source: ExportSource::Ledger,
        ..test.new_export(ExportFormat::Csv)
    };
    let ledger = test.ask_as(hlf.admin, &of_ledger).await.unwrap();
    assert_eq!(test.listed(hlf.coordinator, OperationFilter::default()).await, [report]);
    assert_eq!(test.seen_by(hlf.coordinator, ledger).await, None);
    assert_eq!(test.listed(hlf.admin, OperationFilter::default()).await.len(), 2);
    assert!(test.listed(hlf.peers[0], OperationFilter::default()).await.is_empty());
}

#[tokio::test]
async fn a_list_shows_what_its_filter_says() {
    let test = export_test().await;
    let csv = test.asked(ExportFormat::Csv).await;
    let pdf = test.asked(ExportFormat::Pdf).await;
    test.run(&Obedient::default(), csv).await.unwrap();
    let user = test.hlf().coordinator;
    let complete = OperationFilter {
        status: Some(ExportStatus::Complete),
        ..OperationFilter::default()
    };
    assert_eq!(test.listed(user, complete).await, [csv]);
    let of_format = OperationFilter {
        format: Some(ExportFormat::Pdf),
        ..OperationFilter::default()
    };
    assert_eq!(test.listed(user, of_format).await, [pdf]);
    let all = OperationFilter {
        scope_level: Some(ScopeLevel::National),
        report_id: Some(test.report),
        report_period_id: Some(test.hlf().period),
        ..OperationFilter::default()
    };
    assert_eq!(test.listed(user, all.clone()).await.len(), 2);
    let none = OperationFilter {
        report_id: Some(test.generation),
        ..all
    };
    assert!(test.listed(user, none).await.is_empty());
}

#[tokio::test]
async fn the_clean_up_removes_old_objects_that_no_record_names() {
    let test = export_test().await;
    let recorded = test.complete().await.file.unwrap().storage_key;
    let pending = test.asked(ExportFormat::Pdf).await;
    let organization = test.hlf().id;
    let half_done = format!("{organization}/2026/{pending}/half-done.pdf");
    let orphan = format!("{organization}/2026/{}/orphan.pdf", test.generation);
    let foreign = "not-ours/read-me.txt";
    for key in [half_done.as_str(), &orphan, foreign] {
        test.storage.put(key, tempfile::tempfile().unwrap(), 0).await.unwrap();
    }

    // The storage tells the time by itself.
    let now = SystemClock.now();
    assert_eq!(cleanup::run(test.database.app(), &test.storage, now).await.unwrap(), 0);
    let later = now + TimeDelta::hours(2);
    assert_eq!(
        cleanup::run(test.database.app(), &test.storage, later).await.unwrap(),
        1
    );
    for key in [half_done.as_str(), &recorded, foreign] {
        test.storage.get(key).await.unwrap();
    }
    test.storage.get(&orphan).await.unwrap_err();
}
