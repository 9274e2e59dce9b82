//! The tree of units: the national body, regions and branches.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::dice::Dice;
use super::organizations::Profile;
use super::places::COUNTIES;

pub(super) struct Unit {
    pub id: Uuid,
    pub parent: Option<Uuid>,
    pub level: &'static str,
    pub name: String,
    pub county: Option<&'static str>,
    /// What people call the place; for activities' places.
    pub place: &'static str,
    pub external_ref: String,
    pub created_at: DateTime<Utc>,
}

impl Unit {
    pub fn is_branch(&self) -> bool {
        self.level == "local"
    }
}

/// Parents come before their children, so that the units can be inserted in this order.
pub(super) fn plan(profile: &Profile, created_at: DateTime<Utc>, dice: &mut Dice) -> Vec<Unit> {
    let unit = |id, parent, level, name, county, place, external_ref| Unit {
        id,
        parent,
        level,
        name,
        county,
        place,
        external_ref,
        created_at,
    };
    let root = dice.id(created_at);
    let mut units = vec![unit(
        root,
        None,
        "national",
        profile.name.to_owned(),
        None,
        "Oslo",
        "N".to_owned(),
    )];
    for (region, (county, _)) in COUNTIES.iter().enumerate().take(profile.regions) {
        let name = format!("{county} fylkeslag");
        let reference = format!("F{:02}", region + 1);
        units.push(unit(
            dice.id(created_at),
            Some(root),
            "region",
            name,
            Some(county),
            county,
            reference,
        ));
    }
    for branch in 0..profile.branches {
        let region = branch % profile.regions;
        let (county, places) = COUNTIES[region];
        let place = places[(branch / profile.regions) % places.len()];
        let parent = units[1 + region].id;
        let reference = format!("L{:03}", branch + 1);
        units.push(unit(
            dice.id(created_at),
            Some(parent),
            "local",
            format!("{place} lokallag"),
            Some(county),
            place,
            reference,
        ));
    }
    units
}
