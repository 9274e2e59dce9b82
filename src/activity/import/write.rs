//! Writes what is new or different, and touches nothing else. An activity is what its rows say: its days, and who attended
//! them, are replaced as a whole.

use sea_orm::DbErr;

use super::{Counts, ImportContext, ImportProgress, ImportStep};
use crate::activity::record::{Activity, Day};
use crate::activity::store;
use crate::kernel::db::Upserted;

/// Rows per round trip.
const BATCH: usize = 2_000;

/// Writes rows by an upsert of a batch of them.
pub(super) async fn upsert<T>(
    import: &ImportContext<'_>,
    rows: &[T],
    upsert: impl AsyncFn(&[T]) -> Result<Upserted, DbErr>,
) -> Result<Counts, DbErr> {
    let mut counts = Counts::default();
    let mut done = 0;
    for batch in rows.chunks(BATCH) {
        counts.add(batch.len(), upsert(batch).await?);
        done += batch.len();
        (import.progress)(ImportProgress {
            step: ImportStep::Writing,
            done,
            total: rows.len(),
        });
    }
    Ok(counts)
}

/// Writes activities, each known by its reference.
pub(super) async fn write(import: &ImportContext<'_>, activities: Vec<Activity>) -> Result<Counts, DbErr> {
    let mut counts = Counts::default();
    let (mut done, total) = (0, activities.len());
    let mut activities = activities.into_iter();
    loop {
        let batch: Vec<_> = activities.by_ref().take(BATCH).collect();
        if batch.is_empty() {
            return Ok(counts);
        }
        done += batch.len();
        write_batch(import, batch, &mut counts).await?;
        (import.progress)(ImportProgress {
            step: ImportStep::Writing,
            done,
            total,
        });
    }
}

async fn write_batch(import: &ImportContext<'_>, batch: Vec<Activity>, counts: &mut Counts) -> Result<(), DbErr> {
    let references = batch.iter().filter_map(|activity| activity.row.external_ref.clone());
    let known = store::find_by_reference(import.scope, references).await?;
    let (mut new, mut changed) = (vec![], vec![]);
    for mut activity in batch {
        let reference = activity.row.external_ref.as_ref();
        let Some(old) = reference.and_then(|reference| known.get(reference)) else {
            new.push(activity);
            continue;
        };
        let now = activity.row.updated_at;
        activity.row.id = old.row.id;
        activity.row.created_at = old.row.created_at;
        activity.row.updated_at = old.row.updated_at;
        if activity == *old {
            counts.unchanged += 1;
        } else {
            activity.row.updated_at = now;
            counts.days_removed += removed_days(old, &activity);
            changed.push(activity);
        }
    }
    counts.created += new.len() as u64;
    counts.updated += changed.len() as u64;
    store::insert_activities(import.scope, &new).await?;
    if !changed.is_empty() {
        store::replace_activities(import.scope, &changed).await?;
    }
    Ok(())
}

/// How many of the stored days the file names no longer.
fn removed_days(old: &Activity, updated: &Activity) -> u64 {
    let is_gone = |day: &&Day| updated.days.iter().all(|other| other.date != day.date);
    old.days.iter().filter(is_gone).count() as u64
}
