//! People who do the same at the same time: one of them does it, the others are told by which rule they don't, and no
//! one sees a fault.

use std::collections::BTreeMap;

use futures::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::graphql::data;
use crate::support::journey::{Journey, journey};
use crate::support::worker::{Barrier, Step, Worker};

const AT_ONCE: usize = 8;

/// How often each rule refused; `done` counts those that were not refused.
async fn outcomes(test: &Journey, user: Uuid, attempts: Vec<(&str, Value)>) -> BTreeMap<String, usize> {
    let attempts = attempts
        .into_iter()
        .map(|(mutation, input)| test.api.mutate(user, "hlf", mutation, input));
    let mut outcomes = BTreeMap::new();
    for answer in join_all(attempts).await {
        let outcome = match answer["errors"].as_array() {
            None => "done",
            Some(errors) => errors[0]["extensions"]["rule"]
                .as_str()
                .unwrap_or_else(|| panic!("{answer}")),
        };
        *outcomes.entry(outcome.to_owned()).or_default() += 1;
    }
    outcomes
}

async fn one_of_many(test: &Journey, user: Uuid, mutation: &str, input: Value, rule: &str) {
    let outcomes = outcomes(test, user, vec![(mutation, input); AT_ONCE]).await;
    let expected = BTreeMap::from([("done".to_owned(), 1), (rule.to_owned(), AT_ONCE - 1)]);
    assert_eq!(outcomes, expected, "{mutation}");
}

#[tokio::test]
async fn each_step_is_taken_once() {
    let test = journey().await;
    let (coordinator, admin) = (test.hlf().coordinator, test.hlf().admin);
    test.counted_activity("2024-03-05").await;
    test.figures_typed_in(&test.period()).await;
    let generate = json!({ "reportPeriodId": test.period() });
    one_of_many(
        &test,
        coordinator,
        "generateReport",
        generate,
        "unique_report_per_org_per_period",
    )
    .await;
    test.settle().await;
    let report = test.asks("{ reports { nodes { id } } }", json!({})).await["reports"]["nodes"][0]["id"].clone();
    let alone = json!({ "reportId": report });
    test.counted_activity("2024-03-06").await;
    one_of_many(
        &test,
        coordinator,
        "regenerateReport",
        alone.clone(),
        "status_transition_valid",
    )
    .await;
    test.settle().await;
    let export = json!({ "reportId": report, "format": "CSV" });
    one_of_many(&test, coordinator, "exportReport", export, "one_pending_export").await;
    test.settle().await;
    one_of_many(
        &test,
        coordinator,
        "confirmSubmission",
        alone,
        "submission_confirmed_once",
    )
    .await;
    let reopen = json!({ "reportId": report, "reason": "Wrong" });
    one_of_many(&test, admin, "reopenReport", reopen, "status_transition_valid").await;
    test.settle().await;

    let trail = test.trail(report.as_str().unwrap()).await;
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for event in &trail {
        *times.entry(event["type"].as_str().unwrap()).or_default() += 1;
    }
    for (event, expected) in [
        ("GENERATION_COMPLETED", 3),
        ("EXPORTED", 1),
        ("SUBMISSION_CONFIRMED", 1),
        ("REPORT_REOPENED", 1),
    ] {
        assert_eq!(times[event], expected, "{event}");
    }
    let sequences: Vec<_> = trail.iter().map(|event| event["sequence"].as_i64().unwrap()).collect();
    assert!(sequences.is_sorted_by(|a, b| a < b), "{sequences:?}");
}

/// Each of the versions is somebody's, without gaps.
#[tokio::test]
async fn figures_typed_in_at_once_are_versions_in_a_row() {
    let test = journey().await;
    let typed = (0..AT_ONCE).map(|value| {
        let figures = json!([{ "field": "OR01", "value": { "integer": value } }]);
        (
            "setPeriodFigures",
            json!({ "reportPeriodId": test.period(), "figures": figures }),
        )
    });
    let outcomes = outcomes(&test, test.hlf().coordinator, typed.collect()).await;
    assert_eq!(outcomes, BTreeMap::from([("done".to_owned(), AT_ONCE)]));
    let versions: Vec<i32> = sqlx::query_scalar("select version from period_figures order by version")
        .fetch_all(test.database.superuser())
        .await
        .unwrap();
    assert!(versions.iter().copied().eq(1..9), "{versions:?}");
}

/// Whichever comes first, the report ends ready with a second generation and no file, or exported and the regeneration
/// refused.
#[tokio::test]
async fn exports_and_regenerations_at_once_leave_no_report_between_two_states() {
    let test = journey().await;
    let report = test.ready().await;
    for (day, format) in ["CSV", "XLSX", "PDF"].into_iter().enumerate() {
        test.counted_activity(&format!("2024-06-1{day}")).await;
        let attempts = vec![
            ("exportReport", json!({ "reportId": report, "format": format })),
            ("regenerateReport", json!({ "reportId": report })),
            ("updateReportNotes", json!({ "reportId": report, "notes": format })),
        ];
        outcomes(&test, test.hlf().coordinator, attempts).await;
        test.settle().await;
        let shown = test
            .report(
                &report,
                "status exportedAt currentGeneration { number } generations { number } exportOperations { nodes { status errorCode } }",
            )
            .await;
        let exported = shown["status"] == "EXPORTED";
        assert!(exported || shown["status"] == "READY", "{shown}");
        assert_eq!(exported, shown["exportedAt"] != Value::Null, "{shown}");
        assert_eq!(shown["currentGeneration"], shown["generations"][0], "{shown}");
        let operations = shown["exportOperations"]["nodes"].as_array().unwrap();
        let complete = |operation: &Value| operation["status"] == "COMPLETE";
        let overtaken = |operation: &Value| operation["errorCode"] == "REPORT_CHANGED";
        assert_eq!(exported, operations.iter().any(complete), "{shown}");
        assert!(operations.iter().all(|one| complete(one) || overtaken(one)), "{shown}");
    }
}

/// The worker holds the report before it ends the pending export that the second one waits for.
#[tokio::test]
async fn an_export_asked_for_while_the_same_is_being_recorded_follows_it() {
    let test = journey().await;
    let report = test.ready().await;
    let barrier = Barrier::at(&test, Step::Completed).await;
    let worker = Worker::start(&test);
    let input = json!({ "reportId": report, "format": "CSV" });
    test.does("exportReport", input.clone()).await;
    barrier.is_reached().await;
    let again = test
        .api
        .mutate(test.hlf().coordinator, "hlf", "exportReport", input.clone());
    let lift = async {
        test.reaches(ONE_WAITS_FOR_ANOTHER).await;
        barrier.lift().await;
    };
    let (answer, ()) = tokio::join!(again, lift);
    data(answer);
    test.reaches("select count(*) = 2 from bufdir_export_audit_log where status = 'complete'")
        .await;
    drop(worker);
    let told = "select coalesce(max(attempts), 1)::int from graphile_worker._private_jobs";
    let attempts: i32 = sqlx::query_scalar(told)
        .fetch_one(test.database.superuser())
        .await
        .unwrap();
    assert_eq!(attempts, 1, "a worker's attempt fell victim");
}

/// Somebody waits for a row that another transaction has.
const ONE_WAITS_FOR_ANOTHER: &str = "select exists (select from pg_locks where not granted and locktype <> 'advisory'
    and locktype in ('transactionid', 'tuple'))";
