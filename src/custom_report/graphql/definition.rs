//! A definition as clients read it.

use async_graphql::{Enum, Object, SimpleObject, Union};
use entity::enums::{CustomReportType, UnitLevel};

use crate::custom_report::definition::{
    Aggregation, Column, Condition, DatePeriod, Definition, FieldCondition, Filters, Grouping, Literal, Operator, Order,
};
use crate::custom_report::source::GroupingBy;

/// What a custom report asks, apart from its dates.
pub struct CustomReportDefinition(pub Definition);

/// What a custom report asks, apart from its dates.
#[Object]
impl CustomReportDefinition {
    /// What each row is, before grouping.
    async fn report_type(&self) -> CustomReportType {
        self.0.report_type
    }

    /// Which rows.
    async fn filters(&self) -> CustomReportFilters<'_> {
        CustomReportFilters(&self.0.filters)
    }

    /// What the rows are grouped by, from the outermost to the innermost.
    async fn groupings(&self) -> Vec<CustomReportGrouping> {
        self.0.groupings.iter().map(CustomReportGrouping::of).collect()
    }

    /// What is shown, beside the groupings, which come first.
    async fn columns(&self) -> Vec<CustomReportColumn<'_>> {
        self.0.columns.iter().map(CustomReportColumn).collect()
    }
}

/// Which rows, and how many at most.
pub struct CustomReportFilters<'a>(&'a Filters);

/// Which rows, and how many at most.
#[Object]
impl CustomReportFilters<'_> {
    /// The version of the JSON shape in which the definition is stored.
    async fn version(&self) -> u32 {
        self.0.version
    }

    /// The condition that rows fulfil; null where all do.
    #[graphql(name = "where")]
    async fn condition(&self) -> Option<CustomReportCondition<'_>> {
        self.0.condition.as_ref().map(CustomReportCondition::of)
    }

    /// The first so many rows of the result, in its order; null of all.
    async fn limit(&self) -> Option<u32> {
        self.0.limit
    }
}

/// A condition on a row: of others, or on one column.
#[derive(Union)]
pub enum CustomReportCondition<'a> {
    Group(CustomReportConditionGroup<'a>),
    Field(CustomReportFieldCondition<'a>),
}

impl<'a> CustomReportCondition<'a> {
    fn of(condition: &'a Condition) -> Self {
        let group = |operator, conditions| Self::Group(CustomReportConditionGroup { operator, conditions });
        match condition {
            Condition::All(conditions) => group(ConditionOperator::All, conditions),
            Condition::Any(conditions) => group(ConditionOperator::Any, conditions),
            Condition::Not(condition) => group(ConditionOperator::Not, std::slice::from_ref(condition)),
            Condition::Field(condition) => Self::Field(CustomReportFieldCondition(condition)),
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
pub struct CustomReportConditionGroup<'a> {
    operator: ConditionOperator,
    conditions: &'a [Condition],
}

/// Conditions joined.
#[Object]
impl<'a> CustomReportConditionGroup<'a> {
    /// How they are joined.
    async fn operator(&self) -> ConditionOperator {
        self.operator
    }

    /// The conditions; one of NOT.
    async fn conditions(&self) -> Vec<CustomReportCondition<'a>> {
        self.conditions.iter().map(CustomReportCondition::of).collect()
    }
}

/// A column compared with values.
pub struct CustomReportFieldCondition<'a>(&'a FieldCondition);

/// A column compared with values.
#[Object]
impl CustomReportFieldCondition<'_> {
    /// The filter's key.
    async fn key(&self) -> &str {
        &self.0.key
    }

    /// How it is compared.
    async fn operator(&self) -> Operator {
        self.0.operator
    }

    /// What with.
    async fn values(&self) -> Vec<CustomReportValue> {
        self.0.values.iter().map(CustomReportValue::of).collect()
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

/// A column of the result.
pub struct CustomReportColumn<'a>(&'a Column);

/// A column of the result.
#[Object]
impl CustomReportColumn<'_> {
    /// The column's key.
    async fn key(&self) -> &str {
        &self.0.key
    }

    /// What a group's values are made into; null where rows are shown as they are.
    async fn aggregation(&self) -> Option<Aggregation> {
        self.0.aggregation
    }

    /// The header; null where it is the column's own label.
    async fn label(&self) -> Option<&str> {
        self.0.label.as_deref()
    }

    /// How the result is sorted by this column; null where it is not.
    async fn order(&self) -> Option<Order> {
        self.0.order
    }
}
