//! The whitelist: what each report type's rows are made of, and all that a definition can name.
//!
//! To add a column: a [`SourceField`] in the report type's file, with the [`Join`]s that its expression needs. A field's key is
//! for good: stored definitions name it.

mod activities;
mod activity;
mod choices;
mod extent;
mod field;
mod join;
mod participants;
mod peer_mentors;
mod units;

use std::collections::BTreeSet;

use async_graphql::SimpleObject;
use entity::enums::{CustomReportType, Language};
use sea_orm::Iterable;
use sea_orm::sea_query::{Expr, SelectStatement};

pub use self::choices::Choice;
use self::choices::{GROUP_KINDS, LEVELS, STATUSES};
pub(super) use self::choices::{KINDS, MODES};
pub(super) use self::extent::ReportExtent;
pub use self::field::{FieldKind, SourceField};
pub(super) use self::join::{Join, area_of, joins_of_area};
use super::definition::{Aggregation, Grouping};

/// A word in both languages.
#[derive(Clone, Copy, Debug, SimpleObject)]
#[graphql(name = "CustomReportLabel")]
pub struct LocalizedLabel {
    /// Norwegian (bokmål).
    pub nb: &'static str,
    /// English.
    pub en: &'static str,
}

impl LocalizedLabel {
    pub fn of(self, language: Language) -> &'static str {
        language.pick(self.nb, self.en)
    }
}

const fn label(nb: &'static str, en: &'static str) -> LocalizedLabel {
    LocalizedLabel { nb, en }
}

/// What rows can be grouped by, without its level or period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, async_graphql::Enum)]
pub enum GroupingBy {
    /// The peer mentor: who led the activity.
    User,
    /// The unit, or the one above it of a level.
    Area,
    /// The local date, in periods.
    Date,
    /// The organization.
    Organization,
    /// The kind of activity.
    Kind,
    /// How the people met.
    Mode,
}

impl From<&Grouping> for GroupingBy {
    fn from(grouping: &Grouping) -> Self {
        match grouping {
            Grouping::User => Self::User,
            Grouping::Area { .. } => Self::Area,
            Grouping::Date { .. } => Self::Date,
            Grouping::Organization => Self::Organization,
            Grouping::Kind => Self::Kind,
            Grouping::Mode => Self::Mode,
        }
    }
}

impl GroupingBy {
    const ALL: &[Self] = &[
        Self::User,
        Self::Area,
        Self::Date,
        Self::Organization,
        Self::Kind,
        Self::Mode,
    ];

    pub fn label(self) -> LocalizedLabel {
        match self {
            Self::User => label("Likeperson", "Peer mentor"),
            Self::Area => label("Område", "Area"),
            Self::Date => label("Dato", "Date"),
            Self::Organization => label("Organisasjon", "Organization"),
            Self::Kind => label("Type", "Kind"),
            Self::Mode => label("Møteform", "Mode"),
        }
    }
}

/// What a custom report can be about, with all that a definition can name.
#[derive(Debug, SimpleObject)]
#[graphql(complex, name = "CustomReportSource")]
pub struct DataSource {
    /// The type.
    pub report_type: CustomReportType,
    /// What to call it.
    pub label: LocalizedLabel,
    /// What one row is, before grouping.
    pub description: LocalizedLabel,
    #[graphql(skip)]
    pub fields: Vec<SourceField>,
    #[graphql(skip)]
    pub groupings: &'static [GroupingBy],
    /// Whether every column needs an aggregation, with groupings or without.
    pub aggregates_only: bool,
    /// FROM and WHERE, with nothing selected yet.
    #[graphql(skip)]
    pub(super) rows: fn(&ReportExtent) -> SelectStatement,
    /// What `rows` has already.
    #[graphql(skip)]
    joined: &'static [Join],
    /// Tells the people apart that a row is about, where rows are about people: of fewer than five of them nothing is
    /// shown.
    #[graphql(skip)]
    pub(super) persons: Option<Expr>,
    /// Whether each row is one person: how many there are is a number of persons.
    #[graphql(skip)]
    rows_are_persons: bool,
    /// The id of the peer mentor that `Grouping::User` groups by.
    #[graphql(skip)]
    pub(super) user_id: Option<Expr>,
    /// Orders rows that are equal otherwise; a key of the row.
    #[graphql(skip)]
    pub(super) row_key: Vec<Expr>,
    /// What holds unless the definition names `status`.
    #[graphql(skip)]
    pub(super) approved: Option<Expr>,
}

impl DataSource {
    /// The whitelist of this type.
    pub fn of(report_type: CustomReportType) -> &'static Self {
        match report_type {
            CustomReportType::Activities => &activities::SOURCE,
            CustomReportType::PeerMentors => &peer_mentors::SOURCE,
            CustomReportType::Participants => &participants::SOURCE,
            CustomReportType::Units => &units::SOURCE,
        }
    }

    /// Every type's.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        CustomReportType::iter().map(Self::of)
    }

    /// The field of that key, for a column or a condition.
    pub fn field(&self, key: &str) -> Option<&SourceField> {
        self.fields.iter().find(|field| field.key == key)
    }

    /// Joins what is needed and not there yet.
    pub(super) fn join(&self, rows: &mut SelectStatement, needed: &BTreeSet<Join>, extent: &ReportExtent) {
        for join in needed.iter().filter(|join| !self.joined.contains(join)) {
            join.add(rows, extent);
        }
    }

    /// Whether what this aggregation makes of the field's values is a number of persons, or depends on one.
    pub(super) fn counts_persons(&self, field: &SourceField, aggregation: Option<Aggregation>) -> bool {
        field.counts_persons_by(aggregation) || (self.rows_are_persons && aggregation == Some(Aggregation::Count))
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::sea_query::{PostgresQueryBuilder, Query};

    use super::*;
    use crate::custom_report::definition::Aggregation;

    fn sql(field: &SourceField) -> String {
        Query::select().expr(field.expr()).to_string(PostgresQueryBuilder)
    }

    #[test]
    fn a_key_is_named_once() {
        for source in DataSource::all() {
            let keys: BTreeSet<_> = source.fields.iter().map(|field| field.key).collect();
            assert_eq!(keys.len(), source.fields.len(), "{:?}", source.report_type);
        }
    }

    #[test]
    fn no_field_shows_who_took_part() {
        for field in &DataSource::of(CustomReportType::Participants).fields {
            let counted =
                |aggregation: &Aggregation| matches!(aggregation, Aggregation::Count | Aggregation::CountDistinct);
            let only_counted = !field.is_filter && field.counts_persons && field.aggregations.iter().all(counted);
            assert!(only_counted || !sql(field).contains("contact"), "{}", field.key);
        }
        for field in DataSource::all().flat_map(|source| &source.fields) {
            assert!(!sql(field).contains("contacts"), "{}", field.key);
        }
    }
}
