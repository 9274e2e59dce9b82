//! WHERE: conditions that are true or false of every row, and never unknown.

use sea_orm::Value;

use super::SelectBuilder;
use crate::custom_report::definition::Operator;
use crate::custom_report::source::Field;
use crate::custom_report::valid::{CheckedCondition, Typed};

impl SelectBuilder<'_> {
    /// What rows fulfil beside the organization and the dates.
    pub(super) fn condition(&mut self) -> String {
        let mut sql = String::new();
        let names_status = self.checked.columns.iter().any(|column| column.field.key == "status")
            || self
                .checked
                .condition
                .as_ref()
                .is_some_and(|condition| names(condition, "status"));
        if let Some(approved) = self.checked.source.approved().filter(|_| !names_status) {
            sql.push_str(&format!(" and {approved}"));
        }
        if let Some(condition) = &self.checked.condition {
            let compiled = self.compiled(condition);
            sql.push_str(&format!(" and {compiled}"));
        }
        sql
    }

    /// True or false, never unknown: an empty cell fulfils `is_empty`, `not_equals` and `not_in` alone.
    fn compiled(&mut self, condition: &CheckedCondition) -> String {
        match condition {
            CheckedCondition::All(parts) => self.joined(parts, " and ", "true"),
            CheckedCondition::Any(parts) => self.joined(parts, " or ", "false"),
            CheckedCondition::Not(part) => format!("(not {})", self.compiled(part)),
            CheckedCondition::Compare {
                field,
                operator,
                values,
            } => {
                self.joins.extend(field.joins());
                let bound: Vec<_> = values.iter().map(|value| self.bind(value)).collect();
                format!("({})", comparison(field, *operator, &bound))
            }
        }
    }

    fn joined(&mut self, parts: &[CheckedCondition], word: &str, of_none: &str) -> String {
        let parts: Vec<_> = parts.iter().map(|part| self.compiled(part)).collect();
        if parts.is_empty() {
            of_none.to_owned()
        } else {
            format!("({})", parts.join(word))
        }
    }

    fn bind(&mut self, value: &Typed) -> String {
        let (value, cast): (Value, &str) = match value {
            Typed::Text(text) => (text.clone().into(), "text"),
            Typed::Integer(number) => ((*number).into(), "bigint"),
            Typed::Decimal(number) => ((*number).into(), "numeric"),
            Typed::Date(date) => ((*date).into(), "date"),
            Typed::Boolean(truth) => ((*truth).into(), "boolean"),
            Typed::Id(id) => ((*id).into(), "uuid"),
        };
        self.values.push(value);
        // `$1` is the organization.
        format!("${}::{cast}", self.values.len() + 1)
    }
}

fn names(condition: &CheckedCondition, key: &str) -> bool {
    match condition {
        CheckedCondition::All(parts) | CheckedCondition::Any(parts) => parts.iter().any(|part| names(part, key)),
        CheckedCondition::Not(part) => names(part, key),
        CheckedCondition::Compare { field, .. } => field.key == key,
    }
}

fn comparison(field: &Field, operator: Operator, bound: &[String]) -> String {
    let sql = field.sql();
    let list = bound.join(", ");
    let first = bound.first().map(String::as_str).unwrap_or_default();
    if field.includes_units_below() && !bound.is_empty() {
        let below = bound
            .iter()
            .map(|unit| format!("{sql} in (select app.unit_subtree($1, {unit}))"));
        let below = below.collect::<Vec<_>>().join(" or ");
        return match operator {
            Operator::NotEquals | Operator::NotIn => format!("not ({below})"),
            _ => below,
        };
    }
    match operator {
        Operator::Equals => known(&format!("{sql} = {first}")),
        Operator::NotEquals => format!("{sql} is distinct from {first}"),
        Operator::In => known(&format!("{sql} in ({list})")),
        Operator::NotIn => format!("not {}", known(&format!("{sql} in ({list})"))),
        Operator::LessThan => known(&format!("{sql} < {first}")),
        Operator::AtMost => known(&format!("{sql} <= {first}")),
        Operator::GreaterThan => known(&format!("{sql} > {first}")),
        Operator::AtLeast => known(&format!("{sql} >= {first}")),
        Operator::Between => known(&format!("{sql} between {}", bound.join(" and "))),
        Operator::Contains => known(&format!("strpos({}, {}) > 0", folded(sql), folded(first))),
        Operator::StartsWith => known(&format!("starts_with({}, {})", folded(sql), folded(first))),
        Operator::IsEmpty => format!("({sql}) is null"),
        Operator::IsNotEmpty => format!("({sql}) is not null"),
    }
}

/// In small letters, Norwegian ones too, whatever the database's own locale.
fn folded(text: &str) -> String {
    format!("lower(({text}) collate app.norwegian)")
}

fn known(condition: &str) -> String {
    format!("coalesce({condition}, false)")
}
