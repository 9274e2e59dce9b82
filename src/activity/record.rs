//! An activity as the organization registered it, with the days on which it took place and who attended.

use chrono::{NaiveDate, NaiveTime};
use entity::activities;
use uuid::Uuid;

/// One activity with its days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    pub row: activities::Model,
    pub co_leaders: Vec<Uuid>,
    /// Units beside the one that owns the activity; listed, never summed.
    pub co_units: Vec<Uuid>,
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
