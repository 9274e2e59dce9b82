//! The tree of units: the national body, regions and branches.

use chrono::{DateTime, Utc};
use entity::enums::UnitLevel;
use entity::organizational_units;
use uuid::Uuid;

use super::dice::Dice;
use super::organizations::Profile;
use super::vocabulary::VOCABULARY;

pub(super) struct DemoUnit {
    pub row: organizational_units::Model,
    /// What people call the place; for activities' places.
    pub place: &'static str,
}

/// Parents come before their children, so that the units can be inserted in this order.
pub(super) fn plan(
    organization_id: Uuid,
    profile: &Profile,
    created_at: DateTime<Utc>,
    dice: &mut Dice,
) -> Vec<DemoUnit> {
    let unit = |id, parent_id, level, name, county: Option<&str>, place, external_ref| DemoUnit {
        row: organizational_units::Model {
            organization_id,
            id,
            parent_id,
            level,
            name,
            county: county.map(str::to_owned),
            external_ref: Some(external_ref),
            is_active: true,
            created_at,
            updated_at: created_at,
        },
        place,
    };
    let root = dice.id(created_at);
    let mut units = vec![unit(
        root,
        None,
        UnitLevel::National,
        profile.name.to_owned(),
        None,
        "Oslo",
        "N".to_owned(),
    )];
    for (region, (county, _)) in VOCABULARY.counties.iter().enumerate().take(profile.regions) {
        let name = format!("{county} fylkeslag");
        let reference = format!("F{:02}", region + 1);
        units.push(unit(
            dice.id(created_at),
            Some(root),
            UnitLevel::Region,
            name,
            Some(county),
            county,
            reference,
        ));
    }
    for branch in 0..profile.branches {
        let region = branch % profile.regions;
        let (county, places) = &VOCABULARY.counties[region];
        let place = &places[(branch / profile.regions) % places.len()];
        let parent = units[1 + region].row.id;
        let reference = format!("L{:03}", branch + 1);
        units.push(unit(
            dice.id(created_at),
            Some(parent),
            UnitLevel::Local,
            format!("{place} lokallag"),
            Some(county),
            place,
            reference,
        ));
    }
    units
}
