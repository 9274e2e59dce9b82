//! SELECT and ORDER BY: a field's value, what a group's values are made into, and which numbers are not shown.

use super::Reading;
use crate::custom_report::definition::{Aggregation, Order};
use crate::custom_report::source::{Choice, Field, FieldKind};
use crate::custom_report::valid::{Checked, CheckedColumn};
use entity::enums::Language;
use render::ColumnKind;

/// Stands for a number that is not shown; persons and their hours are never fewer than none.
pub(super) const HIDDEN: &str = "-1";

/// When a column's number is not shown, because it tells of 1 to 4 persons (decisions, 8); never where it is of the whole
/// organization.
pub(super) fn few(checked: &Checked, column: &CheckedColumn, expression: &str) -> Option<String> {
    let counts_persons = checked.source.counts_persons(column.field, column.aggregation);
    if !counts_persons || !checked.is_finer_than_the_organization() {
        return None;
    }
    Some(match (checked.source.persons(), column.aggregation) {
        (Some(persons), _) => format!("count(distinct {persons}) between 1 and 4"),
        (None, Some(Aggregation::Average)) => few_on_average(column.field),
        (None, _) => format!("{expression} between 1 and 4"),
    })
}

/// Above 0 and below 5, before it is rounded: with the number of rows such an average tells of small numbers. A sum of 1
/// to 4 has no other.
fn few_on_average(field: &Field) -> String {
    let (summed, divisor) = field.summed();
    let five = 5 * divisor;
    format!("(sum({summed}) > 0 and sum({summed}) < {five} * count({summed}))")
}

pub(super) fn plain(field: &Field) -> String {
    let sql = field.sql();
    match field.kind {
        FieldKind::Text | FieldKind::Choice(_) => format!("({sql})::text"),
        FieldKind::Integer => format!("({sql})::bigint"),
        FieldKind::Decimal | FieldKind::Date | FieldKind::Boolean | FieldKind::Id(_) => sql.to_owned(),
    }
}

pub(super) fn aggregated(field: &Field, aggregation: Aggregation) -> String {
    let (summed, divisor) = field.summed();
    let is_decimal = matches!(field.kind, FieldKind::Decimal);
    match aggregation {
        Aggregation::Count => format!("count({})", field.sql()),
        Aggregation::CountDistinct => format!("count(distinct {})", field.identity()),
        Aggregation::Sum if is_decimal => format!("round(coalesce(sum({summed}), 0)::numeric / {divisor}, 2)"),
        Aggregation::Sum => format!("coalesce(sum({summed}), 0)::bigint"),
        // Of whole numbers, and rounded once.
        Aggregation::Average => format!("round(sum({summed})::numeric / nullif(count({summed}) * {divisor}, 0), 2)"),
        Aggregation::Minimum => extreme("min", field),
        Aggregation::Maximum => extreme("max", field),
    }
}

fn extreme(function: &str, field: &Field) -> String {
    let sql = field.sql();
    match field.kind {
        FieldKind::Integer => format!("{function}({sql})::bigint"),
        _ => format!("{function}({sql})"),
    }
}

pub(super) fn reading(field: &Field, aggregation: Option<Aggregation>) -> Reading {
    match (aggregation, field.kind) {
        (Some(Aggregation::Count | Aggregation::CountDistinct), _) => Reading::Integer,
        (Some(Aggregation::Average), _) => Reading::Decimal,
        (_, FieldKind::Text) => Reading::Text,
        (_, FieldKind::Integer) => Reading::Integer,
        (_, FieldKind::Decimal) => Reading::Decimal,
        (_, FieldKind::Date) => Reading::Date,
        (_, FieldKind::Boolean) => Reading::Boolean,
        (_, FieldKind::Choice(choices)) => Reading::Choice(choices),
        (_, FieldKind::Id(kind)) => Reading::Id(kind),
    }
}

pub(super) fn column_kind(reading: Reading) -> ColumnKind {
    match reading {
        Reading::Integer => ColumnKind::Integer,
        Reading::Decimal => ColumnKind::Decimal(2),
        Reading::Date => ColumnKind::Date,
        Reading::Text | Reading::Boolean | Reading::Choice(_) | Reading::Id(_) => ColumnKind::Text,
    }
}

/// Hidden numbers sort as one, between none and five, because their order would tell them apart.
pub(super) fn sorted(expression: &str, reading: Reading, few: Option<&str>, order: Order) -> String {
    let sorted = match (reading, few) {
        (Reading::Text, _) => format!("{expression} collate app.norwegian"),
        (Reading::Choice(choices), _) => choice_place(expression, choices),
        (_, Some(few)) => format!("case when {few} then 1 else {expression} end"),
        (_, None) => expression.to_owned(),
    };
    let direction = match order {
        Order::Ascending => "asc",
        Order::Descending => "desc",
    };
    format!("{sorted} {direction} nulls last")
}

pub(super) fn choice_place(expression: &str, choices: &[Choice]) -> String {
    let values: Vec<_> = choices.iter().map(|choice| format!("'{}'", choice.value)).collect();
    format!("array_position(array[{}], {expression})", values.join(", "))
}

pub(in crate::custom_report) fn header_of(
    field: &Field,
    aggregation: Option<Aggregation>,
    language: Language,
) -> String {
    let label = field.label.of(language);
    let of = |nb, en| format!("{label} ({})", language.pick(nb, en));
    match aggregation {
        None => label.to_owned(),
        // What can be made into one thing alone is called by its name.
        Some(_) if field.aggregations.len() == 1 => label.to_owned(),
        Some(Aggregation::Count) => of("antall", "count"),
        Some(Aggregation::CountDistinct) => of("antall ulike", "distinct"),
        Some(Aggregation::Sum) => of("sum", "sum"),
        Some(Aggregation::Average) => of("snitt", "average"),
        Some(Aggregation::Minimum) => of("minst", "minimum"),
        Some(Aggregation::Maximum) => of("størst", "maximum"),
    }
}
