use std::io::Cursor;

use chrono::NaiveDate;
use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::table::Column;
use crate::{FileFormat, writer};

fn open<'a>(cover: &Cover, sink: Box<dyn Sink + 'a>) -> Result<Box<dyn Writer + 'a>, RenderError> {
    writer::open(FileFormat::Csv, cover, sink)
}

fn cover(locale: Locale, watermark: Option<&str>) -> Cover {
    Cover {
        title: "Likepersonsarbeid 2024".to_owned(),
        organization: "Foreningen Ærlig".to_owned(),
        facts: Vec::new(),
        notes: String::new(),
        json_members: serde_json::Map::new(),
        locale,
        watermark: watermark.map(str::to_owned),
    }
}

fn table(columns: &[(&str, ColumnKind)]) -> Table {
    let columns = columns.iter().map(|(header, kind)| Column {
        header: (*header).to_owned(),
        kind: *kind,
        width: 12,
    });
    Table {
        name: "Tall".to_owned(),
        caption: String::new(),
        columns: columns.collect(),
    }
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn write(cover: &Cover, table: &Table, rows: &[Vec<Cell>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = open(cover, Box::new(Cursor::new(&mut bytes))).unwrap();
    writer.begin_table(table).unwrap();
    for row in rows {
        writer.row(row).unwrap();
    }
    writer.finish().unwrap();
    bytes
}

fn figures() -> Table {
    table(&[
        ("Felt", ColumnKind::Text),
        ("Antall", ColumnKind::Integer),
        ("Timer", ColumnKind::Decimal(2)),
        ("Dato", ColumnKind::Date),
    ])
}

fn figure_rows() -> Vec<Vec<Cell>> {
    let date = NaiveDate::from_ymd_opt(2024, 12, 31).unwrap();
    vec![
        vec![
            text("Besøk; på Ås, \"åpent\""),
            Cell::Integer(-1200),
            Cell::Decimal("12.5".parse().unwrap()),
            Cell::Date(date),
        ],
        vec![text("=1+1"), Cell::Suppressed, Cell::Empty, Cell::Empty],
    ]
}

#[test]
fn norwegian_file_has_semicolons_and_decimal_commas() {
    let bytes = write(&cover(Locale::Nb, None), &figures(), &figure_rows());
    assert_eq!(
        String::from_utf8(bytes).unwrap(),
        "\u{FEFF}Felt;Antall;Timer;Dato\r\n\
         \"Besøk; på Ås, \"\"åpent\"\"\";-1200;12,50;2024-12-31\r\n\
         '=1+1;<5;;\r\n"
    );
}

#[test]
fn english_file_has_commas_and_decimal_points() {
    let bytes = write(&cover(Locale::En, None), &figures(), &figure_rows());
    assert_eq!(
        String::from_utf8(bytes).unwrap(),
        "\u{FEFF}Felt,Antall,Timer,Dato\r\n\
         \"Besøk; på Ås, \"\"åpent\"\"\",-1200,12.50,2024-12-31\r\n\
         '=1+1,<5,,\r\n"
    );
}

#[rstest]
#[case(Locale::Nb, "Merknad")]
#[case(Locale::En, "Remark")]
fn watermark_stands_in_each_rows_last_column(#[case] locale: Locale, #[case] header: &str) {
    let table = table(&[("Felt", ColumnKind::Text)]);
    let rows = [vec![text("a")], vec![text("b")]];
    let bytes = write(&cover(locale, Some("TEST")), &table, &rows);
    let lines = read(&bytes, locale);
    assert_eq!(lines, [["Felt", header], ["a", "TEST"], ["b", "TEST"]]);
}

#[test]
fn header_is_neutralised_like_any_text() {
    let table = table(&[("@felt", ColumnKind::Text)]);
    let bytes = write(&cover(Locale::Nb, Some("=x")), &table, &[vec![text("a")]]);
    let lines = read(&bytes, Locale::Nb);
    assert_eq!(lines, [["'@felt", "Merknad"], ["a", "'=x"]]);
}

#[test]
fn table_without_rows_is_its_header() {
    let bytes = write(&cover(Locale::Nb, None), &figures(), &[]);
    assert_eq!(bytes, "\u{FEFF}Felt;Antall;Timer;Dato\r\n".as_bytes());
}

#[test]
fn row_of_one_empty_cell_is_still_a_row() {
    let table = table(&[("Felt", ColumnKind::Text)]);
    let bytes = write(&cover(Locale::Nb, None), &table, &[vec![Cell::Empty]]);
    assert_eq!(read(&bytes, Locale::Nb), [["Felt"], [""]]);
}

#[test]
fn file_holds_one_table() {
    let mut writer = open(&cover(Locale::Nb, None), Box::new(Cursor::new(Vec::new()))).unwrap();
    writer.begin_table(&figures()).unwrap();
    let second = writer.begin_table(&figures());
    assert!(matches!(second, Err(RenderError::Misuse(_))));
    assert!(matches!(writer.finish(), Err(RenderError::Misuse(_))));
}

#[test]
fn row_must_fit_its_table() {
    let mut writer = open(&cover(Locale::Nb, None), Box::new(Cursor::new(Vec::new()))).unwrap();
    assert!(matches!(writer.row(&[]), Err(RenderError::Misuse(_))));
    writer.begin_table(&figures()).unwrap();
    let narrow = writer.row(&[Cell::Empty]);
    assert!(matches!(narrow, Err(RenderError::Misuse(_))));
    assert!(matches!(writer.finish(), Err(RenderError::Misuse(_))));
}

#[test]
fn file_without_a_table_is_refused() {
    let writer = open(&cover(Locale::Nb, None), Box::new(Cursor::new(Vec::new()))).unwrap();
    assert!(matches!(writer.finish(), Err(RenderError::Misuse(_))));
}

#[test]
fn full_disk_is_an_error() {
    let disk = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let opened = open(&cover(Locale::Nb, None), Box::new(disk));
    assert!(matches!(opened, Err(RenderError::Io(_))));
}

fn read(bytes: &[u8], locale: Locale) -> Vec<Vec<String>> {
    let separator = if locale == Locale::Nb { b';' } else { b',' };
    let lines = csv::ReaderBuilder::new()
        .has_headers(false)
        .delimiter(separator)
        .from_reader(bytes.strip_prefix(BYTE_ORDER_MARK).unwrap())
        .into_records();
    lines
        .map(|line| line.unwrap().iter().map(str::to_owned).collect())
        .collect()
}

proptest! {
    #[test]
    fn any_text_comes_back(
        texts in proptest::collection::vec(any::<String>(), 3),
        english in any::<bool>(),
    ) {
        let locale = if english { Locale::En } else { Locale::Nb };
        let table = table(&[("a", ColumnKind::Text), ("b", ColumnKind::Mixed), ("c", ColumnKind::Text)]);
        let cells: Vec<Cell> = texts.iter().map(|typed| text(typed)).collect();
        let bytes = write(&cover(locale, None), &table, &[cells]);
        let expected: Vec<String> = texts.iter().map(|typed| as_typed(typed)).collect();
        prop_assert_eq!(&read(&bytes, locale)[1], &expected);
    }
}

fn as_typed(text: &str) -> String {
    if text.starts_with('#') {
        format!("'{text}")
    } else {
        neutralize(text).into_owned()
    }
}

/// What is said below the rows is told from them by its first letter, whatever has been typed.
#[rstest]
fn remarks_are_lines_of_their_own_that_no_text_looks_like(#[values(None, Some("TEST"))] watermark: Option<&str>) {
    let mut cover = cover(Locale::Nb, watermark);
    cover.facts = vec![("Rapport".to_owned(), "Timer; mars\nlinje to".to_owned())];
    cover.notes = "Til årsmøtet".to_owned();
    let table = table(&[("a", ColumnKind::Text), ("b", ColumnKind::Integer)]);
    let row = vec![text("# Antall rader: 1"), Cell::Integer(2)];
    let mut totals = ControlTotals::of(&table);
    totals.add(&row);
    let mut bytes = Vec::new();
    let mut writer = open(&cover, Box::new(Cursor::new(&mut bytes))).unwrap();
    writer.begin_table(&table).unwrap();
    writer.row(&row).unwrap();
    writer.totals(&totals).unwrap();
    writer.finish().unwrap();
    let lines = read(&bytes, Locale::Nb);
    let firsts: Vec<_> = lines.iter().map(|line| line[0].as_str()).collect();
    let expected = [
        "a",
        "'# Antall rader: 1",
        "",
        "# Rapport: Timer; mars linje to",
        "# Beskrivelse: Til årsmøtet",
        "# Antall rader: 1",
        "# Kontrollsum b: 2",
    ];
    assert_eq!(firsts, expected);
}
