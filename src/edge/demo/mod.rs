//! Demo data that looks like the field: three organizations of real sizes (domain.md, 4) and the test organization,
//! three basis years, every kind of activity, every status, and activities that fail each counting rule.
//!
//! Everything is made from a seed and the number of activities: the same two give the same rows, ids included, whenever
//! and wherever. What to do with a plan, in this order:
//!
//! 1. [`provision`] on the owner's connection: organizations and people.
//! 2. For each of [`Plan::organizations`], in a transaction that has entered it as the system: [`load_organization`].
//!    The transaction's audit entry takes its details from [`Loaded`]; `None` means that nothing was written.
//! 3. For each, in a transaction that has entered it as [`DemoOrganization::admin`]: [`load_figures`] (only people type in
//!    figures).
//! 4. [`analyze`] on the owner's connection.
//!
//! Each step that finds its work done does nothing, so that a load that was interrupted can be started again.

mod activities;
mod calendar;
mod dice;
mod organizations;
mod people;
mod periods;
mod store;
mod units;
mod vocabulary;

use entity::enums::Role;
use entity::users;
use sea_orm::{ConnectionTrait, DbErr};

pub use activities::Activities;
pub use organizations::{DemoOrganization, YEARS};

use dice::Dice;
use organizations::{LARGEST, PROFILES, Profile, shares};

use crate::kernel::db::WriteScope;

/// What decides the demo's every row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemoSettings {
    /// Over all organizations and years.
    pub activities: u64,
    pub seed: u64,
}

impl Default for DemoSettings {
    /// As many activities as organizations of these sizes have.
    fn default() -> Self {
        Self {
            activities: organizations::PARTS,
            seed: 2023,
        }
    }
}

/// How far an organization's load has come, in activities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemoProgress {
    pub organization: &'static str,
    pub done: u64,
    pub total: u64,
}

/// What a load has written, for the audit entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Loaded {
    pub memberships: usize,
    pub units: usize,
    pub contacts: usize,
    pub periods: usize,
    pub activities: u64,
}

/// The whole demo, activities apart: they are made as they are loaded.
pub struct Plan {
    /// Those who belong to no single organization.
    people: Vec<users::Model>,
    pub organizations: Vec<DemoOrganization>,
}

/// Makes the plan. Pure: no clock, no database.
pub fn plan(settings: &DemoSettings) -> Plan {
    let mut organizations: Vec<_> = PROFILES
        .iter()
        .zip(shares(settings.activities))
        .zip(1..)
        .map(|((profile, activities), stream)| DemoOrganization::plan(profile, stream, settings.seed, activities))
        .collect();
    let created_at = organizations[0].created_at;
    let people = people::shared(created_at, &mut Dice::new(settings.seed, 0));
    let [_, both] = &people;
    for (organization, role) in organizations.iter_mut().zip([Role::PeerMentor, Role::Coordinator]) {
        organization
            .memberships
            .push(people::membership(both.id, role, created_at));
    }
    Plan {
        people: people.into(),
        organizations,
    }
}

/// One organization with all activities in 2024, and as many peers for them as the demo's largest has: what counting is
/// measured by. Pure, too.
pub fn plan_one_year(settings: &DemoSettings) -> Plan {
    let activities = [0, settings.activities, 0];
    let [_, usual, _] = LARGEST.activities;
    let times = usize::try_from(settings.activities / usual).unwrap_or(1).max(1);
    let profile = Profile {
        peers: LARGEST.peers * times,
        ..LARGEST
    };
    let organization = DemoOrganization::plan(&profile, 1, settings.seed, activities);
    let people = people::shared(organization.created_at, &mut Dice::new(settings.seed, 0));
    Plan {
        people: people.into(),
        organizations: vec![organization],
    }
}

/// Inserts organizations and people as the owner, who alone may; those that exist already are left as they are.
///
/// # Errors
/// The database's own.
pub async fn provision(owner: &impl ConnectionTrait, plan: &Plan) -> Result<(), DbErr> {
    store::insert_organizations(owner, plan).await?;
    store::insert_people(owner, plan).await
}

/// Loads everything of one organization but its figures, in the caller's transaction, which has entered it as the
/// system; `None` when it was loaded before.
///
/// # Errors
/// The database's own; the caller's transaction is then lost and leaves nothing behind.
pub async fn load_organization(
    scope: &WriteScope,
    organization: &DemoOrganization,
    progress: &(dyn Fn(DemoProgress) + Sync),
) -> Result<Option<Loaded>, DbErr> {
    if store::is_loaded(scope).await? {
        return Ok(None);
    }
    store::insert_units(scope, organization).await?;
    store::insert_memberships(scope, organization).await?;
    store::insert_contacts(scope, organization).await?;
    store::insert_periods(scope, organization).await?;
    store::insert_activities(scope, organization, progress).await?;
    Ok(Some(Loaded {
        memberships: organization.memberships.len(),
        units: organization.units.len(),
        contacts: organization.contacts.len(),
        periods: organization.periods.len(),
        activities: organization.activity_count(),
    }))
}

/// Loads an organization's period figures, in the caller's transaction, which has entered it as its admin. Tells how
/// many were typed in; 0 when that was done before.
///
/// # Errors
/// The database's own.
pub async fn load_figures(scope: &WriteScope, organization: &DemoOrganization) -> Result<usize, DbErr> {
    if store::has_figures(scope).await? {
        return Ok(0);
    }
    store::insert_figures(scope, organization).await?;
    Ok(organization.figures.len())
}

/// Lets the planner know what was loaded; else the first reports are slow until autovacuum comes by.
///
/// # Errors
/// The database's own.
#[expect(clippy::disallowed_methods, reason = "no statement of a builder")]
pub async fn analyze(owner: &impl ConnectionTrait) -> Result<(), DbErr> {
    owner
        .execute_unprepared(
            "analyze organizations, users, memberships, organizational_units, contacts, activities, activity_days,
                activity_co_leaders, activity_co_units, attendances, report_periods, period_figures",
        )
        .await
        .map(drop)
}
