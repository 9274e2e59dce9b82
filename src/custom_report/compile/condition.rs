//! WHERE: conditions that are true or false of every row, and never unknown.

use sea_orm::Value;
use sea_orm::sea_query::extension::postgres::PgFunc;
use sea_orm::sea_query::{ArrayType, BinOper, Expr, ExprTrait, Func, Keyword, Query};

use super::Compiler;
use crate::custom_report::definition::Operator;
use crate::custom_report::expressions::{literal, norwegian};
use crate::custom_report::source::{ReportExtent, SourceField};
use crate::custom_report::valid::{CheckedCondition, Typed};

impl Compiler<'_> {
    /// What rows fulfil beside the organization and the dates.
    pub(super) fn add_conditions(&mut self, extent: &ReportExtent) {
        let checked = self.checked;
        let condition = checked.condition.as_ref();
        let names_status = checked.columns.iter().any(|column| column.field.key == "status")
            || condition.is_some_and(|condition| names(condition, "status"));
        let approved = checked.source.approved.clone().filter(|_| !names_status);
        self.select.and_where_option(approved);
        if let Some(condition) = condition {
            let condition = self.compile(condition, extent);
            self.select.and_where(condition);
        }
        if checked.is_aggregated && checked.groupings().is_empty() {
            // Of no rows there is still a total, except of the test organization's (`test_org_excluded_from_output`).
            self.select.and_having(Expr::exists(extent.organization_row()));
        }
    }

    /// True or false, never unknown: an empty cell fulfils `is_empty`, `not_equals` and `not_in` alone.
    fn compile(&mut self, condition: &CheckedCondition, extent: &ReportExtent) -> Expr {
        let mut each = |parts: &[CheckedCondition]| parts.iter().map(|part| self.compile(part, extent)).collect();
        match condition {
            CheckedCondition::All(parts) => join(each(parts), BinOper::And).unwrap_or(literal(true)),
            CheckedCondition::Any(parts) => join(each(parts), BinOper::Or).unwrap_or(literal(false)),
            CheckedCondition::Not(part) => self.compile(part, extent).not(),
            CheckedCondition::Compare {
                field,
                operator,
                values,
            } => {
                self.joins.extend(field.joins());
                compare(field, *operator, values, extent)
            }
        }
    }
}

fn names(condition: &CheckedCondition, key: &str) -> bool {
    match condition {
        CheckedCondition::All(parts) | CheckedCondition::Any(parts) => parts.iter().any(|part| names(part, key)),
        CheckedCondition::Not(part) => names(part, key),
        CheckedCondition::Compare { field, .. } => field.key == key,
    }
}

/// As a tree of little depth: to write a statement out goes as deep as its expressions.
fn join(mut parts: Vec<Expr>, operator: BinOper) -> Option<Expr> {
    if parts.len() < 2 {
        return parts.pop();
    }
    let others = join(parts.split_off(parts.len() / 2), operator);
    join(parts, operator)
        .zip(others)
        .map(|(left, right)| left.binary(operator, right))
}

fn compare(field: &SourceField, operator: Operator, values: &[Typed], extent: &ReportExtent) -> Expr {
    let cell = field.expr();
    let is_negated = matches!(operator, Operator::NotEquals | Operator::NotIn);
    if field.includes_units_below() && !values.is_empty() {
        let units = Func::cust("unnest").arg(array(values));
        let below = Func::cust("app.unit_subtree").args([Expr::val(extent.organization()), units.into()]);
        let is_below = cell.in_subquery(Query::select().expr(below).take());
        return if is_negated { is_below.not() } else { is_below };
    }
    let mut bound = values.iter().map(|value| Expr::val(Value::from(value)));
    let mut next = || bound.next().unwrap_or(Expr::Keyword(Keyword::Null));
    match operator {
        Operator::Equals => known(cell.eq(next())),
        Operator::NotEquals => cell.binary(BinOper::Custom("is distinct from"), next()),
        Operator::In => known(cell.eq(PgFunc::any(array(values)))),
        Operator::NotIn => known(cell.eq(PgFunc::any(array(values)))).not(),
        Operator::LessThan => known(cell.lt(next())),
        Operator::AtMost => known(cell.lte(next())),
        Operator::GreaterThan => known(cell.gt(next())),
        Operator::AtLeast => known(cell.gte(next())),
        Operator::Between => known(cell.between(next(), next())),
        Operator::Contains => {
            let place = Func::cust("strpos").args([fold(cell), fold(next())]);
            known(place.gt(literal(0)))
        }
        Operator::StartsWith => known(PgFunc::starts_with(fold(cell), fold(next())).into()),
        Operator::IsEmpty => cell.is_null(),
        Operator::IsNotEmpty => cell.is_not_null(),
    }
}

impl From<&Typed> for Value {
    fn from(value: &Typed) -> Self {
        match value {
            Typed::Text(text) => text.as_str().into(),
            Typed::Integer(number) => (*number).into(),
            Typed::Decimal(number) => (*number).into(),
            Typed::Date(date) => (*date).into(),
            Typed::Boolean(truth) => (*truth).into(),
            Typed::Id(id) => (*id).into(),
        }
    }
}

/// One parameter, whatever their number: the statement is the same.
fn array(values: &[Typed]) -> Value {
    let values: Vec<_> = values.iter().map(Value::from).collect();
    let array_type = values.first().map_or(ArrayType::String, Value::array_type);
    Value::Array(array_type, Some(Box::new(values)))
}

/// In small letters.
fn fold(text: Expr) -> Expr {
    Func::lower(norwegian(text)).into()
}

fn known(condition: Expr) -> Expr {
    Func::coalesce([condition, literal(false)]).into()
}
