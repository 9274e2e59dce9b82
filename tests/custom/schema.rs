//! The published JSON Schema against what the checker takes.

use bufdir_reports::custom_report::Definition;
use bufdir_reports::custom_report::valid::{check, from_json};
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::generated::Dice;

fn published() -> Validator {
    let schema = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/custom-report.schema.json"));
    jsonschema::validator_for(&serde_json::from_str(&schema.unwrap()).unwrap()).unwrap()
}

/// As the database has it.
fn stored(definition: &Definition) -> Value {
    json!({
        "report_type": definition.report_type,
        "filters": definition.filters,
        "groupings": definition.groupings,
        "columns": definition.columns,
    })
}

#[test]
fn what_passes_the_checker_fits_the_schema_and_is_read_again() {
    let schema = published();
    for seed in 0..2000 {
        let definition = Dice::new(seed).definition();
        check(&definition).unwrap();
        let stored = stored(&definition);
        if let Err(fault) = schema.validate(&stored) {
            panic!("{fault}: {stored:#}");
        }
        let read = from_json(
            definition.report_type,
            &stored["filters"],
            &stored["groupings"],
            &stored["columns"],
        );
        assert_eq!(read.unwrap(), definition);
    }
}

#[test]
fn what_the_checker_refuses_does_not_fit_the_schema() {
    let schema = published();
    let good = json!({
        "report_type": "activities",
        "filters": { "version": 1, "limit": 5, "where": { "all": [
            { "field": { "key": "participants", "operator": "at_least", "values": [5] } },
            { "not": { "field": { "key": "date", "operator": "between", "values": ["2024-01-01", "2024-12-31"] } } },
        ] } },
        "groupings": [{ "by": "date", "period": "month" }],
        "columns": [{ "key": "hours", "aggregation": "sum" }],
    });
    assert!(schema.is_valid(&good));
    for (pointer, value) in [
        ("/report_type", json!("reports")),
        ("/report_type", json!("units")),
        ("/filters/version", json!(2)),
        ("/filters/limit", json!(0)),
        ("/filters/where", json!({ "all": [], "any": [] })),
        ("/filters/where/all/0/field/key", json!("verdict")),
        ("/filters/where/all/0/field/operator", json!("contains")),
        ("/filters/where/all/0/field/values", json!([])),
        ("/filters/where/all/0/field/values/0", json!(3)),
        ("/filters/where/all/0/field/values/0", json!("5")),
        ("/filters/where/all/1/not/field/values/1", json!("31.12.2024")),
        ("/filters/where/all/1/not/field/values", json!(["2024-01-01"])),
        ("/groupings/0/period", json!("decade")),
        ("/groupings/0/by", json!("verdict")),
        ("/columns", json!([])),
        ("/columns/0/key", json!("area")),
        ("/columns/0/aggregation", json!("median")),
        (
            "/columns/0",
            json!({ "key": "hours", "aggregation": "sum", "label": " \u{a0}" }),
        ),
        (
            "/columns/0",
            json!({ "key": "hours", "aggregation": "sum", "label": format!(" {} ", "x".repeat(100)) }),
        ),
        (
            "/filters/where",
            json!({ "field": { "key": "hours", "operator": "equals", "values": ["1".repeat(40)] } }),
        ),
        (
            "/filters/where",
            json!({ "field": { "key": "minutes", "operator": "equals", "values": [9_223_372_036_854_775_808_u64] } }),
        ),
        (
            "/filters/where",
            json!({ "field": { "key": "place", "operator": "equals", "values": ["a\0b"] } }),
        ),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        assert!(!schema.is_valid(&bad), "{pointer}: {bad}");
        let report_type = serde_json::from_value(bad["report_type"].clone());
        let taken = report_type.is_ok_and(|report_type| {
            from_json(report_type, &bad["filters"], &bad["groupings"], &bad["columns"])
                .is_ok_and(|read| check(&read).is_ok())
        });
        assert!(!taken, "{pointer}: {bad}");
    }
}
