//! SELECT and ORDER BY: a field's value, what a group's values are made into, and which numbers are not shown.

use counting::FEW_PERSONS;
use sea_orm::sea_query::{self, Expr, ExprTrait, Func};

use super::CellKind;
use crate::custom_report::definition::{Aggregation, Order};
use crate::custom_report::expressions::{either, literal, norwegian, null_if};
use crate::custom_report::source::{Choice, FieldKind, SourceField};
use crate::custom_report::valid::{CheckedColumn, CheckedDefinition};
use entity::enums::Language;

/// Stands for a number that is not shown; persons and their hours are never fewer than none.
pub(super) const HIDDEN: i32 = -1;

/// When a column's number is not shown, because it tells of 1 to 4 persons (decisions, 8); never where it is of the whole
/// organization.
pub(super) fn few(checked: &CheckedDefinition, column: &CheckedColumn, value: &Expr) -> Option<Expr> {
    let counts_persons = checked.source.counts_persons(column.field, column.aggregation);
    if !counts_persons || !checked.is_finer_than_the_organization() {
        return None;
    }
    let (fewest, most) = FEW_PERSONS.into_inner();
    let is_few = |number: Expr| number.between(literal(fewest), literal(most));
    Some(match (&checked.source.persons, column.aggregation) {
        (Some(persons), _) => is_few(persons.clone().count_distinct()),
        (None, Some(Aggregation::Average)) => is_few_on_average(column.field),
        (None, _) => is_few(value.clone()),
    })
}

/// Above 0 and below 5, before it is rounded: with the number of rows such an average tells of small numbers. A sum of 1
/// to 4 has no other.
fn is_few_on_average(field: &SourceField) -> Expr {
    let (summed, divisor) = field.summed();
    let (sum, count) = (summed.clone().sum(), summed.count());
    let five = literal((FEW_PERSONS.end() + 1) * i64::from(divisor)).mul(count);
    sum.clone().gt(literal(0)).and(sum.lt(five))
}

pub(super) fn value_of(field: &SourceField) -> Expr {
    match field.kind {
        FieldKind::Integer => field.expr().cast_as("bigint"),
        _ => field.expr(),
    }
}

pub(super) fn aggregate(field: &SourceField, aggregation: Aggregation) -> Expr {
    let (summed, divisor) = field.summed();
    let sum = || summed.clone().sum();
    let sum_or_zero = || Expr::from(Func::coalesce([sum(), literal(0)]));
    let round = |number: Expr| Func::round_with_precision(number, literal(2)).into();
    let extreme = |extreme: Expr| match field.kind {
        FieldKind::Integer => extreme.cast_as("bigint"),
        _ => extreme,
    };
    match aggregation {
        Aggregation::Count => field.expr().count(),
        Aggregation::CountDistinct => field.identity().count_distinct(),
        Aggregation::Sum if matches!(field.kind, FieldKind::Decimal) => {
            round(sum_or_zero().cast_as("numeric").div(literal(divisor)))
        }
        Aggregation::Sum => sum_or_zero().cast_as("bigint"),
        // Of whole numbers, and rounded once.
        Aggregation::Average => {
            let count = summed.clone().count().mul(literal(divisor));
            round(sum().cast_as("numeric").div(null_if(count, literal(0))))
        }
        Aggregation::Minimum => extreme(field.expr().min()),
        Aggregation::Maximum => extreme(field.expr().max()),
    }
}

pub(super) fn reading(field: &SourceField, aggregation: Option<Aggregation>) -> CellKind {
    match (aggregation, field.kind) {
        (Some(Aggregation::Count | Aggregation::CountDistinct), _) => CellKind::Integer,
        (Some(Aggregation::Average), _) => CellKind::Decimal,
        (_, FieldKind::Text) => CellKind::Text,
        (_, FieldKind::Integer) => CellKind::Integer,
        (_, FieldKind::Decimal) => CellKind::Decimal,
        (_, FieldKind::Date) => CellKind::Date,
        (_, FieldKind::Boolean) => CellKind::Boolean,
        (_, FieldKind::Choice(choices)) => CellKind::Choice(choices),
        (_, FieldKind::Id(kind)) => CellKind::Id(kind),
    }
}

/// Hidden numbers sort as one, between none and five, because their order would tell them apart.
pub(super) fn sort_key(value: Expr, reading: CellKind, few: Option<Expr>) -> Expr {
    match (reading, few) {
        (CellKind::Text, _) => norwegian(value),
        (CellKind::Choice(choices), _) => place_of_choice(value, choices),
        (_, Some(few)) => either(few, literal(1), value),
        (_, None) => value,
    }
}

pub(super) fn order_of(order: Order) -> sea_query::Order {
    match order {
        Order::Ascending => sea_query::Order::Asc,
        Order::Descending => sea_query::Order::Desc,
    }
}

pub(super) fn place_of_choice(value: Expr, choices: &[Choice]) -> Expr {
    let values: Vec<_> = choices.iter().map(|choice| choice.value.to_owned()).collect();
    Func::cust("array_position").args([literal(values), value]).into()
}

pub(in crate::custom_report) fn header_of(
    field: &SourceField,
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
