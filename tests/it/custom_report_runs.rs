//! Runs of custom reports, from the mutation to the downloaded file.

use std::io::Cursor;

use axum::http::StatusCode;
use bufdir_reports::custom_report::scheduler::look;
use bufdir_reports::kernel::clock::Clock;
use calamine::{Reader, Xlsx, open_workbook_from_rs};
use futures::StreamExt;
use rstest::rstest;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::custom_report::with;
use crate::support::custom_report_run::{run_id, with_activities};
use crate::support::graphql::{data, refusal};
use crate::support::ids;
use crate::support::journey::journey;

fn fixed(from: &str, to: &str) -> Value {
    json!({ "type": "FIXED", "from": from, "to": to })
}

#[tokio::test]
async fn a_run_is_stored_recorded_and_downloaded() {
    let journey = with_activities().await;
    let report = journey.custom_report(json!({})).await;
    let run = journey.ran(report, json!({})).await;
    assert_eq!(run["status"], "SUCCEEDED", "{run}");
    assert_eq!((&run["rowCount"], &run["rowsSoFar"]), (&json!(2), &json!(2)));
    let total = json!({ "column": 2, "label": "Timer (sum)", "sum": "2.25", "hiddenCells": 0 });
    assert_eq!(run["controlTotals"], json!([total]));
    assert_eq!(run["file"]["fileName"], "Timer per enhet 2024-01-01 – 2024-12-31.csv");
    assert_eq!(run["requestedBy"]["name"], "coordinator hlf");

    let link = data(
        journey
            .tries_to_link(journey.hlf().coordinator, run["id"].as_str().unwrap())
            .await,
    );
    let (status, bytes) = journey
        .fetched(link["createDownloadLink"]["url"].as_str().unwrap())
        .await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(run["file"]["sha256"], hex::encode(Sha256::digest(&bytes)));
    let text = String::from_utf8(bytes).unwrap();
    for line in [
        "Bergen;1,50",
        "Voss;0,75",
        "# Datoer: 2024-01-01 – 2024-12-31;",
        "# Antall rader: 2;",
    ] {
        assert!(text.lines().any(|found| found == line), "no \"{line}\" in {text}");
    }
    let id = run_id(run["id"].as_str().unwrap());
    let again = journey.shown_run(run["id"].as_str().unwrap()).await;
    assert_eq!(again["file"]["downloadCount"], 1);

    assert_eq!(
        journey.of_definition(report, "last_run_status").await.unwrap(),
        "succeeded"
    );
    assert_eq!(journey.of_definition(report, "last_run_row_count").await.unwrap(), "2");
    let key = journey.of_definition(report, "last_output_file_url").await.unwrap();
    assert!(key.contains(&id.to_string()) && journey.folder.path().join(key).exists());
    let trail = journey.custom_report_trail().await;
    let trail: Vec<_> = trail
        .iter()
        .map(|(action, kind)| (action.as_str(), kind.as_str()))
        .collect();
    assert_eq!(
        trail,
        [
            ("custom_report_run_started", "user"),
            ("custom_report_run_completed", "worker"),
            ("file_downloaded", "user"),
        ]
    );
}

#[rstest]
#[case("XLSX", b"PK", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")]
#[case("PDF", b"%PDF-", "application/pdf")]
#[case("JSON", b"{", "application/json")]
#[tokio::test]
async fn a_run_may_have_another_format_and_other_dates(
    #[case] format: &str,
    #[case] beginning: &[u8],
    #[case] media_type: &str,
) {
    let journey = with_activities().await;
    let report = journey.custom_report(json!({})).await;
    let run = journey
        .ran(
            report,
            json!({ "format": format, "dateRange": fixed("2024-03-05", "2024-03-05") }),
        )
        .await;
    assert_eq!(run["status"], "SUCCEEDED", "{run}");
    assert_eq!(
        (&run["dateFrom"], &run["dateTo"]),
        (&json!("2024-03-05"), &json!("2024-03-05"))
    );
    assert_eq!(
        (&run["rowCount"], &run["file"]["mediaType"]),
        (&json!(2), &json!(media_type))
    );
    let bytes = journey.file(&run).await;
    assert!(bytes.starts_with(beginning));
    if format == "JSON" {
        let file: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(file["range"], json!({ "from": "2024-03-05", "to": "2024-03-05" }));
        assert_eq!(file["definition"]["name"], "Timer per enhet");
        assert_eq!(
            (&file["row_count"], &file["control_totals"]),
            (&json!(2), &json!([null, "2.25"]))
        );
    }
    let none = journey
        .ran(report, json!({ "dateRange": { "type": "LAST_MONTH" } }))
        .await;
    assert_eq!((&none["status"], &none["rowCount"]), (&json!("SUCCEEDED"), &json!(0)));
}

#[tokio::test]
async fn a_workbook_ends_with_what_it_is_about() {
    let journey = with_activities().await;
    let report = journey.custom_report(json!({})).await;
    let run = journey.ran(report, json!({ "format": "XLSX", "language": "EN" })).await;
    let mut workbook: Xlsx<_> = open_workbook_from_rs(Cursor::new(journey.file(&run).await)).unwrap();
    assert_eq!(workbook.sheet_names(), ["Data", "About the report"]);
    let about = workbook.worksheet_range("About the report").unwrap();
    let lines: Vec<_> = about
        .rows()
        .map(|row| (row[0].to_string(), row[1].to_string()))
        .collect();
    for (label, value) in [
        ("Report", "Timer per enhet"),
        ("Dates", "2024-01-01 – 2024-12-31"),
        ("Grouped by", "Unit"),
        ("Columns", "Hours (sum)"),
        ("Number of rows", "2"),
        ("Control total Hours (sum)", "2.25"),
    ] {
        let line = (label.to_owned(), value.to_owned());
        assert!(lines.contains(&line), "no {line:?} in {lines:?}");
    }
}

/// Defined by an org admin through the API, run by its schedule and by a coordinator.
#[tokio::test]
async fn a_defined_report_runs_by_schedule_and_by_hand() {
    let journey = with_activities().await;
    let input = with(json!({ "schedule": "0 6 * * *", "dateRange": fixed("2024-01-01", "2024-12-31") }));
    let create = "mutation ($input: CreateCustomReportInput!) { createCustomReport(input: $input) {
        customReport { id nextRunAt } } }";
    let admin = journey.hlf().admin;
    let created = data(journey.api.run(admin, "hlf", create, json!({ "input": input })).await);
    let created = &created["createCustomReport"]["customReport"];
    assert_eq!(created["nextRunAt"], "2026-03-03T05:00:00Z");
    journey.database.clock.set("2026-03-03T05:00:00Z".parse().unwrap());
    let clock: &dyn Clock = journey.database.clock.as_ref();
    assert_eq!(look(journey.database.app(), clock).await.unwrap(), 1);
    journey.settle().await;
    journey.database.clock.advance(chrono::TimeDelta::minutes(1));
    let report = ids::CUSTOM_REPORT
        .decode(&created["id"].as_str().unwrap().into(), "id")
        .unwrap();
    let by_hand = journey.ran(report, json!({})).await;

    let query = "query ($id: ID!) { customReport(id: $id) { lastRunStatus lastRunRowCount nextRunAt
        runs { nodes { trigger status dueAt requestedBy { name } file { sha256 } } } } }";
    let shown = journey.asks(query, json!({ "id": created["id"] })).await["customReport"].clone();
    let file = json!({ "sha256": by_hand["file"]["sha256"] });
    assert_eq!(
        shown,
        json!({ "lastRunStatus": "SUCCEEDED", "lastRunRowCount": 1, "nextRunAt": "2026-03-04T05:00:00Z",
            "runs": { "nodes": [
                { "trigger": "MANUAL", "status": "SUCCEEDED", "dueAt": null, "requestedBy": { "name": "coordinator hlf" },
                    "file": file },
                { "trigger": "SCHEDULE", "status": "SUCCEEDED", "dueAt": "2026-03-03T05:00:00Z",
                    "requestedBy": { "name": "admin hlf" }, "file": file },
            ] } })
    );
}

#[tokio::test]
async fn dates_the_wrong_way_round_are_refused() {
    let journey = journey().await;
    let report = journey.custom_report(json!({})).await;
    let range = json!({ "dateRange": fixed("2024-03-05", "2024-03-04") });
    let refused = refusal(&journey.tries_to_run(journey.hlf().coordinator, report, range).await);
    assert_eq!(refused.rule.as_deref(), Some("fixed_range_requires_dates"));
    assert_eq!(refused.field.as_deref(), Some("input.dateRange.to"));
}

#[tokio::test]
async fn a_definition_lists_its_runs_the_newest_first() {
    let journey = with_activities().await;
    let report = journey.custom_report(json!({})).await;
    let mut runs = Vec::new();
    for _ in 0..3 {
        journey.database.clock.advance(chrono::TimeDelta::seconds(1));
        runs.push(journey.asked_to_run(report, json!({})).await);
    }
    journey.custom_report(json!({})).await;
    let query = "query ($id: ID!, $after: String) { customReport(id: $id) { runs(first: 2, after: $after) {
        nodes { id } pageInfo { hasNextPage endCursor } } } }";
    let id = ids::CUSTOM_REPORT.encode(report).0;
    let first = journey.asks(query, json!({ "id": id })).await["customReport"]["runs"].clone();
    assert_eq!(first["nodes"], json!([{ "id": runs[2] }, { "id": runs[1] }]));
    let after = &first["pageInfo"]["endCursor"];
    let rest = journey.asks(query, json!({ "id": id, "after": after })).await["customReport"]["runs"].clone();
    assert_eq!(rest["nodes"], json!([{ "id": runs[0] }]));
    assert_eq!(rest["pageInfo"]["hasNextPage"], false);
}

/// As a later version may have written it.
#[tokio::test]
async fn a_definition_that_is_not_understood_does_not_run() {
    let journey = journey().await;
    let report = journey
        .custom_report(json!({ "filters": { "version": 99, "riddle": true } }))
        .await;
    let refused = refusal(&journey.tries_to_run(journey.hlf().coordinator, report, json!({})).await);
    assert_eq!(refused.code, "INVALID", "{refused:?}");
    let runs: i64 = sqlx::query_scalar("select count(*) from custom_report_runs")
        .fetch_one(journey.database.superuser())
        .await
        .unwrap();
    assert_eq!(runs, 0);
}

#[tokio::test]
async fn a_deleted_definition_is_not_run() {
    let journey = journey().await;
    let report = journey.custom_report(json!({ "is_active": false })).await;
    let refused = refusal(&journey.tries_to_run(journey.hlf().admin, report, json!({})).await);
    assert_eq!(refused.rule.as_deref(), Some("run_requires_active_report"));
}

#[tokio::test]
async fn rows_so_far_are_followed_until_the_end() {
    let journey = with_activities().await;
    let report = journey.custom_report(json!({})).await;
    let run = journey.asked_to_run(report, json!({})).await;
    let subscription = "subscription ($id: ID!) { customReportRunUpdated(id: $id) { status rowsSoFar } }";
    let coordinator = Some((journey.hlf().coordinator, "hlf"));
    let events = journey.api.follow(coordinator, subscription, json!({ "id": run }));
    let (events, ()) = tokio::join!(events.collect::<Vec<_>>(), journey.settle());
    let events: Vec<_> = events
        .into_iter()
        .map(|event| data(event)["customReportRunUpdated"].clone())
        .collect();
    assert_eq!(events.first(), Some(&json!({ "status": "PENDING", "rowsSoFar": 0 })));
    assert_eq!(events.last(), Some(&json!({ "status": "SUCCEEDED", "rowsSoFar": 2 })));
}

#[tokio::test]
async fn another_organization_sees_nothing_of_it() {
    let journey = with_activities().await;
    let report = journey.custom_report(json!({})).await;
    let run = journey.ran(report, json!({})).await;
    let (run, nhf) = (&run["id"], &journey.database.fixture.nhf);
    let as_nhf = async |document: &str| journey.api.run(nhf.admin, "nhf", document, json!({ "id": run })).await;
    let read = as_nhf("query ($id: ID!) { customReportRun(id: $id) { id } }").await;
    assert_eq!(data(read)["customReportRun"], Value::Null);
    for mutation in [
        "mutation ($id: ID!) { cancelCustomReportRun(input: { id: $id }) { customReportRun { id } } }",
        "mutation ($id: ID!) { createDownloadLink(input: { customReportRunId: $id }) { url } }",
    ] {
        let refused = refusal(&as_nhf(mutation).await);
        assert_eq!((refused.code.as_str(), refused.rule), ("NOT_FOUND", None), "{mutation}");
    }
    let report = ids::CUSTOM_REPORT.encode(report).0;
    let document = "mutation ($id: ID!) { runCustomReport(input: { id: $id }) { customReportRun { id } } }";
    let refused = refusal(
        &journey
            .api
            .run(nhf.admin, "nhf", document, json!({ "id": report }))
            .await,
    );
    assert_eq!(refused.code, "NOT_FOUND");
}
