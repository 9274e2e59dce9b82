//! Ids, pages and cursors that this API did not give out.

use rstest::rstest;
use serde_json::{Value, json};

use super::{asks_in_vain, broken, invalid};
use crate::support::graphql::opaque;
use crate::support::ids;
use crate::support::journey::journey;
use crate::support::rules;

#[tokio::test]
async fn id_malformed() {
    let test = journey().await;
    let report = opaque(ids::REPORT, test.database.new_id());
    let of_another_type = test.period();
    let not_base64 = "not an id";
    let too_long = format!("{report}AAAA");
    for wrong in ["", not_base64, too_long.as_str(), of_another_type.as_str()] {
        let query = "query ($id: ID!) { report(id: $id) { id } }";
        let refused = asks_in_vain(&test, test.hlf().coordinator, query, json!({ "id": wrong })).await;
        assert_eq!(broken(&refused), invalid(rules::ID_MALFORMED, "id"), "{wrong}");
        for (mutation, input, field) in [
            (
                "updateReportNotes",
                json!({ "reportId": wrong, "notes": "x" }),
                "reportId",
            ),
            ("retryReport", json!({ "reportId": wrong }), "reportId"),
            (
                "exportReport",
                json!({ "reportId": wrong, "format": "CSV" }),
                "reportId",
            ),
            (
                "exportReport",
                json!({ "reportId": report, "format": "CSV", "scopeUnitId": wrong }),
                "scopeUnitId",
            ),
            (
                "confirmSubmission",
                json!({ "reportId": report, "exportOperationId": wrong }),
                "exportOperationId",
            ),
        ] {
            let refused = test.refused(mutation, input).await;
            let field = format!("input.{field}");
            assert_eq!(
                broken(&refused),
                invalid(rules::ID_MALFORMED, &field),
                "{mutation} {wrong}"
            );
        }
    }
}

#[rstest]
#[case::none(json!({ "first": 0 }), "first")]
#[case::fewer_than_none(json!({ "last": -1 }), "last")]
#[case::too_many(json!({ "first": 201 }), "first")]
#[case::from_both_ends(json!({ "first": 5, "last": 5 }), "first")]
#[tokio::test]
async fn page_size_limit(#[case] page: Value, #[case] field: &str) {
    let test = journey().await;
    for list in ["reports", "reportPeriods", "exportOperations", "organizationalUnits"] {
        let query =
            format!("query ($first: Int, $last: Int) {{ {list}(first: $first, last: $last) {{ nodes {{ id }} }} }}");
        let refused = asks_in_vain(&test, test.hlf().coordinator, &query, page.clone()).await;
        assert_eq!(broken(&refused), invalid(rules::PAGE_SIZE_LIMIT, field), "{list}");
    }
}

/// The object whose part failed becomes null: without its trail it would be none of the schema's reports.
#[tokio::test]
async fn a_refused_part_makes_null_what_may_be_null() {
    let test = journey().await;
    let report = test.ready().await;
    let query = "query ($id: ID!) { report(id: $id) { id auditTrail(first: 500) { nodes { time } } } viewer { role } }";
    let answer = test
        .api
        .run(test.hlf().coordinator, "hlf", query, json!({ "id": report }))
        .await;
    assert_eq!(
        answer["data"],
        json!({ "report": null, "viewer": { "role": "COORDINATOR" } })
    );
    assert_eq!(answer["errors"][0]["path"], json!(["report", "auditTrail"]));
    assert_eq!(answer["errors"][0]["extensions"]["rule"], "page_size_limit");
}

#[rstest]
#[case::nonsense("nonsense")]
#[case::nothing("")]
#[case::a_statement("JzsgZHJvcCB0YWJsZSB1c2VyczsgLS0")]
#[tokio::test]
async fn cursor_malformed(#[case] cursor: &str) {
    let test = journey().await;
    for list in ["reports", "reportPeriods", "exportOperations", "organizationalUnits"] {
        for end in ["after", "before"] {
            let query = format!("query ($cursor: String) {{ {list}({end}: $cursor) {{ nodes {{ id }} }} }}");
            let variables = json!({ "cursor": cursor });
            let refused = asks_in_vain(&test, test.hlf().coordinator, &query, variables).await;
            assert_eq!(broken(&refused), invalid(rules::CURSOR_MALFORMED, end), "{list}");
        }
    }
}

/// What does not read as the list's order is refused as well, here a unit's name for a time.
#[tokio::test]
async fn a_cursor_of_another_list_is_refused() {
    let test = journey().await;
    let units = test
        .asks("{ organizationalUnits { pageInfo { endCursor } } }", json!({}))
        .await;
    let cursor = &units["organizationalUnits"]["pageInfo"]["endCursor"];
    assert!(cursor.is_string());
    for end in ["after", "before"] {
        let query = format!("query ($cursor: String) {{ reports({end}: $cursor) {{ nodes {{ id }} }} }}");
        let refused = asks_in_vain(&test, test.hlf().coordinator, &query, json!({ "cursor": cursor })).await;
        assert_eq!(broken(&refused), invalid(rules::CURSOR_MALFORMED, end));
    }
}

/// A client passes on what it was not given.
#[rstest]
#[case("reports", "ReportOrder")]
#[case("reportPeriods", "PeriodOrder")]
#[case("exportOperations", "ExportOperationOrder")]
#[case("organizationalUnits", "OrganizationalUnitOrder")]
#[case("auditLog", "AuditLogOrder")]
#[case("bufdirExports", "BufdirExportOrder")]
#[tokio::test]
async fn an_order_may_be_left_out_or_null(#[case] list: &str, #[case] order: &str) {
    let test = journey().await;
    let query = format!("query ($order: {order}) {{ {list}(orderBy: $order) {{ nodes {{ id }} }} }}");
    for variables in [json!({}), json!({ "order": null })] {
        let answer = test.api.run(test.hlf().admin, "hlf", &query, variables).await;
        assert!(answer["data"][list]["nodes"].is_array(), "{answer}");
    }
}
