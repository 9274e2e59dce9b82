//! What is handed out of definitions fits the published JSON Schema.

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::support::custom_report::with;
use crate::support::custom_report_run::with_activities;
use crate::support::graphql::data;

fn published() -> Validator {
    let schema = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/custom-report.schema.json"));
    jsonschema::validator_for(&serde_json::from_str(&schema.unwrap()).unwrap()).unwrap()
}

fn fits(definition: &Value) {
    if let Err(fault) = published().validate(definition) {
        panic!("{fault}: {definition:#}");
    }
}

#[tokio::test]
async fn a_definition_fits_the_schema_wherever_it_is_read() {
    let test = with_activities().await;
    let create = "mutation ($input: CreateCustomReportInput!) {
        createCustomReport(input: $input) { customReport { id storedDefinition } } }";
    let input = with(json!({ "dateRange": { "type": "FIXED", "from": "2024-01-01", "to": "2024-12-31" } }));
    let answer = test
        .api
        .run(test.hlf().admin, "hlf", create, json!({ "input": input }))
        .await;
    let report = data(answer)["createCustomReport"]["customReport"].clone();
    fits(&report["storedDefinition"]);

    let run = "mutation ($id: ID!) {
        runCustomReport(input: { id: $id, format: JSON }) { customReportRun { id definition } } }";
    let asked = test.asks(run, json!({ "id": report["id"] })).await;
    let run = &asked["runCustomReport"]["customReportRun"];
    fits(&run["definition"]);
    assert_eq!(
        run["definition"]["report_type"],
        report["storedDefinition"]["report_type"]
    );

    test.settle().await;
    let ended = test.shown_run(run["id"].as_str().unwrap()).await;
    let file: Value = serde_json::from_slice(&test.file(&ended).await).unwrap();
    fits(&file["definition"]);
}
