//! A year's activities of one organization, in the order of their dates. Most are as they should be; a known share
//! fails each counting rule (domain.md, 2a), and some give cause for each warning.

mod echo;

use std::collections::VecDeque;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use entity::activities;
use entity::enums::{ActivityKind, ActivityMode, ActivityStatus, GroupKind};
use uuid::Uuid;

use super::calendar::Calendar;
use super::dice::Dice;
use super::organizations::{DemoOrganization, YEARS};
use super::people::Peer;
use super::vocabulary::VOCABULARY;
use crate::activity::county;
use crate::activity::record::{Activity, Day};

/// Makes a year's activities one by one: the same every time, and never all in memory.
pub struct Activities<'a> {
    organization: &'a DemoOrganization,
    year: i32,
    calendar: Calendar,
    dice: Dice,
    left: u64,
    /// Registered again, or held again, on a day that is under way.
    echoes: VecDeque<Activity>,
}

impl<'a> Activities<'a> {
    /// `year` is an index into [`YEARS`].
    pub(super) fn new(organization: &'a DemoOrganization, year: usize) -> Self {
        Self {
            organization,
            year: YEARS[year],
            calendar: Calendar::new(YEARS[year], organization.activities[year]),
            dice: Dice::new(organization.seed, organization.stream * 100 + 1 + year as u64),
            left: organization.activities[year],
            echoes: VecDeque::new(),
        }
    }
}

impl Iterator for Activities<'_> {
    type Item = Activity;

    fn next(&mut self) -> Option<Activity> {
        self.left = self.left.checked_sub(1)?;
        let date = self.calendar.next_date();
        if let Some(echo) = self.echoes.pop_front() {
            return Some(echo);
        }
        let activity = self.draw(date);
        if let Some(echo) = self.echo(&activity) {
            self.echoes.push_back(echo);
        }
        Some(activity)
    }
}

impl Activities<'_> {
    fn draw(&mut self, date: NaiveDate) -> Activity {
        let peer = self.organization.peers.len();
        let peer = &self.organization.peers[self.dice.low_index(peer)];
        let kind = self.dice.pick_weighted(&[
            (62, ActivityKind::Outreach),
            (24, ActivityKind::Group),
            (4, ActivityKind::Course),
            (10, ActivityKind::Other),
        ]);
        let unit = &self.organization.units[peer.unit];
        let (id, created_at) = self.registration(date);
        let status = self.status();
        let updated_at = match status {
            ActivityStatus::Pending => created_at,
            ActivityStatus::Approved | ActivityStatus::Rejected => {
                created_at + TimeDelta::hours(i64::from(self.dice.between(1, 240)))
            }
        };
        let row = activities::Model {
            organization_id: self.organization.id,
            id,
            unit_id: unit.row.id,
            kind,
            group_kind: None,
            mode: self.mode(kind),
            status,
            title: String::new(),
            place: format!("{}, {}", self.dice.pick(&VOCABULARY.venues), unit.place),
            county: unit
                .row
                .county
                .as_deref()
                .and_then(|county| county::around(date, county))
                .map(str::to_owned),
            country: "NO".to_owned(),
            leader_user_id: Some(peer.user),
            peer_initiated: true,
            is_recreational: false,
            co_organiser: None,
            newcomers_confirmed_by: None,
            external_ref: None,
            created_at,
            updated_at,
        };
        let mut activity = Activity {
            row,
            co_leaders: vec![],
            co_units: vec![],
            days: vec![],
        };
        self.fill(&mut activity, peer, date);
        self.spoil(&mut activity);
        activity
    }

    /// What belongs to the kind: title, days, participants, company.
    fn fill(&mut self, activity: &mut Activity, peer: &Peer, date: NaiveDate) {
        match activity.row.kind {
            ActivityKind::Outreach => {
                activity.row.title = self.dice.pick(&VOCABULARY.outreach_titles).clone();
                let (minutes, people) = (
                    self.dice.between(2, 8) * 15,
                    if self.dice.per_mille(80) { 2 } else { 1 },
                );
                activity.days = self.days(peer, date, 1, minutes, people);
            }
            ActivityKind::Group => self.fill_group(activity, peer, date),
            ActivityKind::Course => {
                activity.row.title = self.dice.pick(&VOCABULARY.course_titles).clone();
                let days = self.dice.pick_weighted(&[(40, 1), (45, 2), (15, 3)]);
                let (minutes, people) = (self.dice.between(12, 28) * 15, self.dice.between(6, 16));
                activity.days = self.days(peer, date, days, minutes, people);
                self.accompany(activity, peer);
            }
            ActivityKind::Other => {
                activity.row.title = self.dice.pick(&VOCABULARY.other_titles).clone();
                let (minutes, people) = (self.dice.between(1, 12) * 15, self.dice.between(0, 2));
                activity.days = self.days(peer, date, 1, minutes, people);
            }
        }
    }

    fn fill_group(&mut self, activity: &mut Activity, peer: &Peer, date: NaiveDate) {
        let group_kind = self
            .dice
            .pick_weighted(&[(60, GroupKind::Conversation), (40, GroupKind::Activity)]);
        activity.row.group_kind = Some(group_kind);
        activity.row.is_recreational = group_kind == GroupKind::Activity && self.dice.per_mille(60);
        let camp = group_kind == GroupKind::Activity && self.dice.per_mille(20);
        let titles = match group_kind {
            _ if activity.row.is_recreational => &VOCABULARY.recreational_titles,
            GroupKind::Conversation => &VOCABULARY.conversation_titles,
            GroupKind::Activity => &VOCABULARY.activity_titles,
        };
        activity.row.title = if camp {
            "Familiesamling".to_owned()
        } else {
            (*self.dice.pick(titles)).to_owned()
        };
        let (minutes, people) = (self.dice.between(4, 12) * 15, self.dice.between(3, 10));
        activity.days = self.days(peer, date, if camp { 3 } else { 1 }, minutes, people);
        if self.dice.per_mille(15) {
            activity.row.co_organiser = Some(self.dice.pick(&VOCABULARY.co_organisers).clone());
        }
        if self.dice.per_mille(150) {
            self.accompany(activity, peer);
        }
    }

    /// A co-leader, and now and then a second branch.
    fn accompany(&mut self, activity: &mut Activity, peer: &Peer) {
        let other = self.dice.pick(&self.organization.peers);
        if other.user != peer.user {
            activity.co_leaders.push(other.user);
            if other.unit != peer.unit && self.dice.per_mille(300) {
                activity.co_units.push(self.organization.units[other.unit].row.id);
            }
        }
    }

    /// Makes the activity break one of the rules that are about itself. DUPLICATE and SAME_DAY_SAME_PARTICIPANTS come
    /// from [`Self::echo`], NO_APPROVED_LEADER also from how peers' approval stands.
    fn spoil(&mut self, activity: &mut Activity) {
        let group = activity.row.kind == ActivityKind::Group;
        if self.dice.per_mille(5) {
            activity.row.country = (*self.dice.pick(&["SE", "DK", "ES"])).to_owned();
            activity.row.county = None;
        } else if matches!(activity.row.kind, ActivityKind::Group | ActivityKind::Course) && self.dice.per_mille(30) {
            let minutes = if group { 30 } else { 60 };
            activity.days.iter_mut().for_each(|day| day.minutes = minutes);
        } else if group && self.dice.per_mille(40) {
            activity.days.iter_mut().for_each(few_participants);
        } else if self.dice.per_mille(6) {
            activity.row.leader_user_id = None;
        } else if activity.row.kind == ActivityKind::Outreach && self.dice.per_mille(30) {
            activity.row.peer_initiated = false;
        }
    }

    fn days(&mut self, peer: &Peer, first: NaiveDate, length: u64, minutes: u32, people: u32) -> Vec<Day> {
        let starts_at = self.dice.per_mille(970).then(|| {
            NaiveTime::from_hms_opt(self.dice.between(9, 18), self.dice.between(0, 3) * 15, 0)
                .expect("quarters of an hour")
        });
        let identified = match self.dice.pick_weighted(&[(65, 0), (20, 1), (15, 2)]) {
            0 => people,
            1 => people / 2,
            _ => 0,
        };
        let contacts = self.attending(peer, identified);
        let anonymous = people - u32::try_from(contacts.len()).unwrap_or(people);
        (0..length)
            .map(|offset| Day {
                date: first + Days::new(offset),
                starts_at,
                minutes: minutes as i32,
                anonymous: anonymous as i32,
                contacts: contacts.clone(),
            })
            .collect()
    }

    /// People of the peer's own branch: each branch has its stretch of the contacts, and stretches overlap.
    fn attending(&mut self, peer: &Peer, number: u32) -> Vec<Uuid> {
        let all = &self.organization.contacts;
        let around = (all.len() / self.organization.units.len()).max(24);
        let first = peer.unit * all.len() / self.organization.units.len();
        let mut chosen: Vec<Uuid> = (0..number)
            .map(|_| all[(first + self.dice.index(around)) % all.len()].id)
            .collect();
        chosen.sort_unstable();
        chosen.dedup();
        chosen
    }

    fn mode(&mut self, kind: ActivityKind) -> ActivityMode {
        let weights: &[(u32, ActivityMode)] = match kind {
            ActivityKind::Outreach => &[
                (87, ActivityMode::InPerson),
                (8, ActivityMode::Phone),
                (5, ActivityMode::Digital),
            ],
            ActivityKind::Group | ActivityKind::Course => &[(88, ActivityMode::InPerson), (12, ActivityMode::Digital)],
            ActivityKind::Other => &[
                (15, ActivityMode::InPerson),
                (60, ActivityMode::Phone),
                (25, ActivityMode::Digital),
            ],
        };
        self.dice.pick_weighted(weights)
    }

    /// Of the last year more is still pending than of those long reported.
    fn status(&mut self) -> ActivityStatus {
        let pending = if self.year == YEARS[2] { 40 } else { 4 };
        self.dice.pick_weighted(&[
            (980 - pending, ActivityStatus::Approved),
            (pending, ActivityStatus::Pending),
            (20, ActivityStatus::Rejected),
        ])
    }

    /// When an activity was registered, and the id made then: within ten days, in the evening.
    fn registration(&mut self, date: NaiveDate) -> (Uuid, DateTime<Utc>) {
        let evening = date.and_hms_opt(17, 0, 0).expect("five o'clock exists").and_utc();
        let at = evening + TimeDelta::seconds(i64::from(self.dice.between(0, 14_400)));
        let at = at
            + TimeDelta::days(i64::from(self.dice.pick_weighted(&[
                (60, 0),
                (20, 1),
                (10, 4),
                (10, 9),
            ])));
        (self.dice.id(at), at)
    }
}

fn few_participants(day: &mut Day) {
    day.contacts.truncate(2);
    day.anonymous = 2 - day.contacts.len() as i32;
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::LazyLock;

    use super::*;
    use crate::edge::demo::{DemoSettings, plan};

    /// The largest organization's 2024.
    static YEAR: LazyLock<Vec<Activity>> =
        LazyLock::new(|| Activities::new(&plan(&DemoSettings::default()).organizations[0], 1).collect());

    fn count(description: impl Fn(&Activity) -> bool) -> usize {
        YEAR.iter().filter(|activity| description(activity)).count()
    }

    #[test]
    fn a_year_of_the_largest_organization_is_as_long_as_hlfs() {
        assert_eq!(count(|_| true), 22_000);
    }

    /// Each counting rule has activities that fail it, and no more than a realistic share of them.
    #[test]
    fn every_counting_rule_is_broken_now_and_then() {
        let group = |a: &Activity| a.row.kind == ActivityKind::Group;
        let few = |a: &Activity| a.days[0].contacts.len() as i32 + a.days[0].anonymous < 3;
        for (rule, found) in [
            ("OUTSIDE_NORWAY", count(|a| a.row.country != "NO")),
            ("TYPE_NOT_COUNTED", count(|a| a.row.kind == ActivityKind::Other)),
            ("not sought out", count(|a| !a.row.peer_initiated)),
            (
                "MODE_NOT_COUNTED",
                count(|a| a.row.kind == ActivityKind::Outreach && a.row.mode != ActivityMode::InPerson),
            ),
            (
                "digital group",
                count(|a| group(a) && a.row.mode == ActivityMode::Digital),
            ),
            ("TOO_SHORT group", count(|a| group(a) && a.days[0].minutes < 45)),
            (
                "TOO_SHORT course",
                count(|a| a.row.kind == ActivityKind::Course && a.days[0].minutes < 90),
            ),
            ("TOO_FEW_PARTICIPANTS", count(|a| group(a) && few(a))),
            ("NO_APPROVED_LEADER", count(|a| a.row.leader_user_id.is_none())),
            ("newcomers", count(|a| a.row.newcomers_confirmed_by.is_some())),
            ("several days", count(|a| a.days.len() > 1)),
            ("pending", count(|a| a.row.status == ActivityStatus::Pending)),
            ("rejected", count(|a| a.row.status == ActivityStatus::Rejected)),
            ("co-organiser", count(|a| a.row.co_organiser.is_some())),
            ("recreational", count(|a| a.row.is_recreational)),
        ] {
            assert!((20..4_000).contains(&found), "{rule}: {found}");
        }
    }

    #[test]
    fn some_activities_are_registered_twice() {
        let mut seen = HashSet::new();
        let key = |a: &Activity| {
            let day = &a.days[0];
            (
                a.row.kind,
                a.row.leader_user_id,
                a.row.place.clone(),
                day.date,
                day.starts_at,
                day.contacts.clone(),
            )
        };
        let again = YEAR.iter().filter(|activity| !seen.insert(key(activity))).count();
        assert!((40..400).contains(&again), "{again}");
    }

    /// The contacts of a day are distinct, its minutes within a day, its people plausible: the database would refuse it.
    #[test]
    fn every_activity_is_well_formed() {
        let wrong = count(|a| {
            let day = |day: &Day| {
                let distinct: HashSet<_> = day.contacts.iter().collect();
                distinct.len() == day.contacts.len() && (0..=1440).contains(&day.minutes) && day.anonymous >= 0
            };
            !a.days.iter().all(day)
                || (a.row.kind == ActivityKind::Group) != a.row.group_kind.is_some()
                || a.row.updated_at < a.row.created_at
        });
        assert_eq!(wrong, 0);
    }
}
