//! Puts the demo into the database: people and organizations by the owner, all else through the door.

use entity::{organizational_units, organizations, period_figures, report_periods};
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, DbErr, IntoActiveModel, SelectExt};

use super::activities::Activities;
use super::organizations::{DemoOrganization, YEARS};
use super::{DemoProgress, Plan};
use crate::activity::insert_activities as insert_batch;
use crate::kernel::db::{Bulk, Scoped, WriteScope};

/// Rows per round trip; large enough that round trips cost nothing, small enough to stay in the caches.
const BATCH: usize = 2_000;

pub(super) async fn insert_organizations(owner: &impl ConnectionTrait, plan: &Plan) -> Result<(), DbErr> {
    let rows = plan
        .organizations
        .iter()
        .map(|organization| organizations::ActiveModel {
            id: Set(organization.id),
            slug: Set(organization.slug.to_owned()),
            name: Set(organization.name.to_owned()),
            organization_number: Set(organization.organization_number.to_owned()),
            is_test: Set(organization.is_test),
            created_at: Set(organization.created_at),
            updated_at: Set(organization.created_at),
            ..Default::default()
        });
    Bulk::new(rows)?.insert_missing(owner).await
}

pub(super) async fn insert_people(owner: &impl ConnectionTrait, plan: &Plan) -> Result<(), DbErr> {
    let own = plan.organizations.iter().flat_map(|organization| &organization.people);
    let people = plan.people.iter().chain(own).cloned();
    let rows = people.map(IntoActiveModel::into_active_model);
    Bulk::new(rows)?.insert_missing(owner).await
}

/// Whether the entered organization has its units: they are the first that a load writes.
pub(super) async fn is_loaded(scope: &WriteScope) -> Result<bool, DbErr> {
    scope.find::<organizational_units::Entity>().exists(scope).await
}

pub(super) async fn has_figures(scope: &WriteScope) -> Result<bool, DbErr> {
    scope.find::<period_figures::Entity>().exists(scope).await
}

pub(super) async fn insert_memberships(scope: &WriteScope, organization: &DemoOrganization) -> Result<(), DbErr> {
    let rows = organization.memberships.iter().cloned();
    scope.bulk(rows)?.insert(scope).await
}

/// Parents come first: the check of a unit's level looks its parent up.
pub(super) async fn insert_units(scope: &WriteScope, organization: &DemoOrganization) -> Result<(), DbErr> {
    let rows = organization.units.iter().map(|unit| unit.row.clone());
    let rows = rows.map(IntoActiveModel::into_active_model);
    scope.bulk(rows)?.insert(scope).await
}

pub(super) async fn insert_contacts(scope: &WriteScope, organization: &DemoOrganization) -> Result<(), DbErr> {
    for contacts in organization.contacts.chunks(BATCH) {
        let rows = contacts.iter().cloned().map(IntoActiveModel::into_active_model);
        scope.bulk(rows)?.insert(scope).await?;
    }
    Ok(())
}

pub(super) async fn insert_periods(scope: &WriteScope, organization: &DemoOrganization) -> Result<(), DbErr> {
    let rows = organization.periods.iter().map(|period| report_periods::ActiveModel {
        id: Set(period.id),
        name: Set(period.name.clone()),
        first_date: Set(period.first),
        last_date: Set(period.last),
        created_by_user_id: Set(period.created_by),
        created_at: Set(period.created_at),
        updated_at: Set(period.created_at),
        ..Default::default()
    });
    scope.bulk(rows)?.insert(scope).await
}

pub(super) async fn insert_figures(scope: &WriteScope, organization: &DemoOrganization) -> Result<(), DbErr> {
    let rows = organization.figures.iter().cloned();
    scope.bulk(rows)?.insert(scope).await
}

pub(super) async fn insert_activities(
    scope: &WriteScope,
    organization: &DemoOrganization,
    progress: &(dyn Fn(DemoProgress) + Sync),
) -> Result<(), DbErr> {
    let mut done = 0;
    for year in 0..YEARS.len() {
        let mut activities = Activities::new(organization, year);
        loop {
            let batch: Vec<_> = activities.by_ref().take(BATCH).collect();
            if batch.is_empty() {
                break;
            }
            insert_batch(scope, &batch).await?;
            done += batch.len() as u64;
            progress(DemoProgress {
                organization: organization.name,
                done,
                total: organization.activity_count(),
            });
        }
    }
    Ok(())
}
