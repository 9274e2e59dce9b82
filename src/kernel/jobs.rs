//! Work that outlives its request: put into the queue by the transaction that asks for it, run by a worker, tried again.
//!
//! To add a job: a type that names what is to be done by ids alone, its [`Job`] implementation in the slice that owns the
//! use case, `.job::<ThatType>()` where the runner is built.
//!
//! A job may run more than once and on two workers at a time: a worker that was cut off from the database is taken for
//! dead while it goes on. So each looks at the state of its subject under a lock first, and does nothing where there is
//! nothing left to do.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::kernel::clock::Clock;
use crate::kernel::db::{Database, WriteScope};
use crate::kernel::error::{Error, Result};

mod handler;
mod progress;
mod runner;

pub use progress::{ProgressBatch, clear_progress, report_progress};
pub use runner::{Recovery, Runner};

/// How often the failure of a job may be recorded in vain before the queue gives up.
const RECORDING_ATTEMPTS: i16 = 20;

/// A kind of job; its value is what the queue stores.
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The queue's name for it. Jobs outlive deployments, so it never changes.
    const NAME: &'static str;
    /// How often it is tried, an attempt whose worker died included. The pauses between are about 3, 7, 20, 55 seconds
    /// and so on.
    const ATTEMPTS: i16;

    /// A job that waits is replaced by another with the same key. One that runs goes on, and is not tried again.
    fn key(&self) -> Option<String>;

    /// Does it. An error, like a panic, counts as a failed attempt.
    fn run(&self, ctx: &JobContext) -> impl Future<Output = Result<()>> + Send;

    /// Records that the last attempt failed. Where this fails it is tried again, so it may be called more than once.
    fn failed(&self, ctx: &JobContext, error: &Error) -> impl Future<Output = Result<()>> + Send;
}

/// Puts a job into the queue, within the caller's transaction: it runs once that commits, and never if it doesn't.
///
/// # Errors
/// Those of the database.
#[expect(clippy::disallowed_methods, reason = "a function of the queue")]
pub async fn enqueue<J: Job>(scope: &WriteScope, job: &J) -> Result<()> {
    let payload = serde_json::to_string(job).map_err(Error::internal)?;
    let statement = Statement::from_sql_and_values(
        DbBackend::Postgres,
        "select from graphile_worker.add_job(identifier => $1, payload => $2::text::json, max_attempts => $3, job_key => $4)",
        [
            J::NAME.into(),
            payload.into(),
            i32::from(J::ATTEMPTS + RECORDING_ATTEMPTS).into(),
            job.key().into(),
        ],
    );
    scope.execute_raw(statement).await?;
    Ok(())
}

/// What a job has at hand.
pub struct JobContext {
    pub database: Database,
    pub clock: Arc<dyn Clock>,
    /// 1 for the first attempt.
    pub attempt: i16,
    pub services: Services,
}

impl JobContext {
    /// The one service of this type.
    ///
    /// # Errors
    /// `Internal` when the runner was started without it.
    pub fn service<T: Send + Sync + 'static>(&self) -> Result<&T> {
        self.services.get()
    }
}

/// What jobs need beside the database, such as the file storage: one value of each type.
#[derive(Clone, Default)]
pub struct Services(HashMap<TypeId, Arc<dyn Any + Send + Sync>>);

impl Services {
    pub fn with<T: Send + Sync + 'static>(mut self, service: T) -> Self {
        self.0.insert(TypeId::of::<T>(), Arc::new(service));
        self
    }

    fn get<T: Send + Sync + 'static>(&self) -> Result<&T> {
        let service = self.0.get(&TypeId::of::<T>());
        service
            .and_then(|service| service.downcast_ref())
            .ok_or_else(|| Error::internal(format!("jobs run without {}", std::any::type_name::<T>())))
    }
}

impl fmt::Debug for Services {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} services", self.0.len())
    }
}
