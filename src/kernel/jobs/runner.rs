//! The worker of a process: takes jobs from the queue until it is told to stop, whatever happens to the database.

use std::sync::Arc;
use std::time::Duration;

use graphile_worker::{
    FailureReason, JobDefinition, JobRecovery, JobRecoveryResult, TaskHandler, Worker, WorkerOptions,
    WorkerRecoveryConfig, WorkerShutdownConfig,
};
use tokio_util::sync::CancellationToken;

use super::handler::{Queued, Shared};
use super::{Job, Services};
use crate::kernel::clock::Clock;
use crate::kernel::db::Database;
use crate::kernel::error::{Error, Result};
use crate::kernel::migrate::QUEUE_SCHEMA;

/// New jobs are announced; this is for those whose pause between attempts is over.
const POLL: Duration = Duration::from_secs(1);
/// Before the next try when the database does not answer.
const RESTART_DELAY: Duration = Duration::from_secs(1);

/// When a worker that has gone silent is taken for dead, and its jobs' attempts for failed.
#[derive(Clone, Copy, Debug)]
pub struct Recovery {
    /// How often a worker says that it lives.
    pub heartbeat: Duration,
    /// How long a silent worker is waited for; several heartbeats.
    pub patience: Duration,
    /// How often each worker looks for dead ones.
    pub sweep: Duration,
}

impl Default for Recovery {
    /// A killed worker's jobs go on within half a minute.
    fn default() -> Self {
        Self {
            heartbeat: Duration::from_secs(4),
            patience: Duration::from_secs(20),
            sweep: Duration::from_secs(5),
        }
    }
}

/// Runs the kinds of job that it was given.
///
/// The database's pool needs a connection for each job at a time, and three more for the queue itself.
pub struct Runner {
    shared: Shared,
    jobs: Vec<JobDefinition>,
    recovery: Recovery,
    grace: Duration,
}

impl Runner {
    pub fn new(database: Database, clock: Arc<dyn Clock>, services: Services) -> Self {
        Self {
            shared: Shared {
                database,
                clock,
                services,
            },
            jobs: Vec::new(),
            recovery: Recovery::default(),
            grace: Duration::from_secs(30),
        }
    }

    /// Takes on a kind of job.
    pub fn job<J: Job>(mut self) -> Self {
        self.jobs.push(Queued::<J>::definition());
        self
    }

    pub fn recovery(self, recovery: Recovery) -> Self {
        Self { recovery, ..self }
    }

    /// How long running jobs may take to end once the runner is told to stop. What has not ended then is left to the next
    /// worker, and the attempt does not count.
    pub fn grace(self, grace: Duration) -> Self {
        Self { grace, ..self }
    }

    /// Runs until `shutdown`, at most `concurrency` jobs at a time. A database that stops only interrupts it.
    pub async fn run(self, shutdown: CancellationToken, concurrency: usize) {
        while !shutdown.is_cancelled() {
            if let Err(error) = self.work(&shutdown, concurrency).await {
                tracing::warn!(%error, "the worker of the job queue was interrupted");
                let _ = tokio::time::timeout(RESTART_DELAY, shutdown.cancelled()).await;
            }
        }
    }

    async fn work(&self, shutdown: &CancellationToken, concurrency: usize) -> Result<()> {
        let worker = self.worker(shutdown.clone(), concurrency).await?;
        worker.run().await.map_err(Error::internal)
    }

    async fn worker(&self, shutdown: CancellationToken, concurrency: usize) -> Result<Worker> {
        WorkerOptions::default()
            .schema(QUEUE_SCHEMA)
            .pg_pool(self.shared.database.queue_pool().clone())
            .concurrency(concurrency)
            .poll_interval(POLL)
            .define_jobs(self.jobs.iter().cloned())
            .add_extension(self.shared.clone())
            .worker_recovery(self.recovery_config())
            .on(JobRecovery, |job| async move { recover(&job.reason) })
            .worker_shutdown(
                WorkerShutdownConfig::default()
                    .listen_os_shutdown_signals(false)
                    .shutdown_signal(async move { shutdown.cancelled().await })
                    .grace_period(self.grace)
                    .interrupted_job_retry_delay(Duration::ZERO),
            )
            .init()
            .await
            .map_err(Error::internal)
    }

    fn recovery_config(&self) -> WorkerRecoveryConfig {
        WorkerRecoveryConfig::default()
            .enabled(true)
            .heartbeat_interval(self.recovery.heartbeat)
            .sweep_threshold(self.recovery.patience)
            .sweep_interval(self.recovery.sweep)
            .recovery_delay(Duration::ZERO)
    }
}

/// A job in which its worker died may have killed it, so the attempt counts: by default the queue gives it back, and such
/// a job would kill one worker after the other.
fn recover(reason: &FailureReason) -> JobRecoveryResult {
    match reason {
        FailureReason::WorkerCrashed => JobRecoveryResult::FailWithBackoff,
        _ => JobRecoveryResult::Default,
    }
}
