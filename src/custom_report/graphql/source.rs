//! What can be asked, so that a frontend can build its form from it.

use async_graphql::{ComplexObject, Enum, Object, SimpleObject};
use entity::enums::UnitLevel;
use render::ColumnKind;
use sea_orm::Iterable;

use crate::custom_report::definition::{DatePeriod, Operator};
use crate::custom_report::source::{Choice, DataSource, FieldKind, GroupingBy, LocalizedLabel, SourceField};

#[ComplexObject]
impl DataSource {
    /// What can be shown.
    async fn columns(&self) -> Vec<&SourceField> {
        self.fields.iter().filter(|field| field.is_column).collect()
    }

    /// What conditions can name.
    async fn filters(&self) -> Vec<CustomReportSourceFilter<'_>> {
        let filters = self.fields.iter().filter(|field| field.is_filter);
        filters.map(CustomReportSourceFilter).collect()
    }

    /// What rows can be grouped by.
    async fn groupings(&self) -> Vec<CustomReportSourceGrouping> {
        let groupings = self.groupings.iter();
        groupings.map(|by| CustomReportSourceGrouping::of(*by)).collect()
    }
}

/// What values a column has, which is also the name of the condition's input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum CustomReportValueKind {
    /// A text.
    Text,
    /// A whole number.
    Integer,
    /// An exact decimal number.
    Decimal,
    /// A local date (Europe/Oslo).
    Date,
    /// Yes or no.
    Boolean,
    /// One of a closed set of values.
    Choice,
    /// An opaque id.
    Id,
}

impl CustomReportValueKind {
    /// Whether a condition of this kind compares a column of that one. A whole number is a decimal one, too.
    pub(super) fn compares(self, column: Self) -> bool {
        self == column || (self, column) == (Self::Integer, Self::Decimal)
    }

    /// The condition's field in the input.
    pub(super) fn input(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Decimal => "decimal",
            Self::Date => "date",
            Self::Boolean => "boolean",
            Self::Choice => "choice",
            Self::Id => "id",
        }
    }
}

impl From<FieldKind> for CustomReportValueKind {
    fn from(kind: FieldKind) -> Self {
        match kind {
            FieldKind::Text => Self::Text,
            FieldKind::Integer => Self::Integer,
            FieldKind::Decimal => Self::Decimal,
            FieldKind::Date => Self::Date,
            FieldKind::Boolean => Self::Boolean,
            FieldKind::Choice(_) => Self::Choice,
            FieldKind::Id(_) => Self::Id,
        }
    }
}

impl From<ColumnKind> for CustomReportValueKind {
    fn from(kind: ColumnKind) -> Self {
        match kind {
            ColumnKind::Text | ColumnKind::Mixed => Self::Text,
            ColumnKind::Integer => Self::Integer,
            ColumnKind::Decimal(_) => Self::Decimal,
            ColumnKind::Date => Self::Date,
        }
    }
}

#[ComplexObject]
impl SourceField {
    /// What its values are.
    async fn kind(&self) -> CustomReportValueKind {
        self.kind.into()
    }
}

pub struct CustomReportSourceFilter<'a>(&'a SourceField);

/// A column that a condition can name.
#[Object]
impl CustomReportSourceFilter<'_> {
    /// The key by which a condition names it.
    async fn key(&self) -> &'static str {
        self.0.key
    }

    /// What to call it.
    async fn label(&self) -> LocalizedLabel {
        self.0.label
    }

    /// What it says.
    async fn description(&self) -> LocalizedLabel {
        self.0.description
    }

    /// What its values are: a condition takes it in the field of this name.
    async fn kind(&self) -> CustomReportValueKind {
        self.0.kind.into()
    }

    /// How it can be compared.
    async fn operators(&self) -> &'static [Operator] {
        self.0.kind.operators()
    }

    /// Whether its values are numbers of persons, which are compared with 0, or with 5 and more.
    async fn counts_persons(&self) -> bool {
        self.0.counts_persons
    }

    /// The values that there are; empty where the set is not closed.
    async fn choices(&self) -> Vec<CustomReportChoice> {
        match self.0.kind {
            FieldKind::Choice(choices) => choices.iter().map(CustomReportChoice::of).collect(),
            _ => Vec::new(),
        }
    }

    /// The type of what an id names, such as OrganizationalUnit; null of other kinds.
    async fn id_type(&self) -> Option<&'static str> {
        match self.0.kind {
            FieldKind::Id(kind) => Some(kind.type_name()),
            _ => None,
        }
    }

    /// Whether a unit stands for the units below it as well.
    async fn includes_units_below(&self) -> bool {
        self.0.includes_units_below()
    }
}

/// A value of a closed set.
#[derive(SimpleObject)]
pub struct CustomReportChoice {
    /// As conditions name it.
    value: &'static str,
    /// What to call it.
    label: LocalizedLabel,
}

impl CustomReportChoice {
    fn of(choice: &Choice) -> Self {
        Self {
            value: choice.value,
            label: choice.label,
        }
    }
}

/// What rows can be grouped by.
#[derive(SimpleObject)]
pub struct CustomReportSourceGrouping {
    /// The kind of grouping.
    by: GroupingBy,
    /// What to call it.
    label: LocalizedLabel,
    /// Of AREA: the levels that units can be taken together at; without one it is each unit.
    levels: Vec<UnitLevel>,
    /// Of DATE: the periods that dates can be taken together in.
    periods: Vec<DatePeriod>,
}

impl CustomReportSourceGrouping {
    fn of(by: GroupingBy) -> Self {
        use DatePeriod::{Day, Month, Quarter, Week, Year};
        let is = |wanted| by == wanted;
        Self {
            by,
            label: by.label(),
            levels: if is(GroupingBy::Area) {
                UnitLevel::iter().collect()
            } else {
                Vec::new()
            },
            periods: if is(GroupingBy::Date) {
                vec![Day, Week, Month, Quarter, Year]
            } else {
                Vec::new()
            },
        }
    }
}
