//! A field of Bufdir's form: what it is called, what its value looks like, and where that comes from.

use entity::enums::ActivityKind;
use serde::{Deserialize, Serialize};

/// One field of Bufdir's form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Bufdir's id for it, letters and digits; the key of its value in `report_data`.
    pub id: String,
    /// What files call it.
    pub label: Label,
    /// What its value looks like.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// Where its value comes from.
    pub source: FieldSource,
    /// Whether leaving it empty raises `missing_required_bufdir_fields_warning`.
    pub required: bool,
}

/// A text in both languages of the files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// Norwegian (bokmål).
    pub nb: String,
    /// English.
    pub en: String,
}

/// The type of a field's value in `report_data`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// A JSON string.
    String,
    /// A JSON integer.
    Integer,
    /// A JSON string of a number with two decimals: canonical JSON has no other numbers than integers.
    Decimal,
    /// `{"reference", "sha256"}` of an attachment.
    Document,
}

/// Where a field's value comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldSource {
    /// The organization's record.
    Organization(OrganizationFact),
    /// The report period.
    Period(PeriodYear),
    /// A period figure, typed in.
    Typed,
    /// Counted from activity-days.
    Counted(Measure),
    /// The sum of these fields, which stand before it and are counted or sums themselves.
    Computed(Vec<String>),
}

/// What an organization's record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrganizationFact {
    /// Its number in the register of entities.
    Number,
}

/// A year that follows from a period's basis year (domain.md, 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeriodYear {
    /// The year whose activities are counted.
    BasisYear,
    /// The year in which the grant is applied for.
    ApplicationYear,
    /// The year for which it is given.
    GrantYear,
}

impl PeriodYear {
    /// The year of a period with this basis year.
    #[must_use]
    pub fn of(self, basis_year: i32) -> i32 {
        match self {
            Self::BasisYear => basis_year,
            Self::ApplicationYear => basis_year + 1,
            Self::GrantYear => basis_year + 2,
        }
    }
}

/// What is counted of the activity-days of a unit with all below it (docs/counting.md, "The figures").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Distinct approved leaders and co-leaders, as the rule for active peers has it.
    ActivePeers,
    /// Counted outreach days.
    OutreachDays,
    /// Counted days of conversation groups.
    ConversationDays,
    /// Counted days of activity groups.
    ActivityGroupDays,
    /// Counted course days.
    CourseDays,
    /// Days of groups whose mode is counted apart.
    ApartGroupDays,
    /// Activities with a counted day.
    CountedActivities,
    /// Included activities without one.
    UncountedActivities,
    /// Units of local level that own a counted day.
    ActiveBranches,
    /// Distinct counties of counted days.
    Counties,
    /// Attendances of counted days.
    Attendances,
    /// Distinct identified participants of counted days.
    Participants,
    /// Anonymous attendances of counted days.
    AnonymousAttendances,
    /// Hours of all included days; the one decimal.
    Hours,
}

impl Measure {
    /// The measures of counted days, with the kind whose days they are: together those of each kind that can count.
    pub(crate) const OF_DAYS: [(Self, ActivityKind); 4] = [
        (Self::OutreachDays, ActivityKind::Outreach),
        (Self::ConversationDays, ActivityKind::Group),
        (Self::ActivityGroupDays, ActivityKind::Group),
        (Self::CourseDays, ActivityKind::Course),
    ];

    /// Whether it is a number of persons, who could be recognised where they are few and the number is a unit's
    /// (decisions.md, 8).
    #[must_use]
    pub fn counts_persons(self) -> bool {
        matches!(
            self,
            Self::ActivePeers | Self::Attendances | Self::Participants | Self::AnonymousAttendances
        )
    }
}
