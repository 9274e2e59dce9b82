//! The sheets of a report's file: figures, months, units, kinds, what does not count, and the record. A ledger's file
//! shares those that need no generation.

mod record;

use counting::{Field, FieldSource, FieldType, FormatVersion, are_few};
use entity::enums::Language;
use render::{Cell, Column, ColumnKind, Sheet, Table};
use rust_decimal::Decimal;
use serde_json::{Map, Value as Json};

use self::record::numbers;
pub use self::record::{FileFacts, Totals, report_facts, whole_organization};
use super::source::Source;
use crate::format::{Breakdown, Breakdowns};

/// The sheets in their order.
pub fn all(source: &Source, words: Language) -> Vec<Sheet> {
    let whole = source.unit.is_none();
    let mut sheets = vec![figures(
        &source.version,
        &source.data,
        &source.year_before,
        whole,
        words,
    )];
    sheets.extend(breakdowns(&source.parts, words));
    sheets.push(not_counted(&source.verdicts, words));
    sheets.push(record(report_facts(source, words), numbers(source, words), words));
    sheets
}

/// Months, units and kinds.
pub fn breakdowns(parts: &Breakdowns, words: Language) -> [Sheet; 3] {
    let [months, units, kinds] = [
        ("Måneder", "Months"),
        ("Enheter", "Units"),
        ("Aktivitetstyper", "Kinds"),
    ];
    let [month, unit, a_kind] = [("Måned", "Month"), ("Enhet", "Unit"), ("Type", "Kind")];
    [
        broken_down(words, months, month, &parts.months, plain),
        broken_down(words, units, unit, &parts.units, plain),
        broken_down(words, kinds, a_kind, &parts.kinds, kind),
    ]
}

/// The version's fields with their values; of a part of the organization, those that have one.
pub fn figures(
    version: &FormatVersion,
    data: &Map<String, Json>,
    year_before: &Map<String, Json>,
    whole: bool,
    words: Language,
) -> Sheet {
    let columns = vec![
        column(words.pick("Felt", "Field"), ColumnKind::Text, 7),
        column(words.pick("Betegnelse", "Label"), ColumnKind::Text, 40),
        column(words.pick("Verdi", "Value"), ColumnKind::Mixed, 18),
        column(words.pick("Året før", "Year before"), ColumnKind::Mixed, 18),
        column(words.pick("Kreves", "Required"), ColumnKind::Text, 9),
        column(words.pick("Kilde", "Source"), ColumnKind::Text, 14),
    ];
    let shown = version
        .fields
        .iter()
        .filter(|field| whole || data.contains_key(&field.id));
    let rows = shown.map(|field| {
        vec![
            text(&field.id),
            text(words.pick(&field.label.nb, &field.label.en)),
            figure(version, field, data.get(&field.id), whole),
            value(field, year_before.get(&field.id)),
            text(if field.required {
                words.pick("ja", "yes")
            } else {
                words.pick("nei", "no")
            }),
            text(origin(&field.source, words)),
        ]
    });
    let caption = words.pick("Feltene som Bufdir spør etter.", "The fields that Bufdir asks for.");
    sheet(words.pick("Tall", "Figures"), caption, columns, rows.collect())
}

/// An organization's figures are official and whole; of a unit's, few persons are not shown.
fn figure(version: &FormatVersion, field: &Field, number: Option<&Json>, whole: bool) -> Cell {
    match number.and_then(Json::as_i64) {
        Some(number) if !whole && version.counts_persons(field) => persons(number),
        _ => value(field, number),
    }
}

fn value(field: &Field, value: Option<&Json>) -> Cell {
    let Some(value) = value else { return Cell::Empty };
    match (field.kind, value) {
        // A year is a name, not a quantity: no thousands separator.
        (FieldType::Integer, number) if matches!(field.source, FieldSource::Period(_)) => {
            Cell::Text(number.to_string())
        }
        (FieldType::Integer, number) => number.as_i64().map_or(Cell::Empty, Cell::Integer),
        (FieldType::Decimal, Json::String(number)) => number.parse().map_or(Cell::Empty, Cell::Decimal),
        (FieldType::Document, document) => {
            let part = |name| document.get(name).and_then(Json::as_str);
            match (part("reference"), part("sha256")) {
                (Some(reference), Some(hash)) => Cell::Text(format!("{reference} (SHA-256 {hash})")),
                (Some(reference), None) => text(reference),
                (None, _) => Cell::Empty,
            }
        }
        (_, Json::String(words)) => text(words),
        (_, other) => Cell::Text(other.to_string()),
    }
}

fn origin(source: &FieldSource, words: Language) -> &'static str {
    match source {
        FieldSource::Organization(_) => words.pick("organisasjon", "organization"),
        FieldSource::Period(_) => words.pick("periode", "period"),
        FieldSource::Typed => words.pick("ført inn", "typed in"),
        FieldSource::Counted(_) => words.pick("talt opp", "counted"),
        FieldSource::Computed(_) => words.pick("summert", "computed"),
    }
}

fn broken_down(
    words: Language,
    name: (&str, &str),
    key: (&str, &str),
    rows: &[Breakdown],
    label: fn(&str, Language) -> String,
) -> Sheet {
    let columns = vec![
        column(words.pick(key.0, key.1), ColumnKind::Text, 34),
        column(words.pick("Aktiviteter", "Activities"), ColumnKind::Integer, 11),
        column(words.pick("Aktivitetsdager", "Activity-days"), ColumnKind::Integer, 14),
        column(words.pick("Tellende dager", "Counted days"), ColumnKind::Integer, 14),
        column(words.pick("Oppsøkende", "Outreach"), ColumnKind::Integer, 11),
        column(words.pick("Grupper", "Groups"), ColumnKind::Integer, 9),
        column(words.pick("Kurs", "Courses"), ColumnKind::Integer, 9),
        column(words.pick("Timer", "Hours"), ColumnKind::Decimal(2), 10),
        column(words.pick("Deltakelser", "Attendances"), ColumnKind::Integer, 12),
    ];
    let caption = words.pick(
        "Dager som er tatt med. Deltakelser gjelder tellende dager; 1 til 4 vises som <5, og summer kan røpe dem.",
        "Days that are included. Attendances are those of counted days; 1 to 4 are shown as <5, and sums may tell them.",
    );
    let rows = rows.iter().map(|row| {
        vec![
            Cell::Text(label(&row.key, words)),
            Cell::Integer(row.activities),
            Cell::Integer(row.days),
            Cell::Integer(row.counted),
            Cell::Integer(row.outreach),
            Cell::Integer(row.groups),
            Cell::Integer(row.courses),
            hours(Decimal::from(row.minutes) / Decimal::from(60)),
            persons(row.attendances),
        ]
    });
    sheet(words.pick(name.0, name.1), caption, columns, rows.collect())
}

fn plain(key: &str, _: Language) -> String {
    key.to_owned()
}

/// `group/conversation/in_person` in words.
fn kind(key: &str, words: Language) -> String {
    let part = |part: &str| match part {
        "outreach" => words.pick("Oppsøkende", "Outreach"),
        "group" => words.pick("Gruppe", "Group"),
        "course" => words.pick("Kurs", "Course"),
        "other" => words.pick("Annet", "Other"),
        "conversation" => words.pick("samtalegruppe", "conversation group"),
        "activity" => words.pick("aktivitetsgruppe", "activity group"),
        "in_person" => words.pick("fysisk", "in person"),
        "digital" => words.pick("digitalt", "digital"),
        "phone" => words.pick("telefon", "phone"),
        _ => words.pick("ukjent", "unknown"),
    };
    key.split('/').map(part).collect::<Vec<_>>().join(", ")
}

/// Days by the rule that they fail.
pub fn not_counted(verdicts: &[(String, i64)], words: Language) -> Sheet {
    let columns = vec![
        column(words.pick("Grunn", "Reason"), ColumnKind::Text, 30),
        column(words.pick("Forklaring", "Explanation"), ColumnKind::Text, 60),
        column(words.pick("Aktivitetsdager", "Activity-days"), ColumnKind::Integer, 14),
    ];
    let rows = verdicts.iter().filter(|(verdict, _)| verdict != "COUNTED");
    let rows = rows.map(|(verdict, days)| vec![text(verdict), text(explanation(verdict, words)), Cell::Integer(*days)]);
    let caption = words.pick(
        "Godkjente aktivitetsdager som ikke teller, etter den første regelen de bryter.",
        "Approved activity-days that do not count, by the first rule that they fail.",
    );
    sheet(
        words.pick("Teller ikke", "Not counted"),
        caption,
        columns,
        rows.collect(),
    )
}

fn explanation(verdict: &str, words: Language) -> &'static str {
    match verdict {
        "OUTSIDE_NORWAY" => words.pick("Holdt utenfor Norge", "Took place outside Norway"),
        "TYPE_NOT_COUNTED" => words.pick("Aktivitetstypen teller ikke", "The kind of activity does not count"),
        "MODE_NOT_COUNTED" => words.pick(
            "Måten den ble holdt på teller ikke",
            "The way it took place does not count",
        ),
        "TOO_SHORT" => words.pick("For kort", "Too short"),
        "TOO_FEW_PARTICIPANTS" => words.pick("For få deltakere", "Too few participants"),
        "NO_APPROVED_LEADER" => words.pick("Ingen godkjent likeperson ledet den", "No approved peer led it"),
        "DUPLICATE" => words.pick("Registrert to ganger", "Registered twice"),
        "SAME_DAY_SAME_PARTICIPANTS" => words.pick(
            "Samme likeperson, dag og deltakere",
            "The same peer, day and participants",
        ),
        _ => "",
    }
}

/// What the file is, its totals, and remarks.
pub fn record(facts: Vec<(String, String)>, numbers: Vec<(&str, Cell)>, words: Language) -> Sheet {
    let columns = vec![
        column(words.pick("Opplysning", "Item"), ColumnKind::Text, 40),
        column(words.pick("Verdi", "Value"), ColumnKind::Mixed, 66),
    ];
    let facts = facts.into_iter();
    let facts = facts.map(|(label, value)| vec![Cell::Text(label), Cell::Text(value)]);
    let numbers = numbers.into_iter().map(|(label, number)| vec![text(label), number]);
    let caption = words.pick(
        "Hva denne filen er, og kontrollsummene.",
        "What this file is, and its control totals.",
    );
    let rows = facts.chain(numbers).collect();
    sheet(words.pick("Om filen", "Record"), caption, columns, rows)
}

/// What runs across every page of a test's file, and of a part of the organization's.
pub fn watermark(test: bool, whole: bool, words: Language) -> Option<String> {
    match (test, whole) {
        (true, _) => Some("TEST".to_owned()),
        (false, false) => Some(words.pick("ARBEIDSDOKUMENT", "WORKING PAPER").to_owned()),
        (false, true) => None,
    }
}

/// All sheets as one tidy table, a value a row: what a CSV file holds.
pub fn long_form(sheets: &[Sheet], words: Language) -> Sheet {
    let columns = vec![
        column(words.pick("Del", "Section"), ColumnKind::Text, 16),
        column(words.pick("Nøkkel", "Key"), ColumnKind::Text, 30),
        column(words.pick("Betegnelse", "Label"), ColumnKind::Text, 40),
        column(words.pick("Verdi", "Value"), ColumnKind::Mixed, 30),
        column(words.pick("Året før", "Year before"), ColumnKind::Mixed, 30),
    ];
    let rows = sheets
        .iter()
        .flat_map(|sheet| sheet.rows.iter().flat_map(|row| values(sheet, row)))
        .collect();
    sheet("Data", "", columns, rows)
}

/// A row's values, each with what it is: the row's label where it has one, else the column's header.
fn values(sheet: &Sheet, row: &[Cell]) -> Vec<Vec<Cell>> {
    let value = |label: Cell, value: &Cell, year_before: Cell| {
        vec![
            text(&sheet.table.name),
            row[0].clone(),
            label,
            value.clone(),
            year_before,
        ]
    };
    match row {
        [_, label, number, year_before, _, _] => vec![value(label.clone(), number, year_before.clone())],
        [_, label, number] => vec![value(label.clone(), number, Cell::Empty)],
        [_, number] => vec![value(Cell::Empty, number, Cell::Empty)],
        _ => {
            let columns = sheet.table.columns.iter().zip(row).skip(1);
            columns
                .map(|(column, number)| value(text(&column.header), number, Cell::Empty))
                .collect()
        }
    }
}

/// Few people can be recognised where an organization is broken down.
pub fn persons(number: i64) -> Cell {
    if are_few(number) {
        Cell::Suppressed
    } else {
        Cell::Integer(number)
    }
}

/// Hours have two decimals (decisions.md, 3), whole ones too, whatever kind of column they stand in.
pub fn hours(mut number: Decimal) -> Cell {
    number.rescale(2);
    Cell::Decimal(number)
}

fn sheet(name: &str, caption: &str, columns: Vec<Column>, rows: Vec<Vec<Cell>>) -> Sheet {
    Sheet {
        table: Table {
            name: name.to_owned(),
            caption: caption.to_owned(),
            columns,
        },
        rows,
    }
}

fn column(header: &str, kind: ColumnKind, width: u16) -> Column {
    Column {
        header: header.to_owned(),
        kind,
        width,
    }
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}
