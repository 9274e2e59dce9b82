//! What a format version says: its fields, and its counting rules with their parameters.

use std::collections::HashMap;

use entity::enums::{ActivityKind, ActivityMode};
use serde::{Deserialize, Serialize};

/// One version of Bufdir's format, as stored in `format_versions`. It never changes once stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormatVersion {
    /// Its name, which reports, generations and exports refer to; `2024-v2`.
    pub version: String,
    /// The basis years that it holds for.
    pub basis_years: BasisYears,
    /// Its fields, in the order in which files show them.
    pub fields: Vec<Field>,
    /// How activity-days are counted.
    pub rules: Rules,
    /// SHA-256 of the canonical JSON of fields and rules.
    pub rules_hash: Vec<u8>,
}

impl FormatVersion {
    /// The field of that id, if the version has it.
    #[must_use]
    pub fn field(&self, id: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.id == id)
    }

    /// Fields of one source, in order.
    pub fn fields_of(&self, source: FieldSource) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(move |field| field.source == source)
    }

    /// Fields whose values come from the activities.
    pub fn counted_fields(&self) -> impl Iterator<Item = &Field> {
        self.fields
            .iter()
            .filter(|field| matches!(field.source, FieldSource::Counted | FieldSource::Computed))
    }
}

/// Years, both inclusive; an open end is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BasisYears {
    /// The first basis year.
    pub from: i32,
    /// The last one, unless the version still holds.
    pub to: Option<i32>,
}

/// One field of Bufdir's form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Bufdir's id for it; the key of its value in `report_data`.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldSource {
    /// The organization's record.
    Organization,
    /// The report period.
    Period,
    /// A period figure, typed in.
    Typed,
    /// Counted from activity-days.
    Counted,
    /// A sum of counted fields.
    Computed,
}

/// The counting rules' parameters. Numbers are integers, shares are percent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Where an activity must take place: ISO 3166 code of two letters.
    pub country: String,
    /// The kinds that count, each with its rules. A kind that is absent doesn't count.
    pub kinds: HashMap<ActivityKind, KindRules>,
    /// Who is an active peer.
    pub active_peer: ActivePeerRule,
    /// Person counts below it are hidden in breakdowns finer than the organization.
    pub min_person_cell: u32,
    /// From where on a figure raises a warning.
    pub warnings: WarningRules,
}

/// What a day of one kind must fulfil.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindRules {
    /// Modes that count.
    pub modes: Vec<ActivityMode>,
    /// Modes that don't, but that a field of their own counts under the same rules.
    pub modes_counted_apart: Vec<ActivityMode>,
    /// Minutes of the day's sessions, at least.
    pub min_minutes: u32,
    /// Participants, identified and anonymous, at least.
    pub min_participants: u32,
    /// Whether the leader is one of them.
    pub leader_counts: bool,
    /// Whether someone who leads or co-leads must be an approved peer on that date.
    pub led_by_approved_peer: bool,
    /// Whether the peer must have sought out the person.
    pub peer_seeks_person: bool,
    /// Whether a leader's further days on a date need participants that were not at the earlier ones.
    pub new_participants_same_day: bool,
}

/// An active peer leads or co-leads counted days, as an approved peer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActivePeerRule {
    /// Counted days in the period, at least.
    pub min_counted_days: u32,
    /// Whether the training must be done by the period's last date.
    pub trained: bool,
}

/// Thresholds of warnings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WarningRules {
    /// A field that differs by more than this from the year before raises `year_on_year_deviation`.
    pub year_on_year_percent: u32,
    /// The fields that are compared.
    pub year_on_year_fields: Vec<String>,
    /// A larger share of anonymous attendances raises `large_anonymous_share`.
    pub anonymous_share_percent: u32,
}
