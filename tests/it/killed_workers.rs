//! The program's own workers, killed in the middle of a generation, of an export or of a custom report's run.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use bufdir_reports::migrate;
use serde_json::{Value, json};
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Executor};

use crate::support::journey::{Journey, journey};

/// `bufdir-reports work` on the test's database and storage, killed when dropped.
struct Killable(Child);

impl Killable {
    fn start(test: &Journey) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_bufdir-reports"))
            .arg("work")
            .env("DATABASE_URL", test.database.url(migrate::APP))
            .env("BUFDIR_DATA_DIR", test.folder.path())
            .env("BUFDIR_STORAGE_URL", test.folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self(child)
    }

    /// By SIGKILL.
    fn kill(mut self) {
        assert!(self.0.try_wait().unwrap().is_none(), "it ended by itself");
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Killable {
    fn drop(&mut self) {
        // It may have been killed already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a worker that can't write to the table, waits for the condition, and kills it while it waits.
async fn killed_before_it_writes(test: &Journey, table: &str, condition: &'static str) {
    let pool = PgPoolOptions::new().connect_with(test.database.options(bufdir_reports::postgres::SUPERUSER));
    let pool = pool.await.unwrap();
    let mut held = pool.begin().await.unwrap();
    held.execute(AssertSqlSafe(format!("lock table {table} in share mode")))
        .await
        .unwrap();
    let worker = Killable::start(test);
    test.reaches(condition).await;
    test.reaches(
        "select exists (select from pg_locks where not granted and database =
        (select oid from pg_database where datname = current_database()))",
    )
    .await;
    worker.kill();
    held.rollback().await.unwrap();
}

fn stored_files(test: &Journey) -> Vec<PathBuf> {
    fn walk(folder: PathBuf, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(path, found)
            } else {
                found.push(path)
            }
        }
    }
    let mut found = Vec::new();
    walk(test.folder.path().to_owned(), &mut found);
    found
}

#[tokio::test]
async fn a_generation_whose_worker_is_killed_is_completed_by_the_next() {
    let test = journey().await;
    test.counted_activity("2024-03-05").await;
    let asked = test
        .does("generateReport", json!({ "reportPeriodId": test.period() }))
        .await;
    let report = asked["report"]["id"].as_str().unwrap();
    let generating = "select exists (select from bufdir_reports where status = 'generating')";
    killed_before_it_writes(&test, "report_generations", generating).await;
    assert_eq!(test.status(report).await, "GENERATING");

    test.settle().await;
    let shown = test
        .report(
            report,
            "status progress { step } generations { number frozenDays { nodes { date } } }",
        )
        .await;
    assert_eq!(
        shown,
        json!({ "status": "READY", "progress": null,
            "generations": [{ "number": 1, "frozenDays": { "nodes": [{ "date": "2024-03-05" }] } }] })
    );
    let trail = test.trail(report).await;
    let completed = trail
        .iter()
        .filter(|event| event["type"] == "GENERATION_COMPLETED")
        .count();
    assert_eq!(completed, 1);
}

/// The file is stored by then, and its record is not: the next worker stores the same and records it.
#[tokio::test]
async fn an_export_whose_worker_is_killed_is_completed_by_the_next() {
    let test = journey().await;
    let report = test.ready().await;
    let asked = test
        .does("exportReport", json!({ "reportId": report, "format": "XLSX" }))
        .await;
    let recording = "select exists (select from job_progress where step = 'recording')";
    killed_before_it_writes(&test, "files", recording).await;
    assert_eq!(test.status(&report).await, "READY");

    test.settle().await;
    let operation = test.operation(&asked["exportOperation"]["id"]).await;
    assert_eq!(operation["status"], "COMPLETE");
    let bytes = test.file(&operation).await;
    assert_eq!(operation["file"]["sizeBytes"], json!(bytes.len()));
    assert_eq!(
        operation["file"]["sha256"],
        Value::from(hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&bytes)))
    );
    assert_eq!(stored_files(&test).len(), 1, "{:?}", stored_files(&test));
    assert_eq!(test.status(&report).await, "EXPORTED");
    let trail = test.trail(&report).await;
    for once in ["EXPORT_STARTED", "FILE_STORED", "EXPORTED"] {
        assert_eq!(trail.iter().filter(|event| event["type"] == once).count(), 1, "{once}");
    }
}

/// The file is stored by then, and its record is not.
#[tokio::test]
async fn a_custom_reports_run_whose_worker_is_killed_is_completed_by_the_next() {
    let test = journey().await;
    test.counted_activity("2024-03-05").await;
    let report = test.custom_report(json!({})).await;
    let run = test.asked_to_run(report, json!({})).await;
    let written = "select exists (select from custom_report_runs where status = 'running' and rows_so_far = 1)";
    killed_before_it_writes(&test, "files", written).await;
    assert_eq!(test.shown_run(&run).await["status"], "RUNNING");

    test.settle().await;
    let shown = test.shown_run(&run).await;
    assert_eq!(
        (&shown["status"], &shown["rowCount"]),
        (&json!("SUCCEEDED"), &json!(1)),
        "{shown}"
    );
    assert_eq!(stored_files(&test).len(), 1, "{:?}", stored_files(&test));
    assert_eq!(shown["file"]["sizeBytes"], json!(test.file(&shown).await.len()));
    let trail = test.custom_report_trail().await;
    let actions: Vec<_> = trail.iter().map(|(action, _)| action.as_str()).collect();
    assert_eq!(actions, ["custom_report_run_started", "custom_report_run_completed"]);
}
