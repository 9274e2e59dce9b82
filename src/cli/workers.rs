//! What runs beside the answering of requests: the jobs, and the clean-up of files that no record names.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock::{Clock, SystemClock};
use crate::db::Database;
use crate::export::cleanup;
use crate::export::storage::Storage;
use crate::jobs::{Runner, Services};
use crate::report::{GenerateReport, RunReportExport};

/// Jobs of a process at a time: generation keeps a core of the database busy, rendering one here.
const CONCURRENCY: usize = 2;
/// An object that no record names is older than an hour before it goes, so that this need not be often.
const CLEANUP_EVERY: Duration = Duration::from_secs(15 * 60);

/// Works until told to stop.
pub async fn run(database: Database, storage: Storage, stopping: CancellationToken) {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let services = Services::default().with(storage.clone());
    let jobs = Runner::new(database.clone(), Arc::clone(&clock), services)
        .job::<GenerateReport>()
        .job::<RunReportExport>()
        .run(stopping.clone(), CONCURRENCY);
    tokio::join!(jobs, clean_up(database, storage, clock, stopping));
}

async fn clean_up(database: Database, storage: Storage, clock: Arc<dyn Clock>, stopping: CancellationToken) {
    loop {
        match cleanup::run(&database, &storage, clock.now()).await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(removed, "removed files that no record names"),
            Err(error) => tracing::warn!(%error, "the clean-up of files failed; the next one comes in a while"),
        }
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(CLEANUP_EVERY) => {}
        }
    }
}
