//! The shipped versions, and what holds between a version's fields.

use rstest::rstest;
use serde_json::{Value as Json, json};

use super::*;

const SHIPPED: [&str; 2] = [
    include_str!("../../../migration/formats/2023-v1.json"),
    include_str!("../../../migration/formats/2024-v2.json"),
];
const SCHEMA: &str = include_str!("../../../migration/formats/format-version.schema.json");

fn shipped() -> Json {
    serde_json::from_str(SHIPPED[1]).unwrap()
}

fn read(document: Json) -> Result<FormatVersion, UnreadableFormat> {
    FormatVersion::read(document, Vec::new())
}

#[test]
fn shipped_versions_follow_the_schema_and_are_read() {
    let schema = jsonschema::validator_for(&serde_json::from_str(SCHEMA).unwrap()).unwrap();
    for text in SHIPPED {
        let document = serde_json::from_str(text).unwrap();
        schema.validate(&document).unwrap();
        let format = read(document).unwrap();
        assert!(format.counted_fields().count() > 10, "{}", format.version);
    }
}

/// Each name that the schema takes is known here, and the reverse.
#[test]
fn the_schema_has_the_measures() {
    let schema: Json = serde_json::from_str(SCHEMA).unwrap();
    let sources = schema.pointer("/$defs/field/anyOf").unwrap().as_array().unwrap();
    let measures = sources
        .iter()
        .find_map(|source| source.pointer("/properties/source/properties/counted/enum"));
    for name in measures.unwrap().as_array().unwrap() {
        let measure: Measure = serde_json::from_value(name.clone()).unwrap();
        assert_ne!(measure, Measure::Hours);
    }
}

#[rstest]
#[case::unknown_measure(json!({ "counted": "nights" }))]
#[case::unknown_source(json!({ "weighed": 1 }))]
#[case::sum_of_nothing(json!({ "computed": [] }))]
#[case::sum_of_itself(json!({ "computed": ["AK04"] }))]
#[case::sum_of_a_later_field(json!({ "computed": ["AK05"] }))]
#[case::sum_of_what_is_typed_in(json!({ "computed": ["OR01"] }))]
fn a_version_that_asks_for_more_is_not_read(#[case] source: Json) {
    let mut document = shipped();
    document["fields"][12]["source"] = source;
    assert!(read(document).is_err());
}

#[test]
fn a_field_id_is_of_letters_and_digits() {
    let mut document = shipped();
    document["fields"][9]["id"] = json!("AK01', (select 1)");
    assert!(matches!(read(document), Err(UnreadableFormat::FieldId(_))));
}

#[test]
fn a_sum_has_the_measures_of_its_parts() {
    let format = read(shipped()).unwrap();
    let measures = |id| format.measures(format.field(id).unwrap());
    let days = [
        Measure::OutreachDays,
        Measure::ConversationDays,
        Measure::ActivityGroupDays,
        Measure::CourseDays,
    ];
    assert_eq!(measures("AK06"), days);
    assert_eq!(measures("OR01"), []);
    assert!(format.counts_persons(format.field("PE02").unwrap()));
    assert!(!format.counts_persons(format.field("AK06").unwrap()));
}

#[rstest]
#[case::all_agree(json!({}), 10, true)]
#[case::sum_is_wrong(json!({ "AK04": 6 }), 10, false)]
#[case::sum_is_missing(json!({ "AK04": null }), 10, false)]
#[case::days_are_not_the_total(json!({}), 11, false)]
fn figures_add_up(#[case] changed: Json, #[case] counted_days: i64, #[case] expected: bool) {
    let format = read(shipped()).unwrap();
    let mut figures = json!({ "AK01": 1, "AK02": 2, "AK03": 3, "AK04": 5, "AK05": 4, "AK06": 10 });
    let figures = figures.as_object_mut().unwrap();
    figures.extend(changed.as_object().unwrap().clone());
    assert_eq!(format.adds_up(figures, counted_days), expected);
}

/// Where courses alone count, their days are the total, and no other kind's are missed in a sum.
#[test]
fn the_control_total_follows_from_the_counted_kinds() {
    let mut document = shipped();
    let kinds = document["rules"]["kinds"].as_object_mut().unwrap();
    kinds.retain(|kind, _| kind == "course");
    document["fields"]
        .as_array_mut()
        .unwrap()
        .retain(|field| field["id"] == "AK05");
    let format = read(document).unwrap();
    let figures = json!({ "AK05": 3 });
    assert!(format.adds_up(figures.as_object().unwrap(), 3));
    assert!(!format.adds_up(figures.as_object().unwrap(), 4));
}
