//! An activity that says no more than it must.

use std::collections::BTreeSet;

use entity::enums::{ActivityKind, ActivityMode, ActivityStatus};

use crate::world::{Activity, Day, date};

/// An approved hour of outreach by nobody for nobody on a day of 2024.
pub fn activity() -> Activity {
    Activity {
        unit: 0,
        kind: ActivityKind::Outreach,
        group_kind: None,
        mode: ActivityMode::Digital,
        status: ActivityStatus::Approved,
        country: "NO",
        place: "",
        county: None,
        leader: None,
        co_leaders: BTreeSet::new(),
        peer_initiated: true,
        co_organiser: None,
        newcomers_confirmed: false,
        created: 0,
        days: vec![Day {
            date: date("2024-05-17"),
            start: None,
            minutes: 60,
            contacts: BTreeSet::new(),
            anonymous: 0,
        }],
    }
}
