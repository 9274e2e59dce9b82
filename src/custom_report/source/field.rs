//! Something that a definition can name: what its values are, and the expression behind them.

use async_graphql::SimpleObject;
use sea_orm::IntoSimpleExpr;
use sea_orm::sea_query::{Expr, ExprTrait, Func};

use super::LocalizedLabel;
use super::choices::Choice;
use super::join::Join;
use crate::custom_report::definition::{Aggregation, Operator};
use crate::custom_report::expressions::literal;
use crate::kernel::id::IdKind;

/// What a field's values are.
#[derive(Clone, Copy, Debug)]
pub enum FieldKind {
    Text,
    Integer,
    /// Exact, with two decimals.
    Decimal,
    /// A local date (Europe/Oslo).
    Date,
    Boolean,
    /// One of these, in the order in which they sort.
    Choice(&'static [Choice]),
    /// An opaque id of this type.
    Id(IdKind),
}

impl FieldKind {
    /// How a filter may compare it.
    pub fn operators(self) -> &'static [Operator] {
        use Operator::{
            AtLeast, AtMost, Between, Contains, Equals, GreaterThan, In, IsEmpty, IsNotEmpty, LessThan, NotEquals,
            NotIn, StartsWith,
        };
        match self {
            Self::Text => &[Equals, NotEquals, In, NotIn, Contains, StartsWith, IsEmpty, IsNotEmpty],
            Self::Integer | Self::Decimal | Self::Date => &[
                Equals,
                NotEquals,
                In,
                NotIn,
                LessThan,
                AtMost,
                GreaterThan,
                AtLeast,
                Between,
                IsEmpty,
                IsNotEmpty,
            ],
            Self::Boolean => &[Equals, NotEquals, IsEmpty, IsNotEmpty],
            Self::Choice(_) | Self::Id(_) => &[Equals, NotEquals, In, NotIn, IsEmpty, IsNotEmpty],
        }
    }
}

/// How a filter's expression meets its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Plain,
    /// The expression is a unit's id, and stands for the units above it as well.
    Subtree,
}

/// A column that can be shown.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex, name = "CustomReportSourceColumn")]
pub struct SourceField {
    /// The key by which a definition names it.
    pub key: &'static str,
    /// What to call it, and its header unless the definition has another.
    pub label: LocalizedLabel,
    /// What it says.
    pub description: LocalizedLabel,
    #[graphql(skip)]
    pub kind: FieldKind,
    /// Whether it can be a column.
    #[graphql(skip)]
    pub is_column: bool,
    /// Whether a condition can name it.
    #[graphql(skip)]
    pub is_filter: bool,
    /// What a group's values can be made into.
    pub aggregations: &'static [Aggregation],
    /// Whether its values are numbers of persons, so that those from 1 to 4 are not shown.
    pub counts_persons: bool,
    /// Whether its values are people: `COUNT_DISTINCT` of them is a number of persons as well. (So is `COUNT` of anything in
    /// a report on peer mentors.)
    pub is_person: bool,
    #[graphql(skip)]
    expr: Expr,
    /// What its sums and averages are made of, and by how much they are divided at the end: a third of an hour is no
    /// decimal number, so that sums of hours would drift.
    #[graphql(skip)]
    summed: Option<(Expr, i32)>,
    /// What tells values of the same name apart where different ones are counted.
    #[graphql(skip)]
    identity: Option<Expr>,
    #[graphql(skip)]
    needs: &'static [Join],
    #[graphql(skip)]
    comparison: Comparison,
}

const COUNTS: &[Aggregation] = &[Aggregation::Count, Aggregation::CountDistinct];
const EXTREMES: &[Aggregation] = &[
    Aggregation::Count,
    Aggregation::CountDistinct,
    Aggregation::Minimum,
    Aggregation::Maximum,
];
const NUMBERS: &[Aggregation] = &[
    Aggregation::Count,
    Aggregation::CountDistinct,
    Aggregation::Sum,
    Aggregation::Average,
    Aggregation::Minimum,
    Aggregation::Maximum,
];
/// How many rows have a number of participants is no number of participants, and how many different ones tells nothing.
const PERSONS: &[Aggregation] = &[
    Aggregation::Sum,
    Aggregation::Average,
    Aggregation::Minimum,
    Aggregation::Maximum,
];
/// The same person may be in several of these numbers, so that neither their sum nor their mean is one of persons.
const DISTINCT_PERSONS: &[Aggregation] = &[Aggregation::Minimum, Aggregation::Maximum];

impl SourceField {
    /// A column and filter with the aggregations of its kind.
    pub(super) fn new(
        key: &'static str,
        label: LocalizedLabel,
        description: LocalizedLabel,
        kind: FieldKind,
        expr: impl IntoSimpleExpr,
    ) -> Self {
        Self {
            key,
            label,
            description,
            kind,
            is_column: true,
            is_filter: true,
            aggregations: match kind {
                FieldKind::Integer | FieldKind::Decimal => NUMBERS,
                FieldKind::Date => EXTREMES,
                FieldKind::Text | FieldKind::Boolean | FieldKind::Choice(_) | FieldKind::Id(_) => COUNTS,
            },
            counts_persons: false,
            is_person: false,
            expr: expr.into_simple_expr(),
            summed: None,
            identity: None,
            needs: &[],
            comparison: Comparison::Plain,
        }
    }

    /// Hours, from whole minutes.
    pub(super) fn hours(label: LocalizedLabel, description: LocalizedLabel, minutes: impl IntoSimpleExpr) -> Self {
        let minutes = minutes.into_simple_expr();
        let hours = minutes.clone().cast_as("numeric").div(literal(60));
        let rounded = Func::round_with_precision(hours, literal(2));
        Self {
            summed: Some((minutes, 60)),
            ..Self::new("hours", label, description, FieldKind::Decimal, rounded)
        }
    }

    pub(super) fn needs(self, needs: &'static [Join]) -> Self {
        Self { needs, ..self }
    }

    pub(super) fn identified_by(self, id: impl IntoSimpleExpr) -> Self {
        Self {
            identity: Some(id.into_simple_expr()),
            ..self
        }
    }

    pub(super) fn column_only(self) -> Self {
        Self {
            is_filter: false,
            ..self
        }
    }

    pub(super) fn filter_only(self) -> Self {
        Self {
            is_column: false,
            aggregations: &[],
            ..self
        }
    }

    pub(super) fn aggregated(self, aggregations: &'static [Aggregation]) -> Self {
        Self { aggregations, ..self }
    }

    pub(super) fn persons(self) -> Self {
        Self {
            counts_persons: true,
            ..self.aggregated(PERSONS)
        }
    }

    /// Numbers of different persons.
    pub(super) fn distinct_persons(self) -> Self {
        self.persons().aggregated(DISTINCT_PERSONS)
    }

    /// People, by name or id.
    pub(super) fn people(self) -> Self {
        Self {
            is_person: true,
            ..self
        }
    }

    pub(super) fn subtree(self) -> Self {
        Self {
            comparison: Comparison::Subtree,
            ..self.filter_only()
        }
    }

    pub(in crate::custom_report) fn expr(&self) -> Expr {
        self.expr.clone()
    }

    /// What is added up, and what the sum is divided by.
    pub(in crate::custom_report) fn summed(&self) -> (Expr, i32) {
        self.summed.clone().unwrap_or((self.expr(), 1))
    }

    pub(in crate::custom_report) fn identity(&self) -> Expr {
        self.identity.clone().unwrap_or(self.expr())
    }

    pub(in crate::custom_report) fn joins(&self) -> &'static [Join] {
        self.needs
    }

    /// Whether what this aggregation makes of its values is a number of persons, or depends on one, whatever a row is.
    pub(super) fn counts_persons_by(&self, aggregation: Option<Aggregation>) -> bool {
        self.counts_persons || (self.is_person && aggregation == Some(Aggregation::CountDistinct))
    }

    /// Whether a condition on this unit holds for the units below it as well.
    pub fn includes_units_below(&self) -> bool {
        self.comparison == Comparison::Subtree
    }
}
