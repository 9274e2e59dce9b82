//! What a counting yields.

use std::collections::HashMap;

use entity::enums::Verdict;
use rust_decimal::Decimal;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

/// What a counting yields: the report's totals, the format's counted fields, and what its warnings rest on.
#[derive(Clone, Debug, PartialEq)]
pub struct Counted {
    /// The unit that was counted with all below it; the national one for a whole organization.
    pub unit_id: Uuid,
    /// Included activities, whatever their verdicts.
    pub activity_count: i32,
    /// Distinct identified contacts that attended one.
    pub participant_count: i32,
    /// Distinct people who led or co-led one.
    pub volunteer_count: i32,
    /// Hours of the included activities' sessions, two decimals.
    pub total_hours: Decimal,
    /// Values of the format's counted and computed fields, by field id.
    pub figures: Map<String, Json>,
    /// Identified and anonymous attendances of counted days.
    pub attendances: i64,
    /// The anonymous ones among them.
    pub anonymous_attendances: i64,
    /// Pending activities with a day in the period.
    pub pending_activities: i32,
    /// Rejected activities with a day in the period.
    pub rejected_activities: i32,
    /// Included activity-days by verdict; verdicts that no day has are absent.
    pub days_by_verdict: HashMap<Verdict, i64>,
    /// Days that began while another of the same leader was under way.
    pub overlapping_days: i32,
    /// Included activities that another organization took part in.
    pub co_organised_activities: i32,
}
