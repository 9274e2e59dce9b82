//! What stands on the pages, and what a PDF refuses.

use chrono::NaiveDate;
use rstest::rstest;
use rust_decimal::Decimal;

use super::*;
use crate::FileFormat;
use crate::pdf::{
    Load, MAX_CELL_TEXT, MAX_CELLS, MAX_PAGES, MAX_TEXT, check_pages,
    font::{Fonts, Weight},
    furniture::shortened,
    text::{TextMeasure, format_cell, presentable},
};
use crate::totals::{ControlTotals, tests::sample};

#[test]
fn norwegian_letters_can_be_read_out() {
    let read = Read::new(&with_rows(1));
    assert_eq!(read.texts("H1"), ["Rapport 2024"]);
    assert!(read.texts("P").contains(&"Foreningen for blåbær & ærfugl".to_owned()));
    assert_eq!(read.texts("TD"), ["Tromsø lokallag", "0"]);
    assert_eq!((read.texts("Lbl").len(), read.texts("LBody").len()), (1, 1));
}

#[test]
fn the_header_row_and_the_watermark_stand_on_every_page() {
    let read = Read::new(&with_rows(150));
    let pages = read.pages.len();
    assert!(pages > 2);
    for page in 0..pages {
        let sequences = read.sequences(page);
        let count = |tag: &str, text: &str| {
            sequences
                .iter()
                .filter(|(found, shown)| found == tag && shown == text)
                .count()
        };
        let header = if page == 0 { "TH" } else { "Artifact" };
        assert_eq!((count(header, "Enhet"), count(header, "Timer")), (1, 1), "page {page}");
        assert_eq!(count("Artifact", "TEST"), 2, "across the page and in its header");
        assert_eq!(count("Artifact", &format!("Side {} av {pages}", page + 1)), 1);
    }
    let rows: Vec<_> = read.texts("TD").into_iter().skip(1).step_by(2).collect();
    assert_eq!(
        rows,
        (0..150).map(|row| row.to_string()).collect::<Vec<_>>(),
        "every row, once"
    );
}

#[test]
fn the_watermark_is_also_said_aloud() {
    let read = Read::new(&with_rows(0));
    assert!(read.texts("P").contains(&"TEST".to_owned()));
}

#[test]
fn an_empty_table_says_that_it_is_empty() {
    let read = Read::new(&with_rows(0));
    assert_eq!(read.tagged("TR").len(), 1);
    assert!(read.texts("P").contains(&"Ingen rader.".to_owned()));
}

#[test]
fn empty_cells_are_cells_without_content() {
    let bytes = render(&cover(), |writer| {
        writer.begin_table(&two_columns())?;
        writer.row(&[Cell::Empty, Cell::Suppressed])?;
        writer.row(&[Cell::Empty, Cell::Empty])
    });
    let read = Read::new(&bytes.unwrap());
    assert_eq!((read.tagged("TD").len(), read.texts("TD")), (4, vec!["<5".to_owned()]));
}

#[test]
fn a_row_taller_than_a_page_goes_on_and_loses_nothing() {
    let word = "langtord".repeat(2_000);
    let bytes = render(&cover(), |writer| {
        writer.begin_table(&two_columns())?;
        writer.row(&[text(&word), Cell::Integer(1)])
    });
    let read = Read::new(&bytes.unwrap());
    assert!(read.pages.len() > 2);
    let cells = read.tagged("TD");
    assert_eq!(cells.len(), 2);
    assert_eq!(cells[0].get(b"K").unwrap().as_array().unwrap().len(), read.pages.len());
    let shown: String = read.texts("TD").into_iter().filter(|text| text != "1").collect();
    assert_eq!(shown, word);
}

#[test]
fn a_row_that_fits_a_page_is_not_split() {
    let bytes = render(&cover(), |writer| {
        writer.begin_table(&two_columns())?;
        (0..40).try_for_each(|_| writer.row(&[text("a\nb\nc\nd\ne"), Cell::Integer(1)]))
    });
    let read = Read::new(&bytes.unwrap());
    assert!(read.pages.len() > 2);
    let cells: Vec<_> = read.texts("TD").into_iter().filter(|text| text != "1").collect();
    assert_eq!(cells, vec!["a b c d e"; 40]);
}

#[test]
fn notes_of_many_paragraphs_go_over_pages() {
    let notes: Vec<_> = (0..120).map(|number| format!("Avsnitt nummer {number}.")).collect();
    let cover = Cover {
        notes: notes.join("\n\n"),
        ..cover()
    };
    let read = Read::new(&render(&cover, |writer| writer.begin_table(&two_columns())).unwrap());
    assert!(read.pages.len() > 2);
    let shown: Vec<_> = read
        .texts("P")
        .into_iter()
        .filter(|text| text.starts_with("Avsnitt"))
        .collect();
    assert_eq!(shown, notes);
}

#[test]
fn wide_tables_lie_on_their_side_and_narrow_ones_stand() {
    let columns = (0..14).map(|_| column("Kolonne", ColumnKind::Text, 14)).collect();
    let bytes = render(&cover(), |writer| {
        writer.begin_table(&table(columns))?;
        writer.begin_table(&two_columns())
    });
    let read = Read::new(&bytes.unwrap());
    let widths: Vec<_> = (0..read.pages.len())
        .map(|page| {
            read.get(read.page(page), "MediaBox").as_array().unwrap()[2]
                .as_float()
                .unwrap()
                .round()
        })
        .collect();
    assert_eq!(widths, [595.0, 842.0, 595.0]);
}

#[test]
fn what_the_font_lacks_is_replaced_and_kept_for_readers() {
    let bytes = render(&cover(), |writer| {
        writer.begin_table(&two_columns())?;
        writer.row(&[text("Møte 世界 😀 \u{E000}\u{0}\u{200B}"), Cell::Empty])
    });
    let read = Read::new(&bytes.unwrap());
    assert_eq!(read.texts("Span"), ["Møte \u{FFFD}\u{FFFD} \u{FFFD} \u{FFFD}"]);
    let actual = super::super::archive::text_string("Møte 世界 😀 \u{FFFD}");
    let found = read.tagged("Span")[0].get(b"ActualText").unwrap();
    assert_eq!(found.as_str().unwrap(), actual.as_str().unwrap());
}

#[test]
fn actual_texts_stay_within_the_length_of_a_string() {
    let fonts = Fonts::load().unwrap();
    let long = "世".repeat(16_001);
    assert_eq!(presentable(&fonts, &long).actual, None);
    assert_eq!(presentable(&fonts, &long[3..]).actual.as_deref(), Some(&long[3..]));
}

#[rstest]
#[case(Cell::Integer(-1_234_567), ColumnKind::Integer, "-1\u{A0}234\u{A0}567", "-1,234,567")]
#[case(Cell::Integer(999), ColumnKind::Integer, "999", "999")]
#[case(Cell::Integer(5), ColumnKind::Decimal(2), "5,00", "5.00")]
#[case(
    Cell::Decimal(Decimal::new(1_234_565, 3)),
    ColumnKind::Decimal(2),
    "1\u{A0}234,57",
    "1,234.57"
)]
#[case(Cell::Decimal(Decimal::new(-25, 1)), ColumnKind::Decimal(0), "-3", "-3")]
#[case(Cell::Decimal(Decimal::new(125, 1)), ColumnKind::Mixed, "12,5", "12.5")]
#[case(Cell::Decimal(Decimal::new(-1, 3)), ColumnKind::Decimal(2), "0,00", "0.00")]
#[case(Cell::Suppressed, ColumnKind::Integer, "<5", "<5")]
#[case(Cell::Date(NaiveDate::from_ymd_opt(2024, 12, 31).unwrap()), ColumnKind::Date, "2024-12-31", "2024-12-31")]
#[case(Cell::Text("2024".to_owned()), ColumnKind::Mixed, "2024", "2024")]
fn values_are_printed_in_the_files_language(
    #[case] cell: Cell,
    #[case] kind: ColumnKind,
    #[case] nb: &str,
    #[case] en: &str,
) {
    assert_eq!(format_cell(&cell, kind, Locale::Nb), nb);
    assert_eq!(format_cell(&cell, kind, Locale::En), en);
}

/// What takes seconds here took hours when each line, and each page's header, measured all that follows.
#[test]
fn long_texts_are_set_in_time_that_grows_with_their_length() {
    let cover = Cover {
        title: "N".repeat(100_000),
        ..cover()
    };
    let word = "Ø".repeat(MAX_CELL_TEXT / 2);
    let bytes = render(&cover, |writer| {
        writer.begin_table(&two_columns())?;
        writer.row(&[text(&word), Cell::Integer(1)])
    });
    let read = Read::new(&bytes.unwrap());
    assert_eq!(read.texts("H1").concat(), cover.title);
    let header = read.sequences(1).into_iter().find(|(_, shown)| shown.ends_with("N…"));
    let (tag, shown) = header.unwrap();
    assert!(
        tag == "Artifact" && shown.starts_with("Foreningen for blåbær & ærfugl – NNN"),
        "{shown}"
    );
}

/// The longest beginning that fits with the ellipsis right behind it, found the slow way.
#[rstest]
#[case::that_fits("Rapport 2024", 200.0)]
#[case::words("Foreningen for blåbær og ærfugl", 60.0)]
#[case::up_to_a_space("Tre små  ord til", 31.0)]
#[case::one_letter("Rapport", 12.0)]
#[case::not_even_a_letter("Rapport", 7.5)]
#[case::not_even_the_ellipsis("Rapport", 2.0)]
fn a_running_header_is_cut_as_late_as_it_fits(#[case] text: &str, #[case] width: f32) {
    let fonts = Fonts::load().unwrap();
    let fits = |text: &str| fonts.width(Weight::Regular, 8.0, text) <= width;
    let beginnings = (0..=text.len()).rev().filter_map(|end| text.get(..end));
    let cut = beginnings.map(|beginning| format!("{}…", beginning.trim_end()));
    let expected = std::iter::once(text.to_owned()).chain(cut).find(|text| fits(text));
    assert_eq!(shortened(&fonts, text, width), expected.unwrap_or_default());
}

#[rstest]
#[case("Tre små ord", 30.0)]
#[case("etmegetlangtordsommådelesopp og et kort", 40.0)]
#[case("uten plass", 1.0)]
fn lines_fit_their_measure_and_lose_nothing(#[case] text: &str, #[case] width: f32) {
    let fonts = Fonts::load().unwrap();
    let measure = TextMeasure {
        fonts: &fonts,
        weight: Weight::Regular,
        size: 9.0,
        width,
    };
    let lines = measure.lines(text);
    assert_eq!(lines.concat(), text);
    for line in lines {
        let fits = fonts.width(Weight::Regular, 9.0, line.trim_end()) <= width;
        assert!(fits || line.trim_end().chars().count() == 1, "{line:?} in {width}");
    }
}

#[test]
fn a_mark_stays_with_the_letter_it_stands_on() {
    let fonts = Fonts::load().unwrap();
    let measure = TextMeasure {
        fonts: &fonts,
        weight: Weight::Regular,
        size: 9.0,
        width: 1.0,
    };
    assert_eq!(measure.lines("a\u{30A}b"), ["a\u{30A}", "b"]);
}

#[rstest]
#[case("Čáhppesjávri, Łódź, Đà Nẵng, Ŋ, ß, €")]
#[case("Αθήνα, Київ")]
fn the_font_covers_latin_greek_and_cyrillic(#[case] text: &str) {
    let presentable = presentable(&Fonts::load().unwrap(), text);
    assert_eq!((presentable.shown.as_str(), presentable.actual), (text, None));
}

#[test]
fn the_calls_must_come_in_order() {
    let before = render(&cover(), |writer| writer.row(&[Cell::Empty]));
    let width = render(&cover(), |writer| {
        writer.begin_table(&two_columns())?;
        writer.row(&[Cell::Empty])
    });
    let none = render(&cover(), |writer| writer.begin_table(&table(Vec::new())));
    for result in [before, width, none] {
        assert!(matches!(result, Err(RenderError::Misuse(_))));
    }
}

#[test]
fn the_last_table_says_what_is_hidden() {
    let (table, rows) = sample();
    let mut totals = ControlTotals::of(&table);
    let rendered = render(&cover(), |writer| {
        writer.begin_table(&table)?;
        for row in &rows {
            writer.row(row)?;
            totals.add(row);
        }
        writer.totals(&totals)
    });
    let read = Read::new(&rendered.unwrap());
    let texts = read.texts("TD");
    let place = texts.iter().position(|text| text == "Antall celler med <5").unwrap();
    assert_eq!(texts[place + 1..place + 3], ["1", "<5 betyr"]);
    assert!(texts[place + 3].starts_with("et tall som gjelder 1 til 4 personer"));
}

#[test]
fn a_document_that_lacks_a_row_is_not_finished() {
    let result = render(&cover(), |writer| {
        writer.begin_table(&two_columns())?;
        assert!(writer.row(&[Cell::Empty]).is_err());
        Ok(())
    });
    assert!(matches!(result, Err(RenderError::Misuse(_))));
}

#[test]
fn limits_name_themselves_and_the_formats_that_hold_more() {
    let long = "x".repeat(MAX_CELL_TEXT + 1);
    let long_cell = render(&cover(), |writer| {
        writer.begin_table(&two_columns())?;
        writer.row(&[text(&long), Cell::Empty])
    });
    let columns = (0..31).map(|_| column("K", ColumnKind::Text, 5)).collect();
    let wide = render(&cover(), |writer| writer.begin_table(&table(columns)));
    let mut load = Load::default();
    load.add(MAX_CELLS, MAX_TEXT).unwrap();
    check_pages(MAX_PAGES).unwrap();
    for error in [
        long_cell.unwrap_err(),
        wide.unwrap_err(),
        load.add(1, 0).unwrap_err(),
        Load::default().add(0, MAX_TEXT + 1).unwrap_err(),
        check_pages(MAX_PAGES + 1).unwrap_err(),
    ] {
        let RenderError::LimitExceeded(limit) = error else {
            panic!("{error}")
        };
        let described = limit.describe(FileFormat::ALL);
        assert!(
            described.contains("PDF ") && described.ends_with("CSV and JSON hold more."),
            "{described}"
        );
    }
}
