//! Writes what is new or different, and touches nothing else. An activity is what its rows say: its days, and who attended
//! them, are replaced as a whole.

use sea_orm::{ConnectionTrait, DbErr, Value};
use uuid::Uuid;

use super::existing;
use super::known::rows;
use super::{Counts, Import, Progress, Step};
use crate::activity::bulk::{self, ACTIVITY_ROWS, activity_values, column, execute};
use crate::activity::record::{Activity, Day};

/// Rows per round trip.
const BATCH: usize = 2_000;

/// Inserts rows, or updates those that differ, by a statement that returns whether it `created` each that it wrote.
pub(super) async fn upsert<T>(
    db: &impl ConnectionTrait,
    import: &Import<'_>,
    all: &[T],
    sql: &str,
    values: impl Fn(&[T]) -> Vec<Value>,
) -> Result<Counts, DbErr> {
    let mut counts = Counts::default();
    let mut done = 0;
    for batch in all.chunks(BATCH) {
        let written = rows(db, sql, values(batch)).await?;
        for row in &written {
            if row.try_get("", "created")? {
                counts.created += 1;
            } else {
                counts.updated += 1;
            }
        }
        counts.unchanged += (batch.len() - written.len()) as u64;
        done += batch.len();
        (import.progress)(Progress {
            step: Step::Writing,
            done,
            total: all.len(),
        });
    }
    Ok(counts)
}

/// Writes activities, each known by its reference.
pub(super) async fn write(
    db: &impl ConnectionTrait,
    import: &Import<'_>,
    activities: Vec<Activity>,
) -> Result<Counts, DbErr> {
    let mut counts = Counts::default();
    let (mut done, total) = (0, activities.len());
    let mut activities = activities.into_iter();
    loop {
        let batch: Vec<_> = activities.by_ref().take(BATCH).collect();
        if batch.is_empty() {
            return Ok(counts);
        }
        done += batch.len();
        write_batch(db, import.organization, batch, &mut counts).await?;
        (import.progress)(Progress {
            step: Step::Writing,
            done,
            total,
        });
    }
}

async fn write_batch(
    db: &impl ConnectionTrait,
    organization: Uuid,
    batch: Vec<Activity>,
    counts: &mut Counts,
) -> Result<(), DbErr> {
    let known = existing::load(db, organization, &batch).await?;
    let (mut new, mut changed) = (vec![], vec![]);
    for activity in batch {
        match activity
            .external_ref
            .as_ref()
            .and_then(|reference| known.get(reference))
        {
            None => new.push(activity),
            Some(old) => {
                let updated = Activity {
                    id: old.id,
                    created_at: old.created_at,
                    ..activity
                };
                if (Activity {
                    updated_at: old.updated_at,
                    ..updated.clone()
                }) == *old
                {
                    counts.unchanged += 1;
                } else {
                    counts.days_removed += removed_days(old, &updated);
                    changed.push(updated);
                }
            }
        }
    }
    counts.created += new.len() as u64;
    counts.updated += changed.len() as u64;
    if !new.is_empty() {
        bulk::insert(db, organization, &new).await?;
    }
    if !changed.is_empty() {
        replace(db, organization, &changed).await?;
    }
    Ok(())
}

/// How many of the stored days the file names no longer.
fn removed_days(old: &Activity, updated: &Activity) -> u64 {
    let is_gone = |day: &&Day| updated.days.iter().all(|other| other.date != day.date);
    old.days.iter().filter(is_gone).count() as u64
}

/// Updates activities in place, and puts their days, attendances, co-leaders and co-units there anew.
async fn replace(db: &impl ConnectionTrait, organization: Uuid, activities: &[Activity]) -> Result<(), DbErr> {
    let sql = format!(
        "update activities a set unit_id = r.unit_id, kind = r.kind, group_kind = nullif(r.group_kind, ''),
            mode = r.mode, status = r.status, title = r.title, place = r.place, county = nullif(r.county, ''),
            country = r.country, leader_user_id = nullif(r.leader_user_id, '{nil}'::uuid),
            peer_initiated = r.peer_initiated, is_recreational = r.is_recreational,
            co_organiser = nullif(r.co_organiser, ''),
            newcomers_confirmed_by = nullif(r.newcomers_confirmed_by, '{nil}'::uuid), updated_at = r.updated_at
        from {ACTIVITY_ROWS}
        where a.organization_id = $1 and a.id = r.id",
        nil = Uuid::nil()
    );
    execute(db, &sql, activity_values(organization, activities)).await?;
    for part in ["activity_days", "activity_co_leaders", "activity_co_units"] {
        let sql = format!("delete from {part} where organization_id = $1 and activity_id = any($2::uuid[])");
        execute(db, &sql, vec![organization.into(), column(activities, |a| a.id)]).await?;
    }
    bulk::insert_parts(db, organization, activities).await
}
