//! An activity as the organization registered it, with the days on which it took place and who attended.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use entity::enums::{ActivityKind, ActivityMode, ActivityStatus, GroupKind};
use uuid::Uuid;

/// One activity with its days; ids are the database's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    pub id: Uuid,
    pub unit: Uuid,
    pub kind: ActivityKind,
    /// Given for groups, and for groups alone.
    pub group_kind: Option<GroupKind>,
    pub mode: ActivityMode,
    pub status: ActivityStatus,
    pub title: String,
    pub place: String,
    pub county: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    pub leader: Option<Uuid>,
    pub co_leaders: Vec<Uuid>,
    pub peer_initiated: bool,
    pub recreational: bool,
    /// Another organization that took part, by name.
    pub co_organiser: Option<String>,
    /// Units beside the one that owns the activity; listed, never summed.
    pub co_units: Vec<Uuid>,
    /// The coordinator who confirmed that a second activity's anonymous participants were new.
    pub newcomers_confirmed_by: Option<Uuid>,
    pub external_ref: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// By date; one for each local date.
    pub days: Vec<Day>,
}

/// One local date (Europe/Oslo) on which an activity took place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    pub date: NaiveDate,
    pub starts_at: Option<NaiveTime>,
    /// Of the sessions, without nights and travel: 0 to 1440.
    pub minutes: i32,
    pub anonymous: i32,
    /// Identified contacts who attended, each once.
    pub contacts: Vec<Uuid>,
}
