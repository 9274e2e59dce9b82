//! What the files of custom reports say of themselves.

use std::io::Cursor;

use calamine::{Reader, Xlsx, open_workbook_from_rs};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::custom_report_run::with_activities;
use crate::support::graphql::opaque;
use crate::support::ids;
use crate::support::journey::Journey;

/// The lines of a CSV, without what keeps each as wide as the others.
async fn lines(journey: &Journey, report: Uuid) -> Vec<String> {
    let run = journey.ran(report, json!({})).await;
    assert_eq!(run["status"], "SUCCEEDED", "{run}");
    let text = String::from_utf8(journey.file(&run).await).unwrap();
    text.lines().map(|line| line.trim_end_matches(';').to_owned()).collect()
}

/// Label and value of each line of the workbook's last sheet.
async fn last_sheet(journey: &Journey, run: &Value) -> Vec<(String, String)> {
    let mut workbook: Xlsx<_> = open_workbook_from_rs(Cursor::new(journey.file(run).await)).unwrap();
    let (_, sheet) = workbook.worksheets().pop().unwrap();
    sheet
        .rows()
        .map(|row| (row[0].to_string(), row[1].to_string()))
        .collect()
}

/// Another organization's people and units have no name here.
#[tokio::test]
async fn a_question_is_printed_in_words_and_names() {
    let journey = with_activities().await;
    let (hlf, nhf) = (journey.hlf(), &journey.database.fixture.nhf);
    let unit = |unit| opaque(ids::ORGANIZATIONAL_UNIT, unit);
    let person = |person| opaque(ids::PERSON, person);
    let filters = json!({ "version": 1, "where": { "all": [
        { "field": { "key": "area", "operator": "in", "values": [unit(hlf.region), unit(nhf.region)] } },
        { "field": { "key": "leader_id", "operator": "equals", "values": [person(hlf.peers[0])] } },
        { "field": { "key": "leader_id", "operator": "not_in", "values": [person(nhf.peers[0])] } },
        { "field": { "key": "hours", "operator": "at_least", "values": ["0.75"] } },
        { "field": { "key": "mode", "operator": "equals", "values": ["in_person"] } },
    ] } });
    let columns = json!([
        { "key": "hours", "aggregation": "sum", "label": "Varighet", "order": "descending" },
        { "key": "activity", "aggregation": "count_distinct" },
    ]);
    let report = journey
        .custom_report(json!({ "filters": filters, "columns": columns }))
        .await;
    let lines = lines(&journey, report).await;
    for line in [
        format!("# Filter: Område er en av «Vest», {}", unit(nhf.region)),
        "# Filter: Likepersonens id = «peer0 hlf»".to_owned(),
        format!("# Filter: Likepersonens id er ingen av {}", person(nhf.peers[0])),
        "# Filter: Timer ≥ 0,75".to_owned(),
        "# Filter: Møteform = Fysisk".to_owned(),
        "# Gruppert etter: Enhet".to_owned(),
        "# Kolonner: Timer (sum) som «Varighet» ↓, Aktivitet (antall ulike)".to_owned(),
    ] {
        assert!(lines.contains(&line), "no \"{line}\" in {lines:#?}");
    }
}

#[tokio::test]
async fn a_filter_of_five_hundred_units_runs_in_every_format() {
    let journey = with_activities().await;
    let units: Vec<_> = (0..500)
        .map(|_| opaque(ids::ORGANIZATIONAL_UNIT, journey.database.new_id()))
        .collect();
    let filters = json!({ "version": 1, "where": { "field": { "key": "area", "operator": "in", "values": units } } });
    let report = journey.custom_report(json!({ "filters": filters })).await;
    for format in ["XLSX", "CSV", "PDF", "JSON"] {
        let run = journey.ran(report, json!({ "format": format })).await;
        assert_eq!(run["status"], "SUCCEEDED", "{format}: {}", run["errorMessage"]);
        if format == "XLSX" {
            let lines = last_sheet(&journey, &run).await.into_iter();
            let filter = lines.filter(|(label, _)| label.starts_with("Filter"));
            let filter: String = filter.map(|(_, value)| value).collect();
            assert_eq!(filter, format!("Område er en av {}", units.join(", ")));
        }
    }
}

/// Two columns of one header, and a unit where two people were.
#[tokio::test]
async fn what_is_hidden_is_explained_and_totals_are_told_apart() {
    let journey = with_activities().await;
    let hlf = journey.hlf();
    let few = journey.database.activity(hlf).unit(hlf.region);
    few.day("2024-04-02", 60, &hlf.contacts[..2], 0).insert().await;
    let columns = json!([
        { "key": "participants", "aggregation": "sum", "label": "Tall" },
        { "key": "participants", "aggregation": "maximum", "label": "Tall" },
    ]);
    let report = journey.custom_report(json!({ "columns": columns })).await;
    let lines = lines(&journey, report).await;
    for line in [
        "Vest;<5;<5",
        "# Kontrollsum Tall (kolonne 2): 12",
        "# Kontrollsum Tall (kolonne 3): 12",
        "# Antall celler med <5: 2",
    ] {
        assert!(lines.iter().any(|found| found == line), "no \"{line}\" in {lines:#?}");
    }
    assert!(lines.iter().any(|line| line.starts_with("# <5 betyr: ")), "{lines:#?}");

    let run = journey.ran(report, json!({ "format": "JSON" })).await;
    let total = |column| json!({ "column": column, "label": "Tall", "sum": "12", "hiddenCells": 1 });
    assert_eq!(run["controlTotals"], json!([total(2), total(3)]));
    let file: Value = serde_json::from_slice(&journey.file(&run).await).unwrap();
    assert_eq!(file["control_totals"], json!([null, 12, 12]));
    assert_eq!(
        (&file["hidden_cells"]["count"], &file["hidden_cells"]["by_column"]),
        (&json!(2), &json!([0, 1, 1]))
    );
}

/// Custom reports can be had as JSON; exports cannot, and are not told of it.
#[tokio::test]
async fn a_limit_names_the_formats_that_hold_more() {
    let journey = with_activities().await;
    let columns = vec![json!({ "key": "hours", "aggregation": "sum" }); 30];
    let report = journey.custom_report(json!({ "columns": columns })).await;
    let run = journey.ran(report, json!({ "format": "PDF" })).await;
    assert_eq!(run["errorCode"], "LIMIT_EXCEEDED", "{run}");
    let message = run["errorMessage"].as_str().unwrap();
    assert!(message.ends_with(". XLSX, CSV and JSON hold more."), "{message}");
}
