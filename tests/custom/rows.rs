//! The rows of each report type, made of a world in memory.

use std::collections::{BTreeMap, BTreeSet};

use bufdir_reports::custom_report::LocalDates;
use chrono::NaiveDate;
use entity::enums::{ActivityStatus, CustomReportType, UnitLevel};
use uuid::Uuid;

use crate::database::name;
use crate::values::{Slot, Val, hours, number, text};
use crate::world::{Activity, Day, UNITS, World, activity_id, unit_id, user};

/// A row before filters and groupings.
#[derive(Clone, Debug)]
pub struct Fact {
    pub values: BTreeMap<&'static str, Slot>,
    /// What tells values of the same name apart.
    pub identities: BTreeMap<&'static str, Slot>,
    pub unit: Option<usize>,
    pub user: Option<usize>,
    pub date: Option<NaiveDate>,
    pub minutes: u32,
    pub contact: Option<u8>,
    pub approved: bool,
    /// A key that orders rows otherwise equal.
    pub key: (Slot, Uuid),
}

pub fn of(world: &World, report_type: CustomReportType, dates: LocalDates) -> Vec<Fact> {
    match report_type {
        CustomReportType::Activities => activities(world, dates),
        CustomReportType::Participants => participants(world, dates),
        CustomReportType::PeerMentors => peer_mentors(world, dates),
        CustomReportType::Units => units(world, dates),
    }
}

/// The unit that a unit is, or stands below, of a level.
pub fn above(unit: usize, level: UnitLevel) -> Option<usize> {
    if UNITS[unit].level == level.as_str() {
        return Some(unit);
    }
    UNITS[unit].parent.and_then(|parent| above(parent, level))
}

pub fn unit_name(unit: usize) -> String {
    format!("Unit {unit}")
}

fn days(world: &World, dates: LocalDates) -> impl Iterator<Item = (usize, &Activity, &Day)> {
    let numbered = world.activities.iter().enumerate();
    numbered
        .flat_map(|(index, activity)| activity.days.iter().map(move |day| (index, activity, day)))
        .filter(move |(_, _, day)| dates.from <= day.date && day.date <= dates.to)
}

fn of_activity(index: usize, activity: &Activity, day: &Day) -> Fact {
    let region = above(activity.unit, UnitLevel::Region);
    let people = day.contacts.len() as u32;
    let leader = activity.leader.map(user).map(Val::Id);
    let values = BTreeMap::from([
        ("activity", Some(Val::Id(activity_id(index)))),
        ("title", None),
        ("date", Some(Val::Date(day.date))),
        ("kind", text(activity.kind.as_str())),
        ("group_kind", activity.group_kind.and_then(|kind| text(kind.as_str()))),
        ("mode", text(activity.mode.as_str())),
        ("status", text(activity.status.as_str())),
        ("place", text(activity.place).filter(|_| !activity.place.is_empty())),
        ("county", activity.county.and_then(text)),
        ("country", text(activity.country)),
        ("unit", text(unit_name(activity.unit))),
        ("region", region.map(unit_name).and_then(text)),
        ("leader", activity.leader.map(name).and_then(text)),
        ("leader_id", leader.clone()),
        ("minutes", number(day.minutes)),
        ("hours", hours(day.minutes)),
        ("participants", number(people + day.anonymous)),
        ("identified_participants", number(people)),
        ("anonymous_participants", number(day.anonymous)),
        ("peer_initiated", Some(Val::Boolean(activity.peer_initiated))),
        ("is_recreational", Some(Val::Boolean(false))),
        ("co_organiser", activity.co_organiser.and_then(text)),
    ]);
    let identities = BTreeMap::from([
        ("unit", Some(Val::Id(unit_id(activity.unit)))),
        ("region", region.map(unit_id).map(Val::Id)),
        ("leader", leader),
    ]);
    Fact {
        values,
        identities,
        unit: Some(activity.unit),
        user: activity.leader,
        date: Some(day.date),
        minutes: day.minutes,
        contact: None,
        approved: activity.status == ActivityStatus::Approved,
        key: (Some(Val::Date(day.date)), activity_id(index)),
    }
}

fn activities(world: &World, dates: LocalDates) -> Vec<Fact> {
    days(world, dates)
        .map(|(index, activity, day)| of_activity(index, activity, day))
        .collect()
}

fn participants(world: &World, dates: LocalDates) -> Vec<Fact> {
    let days = days(world, dates).filter(|(_, activity, _)| activity.status == ActivityStatus::Approved);
    days.flat_map(|(index, activity, day)| {
        day.contacts.iter().map(move |contact| {
            let mut fact = of_activity(index, activity, day);
            fact.contact = Some(*contact);
            for key in ["participant", "attendance"] {
                fact.values.insert(key, number(u32::from(*contact)));
            }
            fact
        })
    })
    .collect()
}

fn led_by(activity: &Activity) -> BTreeSet<usize> {
    activity
        .leader
        .into_iter()
        .chain(activity.co_leaders.iter().copied())
        .collect()
}

/// How many activities, days and minutes there are of approved activities of one sort.
fn figures(world: &World, dates: LocalDates, of: impl Fn(&Activity) -> bool) -> (usize, usize, u32, Vec<&Day>) {
    let found: Vec<_> = days(world, dates)
        .filter(|(_, activity, _)| activity.status == ActivityStatus::Approved && of(activity))
        .collect();
    let activities: BTreeSet<_> = found.iter().map(|(index, _, _)| *index).collect();
    let days: Vec<_> = found.iter().map(|(_, _, day)| *day).collect();
    (
        activities.len(),
        days.len(),
        days.iter().map(|day| day.minutes).sum(),
        days,
    )
}

fn peer_mentors(world: &World, dates: LocalDates) -> Vec<Fact> {
    let peers = world.peers.iter().enumerate();
    peers
        .map(|(index, peer)| {
            let (activities, days, minutes, _) = figures(world, dates, |activity| led_by(activity).contains(&index));
            let approved = peer.approved_from.is_some_and(|from| from <= dates.to)
                && peer.approved_until.is_none_or(|until| until >= dates.to);
            let id = Some(Val::Id(user(index)));
            Fact {
                values: BTreeMap::from([
                    ("peer_mentor", text(name(index))),
                    ("peer_mentor_id", id.clone()),
                    ("is_active", Some(Val::Boolean(true))),
                    ("is_approved", Some(Val::Boolean(approved))),
                    ("approved_from", peer.approved_from.map(Val::Date)),
                    ("approved_until", peer.approved_until.map(Val::Date)),
                    ("trained_on", peer.trained_on.map(Val::Date)),
                    ("activities", number(activities)),
                    ("days", number(days)),
                    ("hours", hours(minutes)),
                ]),
                identities: BTreeMap::from([("peer_mentor", id)]),
                unit: None,
                user: Some(index),
                date: None,
                minutes,
                contact: None,
                approved: true,
                key: (text(name(index)), user(index)),
            }
        })
        .collect()
}

fn units(world: &World, dates: LocalDates) -> Vec<Fact> {
    (0..UNITS.len())
        .map(|unit| {
            let own = |activity: &Activity| activity.unit == unit;
            let (activities, days, minutes, held) = figures(world, dates, own);
            let people: usize = held.iter().map(|day| day.contacts.len() + day.anonymous as usize).sum();
            let leaders: BTreeSet<_> = world
                .activities
                .iter()
                .filter(|activity| own(activity) && activity.status == ActivityStatus::Approved)
                .filter(|activity| {
                    activity
                        .days
                        .iter()
                        .any(|day| dates.from <= day.date && day.date <= dates.to)
                })
                .flat_map(led_by)
                .collect();
            let region = above(unit, UnitLevel::Region);
            let id = |unit: usize| Some(Val::Id(unit_id(unit)));
            Fact {
                values: BTreeMap::from([
                    ("unit", text(unit_name(unit))),
                    ("unit_id", id(unit)),
                    ("level", text(UNITS[unit].level)),
                    ("parent", UNITS[unit].parent.map(unit_name).and_then(text)),
                    ("region", region.map(unit_name).and_then(text)),
                    ("county", None),
                    ("is_active", Some(Val::Boolean(true))),
                    ("activities", number(activities)),
                    ("days", number(days)),
                    ("hours", hours(minutes)),
                    ("peer_mentors", number(leaders.len())),
                    ("participants", number(people)),
                ]),
                identities: BTreeMap::from([
                    ("unit", id(unit)),
                    ("parent", UNITS[unit].parent.and_then(id)),
                    ("region", region.and_then(id)),
                ]),
                unit: Some(unit),
                user: None,
                date: None,
                minutes,
                contact: None,
                approved: true,
                key: (text(unit_name(unit)), unit_id(unit)),
            }
        })
        .collect()
}
