//! Activities that come again on their day: what DUPLICATE and SAME_DAY_SAME_PARTICIPANTS are about.

use chrono::{DateTime, TimeDelta, Utc};
use entity::enums::ActivityKind;
use uuid::Uuid;

use super::Activities;
use crate::activity::record::{Activity, Day};

/// How an activity comes again.
#[derive(Clone, Copy)]
enum Echo {
    Duplicate,
    SamePeople,
    /// Anonymous ones, confirmed as new by the coordinator or not.
    Newcomers,
}

impl Activities<'_> {
    /// The same again: registered twice, or held twice on one day for the same people, or for new ones.
    pub(super) fn echo(&mut self, activity: &Activity) -> Option<Activity> {
        if activity.row.kind == ActivityKind::Other || activity.days.len() > 1 {
            return None;
        }
        let echo = self.dice.pick_weighted(&[
            (978, None),
            (5, Some(Echo::Duplicate)),
            (9, Some(Echo::SamePeople)),
            (8, Some(Echo::Newcomers)),
        ])?;
        let mut again = activity.clone();
        (again.row.id, again.row.created_at) = self.registration_after(activity.row.created_at);
        again.row.updated_at = again.row.created_at;
        let day = &mut again.days[0];
        match echo {
            Echo::Duplicate => return Some(again),
            Echo::SamePeople => day.anonymous += 1,
            Echo::Newcomers => {
                *day = Day {
                    anonymous: day.anonymous + day.contacts.len() as i32,
                    contacts: vec![],
                    ..day.clone()
                };
                again.row.newcomers_confirmed_by = self.dice.per_mille(700).then_some(self.organization.coordinator);
            }
        }
        // Some begin before the first has ended: the report warns of the overlap.
        let pause = if self.dice.per_mille(250) { -15 } else { 30 };
        day.starts_at = day
            .starts_at
            .map(|time| time + TimeDelta::minutes(i64::from(day.minutes) + pause));
        Some(again)
    }

    fn registration_after(&mut self, first: DateTime<Utc>) -> (Uuid, DateTime<Utc>) {
        let at = first + TimeDelta::minutes(i64::from(self.dice.between(2, 3_000)));
        (self.dice.id(at), at)
    }
}
