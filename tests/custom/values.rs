//! Values as the model has them, and how they are compared, sorted and shown.

use entity::enums::Language;
use render::Cell;
use std::cmp::Ordering;

use bufdir_reports::custom_report::source::{Choice, FieldKind, SourceField};
use chrono::NaiveDate;
use rust_decimal::{Decimal, RoundingStrategy};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Val {
    Text(String),
    Number(Decimal),
    Date(NaiveDate),
    Boolean(bool),
    Id(Uuid),
}

/// A cell's value, or none.
pub type Slot = Option<Val>;

pub fn text(text: impl Into<String>) -> Slot {
    Some(Val::Text(text.into()))
}

pub fn number(number: impl Into<Decimal>) -> Slot {
    Some(Val::Number(number.into()))
}

/// To two decimals, halves away from zero, as a spreadsheet does.
pub fn rounded(number: Decimal) -> Decimal {
    number.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

pub fn hours(minutes: u32) -> Slot {
    number(rounded(Decimal::from(minutes) / Decimal::from(60)))
}

/// Norwegian: the last three letters are æ, ø and å, whatever their case.
pub fn alphabetical(text: &str) -> String {
    let small = text.to_lowercase();
    small.replace('æ', "{").replace('ø', "|").replace('å', "}")
}

/// Empty ones last either way.
pub fn compare(left: &Slot, right: &Slot, choices: &[Choice], descending: bool) -> Ordering {
    let place = |value: &str| choices.iter().position(|choice| choice.value == value);
    let order = match (left, right) {
        (None, None) => return Ordering::Equal,
        (None, Some(_)) => return Ordering::Greater,
        (Some(_), None) => return Ordering::Less,
        (Some(Val::Text(left)), Some(Val::Text(right))) if choices.is_empty() => {
            alphabetical(left).cmp(&alphabetical(right))
        }
        (Some(Val::Text(left)), Some(Val::Text(right))) => place(left).cmp(&place(right)),
        (Some(left), Some(right)) => left.cmp(right),
    };
    if descending { order.reverse() } else { order }
}

pub fn choices(field: &SourceField) -> &'static [Choice] {
    match field.kind {
        FieldKind::Choice(choices) => choices,
        _ => &[],
    }
}

/// How a number is shown.
#[derive(Clone, Copy, PartialEq)]
pub enum Shown {
    Whole,
    Decimal,
}

pub fn cell(value: &Slot, kind: Option<FieldKind>, shown: Shown) -> Cell {
    match value {
        None => Cell::Empty,
        Some(Val::Text(text)) => {
            let choice = match kind {
                Some(FieldKind::Choice(choices)) => choices.iter().find(|choice| choice.value == text),
                _ => None,
            };
            Cell::Text(choice.map_or(text.clone(), |choice| choice.label.of(Language::En).to_owned()))
        }
        Some(Val::Number(number)) if shown == Shown::Whole => Cell::Integer(number.to_string().parse().unwrap()),
        Some(Val::Number(number)) => Cell::Decimal(rounded(*number)),
        Some(Val::Date(date)) => Cell::Date(*date),
        Some(Val::Boolean(truth)) => Cell::Text(if *truth { "yes" } else { "no" }.to_owned()),
        Some(Val::Id(id)) => match kind {
            Some(FieldKind::Id(kind)) => Cell::Text(kind.encode(*id).0),
            _ => panic!("an id of no kind"),
        },
    }
}
