//! Puts the demo into the database: people and organizations by the owner, all else through the door.

use sea_orm::{ConnectionTrait, DbErr, Statement, Value};
use uuid::Uuid;

use super::activities::Activities;
use super::organizations::{Organization, YEARS};
use super::{Plan, Progress};
use crate::activity::bulk::{self, column};

/// Activities per round trip; large enough that round trips cost nothing, small enough to stay in the caches.
const BATCH: usize = 2_000;

pub(super) async fn insert_organizations(owner: &impl ConnectionTrait, plan: &Plan) -> Result<(), DbErr> {
    let rows = &plan.organizations;
    let sql = "insert into organizations (id, slug, name, organization_number, is_test, created_at, updated_at)
        select r.id, r.slug, r.name, r.number, r.is_test, r.created_at, r.created_at
        from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bool[], $6::timestamptz[])
            as r (id, slug, name, number, is_test, created_at)
        on conflict do nothing";
    let values = vec![
        column(rows, |o| o.id),
        column(rows, |o| o.slug.to_owned()),
        column(rows, |o| o.name.to_owned()),
        column(rows, |o| o.organization_number.to_owned()),
        column(rows, |o| o.is_test),
        column(rows, |o| o.created_at),
    ];
    execute(owner, sql, values).await
}

pub(super) async fn insert_people(owner: &impl ConnectionTrait, plan: &Plan) -> Result<(), DbErr> {
    let rows: Vec<_> = plan
        .people
        .iter()
        .chain(plan.organizations.iter().flat_map(|o| &o.people))
        .collect();
    let sql = "insert into users (id, email, name, is_global_admin, is_active, created_at, updated_at)
        select r.id, r.email, r.name, r.is_global_admin, r.is_active, r.created_at, r.created_at
        from unnest($1::uuid[], $2::text[], $3::text[], $4::bool[], $5::bool[], $6::timestamptz[])
            as r (id, email, name, is_global_admin, is_active, created_at)
        on conflict do nothing";
    let values = vec![
        column(&rows, |p| p.id),
        column(&rows, |p| p.email.clone()),
        column(&rows, |p| p.name.clone()),
        column(&rows, |p| p.is_global_admin),
        column(&rows, |p| p.is_active),
        column(&rows, |p| p.created_at),
    ];
    execute(owner, sql, values).await
}

/// Whether the entered organization has its units: they are the first that a load writes.
pub(super) async fn is_loaded(db: &impl ConnectionTrait, organization: Uuid) -> Result<bool, DbErr> {
    exists(
        db,
        "select exists (select from organizational_units where organization_id = $1)",
        organization,
    )
    .await
}

pub(super) async fn has_figures(db: &impl ConnectionTrait, organization: Uuid) -> Result<bool, DbErr> {
    exists(
        db,
        "select exists (select from period_figures where organization_id = $1)",
        organization,
    )
    .await
}

async fn exists(db: &impl ConnectionTrait, sql: &str, organization: Uuid) -> Result<bool, DbErr> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, [organization.into()]);
    match db.query_one_raw(statement).await? {
        Some(row) => row.try_get_by_index(0),
        None => Ok(false),
    }
}

pub(super) async fn insert_memberships(db: &impl ConnectionTrait, organization: &Organization) -> Result<(), DbErr> {
    let rows = &organization.memberships;
    let date = |date: Option<chrono::NaiveDate>| date.map(|date| date.to_string()).unwrap_or_default();
    let sql = "insert into memberships (organization_id, user_id, role, is_active, peer_approved_from,
            peer_approved_until, peer_trained_on, created_at, updated_at)
        select $1, r.user_id, r.role, r.is_active, nullif(r.approved_from, '')::date,
            nullif(r.approved_until, '')::date, nullif(r.trained_on, '')::date, r.created_at, r.created_at
        from unnest($2::uuid[], $3::text[], $4::bool[], $5::text[], $6::text[], $7::text[], $8::timestamptz[])
            as r (user_id, role, is_active, approved_from, approved_until, trained_on, created_at)";
    let values = vec![
        organization.id.into(),
        column(rows, |m| m.user),
        column(rows, |m| m.role.to_owned()),
        column(rows, |m| m.is_active),
        column(rows, |m| date(m.approved_from)),
        column(rows, |m| date(m.approved_until)),
        column(rows, |m| date(m.trained_on)),
        column(rows, |m| m.created_at),
    ];
    execute(db, sql, values).await
}

/// Parents come first: the check of a unit's level looks its parent up.
pub(super) async fn insert_units(db: &impl ConnectionTrait, organization: &Organization) -> Result<(), DbErr> {
    let rows = &organization.units;
    let sql = "insert into organizational_units
            (organization_id, id, parent_id, level, name, county, external_ref, created_at, updated_at)
        select $1, r.id, nullif(r.parent_id, '00000000-0000-0000-0000-000000000000'), r.level, r.name,
            nullif(r.county, ''), r.external_ref, r.created_at, r.created_at
        from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[])
            as r (id, parent_id, level, name, county, external_ref, created_at)";
    let values = vec![
        organization.id.into(),
        column(rows, |u| u.id),
        column(rows, |u| u.parent.unwrap_or_default()),
        column(rows, |u| u.level.to_owned()),
        column(rows, |u| u.name.clone()),
        column(rows, |u| u.county.unwrap_or_default().to_owned()),
        column(rows, |u| u.external_ref.clone()),
        column(rows, |u| u.created_at),
    ];
    execute(db, sql, values).await
}

pub(super) async fn insert_contacts(db: &impl ConnectionTrait, organization: &Organization) -> Result<(), DbErr> {
    let sql = "insert into contacts (organization_id, id, name, external_ref, created_at)
        select $1, r.id, nullif(r.name, ''), r.external_ref, r.created_at
        from unnest($2::uuid[], $3::text[], $4::text[], $5::timestamptz[]) as r (id, name, external_ref, created_at)";
    for rows in organization.contacts.chunks(BATCH) {
        let values = vec![
            organization.id.into(),
            column(rows, |c| c.id),
            column(rows, |c| c.name.clone().unwrap_or_default()),
            column(rows, |c| c.external_ref.clone()),
            column(rows, |c| c.created_at),
        ];
        execute(db, sql, values).await?;
    }
    Ok(())
}

pub(super) async fn insert_periods(db: &impl ConnectionTrait, organization: &Organization) -> Result<(), DbErr> {
    let rows = &organization.periods;
    let sql = "insert into report_periods
            (organization_id, id, name, first_date, last_date, created_by_user_id, created_at, updated_at)
        select $1, r.id, r.name, r.first_date, r.last_date, r.created_by, r.created_at, r.created_at
        from unnest($2::uuid[], $3::text[], $4::date[], $5::date[], $6::uuid[], $7::timestamptz[])
            as r (id, name, first_date, last_date, created_by, created_at)";
    let values = vec![
        organization.id.into(),
        column(rows, |p| p.id),
        column(rows, |p| p.name.clone()),
        column(rows, |p| p.first),
        column(rows, |p| p.last),
        column(rows, |p| p.created_by),
        column(rows, |p| p.created_at),
    ];
    execute(db, sql, values).await
}

pub(super) async fn insert_figures(db: &impl ConnectionTrait, organization: &Organization) -> Result<(), DbErr> {
    let rows = &organization.figures;
    let sql = "insert into period_figures
            (organization_id, report_period_id, field, version, value, entered_by_user_id, entered_at)
        select $1, r.period, r.field, r.version, r.value::jsonb, $2, r.entered_at
        from unnest($3::uuid[], $4::text[], $5::int[], $6::text[], $7::timestamptz[])
            as r (period, field, version, value, entered_at)";
    let values = vec![
        organization.id.into(),
        organization.admin.into(),
        column(rows, |f| f.period),
        column(rows, |f| f.field.to_owned()),
        column(rows, |f| f.version),
        column(rows, |f| f.value.to_string()),
        column(rows, |f| f.entered_at),
    ];
    execute(db, sql, values).await
}

pub(super) async fn insert_activities(
    db: &impl ConnectionTrait,
    organization: &Organization,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<(), DbErr> {
    let mut done = 0;
    for year in 0..YEARS.len() {
        let mut activities = Activities::new(organization, year);
        loop {
            let batch: Vec<_> = activities.by_ref().take(BATCH).collect();
            if batch.is_empty() {
                break;
            }
            bulk::insert(db, organization.id, &batch).await?;
            done += batch.len() as u64;
            progress(Progress {
                organization: organization.name,
                done,
                total: organization.activity_count(),
            });
        }
    }
    Ok(())
}

async fn execute(db: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Result<(), DbErr> {
    bulk::execute(db, sql, values).await.map(drop)
}
