//! The shape of answers, whatever is asked.

use serde_json::{Value, json};

use crate::support::journey::journey;

/// An object that is there is an object, even if nothing of it is asked for; null means that there is none.
#[tokio::test]
async fn objects_of_which_nothing_is_left_are_empty() {
    let test = journey().await;
    let report = test.ready().await;
    let query = "query ($report: ID!, $unknown: ID!, $more: Boolean!) {
        viewer @skip(if: true) { name }
        organization { ...Details @include(if: $more) }
        node(id: $report) { ... on ReportPeriod { name } }
        unknown: report(id: $unknown) { id @include(if: $more) }
        report(id: $report) { period { name @include(if: $more) } ...Rest }
        reports { nodes { id @include(if: $more) } }
    }
    fragment Details on Organization { name }
    fragment Rest on Report { period { basisYear } status }";
    let unknown = test.period();
    let answer = test
        .api
        .run(
            test.hlf().coordinator,
            "hlf",
            query,
            json!({ "report": report, "unknown": unknown, "more": false }),
        )
        .await;
    assert_eq!(
        answer["data"],
        json!({
            "organization": {},
            "node": {},
            "unknown": null,
            "report": { "period": { "basisYear": 2024 }, "status": "READY" },
            "reports": { "nodes": [{}] },
        }),
        "{answer}"
    );
    let nothing = "query { viewer @skip(if: true) { name } }";
    let answer = test.api.run(test.hlf().coordinator, "hlf", nothing, Value::Null).await;
    assert_eq!(answer, json!({ "data": {} }));
}

/// What is around a field that may be null is there, though it failed and nothing else was asked for.
#[tokio::test]
async fn a_failed_field_that_stands_alone_is_null() {
    let test = journey().await;
    let asked = "{ report(id: \"nonsense\") { id } }";
    let answer = test.api.run(test.hlf().coordinator, "hlf", asked, Value::Null).await;
    assert_eq!(answer["data"], json!({ "report": null }), "{answer}");
    assert_eq!(answer["errors"][0]["path"], json!(["report"]));
}

/// A field that may be null fails alone; what stands beside it is answered.
#[tokio::test]
async fn a_failed_field_leaves_its_neighbours() {
    let test = journey().await;
    let asked = "{ report(id: \"nonsense\") { id } viewer { role } }";
    let answer = test.api.run(test.hlf().coordinator, "hlf", asked, Value::Null).await;
    assert_eq!(
        answer["data"],
        json!({ "report": null, "viewer": { "role": "COORDINATOR" } })
    );
    let asked = "query ($id: ID!) { node(id: $id) { ... on ReportPeriod { name report { id } } } viewer { role } }";
    let period = json!({ "id": test.period() });
    let answer = test.api.run(test.hlf().coordinator, "hlf", asked, period).await;
    assert_eq!(
        answer["data"],
        json!({ "node": { "name": "2024", "report": null }, "viewer": { "role": "COORDINATOR" } })
    );
}

/// The engine (async-graphql 8.0.0-rc.5) cuts the path of an error off at the list's item through which it went up.
#[tokio::test]
async fn an_error_within_a_list_names_the_item() {
    let test = journey().await;
    test.ready().await;
    let asked = "{ reports(first: 1) { nodes { id auditTrail(first: 500) { nodes { time } } } } }";
    let answer = test.api.run(test.hlf().coordinator, "hlf", asked, Value::Null).await;
    assert_eq!(answer["data"], Value::Null, "{answer}");
    let error = &answer["errors"][0];
    assert_eq!(error["path"], json!(["reports", "nodes", 0]));
    assert_eq!(error["locations"], json!([{ "line": 1, "column": 34 }]));
    assert_eq!(error["extensions"]["rule"], "page_size_limit");
}

/// A variable that was declared and not sent is a field left out, and not null, which would erase what there is.
#[tokio::test]
async fn a_variable_that_was_not_sent_is_a_field_left_out() {
    let test = journey().await;
    let admin = test.hlf().admin;
    let definition = json!({ "reportType": "ACTIVITIES", "columns": [{ "key": "title" }] });
    let created = json!({
        "name": "Hours", "description": "For the board", "definition": definition, "schedule": "0 6 1 * *",
        "dateRange": { "type": "LAST_YEAR" }, "outputFormat": "CSV",
    });
    let create =
        "mutation ($input: CreateCustomReportInput!) { createCustomReport(input: $input) { customReport { id } } }";
    let answer = test.api.run(admin, "hlf", create, json!({ "input": created })).await;
    let id = &answer["data"]["createCustomReport"]["customReport"]["id"];
    let rename = "mutation ($id: ID!, $name: String, $description: String, $schedule: String) {
        updateCustomReport(input: { id: $id, name: $name, description: $description, schedule: $schedule }) {
            customReport { name description scheduleCron } } }";
    for (sent, expected) in [
        (
            json!({ "id": id, "name": "Timer" }),
            json!({ "name": "Timer", "description": "For the board", "scheduleCron": "0 6 1 * *" }),
        ),
        (
            json!({ "id": id, "description": null, "schedule": null }),
            json!({ "name": "Timer", "description": null, "scheduleCron": null }),
        ),
    ] {
        let answer = test.api.run(admin, "hlf", rename, sent).await;
        assert_eq!(
            answer["data"]["updateCustomReport"]["customReport"], expected,
            "{answer}"
        );
    }
}

#[tokio::test]
async fn a_variable_that_was_not_sent_has_its_default() {
    let test = journey().await;
    let asked = "query ($less: Boolean = true, $size: Int = 1) {
        viewer { name @skip(if: $less) role } organizationalUnits(first: $size) { nodes { name @include(if: $less) } } }";
    let data = test.asks(asked, json!({})).await;
    assert_eq!(data["viewer"], json!({ "role": "COORDINATOR" }));
    assert_eq!(data["organizationalUnits"]["nodes"].as_array().unwrap().len(), 1);
    assert!(data["organizationalUnits"]["nodes"][0]["name"].is_string());
}

/// The engine (async-graphql 8.0.0-rc.5) takes no variable that may be null where the position may not, although it has a
/// default; and answers what it does not execute with `data: null`.
#[tokio::test]
async fn a_nullable_variable_is_refused_where_a_position_has_a_default() {
    let test = journey().await;
    let asked = "query ($language: Language) { reports { nodes { figures(language: $language) { id } } } }";
    let answer = test.api.run(test.hlf().coordinator, "hlf", asked, json!({})).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_REQUEST", "{answer}");
    assert_eq!(answer.get("data"), Some(&Value::Null));
}
