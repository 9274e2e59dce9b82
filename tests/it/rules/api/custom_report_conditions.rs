//! What a custom report's filter may ask.

use serde_json::{Value, json};

use super::custom_report_definitions::{filtered, integer, passes, previews_in_vain, refused, with};
use super::{asks_in_vain, broken, invalid};
use crate::support::journey::journey;
use crate::support::rules;

fn nested(depth: usize) -> Value {
    (1..depth).fold(
        integer("minutes", "IS_EMPTY", json!([])),
        |condition, _| json!({ "not": condition }),
    )
}

#[tokio::test]
async fn operator_fits_field() {
    let contains = json!({ "text": { "key": "hours", "operator": "CONTAINS", "values": ["1"] } });
    let below = json!({ "text": { "key": "title", "operator": "LESS_THAN", "values": ["a"] } });
    let faults = [contains, below].map(|condition| ("filters.where.field.operator", filtered(condition)));
    refused(rules::OPERATOR_FITS_FIELD, faults).await;
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
        let refusal = previews_in_vain(&test, &definition).await;
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
    let test = refused(rules::VALUE_COUNT_FITS_OPERATOR, faults).await;
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
    let test = refused(rules::VALUE_FITS_FIELD, faults).await;
    passes(&test, filtered(integer("participants", "AT_LEAST", json!([5])))).await;
    passes(&test, filtered(place(300))).await;
    passes(&test, filtered(integer("hours", "AT_LEAST", json!([2])))).await;
    let nothing = filtered(json!({ "boolean": { "key": "hours", "operator": "IS_NOT_EMPTY" } }));
    let refusal = previews_in_vain(&test, &nothing).await;
    assert_eq!(
        broken(&refusal),
        invalid(rules::VALUE_FITS_FIELD, "definition.filters.where.field")
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
        let refusal = previews_in_vain(&test, &faulty).await;
        let path = "definition.filters.where.all[0].not.field.values[1]";
        assert_eq!(broken(&refusal), invalid(rules::VALUE_FITS_FIELD, path), "{kind} {bad}");
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
        assert_eq!(broken(&refusal), invalid(rules::VALUE_FITS_FIELD, path), "{values}");
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
        let refusal = previews_in_vain(&test, &definition).await;
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
    let test = refused(rules::FILTER_DEPTH_LIMIT, [(path.as_str(), filtered(nested(11)))]).await;
    passes(&test, filtered(nested(10))).await;
}

#[tokio::test]
async fn filter_size_limit() {
    let values = |number: usize| filtered(integer("minutes", "IN", json!((0..number).collect::<Vec<_>>())));
    let leaves = filtered(json!({ "any": vec![nested(1); 1000] }));
    let faults = [("filters.where.field", values(501)), ("filters.where.any", leaves)];
    let test = refused(rules::FILTER_SIZE_LIMIT, faults).await;
    passes(&test, values(500)).await;
}
