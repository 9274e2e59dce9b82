mod well_formed;

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};
use chrono::NaiveDate;
use proptest::prelude::*;
use rstest::rstest;

use self::well_formed::assert_well_formed;
use super::*;
use crate::plain::with_line_feeds;
use crate::table::{Column, ColumnKind, Locale};
use crate::totals::tests::sample;
use crate::{FileFormat, writer};

fn open<'a>(cover: &Cover, sink: Box<dyn Sink + 'a>) -> Result<Box<dyn Writer + 'a>, RenderError> {
    writer::open(FileFormat::Xlsx, cover, sink)
}

fn cover(watermark: Option<&str>) -> Cover {
    Cover {
        title: "Likepersonsarbeid 2024".to_owned(),
        organization: "Foreningen Ærlig & Åpen".to_owned(),
        facts: vec![("Periode".to_owned(), "2024".to_owned())],
        notes: String::new(),
        json_members: serde_json::Map::new(),
        locale: Locale::Nb,
        watermark: watermark.map(str::to_owned),
    }
}

fn table(name: &str, columns: &[(&str, ColumnKind)]) -> Table {
    let columns = columns.iter().map(|(header, kind)| Column {
        header: (*header).to_owned(),
        kind: *kind,
        width: 12,
    });
    Table {
        name: name.to_owned(),
        caption: "Én setning <om> tabellen".to_owned(),
        columns: columns.collect(),
    }
}

fn figures() -> Table {
    table(
        "Tall",
        &[
            ("Felt", ColumnKind::Text),
            ("Antall", ColumnKind::Integer),
            ("Timer", ColumnKind::Decimal(2)),
            ("Dato", ColumnKind::Date),
            ("Verdi", ColumnKind::Mixed),
        ],
    )
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn decimal(text: &str) -> Cell {
    Cell::Decimal(text.parse().unwrap())
}

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

/// Rows of a table, each its one text.
fn names(names: &[&str]) -> Vec<Vec<Cell>> {
    names.iter().map(|name| vec![text(name)]).collect()
}

fn write_with_rows(cover: &Cover, tables: &[(Table, Vec<Vec<Cell>>)], rows_per_sheet: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = open_with_rows(cover, Box::new(Cursor::new(&mut bytes)), rows_per_sheet);
    for (table, rows) in tables {
        writer.begin_table(table).unwrap();
        for row in rows {
            writer.row(row).unwrap();
        }
    }
    writer.finish().unwrap();
    bytes
}

fn write(cover: &Cover, table: Table, rows: Vec<Vec<Cell>>) -> Vec<u8> {
    write_with_rows(cover, &[(table, rows)], ROWS_PER_SHEET)
}

fn read(bytes: &[u8]) -> Vec<(String, Vec<Vec<Data>>)> {
    assert_well_formed(bytes);
    let mut workbook: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes)).unwrap();
    let sheets = workbook.worksheets().into_iter();
    sheets
        .map(|(name, range)| (name, range.rows().map(<[Data]>::to_vec).collect()))
        .collect()
}

fn string(text: &str) -> Data {
    Data::String(text.to_owned())
}

#[test]
fn cells_come_back_as_they_were() {
    let rows = vec![
        vec![
            text("Besøk på Ås, æøåÆØÅ"),
            Cell::Integer(-1200),
            decimal("12.50"),
            Cell::Date(date(2024, 12, 31)),
            decimal("0.125"),
        ],
        vec![
            text("=1+1"),
            Cell::Suppressed,
            Cell::Empty,
            Cell::Empty,
            Cell::Integer(7),
        ],
    ];
    let sheets = read(&write(&cover(None), figures(), rows));
    let (name, cells) = &sheets[0];
    assert_eq!(name, "Tall");
    assert_eq!(cells[0], ["Felt", "Antall", "Timer", "Dato", "Verdi"].map(string));
    assert_eq!(cells[1][0], string("Besøk på Ås, æøåÆØÅ"));
    assert_eq!(cells[1][1], Data::Float(-1200.0));
    assert_eq!(cells[1][2], Data::Float(12.5));
    let Data::DateTime(day) = &cells[1][3] else {
        panic!("{:?} is no date", cells[1][3]);
    };
    let days_after_1899 = date(2024, 12, 31) - date(1899, 12, 30);
    assert_eq!(day.as_f64(), days_after_1899.num_days() as f64);
    assert_eq!(cells[1][4], Data::Float(0.125));
    let second = [string("=1+1"), string("<5"), Data::Empty, Data::Empty, Data::Float(7.0)];
    assert_eq!(cells[2], second);
}

#[rstest]
#[case::last_exact_integer(Cell::Integer(999_999_999_999_999), Data::Float(999_999_999_999_999.0))]
#[case::first_inexact_integer(Cell::Integer(1_000_000_000_000_000), string("1000000000000000"))]
#[case::smallest_integer(Cell::Integer(i64::MIN), string("-9223372036854775808"))]
#[case::exact_decimal(decimal("9999999999999.99"), Data::Float(9_999_999_999_999.99))]
#[case::trailing_zeros(decimal("0.1000000000000000000"), Data::Float(0.1))]
#[case::long_decimal(decimal("12345678901234.567"), string("12345678901234,567"))]
#[case::before_excels_calendar(Cell::Date(date(1899, 12, 31)), string("1899-12-31"))]
#[case::in_excels_wrong_leap_year(Cell::Date(date(1900, 2, 28)), string("1900-02-28"))]
#[case::after_excels_calendar(Cell::Date(date(10_000, 1, 1)), string("+10000-01-01"))]
fn what_excel_would_round_is_text(#[case] cell: Cell, #[case] expected: Data) {
    let table = table("Tall", &[("Verdi", ColumnKind::Mixed)]);
    let sheets = read(&write(&cover(None), table, vec![vec![cell]]));
    assert_eq!(sheets[0].1[1][0], expected);
}

#[test]
fn same_content_gives_the_same_bytes() {
    let rows = || {
        vec![vec![
            text("a\nb"),
            Cell::Integer(1),
            decimal("1.5"),
            Cell::Suppressed,
            text("=x"),
        ]]
    };
    let first = write(&cover(Some("TEST")), figures(), rows());
    // Zip entries and document properties carry times of two seconds' and one second's resolution.
    std::thread::sleep(std::time::Duration::from_millis(2100));
    assert_eq!(first, write(&cover(Some("TEST")), figures(), rows()));
}

#[test]
fn full_sheet_goes_on_in_a_further_one() {
    let column = [("Navn", ColumnKind::Text)];
    let tables = [
        (table("Deltakere", &column), names(&["a", "b", "c", "d", "e"])),
        (table("Deltakere (2)", &column), names(&["f"])),
    ];
    let sheets = read(&write_with_rows(&cover(None), &tables, 3));
    let expected = [
        ("Deltakere", vec!["Navn", "a", "b"]),
        ("Deltakere (2)", vec!["Navn", "c", "d"]),
        ("Deltakere (3)", vec!["Navn", "e"]),
        ("Deltakere (2) (2)", vec!["Navn", "f"]),
    ];
    assert_eq!(sheets.len(), expected.len());
    for ((name, rows), (wanted, texts)) in sheets.iter().zip(expected) {
        assert_eq!(name, wanted);
        let texts: Vec<_> = texts.into_iter().map(|name| vec![string(name)]).collect();
        assert_eq!(rows, &texts);
    }
}

#[test]
fn sheet_that_is_just_full_has_no_empty_one_after_it() {
    let tables = [(table("A", &[("Navn", ColumnKind::Text)]), names(&["a", "b"]))];
    assert_eq!(read(&write_with_rows(&cover(None), &tables, 3)).len(), 1);
}

#[test]
fn a_line_break_is_one_however_it_was_typed() {
    let typed = ["a\nb", "a\r\nb", "a\rb", "=a\r\nb"];
    let column = table("A", &[("Navn", ColumnKind::Text)]);
    let bytes = write(&cover(None), column, names(&typed));
    let texts: Vec<_> = read(&bytes)[0].1[1..].iter().map(|row| row[0].clone()).collect();
    assert_eq!(texts, ["a\nb", "a\nb", "a\nb", "=a\nb"].map(string));
}

#[test]
fn table_without_rows_is_its_header() {
    let sheets = read(&write(
        &cover(None),
        table("Tom", &[("Navn", ColumnKind::Text)]),
        Vec::new(),
    ));
    assert_eq!(sheets, [("Tom".to_owned(), vec![vec![string("Navn")]])]);
}

#[test]
fn the_last_sheet_says_what_is_hidden_and_breaks_long_facts() {
    let (table, rows) = sample();
    let long = "«Ærlig og åpen», ".repeat(3_000);
    let mut cover = cover(None);
    cover.facts.push(("Filter".to_owned(), long.clone()));
    let mut totals = ControlTotals::of(&table);
    let mut bytes = Vec::new();
    let mut writer = open(&cover, Box::new(Cursor::new(&mut bytes))).unwrap();
    writer.begin_table(&table).unwrap();
    for row in &rows {
        writer.row(row).unwrap();
        totals.add(row);
    }
    writer.totals(&totals).unwrap();
    writer.finish().unwrap();
    let sheets = read(&bytes);
    let (name, lines) = &sheets[1];
    assert_eq!(name, "Om rapporten");
    assert!(lines.contains(&vec![string("Antall celler med <5"), Data::Float(1.0)]));
    assert!(lines.iter().any(|line| line[0] == string("<5 betyr")));
    let filter = lines.iter().filter(|line| line[0].to_string().starts_with("Filter"));
    assert_eq!(filter.map(|line| line[1].to_string()).collect::<String>(), long);
}

#[test]
fn watermark_stands_in_each_rows_last_column() {
    let sheets = read(&write(
        &cover(Some("TEST")),
        table("A", &[("Navn", ColumnKind::Text)]),
        names(&["a", "b"]),
    ));
    let rows = [["Navn", "Merknad"], ["a", "TEST"], ["b", "TEST"]];
    assert_eq!(sheets[0].1, rows.map(|row| row.map(string).to_vec()));
}

#[test]
fn text_longer_than_a_cell_is_refused() {
    let longest = "æ".repeat(32_767);
    let column = table("A", &[("Navn", ColumnKind::Text)]);
    let sheets = read(&write(&cover(None), column.clone(), names(&[&longest])));
    assert_eq!(sheets[0].1[1][0], string(&longest));

    let mut writer = open(&cover(None), Box::new(Cursor::new(Vec::new()))).unwrap();
    writer.begin_table(&column).unwrap();
    match writer.row(&[Cell::Text(longest + "æ")]) {
        Err(RenderError::LimitExceeded(limit)) => assert!(limit.sentence.contains("32767"), "{limit:?}"),
        other => panic!("{other:?}"),
    }
    assert!(matches!(writer.finish(), Err(RenderError::Misuse(_))));
}

#[test]
fn table_wider_than_a_sheet_is_refused() {
    let wide = table("A", &vec![("x", ColumnKind::Text); 16_384]);
    let mut writer = open(&cover(Some("TEST")), Box::new(Cursor::new(Vec::new()))).unwrap();
    let begun = writer.begin_table(&wide);
    assert!(matches!(begun, Err(RenderError::LimitExceeded(_))), "{begun:?}");
}

#[test]
fn row_must_fit_its_table() {
    let mut writer = open(&cover(None), Box::new(Cursor::new(Vec::new()))).unwrap();
    assert!(matches!(writer.row(&[]), Err(RenderError::Misuse(_))));
    writer.begin_table(&figures()).unwrap();
    assert!(matches!(writer.row(&[Cell::Empty]), Err(RenderError::Misuse(_))));
    assert!(matches!(writer.finish(), Err(RenderError::Misuse(_))));
}

#[test]
fn file_without_a_table_is_refused() {
    let writer = open(&cover(None), Box::new(Cursor::new(Vec::new()))).unwrap();
    assert!(matches!(writer.finish(), Err(RenderError::Misuse(_))));
}

#[test]
fn full_disk_is_an_error() {
    let disk = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let mut writer = open(&cover(None), Box::new(disk)).unwrap();
    writer.begin_table(&figures()).unwrap();
    let finished = writer.finish();
    assert!(matches!(finished, Err(RenderError::Io(_))), "{finished:?}");
}

#[test]
fn panic_of_the_library_is_an_error() {
    let written: Result<(), _> = without_panic(|| panic!("Couldn't write to xml file"));
    assert!(matches!(written, Err(RenderError::Io(_))));
}

#[test]
fn texts_of_a_long_table_come_back_whole_wrapped_or_not() {
    let texts = ["første linje\nandre linje"; 10_002];
    let column = table("A", &[("Navn", ColumnKind::Text)]);
    let sheets = read(&write(&cover(None), column, names(&texts)));
    assert_eq!(sheets[0].1[1..], texts.map(|text| vec![string(text)]));
}

/// Any text without what the reading library doesn't undo: the two non-characters, which XML cannot hold.
fn any_text() -> impl Strategy<Value = String> {
    any::<String>().prop_filter("XML", |text| !text.contains(['\u{FFFE}', '\u{FFFF}']))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_text_comes_back(texts in proptest::collection::vec(any_text(), 1..20)) {
        let rows: Vec<_> = texts.iter().map(|typed| vec![text("fast"), text(typed)]).collect();
        let columns = table("Tekst", &[("a", ColumnKind::Text), ("b", ColumnKind::Mixed)]);
        let sheets = read(&write(&cover(None), columns, rows));
        let read: Vec<_> = sheets[0].1[1..].iter().map(|row| row[1].clone()).collect();
        let written: Vec<_> = texts
            .iter()
            .map(|text| if text.is_empty() { Data::Empty } else { string(&with_line_feeds(text)) })
            .collect();
        prop_assert_eq!(read, written);
    }

    #[test]
    fn any_decimal_of_two_digits_comes_back(hundredths in -99_999_999_999_999i64..99_999_999_999_999) {
        let value = rust_decimal::Decimal::new(hundredths, 2);
        let table = table("Tall", &[("Timer", ColumnKind::Decimal(2))]);
        let sheets = read(&write(&cover(None), table, vec![vec![Cell::Decimal(value)]]));
        let Data::Float(number) = sheets[0].1[1][0] else {
            panic!("{:?} is no number", sheets[0].1[1][0]);
        };
        prop_assert_eq!(format!("{number:.2}").parse::<rust_decimal::Decimal>().unwrap(), value);
    }
}
