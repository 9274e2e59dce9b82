//! The whitelist: what each report type's rows are made of, and all that a definition can name.
//!
//! To add a column: a [`Field`] in the report type's file, with the joins that its expression needs. A field's key is for
//! good: stored definitions name it.

mod activities;
mod activity;
mod choices;
mod field;
mod participants;
mod peer_mentors;
mod units;

use std::collections::BTreeSet;

use entity::enums::{CustomReportType, Language, UnitLevel};
use sea_orm::Iterable;

pub use self::choices::Choice;
use self::choices::{GROUP_KINDS, KINDS, LEVELS, MODES, STATUSES};
pub(super) use self::choices::{kinds, modes};
pub use self::field::{Field, FieldKind};
use super::definition::{Aggregation, Grouping};

/// A word in both languages.
#[derive(Clone, Copy, Debug)]
pub struct Label {
    pub nb: &'static str,
    pub en: &'static str,
}

impl Label {
    pub fn of(self, language: Language) -> &'static str {
        language.pick(self.nb, self.en)
    }
}

const fn label(nb: &'static str, en: &'static str) -> Label {
    Label { nb, en }
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
    pub fn label(self) -> Label {
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

/// A table that is joined when something named needs it.
#[derive(Debug)]
struct Join {
    name: &'static str,
    sql: &'static str,
}

/// The whitelist of a report type.
#[derive(Debug)]
pub struct Source {
    pub report_type: CustomReportType,
    pub label: Label,
    /// What one row is.
    pub description: Label,
    pub fields: &'static [Field],
    pub groupings: &'static [GroupingBy],
    /// Whether rows are shown in aggregates only.
    pub aggregates_only: bool,
    /// FROM and WHERE, joins between them. `$1` is the organization, `$2` and `$3` are the first and the last date.
    from: &'static str,
    filter: &'static str,
    joins: &'static [Join],
    /// Tells the people apart that a row is about, where rows are about people: of fewer than five of them nothing is
    /// shown.
    persons: Option<&'static str>,
    /// Whether each row is one person: how many there are is a number of persons.
    rows_are_persons: bool,
    /// The id of the peer mentor that `Grouping::User` groups by.
    user_id: &'static str,
    /// Orders rows that are equal otherwise; a key of the row.
    row_key: &'static [&'static str],
    /// What holds unless the definition names `status`.
    approved: Option<&'static str>,
}

impl Source {
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
    pub fn field(&self, key: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.key == key)
    }

    /// FROM, the joins named, and WHERE.
    pub(super) fn relation(&self, needed: &BTreeSet<&'static str>) -> String {
        let joins = self.joins.iter().filter(|join| needed.contains(join.name));
        let joins: String = joins.map(|join| format!(" {}", join.sql)).collect();
        format!("from {}{joins} where {}", self.from, self.filter)
    }

    pub(super) fn persons(&self) -> Option<&'static str> {
        self.persons
    }

    /// Whether what this aggregation makes of the field's values is a number of persons, or depends on one.
    pub(super) fn counts_persons(&self, field: &Field, aggregation: Option<Aggregation>) -> bool {
        field.counts_persons_by(aggregation) || (self.rows_are_persons && aggregation == Some(Aggregation::Count))
    }

    pub(super) fn user_id(&self) -> &'static str {
        self.user_id
    }

    pub(super) fn row_key(&self) -> &'static [&'static str] {
        self.row_key
    }

    pub(super) fn approved(&self) -> Option<&'static str> {
        self.approved
    }
}

// Joins that several report types share; the aliases are what the expressions of fields and groupings name.
const UNIT: Join = Join {
    name: "unit",
    sql: "join organizational_units u on u.organization_id = $1 and u.id = a.unit_id",
};
const PARENT: Join = Join {
    name: "parent",
    sql: "left join organizational_units pu on pu.organization_id = $1 and pu.id = u.parent_id",
};
const NATIONAL: Join = Join {
    name: "national",
    sql: "left join organizational_units n on n.organization_id = $1 and n.level = 'national'",
};
const LEADER: Join = Join {
    name: "user",
    sql: "left join users l on l.id = a.leader_user_id",
};

/// The region's id of unit `u`, whose parent is `pu`.
macro_rules! region {
    ($column:literal) => {
        concat!(
            "case when u.level = 'region' then u.",
            $column,
            " when pu.level = 'region' then pu.",
            $column,
            " end"
        )
    };
}
use region;

/// The expression of the area of unit `u` at a level: its id, its name, and the joins that they need.
pub(super) fn area(level: Option<UnitLevel>) -> (&'static str, &'static str, &'static [&'static str]) {
    match level {
        None => ("u.id", "u.name", &["unit"]),
        Some(UnitLevel::Local) => (
            "case when u.level = 'local' then u.id end",
            "case when u.level = 'local' then u.name end",
            &["unit"],
        ),
        Some(UnitLevel::Region) => (region!("id"), region!("name"), &["unit", "parent"]),
        Some(UnitLevel::National) => ("n.id", "n.name", &["national"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::custom_report::definition::Aggregation;

    #[test]
    fn a_key_is_named_once_and_its_joins_are_there() {
        for source in Source::all() {
            let keys: BTreeSet<_> = source.fields.iter().map(|field| field.key).collect();
            assert_eq!(keys.len(), source.fields.len(), "{:?}", source.report_type);
            let joins: BTreeSet<_> = source.joins.iter().map(|join| join.name).collect();
            for field in source.fields {
                for join in field.joins() {
                    assert!(joins.contains(join), "{:?} {} {join}", source.report_type, field.key);
                }
            }
        }
    }

    #[test]
    fn no_field_shows_who_took_part() {
        for field in Source::of(CustomReportType::Participants).fields {
            let counted =
                |aggregation: &Aggregation| matches!(aggregation, Aggregation::Count | Aggregation::CountDistinct);
            let only_counted = !field.is_filter && field.counts_persons && field.aggregations.iter().all(counted);
            assert!(only_counted || !field.sql().contains("contact"), "{}", field.key);
        }
        for field in Source::all().flat_map(|source| source.fields) {
            assert!(!field.sql().contains("contacts"), "{}", field.key);
        }
    }
}
