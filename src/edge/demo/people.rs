//! People: who may log in, what they are in the organization, and who attends.

use chrono::{DateTime, Days, NaiveDate, Utc};
use entity::enums::{Role, UnitLevel};
use entity::{contacts, memberships, users};
use sea_orm::ActiveValue::Set;
use uuid::Uuid;

use super::dice::Dice;
use super::organizations::Profile;
use super::units::DemoUnit;
use super::vocabulary::VOCABULARY;

/// A peer mentor who leads activities, and the index of the unit where.
pub(super) struct Peer {
    pub user: Uuid,
    pub unit: usize,
}

/// An organization's own people.
pub(super) struct Staff {
    pub people: Vec<users::Model>,
    pub memberships: Vec<memberships::ActiveModel>,
    pub peers: Vec<Peer>,
    pub admin: Uuid,
    pub coordinator: Uuid,
}

/// Addresses that are easy to remember: admin@, koordinator@ (koordinator2@ ...), likeperson@, and sluttet@ for someone
/// who may no longer log in. All other peers have their name in theirs.
pub(super) fn plan(profile: &Profile, units: &[DemoUnit], created_at: DateTime<Utc>, dice: &mut Dice) -> Staff {
    let mut staff = Staff {
        people: vec![],
        memberships: vec![],
        peers: vec![],
        admin: Uuid::nil(),
        coordinator: Uuid::nil(),
    };
    staff.admin = staff.hire("admin", Role::OrgAdmin, profile, created_at, dice);
    staff.coordinator = staff.hire("koordinator", Role::Coordinator, profile, created_at, dice);
    for number in 2..=profile.coordinators {
        staff.hire(
            &format!("koordinator{number}"),
            Role::Coordinator,
            profile,
            created_at,
            dice,
        );
    }
    let left = staff.hire("sluttet", Role::Coordinator, profile, created_at, dice);
    staff
        .people
        .iter_mut()
        .filter(|person| person.id == left)
        .for_each(|person| person.is_active = false);

    let is_branch = |unit: &usize| units[*unit].row.level == UnitLevel::Local;
    let branches: Vec<usize> = (0..units.len()).filter(is_branch).collect();
    for number in 0..profile.peers {
        staff.recruit(number, branches[number % branches.len()], profile, created_at, dice);
    }
    staff
}

impl Staff {
    fn hire(
        &mut self,
        local_part: &str,
        role: Role,
        profile: &Profile,
        created_at: DateTime<Utc>,
        dice: &mut Dice,
    ) -> Uuid {
        let person = person(format!("{local_part}@{}", profile.domain), name(dice), created_at, dice);
        let user = person.id;
        self.people.push(person);
        self.memberships.push(membership(user, role, created_at));
        user
    }

    fn recruit(&mut self, number: usize, unit: usize, profile: &Profile, created_at: DateTime<Utc>, dice: &mut Dice) {
        let name = name(dice);
        // The one whom the documentation logs in as must be able to do everything that a peer mentor can.
        let (local_part, standing) = if number == 0 {
            ("likeperson".to_owned(), PeerStanding::InOrder)
        } else {
            (format!("{}{number}", ascii(&name)), PeerStanding::roll(dice))
        };
        let person = person(format!("{local_part}@{}", profile.domain), name, created_at, dice);
        self.memberships.push(standing.membership(person.id, created_at, dice));
        self.peers.push(Peer { user: person.id, unit });
        self.people.push(person);
    }
}

/// How a peer's approval and training stand: most in order, the others break NO_APPROVED_LEADER in their own way.
#[derive(Clone, Copy)]
enum PeerStanding {
    InOrder,
    ApprovalRanOut,
    ApprovedLate,
    NeverApproved,
    NotTrained,
    Left,
}

impl PeerStanding {
    fn roll(dice: &mut Dice) -> Self {
        dice.pick_weighted(&[
            (86, Self::InOrder),
            (4, Self::ApprovalRanOut),
            (3, Self::ApprovedLate),
            (2, Self::NeverApproved),
            (3, Self::NotTrained),
            (2, Self::Left),
        ])
    }

    fn membership(self, user: Uuid, created_at: DateTime<Utc>, dice: &mut Dice) -> memberships::ActiveModel {
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
        memberships::ActiveModel {
            is_active: Set(!matches!(self, Self::Left)),
            peer_approved_from: Set(approved_from),
            peer_approved_until: Set(approved_until),
            peer_trained_on: Set(trained_on),
            ..membership(user, Role::PeerMentor, created_at)
        }
    }
}

/// Two who belong to no single organization: `support@`, a global admin, and `begge@`, a member of the first two.
pub(super) fn shared(created_at: DateTime<Utc>, dice: &mut Dice) -> [users::Model; 2] {
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
pub(super) fn membership(user: Uuid, role: Role, created_at: DateTime<Utc>) -> memberships::ActiveModel {
    memberships::ActiveModel {
        user_id: Set(user),
        role: Set(role),
        is_active: Set(true),
        peer_approved_from: Set(None),
        peer_approved_until: Set(None),
        peer_trained_on: Set(None),
        created_at: Set(created_at),
        updated_at: Set(created_at),
        ..Default::default()
    }
}

/// One contact for every ten activities; half have a name, the others only the reference of the member register.
pub(super) fn contacts(
    organization_id: Uuid,
    activities: u64,
    created_at: DateTime<Utc>,
    dice: &mut Dice,
) -> Vec<contacts::Model> {
    (1..=(activities / 10).max(120))
        .map(|number| contacts::Model {
            organization_id,
            id: dice.id(created_at),
            name: dice.per_mille(500).then(|| name(dice)),
            external_ref: Some(format!("K{number:06}")),
            created_at,
        })
        .collect()
}

fn person(email: String, name: String, created_at: DateTime<Utc>, dice: &mut Dice) -> users::Model {
    users::Model {
        id: dice.id(created_at),
        email,
        name,
        is_global_admin: false,
        is_active: true,
        created_at,
        updated_at: created_at,
    }
}

fn name(dice: &mut Dice) -> String {
    format!(
        "{} {}",
        dice.pick(&VOCABULARY.first_names),
        dice.pick(&VOCABULARY.last_names)
    )
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
