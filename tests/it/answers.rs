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
