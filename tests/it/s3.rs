//! Files in a bucket: the storage against an S3 server on this machine, and exports that end up there.

use std::time::Duration;

use axum::http::StatusCode;
use bufdir_reports::export::storage::{Storage, StorageError, cleanup};
use bufdir_reports::export::{Document, ExportFailure, ExportOperation};
use bufdir_reports::kernel::clock::{Clock, SystemClock};
use chrono::{DateTime, TimeDelta, Utc};
use entity::enums::{ExportFormat, ExportStatus};
use render::Cell;
use rstest::rstest;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::export::{ExportTest, Obedient, document, export_test};
use crate::support::graphql::data;
use crate::support::journey::{Journey, journey};
use crate::support::s3::{ACCESS_KEY, BUCKET, S3Server, SECRET_KEY};

const KEY: &str = "0192f0c1-2345-7000-8000-000000000001/2024/export/checksum.csv";
const PART: usize = 8 * 1024 * 1024;

async fn put(storage: &Storage, key: &str, bytes: &[u8]) -> Result<(), StorageError> {
    let mut file = tempfile::tempfile().unwrap();
    std::io::Write::write_all(&mut file, bytes).unwrap();
    storage.put(key, file, bytes.len() as u64).await
}

fn bytes(size: usize) -> Vec<u8> {
    (0..size).map(|index| (index % 251) as u8).collect()
}

fn hours_from_now(hours: i64) -> DateTime<Utc> {
    SystemClock.now() + TimeDelta::hours(hours)
}

#[rstest]
#[case::nothing(0)]
#[case::one_request(100_000)]
#[case::parts(PART + 1)]
#[tokio::test]
async fn what_is_put_is_listed_got_and_deleted(#[case] size: usize) {
    let server = S3Server::start().await;
    let storage = server.storage();
    put(&storage, KEY, &bytes(size)).await.unwrap();
    assert!(storage.get(KEY).await.unwrap() == bytes(size));
    assert_eq!(server.objects(), [format!("reports/files/{KEY}")]);

    let folder = KEY.split('/').next().unwrap();
    assert_eq!(storage.top_folders().await.unwrap(), [folder]);
    let listed = storage.list(folder).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].key, KEY);
    assert!((SystemClock.now() - listed[0].modified_at).abs() < TimeDelta::minutes(5));
    assert!(storage.list("0192f0c1").await.unwrap().is_empty());

    storage.delete(KEY).await.unwrap();
    storage.delete(KEY).await.unwrap();
    assert!(matches!(storage.get(KEY).await, Err(StorageError::Missing)));
    assert!(server.objects().is_empty() && server.unfinished().is_empty());
}

#[tokio::test]
async fn a_server_that_dies_in_mid_upload_keeps_no_half_object() {
    let server = S3Server::start().await;
    let storage = server.storage();
    server.dies_after(300_000);
    let error = put(&storage, KEY, &bytes(1_000_000)).await.unwrap_err();
    assert!(error.is_transient(), "{error:?}");
    server.comes_back();
    assert_eq!((server.objects().len(), server.parts()), (0, 0));
    put(&storage, KEY, &bytes(1_000_000)).await.unwrap();
    assert!(storage.get(KEY).await.unwrap() == bytes(1_000_000));
}

/// The server cannot be told any more; once it is back, the clean-up does. Pages of the listing hold two uploads.
#[tokio::test]
async fn uploads_in_parts_that_were_cut_off_go_when_they_are_old() {
    let server = S3Server::start().await;
    let storage = server.storage();
    for key in ["ours/1.csv", "ours/2.csv", "theirs/3.csv"] {
        server.dies_after(PART as i64 + 200_000);
        let error = put(&storage, key, &bytes(PART + 1_000_000)).await.unwrap_err();
        assert!(error.is_transient(), "{error:?}");
        server.comes_back();
    }
    assert!(server.objects().is_empty());
    assert_eq!(server.unfinished().len(), 3);

    let ours = |folder: &str| folder == "ours";
    let remove = async |older_than| storage.remove_cut_off_uploads(ours, older_than).await.unwrap();
    assert_eq!(remove(hours_from_now(-1)).await, 0);
    assert_eq!(remove(hours_from_now(1)).await, 2);
    assert_eq!(server.unfinished(), ["reports/files/theirs/3.csv"]);
}

#[tokio::test]
async fn an_upload_in_parts_that_fails_here_is_taken_back_at_once() {
    let server = S3Server::start().await;
    // A file that is opened for writing alone cannot be read.
    let unreadable = tempfile::NamedTempFile::new().unwrap();
    let unreadable = std::fs::OpenOptions::new().write(true).open(unreadable.path()).unwrap();
    unreadable.set_len(PART as u64 + 10).unwrap();
    let refused = server.storage().put(KEY, unreadable, PART as u64 + 10).await;
    assert!(matches!(refused, Err(StorageError::Refused(_))), "{refused:?}");
    assert!(server.unfinished().is_empty() && server.objects().is_empty());
}

#[rstest]
#[case::secret(BUCKET, ACCESS_KEY, "another-secret", "The file storage does not let the server in.")]
#[case::key(BUCKET, "another-key", SECRET_KEY, "The file storage does not let the server in.")]
#[case::bucket(
    "no-such-bucket",
    ACCESS_KEY,
    SECRET_KEY,
    "The file storage's bucket does not exist."
)]
#[tokio::test]
async fn a_storage_that_is_set_up_wrongly_says_what_is_wrong_and_no_secret(
    #[case] bucket: &str,
    #[case] access_key: &str,
    #[case] secret_key: &str,
    #[case] why: &str,
) {
    let server = S3Server::start().await;
    let storage = server.opened(bucket, access_key, secret_key);
    let mut refusals = vec![storage.get(KEY).await.err().unwrap()];
    for size in [10, PART + 1] {
        refusals.push(put(&storage, KEY, &bytes(size)).await.err().unwrap());
    }
    for refusal in refusals {
        assert_eq!(refusal.to_string(), why, "{refusal:?}");
        assert!(!refusal.is_transient());
        assert!(!refusal.cause().contains(SECRET_KEY) && !refusal.cause().contains("another-secret"));
    }
}

#[tokio::test]
async fn an_endpoint_that_nobody_listens_at_may_come_back() {
    let server = S3Server::start().await;
    let storage = server.storage();
    drop(server);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let refusal = put(&storage, KEY, b"bytes").await.unwrap_err();
    assert_eq!(refusal.to_string(), "The file storage does not answer.");
    assert!(refusal.is_transient());
    assert!(!refusal.cause().contains(SECRET_KEY));
}

/// An export's pipeline, with a bucket as its storage.
async fn export_to(server: &S3Server) -> ExportTest {
    ExportTest {
        storage: server.storage(),
        ..export_test().await
    }
}

/// More than goes into one request.
fn large_document() -> Result<Document, ExportFailure> {
    let mut document = document();
    let row = vec![Cell::Text("Likeperson ".repeat(10_000)), Cell::Integer(1)];
    document.long_form.rows = vec![row; 100];
    Ok(document)
}

fn caller(document: fn() -> Result<Document, ExportFailure>) -> Obedient {
    Obedient {
        document,
        ..Obedient::default()
    }
}

async fn stored(test: &ExportTest, operation: &ExportOperation) -> bool {
    let file = operation.file.as_ref().unwrap();
    let bytes = test.storage.get(&file.storage_key).await.unwrap();
    file.sha256.0 == Sha256::digest(&bytes)[..]
}

#[rstest]
#[case::in_one_request(|| Ok(document()), 500)]
#[case::in_parts(large_document, PART as i64 + 500_000)]
#[tokio::test]
async fn an_export_whose_storage_dies_in_mid_upload_fails_and_leaves_nothing(
    #[case] document: fn() -> Result<Document, ExportFailure>,
    #[case] bytes: i64,
) {
    let server = S3Server::start().await;
    let test = export_to(&server).await;
    let export = test.asked(ExportFormat::Csv).await;
    server.dies_after(bytes);
    test.run(&caller(document), export).await.unwrap();
    let failed = test.operation(export).await;
    assert_eq!(
        (failed.status, failed.error_code.as_deref()),
        (ExportStatus::Failed, Some("STORAGE_UPLOAD_FAILED"))
    );
    assert_eq!(
        failed.error_message.as_deref(),
        Some("The file storage does not answer. Tell the server's operator, then export again.")
    );

    server.comes_back();
    cleanup::run(test.database.app(), &test.storage, hours_from_now(2))
        .await
        .unwrap();
    assert_eq!(
        (server.objects().len(), server.unfinished().len(), server.parts()),
        (0, 0, 0)
    );
    let again = test.asked(ExportFormat::Csv).await;
    test.run(&caller(document), again).await.unwrap();
    assert!(stored(&test, &test.operation(again).await).await);
}

#[rstest]
#[case::in_one_request(|| Ok(document()), 500)]
#[case::in_parts(large_document, PART as i64 + 500_000)]
#[tokio::test]
async fn an_export_whose_storage_comes_back_is_completed(
    #[case] document: fn() -> Result<Document, ExportFailure>,
    #[case] bytes: i64,
) {
    let server = S3Server::start().await;
    let test = export_to(&server).await;
    let export = test.asked(ExportFormat::Csv).await;
    server.dies_after(bytes);
    let restarted = async {
        server.is_gone().await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        server.comes_back();
    };
    let caller = caller(document);
    let (run, ()) = tokio::join!(test.run(&caller, export), restarted);
    run.unwrap();
    assert!(stored(&test, &test.operation(export).await).await);
    cleanup::run(test.database.app(), &test.storage, hours_from_now(2))
        .await
        .unwrap();
    assert_eq!(
        (server.objects().len(), server.unfinished().len(), server.parts()),
        (1, 0, 0)
    );
}

/// Whoever uploads is gone, not the server.
#[tokio::test]
async fn a_run_that_is_cut_off_in_mid_upload_is_finished_by_the_next() {
    let server = S3Server::start().await;
    let test = export_to(&server).await;
    let export = test.asked(ExportFormat::Csv).await;
    server.holds_uploads(true);
    let caller = caller(large_document);
    tokio::select! {
        ended = test.run(&caller, export) => panic!("{ended:?}"),
        () = server.has_held(1) => {}
    }
    server.holds_uploads(false);
    assert_eq!((server.objects().len(), server.unfinished().len()), (0, 1));
    assert_eq!(test.operation(export).await.status, ExportStatus::Pending);

    test.run(&caller, export).await.unwrap();
    assert!(stored(&test, &test.operation(export).await).await);
    let removed = cleanup::run(test.database.app(), &test.storage, hours_from_now(2));
    assert_eq!(removed.await.unwrap(), 1);
    assert_eq!(
        (server.objects().len(), server.unfinished().len(), server.parts()),
        (1, 0, 0)
    );
}

#[tokio::test]
async fn the_clean_up_removes_old_objects_of_the_bucket_that_no_record_names() {
    let server = S3Server::start().await;
    let test = export_to(&server).await;
    let recorded = test.complete().await.file.unwrap().storage_key;
    let orphan = format!("{}/2026/{}/orphan.pdf", test.hlf().id, test.generation);
    let foreign = "not-ours/read-me.txt";
    for key in [orphan.as_str(), foreign] {
        put(&test.storage, key, b"bytes").await.unwrap();
    }
    let clean_up = async |now| cleanup::run(test.database.app(), &test.storage, now).await.unwrap();
    assert_eq!(clean_up(hours_from_now(0)).await, 0);
    assert_eq!(clean_up(hours_from_now(2)).await, 1);
    for key in [recorded.as_str(), foreign] {
        test.storage.get(key).await.unwrap();
    }
    assert!(matches!(test.storage.get(&orphan).await, Err(StorageError::Missing)));
}

/// The API and workers, with a bucket as their storage.
async fn journey_with(server: &S3Server) -> Journey {
    Journey {
        storage: server.storage(),
        ..journey().await
    }
}

/// Downloads by a link what is stored under the key, whole and from its eleventh byte on.
async fn is_downloaded(server: &S3Server, journey: &Journey, of: Value) {
    let mutation = "mutation ($input: CreateDownloadLinkInput!) { createDownloadLink(input: $input) { url } }";
    let admin = journey.hlf().admin;
    let given = data(journey.api.run(admin, "hlf", mutation, json!({ "input": of })).await);
    let url = given["createDownloadLink"]["url"].as_str().unwrap();
    let object = server.only_object();
    let stored = std::fs::read(&object).unwrap();
    assert!(journey.fetched(url).await == (StatusCode::OK, stored.clone()));
    assert!(journey.fetched_range(url, "bytes=10-").await == (StatusCode::PARTIAL_CONTENT, stored[10..].to_vec()));

    std::fs::write(object, "another").unwrap();
    assert_ne!(journey.fetched(url).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_report_s_file_is_stored_in_the_bucket_and_downloaded_from_it() {
    let server = S3Server::start().await;
    let journey = journey_with(&server).await;
    let report = journey.ready().await;
    let operation = journey.exports(json!({ "reportId": report, "format": "XLSX" })).await;
    assert_eq!(journey.status(&report).await, "EXPORTED");
    is_downloaded(&server, &journey, json!({ "exportOperationId": operation["id"] })).await;
}

#[tokio::test]
async fn a_ledger_s_file_is_stored_in_the_bucket_and_downloaded_from_it() {
    let server = S3Server::start().await;
    let journey = journey_with(&server).await;
    journey.counted_activity("2024-03-05").await;
    let export = journey.asks_for_ledger_export("CSV").await;
    journey.settle().await;
    is_downloaded(&server, &journey, json!({ "bufdirExportId": export })).await;
}
