//! A small organization: what the model counts in memory, and what is inserted for the SQL to count.

#![expect(clippy::disallowed_methods, reason = "a test prepares its database")]

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;

use bufdir_reports::format::{self, CountedPeriod};
use chrono::{NaiveDate, NaiveTime};
use counting::FormatVersion;
use entity::enums::{ActivityKind, ActivityMode, ActivityStatus, GroupKind};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

pub const ORGANIZATION: Uuid = Uuid::from_u128(0x1);
pub const OTHER_ORGANIZATION: Uuid = Uuid::from_u128(0x2);
/// Users that exist; a world may make as many peers.
pub const PEERS: usize = 6;
/// A national body (0), two regions (1, 2), and branches: 3 and 4 in the first region, 5 in the second.
pub const UNITS: [Unit; 6] = [
    Unit {
        level: "national",
        parent: None,
    },
    Unit {
        level: "region",
        parent: Some(0),
    },
    Unit {
        level: "region",
        parent: Some(0),
    },
    Unit {
        level: "local",
        parent: Some(1),
    },
    Unit {
        level: "local",
        parent: Some(1),
    },
    Unit {
        level: "local",
        parent: Some(2),
    },
];

pub struct Unit {
    pub level: &'static str,
    pub parent: Option<usize>,
}

#[derive(Clone, Debug)]
pub struct World {
    pub peers: Vec<Peer>,
    pub activities: Vec<Activity>,
}

#[derive(Clone, Debug, Default)]
pub struct Peer {
    pub approved_from: Option<NaiveDate>,
    pub approved_until: Option<NaiveDate>,
    pub trained_on: Option<NaiveDate>,
}

/// Its id is its index: see [`activity_id`].
#[derive(Clone, Debug)]
pub struct Activity {
    pub unit: usize,
    pub kind: ActivityKind,
    pub group_kind: Option<GroupKind>,
    pub mode: ActivityMode,
    pub status: ActivityStatus,
    pub country: &'static str,
    pub place: &'static str,
    pub county: Option<&'static str>,
    pub leader: Option<usize>,
    pub co_leaders: BTreeSet<usize>,
    pub peer_initiated: bool,
    pub co_organiser: Option<&'static str>,
    pub newcomers_confirmed: bool,
    /// Seconds after some instant.
    pub created: u8,
    pub days: Vec<Day>,
}

#[derive(Clone, Debug)]
pub struct Day {
    pub date: NaiveDate,
    pub start: Option<NaiveTime>,
    pub minutes: u32,
    pub contacts: BTreeSet<u8>,
    pub anonymous: u32,
}

pub fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub fn user(number: usize) -> Uuid {
    id(0x100, number)
}

pub fn unit_id(number: usize) -> Uuid {
    id(0x200, number)
}

pub fn activity_id(index: usize) -> Uuid {
    id(0x300, index)
}

fn id(kind: u128, number: usize) -> Uuid {
    Uuid::from_u128((kind << 64) + number as u128)
}

/// The calendar year, in the organization of [`World::insert`].
pub fn year(year: i32) -> CountedPeriod {
    CountedPeriod {
        organization_id: ORGANIZATION,
        first_date: NaiveDate::from_ymd_opt(year, 1, 1).unwrap(),
        last_date: NaiveDate::from_ymd_opt(year, 12, 31).unwrap(),
    }
}

pub async fn version(db: &impl ConnectionTrait, name: &str) -> FormatVersion {
    Arc::unwrap_or_clone(format::find(db, name).await.unwrap().unwrap())
}

impl World {
    pub async fn insert(&self, db: &impl ConnectionTrait) {
        self.insert_into(db, ORGANIZATION).await;
    }

    pub async fn insert_into(&self, db: &impl ConnectionTrait, organization: Uuid) {
        let mut sql = units_sql(organization);
        self.write_people(&mut sql, organization);
        for (index, activity) in self.activities.iter().enumerate() {
            activity.write(&mut sql, organization, activity_id(index));
        }
        db.execute_unprepared(&sql).await.unwrap();
    }

    fn write_people(&self, sql: &mut String, organization: Uuid) {
        for (number, peer) in self.peers.iter().enumerate() {
            writeln!(
                sql,
                "insert into memberships (organization_id, user_id, role, peer_approved_from, peer_approved_until, \
                 peer_trained_on) values ('{organization}', '{}', 'peer_mentor', {}, {}, {});",
                user(number),
                literal(peer.approved_from),
                literal(peer.approved_until),
                literal(peer.trained_on)
            )
            .unwrap();
        }
        let contacts: BTreeSet<u8> = self
            .activities
            .iter()
            .flat_map(|a| &a.days)
            .flat_map(|day| day.contacts.iter().copied())
            .collect();
        for contact in contacts {
            let id = contact_id(contact);
            writeln!(
                sql,
                "insert into contacts (organization_id, id) values ('{organization}', '{id}');"
            )
            .unwrap();
        }
    }
}

impl Activity {
    fn write(&self, sql: &mut String, organization: Uuid, id: Uuid) {
        writeln!(
            sql,
            "insert into activities (organization_id, id, unit_id, kind, group_kind, mode, status, title, place, county, \
             country, leader_user_id, peer_initiated, co_organiser, newcomers_confirmed_by, created_at, updated_at) \
             values ('{organization}', '{id}', '{}', '{}', {}, '{}', '{}', '', '{}', {}, '{}', {}, {}, {}, {}, \
             to_timestamp({}), now());",
            unit_id(self.unit),
            self.kind.as_str(),
            literal(self.group_kind.map(GroupKind::as_str)),
            self.mode.as_str(),
            self.status.as_str(),
            self.place,
            literal(self.county),
            self.country,
            literal(self.leader.map(user)),
            self.peer_initiated,
            literal(self.co_organiser),
            literal(self.newcomers_confirmed.then(|| user(0))),
            self.created,
        )
        .unwrap();
        for leader in &self.co_leaders {
            let values = format!("('{organization}', '{id}', '{}')", user(*leader));
            writeln!(sql, "insert into activity_co_leaders values {values};").unwrap();
        }
        for day in &self.days {
            day.write(sql, organization, id);
        }
    }
}

impl Day {
    fn write(&self, sql: &mut String, organization: Uuid, activity: Uuid) {
        let date = self.date;
        writeln!(
            sql,
            "insert into activity_days values ('{organization}', '{activity}', '{date}', {}, {}, {});",
            literal(self.start),
            self.minutes,
            self.anonymous
        )
        .unwrap();
        for contact in &self.contacts {
            let id = contact_id(*contact);
            writeln!(
                sql,
                "insert into attendances values ('{organization}', '{activity}', '{date}', '{id}');"
            )
            .unwrap();
        }
    }
}

fn contact_id(number: u8) -> Uuid {
    id(0x400, number.into())
}

fn units_sql(organization: Uuid) -> String {
    let rows = UNITS.iter().enumerate().map(|(number, unit)| {
        let (id, parent, level) = (unit_id(number), literal(unit.parent.map(unit_id)), unit.level);
        format!(
            "insert into organizational_units (organization_id, id, parent_id, level, name) \
             values ('{organization}', '{id}', {parent}, '{level}', 'Unit {number}');\n"
        )
    });
    rows.collect()
}

fn literal(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "null".to_owned(), |value| format!("'{}'", value.to_string()))
}
