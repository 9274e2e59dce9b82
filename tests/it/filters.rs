//! Filters with lists in them.

use serde_json::{Value, json};

use crate::support::journey::journey;

/// Of none of these is none: what is left out restricts nothing, and an empty list everything.
#[tokio::test]
async fn an_empty_list_in_a_filter_leaves_nothing() {
    let test = journey().await;
    test.activities_of_each_sort().await;
    let report = test.generated(&test.period()).await;
    let query =
        "query ($id: ID!, $trail: AuditTrailFilter, $days: FrozenDayFilter, $reports: ReportFilter, $page: Int!) {
        reports(filter: $reports) { nodes { id } }
        report(id: $id) {
            auditTrail(filter: $trail, first: $page) { nodes { type } }
            last: auditTrail(filter: $trail, last: $page) { nodes { type } }
            daysNotCounted(filter: $days) { nodes { date } }
            currentGeneration { frozenDays(filter: $days) { nodes { date } } }
        } }";
    let lengths = async |types: Value, verdicts: Value, statuses: Value| {
        let filters = json!({ "id": report, "page": 100, "trail": { "types": types }, "days": { "verdicts": verdicts },
            "reports": { "statuses": statuses } });
        let answer = test.asks(query, filters).await;
        [
            "/reports",
            "/report/auditTrail",
            "/report/last",
            "/report/daysNotCounted",
            "/report/currentGeneration/frozenDays",
        ]
        .map(|list| answer.pointer(list).unwrap()["nodes"].as_array().unwrap().len())
    };
    assert_eq!(lengths(json!([]), json!([]), json!([])).await, [0; 5]);
    assert_eq!(
        lengths(Value::Null, Value::Null, Value::Null).await.map(|n| n > 0),
        [true; 5]
    );
}
