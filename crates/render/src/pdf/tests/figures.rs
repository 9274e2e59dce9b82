//! Part of a number looks like another number: figures stand whole, in however many columns.

use chrono::{Days, NaiveDate};
use proptest::prelude::*;
use rstest::rstest;
use rust_decimal::Decimal;

use super::*;
use crate::pdf::{
    font::{Fonts, Weight},
    text::{TextMeasure, format_cell},
};

const KINDS: [ColumnKind; 5] = [
    ColumnKind::Text,
    ColumnKind::Integer,
    ColumnKind::Date,
    ColumnKind::Decimal(2),
    ColumnKind::Mixed,
];
const PROSE: &str = "Samtalegruppe for pårørende i Trøndelag fra 2024-01-31 til 2024-12-31";

/// Columns as custom reports have them.
fn columns(kinds: impl IntoIterator<Item = ColumnKind>) -> Vec<Column> {
    let columns = kinds.into_iter().enumerate();
    columns
        .map(|(index, kind)| {
            let header = [
                "Dato",
                "Antall aktiviteter",
                "Likepersons-timer",
                "Gjennomsnittsvarighet",
            ][index % 4];
            column(header, kind, if kind == ColumnKind::Text { 24 } else { 12 })
        })
        .collect()
}

fn cell(kind: ColumnKind, number: i64) -> Cell {
    match kind {
        ColumnKind::Text => text(PROSE),
        ColumnKind::Integer if number % 7 == 0 => Cell::Suppressed,
        ColumnKind::Integer | ColumnKind::Mixed => Cell::Integer(number),
        ColumnKind::Decimal(_) => Cell::Decimal(Decimal::new(number, 2)),
        ColumnKind::Date => {
            let first = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap();
            Cell::Date(first + Days::new(number.unsigned_abs() % 400))
        }
    }
}

/// Writes the rows and reads them back; checks that no figure is broken and nothing runs into its neighbour.
fn check(kinds: &[ColumnKind], rows: &[Vec<Cell>]) -> Result<(), RenderError> {
    let bytes = render(&cover(), |writer| {
        writer.begin_table(&table(columns(kinds.iter().copied())))?;
        rows.iter().try_for_each(|row| writer.row(row))
    })?;
    let read = Read::new(&bytes);
    let pages: Vec<_> = (0..read.pages.len()).map(|page| read.shown(page)).collect();
    let cells: Vec<_> = pages.iter().flatten().filter(|shown| shown.tag == "TD").collect();
    let expected: Vec<_> = rows.iter().flat_map(|row| row.iter().zip(kinds)).collect();
    assert_eq!(cells.len(), expected.len());
    for (shown, (cell, kind)) in cells.iter().zip(expected) {
        let lines: Vec<_> = shown.lines.iter().map(|line| line.text.as_str()).collect();
        let text = format_cell(cell, *kind, Locale::Nb);
        match cell {
            Cell::Text(_) => {
                assert_eq!(lines.concat(), text);
                for date in ["2024-01-31", "2024-12-31"] {
                    assert!(lines.iter().any(|line| line.contains(date)), "{lines:?}");
                }
            }
            _ => assert_eq!(lines, [text]),
        }
    }
    for (page, shown) in pages.iter().enumerate() {
        let right = read.get(read.page(page), "MediaBox").as_array().unwrap()[2]
            .as_float()
            .unwrap()
            - 50.0;
        check_places(shown, right);
    }
    Ok(())
}

/// What stands on one line ends before what follows begins, and before the margin.
fn check_places(shown: &[Shown], margin: f32) {
    let fonts = Fonts::load().unwrap();
    let mut lines: Vec<_> = shown
        .iter()
        .filter(|shown| ["TH", "TD"].contains(&shown.tag.as_str()))
        .flat_map(|shown| shown.lines.iter().map(move |line| (line, shown.weight)))
        .collect();
    lines.sort_by(|(a, _), (b, _)| (b.y, a.x).partial_cmp(&(a.y, b.x)).unwrap());
    for (index, (line, weight)) in lines.iter().enumerate() {
        assert!(line.size >= 4.0, "{} points", line.size);
        let end = line.x + fonts.width(*weight, line.size, line.text.trim_end());
        let limit = match lines.get(index + 1) {
            Some((next, _)) if next.y == line.y => next.x,
            _ => margin,
        };
        assert!(
            end < limit,
            "{:?} ends at {end}, what follows begins at {limit}",
            line.text
        );
    }
}

#[rstest]
fn figures_are_whole_in_any_number_of_columns(#[values(0, 1, 2, 3, 4)] first: usize) {
    for count in 1..=30 {
        let kinds: Vec<_> = KINDS.into_iter().cycle().skip(first).take(count).collect();
        let row = |number| kinds.iter().map(|kind| cell(*kind, number)).collect();
        let rows: Vec<Vec<Cell>> = [120, 200, -98_765_432, 7].map(row).into();
        match check(&kinds, &rows) {
            Ok(()) => {}
            Err(RenderError::LimitExceeded(limit)) => assert!(count > 24, "{count}: {}", limit.sentence),
            Err(error) => panic!("{error}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn figures_are_whole_or_the_file_is_refused(
        kinds in prop::collection::vec(prop::sample::select(&KINDS[..]), 1..=30),
        numbers in prop::collection::vec(any::<i64>(), 1..4),
        size in 0_u32..60,
    ) {
        let row = |number: &i64| kinds.iter().map(|kind| cell(*kind, number >> size)).collect();
        let rows: Vec<Vec<Cell>> = numbers.iter().map(row).collect();
        let result = check(&kinds, &rows);
        prop_assert!(matches!(result, Ok(()) | Err(RenderError::LimitExceeded(_))));
    }
}

#[rstest]
#[case(ColumnKind::Date, 21)]
#[case(ColumnKind::Text, 24)]
#[case(ColumnKind::Mixed, 24)]
#[case(ColumnKind::Integer, 27)]
fn more_columns_than_fit_are_refused_with_how_many_do(#[case] kind: ColumnKind, #[case] most: usize) {
    let begin = |count| {
        let columns = columns(std::iter::repeat_n(kind, count));
        render(&cover(), |writer| writer.begin_table(&table(columns)))
    };
    begin(most).unwrap();
    let refused = begin(most + 1).unwrap_err().to_string();
    let told = format!("the first {most} of its {} columns fit.", most + 1);
    assert!(refused.ends_with(&told), "{refused}");
}

#[test]
fn a_number_that_would_be_too_small_to_read_is_refused() {
    let with_columns = |count| {
        let kinds = vec![ColumnKind::Integer; count];
        check(&kinds, &[vec![Cell::Integer(i64::MIN); count]])
    };
    with_columns(8).unwrap();
    let refused = with_columns(20).unwrap_err();
    assert!(matches!(refused, RenderError::LimitExceeded(_)));
    assert!(
        refused.to_string().contains("the column \u{201C}Dato\u{201D}"),
        "{refused}"
    );
}

#[rstest]
#[case::in_full_size(6, 8.5)]
#[case::smaller(14, 7.5)]
#[case::smallest(22, 5.5)]
fn type_is_smaller_where_columns_are_many(#[case] count: usize, #[case] expected: f32) {
    let kinds = vec![ColumnKind::Integer; count];
    let bytes = render(&cover(), |writer| {
        let narrow = kinds.iter().map(|kind| column("Timer", *kind, 12)).collect();
        writer.begin_table(&table(narrow))?;
        writer.row(&vec![Cell::Integer(120); count])
    });
    let shown = Read::new(&bytes.unwrap());
    let shown = (0..shown.pages.len()).flat_map(|page| shown.shown(page));
    let sizes: Vec<_> = shown
        .filter(|shown| ["TH", "TD"].contains(&shown.tag.as_str()))
        .flat_map(|shown| shown.lines)
        .map(|line| line.size)
        .collect();
    assert_eq!(sizes, vec![expected; 2 * count]);
}

#[rstest]
#[case::at_hyphens("Likepersons-aktiviteter", 60.0, &["Likepersons-", "aktiviteter"])]
#[case::not_within_numbers("uke2024", 20.0, &["uke", "2024"])]
#[case::at_spaces_if_words_fit("ny e-post", 30.0, &["ny ", "e-post"])]
fn words_break_where_they_can_be_read(#[case] text: &str, #[case] width: f32, #[case] lines: &[&str]) {
    let fonts = Fonts::load().unwrap();
    let measure = TextMeasure {
        fonts: &fonts,
        weight: Weight::Regular,
        size: 8.5,
        width,
    };
    assert_eq!(measure.lines(text), lines);
}
