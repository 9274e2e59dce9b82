//! What the workers do: the queue's jobs, a look at the schedules that are due, and a sweep of the storage every hour.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::custom_report::{RunCustomReport, scheduler};
use crate::export::storage::{Storage, cleanup};
use crate::kernel::clock::{Clock, SystemClock};
use crate::kernel::db::Database;
use crate::kernel::jobs::{Runner, Services};
use crate::ledger::RunLedgerExport;
use crate::report::{GenerateReport, RunReportExport};

const SWEEP_EVERY: Duration = Duration::from_secs(3600);

/// Works until told to stop, then lets running jobs end.
pub async fn run(database: Database, storage: Storage, stopping: CancellationToken, concurrency: usize) {
    let services = Services::default().with(storage.clone());
    let runner = Runner::new(database.clone(), Arc::new(SystemClock), services)
        .job::<GenerateReport>()
        .job::<RunReportExport>()
        .job::<RunLedgerExport>()
        .job::<RunCustomReport>();
    let scheduling = scheduler::watch(database.clone(), Arc::new(SystemClock), stopping.clone());
    let sweeping = stopping.clone().run_until_cancelled_owned(sweep(database, storage));
    tokio::join!(runner.run(stopping, concurrency), scheduling, sweeping);
}

async fn sweep(database: Database, storage: Storage) {
    loop {
        if let Err(error) = cleanup::run(&database, &storage, SystemClock.now()).await {
            tracing::warn!(%error, "stored files that nothing names could not be swept");
        }
        tokio::time::sleep(SWEEP_EVERY).await;
    }
}
