//! One attempt at a job, and what its failure leads to.

use std::any::Any;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;
use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize};

use super::{Job, JobContext, Services};
use crate::kernel::clock::Clock;
use crate::kernel::db::Database;
use crate::kernel::error::{Error, Result};

/// What every attempt of a runner gets.
#[derive(Clone)]
pub(super) struct Shared {
    pub database: Database,
    pub clock: Arc<dyn Clock>,
    pub services: Services,
}

impl fmt::Debug for Shared {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?}", self.services)
    }
}

/// A job as the queue knows it.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Queued<J>(J);

impl<J: Job> TaskHandler for Queued<J> {
    const IDENTIFIER: &'static str = J::NAME;

    async fn run(self, worker: WorkerContext) -> impl IntoTaskHandlerResult {
        let shared = worker.get_ext::<Shared>().expect("the runner gives it to its worker");
        let context = JobContext {
            database: shared.database.clone(),
            clock: Arc::clone(&shared.clock),
            attempt: *worker.job().attempts(),
            services: shared.services.clone(),
        };
        attempt(&self.0, &context, worker.job().last_error().as_deref()).await
    }
}

/// The queue allows more attempts than the job has: they are there for recording that the last one failed.
async fn attempt<J: Job>(job: &J, context: &JobContext, last_error: Option<&str>) -> Result<()> {
    if context.attempt > J::ATTEMPTS {
        let error = Error::internal(format!(
            "the last attempt did not end: {}",
            last_error.unwrap_or("no word of it")
        ));
        return job.failed(context, &error).await;
    }
    let Err(error) = run_caught(job, context).await else {
        return Ok(());
    };
    tracing::warn!(job = J::NAME, attempt = context.attempt, of = J::ATTEMPTS, %error, "an attempt failed");
    if context.attempt < J::ATTEMPTS {
        return Err(error);
    }
    job.failed(context, &error).await
}

async fn run_caught<J: Job>(job: &J, context: &JobContext) -> Result<()> {
    AssertUnwindSafe(job.run(context))
        .catch_unwind()
        .await
        .unwrap_or_else(|panic| Err(Error::internal(format!("panicked: {}", words_of(panic.as_ref())))))
}

fn words_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without words")
}
