//! The program's own workers, killed in the middle of a generation or of a custom report's run.

use serde_json::json;
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Executor};

use crate::support::journey::{Journey, journey};
use crate::support::worker::Worker;

/// Starts a worker that can't write to the table, waits for the condition, and kills it while it waits.
async fn killed_before_it_writes(test: &Journey, table: &str, condition: &'static str) {
    let pool = PgPoolOptions::new().connect_with(test.database.options(embedded_postgres::SUPERUSER));
    let pool = pool.await.unwrap();
    let mut held = pool.begin().await.unwrap();
    held.execute(AssertSqlSafe(format!("lock table {table} in share mode")))
        .await
        .unwrap();
    let worker = Worker::start(test);
    test.reaches(condition).await;
    test.reaches(
        "select exists (select from pg_locks where not granted and database =
        (select oid from pg_database where datname = current_database()))",
    )
    .await;
    worker.kill();
    held.rollback().await.unwrap();
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
    let stored = test.storage.list(&test.hlf().id.to_string()).await.unwrap();
    assert_eq!(stored.len(), 1, "{stored:?}");
    assert_eq!(shown["file"]["sizeBytes"], json!(test.file(&shown).await.len()));
    let trail = test.custom_report_trail().await;
    let actions: Vec<_> = trail.iter().map(|(action, _)| action.as_str()).collect();
    assert_eq!(actions, ["custom_report_run_started", "custom_report_run_completed"]);
}
