//! docs/counting.md in plain Rust: slow, and without a thought for SQL.

use std::collections::{BTreeMap, BTreeSet};

use bufdir_reports::format::CountedPeriod;
use counting::{FormatVersion, KindRules};
use entity::enums::{ActivityKind, ActivityStatus, GroupKind};
use serde_json::{Map, Value as Json, json};
use unicode_normalization::UnicodeNormalization;

use crate::outcome::{Outcome, UnitFigures};
use crate::world::{Activity, Day, UNITS, World};

/// A day of an included activity, and what is found out about it.
struct Judged<'a> {
    id: usize,
    activity: &'a Activity,
    day: &'a Day,
    apart: bool,
    failed: Option<&'static str>,
}

pub fn count(world: &World, period: &CountedPeriod, format: &FormatVersion) -> Outcome {
    let mut days = included(world, period, format);
    mark_duplicates(&mut days);
    mark_same_participants(&mut days);
    Outcome {
        days: days
            .iter()
            .map(|day| ((day.id, day.day.date), (day.verdict().to_owned(), day.counts_apart())))
            .collect(),
        units: (0..UNITS.len())
            .map(|unit| (unit, unit_figures(unit, &days, world, period, format)))
            .collect(),
    }
}

impl Judged<'_> {
    fn verdict(&self) -> &'static str {
        match self.failed {
            Some(failed @ ("OUTSIDE_NORWAY" | "TYPE_NOT_COUNTED")) => failed,
            _ if self.apart => "MODE_NOT_COUNTED",
            failed => failed.unwrap_or("COUNTED"),
        }
    }

    fn counts(&self) -> bool {
        self.verdict() == "COUNTED"
    }

    fn counts_apart(&self) -> bool {
        self.apart && self.failed.is_none()
    }

    /// Who leads or co-leads.
    fn leaders(&self) -> BTreeSet<usize> {
        self.activity
            .co_leaders
            .iter()
            .copied()
            .chain(self.activity.leader)
            .collect()
    }

    fn approved_leaders(&self, world: &World) -> BTreeSet<usize> {
        self.leaders()
            .into_iter()
            .filter(|leader| is_approved(world, *leader, self.day))
            .collect()
    }

    fn is_of(&self, kind: ActivityKind) -> bool {
        self.activity.kind == kind
    }
}

fn is_approved(world: &World, peer: usize, day: &Day) -> bool {
    let peer = &world.peers[peer];
    peer.approved_from.is_some_and(|from| from <= day.date) && peer.approved_until.is_none_or(|until| day.date <= until)
}

fn included<'a>(world: &'a World, period: &CountedPeriod, format: &FormatVersion) -> Vec<Judged<'a>> {
    let mut days = Vec::new();
    for (id, activity) in world.activities.iter().enumerate() {
        if activity.status != ActivityStatus::Approved {
            continue;
        }
        let kind = format.rules.kinds.get(&activity.kind);
        for day in &activity.days {
            if period.first_date <= day.date && day.date <= period.last_date {
                let apart = kind.is_some_and(|kind| kind.modes_counted_apart.contains(&activity.mode));
                let mut judged = Judged {
                    id,
                    activity,
                    day,
                    apart,
                    failed: None,
                };
                judged.failed = fails_by_itself(&judged, kind, world, format);
                days.push(judged);
            }
        }
    }
    days
}

fn fails_by_itself(
    judged: &Judged,
    kind: Option<&KindRules>,
    world: &World,
    format: &FormatVersion,
) -> Option<&'static str> {
    let (activity, day) = (judged.activity, judged.day);
    if activity.country != format.rules.country {
        return Some("OUTSIDE_NORWAY");
    }
    let Some(kind) = kind.filter(|kind| activity.peer_initiated || !kind.peer_seeks_person) else {
        return Some("TYPE_NOT_COUNTED");
    };
    if !kind.modes.contains(&activity.mode) && !judged.apart {
        return Some("MODE_NOT_COUNTED");
    }
    if day.minutes < kind.min_minutes {
        return Some("TOO_SHORT");
    }
    let leader = u32::from(kind.leader_counts && activity.leader.is_some());
    if u32::try_from(day.contacts.len()).unwrap() + day.anonymous + leader < kind.min_participants {
        return Some("TOO_FEW_PARTICIPANTS");
    }
    (kind.led_by_approved_peer && judged.approved_leaders(world).is_empty()).then_some("NO_APPROVED_LEADER")
}

/// What two days have in common whose participants are compared.
fn slot<'a>(judged: &Judged<'a>) -> (&'a str, bool, Option<usize>, &'a chrono::NaiveDate) {
    (
        judged.activity.kind.as_str(),
        judged.apart,
        judged.activity.leader,
        &judged.day.date,
    )
}

fn mark_duplicates(days: &mut [Judged]) {
    let same = |one: &Judged, other: &Judged| {
        slot(one) == slot(other)
            && one.day.start == other.day.start
            && compared(one.activity.place) == compared(other.activity.place)
            && one.day.contacts == other.day.contacts
            && one.day.anonymous == other.day.anonymous
    };
    let passed: Vec<usize> = (0..days.len()).filter(|index| days[*index].failed.is_none()).collect();
    let duplicates: Vec<usize> = passed
        .iter()
        .copied()
        .filter(|index| {
            let created = |day: &Judged| (day.activity.created, day.id);
            passed
                .iter()
                .any(|other| created(&days[*other]) < created(&days[*index]) && same(&days[*other], &days[*index]))
        })
        .collect();
    for index in duplicates {
        days[index].failed = Some("DUPLICATE");
    }
}

/// A place as duplicates are compared by: in NFC, without case, spaces run together.
fn compared(place: &str) -> String {
    let place: String = place.nfc().collect();
    place.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

fn mark_same_participants(days: &mut [Judged]) {
    let mut turns: Vec<&mut Judged> = days
        .iter_mut()
        .filter(|day| day.failed.is_none() && day.activity.leader.is_some())
        .collect();
    turns.sort_by_key(|day| (day.day.start.is_none(), day.day.start, day.activity.created, day.id));
    let mut met: BTreeMap<_, BTreeSet<u8>> = BTreeMap::new();
    for day in turns {
        let Some(seen) = met.get_mut(&slot(day)) else {
            met.insert(slot(day), day.day.contacts.clone());
            continue;
        };
        let is_new = if day.day.contacts.is_empty() {
            day.activity.newcomers_confirmed
        } else {
            seen.is_disjoint(&day.day.contacts)
        };
        if is_new {
            seen.extend(&day.day.contacts);
        } else {
            day.failed = Some("SAME_DAY_SAME_PARTICIPANTS");
        }
    }
}

fn is_below(unit: usize, ancestor: usize) -> bool {
    unit == ancestor || UNITS[unit].parent.is_some_and(|parent| is_below(parent, ancestor))
}

fn unit_figures(
    unit: usize,
    days: &[Judged],
    world: &World,
    period: &CountedPeriod,
    format: &FormatVersion,
) -> UnitFigures {
    let days: Vec<&Judged> = days.iter().filter(|day| is_below(day.activity.unit, unit)).collect();
    let contacts: BTreeSet<u8> = days.iter().flat_map(|day| &day.day.contacts).copied().collect();
    let leaders: BTreeSet<usize> = days.iter().flat_map(|day| day.leaders()).collect();
    let total_hours = hours(&days);
    let known = fields(&days, &active_peers(&days, world, period, format), &total_hours);
    UnitFigures {
        activity_count: number(activities(&days).len()),
        participant_count: number(contacts.len()),
        volunteer_count: number(leaders.len()),
        figures: format
            .counted_fields()
            .map(|field| (field.id.clone(), known[&field.id].clone()))
            .collect(),
        total_hours,
    }
}

fn fields(days: &[&Judged], active_peers: &BTreeSet<usize>, hours: &str) -> Map<String, Json> {
    let counted: Vec<&Judged> = days.iter().copied().filter(|day| day.counts()).collect();
    let of = |wanted: &dyn Fn(&Judged) -> bool| counted.iter().filter(|day| wanted(day)).count();
    let counted_activities = activities(&counted).len();
    let branches: BTreeSet<usize> = counted
        .iter()
        .map(|day| day.activity.unit)
        .filter(|unit| UNITS[*unit].level == "local")
        .collect();
    let counties: BTreeSet<&str> = counted.iter().filter_map(|day| day.activity.county).collect();
    let identified: usize = counted.iter().map(|day| day.day.contacts.len()).sum();
    let anonymous: usize = counted.iter().map(|day| day.day.anonymous as usize).sum();
    let unique: BTreeSet<u8> = counted.iter().flat_map(|day| &day.day.contacts).copied().collect();
    let values = json!({
        "OR05": active_peers.len(),
        "AK01": of(&|day| day.is_of(ActivityKind::Outreach)),
        "AK02": of(&|day| day.activity.group_kind == Some(GroupKind::Conversation)),
        "AK03": of(&|day| day.activity.group_kind == Some(GroupKind::Activity)),
        "AK04": of(&|day| day.is_of(ActivityKind::Group)),
        "AK05": of(&|day| day.is_of(ActivityKind::Course)),
        "AK06": counted.len(),
        "AK07": days.iter().filter(|day| day.is_of(ActivityKind::Group) && day.counts_apart()).count(),
        "AK08": counted_activities,
        "AK09": activities(days).len() - counted_activities,
        "AK10": branches.len(),
        "AK11": counties.len(),
        "PE01": identified + anonymous,
        "PE02": unique.len(),
        "PE03": anonymous,
        "TI01": hours,
    });
    values.as_object().unwrap().clone()
}

fn active_peers(days: &[&Judged], world: &World, period: &CountedPeriod, format: &FormatVersion) -> BTreeSet<usize> {
    let rule = &format.rules.active_peer;
    let mut counted_days: BTreeMap<usize, u32> = BTreeMap::new();
    for day in days.iter().filter(|day| day.counts()) {
        for leader in day.approved_leaders(world) {
            *counted_days.entry(leader).or_default() += 1;
        }
    }
    let is_trained = |peer: usize| world.peers[peer].trained_on.is_some_and(|day| day <= period.last_date);
    counted_days
        .into_iter()
        .filter(|(peer, days)| *days >= rule.min_counted_days && (is_trained(*peer) || !rule.trained))
        .map(|(peer, _)| peer)
        .collect()
}

fn activities(days: &[&Judged]) -> BTreeSet<usize> {
    days.iter().map(|day| day.id).collect()
}

/// Hundredths of an hour, halves up.
fn hours(days: &[&Judged]) -> String {
    let minutes: u32 = days.iter().map(|day| day.day.minutes).sum();
    let hundredths = (minutes * 100 + 30) / 60;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

fn number(count: usize) -> i32 {
    count.try_into().unwrap()
}
