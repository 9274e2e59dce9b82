//! Writes many activities at once. `COPY FROM` is refused under row-level security, so rows travel as arrays, one per
//! column, and `unnest` makes rows of them again: one round trip per table and batch.

use sea_orm::{ConnectionTrait, DbErr, Statement, Value};
use uuid::Uuid;

use super::record::{Activity, Day};

/// Inserts activities with their days, attendances, co-leaders and co-units into the entered organization. Some
/// thousand activities per call keep both memory and the number of round trips low.
///
/// # Errors
/// The database's own, with the name of the rule that a row breaks; nothing of the batch is kept by its transaction.
pub async fn insert(db: &impl ConnectionTrait, organization: Uuid, activities: &[Activity]) -> Result<(), DbErr> {
    insert_activities(db, organization, activities).await?;
    insert_parts(db, organization, activities).await
}

/// Inserts what belongs to activities that stand already: days, attendances, co-leaders, co-units.
pub(super) async fn insert_parts(
    db: &impl ConnectionTrait,
    organization: Uuid,
    activities: &[Activity],
) -> Result<(), DbErr> {
    insert_days(db, organization, activities).await?;
    insert_attendances(db, organization, activities).await?;
    insert_pairs(
        db,
        organization,
        activities,
        |activity| &activity.co_leaders,
        CO_LEADERS,
    )
    .await?;
    insert_pairs(db, organization, activities, |activity| &activity.co_units, CO_UNITS).await
}

/// Values of one column, for `unnest`. An array cannot hold nulls here, so an absent text is '' and an absent id is the
/// nil id; the statements turn both back by `nullif`.
pub fn column<R, T>(rows: &[R], value: impl Fn(&R) -> T) -> Value
where
    Vec<T>: Into<Value>,
{
    rows.iter().map(value).collect::<Vec<T>>().into()
}

fn text(value: Option<&str>) -> String {
    value.unwrap_or_default().to_owned()
}

/// Runs a statement with its values and tells how many rows it wrote.
pub async fn execute(db: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Result<u64, DbErr> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(db.execute_raw(statement).await?.rows_affected())
}

/// The columns of `activities` after the organization, as `unnest` yields them: `$2` onwards.
pub(super) const ACTIVITY_ROWS: &str = "unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[],
        $8::text[], $9::text[], $10::text[], $11::text[], $12::uuid[], $13::bool[], $14::bool[], $15::text[],
        $16::uuid[], $17::text[], $18::timestamptz[], $19::timestamptz[])
    as r (id, unit_id, kind, group_kind, mode, status, title, place, county, country, leader_user_id, peer_initiated,
        is_recreational, co_organiser, newcomers_confirmed_by, external_ref, created_at, updated_at)";

/// Values for [`ACTIVITY_ROWS`], the organization first.
pub(super) fn activity_values(organization: Uuid, rows: &[Activity]) -> Vec<Value> {
    vec![
        organization.into(),
        column(rows, |a| a.id),
        column(rows, |a| a.unit),
        column(rows, |a| a.kind.as_str().to_owned()),
        column(rows, |a| text(a.group_kind.map(|kind| kind.as_str()))),
        column(rows, |a| a.mode.as_str().to_owned()),
        column(rows, |a| a.status.as_str().to_owned()),
        column(rows, |a| a.title.clone()),
        column(rows, |a| a.place.clone()),
        column(rows, |a| text(a.county.as_deref())),
        column(rows, |a| a.country.clone()),
        column(rows, |a| a.leader.unwrap_or_default()),
        column(rows, |a| a.peer_initiated),
        column(rows, |a| a.recreational),
        column(rows, |a| text(a.co_organiser.as_deref())),
        column(rows, |a| a.newcomers_confirmed_by.unwrap_or_default()),
        column(rows, |a| text(a.external_ref.as_deref())),
        column(rows, |a| a.created_at),
        column(rows, |a| a.updated_at),
    ]
}

async fn insert_activities(db: &impl ConnectionTrait, organization: Uuid, rows: &[Activity]) -> Result<(), DbErr> {
    let sql = format!(
        "insert into activities (organization_id, id, unit_id, kind, group_kind, mode, status, title, place, county,
            country, leader_user_id, peer_initiated, is_recreational, co_organiser, newcomers_confirmed_by,
            external_ref, created_at, updated_at)
        select $1, r.id, r.unit_id, r.kind, nullif(r.group_kind, ''), r.mode, r.status, r.title, r.place,
            nullif(r.county, ''), r.country, nullif(r.leader_user_id, '{nil}'::uuid), r.peer_initiated,
            r.is_recreational, nullif(r.co_organiser, ''), nullif(r.newcomers_confirmed_by, '{nil}'::uuid),
            nullif(r.external_ref, ''), r.created_at, r.updated_at
        from {ACTIVITY_ROWS}",
        nil = Uuid::nil()
    );
    execute(db, &sql, activity_values(organization, rows)).await.map(drop)
}

async fn insert_days(db: &impl ConnectionTrait, organization: Uuid, activities: &[Activity]) -> Result<(), DbErr> {
    let days: Vec<(Uuid, &Day)> = activities
        .iter()
        .flat_map(|a| a.days.iter().map(|day| (a.id, day)))
        .collect();
    let sql = "insert into activity_days
            (organization_id, activity_id, local_date, starts_at, minutes, anonymous_participants)
        select $1, r.activity_id, r.local_date, nullif(r.starts_at, '')::time, r.minutes, r.anonymous
        from unnest($2::uuid[], $3::date[], $4::text[], $5::int[], $6::int[])
            as r (activity_id, local_date, starts_at, minutes, anonymous)";
    let values = vec![
        organization.into(),
        column(&days, |(activity, _)| *activity),
        column(&days, |(_, day)| day.date),
        column(&days, |(_, day)| {
            day.starts_at.map(|time| time.to_string()).unwrap_or_default()
        }),
        column(&days, |(_, day)| day.minutes),
        column(&days, |(_, day)| day.anonymous),
    ];
    execute(db, sql, values).await.map(drop)
}

async fn insert_attendances(
    db: &impl ConnectionTrait,
    organization: Uuid,
    activities: &[Activity],
) -> Result<(), DbErr> {
    let rows: Vec<_> = activities
        .iter()
        .flat_map(|a| {
            a.days
                .iter()
                .flat_map(|day| day.contacts.iter().map(|contact| (a.id, day.date, *contact)))
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let sql = "insert into attendances (organization_id, activity_id, local_date, contact_id)
        select $1, r.activity_id, r.local_date, r.contact_id
        from unnest($2::uuid[], $3::date[], $4::uuid[]) as r (activity_id, local_date, contact_id)";
    let values = vec![
        organization.into(),
        column(&rows, |r| r.0),
        column(&rows, |r| r.1),
        column(&rows, |r| r.2),
    ];
    execute(db, sql, values).await.map(drop)
}

const CO_LEADERS: &str = "insert into activity_co_leaders (organization_id, activity_id, user_id)
    select $1, r.activity_id, r.user_id from unnest($2::uuid[], $3::uuid[]) as r (activity_id, user_id)";
const CO_UNITS: &str = "insert into activity_co_units (organization_id, activity_id, unit_id)
    select $1, r.activity_id, r.unit_id from unnest($2::uuid[], $3::uuid[]) as r (activity_id, unit_id)";

async fn insert_pairs(
    db: &impl ConnectionTrait,
    organization: Uuid,
    activities: &[Activity],
    others: fn(&Activity) -> &Vec<Uuid>,
    sql: &str,
) -> Result<(), DbErr> {
    let rows: Vec<_> = activities
        .iter()
        .flat_map(|a| others(a).iter().map(|other| (a.id, *other)))
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    execute(
        db,
        sql,
        vec![organization.into(), column(&rows, |r| r.0), column(&rows, |r| r.1)],
    )
    .await
    .map(drop)
}
