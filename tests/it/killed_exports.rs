//! Exports whose workers are killed at each step of the pipeline: afterwards every record is complete with the checksum
//! of the stored bytes, or failed with its reason, and no object is stored that no record names.
//!
//! `KILL_ROUNDS` says how many workers are killed at each step; three unless it is set.

#![expect(clippy::disallowed_methods, reason = "a test looks behind the program")]

use std::collections::BTreeSet;
use std::time::Duration;

use bufdir_reports::export::storage::cleanup;
use bufdir_reports::kernel::clock::{Clock, SystemClock};
use chrono::TimeDelta;
use rstest::rstest;
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::FromRow;

use crate::support::journey::{Journey, journey};
use crate::support::worker::{Barrier, Step, Worker};

#[expect(
    clippy::disallowed_methods,
    reason = "a setting of the tests, which config.rs knows nothing of"
)]
fn rounds() -> usize {
    std::env::var("KILL_ROUNDS").map_or(3, |rounds| rounds.parse().expect("KILL_ROUNDS is a number"))
}

/// Who has something exported.
#[derive(Clone, Copy, Debug)]
enum Caller {
    Report,
    Ledger,
}

impl Caller {
    /// What can be exported: a report that is ready, or activities.
    async fn prepares(self, test: &Journey) -> String {
        match self {
            Self::Report => test.ready().await,
            Self::Ledger => {
                test.counted_activity("2024-03-05").await;
                String::new()
            }
        }
    }

    async fn asks(self, test: &Journey, report: &str, round: usize) {
        let format = ["CSV", "XLSX", "PDF"][round % 3];
        match self {
            Self::Report => {
                let input = json!({ "reportId": report, "format": format });
                test.does("exportReport", input).await;
            }
            Self::Ledger => {
                test.asks_for_ledger_export(format).await;
            }
        }
    }
}

/// An export with all that tells of it.
#[derive(Debug, FromRow)]
struct Record {
    status: String,
    error_code: Option<String>,
    error_message: Option<String>,
    storage_key: Option<String>,
    sha256: Option<Vec<u8>>,
    size_bytes: Option<i64>,
    ledger_status: Option<String>,
    ledger_checksum: Option<String>,
    ledger_message: Option<String>,
    times_stored: i64,
}

const RECORDS: &str = "select e.status, e.error_code, e.error_message, f.storage_key, f.sha256, f.size_bytes,
        b.status as ledger_status, b.file_checksum as ledger_checksum, b.error_message as ledger_message,
        (select count(*) from audit_logs a where a.action = 'file_stored' and a.subject_id = e.id) as times_stored
    from bufdir_export_audit_log e left join files f on f.id = e.file_id left join bufdir_exports b on b.id = e.id";

async fn records(test: &Journey) -> Vec<Record> {
    sqlx::query_as(RECORDS)
        .fetch_all(test.database.superuser())
        .await
        .unwrap()
}

async fn stored(test: &Journey) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for folder in test.storage.top_folders().await.unwrap() {
        let objects = test.storage.list(&folder).await.unwrap();
        keys.extend(objects.into_iter().map(|object| object.key));
    }
    keys
}

fn recorded(records: &[Record]) -> BTreeSet<String> {
    records.iter().filter_map(|record| record.storage_key.clone()).collect()
}

/// Workers do all that waits.
async fn recovers(test: &Journey) {
    let ended = test.works_until(
        "select not exists (select from bufdir_export_audit_log where status = 'pending')
            and not exists (select from graphile_worker._private_jobs)",
    );
    hurried(test, ended).await;
}

/// Lets something happen for which the killed worker is dead at once, and the pause before the next attempt over.
async fn hurried(test: &Journey, happening: impl Future<Output = ()>) {
    let silent = "update graphile_worker._private_workers set last_heartbeat_at = now() - interval '1 hour'";
    test.database.arrange(silent).await;
    let due = "update graphile_worker._private_jobs set run_at = now() where locked_at is null and run_at > now()
        returning pg_notify('jobs:insert', '')";
    let hurrying = async {
        loop {
            test.database.arrange(due).await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::select! {
        () = happening => {}
        () = hurrying => {}
    }
}

/// What has to hold after any accident, once the workers are through and the clean-up has run.
async fn all_is_well(test: &Journey) {
    let records = records(test).await;
    for record in &records {
        match record.status.as_str() {
            "complete" => is_complete(test, record).await,
            "failed" => is_failed(record),
            other => panic!("{other}: {record:?}"),
        }
    }
    let later = SystemClock.now() + TimeDelta::hours(2);
    cleanup::run(test.database.app(), &test.storage, later).await.unwrap();
    assert_eq!(stored(test).await, recorded(&records));
    let left = "select (select count(*) from pending_exports) + (select count(*) from job_progress)
        + (select count(*) from graphile_worker._private_jobs)";
    let left: i64 = sqlx::query_scalar(left)
        .fetch_one(test.database.superuser())
        .await
        .unwrap();
    assert_eq!(left, 0);
    assert!(chain_is_whole(test).await);
}

async fn chain_is_whole(test: &Journey) -> bool {
    let scope = test.database.read(test.hlf().admin, "hlf").await.unwrap();
    let checked = scope.row("select broken_at from app.verify_audit_chain($1)", []).await;
    let broken: Option<i64> = checked.unwrap().unwrap().try_get("", "broken_at").unwrap();
    broken.is_none()
}

async fn is_complete(test: &Journey, record: &Record) {
    let bytes = test.storage.get(record.storage_key.as_deref().unwrap()).await.unwrap();
    let sha256 = Sha256::digest(&bytes);
    assert_eq!(record.sha256.as_deref(), Some(&sha256[..]));
    assert_eq!(record.size_bytes, i64::try_from(bytes.len()).ok());
    assert_eq!(record.times_stored, 1);
    if record.ledger_status.is_some() {
        assert_eq!(record.ledger_status.as_deref(), Some("completed"));
        assert_eq!(record.ledger_checksum, Some(hex::encode(sha256)));
    }
}

fn is_failed(record: &Record) {
    assert!(
        record.error_code.is_some() && record.error_message.is_some(),
        "{record:?}"
    );
    assert_eq!((&record.storage_key, record.times_stored), (&None, 0));
    if record.ledger_status.is_some() {
        assert_eq!(record.ledger_status.as_deref(), Some("failed"));
        assert_eq!(record.ledger_message, record.error_message);
    }
}

/// How many exports are complete, and how many objects no record names.
async fn seen(test: &Journey) -> (usize, usize) {
    let records = records(test).await;
    let complete = records.iter().filter(|record| record.status == "complete").count();
    (complete, stored(test).await.difference(&recorded(&records)).count())
}

#[rstest]
#[tokio::test]
async fn an_export_whose_worker_is_killed_is_completed_by_the_next(
    #[values(Caller::Report, Caller::Ledger)] caller: Caller,
    #[values(
        Step::Claimed,
        Step::Loaded,
        Step::Rendered,
        Step::Stored,
        Step::Recorded,
        Step::Committed
    )]
    step: Step,
) {
    let test = journey().await;
    let subject = caller.prepares(&test).await;
    for round in 0..rounds() {
        caller.asks(&test, &subject, round).await;
        let barrier = Barrier::at(&test, step).await;
        let worker = Worker::start(&test);
        barrier.is_reached().await;
        worker.kill();
        barrier.breaks_connections().await;
        barrier.lift().await;
        let orphans = usize::from(step == Step::Stored || step == Step::Recorded);
        let complete = round + usize::from(step == Step::Committed);
        assert_eq!(seen(&test).await, (complete, orphans));

        recovers(&test).await;
        all_is_well(&test).await;
        assert_eq!(seen(&test).await, (round + 1, 0));
    }
}

/// The worker is killed while the database commits, and never hears that it did.
#[rstest]
#[tokio::test]
async fn a_record_whose_commit_nobody_hears_of_stays(#[values(Caller::Report, Caller::Ledger)] caller: Caller) {
    let test = journey().await;
    let subject = caller.prepares(&test).await;
    for round in 0..rounds() {
        caller.asks(&test, &subject, round).await;
        let barrier = Barrier::at(&test, Step::Recorded).await;
        let worker = Worker::start(&test);
        barrier.is_reached().await;
        worker.kill();
        barrier.lift().await;
        assert_eq!(seen(&test).await, (round + 1, 0));

        recovers(&test).await;
        all_is_well(&test).await;
        assert_eq!(seen(&test).await, (round + 1, 0));
    }
}

/// Nothing is tried for ever: what kills each of its workers fails, with its reason.
#[rstest]
#[tokio::test]
async fn an_export_that_kills_each_of_its_workers_fails(#[values(Caller::Report, Caller::Ledger)] caller: Caller) {
    let test = journey().await;
    let subject = caller.prepares(&test).await;
    caller.asks(&test, &subject, 0).await;
    for _ in 0..5 {
        let barrier = Barrier::at(&test, Step::Stored).await;
        let worker = Worker::start(&test);
        hurried(&test, barrier.is_reached()).await;
        worker.kill();
        barrier.breaks_connections().await;
        barrier.lift().await;
    }
    recovers(&test).await;
    all_is_well(&test).await;
    let records = records(&test).await;
    assert_eq!(records[0].error_code.as_deref(), Some("INTERNAL"));
    assert_eq!(stored(&test).await.len(), 0);
}

/// The worker is killed while the bucket's server takes the file.
#[cfg(feature = "s3")]
#[rstest]
#[tokio::test]
async fn an_upload_whose_worker_is_killed_is_done_by_the_next(
    #[values(Caller::Report, Caller::Ledger)] caller: Caller,
) {
    let server = crate::support::s3::S3Server::start().await;
    let test = Journey {
        storage: server.storage(),
        ..journey().await
    };
    let subject = caller.prepares(&test).await;
    for round in 0..rounds() {
        caller.asks(&test, &subject, round).await;
        server.holds_uploads(true);
        let worker = Worker::start_with(&test, server.settings());
        server.has_held(round + 1).await;
        worker.kill();
        server.holds_uploads(false);
        assert_eq!(seen(&test).await, (round, 0));

        recovers(&test).await;
        all_is_well(&test).await;
        assert_eq!(seen(&test).await, (round + 1, 0));
        assert_eq!((server.objects().len(), server.parts()), (round + 1, 0));
    }
}
