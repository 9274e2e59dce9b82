//! Closed sets of values, with their names in both languages.

use entity::enums::{ActivityKind, ActivityMode, ActivityStatus, GroupKind, UnitLevel};

use super::{LocalizedLabel, label};

/// One of a closed set of values.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    /// As definitions and the database spell it.
    pub value: &'static str,
    pub label: LocalizedLabel,
}

const fn choice(value: &'static str, nb: &'static str, en: &'static str) -> Choice {
    Choice {
        value,
        label: label(nb, en),
    }
}

pub const KINDS: &[Choice] = &[
    choice(ActivityKind::Outreach.as_str(), "Oppsøkende arbeid", "Outreach"),
    choice(ActivityKind::Group.as_str(), "Gruppe", "Group"),
    choice(ActivityKind::Course.as_str(), "Kurs", "Course"),
    choice(ActivityKind::Other.as_str(), "Annet", "Other"),
];
pub(super) const GROUP_KINDS: &[Choice] = &[
    choice(GroupKind::Conversation.as_str(), "Samtalegruppe", "Conversation group"),
    choice(GroupKind::Activity.as_str(), "Aktivitetsgruppe", "Activity group"),
];
pub const MODES: &[Choice] = &[
    choice(ActivityMode::InPerson.as_str(), "Fysisk", "In person"),
    choice(ActivityMode::Digital.as_str(), "Digitalt", "Digital"),
    choice(ActivityMode::Phone.as_str(), "Telefon", "Phone"),
];
pub(super) const STATUSES: &[Choice] = &[
    choice(ActivityStatus::Pending.as_str(), "Til godkjenning", "Pending"),
    choice(ActivityStatus::Approved.as_str(), "Godkjent", "Approved"),
    choice(ActivityStatus::Rejected.as_str(), "Avvist", "Rejected"),
];
pub(super) const LEVELS: &[Choice] = &[
    choice(UnitLevel::National.as_str(), "Nasjonalt", "National"),
    choice(UnitLevel::Region.as_str(), "Region", "Region"),
    choice(UnitLevel::Local.as_str(), "Lokallag", "Local"),
];
