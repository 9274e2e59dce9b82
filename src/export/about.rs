//! What a file of streamed rows says of itself: the cover's facts, the number of rows, the control totals.

use super::table::{Cell, Column, ColumnKind, Cover, Language, Table};
use super::totals::Totals;

/// Label and value of everything that the file says of itself, for formats without a cover page.
pub(super) fn all(cover: &Cover, totals: &Totals) -> Vec<(String, Cell)> {
    let facts = cover.facts.iter();
    let facts = facts.map(|(label, value)| (label.clone(), Cell::Text(value.clone())));
    facts.chain(control(cover.language, totals)).collect()
}

/// Label and value of what the rows add up to.
pub(super) fn control(language: Language, totals: &Totals) -> Vec<(String, Cell)> {
    let rows = i64::try_from(totals.rows()).map_or(Cell::Empty, Cell::Integer);
    let sums = totals.sums().map(|(header, _, sum)| {
        let label = format!("{} {header}", language.pick("Kontrollsum", "Control total"));
        (label, Cell::Decimal(sum))
    });
    let rows = (language.pick("Antall rader", "Number of rows").to_owned(), rows);
    std::iter::once(rows).chain(sums).collect()
}

/// The table that these stand in.
pub(super) fn table(language: Language) -> Table {
    let columns = [
        (language.pick("Hva", "What"), ColumnKind::Text, 30),
        (language.pick("Verdi", "Value"), ColumnKind::Mixed, 60),
    ];
    Table {
        name: language.pick("Om rapporten", "About the report").to_owned(),
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
