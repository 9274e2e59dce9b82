//! Conditions: their depth and size, their operators, and values typed as their columns are.

use async_graphql::ID;
use chrono::NaiveDate;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{find_field, fitting};
use crate::custom_report::definition::{Condition, FieldCondition, Literal, Operator};
use crate::custom_report::rules;
use crate::custom_report::source::{Choice, DataSource, FieldKind, SourceField};
use crate::kernel::error::{Error, Result};
use crate::kernel::id::IdKind;
use crate::kernel::text::is_typed_text;

/// Conditions within conditions.
pub const MAX_FILTER_DEPTH: usize = 10;
/// Comparisons and their values, together.
pub const MAX_FILTER_SIZE: usize = 500;

/// Characters of a text to compare with: as many as the longest texts of activities and units have.
pub const MAX_TEXT_LENGTH: usize = 300;

/// A condition whose fields and values are known to fit.
#[derive(Debug)]
pub enum CheckedCondition {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Compare {
        field: &'static SourceField,
        operator: Operator,
        values: Vec<Typed>,
    },
}

/// An id in a condition; whether the organization has what it stands for is looked up apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedId {
    /// What it stands for.
    pub kind: IdKind,
    pub id: Uuid,
    /// Where it stands in the JSON shape.
    pub path: String,
}

/// A value of its column's type.
#[derive(Clone, Debug, PartialEq)]
pub enum Typed {
    Text(String),
    Integer(i64),
    Decimal(Decimal),
    Date(NaiveDate),
    Boolean(bool),
    Id(Uuid),
}

pub(super) fn check(source: &'static DataSource, condition: &Condition) -> Result<(CheckedCondition, Vec<NamedId>)> {
    let mut checking = Checking {
        source,
        size: 0,
        ids: Vec::new(),
    };
    let checked = checking.condition(condition, "filters.where", 1)?;
    Ok((checked, checking.ids))
}

struct Checking {
    source: &'static DataSource,
    size: usize,
    ids: Vec<NamedId>,
}

impl Checking {
    fn condition(&mut self, condition: &Condition, path: &str, depth: usize) -> Result<CheckedCondition> {
        if depth > MAX_FILTER_DEPTH {
            return Err(Error::rule(rules::FILTER_DEPTH_LIMIT).at(path));
        }
        Ok(match condition {
            Condition::All(parts) => CheckedCondition::All(self.each(parts, &format!("{path}.all"), depth)?),
            Condition::Any(parts) => CheckedCondition::Any(self.each(parts, &format!("{path}.any"), depth)?),
            Condition::Not(part) => {
                CheckedCondition::Not(Box::new(self.condition(part, &format!("{path}.not"), depth + 1)?))
            }
            Condition::Field(comparison) => self.comparison(comparison, &format!("{path}.field"))?,
        })
    }

    fn each(&mut self, parts: &[Condition], path: &str, depth: usize) -> Result<Vec<CheckedCondition>> {
        // Before any of them, because a list of nothing but empty lists has no comparison that would count.
        self.count(parts.len(), path)?;
        let numbered = parts.iter().enumerate();
        numbered
            .map(|(place, part)| self.condition(part, &format!("{path}[{place}]"), depth + 1))
            .collect()
    }

    fn count(&mut self, more: usize, path: &str) -> Result<()> {
        self.size = self.size.saturating_add(more);
        if self.size > MAX_FILTER_SIZE {
            return Err(Error::rule(rules::FILTER_SIZE_LIMIT).at(path));
        }
        Ok(())
    }

    fn comparison(&mut self, comparison: &FieldCondition, path: &str) -> Result<CheckedCondition> {
        self.count(comparison.values.len(), path)?;
        let field = find_field(self.source, &comparison.key, path)?;
        if !field.is_filter {
            let message = format!("\"{}\" is for columns alone.", field.key);
            return Err(Error::rule_because(rules::FIELD_KNOWN, message).at(format!("{path}.key")));
        }
        let operators = field.kind.operators();
        if !operators.contains(&comparison.operator) {
            let message = fitting("operator", field, operators);
            return Err(Error::rule_because(rules::OPERATOR_FITS_FIELD, message).at(format!("{path}.operator")));
        }
        if !takes(comparison.operator, comparison.values.len()) {
            return Err(Error::rule(rules::VALUE_COUNT_FITS_OPERATOR).at(format!("{path}.values")));
        }
        let numbered = comparison.values.iter().enumerate();
        let values = numbered
            .map(|(place, value)| self.value(field, comparison.operator, value, format!("{path}.values[{place}]")));
        Ok(CheckedCondition::Compare {
            field,
            operator: comparison.operator,
            values: values.collect::<Result<_>>()?,
        })
    }

    fn value(&mut self, field: &SourceField, operator: Operator, value: &Literal, path: String) -> Result<Typed> {
        let value = convert(field, value, &path)?;
        match (field.kind, &value) {
            // A condition that tells 2 from 3 would tell what the result does not show (decisions, 8).
            (_, Typed::Integer(number)) if field.counts_persons && counting::are_few(*number) => {
                return Err(Error::rule_because(rules::VALUE_FITS_FIELD, of_few_persons(operator, *number)).at(path));
            }
            (FieldKind::Id(kind), Typed::Id(id)) => self.ids.push(NamedId { kind, id: *id, path }),
            _ => {}
        }
        Ok(value)
    }
}

/// Why a condition on a few persons is refused, and which one asks the same where there is one.
fn of_few_persons(operator: Operator, number: i64) -> String {
    let same = match (operator, number) {
        (Operator::GreaterThan, 4) => " AT_LEAST 5 asks the same.",
        (Operator::AtLeast, 1) => " GREATER_THAN 0 asks the same.",
        (Operator::AtMost, 4) => " LESS_THAN 5 asks the same.",
        (Operator::LessThan, 1) => " EQUALS 0 asks the same.",
        _ => "",
    };
    format!("Numbers of persons are compared with 0, or with 5 and more.{same}")
}

fn takes(operator: Operator, count: usize) -> bool {
    match operator {
        Operator::IsEmpty | Operator::IsNotEmpty => count == 0,
        Operator::Between => count == 2,
        Operator::In | Operator::NotIn => count > 0,
        _ => count == 1,
    }
}

fn convert(field: &SourceField, value: &Literal, path: &str) -> Result<Typed> {
    let typed = match (field.kind, value) {
        (FieldKind::Text, Literal::Text(text)) => comparable(text).then(|| Typed::Text(text.clone())),
        (FieldKind::Choice(choices), Literal::Text(text)) => as_choice(choices, text),
        (FieldKind::Integer, Literal::Integer(number)) => Some(Typed::Integer(*number)),
        (FieldKind::Decimal, Literal::Integer(number)) => Some(Typed::Decimal((*number).into())),
        (FieldKind::Decimal, Literal::Text(text)) => Decimal::from_str_exact(text).ok().map(Typed::Decimal),
        (FieldKind::Date, Literal::Text(text)) => date(text).map(Typed::Date),
        (FieldKind::Boolean, Literal::Boolean(truth)) => Some(Typed::Boolean(*truth)),
        (FieldKind::Id(kind), Literal::Text(text)) => return kind.decode(&ID(text.clone()), path).map(Typed::Id),
        _ => None,
    };
    typed.ok_or_else(|| {
        let message = format!("\"{}\" is compared with {}.", field.key, wanted(field.kind));
        Error::rule_because(rules::VALUE_FITS_FIELD, message).at(path)
    })
}

fn wanted(kind: FieldKind) -> String {
    match kind {
        FieldKind::Text => format!("a text of {MAX_TEXT_LENGTH} characters at most"),
        FieldKind::Integer => "a whole number".to_owned(),
        FieldKind::Decimal => "a number, as text where it has decimals (\"7.50\")".to_owned(),
        FieldKind::Date => "a date (\"2024-05-17\")".to_owned(),
        FieldKind::Boolean => "true or false".to_owned(),
        FieldKind::Choice(choices) => {
            let values: Vec<_> = choices.iter().map(|choice| choice.value).collect();
            format!("one of {}", values.join(", "))
        }
        FieldKind::Id(_) => "an id".to_owned(),
    }
}

fn comparable(text: &str) -> bool {
    is_typed_text(text) && text.chars().count() <= MAX_TEXT_LENGTH
}

fn as_choice(choices: &[Choice], text: &str) -> Option<Typed> {
    let known = choices.iter().any(|choice| choice.value == text);
    known.then(|| Typed::Text(text.to_owned()))
}

/// As the shape writes dates: four, two and two digits.
fn date(text: &str) -> Option<NaiveDate> {
    let whole = text.len() == "2024-12-31".len();
    whole
        .then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())
        .flatten()
}
