//! Removes stored objects that no record names, and uploads that nobody finished: what runs of the pipeline left that
//! were cut off and never came back.

use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use entity::enums::ActorKind;
use uuid::Uuid;

use super::{Storage, StorageError, StoredObject};
use crate::export::store;
use crate::kernel::db::Database;
use crate::kernel::error::{Error, Result};

/// An object this young may belong to an upload under way.
const GRACE: TimeDelta = TimeDelta::hours(1);
/// Objects asked about in one statement.
const BATCH: usize = 1000;

/// Goes through the whole storage once; gives the number of objects and uploads removed.
///
/// Objects are listed before the database is asked, and one whose export is still pending is kept: so what no record
/// names when asked, none will name later.
///
/// # Errors
///
/// [`Error::Unavailable`] when storage or database do not answer. What was removed until then stays removed.
pub async fn run(database: &Database, storage: &Storage, now: DateTime<Utc>) -> Result<u64> {
    let ours = |folder: &str| Uuid::from_str(folder).is_ok();
    let cut_off = storage.remove_cut_off_uploads(ours, now - GRACE).await;
    // A service that cannot list them keeps nobody from removing the rest.
    let mut removed = cut_off.unwrap_or_else(|error| {
        tracing::warn!(cause = error.cause(), "unfinished uploads were not removed");
        0
    });
    for folder in storage.top_folders().await.map_err(unavailable)? {
        // Whatever else someone keeps there is not ours to remove.
        let Ok(organization) = Uuid::from_str(&folder) else {
            continue;
        };
        let mut objects = storage.list(&folder).await.map_err(unavailable)?;
        objects.retain(|object| object.modified_at < now - GRACE);
        for batch in objects.chunks(BATCH) {
            for orphan in orphans(database, organization, batch, now).await? {
                storage.delete(orphan).await.map_err(unavailable)?;
                tracing::info!(key = orphan, "removed a stored object that no record names");
                removed += 1;
            }
        }
    }
    Ok(removed)
}

async fn orphans<'a>(
    database: &Database,
    organization: Uuid,
    objects: &'a [StoredObject],
    now: DateTime<Utc>,
) -> Result<Vec<&'a str>> {
    let ours: Vec<(Uuid, &str)> = objects
        .iter()
        .filter_map(|object| Some((export_of(&object.key)?, object.key.as_str())))
        .collect();
    let exports: Vec<Uuid> = ours.iter().map(|(export, _)| *export).collect();
    let keys: Vec<String> = ours.iter().map(|(_, key)| (*key).to_owned()).collect();
    let scope = database.work_read(ActorKind::Worker, organization, None, now).await?;
    let claimed = store::find_claimed(&scope, &exports, &keys).await?;
    Ok(ours
        .into_iter()
        .filter(|(export, key)| !claimed.pending.contains(export) && !claimed.recorded.contains(*key))
        .map(|(_, key)| key)
        .collect())
}

/// The export of a key `{organization}/{year}/{export}/{sha256}.{extension}`.
fn export_of(key: &str) -> Option<Uuid> {
    match key.split('/').collect::<Vec<_>>()[..] {
        [_, _, export, _] => export.parse().ok(),
        _ => None,
    }
}

fn unavailable(error: StorageError) -> Error {
    tracing::warn!(cause = error.cause(), "the clean-up of the storage stopped");
    Error::Unavailable(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_keys_of_exports_name_one() {
        let export = Uuid::from_u128(7);
        assert_eq!(
            export_of(&format!("organization/2024/{export}/checksum.pdf")),
            Some(export)
        );
        assert_eq!(export_of(&format!("organization/2024/{export}")), None);
        assert_eq!(export_of("organization/2024/notes/read-me.txt"), None);
    }
}
