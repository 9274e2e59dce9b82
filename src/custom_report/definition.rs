//! What a custom report asks: the shape of its JSON, version 1. Whether names and values make sense is checked apart.
//!
//! The database keeps it in three columns: `filters` (`{"version": 1, "where": …, "limit": …}`), `groupings` and `columns`
//! (arrays). GraphQL has inputs of its own, which end up as these types.

use async_graphql::SimpleObject;
use entity::enums::{CustomReportType, UnitLevel};
use serde::{Deserialize, Serialize};

/// The version of the shape that this program writes.
pub const VERSION: u32 = 1;

/// What a custom report asks, apart from its dates.
#[derive(Clone, Debug, PartialEq, SimpleObject)]
#[graphql(complex, name = "CustomReportDefinition")]
pub struct Definition {
    /// What each row is, before grouping.
    pub report_type: CustomReportType,
    /// Which rows.
    pub filters: Filters,
    /// From the outermost to the innermost.
    #[graphql(skip)]
    pub groupings: Vec<Grouping>,
    /// What is shown, beside the groupings, which come first.
    pub columns: Vec<CustomReportColumn>,
}

/// Which rows, and how many at most.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, SimpleObject)]
#[serde(deny_unknown_fields)]
#[graphql(complex, name = "CustomReportFilters")]
pub struct Filters {
    /// The version of the JSON shape in which the definition is stored.
    pub version: u32,
    #[serde(rename = "where", default, skip_serializing_if = "Option::is_none")]
    #[graphql(skip)]
    pub condition: Option<Condition>,
    /// The first so many rows of the result, in its order; null of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

impl Default for Filters {
    fn default() -> Self {
        Self {
            version: VERSION,
            condition: None,
            limit: None,
        }
    }
}

/// A condition on a row, as a tree: `{"all": […]}`, `{"any": […]}`, `{"not": …}`, `{"field": …}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    /// Every one holds; of none: true.
    All(Vec<Condition>),
    /// At least one holds; of none: false.
    Any(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    Field(FieldCondition),
}

/// A column compared with values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, SimpleObject)]
#[serde(deny_unknown_fields)]
#[graphql(complex, name = "CustomReportFieldCondition")]
pub struct FieldCondition {
    /// The filter's key.
    pub key: String,
    /// How it is compared.
    pub operator: Operator,
    /// None for `is_empty` and `is_not_empty`, two for `between`, any number for `in` and `not_in`, else one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[graphql(skip)]
    pub values: Vec<Literal>,
}

/// How a column is compared. An empty cell fulfils `is_empty`, `not_equals` and `not_in` alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, async_graphql::Enum)]
#[serde(rename_all = "snake_case")]
#[graphql(name = "FilterOperator")]
pub enum Operator {
    /// The same.
    Equals,
    /// Another, or none.
    NotEquals,
    /// One of these.
    In,
    /// None of these.
    NotIn,
    /// Below.
    LessThan,
    /// The same or below.
    AtMost,
    /// Above.
    GreaterThan,
    /// The same or above.
    AtLeast,
    /// From the first value to the second, both included.
    Between,
    /// The text has this in it, whatever the case of its letters.
    Contains,
    /// The text begins with this, whatever the case of its letters.
    StartsWith,
    /// There is no value.
    IsEmpty,
    /// There is a value.
    IsNotEmpty,
}

/// A value as JSON has it. Dates (`2024-12-31`), decimals (`"12.50"`, because a float would not keep them) and ids (the
/// API's opaque ones) are texts; the whitelist says what fits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Literal {
    Boolean(bool),
    /// JSON numbers without a fraction.
    Integer(i64),
    Text(String),
}

/// What rows are grouped by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
pub enum Grouping {
    /// The peer mentor: who led the activity.
    User,
    /// The unit, or the one above it of this level; without a level the unit itself.
    Area {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        level: Option<UnitLevel>,
    },
    /// The local date, in periods.
    Date {
        period: DatePeriod,
    },
    Organization,
    Kind,
    Mode,
}

/// The periods that dates are grouped into. Weeks are ISO 8601's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, async_graphql::Enum)]
#[serde(rename_all = "snake_case")]
pub enum DatePeriod {
    /// A local date.
    Day,
    /// A week, from Monday on; `2024-W52`.
    Week,
    /// A month; `2024-12`.
    Month,
    /// A quarter; `2024-Q4`.
    Quarter,
    /// A calendar year.
    Year,
}

/// A column of the result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, SimpleObject)]
#[serde(deny_unknown_fields)]
pub struct CustomReportColumn {
    /// The column's key.
    pub key: String,
    /// What a group's values are made into; null where rows are shown as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aggregation: Option<Aggregation>,
    /// The header; null where it is the column's own label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// How the result is sorted by this column; null where it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Order>,
}

/// What a group's values are made into. Empty cells are left out of all of them, as a spreadsheet does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, async_graphql::Enum)]
#[serde(rename_all = "snake_case")]
pub enum Aggregation {
    /// How many rows have a value.
    Count,
    /// How many different values there are.
    CountDistinct,
    /// Their sum; 0 of none.
    Sum,
    /// Their mean, to two decimals; empty of none.
    Average,
    /// The least; empty of none.
    Minimum,
    /// The greatest; empty of none.
    Maximum,
}

/// Which way a column is sorted. Empty cells come last either way, and what is equal stays in the groupings' order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, async_graphql::Enum)]
#[serde(rename_all = "snake_case")]
#[graphql(name = "SortDirection")]
pub enum Order {
    /// The least first.
    Ascending,
    /// The greatest first.
    Descending,
}
