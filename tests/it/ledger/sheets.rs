//! What a file of the ledger breaks its days down into.

use std::io::Cursor;

use calamine::{Reader, Xlsx, open_workbook_from_rs};
use rstest::rstest;
use serde_json::{Value, json};

use super::{completed, created, input, link, shown};
use crate::support::graphql::data;
use crate::support::ids;
use crate::support::journey::{Journey, journey};

/// The workbook of an export, as a spreadsheet reads it: each sheet's name and the texts of its cells.
async fn workbook(journey: &Journey, export: &str) -> Vec<(String, Vec<Vec<String>>)> {
    let given = data(link(journey, journey.hlf().admin, export).await);
    let (_, bytes) = journey
        .fetched(given["createDownloadLink"]["url"].as_str().unwrap())
        .await;
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes)).unwrap();
    let sheets = book.worksheets().into_iter();
    let sheets = sheets.map(|(name, cells)| {
        let rows = cells.rows().map(|row| row.iter().map(ToString::to_string).collect());
        (name, rows.collect())
    });
    sheets.collect()
}

/// The rows below the headings, from the first cell `key` on: its key and some of its columns.
fn rows_of(sheets: &[(String, Vec<Vec<String>>)], name: &str, heading: &str) -> Vec<Vec<String>> {
    let (_, rows) = sheets.iter().find(|(sheet, _)| sheet == name).unwrap();
    let head = rows.iter().position(|row| row[0] == heading).unwrap();
    rows[head + 1..].to_vec()
}

#[rstest]
#[case::whole(json!({}), [("2024-03", "1"), ("2024-04", "1"), ("2024-05", "0")].as_slice())]
#[case::unit(json!({ "scopeLevel": "LOCAL" }), &[])]
#[tokio::test]
async fn a_workbook_breaks_its_days_down_by_month_unit_and_kind(#[case] scope: Value, #[case] months: &[(&str, &str)]) {
    let (journey, _) = completed().await;
    let mut input = json!({ "reportPeriodId": journey.period(), "format": "XLSX" });
    if scope["scopeLevel"] == "LOCAL" {
        // Nothing took place there.
        let unit = ids::ORGANIZATIONAL_UNIT.encode(journey.hlf().locals[1]).0;
        input["scopeUnitId"] = json!(unit);
        input["scopeLevel"] = json!("LOCAL");
    }
    let export = created(&journey, input).await;
    journey.settle().await;
    let shown = shown(&journey, &export).await;
    assert_eq!(shown["status"], "COMPLETED", "{shown}");
    let sheets = workbook(&journey, &export).await;
    let names: Vec<_> = sheets.iter().map(|(name, _)| name.as_str()).collect();
    let expected = [
        "Tall",
        "Måneder",
        "Enheter",
        "Aktivitetstyper",
        "Teller ikke",
        "Om filen",
    ];
    assert_eq!(names, expected);
    // Activities, days, counted days.
    let found = rows_of(&sheets, "Måneder", "Måned");
    let found: Vec<_> = found.iter().map(|row| (row[0].as_str(), row[3].as_str())).collect();
    assert_eq!(found, months);
    for (sheet, heading) in [("Måneder", "Måned"), ("Enheter", "Enhet"), ("Aktivitetstyper", "Type")] {
        let rows = rows_of(&sheets, sheet, heading);
        let sum = |column: usize| rows.iter().map(|row| row[column].parse::<i64>().unwrap()).sum::<i64>();
        let totals = &shown["metadata"]["control_totals"];
        assert_eq!(
            (sum(2), sum(3)),
            (
                totals["activity_days"].as_i64().unwrap(),
                totals["counted_days"].as_i64().unwrap()
            )
        );
    }
}

/// The same days, counted for the ledger and frozen for the report, are broken down alike.
#[tokio::test]
async fn the_ledger_and_the_report_break_the_same_days_down_alike() {
    let journey = journey().await;
    journey.activities_of_each_sort().await;
    in_another_bergen(&journey).await;
    let export = created(&journey, input(&journey)).await;
    journey.settle().await;
    let given = data(link(&journey, journey.hlf().admin, &export).await);
    let (_, of_ledger) = journey
        .fetched(given["createDownloadLink"]["url"].as_str().unwrap())
        .await;
    let report = journey.generated(&journey.period()).await;
    let accepted = ["MISSING_REQUIRED_BUFDIR_FIELDS_WARNING", "PENDING_ACTIVITIES_IN_PERIOD"];
    let operation = journey
        .exports(json!({ "reportId": report, "format": "CSV", "acceptedWarnings": accepted }))
        .await;
    let parts = |bytes: Vec<u8>| {
        let text = String::from_utf8(bytes).unwrap();
        let parts = [
            "Måneder;",
            "Enheter;",
            "Aktivitetstyper;",
            "Teller ikke;",
            "Om filen;Aktiviteter",
            "Om filen;Avviste",
            "Om filen;Deltakere",
            "Om filen;Kontrollsum",
            "Om filen;Likepersoner",
            "Om filen;Timer",
        ];
        let lines = text
            .lines()
            .filter(|line| parts.iter().any(|part| line.starts_with(part)));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let of_ledger = parts(of_ledger);
    assert!(of_ledger.len() > 30, "{of_ledger:#?}");
    let of_the_record = of_ledger.iter().filter(|line| line.starts_with("Om filen;"));
    assert_eq!(of_the_record.count(), 9, "{of_ledger:#?}");
    assert_eq!(of_ledger, parts(journey.file(&operation).await));
    // Units of one name are told apart, and hours have two decimals, whole ones too.
    for line in ["Enheter;Bergen (Vest);Timer;5,33;", "Enheter;Bergen (Øst);Timer;2,00;"] {
        assert!(of_ledger.iter().any(|found| found == line), "{line}: {of_ledger:#?}");
    }
    assert!(
        of_ledger
            .iter()
            .any(|line| line.starts_with("Enheter;Bergen (Øst);Aktiviteter;1;"))
    );
}

/// A second region with a local unit whose name is taken, and two hours there.
async fn in_another_bergen(journey: &Journey) {
    let hlf = journey.hlf();
    let (region, local) = (journey.database.new_id(), journey.database.new_id());
    for (unit, parent, level, name) in [
        (region, hlf.national, "region", "Øst"),
        (local, region, "local", "Bergen"),
    ] {
        let sql = format!(
            "insert into organizational_units (organization_id, id, parent_id, level, name)
             values ('{}', '{unit}', '{parent}', '{level}', '{name}')",
            hlf.id
        );
        journey.database.arrange(sql).await;
    }
    let activity = journey.database.activity(hlf).unit(local);
    activity.day("2024-06-04", 120, &hlf.contacts[..3], 0).insert().await;
}

/// Twice ninety minutes.
#[rstest]
#[case::norwegian("NB", "Timer i alt", ";3,00;")]
#[case::english("EN", "Hours in all", ",3.00,")]
#[tokio::test]
async fn hours_in_all_have_two_decimals(#[case] language: &str, #[case] label: &str, #[case] value: &str) {
    let journey = journey().await;
    let report = journey.ready().await;
    let operation = journey
        .exports(json!({ "reportId": report, "format": "CSV", "language": language }))
        .await;
    let text = String::from_utf8(journey.file(&operation).await).unwrap();
    let line = text.lines().find(|line| line.contains(label)).unwrap();
    assert!(line.contains(value), "{line}");
}
