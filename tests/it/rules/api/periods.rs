//! Periods and the figures that are typed in for them.

use ::bufdir_reports::kernel::rule::Rule;
use rstest::rstest;
use serde_json::{Value, json};

use super::{broken, conflict, invalid};
use crate::support::journey::{Journey, journey};
use crate::support::rules;

fn period(first: &str, last: &str) -> Value {
    json!({ "name": "A period", "firstDate": first, "lastDate": last })
}

/// Both ways to give a period its dates are refused.
async fn refused_dates(test: &Journey, rule: Rule, first: &str, last: &str) {
    let created = test.refused("createReportPeriod", period(first, last)).await;
    let moved = json!({ "id": test.period(), "firstDate": first, "lastDate": last });
    let moved = test.refused("updateReportPeriod", moved).await;
    for refused in [created, moved] {
        assert_eq!(broken(&refused), invalid(rule, "input.lastDate"));
    }
}

#[tokio::test]
async fn period_name_not_empty() {
    let test = journey().await;
    let blank = json!({ "name": "  ", "firstDate": "2025-01-01", "lastDate": "2025-12-31" });
    let created = test.refused("createReportPeriod", blank).await;
    let renamed = json!({ "id": test.period(), "name": "" });
    let renamed = test.refused("updateReportPeriod", renamed).await;
    for refused in [created, renamed] {
        assert_eq!(broken(&refused), invalid(rules::PERIOD_NAME_NOT_EMPTY, "input.name"));
    }
}

#[tokio::test]
async fn period_start_before_end() {
    let test = journey().await;
    refused_dates(&test, rules::PERIOD_START_BEFORE_END, "2025-06-30", "2025-06-29").await;
    test.does("createReportPeriod", period("2025-06-30", "2025-06-30"))
        .await;
}

#[tokio::test]
async fn period_within_one_year() {
    let test = journey().await;
    refused_dates(&test, rules::PERIOD_WITHIN_ONE_YEAR, "2024-12-31", "2025-01-01").await;
    test.does("createReportPeriod", period("2025-01-01", "2025-12-31"))
        .await;
}

#[tokio::test]
async fn unique_period_per_organization() {
    let test = journey().await;
    let again = test
        .refused("createReportPeriod", period("2024-01-01", "2024-12-31"))
        .await;
    assert_eq!(broken(&again), conflict(rules::UNIQUE_PERIOD_PER_ORGANIZATION));
    // Periods may overlap: a half-year beside its year.
    let half = test
        .does("createReportPeriod", period("2024-01-01", "2024-06-30"))
        .await;
    let moved = json!({ "id": half["reportPeriod"]["id"], "lastDate": "2024-12-31" });
    let moved = test.refused("updateReportPeriod", moved).await;
    assert_eq!(broken(&moved), conflict(rules::UNIQUE_PERIOD_PER_ORGANIZATION));
}

#[tokio::test]
async fn report_period_keeps_its_dates() {
    let test = journey().await;
    test.does("generateReport", json!({ "reportPeriodId": test.period() }))
        .await;
    let moved = json!({ "id": test.period(), "lastDate": "2024-12-30" });
    let moved = test.refused("updateReportPeriod", moved).await;
    assert_eq!(broken(&moved), conflict(rules::REPORT_PERIOD_KEEPS_ITS_DATES));
    let renamed = json!({ "id": test.period(), "name": "Last year" });
    let renamed = test.does("updateReportPeriod", renamed).await;
    assert_eq!(renamed["reportPeriod"]["name"], "Last year");
}

#[rstest]
#[case::that_is_counted("AK06")]
#[case::of_the_organization("ID01")]
#[case::that_is_not_there("XX01")]
#[case::in_other_letters("or01")]
#[tokio::test]
async fn figure_field_is_typed_in(#[case] field: &str) {
    let test = journey().await;
    let figures = json!([
        { "field": "OR01", "value": { "integer": 7 } },
        { "field": field, "value": { "integer": 7 } },
    ]);
    let refused = test
        .refused(
            "setPeriodFigures",
            json!({ "reportPeriodId": test.period(), "figures": figures }),
        )
        .await;
    let at_fault = invalid(rules::FIGURE_FIELD_IS_TYPED_IN, "input.figures.1.field");
    assert_eq!(broken(&refused), at_fault);
}

/// Neither of the two is the one that was meant, whatever is stored.
#[rstest]
#[case::once_as_it_is(json!({ "integer": 8 }), json!({ "integer": 7 }))]
#[case::twice_the_same(json!({ "integer": 8 }), json!({ "integer": 8 }))]
#[case::and_taken_back(json!({ "integer": 9 }), Value::Null)]
#[tokio::test]
async fn figure_field_named_once(#[case] first: Value, #[case] second: Value) {
    let test = journey().await;
    let set = |figures: Value| json!({ "reportPeriodId": test.period(), "figures": figures });
    let stored = json!([{ "field": "OR01", "value": { "integer": 7 } }]);
    test.does("setPeriodFigures", set(stored)).await;
    let twice = json!([
        { "field": "OR01", "value": first },
        { "field": "OR02", "value": { "integer": 1 } },
        { "field": "OR01", "value": second },
    ]);
    let refused = test.refused("setPeriodFigures", set(twice)).await;
    let at_fault = invalid(rules::FIGURE_FIELD_NAMED_ONCE, "input.figures.2.field");
    assert_eq!(broken(&refused), at_fault);
}

#[rstest]
#[case::below_nothing("OR01", json!({ "integer": -1 }))]
#[case::beyond_belief("OR01", json!({ "integer": 2_000_000_000 }))]
#[case::a_text_for_a_number("OR01", json!({ "text": "12" }))]
#[case::a_number_for_a_document("VE01", json!({ "integer": 12 }))]
#[case::a_document_of_nothing("VE01", json!({ "document": { "reference": " " } }))]
#[case::a_document_of_a_book("VE01", json!({ "document": { "reference": "ø".repeat(501) } }))]
#[case::a_hash_that_is_none("VE01", json!({ "document": { "reference": "a", "sha256": "abc" } }))]
#[tokio::test]
async fn figure_value_fits_field(#[case] field: &str, #[case] value: Value) {
    let test = journey().await;
    let figures = json!([{ "field": field, "value": value }]);
    let refused = test
        .refused(
            "setPeriodFigures",
            json!({ "reportPeriodId": test.period(), "figures": figures }),
        )
        .await;
    let at_fault = invalid(rules::FIGURE_VALUE_FITS_FIELD, "input.figures.0.value");
    assert_eq!(broken(&refused), at_fault);
}

#[tokio::test]
async fn format_version_covers_basis_year() {
    let test = journey().await;
    let old = test
        .does("createReportPeriod", period("2022-01-01", "2022-12-31"))
        .await;
    let old = old["reportPeriod"]["id"].clone();
    let refused = test.refused("generateReport", json!({ "reportPeriodId": old })).await;
    let at_fault = invalid(rules::FORMAT_VERSION_COVERS_BASIS_YEAR, "input.reportPeriodId");
    assert_eq!(broken(&refused), at_fault);
    assert!(refused.message.contains("2022"), "{}", refused.message);
    let figures = json!([{ "field": "OR01", "value": { "integer": 7 } }]);
    let figures = json!({ "reportPeriodId": old, "figures": figures });
    assert_eq!(broken(&test.refused("setPeriodFigures", figures).await), at_fault);
    let preview = "query ($id: ID!) { reportPreview(reportPeriodId: $id) { formatVersion } }";
    let preview = super::asks_in_vain(&test, test.hlf().coordinator, preview, json!({ "id": old })).await;
    assert_eq!(
        broken(&preview),
        invalid(rules::FORMAT_VERSION_COVERS_BASIS_YEAR, "reportPeriodId")
    );
}

/// One that a newer program's migrations stored.
#[tokio::test]
async fn format_version_readable() {
    let test = journey().await;
    crate::format_versions::store_unreadable(&test).await;
    let year = test
        .does("createReportPeriod", period("2022-01-01", "2022-12-31"))
        .await;
    let year = year["reportPeriod"]["id"].clone();
    let at_fault = conflict(rules::FORMAT_VERSION_READABLE);
    let refused = test.refused("generateReport", json!({ "reportPeriodId": year })).await;
    assert_eq!(broken(&refused), at_fault);
    assert!(refused.message.contains("2022-v9"), "{}", refused.message);
    let figures = json!([{ "field": "OR01", "value": { "integer": 7 } }]);
    let figures = json!({ "reportPeriodId": year, "figures": figures });
    assert_eq!(broken(&test.refused("setPeriodFigures", figures).await), at_fault);
    let preview = "query ($id: ID!) { reportPreview(reportPeriodId: $id) { formatVersion } }";
    let preview = super::asks_in_vain(&test, test.hlf().coordinator, preview, json!({ "id": year })).await;
    assert_eq!(broken(&preview), at_fault);
}

#[tokio::test]
async fn period_not_entirely_in_future() {
    let test = journey().await;
    // It is the second of March 2026.
    let next = test
        .does("createReportPeriod", period("2026-03-03", "2026-12-31"))
        .await;
    let next = json!({ "reportPeriodId": next["reportPeriod"]["id"] });
    let refused = test.refused("generateReport", next.clone()).await;
    let at_fault = invalid(rules::PERIOD_NOT_ENTIRELY_IN_FUTURE, "input.reportPeriodId");
    assert_eq!(broken(&refused), at_fault);
    // Midnight in Oslo, an hour before that of UTC.
    test.database.clock.set("2026-03-02T22:59:59Z".parse().unwrap());
    assert_eq!(broken(&test.refused("generateReport", next.clone()).await), at_fault);
    test.database.clock.set("2026-03-02T23:00:00Z".parse().unwrap());
    test.does("generateReport", next).await;
}
