//! Format versions: only migrations write them, so the owner tries.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::rules;
use crate::support::{Sandbox, rows};

const SCHEMA: &str = include_str!("../../../migration/formats/format-version.schema.json");

#[tokio::test]
async fn schema_version_non_empty() {
    let sandbox = Sandbox::owner().await;
    sandbox.allows(&rows::format_version().insert()).await;
    sandbox
        .refuses(
            rules::SCHEMA_VERSION_NON_EMPTY,
            &rows::format_version().with("version", " ").insert(),
        )
        .await;
}

#[tokio::test]
async fn format_fields_are_an_array() {
    let sandbox = Sandbox::owner().await;
    sandbox.allows(&rows::format_version().insert()).await;
    sandbox
        .refuses(
            rules::FORMAT_FIELDS_ARE_AN_ARRAY,
            &rows::format_version().with("fields", "{}").insert(),
        )
        .await;
}

#[tokio::test]
async fn format_rules_are_an_object() {
    let sandbox = Sandbox::owner().await;
    sandbox.allows(&rows::format_version().insert()).await;
    sandbox
        .refuses(
            rules::FORMAT_RULES_ARE_AN_OBJECT,
            &rows::format_version().with("rules", "[]").insert(),
        )
        .await;
}

#[tokio::test]
async fn one_format_version_per_basis_year() {
    let sandbox = Sandbox::owner().await;
    sandbox.allows(&rows::format_version().insert()).await;
    let overlapping = rows::format_version().with("basis_years", "[1990,2024)");
    sandbox
        .refuses(rules::ONE_FORMAT_VERSION_PER_BASIS_YEAR, &overlapping.insert())
        .await;
}

#[tokio::test]
async fn format_version_immutable() {
    let sandbox = Sandbox::owner().await;
    sandbox.does(&rows::format_version().insert()).await;
    let update = |change| format!("update format_versions set {change} where version = '1990-v1'");
    sandbox.allows(&update("basis_years = '[1990,1994)'")).await;
    for change in [
        "fields = '[1]'",
        "rules = '{\"a\": 1}'",
        "version = '1990-v2'",
        "basis_years = '[1991,1995)'",
    ] {
        sandbox.refuses(rules::FORMAT_VERSION_IMMUTABLE, &update(change)).await;
    }
    sandbox
        .refuses(
            rules::FORMAT_VERSION_IMMUTABLE,
            "delete from format_versions where version = '1990-v1'",
        )
        .await;
}

/// The shipped version with another value at a place, a JSON pointer; null takes it away.
fn shipped_with(place: &str, value: Value) -> Value {
    let mut document: Value = serde_json::from_str(rows::SHIPPED_FORMAT).unwrap();
    let (parent, name) = place.rsplit_once('/').unwrap();
    match document.pointer_mut(parent).unwrap() {
        Value::Array(items) if value.is_null() => drop(items.remove(name.parse().unwrap())),
        Value::Array(items) => items[name.parse::<usize>().unwrap()] = value,
        Value::Object(parts) if value.is_null() => drop(parts.remove(name)),
        Value::Object(parts) => drop(parts.insert(name.to_owned(), value)),
        scalar => panic!("{scalar} has no parts"),
    }
    document
}

/// What the JSON Schema forbids, and what it cannot say: the last ones, where a field refers to another.
#[rstest]
#[case::missing_part("/rules/country", json!(null), false)]
#[case::missing_parameter("/rules/kinds/group/min_minutes", json!(null), false)]
#[case::unknown_parameter("/rules/min_person_cell", json!(5), false)]
#[case::unknown_part_of_a_field("/fields/0/unit", json!("days"), false)]
#[case::wrong_type("/rules/active_peer/trained", json!("yes"), false)]
#[case::negative("/rules/kinds/course/min_minutes", json!(-1), false)]
#[case::too_large("/rules/warnings/year_on_year_percent", json!(3_000_000_000_u32), false)]
#[case::no_country("/rules/country", json!("Norway"), false)]
#[case::unknown_mode("/rules/kinds/course/modes/0", json!("letter"), false)]
#[case::no_fields("/fields", json!([]), false)]
#[case::field_id_with_quotes("/fields/0/id", json!("ID01', 1"), false)]
#[case::label_in_one_language("/fields/0/label", json!({ "nb": "Nummer" }), false)]
#[case::counted_by_nothing("/fields/9/source", json!("counted"), false)]
#[case::unknown_measure("/fields/9/source", json!({ "counted": "nights" }), false)]
#[case::two_sources("/fields/9/source", json!({ "counted": "outreach_days", "computed": ["AK05"] }), false)]
#[case::sum_of_nothing("/fields/12/source/computed", json!([]), false)]
#[case::hours_are_decimals("/fields/23/type", json!("integer"), false)]
#[case::days_are_integers("/fields/9/type", json!("decimal"), false)]
#[case::kind_that_no_field_can_hold("/rules/kinds/other", json!({}), false)]
#[case::kind_that_no_field_holds("/fields/9", json!(null), false)]
#[case::mode_apart_that_no_field_holds("/fields/15", json!(null), false)]
#[case::mode_apart_that_no_field_can_hold("/rules/kinds/outreach/modes_counted_apart", json!(["phone"]), false)]
#[case::field_twice("/fields/1/id", json!("ID01"), true)]
#[case::sum_of_an_unknown_field("/fields/12/source/computed/0", json!("AK99"), true)]
#[case::sum_of_a_later_field("/fields/12/source/computed/0", json!("AK08"), true)]
#[case::sum_of_itself("/fields/12/source/computed/0", json!("AK04"), true)]
#[case::sum_of_what_is_typed_in("/fields/12/source/computed/0", json!("OR01"), true)]
#[case::comparison_of_no_field("/rules/warnings/year_on_year_fields/0", json!("AK99"), true)]
#[tokio::test]
async fn format_version_valid(#[case] place: &str, #[case] value: Value, #[case] passes_the_schema: bool) {
    let schema = serde_json::from_str(SCHEMA).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    assert!(schema.is_valid(&serde_json::from_str(rows::SHIPPED_FORMAT).unwrap()));
    let document = shipped_with(place, value);
    assert_eq!(
        schema.is_valid(&document),
        passes_the_schema,
        "{:?}",
        schema.validate(&document)
    );

    let sandbox = Sandbox::owner().await;
    let insert = rows::format_version()
        .with("fields", &document["fields"])
        .with("rules", &document["rules"]);
    sandbox.refuses(rules::FORMAT_VERSION_VALID, &insert.insert()).await;
}
