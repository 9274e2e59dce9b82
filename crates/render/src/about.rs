//! What a file of streamed rows says of itself: the cover's facts, the number of rows, the control totals, and what is
//! hidden.

use crate::plain::SUPPRESSED;
use crate::table::{Cell, Column, ColumnKind, Cover, Locale, Table};
use crate::totals::{ColumnSum, ControlTotals};

/// In characters. A spreadsheet's cell holds 32,767 of them, but its row is no higher than some thousand take: a longer
/// fact goes on in further rows.
const MAX_FACT_LENGTH: usize = 1_000;

/// Label and value of everything that the file says of itself, for formats without a cover page.
pub(super) fn all(cover: &Cover, totals: &ControlTotals) -> Vec<(String, Cell)> {
    let locale = cover.locale;
    let notes = Some(cover.notes.as_str()).filter(|notes| !notes.trim().is_empty());
    let notes = notes.map(|notes| (locale.pick("Beskrivelse", "Description"), notes));
    let facts = cover
        .facts
        .iter()
        .map(|(label, value)| (label.as_str(), value.as_str()));
    facts
        .chain(notes)
        .flat_map(|(label, value)| in_rows(label, value, locale))
        .chain(control(locale, totals))
        .collect()
}

/// A fact in as many rows as it needs.
fn in_rows(label: &str, value: &str, locale: Locale) -> Vec<(String, Cell)> {
    let continued = format!("{label} ({})", locale.pick("forts.", "cont."));
    let numbered = pieces(value).into_iter().enumerate();
    numbered
        .map(|(place, piece)| {
            let label = if place == 0 { label } else { &continued };
            (label.to_owned(), Cell::Text(piece.to_owned()))
        })
        .collect()
}

/// The text in pieces that make it up again, broken behind a list's comma if there is one, else behind a blank.
fn pieces(mut text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    while let Some((longest, _)) = text.char_indices().nth(MAX_FACT_LENGTH) {
        let head = &text[..longest];
        let behind = |mark: &str| head.rfind(mark).map(|place| place + mark.len());
        let end = behind(", ").or_else(|| behind(" ")).unwrap_or(longest);
        let (piece, rest) = text.split_at(end);
        pieces.push(piece);
        text = rest;
    }
    pieces.push(text);
    pieces
}

/// Label and value of what the rows add up to, and of what is left out of that.
pub(super) fn control(locale: Locale, totals: &ControlTotals) -> Vec<(String, Cell)> {
    let rows = i64::try_from(totals.rows()).map_or(Cell::Empty, Cell::Integer);
    let rows = (locale.pick("Antall rader", "Number of rows").to_owned(), rows);
    let all: Vec<_> = totals.sums().collect();
    let sums = all.iter().map(|sum| (label(sum, &all, locale), Cell::Decimal(sum.sum)));
    std::iter::once(rows)
        .chain(sums)
        .chain(hidden(locale, totals.hidden()))
        .collect()
}

/// Columns of the same header are told apart by their places.
fn label(sum: &ColumnSum<'_>, all: &[ColumnSum<'_>], locale: Locale) -> String {
    let word = locale.pick("Kontrollsum", "Control total");
    let header = sum.header;
    let is_shared = all
        .iter()
        .any(|other| other.header == header && other.column != sum.column);
    if is_shared {
        let place = locale.pick("kolonne", "column");
        format!("{word} {header} ({place} {})", sum.column)
    } else {
        format!("{word} {header}")
    }
}

fn hidden(locale: Locale, cells: u64) -> Vec<(String, Cell)> {
    if cells == 0 {
        return Vec::new();
    }
    let count = locale.pick("Antall celler med", "Number of cells with");
    let word = locale.pick("betyr", "means");
    vec![
        (
            format!("{count} {SUPPRESSED}"),
            i64::try_from(cells).map_or(Cell::Empty, Cell::Integer),
        ),
        (format!("{SUPPRESSED} {word}"), Cell::Text(meaning(locale).to_owned())),
    ]
}

/// What a hidden cell is, after "means".
pub(super) fn meaning(locale: Locale) -> &'static str {
    locale.pick(
        "et tall som gjelder 1 til 4 personer, eller et gjennomsnitt på under 5 personer, og som derfor ikke vises. \
         Kontrollsummene er uten disse cellene.",
        "a number about 1 to 4 persons, or an average of fewer than 5 persons, which is therefore not shown. Control \
         totals leave these cells out.",
    )
}

/// The table that these stand in.
pub(super) fn table(locale: Locale) -> Table {
    let columns = [
        (locale.pick("Hva", "What"), ColumnKind::Text, 30),
        (locale.pick("Verdi", "Value"), ColumnKind::Mixed, 60),
    ];
    Table {
        name: locale.pick("Om rapporten", "About the report").to_owned(),
        caption: String::new(),
        columns: columns
            .map(|(header, kind, width)| Column {
                header: header.to_owned(),
                kind,
                width,
            })
            .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::totals::tests::sample;

    fn cover(fact: &str) -> Cover {
        Cover {
            title: String::new(),
            organization: String::new(),
            facts: vec![("Filter".to_owned(), fact.to_owned())],
            notes: String::new(),
            json_members: serde_json::Map::new(),
            locale: Locale::Nb,
            watermark: None,
        }
    }

    fn print_fact(fact: &str) -> Vec<(String, String)> {
        let lines = all(&cover(fact), &ControlTotals::of(&sample().0));
        let facts = lines.into_iter().filter_map(|(label, value)| match value {
            Cell::Text(text) => Some((label, text)),
            _ => None,
        });
        facts.collect()
    }

    #[test]
    fn a_long_fact_goes_on_in_further_rows_and_is_whole() {
        let list = vec!["«Ærlig og åpen»"; 500].join(", ");
        for (long, end) in [(list, ", "), ("ord ".repeat(2_000), " "), ("å".repeat(40_000), "å")] {
            let rows = print_fact(&long);
            assert!(rows.len() > 1 && rows[0].0 == "Filter");
            assert!(rows[1..].iter().all(|(label, _)| label == "Filter (forts.)"));
            assert!(rows.iter().all(|(_, piece)| piece.chars().count() <= MAX_FACT_LENGTH));
            assert!(rows[..rows.len() - 1].iter().all(|(_, piece)| piece.ends_with(end)));
            assert_eq!(rows.into_iter().map(|(_, piece)| piece).collect::<String>(), long);
        }
        assert_eq!(print_fact(""), [("Filter".to_owned(), String::new())]);
    }

    #[test]
    fn columns_of_one_header_are_told_apart_by_their_places() {
        let (mut table, _) = sample();
        table.columns[1].header = table.columns[2].header.clone();
        let labels = |table: &Table| -> Vec<_> {
            let lines = control(Locale::En, &ControlTotals::of(table));
            lines.into_iter().map(|(label, _)| label).collect()
        };
        let expected = [
            "Number of rows",
            "Control total Timer (column 2)",
            "Control total Timer (column 3)",
        ];
        assert_eq!(labels(&table), expected);
        // A column of texts has no total to be taken for the other's.
        table.columns[0].header = "Timer".to_owned();
        table.columns[1].header = "Personer".to_owned();
        assert_eq!(labels(&table)[1..], ["Control total Personer", "Control total Timer"]);
    }

    #[test]
    fn hidden_cells_are_counted_and_explained_where_there_are_some() {
        let (table, rows) = sample();
        let mut totals = ControlTotals::of(&table);
        totals.add(&rows[0]);
        assert_eq!(control(Locale::Nb, &totals).len(), 3);
        totals.add(&rows[1]);
        let lines = control(Locale::Nb, &totals);
        assert_eq!(lines[3], ("Antall celler med <5".to_owned(), Cell::Integer(1)));
        assert_eq!(lines[4].0, "<5 betyr");
    }
}
