//! People: who may log in, what they are in the organization, and who attends.

use chrono::{DateTime, Days, NaiveDate, Utc};
use uuid::Uuid;

use super::dice::Dice;
use super::names::{FIRST_NAMES, LAST_NAMES};
use super::organizations::Profile;
use super::units::Unit;

/// Someone who can log in; global, not an organization's.
pub(super) struct Person {
    pub id: Uuid,
    pub email: String,
    pub name: String,
    pub is_global_admin: bool,
    pub is_active: bool,
    pub created_at: DateTime<Utc>,
}

pub(super) struct Membership {
    pub user: Uuid,
    pub role: &'static str,
    pub is_active: bool,
    pub approved_from: Option<NaiveDate>,
    pub approved_until: Option<NaiveDate>,
    pub trained_on: Option<NaiveDate>,
    pub created_at: DateTime<Utc>,
}

/// A peer mentor who leads activities, and the index of the unit where.
pub(super) struct Peer {
    pub user: Uuid,
    pub unit: usize,
}

/// Someone who attends.
pub(super) struct Contact {
    pub id: Uuid,
    pub name: Option<String>,
    pub external_ref: String,
    pub created_at: DateTime<Utc>,
}

/// An organization's own people.
pub(super) struct Staff {
    pub people: Vec<Person>,
    pub memberships: Vec<Membership>,
    pub peers: Vec<Peer>,
    pub admin: Uuid,
    pub coordinator: Uuid,
}

/// Addresses that are easy to remember: admin@, koordinator@ (koordinator2@ ...), likeperson@, and sluttet@ for someone
/// who may no longer log in. All other peers have their name in theirs.
pub(super) fn plan(profile: &Profile, units: &[Unit], created_at: DateTime<Utc>, dice: &mut Dice) -> Staff {
    let mut staff = Staff {
        people: vec![],
        memberships: vec![],
        peers: vec![],
        admin: Uuid::nil(),
        coordinator: Uuid::nil(),
    };
    staff.admin = staff.hire("admin", "org_admin", profile, created_at, dice);
    staff.coordinator = staff.hire("koordinator", "coordinator", profile, created_at, dice);
    for number in 2..=profile.coordinators {
        staff.hire(
            &format!("koordinator{number}"),
            "coordinator",
            profile,
            created_at,
            dice,
        );
    }
    let left = staff.hire("sluttet", "coordinator", profile, created_at, dice);
    staff
        .people
        .iter_mut()
        .filter(|person| person.id == left)
        .for_each(|person| person.is_active = false);

    let branches: Vec<usize> = (0..units.len()).filter(|index| units[*index].is_branch()).collect();
    for number in 0..profile.peers {
        staff.recruit(number, branches[number % branches.len()], profile, created_at, dice);
    }
    staff
}

impl Staff {
    fn hire(
        &mut self,
        local_part: &str,
        role: &'static str,
        profile: &Profile,
        created_at: DateTime<Utc>,
        dice: &mut Dice,
    ) -> Uuid {
        let person = person(format!("{local_part}@{}", profile.domain), name(dice), created_at, dice);
        let user = person.id;
        self.people.push(person);
        self.memberships.push(Membership {
            user,
            role,
            is_active: true,
            approved_from: None,
            approved_until: None,
            trained_on: None,
            created_at,
        });
        user
    }

    fn recruit(&mut self, number: usize, unit: usize, profile: &Profile, created_at: DateTime<Utc>, dice: &mut Dice) {
        let name = name(dice);
        // The one whom the documentation logs in as must be able to do everything that a peer mentor can.
        let (local_part, standing) = if number == 0 {
            ("likeperson".to_owned(), Standing::InOrder)
        } else {
            (format!("{}{number}", ascii(&name)), Standing::roll(dice))
        };
        let person = person(format!("{local_part}@{}", profile.domain), name, created_at, dice);
        self.memberships.push(standing.membership(person.id, created_at, dice));
        self.peers.push(Peer { user: person.id, unit });
        self.people.push(person);
    }
}

/// How a peer's approval and training stand: most in order, the others break NO_APPROVED_LEADER in their own way.
#[derive(Clone, Copy)]
enum Standing {
    InOrder,
    ApprovalRanOut,
    ApprovedLate,
    NeverApproved,
    NotTrained,
    Left,
}

impl Standing {
    fn roll(dice: &mut Dice) -> Self {
        dice.weighted(&[
            (86, Self::InOrder),
            (4, Self::ApprovalRanOut),
            (3, Self::ApprovedLate),
            (2, Self::NeverApproved),
            (3, Self::NotTrained),
            (2, Self::Left),
        ])
    }

    fn membership(self, user: Uuid, created_at: DateTime<Utc>, dice: &mut Dice) -> Membership {
        let usual = day(2018, 1, 1) + Days::new(u64::from(dice.between(0, 4 * 365)));
        let approved_from = match self {
            Self::NeverApproved => None,
            Self::ApprovedLate => Some(day(2024, 2, 1) + Days::new(u64::from(dice.between(0, 500)))),
            _ => Some(usual),
        };
        let approved_until =
            matches!(self, Self::ApprovalRanOut).then(|| day(2023, 6, 30) + Days::new(u64::from(dice.between(0, 700))));
        let trained_on = approved_from
            .filter(|_| !matches!(self, Self::NotTrained))
            .map(|from| from - Days::new(30));
        Membership {
            user,
            role: "peer_mentor",
            is_active: !matches!(self, Self::Left),
            approved_from,
            approved_until,
            trained_on,
            created_at,
        }
    }
}

/// Two who belong to no single organization: `support@`, a global admin, and `begge@`, a member of the first two.
pub(super) fn shared(created_at: DateTime<Utc>, dice: &mut Dice) -> [Person; 2] {
    let mut support = person(
        "support@bufdir-reports.example".to_owned(),
        "Brukerstøtte".to_owned(),
        created_at,
        dice,
    );
    support.is_global_admin = true;
    let both = person(
        "begge@bufdir-reports.example".to_owned(),
        "Begge Steder".to_owned(),
        created_at,
        dice,
    );
    [support, both]
}

/// A membership of somebody who leads no activity.
pub(super) fn membership(user: Uuid, role: &'static str, created_at: DateTime<Utc>) -> Membership {
    Membership {
        user,
        role,
        is_active: true,
        approved_from: None,
        approved_until: None,
        trained_on: None,
        created_at,
    }
}

/// One contact for every ten activities; half have a name, the others only the reference of the member register.
pub(super) fn contacts(activities: u64, created_at: DateTime<Utc>, dice: &mut Dice) -> Vec<Contact> {
    (1..=(activities / 10).max(120))
        .map(|number| Contact {
            id: dice.id(created_at),
            name: dice.per_mille(500).then(|| name(dice)),
            external_ref: format!("K{number:06}"),
            created_at,
        })
        .collect()
}

fn person(email: String, name: String, created_at: DateTime<Utc>, dice: &mut Dice) -> Person {
    Person {
        id: dice.id(created_at),
        email,
        name,
        is_global_admin: false,
        is_active: true,
        created_at,
    }
}

fn name(dice: &mut Dice) -> String {
    format!("{} {}", dice.pick(FIRST_NAMES), dice.pick(LAST_NAMES))
}

/// A name as an e-mail address has it.
fn ascii(name: &str) -> String {
    name.to_lowercase()
        .replace(' ', ".")
        .replace('æ', "ae")
        .replace('ø', "o")
        .replace('å', "a")
}

pub(super) fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("dates of the demo are of the calendar")
}
