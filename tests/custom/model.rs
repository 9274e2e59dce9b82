//! What a custom report shows, worked out a second time: filtered, grouped, aggregated and sorted in plain Rust.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use bufdir_reports::custom_report::Definition;
use bufdir_reports::custom_report::definition::{
    Aggregation, Condition, CustomReportColumn, DatePeriod, FieldCondition, Grouping, Literal, Operator, Order,
};
use bufdir_reports::custom_report::source::{Choice, DataSource, FieldKind, SourceField};
use chrono::{Datelike, NaiveDate};
use entity::enums::{CustomReportType, UnitLevel};
use render::Cell;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::database::name;
use crate::rows::{Fact, above, unit_name};
use crate::values::{Shown, Slot, Val, alphabetical, cell, choices, compare, number, rounded, text};
use crate::world::{unit_id, user};

/// What a group is known by: the name that is shown, and the id that tells it from others of the name.
type Group = Vec<(Slot, Option<Uuid>)>;

/// A row of the result: its cells, and what each column sorts by.
struct Line {
    cells: Vec<Cell>,
    sorted: Vec<Slot>,
    group: Group,
    key: (Slot, Uuid),
}

pub fn result(definition: &Definition, facts: &[Fact], organization: Uuid) -> Vec<Vec<Cell>> {
    let source = DataSource::of(definition.report_type);
    let names_status = names_status(definition);
    let kept: Vec<_> = facts
        .iter()
        .filter(|fact| names_status || fact.approved)
        .filter(|fact| {
            definition
                .filters
                .condition
                .as_ref()
                .is_none_or(|condition| holds(source, condition, fact))
        })
        .collect();
    let aggregated =
        !definition.groupings.is_empty() || definition.columns.iter().any(|column| column.aggregation.is_some());
    let mut lines = if aggregated {
        grouped(definition, source, &kept, organization)
    } else {
        kept.iter()
            .map(|fact| line(definition, source, &[fact], Vec::new()))
            .collect()
    };
    lines.sort_by(|left, right| order(definition, source, left, right));
    lines.truncate(definition.filters.limit.map_or(usize::MAX, |limit| limit as usize));
    lines.into_iter().map(|line| line.cells).collect()
}

fn names_status(definition: &Definition) -> bool {
    fn filtered(condition: &Condition) -> bool {
        match condition {
            Condition::All(parts) | Condition::Any(parts) => parts.iter().any(filtered),
            Condition::Not(part) => filtered(part),
            Condition::Field(comparison) => comparison.key == "status",
        }
    }
    definition.columns.iter().any(|column| column.key == "status")
        || definition.filters.condition.as_ref().is_some_and(filtered)
}

fn grouped(definition: &Definition, source: &DataSource, kept: &[&Fact], organization: Uuid) -> Vec<Line> {
    let mut groups: Vec<(Group, Vec<&Fact>)> = Vec::new();
    if definition.groupings.is_empty() {
        groups.push((Vec::new(), Vec::new()));
    }
    for fact in kept {
        let group: Group = definition
            .groupings
            .iter()
            .map(|grouping| group(grouping, fact, organization))
            .collect();
        match groups.iter_mut().find(|(known, _)| *known == group) {
            Some((_, facts)) => facts.push(fact),
            None => groups.push((group, vec![fact])),
        }
    }
    groups
        .into_iter()
        .map(|(group, facts)| line(definition, source, &facts, group))
        .collect()
}

fn group(grouping: &Grouping, fact: &Fact, organization: Uuid) -> (Slot, Option<Uuid>) {
    match grouping {
        Grouping::User => (fact.user.map(name).and_then(text), fact.user.map(user)),
        Grouping::Organization => (text("The organization"), Some(organization)),
        Grouping::Area { level } => {
            let unit = fact
                .unit
                .and_then(|unit| level.map_or(Some(unit), |level| above(unit, level)));
            (unit.map(unit_name).and_then(text), unit.map(unit_id))
        }
        Grouping::Date { period } => (fact.date.map(|date| period_of(date, *period)), None),
        Grouping::Kind => (fact.values["kind"].clone(), None),
        Grouping::Mode => (fact.values["mode"].clone(), None),
    }
}

fn period_of(date: NaiveDate, period: DatePeriod) -> Val {
    let year = date.year();
    Val::Text(match period {
        DatePeriod::Day => return Val::Date(date),
        DatePeriod::Week => format!("{}-W{:02}", date.iso_week().year(), date.iso_week().week()),
        DatePeriod::Month => format!("{year}-{:02}", date.month()),
        DatePeriod::Quarter => format!("{year}-Q{}", date.month0() / 3 + 1),
        DatePeriod::Year => year.to_string(),
    })
}

fn line(definition: &Definition, source: &DataSource, facts: &[&Fact], group: Group) -> Line {
    let mut cells: Vec<_> = definition
        .groupings
        .iter()
        .zip(&group)
        .map(|(by, (shown, _))| {
            let kind = group_choices(by, source).map(FieldKind::Choice);
            cell(shown, kind, Shown::Whole)
        })
        .collect();
    let mut sorted = Vec::new();
    for column in &definition.columns {
        let field = source.field(&column.key).unwrap();
        let value = value(field, column, facts);
        if is_hidden(definition, field, column, facts, &value) {
            cells.push(Cell::Suppressed);
            sorted.push(number(1));
        } else {
            let (kind, shown) = shown(field, column.aggregation);
            cells.push(cell(&value, kind, shown));
            sorted.push(value);
        }
    }
    let key = facts.first().map_or((None, Uuid::nil()), |fact| fact.key.clone());
    Line {
        cells,
        sorted,
        group,
        key,
    }
}

fn shown(field: &SourceField, aggregation: Option<Aggregation>) -> (Option<FieldKind>, Shown) {
    match (aggregation, field.kind) {
        (Some(Aggregation::Count | Aggregation::CountDistinct), _) => (None, Shown::Whole),
        (Some(Aggregation::Average), _) | (_, FieldKind::Decimal) => (None, Shown::Decimal),
        (_, kind) => (Some(kind), Shown::Whole),
    }
}

fn value(field: &SourceField, column: &CustomReportColumn, facts: &[&Fact]) -> Slot {
    let values: Vec<Val> = facts.iter().filter_map(|fact| fact.values[field.key].clone()).collect();
    match column.aggregation {
        None => values.into_iter().next(),
        Some(Aggregation::Count) => number(values.len()),
        Some(Aggregation::CountDistinct) => number(distinct(field, facts)),
        Some(Aggregation::Sum) => number(sum(field, facts, &values)),
        Some(Aggregation::Average) if values.is_empty() => None,
        Some(Aggregation::Average) => {
            let minutes_of = Decimal::from(values.len());
            number(rounded(exact_sum(field, facts, &values) / minutes_of))
        }
        Some(Aggregation::Minimum) => values.into_iter().min(),
        Some(Aggregation::Maximum) => values.into_iter().max(),
    }
}

fn distinct(field: &SourceField, facts: &[&Fact]) -> usize {
    let identity = |fact: &&Fact| match fact.identities.get(field.key) {
        Some(id) => id.clone(),
        None => fact.values[field.key].clone(),
    };
    facts.iter().filter_map(identity).collect::<BTreeSet<_>>().len()
}

fn sum(field: &SourceField, facts: &[&Fact], values: &[Val]) -> Decimal {
    rounded(exact_sum(field, facts, values))
}

/// Hours are the minutes', divided once.
fn exact_sum(field: &SourceField, facts: &[&Fact], values: &[Val]) -> Decimal {
    if field.key == "hours" {
        let minutes: u32 = facts.iter().map(|fact| fact.minutes).sum();
        return Decimal::from(minutes) / Decimal::from(60);
    }
    let numbers = values.iter().map(|value| match value {
        Val::Number(number) => *number,
        other => panic!("{other:?} is no number"),
    });
    numbers.sum()
}

/// Columns whose values are people.
const PEOPLE: [&str; 4] = ["leader", "leader_id", "peer_mentor", "peer_mentor_id"];

/// decisions.md, 8.
fn is_hidden(
    definition: &Definition,
    field: &SourceField,
    column: &CustomReportColumn,
    facts: &[&Fact],
    value: &Slot,
) -> bool {
    let grouped_finely = definition
        .groupings
        .iter()
        .any(|grouping| *grouping != Grouping::Organization);
    let listed = definition.groupings.is_empty() && column.aggregation.is_none();
    let finer = listed || grouped_finely || definition.filters.condition.is_some();
    let is_person = PEOPLE.contains(&field.key) && column.aggregation == Some(Aggregation::CountDistinct);
    let counts_rows =
        definition.report_type == CustomReportType::PeerMentors && column.aggregation == Some(Aggregation::Count);
    if !(field.counts_persons || is_person || counts_rows) || !finer {
        return false;
    }
    let few = |number: &Decimal| Decimal::ONE <= *number && *number <= Decimal::from(4);
    if definition.report_type == CustomReportType::Participants {
        let people: BTreeSet<_> = facts.iter().filter_map(|fact| fact.contact).collect();
        return (1..=4).contains(&people.len());
    }
    if column.aggregation == Some(Aggregation::Average) {
        let values: Vec<_> = facts.iter().filter_map(|fact| fact.values[field.key].clone()).collect();
        let sum = exact_sum(field, facts, &values);
        return Decimal::ZERO < sum && sum < Decimal::from(5 * values.len());
    }
    matches!(value, Some(Val::Number(number)) if few(number))
}

fn group_choices(grouping: &Grouping, source: &DataSource) -> Option<&'static [Choice]> {
    match grouping {
        Grouping::Kind => source.field("kind").map(choices),
        Grouping::Mode => source.field("mode").map(choices),
        _ => None,
    }
}

fn order(definition: &Definition, source: &DataSource, left: &Line, right: &Line) -> Ordering {
    let by_columns = definition.columns.iter().enumerate().filter_map(|(place, column)| {
        let descending = column.order? == Order::Descending;
        let field = source.field(&column.key).unwrap();
        let choices = if column.aggregation.is_some() {
            &[]
        } else {
            choices(field)
        };
        Some(compare(&left.sorted[place], &right.sorted[place], choices, descending))
    });
    let by_groups = definition.groupings.iter().enumerate().map(|(place, grouping)| {
        let (left, right) = (&left.group[place], &right.group[place]);
        let choices = group_choices(grouping, source).unwrap_or_default();
        compare(&left.0, &right.0, choices, false).then(left.1.cmp(&right.1))
    });
    let found = by_columns.chain(by_groups).find(|order| order.is_ne());
    found.unwrap_or_else(|| compare(&left.key.0, &right.key.0, &[], false).then(left.key.1.cmp(&right.key.1)))
}

fn holds(source: &DataSource, condition: &Condition, fact: &Fact) -> bool {
    match condition {
        Condition::All(parts) => parts.iter().all(|part| holds(source, part, fact)),
        Condition::Any(parts) => parts.iter().any(|part| holds(source, part, fact)),
        Condition::Not(part) => !holds(source, part, fact),
        Condition::Field(comparison) => compares(source.field(&comparison.key).unwrap(), comparison, fact),
    }
}

fn compares(field: &SourceField, comparison: &FieldCondition, fact: &Fact) -> bool {
    let values: Vec<Val> = comparison.values.iter().map(|value| literal(field, value)).collect();
    if field.key == "area" {
        let unit = fact.unit.unwrap();
        let levels = [UnitLevel::National, UnitLevel::Region, UnitLevel::Local];
        let within = levels
            .into_iter()
            .filter_map(|level| above(unit, level))
            .any(|unit| values.contains(&Val::Id(unit_id(unit))));
        return match comparison.operator {
            Operator::IsEmpty => false,
            Operator::IsNotEmpty => true,
            Operator::NotEquals | Operator::NotIn => !within,
            _ => within,
        };
    }
    let Some(value) = &fact.values[field.key] else {
        return matches!(
            comparison.operator,
            Operator::IsEmpty | Operator::NotEquals | Operator::NotIn
        );
    };
    let folded = |value: &Val| match value {
        Val::Text(text) => alphabetical(text),
        _ => String::new(),
    };
    match comparison.operator {
        Operator::Equals | Operator::In => values.contains(value),
        Operator::NotEquals | Operator::NotIn => !values.contains(value),
        Operator::LessThan => *value < values[0],
        Operator::AtMost => *value <= values[0],
        Operator::GreaterThan => *value > values[0],
        Operator::AtLeast => *value >= values[0],
        Operator::Between => values[0] <= *value && *value <= values[1],
        Operator::Contains => folded(value).contains(&folded(&values[0])),
        Operator::StartsWith => folded(value).starts_with(&folded(&values[0])),
        Operator::IsEmpty => false,
        Operator::IsNotEmpty => true,
    }
}

fn literal(field: &SourceField, literal: &Literal) -> Val {
    match (field.kind, literal) {
        (FieldKind::Date, Literal::Text(text)) => Val::Date(text.parse().unwrap()),
        (FieldKind::Decimal, Literal::Text(text)) => Val::Number(text.parse().unwrap()),
        (FieldKind::Id(kind), Literal::Text(text)) => Val::Id(kind.decode(&text.clone().into(), "").unwrap()),
        (_, Literal::Text(text)) => Val::Text(text.clone()),
        (_, Literal::Integer(number)) => Val::Number((*number).into()),
        (_, Literal::Boolean(truth)) => Val::Boolean(*truth),
    }
}
