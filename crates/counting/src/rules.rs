//! The counting rules' parameters. Numbers are integers, shares are percent.

use std::collections::HashMap;

use entity::enums::{ActivityKind, ActivityMode};
use serde::{Deserialize, Serialize};

/// How activity-days are counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Where an activity must take place: ISO 3166 code of two letters.
    pub country: String,
    /// The kinds that count, each with its rules. A kind that is absent doesn't count.
    pub kinds: HashMap<ActivityKind, KindRules>,
    /// Who is an active peer.
    pub active_peer: ActivePeerRule,
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
