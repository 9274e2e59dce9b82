//! The whitelist: what each report type's rows are made of, and all that a definition can name.
//!
//! To add a column: a [`Field`] in the report type's file, with the joins that its expression needs. A field's key is for
//! good: stored definitions name it.

mod activities;
mod participants;
mod peer_mentors;
mod units;

use std::collections::BTreeSet;

use entity::enums::{ActivityKind, ActivityMode, ActivityStatus, CustomReportType, GroupKind, UnitLevel};
use sea_orm::Iterable;

use super::definition::{Aggregation, Grouping, Operator};
use crate::export::table::Language;
use crate::id::Kind;

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

/// One of a closed set of values.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    /// As definitions and the database spell it.
    pub value: &'static str,
    pub label: Label,
}

const fn choice(value: &'static str, nb: &'static str, en: &'static str) -> Choice {
    Choice {
        value,
        label: label(nb, en),
    }
}

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
    Id(Kind),
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

/// Something that a definition can name.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub key: &'static str,
    pub label: Label,
    pub description: Label,
    pub kind: FieldKind,
    /// Whether it can be a column.
    pub is_column: bool,
    /// Whether a condition can name it.
    pub is_filter: bool,
    /// What a group's values of it can be made into.
    pub aggregations: &'static [Aggregation],
    /// Whether it counts persons, so that numbers from 1 to 4 are not shown (decisions, 8).
    pub counts_persons: bool,
    sql: &'static str,
    /// What its sums and averages are made of, and by how much they are divided at the end: a third of an hour is no
    /// decimal number, so that sums of hours would drift.
    summed: Option<(&'static str, u32)>,
    /// What tells values of the same name apart where different ones are counted.
    identity: Option<&'static str>,
    needs: &'static [&'static str],
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

impl Field {
    /// A column and filter with the aggregations of its kind.
    const fn new(key: &'static str, label: Label, description: Label, kind: FieldKind, sql: &'static str) -> Self {
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
            sql,
            summed: None,
            identity: None,
            needs: &[],
            comparison: Comparison::Plain,
        }
    }

    const fn needs(self, needs: &'static [&'static str]) -> Self {
        Self { needs, ..self }
    }

    /// Hours, from an expression of whole minutes.
    const fn of_minutes(self, minutes: &'static str) -> Self {
        Self {
            summed: Some((minutes, 60)),
            ..self
        }
    }

    const fn identified_by(self, id: &'static str) -> Self {
        Self {
            identity: Some(id),
            ..self
        }
    }

    const fn column_only(self) -> Self {
        Self {
            is_filter: false,
            ..self
        }
    }

    const fn filter_only(self) -> Self {
        Self {
            is_column: false,
            aggregations: &[],
            ..self
        }
    }

    const fn aggregated(self, aggregations: &'static [Aggregation]) -> Self {
        Self { aggregations, ..self }
    }

    const fn persons(self) -> Self {
        Self {
            counts_persons: true,
            ..self.aggregated(PERSONS)
        }
    }

    const fn subtree(self) -> Self {
        Self {
            comparison: Comparison::Subtree,
            ..self.filter_only()
        }
    }

    pub(super) fn sql(&self) -> &'static str {
        self.sql
    }

    /// What is added up, and what the sum is divided by.
    pub(super) fn summed(&self) -> (&'static str, u32) {
        self.summed.unwrap_or((self.sql, 1))
    }

    pub(super) fn identity(&self) -> &'static str {
        self.identity.unwrap_or(self.sql)
    }

    pub(super) fn joins(&self) -> &'static [&'static str] {
        self.needs
    }

    /// Whether a condition on this unit holds for the units below it as well.
    pub fn includes_units_below(&self) -> bool {
        self.comparison == Comparison::Subtree
    }
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

const KINDS: &[Choice] = &[
    choice(ActivityKind::Outreach.as_str(), "Oppsøkende arbeid", "Outreach"),
    choice(ActivityKind::Group.as_str(), "Gruppe", "Group"),
    choice(ActivityKind::Course.as_str(), "Kurs", "Course"),
    choice(ActivityKind::Other.as_str(), "Annet", "Other"),
];
const GROUP_KINDS: &[Choice] = &[
    choice(GroupKind::Conversation.as_str(), "Samtalegruppe", "Conversation group"),
    choice(GroupKind::Activity.as_str(), "Aktivitetsgruppe", "Activity group"),
];
const MODES: &[Choice] = &[
    choice(ActivityMode::InPerson.as_str(), "Fysisk", "In person"),
    choice(ActivityMode::Digital.as_str(), "Digitalt", "Digital"),
    choice(ActivityMode::Phone.as_str(), "Telefon", "Phone"),
];
const STATUSES: &[Choice] = &[
    choice(ActivityStatus::Pending.as_str(), "Til godkjenning", "Pending"),
    choice(ActivityStatus::Approved.as_str(), "Godkjent", "Approved"),
    choice(ActivityStatus::Rejected.as_str(), "Avvist", "Rejected"),
];
const LEVELS: &[Choice] = &[
    choice(UnitLevel::National.as_str(), "Nasjonalt", "National"),
    choice(UnitLevel::Region.as_str(), "Region", "Region"),
    choice(UnitLevel::Local.as_str(), "Lokallag", "Local"),
];

/// Kinds and modes, for groupings.
pub(super) fn kinds() -> &'static [Choice] {
    KINDS
}

pub(super) fn modes() -> &'static [Choice] {
    MODES
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

    #[test]
    fn a_key_is_named_once_and_its_joins_are_there() {
        for source in Source::all() {
            let keys: BTreeSet<_> = source.fields.iter().map(|field| field.key).collect();
            assert_eq!(keys.len(), source.fields.len(), "{:?}", source.report_type);
            let joins: BTreeSet<_> = source.joins.iter().map(|join| join.name).collect();
            for field in source.fields {
                for join in field.needs {
                    assert!(joins.contains(join), "{:?} {} {join}", source.report_type, field.key);
                }
            }
        }
    }

    #[test]
    fn no_field_shows_who_took_part() {
        for field in Source::of(CustomReportType::Participants).fields {
            let hidden = !field.is_column || field.key == "participant" && !field.is_filter;
            assert!(hidden || !field.sql.contains("contact"), "{}", field.key);
        }
        for field in Source::all().flat_map(|source| source.fields) {
            assert!(!field.sql.contains("contacts"), "{}", field.key);
        }
    }
}
