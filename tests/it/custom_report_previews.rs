//! What custom reports can be about, and what a preview of one shows.

use serde_json::{Value, json};

use crate::support::graphql::opaque;
use crate::support::ids;
use crate::support::journey::{Journey, journey};

const PREVIEW: &str = "query ($definition: CustomReportDefinitionInput!, $first: Int) {
    previewCustomReport(definition: $definition, dateRange: { type: LAST_YEAR }, first: $first) {
        columns { key header kind isGrouping countsPersons }
        rows { cells { text integer decimal date suppressed } }
        hasMore
    } }";

/// Cells are typed as their columns are; few participants are not shown.
#[tokio::test]
async fn a_preview_shows_typed_cells() {
    let test = journey().await;
    test.counted_activity("2025-03-05").await;
    let hlf = test.hlf();
    let call = test.database.activity(hlf).kind("outreach").mode("phone");
    call.day("2025-04-02", 20, &hlf.contacts[..6], 0).insert().await;
    let definition = json!({
        "reportType": "ACTIVITIES",
        "groupings": [{ "by": "KIND" }],
        "columns": [
            { "key": "hours", "aggregation": "SUM", "label": "Hours", "order": "DESCENDING" },
            { "key": "participants", "aggregation": "SUM" },
            { "key": "date", "aggregation": "MAXIMUM" },
        ],
    });
    let preview = test.asks(PREVIEW, json!({ "definition": definition })).await["previewCustomReport"].clone();
    let kinds: Vec<_> = preview["columns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|column| &column["kind"])
        .collect();
    assert_eq!(kinds, ["TEXT", "DECIMAL", "INTEGER", "DATE"]);
    assert_eq!(preview["columns"][1]["header"], "Hours");
    let cell = |row: usize, place: usize| preview["rows"][row]["cells"][place].clone();
    let shown = |field: &str, value: &str| {
        let mut cell = json!({ "text": null, "integer": null, "decimal": null, "date": null, "suppressed": false });
        cell[field] = json!(value);
        cell
    };
    assert_eq!(cell(0, 0), shown("text", "Gruppe"));
    assert_eq!(cell(0, 1), shown("decimal", "1.50"));
    assert_eq!(
        (&cell(0, 2)["integer"], &cell(0, 2)["suppressed"]),
        (&Value::Null, &json!(true))
    );
    assert_eq!(cell(0, 3), shown("date", "2025-03-05"));
    assert_eq!(cell(1, 0), shown("text", "Oppsøkende arbeid"));
    assert_eq!(cell(1, 2)["integer"], 6);
    assert_eq!(preview["hasMore"], false);
    let first = test
        .asks(PREVIEW, json!({ "definition": definition, "first": 1 }))
        .await;
    assert_eq!(first["previewCustomReport"]["hasMore"], true);
    assert_eq!(first["previewCustomReport"]["rows"].as_array().unwrap().len(), 1);
}

/// A condition on a filter, by an operator, with values such as the source says.
fn condition(filter: &Value, operator: &str, test: &Journey) -> Value {
    let kind = filter["kind"].as_str().unwrap();
    let value = match kind {
        "TEXT" => json!("x"),
        "INTEGER" => json!(7),
        "DECIMAL" => json!("1.50"),
        "DATE" => json!("2025-05-17"),
        "BOOLEAN" => json!(true),
        "CHOICE" => filter["choices"][0]["value"].clone(),
        "ID" if filter["idType"] == "Person" => json!(opaque(ids::PERSON, test.hlf().peers[0])),
        "ID" => json!(opaque(ids::ORGANIZATIONAL_UNIT, test.hlf().region)),
        other => panic!("{other}"),
    };
    let count = match operator {
        "IS_EMPTY" | "IS_NOT_EMPTY" => 0,
        "BETWEEN" => 2,
        _ => 1,
    };
    json!({ kind.to_lowercase(): { "key": filter["key"], "operator": operator, "values": vec![value; count] } })
}

/// Whatever the sources list is understood: each column by each aggregation, each filter by each operator, each grouping.
#[tokio::test]
async fn what_the_sources_list_can_be_asked() {
    let test = journey().await;
    let query = "{ customReportSources {
        reportType aggregatesOnly label { nb en }
        columns { key kind aggregations }
        filters { key kind operators idType includesUnitsBelow choices { value label { nb en } } }
        groupings { by levels periods } } }";
    let sources = test.asks(query, json!({})).await["customReportSources"].clone();
    let types: Vec<_> = sources
        .as_array()
        .unwrap()
        .iter()
        .map(|source| &source["reportType"])
        .collect();
    assert_eq!(types, ["ACTIVITIES", "PEER_MENTORS", "PARTICIPANTS", "UNITS"]);
    for source in sources.as_array().unwrap() {
        let list = |name: &str| source[name].as_array().unwrap().clone();
        let mut columns = Vec::new();
        for column in list("columns") {
            for aggregation in column["aggregations"].as_array().unwrap() {
                columns.push(json!({ "key": column["key"], "aggregation": aggregation }));
            }
        }
        let mut conditions = Vec::new();
        for filter in list("filters") {
            for operator in filter["operators"].as_array().unwrap() {
                conditions.push(condition(&filter, operator.as_str().unwrap(), &test));
            }
        }
        let groupings = list("groupings")
            .into_iter()
            .flat_map(|grouping| match grouping["by"].as_str().unwrap() {
                "AREA" => vec![
                    json!({ "area": {} }),
                    json!({ "area": { "level": grouping["levels"][1] } }),
                ],
                "DATE" => vec![json!({ "date": { "period": grouping["periods"][1] } })],
                plain => vec![json!({ "by": plain })],
            });
        let groupings: Vec<_> = groupings.collect();
        // A result has 50 columns at most.
        for columns in columns.chunks(50) {
            let definition = json!({
                "reportType": source["reportType"], "columns": columns, "groupings": groupings,
                "filters": { "where": { "any": conditions } },
            });
            test.asks(PREVIEW, json!({ "definition": definition })).await;
        }
    }
}
