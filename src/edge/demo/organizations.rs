//! The demo's organizations: how large each is, and what it is made of.

use chrono::{DateTime, NaiveDate, TimeZone, Utc};
use entity::{contacts, memberships, period_figures, users};
use uuid::Uuid;

use super::dice::Dice;
use super::people::{self, Peer};
use super::periods::{self, Period};
use super::units::{self, DemoUnit};

/// The basis years that the demo fills, and how the years are weighed within [`Profile::activities`].
pub const YEARS: [i32; 3] = [2023, 2024, 2025];

/// What an organization is like. The names and numbers are invented: organization numbers of this series are not handed
/// out, though their check digit is right.
pub(super) struct Profile {
    pub slug: &'static str,
    pub name: &'static str,
    pub organization_number: &'static str,
    pub is_test: bool,
    /// Domain of its people's e-mail addresses.
    pub domain: &'static str,
    pub regions: usize,
    pub branches: usize,
    pub peers: usize,
    pub coordinators: usize,
    pub paying_members: u32,
    /// Of every hundred thousand activities of the whole demo, those of each year.
    pub activities: [u64; 3],
}

/// As large as HLF (domain.md, 4).
pub(super) const LARGEST: Profile = Profile {
    slug: "horsel",
    name: "Hørsel og Hverdag (oppdiktet)",
    organization_number: "310471011",
    is_test: false,
    domain: "horsel.example",
    regions: 15,
    branches: 180,
    peers: 570,
    coordinators: 4,
    paying_members: 58_300,
    activities: [21_120, 22_000, 22_880],
};

/// The third grows by more than 30 % a year, which is worth a warning.
pub(super) const PROFILES: [Profile; 4] = [
    LARGEST,
    Profile {
        slug: "ledd",
        name: "Ledd og Liv (oppdiktet)",
        organization_number: "311526022",
        is_test: false,
        domain: "ledd.example",
        regions: 15,
        branches: 120,
        peers: 200,
        coordinators: 3,
        paying_members: 21_700,
        activities: [9_200, 9_500, 9_800],
    },
    Profile {
        slug: "sjelden",
        name: "Sjelden Sammen (oppdiktet)",
        organization_number: "312938057",
        is_test: false,
        domain: "sjelden.example",
        regions: 6,
        branches: 12,
        peers: 35,
        coordinators: 1,
        paying_members: 1_240,
        activities: [1_200, 1_600, 2_300],
    },
    Profile {
        slug: "norse-test",
        name: "Norse Test Organization",
        organization_number: "319999019",
        is_test: true,
        domain: "norse-test.example",
        regions: 2,
        branches: 4,
        peers: 12,
        coordinators: 1,
        paying_members: 300,
        activities: [120, 130, 150],
    },
];

/// Parts of [`Profile::activities`] in all: what the default number of activities is a multiple of.
pub(super) const PARTS: u64 = 100_000;

/// An organization of the demo, its activities apart: they are made as they are loaded.
pub struct DemoOrganization {
    pub id: Uuid,
    pub slug: &'static str,
    pub name: &'static str,
    pub organization_number: &'static str,
    pub is_test: bool,
    /// The org admin: who owns the periods, and as whom the figures are typed in.
    pub admin: Uuid,
    /// The coordinator who confirms newcomers.
    pub coordinator: Uuid,
    pub(super) seed: u64,
    /// Tells this organization's dice from the others'.
    pub(super) stream: u64,
    pub(super) created_at: DateTime<Utc>,
    pub(super) people: Vec<users::Model>,
    pub(super) memberships: Vec<memberships::ActiveModel>,
    pub(super) peers: Vec<Peer>,
    pub(super) units: Vec<DemoUnit>,
    pub(super) contacts: Vec<contacts::Model>,
    pub(super) periods: Vec<Period>,
    pub(super) figures: Vec<period_figures::ActiveModel>,
    /// How many activities each of [`YEARS`] gets.
    pub(super) activities: [u64; 3],
}

impl DemoOrganization {
    pub(super) fn plan(profile: &Profile, stream: u64, seed: u64, activities: [u64; 3]) -> Self {
        let mut dice = Dice::new(seed, stream * 100);
        let created_at = noon(NaiveDate::from_ymd_opt(2022, 11, 14).expect("a date of the calendar"));
        let id = dice.id(created_at);
        let units = units::plan(id, profile, created_at, &mut dice);
        let staff = people::plan(profile, &units, created_at, &mut dice);
        let contacts = people::contacts(id, activities.iter().sum(), created_at, &mut dice);
        let periods = periods::plan(staff.admin, &mut dice);
        let figures = periods::figures(profile, staff.admin, &periods);
        Self {
            id,
            slug: profile.slug,
            name: profile.name,
            organization_number: profile.organization_number,
            is_test: profile.is_test,
            admin: staff.admin,
            coordinator: staff.coordinator,
            seed,
            stream,
            created_at,
            people: staff.people,
            memberships: staff.memberships,
            peers: staff.peers,
            units,
            contacts,
            periods,
            figures,
            activities,
        }
    }

    /// How many activities it gets in all.
    pub fn activity_count(&self) -> u64 {
        self.activities.iter().sum()
    }
}

/// Shares out `total` activities over organizations and years, exactly: no rounding loses one.
pub(super) fn shares(total: u64) -> [[u64; 3]; PROFILES.len()] {
    let upto = |parts: u64| u64::try_from(u128::from(total) * u128::from(parts) / u128::from(PARTS)).unwrap_or(total);
    let mut parts = 0;
    PROFILES.each_ref().map(|profile| {
        profile.activities.map(|share| {
            let before = upto(parts);
            parts += share;
            upto(parts) - before
        })
    })
}

/// A time of day at which all of Norway has the same date as UTC.
pub(super) fn noon(date: NaiveDate) -> DateTime<Utc> {
    Utc.from_utc_datetime(&date.and_hms_opt(12, 0, 0).expect("noon exists"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each organization number's last digit is its check digit (modulus 11).
    #[test]
    fn organization_numbers_are_valid() {
        for profile in &PROFILES {
            let digits: Vec<u32> = profile
                .organization_number
                .chars()
                .map(|digit| digit.to_digit(10).unwrap())
                .collect();
            let sum: u32 = digits
                .iter()
                .zip([3, 2, 7, 6, 5, 4, 3, 2, 1])
                .map(|(digit, weight)| digit * weight)
                .sum();
            assert_eq!((digits.len(), sum % 11), (9, 0), "{}", profile.slug);
        }
    }

    #[test]
    fn shares_add_up_to_the_total() {
        for total in [0, 1, 7, 999, 100_000, 1_000_000, 1_234_567] {
            assert_eq!(shares(total).iter().flatten().sum::<u64>(), total);
        }
    }
}
