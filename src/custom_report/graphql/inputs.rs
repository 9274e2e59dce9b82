//! What a definition is typed in as: one input for each kind of value, so that a form can be built from the schema.

use async_graphql::{Enum, ID, InputObject, OneofObject};
use entity::enums::{CustomReportType, DateRangeType, UnitLevel};

use crate::custom_report::definition::{
    Aggregation, Column, Condition, DatePeriod, Definition, FieldCondition, Filters, Grouping, Literal, Operator,
    Order, VERSION,
};
use crate::custom_report::range::DateRange;
use crate::error::Result;
use crate::scalar::{Date, Decimal};

/// What a custom report asks, apart from its dates. `customReportSources` says what can be named. A fault's
/// `extensions.field` is its path in the JSON shape that is published as a JSON Schema: below `filters`, `groupings` or
/// `columns`.
#[derive(InputObject)]
pub struct CustomReportDefinitionInput {
    /// What each row is, before grouping.
    report_type: CustomReportType,
    /// Which rows; all when left out.
    filters: Option<CustomReportFiltersInput>,
    /// What the rows are grouped by, from the outermost to the innermost.
    #[graphql(default)]
    groupings: Vec<CustomReportGroupingInput>,
    /// What is shown, beside the groupings, which come first.
    columns: Vec<CustomReportColumnInput>,
}

impl CustomReportDefinitionInput {
    pub fn into_definition(self) -> Definition {
        let filters = self.filters.unwrap_or_default();
        Definition {
            report_type: self.report_type,
            filters: Filters {
                version: VERSION,
                condition: filters.condition.map(CustomReportConditionInput::into_condition),
                limit: filters.limit,
            },
            groupings: self
                .groupings
                .into_iter()
                .map(CustomReportGroupingInput::into_grouping)
                .collect(),
            columns: self
                .columns
                .into_iter()
                .map(CustomReportColumnInput::into_column)
                .collect(),
        }
    }
}

/// Which rows, and how many at most.
#[derive(Default, InputObject)]
pub struct CustomReportFiltersInput {
    /// The condition that rows fulfil; none when left out.
    #[graphql(name = "where")]
    condition: Option<CustomReportConditionInput>,
    /// The first so many rows of the result, in its order; all when left out.
    limit: Option<u32>,
}

/// A condition on a row: of others, or on one column by its kind of value.
#[derive(OneofObject)]
pub enum CustomReportConditionInput {
    /// Every one holds; of none: true.
    All(Vec<CustomReportConditionInput>),
    /// At least one holds; of none: false.
    Any(Vec<CustomReportConditionInput>),
    /// It does not hold.
    Not(Box<CustomReportConditionInput>),
    /// A column of texts.
    Text(TextConditionInput),
    /// A column of whole numbers.
    Integer(IntegerConditionInput),
    /// A column of decimal numbers, such as hours.
    Decimal(DecimalConditionInput),
    /// A column of local dates.
    Date(DateConditionInput),
    /// A column that says yes or no.
    Boolean(BooleanConditionInput),
    /// A column with a closed set of values.
    Choice(ChoiceConditionInput),
    /// A column that names units or people.
    Id(IdConditionInput),
}

impl CustomReportConditionInput {
    fn into_condition(self) -> Condition {
        let each = |conditions: Vec<Self>| conditions.into_iter().map(Self::into_condition).collect();
        match self {
            Self::All(conditions) => Condition::All(each(conditions)),
            Self::Any(conditions) => Condition::Any(each(conditions)),
            Self::Not(condition) => Condition::Not(Box::new(condition.into_condition())),
            Self::Text(on) => compared(on.key, on.operator, on.values, Literal::Text),
            Self::Integer(on) => compared(on.key, on.operator, on.values, Literal::Integer),
            Self::Decimal(on) => compared(on.key, on.operator, on.values, |value| {
                Literal::Text(value.0.to_string())
            }),
            Self::Date(on) => compared(on.key, on.operator, on.values, |value| {
                Literal::Text(value.0.to_string())
            }),
            Self::Boolean(on) => compared(on.key, on.operator, on.values, Literal::Boolean),
            Self::Choice(on) => compared(on.key, on.operator, on.values, Literal::Text),
            Self::Id(on) => compared(on.key, on.operator, on.values, |value| Literal::Text(value.0)),
        }
    }
}

fn compared<T>(key: String, operator: Operator, values: Vec<T>, literal: impl Fn(T) -> Literal) -> Condition {
    Condition::Field(FieldCondition {
        key,
        operator,
        values: values.into_iter().map(literal).collect(),
    })
}

/// The inputs differ in their values alone.
macro_rules! condition_inputs {
    ($($(#[$about:meta])* $name:ident of $value:ty;)+) => {
        $(
            $(#[$about])*
            #[derive(InputObject)]
            pub struct $name {
                /// The filter's key.
                key: String,
                /// How the column is compared.
                operator: Operator,
                /// What with: none for IS_EMPTY and IS_NOT_EMPTY, two for BETWEEN, any number for IN and NOT_IN, else
                /// one.
                #[graphql(default)]
                values: Vec<$value>,
            }
        )+
    };
}

condition_inputs! {
    /// A condition on a column of texts.
    TextConditionInput of String;
    /// A condition on a column of whole numbers.
    IntegerConditionInput of i64;
    /// A condition on a column of decimal numbers.
    DecimalConditionInput of Decimal;
    /// A condition on a column of local dates.
    DateConditionInput of Date;
    /// A condition on a column that says yes or no.
    BooleanConditionInput of bool;
    /// A condition on a column with a closed set of values, by their keys.
    ChoiceConditionInput of String;
    /// A condition on a column that names units or people, by their ids.
    IdConditionInput of ID;
}

/// What rows are grouped by.
#[derive(OneofObject)]
pub enum CustomReportGroupingInput {
    /// Something that has no degrees.
    By(PlainGrouping),
    /// The unit, or the one above it of a level.
    Area(AreaGroupingInput),
    /// The local date, in periods.
    Date(DateGroupingInput),
}

/// Groupings that have no degrees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum PlainGrouping {
    /// The peer mentor: who led the activity.
    User,
    /// The organization.
    Organization,
    /// The kind of the activity.
    Kind,
    /// How the activity took place.
    Mode,
}

/// Grouping by unit.
#[derive(InputObject)]
pub struct AreaGroupingInput {
    /// The level of the unit above; the unit itself when left out.
    level: Option<UnitLevel>,
}

/// Grouping by date.
#[derive(InputObject)]
pub struct DateGroupingInput {
    /// How long a period is.
    period: DatePeriod,
}

impl CustomReportGroupingInput {
    fn into_grouping(self) -> Grouping {
        match self {
            Self::By(PlainGrouping::User) => Grouping::User,
            Self::By(PlainGrouping::Organization) => Grouping::Organization,
            Self::By(PlainGrouping::Kind) => Grouping::Kind,
            Self::By(PlainGrouping::Mode) => Grouping::Mode,
            Self::Area(area) => Grouping::Area { level: area.level },
            Self::Date(date) => Grouping::Date { period: date.period },
        }
    }
}

/// A column of the result.
#[derive(InputObject)]
pub struct CustomReportColumnInput {
    /// The column's key.
    key: String,
    /// What a group's values are made into. Required as soon as there is a grouping or another column has one.
    aggregation: Option<Aggregation>,
    /// The header; the column's own label when left out.
    label: Option<String>,
    /// Sorts the result by this column; of several, those further left go first.
    order: Option<Order>,
}

impl CustomReportColumnInput {
    fn into_column(self) -> Column {
        Column {
            key: self.key,
            aggregation: self.aggregation,
            label: self.label,
            order: self.order,
        }
    }
}

/// Which local dates a report covers.
#[derive(InputObject)]
pub struct CustomReportDateRangeInput {
    /// The type of range.
    #[graphql(name = "type")]
    range_type: DateRangeType,
    /// The first date, inclusive; of a fixed range alone.
    from: Option<Date>,
    /// The last date, inclusive; of a fixed range alone.
    to: Option<Date>,
}

impl CustomReportDateRangeInput {
    /// The range, or the refusal at the field below this one.
    pub fn into_range(self, field: &str) -> Result<DateRange> {
        let date = |date: Option<Date>| date.map(|date| date.0);
        DateRange::new(self.range_type, date(self.from), date(self.to)).map_err(|error| error.below(field))
    }
}
