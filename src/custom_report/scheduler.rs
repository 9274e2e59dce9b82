//! Looks for schedules that are due, in all organizations, and puts their runs into the queue.
//!
//! Any number of workers may look at once: whoever holds the definition's row makes the run and says when the schedule
//! comes due next, in one transaction, and a run is unique by its due time besides. Times that went by while nobody worked
//! run once, when somebody does again.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::enums::ActorKind;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::run;
use super::store::{self, Scheduled};
use crate::kernel::clock::Clock;
use crate::kernel::db::{Database, WriteScope};
use crate::kernel::error::{Error, Result};

/// How late a run may begin, beside what the queue takes.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Looks every few seconds until told to stop, whatever happens to the database.
pub async fn watch(database: Database, clock: Arc<dyn Clock>, stopping: CancellationToken) {
    let looking = async {
        loop {
            if let Err(error) = look(&database, clock.as_ref()).await {
                tracing::warn!(%error, "due schedules could not be looked for");
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    stopping.run_until_cancelled(looking).await;
}

/// Begins the runs that are due now; gives how many. One schedule that fails keeps none of the others from running.
///
/// # Errors
///
/// [`Error::Unavailable`] when the database doesn't answer.
pub async fn look(database: &Database, clock: &dyn Clock) -> Result<usize> {
    let now = clock.now();
    let mut begun = 0;
    for (organization, report) in store::due_schedules(database, now).await? {
        match begin(database, organization, report, now).await {
            Ok(true) => begun += 1,
            Ok(false) => {}
            Err(Error::Forbidden { .. }) => {
                tracing::debug!(%organization, "a deactivated organization's schedule waits")
            }
            Err(error) => tracing::error!(%report, %error, "a schedule that is due could not be begun"),
        }
    }
    Ok(begun)
}

/// Whether this call began the run: somebody else may have.
async fn begin(database: &Database, organization: Uuid, report: Uuid, now: DateTime<Utc>) -> Result<bool> {
    let reading = database.work_read(ActorKind::Schedule, organization, None, now).await?;
    let owner = store::owner(&reading, report).await?;
    drop(reading);
    let scope = database.work(ActorKind::Schedule, organization, owner, now).await?;
    let Some(due) = store::claim_schedule(&scope, report).await? else {
        return Ok(false);
    };
    if due.next_run_at > now || Some(due.created_by_user_id) != owner {
        return Ok(false);
    }
    let next = match run::next_after(&due, now) {
        Ok(next) => next,
        Err(why) => return switch_off(scope, &due, &why).await.map(|()| false),
    };
    let entry = run::enqueue_scheduled(&scope, &due).await?;
    store::save_schedule(&scope, report, next, due.schedule_failures).await?;
    match entry {
        Some(entry) => scope.commit([entry]).await.map(|()| true),
        None => scope.commit_job_progress_unaudited().await.map(|()| false),
    }
}

/// A schedule that this version does not read would be due for ever, and never run.
async fn switch_off(scope: WriteScope, due: &Scheduled, why: &Error) -> Result<()> {
    let entry = run::disable_unreadable(&scope, due, due.schedule_failures, why).await?;
    scope.commit([entry]).await
}
