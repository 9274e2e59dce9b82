//! What a definition is typed in as: one input for each kind of value, so that a form can be built from the schema.

use async_graphql::{Enum, ID, InputObject, OneofObject};
use entity::enums::{CustomReportType, DateRangeType, UnitLevel};

use super::sent::{Sent, Written};
use super::source::CustomReportValueKind;
use crate::custom_report::definition::{
    Aggregation, Condition, CustomReportColumn, DatePeriod, Definition, FieldCondition, Filters, Grouping, Literal,
    Operator, Order, VERSION,
};
use crate::custom_report::range::DateRange;
use crate::custom_report::rules;
use crate::custom_report::source::DataSource;
use crate::kernel::error::{Error, Result};
use crate::kernel::scalar::{Date, Decimal};

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
    /// The definition, whose names and values are checked apart.
    ///
    /// # Errors
    ///
    /// `value_fits_field` and `row_limit_positive` for values that are no such ones, at their paths in the JSON shape.
    pub fn into_definition(self) -> Result<Definition> {
        let source = DataSource::of(self.report_type);
        let filters = self.filters.unwrap_or_default().into_filters(source)?;
        Ok(Definition {
            report_type: self.report_type,
            filters,
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
        })
    }
}

/// Which rows, and how many at most.
#[derive(Default, InputObject)]
pub struct CustomReportFiltersInput {
    /// The condition that rows fulfil; none when left out.
    #[graphql(name = "where")]
    condition: Option<CustomReportConditionInput>,
    /// The first so many rows of the result, in its order; all when left out.
    limit: Option<i64>,
}

impl CustomReportFiltersInput {
    fn into_filters(self, source: &DataSource) -> Result<Filters> {
        let condition = self
            .condition
            .map(|condition| condition.into_condition(source, "filters.where"));
        Ok(Filters {
            version: VERSION,
            condition: condition.transpose()?,
            limit: self.limit.map(limit).transpose()?,
        })
    }
}

fn limit(rows: i64) -> Result<u32> {
    u32::try_from(rows).map_err(|_| {
        let message = format!("A limit is a number of rows from 1 to {}.", u32::MAX);
        Error::rule_because(rules::ROW_LIMIT_POSITIVE, message).at("filters.limit")
    })
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
    fn into_condition(self, source: &DataSource, path: &str) -> Result<Condition> {
        use CustomReportValueKind as Kind;
        let plain =
            |kind, on: FieldComparison<Literal>| on.of_kind(kind, source, path).map(FieldComparison::into_condition);
        match self {
            Self::All(conditions) => each(conditions, source, &format!("{path}.all")).map(Condition::All),
            Self::Any(conditions) => each(conditions, source, &format!("{path}.any")).map(Condition::Any),
            Self::Not(condition) => {
                let condition = condition.into_condition(source, &format!("{path}.not"))?;
                Ok(Condition::Not(Box::new(condition)))
            }
            Self::Text(on) => plain(Kind::Text, on.comparison().map(Literal::Text)),
            Self::Integer(on) => plain(Kind::Integer, on.comparison().map(Literal::Integer)),
            Self::Decimal(on) => {
                let on = on.comparison().fitting(path)?;
                plain(Kind::Decimal, on.map(|value| Literal::Text(value.0.to_string())))
            }
            Self::Date(on) => {
                let on = on.comparison().fitting(path)?;
                plain(Kind::Date, on.map(|value| Literal::Text(value.0.to_string())))
            }
            Self::Boolean(on) => plain(Kind::Boolean, on.comparison().map(Literal::Boolean)),
            Self::Choice(on) => plain(Kind::Choice, on.comparison().map(Literal::Text)),
            Self::Id(on) => plain(Kind::Id, on.comparison().map(|value| Literal::Text(value.0))),
        }
    }
}

fn each(conditions: Vec<CustomReportConditionInput>, source: &DataSource, path: &str) -> Result<Vec<Condition>> {
    let numbered = conditions.into_iter().enumerate();
    numbered
        .map(|(place, condition)| condition.into_condition(source, &format!("{path}[{place}]")))
        .collect()
}

/// A condition on one column, whatever its kind of value.
struct FieldComparison<T> {
    key: String,
    operator: Operator,
    values: Vec<T>,
}

impl<T> FieldComparison<T> {
    /// The same, unless the column is of another kind. A column that nobody knows, or an operator that it does not have, is
    /// refused later, by its name.
    fn of_kind(self, kind: CustomReportValueKind, source: &DataSource, path: &str) -> Result<Self> {
        let field = source.field(&self.key);
        let field = field.filter(|field| field.is_filter && field.kind.operators().contains(&self.operator));
        match field.map(|field| CustomReportValueKind::from(field.kind)) {
            Some(column) if !kind.compares(column) => {
                let message = format!("\"{}\" is compared by `{}`.", self.key, column.input());
                let place = if self.values.is_empty() { "" } else { ".values[0]" };
                Err(Error::rule_because(rules::VALUE_FITS_FIELD, message).at(format!("{path}.field{place}")))
            }
            _ => Ok(self),
        }
    }

    fn map<U>(self, value: impl Fn(T) -> U) -> FieldComparison<U> {
        FieldComparison {
            key: self.key,
            operator: self.operator,
            values: self.values.into_iter().map(value).collect(),
        }
    }
}

impl<T: Written> FieldComparison<Sent<T>> {
    /// With each value that fits; the refusal of the first that does not.
    fn fitting(self, path: &str) -> Result<FieldComparison<T>> {
        let fitting = |(place, value): (usize, Sent<T>)| {
            value.fitting(rules::VALUE_FITS_FIELD, || format!("{path}.field.values[{place}]"))
        };
        Ok(FieldComparison {
            key: self.key,
            operator: self.operator,
            values: self
                .values
                .into_iter()
                .enumerate()
                .map(fitting)
                .collect::<Result<_>>()?,
        })
    }
}

impl FieldComparison<Literal> {
    fn into_condition(self) -> Condition {
        Condition::Field(FieldCondition {
            key: self.key,
            operator: self.operator,
            values: self.values,
        })
    }
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

            impl $name {
                fn comparison(self) -> FieldComparison<$value> {
                    let Self { key, operator, values } = self;
                    FieldComparison { key, operator, values }
                }
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
    DecimalConditionInput of Sent<Decimal>;
    /// A condition on a column of local dates.
    DateConditionInput of Sent<Date>;
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
    fn into_column(self) -> CustomReportColumn {
        CustomReportColumn {
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
    from: Option<Sent<Date>>,
    /// The last date, inclusive; of a fixed range alone.
    to: Option<Sent<Date>>,
}

impl CustomReportDateRangeInput {
    /// The range, or the refusal at the field below this one.
    pub fn into_range(self, field: &str) -> Result<DateRange> {
        let date = |sent: Option<Sent<Date>>, name: &str| {
            let fitting = |sent: Sent<Date>| sent.fitting(rules::FIXED_RANGE_REQUIRES_DATES, || name.to_owned());
            sent.map(fitting).transpose().map(|date| date.map(|date| date.0))
        };
        let range = || DateRange::new(self.range_type, date(self.from, "from")?, date(self.to, "to")?);
        range().map_err(|error| error.below(field))
    }
}
