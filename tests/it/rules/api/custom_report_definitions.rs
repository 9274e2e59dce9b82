//! What a custom report may ask. Each fault is broken by a preview, which sees the same check as a save does.

use ::bufdir_reports::kernel::rule::Rule;
use serde_json::{Value, json};

use super::{asks_in_vain, broken, conflict, invalid};
use crate::support::custom_report::{by_kind, created};
use crate::support::graphql::{Refusal, data};
use crate::support::journey::{Journey, journey};
use crate::support::rules;

const PREVIEW: &str = "query ($definition: CustomReportDefinitionInput!) {
    previewCustomReport(definition: $definition, dateRange: { type: LAST_YEAR }) { rows { cells { text } } } }";

/// The definition, which passes as it is, with another value somewhere.
pub(super) fn with(pointer: &str, value: Value) -> Value {
    let mut definition = by_kind();
    definition["filters"] = Value::Null;
    *definition.pointer_mut(pointer).unwrap() = value;
    definition
}

pub(super) async fn passes(test: &Journey, definition: Value) -> Value {
    let answer = test
        .api
        .run(
            test.hlf().coordinator,
            "hlf",
            PREVIEW,
            json!({ "definition": definition }),
        )
        .await;
    data(answer)["previewCustomReport"]["rows"].clone()
}

/// Each definition is refused by the rule at its path.
pub(super) async fn refused(rule: Rule, faults: impl IntoIterator<Item = (&str, Value)>) -> Journey {
    let test = journey().await;
    passes(&test, by_kind()).await;
    for (path, definition) in faults {
        let refusal = previews_in_vain(&test, &definition).await;
        assert_eq!(
            broken(&refusal),
            invalid(rule, &format!("definition.{path}")),
            "{definition}"
        );
    }
    test
}

pub(super) async fn previews_in_vain(test: &Journey, definition: &Value) -> Refusal {
    let asked = json!({ "definition": definition });
    asks_in_vain(test, test.hlf().coordinator, PREVIEW, asked).await
}

pub(super) fn filtered(condition: Value) -> Value {
    with("/filters", json!({ "where": condition }))
}

pub(super) fn integer(key: &str, operator: &str, values: Value) -> Value {
    json!({ "integer": { "key": key, "operator": operator, "values": values } })
}

#[tokio::test]
async fn definition_version_known() {
    let test = journey().await;
    let create =
        "mutation ($input: CreateCustomReportInput!) { createCustomReport(input: $input) { customReport { id } } }";
    let made = test
        .api
        .run(test.hlf().admin, "hlf", create, json!({ "input": created() }))
        .await;
    let report = data(made)["createCustomReport"]["customReport"]["id"].clone();
    let copy = "mutation ($input: DuplicateCustomReportInput!) { duplicateCustomReport(input: $input) { customReport { id } } }";
    let asked = json!({ "input": { "id": report } });
    data(test.api.run(test.hlf().admin, "hlf", copy, asked.clone()).await);
    let another =
        r#"set local session_replication_role = replica; update custom_reports set filters = '{"version": 7}'"#;
    test.database.arrange(another).await;
    let refusal = asks_in_vain(&test, test.hlf().admin, copy, asked).await;
    assert_eq!(
        broken(&refusal),
        invalid(rules::DEFINITION_VERSION_KNOWN, "filters.version")
    );
}

#[tokio::test]
async fn field_known() {
    let unknown = integer("salary", "EQUALS", json!([1]));
    let faults = [
        ("columns[1].key", with("/columns/1/key", json!("salary"))),
        ("columns[1].key", with("/columns/1/key", json!("area"))),
        (
            "filters.where.any[1].field.key",
            filtered(json!({ "any": [{ "all": [] }, unknown] })),
        ),
    ];
    refused(rules::FIELD_KNOWN, faults).await;
}

#[tokio::test]
async fn bufdir_excluded_from_custom_reports() {
    let names = [
        "bufdir_reports",
        "public.bufdir_exports.status",
        "report_data",
        "frozen_days",
        "verdict",
        "VE03",
        "period_figures",
        "bufdir_submission_reference",
        "Generation",
        "volunteer_count",
        "total_hours",
        "format_version",
        "bufdirReports",
    ];
    let columns = names.map(|name| ("columns[0].key", with("/columns/0/key", json!(name))));
    let test = refused(rules::BUFDIR_EXCLUDED_FROM_CUSTOM_REPORTS, columns).await;
    for name in names {
        let definition = filtered(integer(name, "EQUALS", json!([1])));
        let refusal = previews_in_vain(&test, &definition).await;
        let expected = invalid(
            rules::BUFDIR_EXCLUDED_FROM_CUSTOM_REPORTS,
            "definition.filters.where.field.key",
        );
        assert_eq!(broken(&refusal), expected, "{name}");
    }
}

/// An empty result rather than a refusal: whoever tries the program out in the test organization sees that it works.
#[tokio::test]
async fn test_org_excluded_from_output() {
    let test = journey().await;
    let units = json!({ "reportType": "UNITS", "columns": [{ "key": "unit" }] });
    let totals = json!({ "reportType": "UNITS", "columns": [{ "key": "unit", "aggregation": "COUNT" }] });
    let (hlf, excluded) = (test.hlf().clone(), test.database.fixture.test.clone());
    for definition in [units, totals] {
        for (organization, shown) in [(&hlf, true), (&excluded, false)] {
            let asked = json!({ "definition": definition });
            let answer = test
                .api
                .run(organization.admin, organization.slug, PREVIEW, asked)
                .await;
            let rows = data(answer)["previewCustomReport"]["rows"].as_array().unwrap().len();
            assert_eq!(rows > 0, shown, "{} {definition}", organization.slug);
        }
    }
}

#[tokio::test]
async fn columns_limit() {
    let columns = |number| {
        with(
            "/columns",
            json!(vec![json!({ "key": "hours", "aggregation": "SUM" }); number]),
        )
    };
    let test = refused(rules::COLUMNS_LIMIT, [("columns", columns(51))]).await;
    passes(&test, columns(50)).await;
}

#[tokio::test]
async fn column_label_length() {
    let label = |label: String| with("/columns/1/label", json!(label));
    let faults = ["".to_owned(), "  ".to_owned(), "ø".repeat(101)].map(|text| ("columns[1].label", label(text)));
    let test = refused(rules::COLUMN_LABEL_LENGTH, faults).await;
    passes(&test, label("ø".repeat(100))).await;
}

#[tokio::test]
async fn a_label_is_on_one_line() {
    let faults = ["a\tb", "a\r\nb", "a\nb"].map(|label| ("columns[1].label", with("/columns/1/label", json!(label))));
    refused(rules::TEXT_ON_ONE_LINE, faults).await;
}

#[tokio::test]
async fn aggregation_fits_field() {
    let test = refused(
        rules::AGGREGATION_FITS_FIELD,
        [("columns[0].aggregation", with("/columns/0/aggregation", json!("SUM")))],
    )
    .await;
    passes(&test, with("/columns/1/aggregation", json!("AVERAGE"))).await;
}

#[tokio::test]
async fn aggregation_required() {
    let mixed = json!({ "reportType": "ACTIVITIES", "columns": [
        { "key": "hours", "aggregation": "SUM" }, { "key": "title" },
    ] });
    let faults = [
        ("columns[1].aggregation", with("/columns/1/aggregation", Value::Null)),
        ("columns[1].aggregation", mixed),
    ];
    let test = refused(rules::AGGREGATION_REQUIRED, faults).await;
    passes(
        &test,
        json!({ "reportType": "ACTIVITIES", "columns": [{ "key": "hours" }, { "key": "title" }] }),
    )
    .await;
}

#[tokio::test]
async fn participants_are_aggregated() {
    let of = |aggregation: Value| {
        json!({
            "reportType": "PARTICIPANTS", "columns": [{ "key": "participant", "aggregation": aggregation }],
        })
    };
    let test = refused(
        rules::PARTICIPANTS_ARE_AGGREGATED,
        [("columns[0].aggregation", of(Value::Null))],
    )
    .await;
    passes(&test, of(json!("COUNT_DISTINCT"))).await;
}

#[tokio::test]
async fn grouping_fits_report_type() {
    let of = |grouping: Value| {
        json!({
            "reportType": "PEER_MENTORS", "groupings": [grouping], "columns": [{ "key": "hours", "aggregation": "SUM" }],
        })
    };
    let test = refused(
        rules::GROUPING_FITS_REPORT_TYPE,
        [
            ("groupings[0]", of(json!({ "area": {} }))),
            ("groupings[0]", of(json!({ "by": "KIND" }))),
        ],
    )
    .await;
    passes(&test, of(json!({ "by": "USER" }))).await;
}

#[tokio::test]
async fn grouping_named_once() {
    let by = |groupings: Value| with("/groupings", groupings);
    let months = json!({ "date": { "period": "MONTH" } });
    let test = refused(
        rules::GROUPING_NAMED_ONCE,
        [("groupings[2]", by(json!([months, { "by": "KIND" }, months])))],
    )
    .await;
    passes(&test, by(json!([{ "date": { "period": "YEAR" } }, months]))).await;
}

#[tokio::test]
async fn row_limit_positive() {
    let limited = |limit: Value| with("/filters", json!({ "limit": limit }));
    let faults = [json!(0), json!(-1), json!(1.5), json!("many"), json!(4_294_967_296_u64)];
    let test = refused(
        rules::ROW_LIMIT_POSITIVE,
        faults.map(|limit| ("filters.limit", limited(limit))),
    )
    .await;
    passes(&test, limited(json!(1))).await;
}

/// Settings under which the planner finds everything dear stand for more data than a test has.
#[tokio::test]
async fn report_too_costly() {
    let test = journey().await;
    passes(&test, by_kind()).await;
    let dear = "do $$ begin
        execute format('alter database %I set cpu_tuple_cost = 1e10', current_database());
    end $$";
    test.database.arrange(dear).await;
    test.database.interrupt(std::time::Duration::ZERO).await;
    let refusal = previews_in_vain(&test, &by_kind()).await;
    assert_eq!(broken(&refusal), conflict(rules::REPORT_TOO_COSTLY));
}
