//! What a custom report may ask. Each fault is broken by a preview, which sees the same check as a save does.

use ::bufdir_reports::rule::Rule;
use serde_json::{Value, json};

use super::{asks_in_vain, broken, conflict, invalid};
use crate::support::custom_report::{by_kind, created};
use crate::support::graphql::data;
use crate::support::journey::{Journey, journey};

const PREVIEW: &str = "query ($definition: CustomReportDefinitionInput!) {
    previewCustomReport(definition: $definition, dateRange: { type: LAST_YEAR }) { rows { cells { text } } } }";

/// The definition, which passes as it is, with another value somewhere.
fn with(pointer: &str, value: Value) -> Value {
    let mut definition = by_kind();
    definition["filters"] = Value::Null;
    *definition.pointer_mut(pointer).unwrap() = value;
    definition
}

async fn passes(test: &Journey, definition: Value) -> Value {
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
async fn refused(rule: Rule, faults: impl IntoIterator<Item = (&str, Value)>) -> Journey {
    let test = journey().await;
    passes(&test, by_kind()).await;
    for (path, definition) in faults {
        let asked = json!({ "definition": definition });
        let refusal = asks_in_vain(&test, test.hlf().coordinator, PREVIEW, asked).await;
        assert_eq!(
            broken(&refusal),
            invalid(rule, &format!("definition.{path}")),
            "{definition}"
        );
    }
    test
}

fn filtered(condition: Value) -> Value {
    with("/filters", json!({ "where": condition }))
}

fn integer(key: &str, operator: &str, values: Value) -> Value {
    json!({ "integer": { "key": key, "operator": operator, "values": values } })
}

fn nested(depth: usize) -> Value {
    (1..depth).fold(
        integer("minutes", "IS_EMPTY", json!([])),
        |condition, _| json!({ "not": condition }),
    )
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
        invalid(Rule::DefinitionVersionKnown, "filters.version")
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
    refused(Rule::FieldKnown, faults).await;
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
    let test = refused(Rule::BufdirExcludedFromCustomReports, columns).await;
    for name in names {
        let definition = filtered(integer(name, "EQUALS", json!([1])));
        let refusal = asks_in_vain(
            &test,
            test.hlf().coordinator,
            PREVIEW,
            json!({ "definition": definition }),
        )
        .await;
        let expected = invalid(
            Rule::BufdirExcludedFromCustomReports,
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
    let test = refused(Rule::ColumnsLimit, [("columns", columns(51))]).await;
    passes(&test, columns(50)).await;
}

#[tokio::test]
async fn column_label_length() {
    let label = |label: String| with("/columns/1/label", json!(label));
    let faults = ["".to_owned(), "  ".to_owned(), "ø".repeat(101)].map(|text| ("columns[1].label", label(text)));
    let test = refused(Rule::ColumnLabelLength, faults).await;
    passes(&test, label("ø".repeat(100))).await;
}

#[tokio::test]
async fn a_label_is_on_one_line() {
    let faults =
        ["a\0b", "a\r\nb", "\u{1b}[1m"].map(|label| ("columns[1].label", with("/columns/1/label", json!(label))));
    refused(Rule::TextOnOneLine, faults).await;
}

#[tokio::test]
async fn aggregation_fits_field() {
    let test = refused(
        Rule::AggregationFitsField,
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
    let test = refused(Rule::AggregationRequired, faults).await;
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
        Rule::ParticipantsAreAggregated,
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
        Rule::GroupingFitsReportType,
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
        Rule::GroupingNamedOnce,
        [("groupings[2]", by(json!([months, { "by": "KIND" }, months])))],
    )
    .await;
    passes(&test, by(json!([{ "date": { "period": "YEAR" } }, months]))).await;
}

#[tokio::test]
async fn operator_fits_field() {
    let contains = json!({ "text": { "key": "hours", "operator": "CONTAINS", "values": ["1"] } });
    let below = json!({ "text": { "key": "title", "operator": "LESS_THAN", "values": ["a"] } });
    let faults = [contains, below].map(|condition| ("filters.where.field.operator", filtered(condition)));
    refused(Rule::OperatorFitsField, faults).await;
}

/// Whoever mistyped learns what fits.
#[tokio::test]
async fn refusals_say_what_the_column_takes() {
    let test = journey().await;
    for (definition, said) in [
        (
            with("/columns/0/aggregation", json!("SUM")),
            "takes the aggregation COUNT or COUNT_DISTINCT",
        ),
        (
            filtered(
                json!({ "boolean": { "key": "is_recreational", "operator": "BETWEEN", "values": [true, false] } }),
            ),
            "takes the operator EQUALS or",
        ),
        (
            filtered(json!({ "choice": { "key": "mode", "operator": "EQUALS", "values": ["by_post"] } })),
            "is compared with one of in_person, digital",
        ),
    ] {
        let asked = json!({ "definition": definition });
        let refusal = asks_in_vain(&test, test.hlf().coordinator, PREVIEW, asked).await;
        assert!(refusal.message.contains(said), "{}", refusal.message);
    }
}

#[tokio::test]
async fn value_count_fits_operator() {
    let faults = [
        ("EQUALS", json!([])),
        ("EQUALS", json!([1, 2])),
        ("BETWEEN", json!([1])),
        ("BETWEEN", json!([1, 2, 3])),
        ("IS_EMPTY", json!([1])),
        ("IN", json!([])),
    ]
    .map(|(operator, values)| {
        (
            "filters.where.field.values",
            filtered(integer("minutes", operator, values)),
        )
    });
    let test = refused(Rule::ValueCountFitsOperator, faults).await;
    passes(&test, filtered(integer("minutes", "BETWEEN", json!([1, 2])))).await;
}

#[tokio::test]
async fn value_fits_field() {
    let choice = json!({ "choice": { "key": "mode", "operator": "EQUALS", "values": ["by_post"] } });
    let text = json!({ "text": { "key": "minutes", "operator": "EQUALS", "values": ["60"] } });
    // To tell 2 participants from 3 would tell what no result shows.
    let persons = integer("participants", "EQUALS", json!([3]));
    let place = |letters| json!({ "text": { "key": "place", "operator": "EQUALS", "values": ["å".repeat(letters)] } });
    // A condition of another kind, though its values would do.
    let kind = json!({ "text": { "key": "hours", "operator": "EQUALS", "values": ["1.50"] } });
    let faults = [choice, text, persons, place(301), kind];
    let faults = faults.map(|condition| ("filters.where.field.values[0]", filtered(condition)));
    let test = refused(Rule::ValueFitsField, faults).await;
    passes(&test, filtered(integer("participants", "AT_LEAST", json!([5])))).await;
    passes(&test, filtered(place(300))).await;
    passes(&test, filtered(integer("hours", "AT_LEAST", json!([2])))).await;
    let nothing = filtered(json!({ "boolean": { "key": "hours", "operator": "IS_NOT_EMPTY" } }));
    let refusal = asks_in_vain(&test, test.hlf().coordinator, PREVIEW, json!({ "definition": nothing })).await;
    assert_eq!(
        broken(&refusal),
        invalid(Rule::ValueFitsField, "definition.filters.where.field")
    );
}

/// Whatever is no value of its type at all is refused by the same rule, as the second of a list as well.
#[tokio::test]
async fn a_value_of_another_type_is_told_with_its_path() {
    let test = journey().await;
    let compared = |kind: &str, key: &str, values: Value| {
        filtered(json!({ "all": [{ "not": { kind: { "key": key, "operator": "IN", "values": values } } }] }))
    };
    let digits = "1".repeat(40);
    for (kind, key, good, bad) in [
        ("date", "date", json!("2024-12-31"), json!("31.12.2024")),
        ("date", "date", json!("2024-12-31"), json!(20241231)),
        ("decimal", "hours", json!("1.50"), json!("1,5")),
        ("decimal", "hours", json!("1.50"), json!(1.5)),
        ("decimal", "hours", json!(2), json!(digits)),
        ("integer", "minutes", json!(60), json!(1.5)),
        ("integer", "minutes", json!(60), json!(9_223_372_036_854_775_808_u64)),
        ("integer", "minutes", json!(60), json!("60")),
        ("integer", "minutes", json!(60), Value::Null),
        ("boolean", "is_recreational", json!(true), json!("yes")),
        ("text", "place", json!("Bergen"), json!(5)),
        ("choice", "mode", json!("digital"), json!(true)),
    ] {
        let faulty = compared(kind, key, json!([good, bad]));
        let refusal = asks_in_vain(&test, test.hlf().coordinator, PREVIEW, json!({ "definition": faulty })).await;
        let path = "definition.filters.where.all[0].not.field.values[1]";
        assert_eq!(broken(&refusal), invalid(Rule::ValueFitsField, path), "{kind} {bad}");
        assert!(
            refusal.message.starts_with("Write "),
            "{kind} {bad}: {}",
            refusal.message
        );
        if kind != "boolean" {
            passes(&test, compared(kind, key, json!([good]))).await;
        }
    }
    let written_in = "{ previewCustomReport(dateRange: { type: LAST_YEAR }, definition: { reportType: ACTIVITIES,
        columns: [{ key: \"title\" }], filters: { where: { VALUES } } }) { rows { cells { text } } } }";
    for values in [
        r#"date: { key: "date", operator: EQUALS, values: ["31.12.2024"] }"#,
        r#"integer: { key: "minutes", operator: EQUALS, values: [1.5] }"#,
    ] {
        let query = written_in.replace("VALUES", values);
        let refusal = asks_in_vain(&test, test.hlf().coordinator, &query, json!({})).await;
        let path = "definition.filters.where.field.values[0]";
        assert_eq!(broken(&refusal), invalid(Rule::ValueFitsField, path), "{values}");
    }
}

/// A condition on persons that is refused has one beside it that asks the same.
#[tokio::test]
async fn a_condition_on_persons_is_told_what_asks_the_same() {
    let test = journey().await;
    for (operator, number, same) in [
        ("GREATER_THAN", 4, "AT_LEAST 5"),
        ("AT_LEAST", 1, "GREATER_THAN 0"),
        ("AT_MOST", 4, "LESS_THAN 5"),
        ("LESS_THAN", 1, "EQUALS 0"),
    ] {
        let definition = filtered(integer("participants", operator, json!([number])));
        let refusal = asks_in_vain(
            &test,
            test.hlf().coordinator,
            PREVIEW,
            json!({ "definition": definition }),
        )
        .await;
        assert!(
            refusal.message.ends_with(&format!("{same} asks the same.")),
            "{}",
            refusal.message
        );
        let (operator, number) = same.split_once(' ').unwrap();
        let number: i64 = number.parse().unwrap();
        passes(&test, filtered(integer("participants", operator, json!([number])))).await;
    }
}

#[tokio::test]
async fn filter_depth_limit() {
    let path = format!("filters.where{}", ".not".repeat(10));
    let test = refused(Rule::FilterDepthLimit, [(path.as_str(), filtered(nested(11)))]).await;
    passes(&test, filtered(nested(10))).await;
}

#[tokio::test]
async fn filter_size_limit() {
    let values = |number: usize| filtered(integer("minutes", "IN", json!((0..number).collect::<Vec<_>>())));
    let leaves = filtered(json!({ "any": vec![nested(1); 1000] }));
    let faults = [("filters.where.field", values(501)), ("filters.where.any", leaves)];
    let test = refused(Rule::FilterSizeLimit, faults).await;
    passes(&test, values(500)).await;
}

#[tokio::test]
async fn row_limit_positive() {
    let limited = |limit: Value| with("/filters", json!({ "limit": limit }));
    let faults = [json!(0), json!(-1), json!(1.5), json!("many"), json!(4_294_967_296_u64)];
    let test = refused(
        Rule::RowLimitPositive,
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
    let asked = json!({ "definition": by_kind() });
    let refusal = asks_in_vain(&test, test.hlf().coordinator, PREVIEW, asked).await;
    assert_eq!(broken(&refusal), conflict(Rule::ReportTooCostly));
}
