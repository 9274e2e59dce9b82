//! A definition as clients read it.

use async_graphql::{ComplexObject, Enum, SimpleObject, Union};
use entity::enums::UnitLevel;

use crate::custom_report::definition::{Condition, DatePeriod, Definition, FieldCondition, Filters, Grouping, Literal};
use crate::custom_report::source::GroupingBy;

#[ComplexObject]
impl Definition {
    /// What the rows are grouped by, from the outermost to the innermost.
    async fn groupings(&self) -> Vec<CustomReportGrouping> {
        self.groupings.iter().map(CustomReportGrouping::of).collect()
    }
}

#[ComplexObject]
impl Filters {
    /// The condition that rows fulfil; null where all do.
    #[graphql(name = "where")]
    async fn condition(&self) -> Option<CustomReportCondition> {
        self.condition.as_ref().map(CustomReportCondition::of)
    }
}

/// A condition on a row: of others, or on one column.
#[derive(Union)]
pub enum CustomReportCondition {
    Group(CustomReportConditionGroup),
    Field(FieldCondition),
}

impl CustomReportCondition {
    fn of(condition: &Condition) -> Self {
        let group = |operator, conditions: &[Condition]| {
            Self::Group(CustomReportConditionGroup {
                operator,
                conditions: conditions.iter().map(Self::of).collect(),
            })
        };
        match condition {
            Condition::All(conditions) => group(ConditionOperator::All, conditions),
            Condition::Any(conditions) => group(ConditionOperator::Any, conditions),
            Condition::Not(condition) => group(ConditionOperator::Not, std::slice::from_ref(condition)),
            Condition::Field(condition) => Self::Field(condition.clone()),
        }
    }
}

/// How conditions are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ConditionOperator {
    /// Every one holds; of none: true.
    All,
    /// At least one holds; of none: false.
    Any,
    /// The one does not hold.
    Not,
}

/// Conditions joined.
#[derive(SimpleObject)]
pub struct CustomReportConditionGroup {
    /// How they are joined.
    operator: ConditionOperator,
    /// The conditions; one of NOT.
    conditions: Vec<CustomReportCondition>,
}

#[ComplexObject]
impl FieldCondition {
    /// What with.
    async fn values(&self) -> Vec<CustomReportValue> {
        self.values.iter().map(CustomReportValue::of).collect()
    }
}

/// A value that a column is compared with; one of the fields has it.
#[derive(Default, SimpleObject)]
pub struct CustomReportValue {
    /// A text, a choice, an id, a date (`2024-12-31`) or a decimal (`12.50`).
    text: Option<String>,
    /// A whole number.
    integer: Option<i64>,
    /// Yes or no.
    boolean: Option<bool>,
}

impl CustomReportValue {
    fn of(literal: &Literal) -> Self {
        let mut value = Self::default();
        match literal {
            Literal::Text(text) => value.text = Some(text.clone()),
            Literal::Integer(number) => value.integer = Some(*number),
            Literal::Boolean(holds) => value.boolean = Some(*holds),
        }
        value
    }
}

/// What rows are grouped by.
#[derive(SimpleObject)]
pub struct CustomReportGrouping {
    /// The kind of grouping.
    by: GroupingBy,
    /// Of AREA: the level of the unit above; null where it is the unit itself.
    level: Option<UnitLevel>,
    /// Of DATE: how long a period is.
    period: Option<DatePeriod>,
}

impl CustomReportGrouping {
    fn of(grouping: &Grouping) -> Self {
        let (level, period) = match *grouping {
            Grouping::Area { level } => (level, None),
            Grouping::Date { period } => (None, Some(period)),
            Grouping::User | Grouping::Organization | Grouping::Kind | Grouping::Mode => (None, None),
        };
        let by = grouping.into();
        Self { by, level, period }
    }
}
