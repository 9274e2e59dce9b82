//! The one pipeline of all exports: check the right, load, render, checksum, store, record.
//!
//! A run may be cut off anywhere and be started again: it finds the operation pending and does everything anew, or finds
//! it complete or failed and leaves it alone. What makes that safe: an object's key holds its checksum, so that attempts
//! never overwrite each other's bytes; and the result is recorded in one transaction, which holds the operation's row.
//! An object that no record came to name is removed with the failure, or by [`cleanup`](super::storage::cleanup).
//!
//! Failures of the storage are recorded within seconds, whatever attempts the job has left: someone is waiting, and
//! exporting again is one click. A database that doesn't answer is waited for, up to the job's last attempt.

mod cancellation;
mod document;
mod record;
mod rendered;
mod streamed;

pub use document::Document;
pub use rendered::{RenderedFile, render_to_file, report_progress};
pub use streamed::{StreamedDocument, render_rows};

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use entity::enums::{ActorKind, ExportFormat, ExportStatus};
use futures::FutureExt;
use uuid::Uuid;

use self::cancellation::render_in_background;
use self::rendered::render_document;
use super::failure::{ExportFailure, FailureCode};
use super::format::OutputFormat;
use super::operations::{self, ExportOperation, StoredFile};
use super::storage::{NewFile, Storage, file_folder, store_file};
use super::store;
use crate::kernel::audit_entry::AuditEntry;
use crate::kernel::clock::Clock;
use crate::kernel::db::{Database, ReadScope, WriteScope};
use crate::kernel::error::{Error, Result};
use crate::kernel::jobs::{self, JobContext};
use crate::kernel::right::Right;

/// How often the rows written so far are reported.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(500);

/// What differs between the reports' exports and the ledger's.
#[async_trait]
pub trait ExportCaller: Send + Sync {
    /// What whoever asked for the export still needs at the time of its run.
    fn right(&self) -> Right;

    /// Loads (report) or aggregates (ledger), and maps by the format version: all that the file shows. The scope acts on
    /// the requester's behalf; rows may be streamed from it.
    async fn load_document(&self, scope: &ReadScope, operation: &ExportOperation) -> Result<Document, ExportFailure>;

    /// Locks what [`record_completion`](Self::record_completion) will change, before the pipeline locks anything: in the order in which
    /// whoever asks for an export locks, or the two could wait for one another.
    async fn lock(&self, scope: &WriteScope, operation: &ExportOperation) -> Result<()>;

    /// What else is written in the transaction that records the stored file. Gives the trail's further entries; the
    /// pipeline itself adds `entry_of_file`. A failure leaves nothing of the transaction, nor the file.
    async fn record_completion(
        &self,
        scope: &WriteScope,
        operation: &ExportOperation,
        file: &StoredFile,
    ) -> Result<Vec<AuditEntry>, ExportFailure>;

    /// What else is written in the transaction that records the failure. Gives the trail's further entries; the pipeline
    /// itself adds `export_failed`.
    async fn record_failure(
        &self,
        scope: &WriteScope,
        operation: &ExportOperation,
        failure: &ExportFailure,
    ) -> Result<Vec<AuditEntry>>;
}

/// What a run works with.
#[derive(Clone)]
pub struct PipelineContext {
    pub database: Database,
    pub clock: Arc<dyn Clock>,
    pub storage: Storage,
    /// The job will not be tried again: a transient failure is recorded too.
    pub last_attempt: bool,
    /// For loading and rendering together; after it the export fails as `TIMED_OUT`.
    pub time_limit: Duration,
}

impl PipelineContext {
    /// That of a job.
    pub fn of(ctx: &JobContext, last_attempt: bool, time_limit: Duration) -> Result<Self> {
        Ok(Self {
            database: ctx.database.clone(),
            clock: Arc::clone(&ctx.clock),
            storage: ctx.service::<Storage>()?.clone(),
            last_attempt,
            time_limit,
        })
    }
}

/// Brings a pending operation to its end.
///
/// # Errors
///
/// [`Error::Unavailable`] when another attempt is to be made; anything else that keeps the operation's result from being
/// recorded.
pub async fn run(ctx: &PipelineContext, caller: &impl ExportCaller, organization: Uuid, export: Uuid) -> Result<()> {
    let Some(operation) = pending(ctx, organization, export).await? else {
        return Ok(());
    };
    let run = ExportRun {
        ctx,
        caller,
        operation: &operation,
    };
    let made = AssertUnwindSafe(run.make()).catch_unwind().await;
    match made.unwrap_or_else(|_| Err(ExportFailure::unforeseen(FailureCode::Internal, &"the export panicked"))) {
        Ok(()) => Ok(()),
        Err(failure) if failure.is_transient && !ctx.last_attempt => Err(Error::Unavailable(failure.message)),
        Err(failure) => run.record_failure(&failure).await,
    }
}

/// Ends a pending operation as failed without another attempt at it: for jobs whose workers died time and again.
///
/// # Errors
///
/// Whatever keeps the failure from being recorded.
pub async fn give_up(
    ctx: &PipelineContext,
    caller: &impl ExportCaller,
    organization: Uuid,
    export: Uuid,
) -> Result<()> {
    let Some(operation) = pending(ctx, organization, export).await? else {
        return Ok(());
    };
    let run = ExportRun {
        ctx,
        caller,
        operation: &operation,
    };
    let message = "The export was cut off time and again. The server's log describes it under this export's id.";
    run.record_failure(&ExportFailure::permanent(FailureCode::Internal, message))
        .await
}

/// The operation, unless it has ended.
async fn pending(ctx: &PipelineContext, organization: Uuid, export: Uuid) -> Result<Option<ExportOperation>> {
    let scope = ctx
        .database
        .work_read(ActorKind::Worker, organization, None, ctx.clock.now())
        .await?;
    let operation = operations::find(&scope, export)
        .await?
        .ok_or(Error::NotFound("export operation"))?;
    Ok((operation.status == ExportStatus::Pending).then_some(operation))
}

struct ExportRun<'a, C> {
    ctx: &'a PipelineContext,
    caller: &'a C,
    operation: &'a ExportOperation,
}

impl<C: ExportCaller> ExportRun<'_, C> {
    async fn make(&self) -> Result<(), ExportFailure> {
        let limited = tokio::time::timeout(self.ctx.time_limit, self.load_and_render());
        let (document, rendered) = limited.await.map_err(|_| {
            let minutes = self.ctx.time_limit.as_secs().div_ceil(60);
            ExportFailure::permanent(
                FailureCode::TimedOut,
                format!("The export took longer than {minutes} minutes."),
            )
        })??;
        self.report("storing", 80).await?;
        let file = self.store(&document, rendered).await?;
        self.report("recording", 95).await?;
        self.record(&document, file).await
    }

    async fn load_and_render(&self) -> Result<(Arc<Document>, RenderedFile), ExportFailure> {
        self.report("loading", 5).await?;
        let scope = self.read().await?;
        if !self.right_holds(&scope).await? {
            return Err(ExportFailure::permanent(
                FailureCode::RightLost,
                "Whoever asked for this export may no longer have it.",
            ));
        }
        let document = Arc::new(self.caller.load_document(&scope, self.operation).await?);
        drop(scope);
        self.report("rendering", 30).await?;
        let rendered = self.render(Arc::clone(&document)).await?;
        Ok((document, rendered))
    }

    /// The requester's right as it is now (decisions.md, 1): a member's role, or the grant under which it was asked for.
    async fn right_holds(&self, scope: &ReadScope) -> Result<bool> {
        if let Some(grant) = self.operation.support_access_id {
            return store::grant_holds(scope, grant).await;
        }
        Ok(scope.actor().person_holds(self.caller.right()))
    }

    async fn render(&self, document: Arc<Document>) -> Result<RenderedFile, ExportFailure> {
        let format = self.operation.format;
        let written = Arc::new(AtomicU64::new(0));
        let rows = document.row_count(format).max(1);
        let counter = Arc::clone(&written);
        let offered = ExportFormat::list_offered();
        let rendering = render_in_background(&offered, move |cancelled| {
            render_document(format, &document, &counter, cancelled)
        });
        let report = |written| self.report_rows(written, rows);
        report_progress(rendering, &written, PROGRESS_INTERVAL, report).await
    }

    async fn report_rows(&self, written: u64, of: u64) -> Result<(), ExportFailure> {
        let share = written * 50 / of;
        let percent = 30 + i16::try_from(share.min(50)).unwrap_or(50);
        Ok(self.report("rendering", percent).await?)
    }

    async fn store(&self, document: &Document, rendered: RenderedFile) -> Result<StoredFile, ExportFailure> {
        let format = self.operation.format.file_format();
        let new = NewFile {
            id: self.operation.id,
            folder: folder(self.operation),
            stem: &document.file_stem,
            extension: format.extension(),
            media_type: format.media_type(),
        };
        Ok(store_file(&self.ctx.storage, &new, &rendered).await?)
    }

    async fn report(&self, step: &str, percent: i16) -> Result<()> {
        let scope = self.write().await?;
        jobs::report_progress(&scope, self.operation.id, step, percent).await?;
        scope.commit_job_progress_unaudited().await
    }

    /// Where the worker enters, for whom, and when.
    fn entering(&self) -> (Uuid, Option<Uuid>, DateTime<Utc>) {
        let operation = self.operation;
        (
            operation.organization_id,
            Some(operation.requested_by),
            self.ctx.clock.now(),
        )
    }

    async fn read(&self) -> Result<ReadScope> {
        let (organization, requester, now) = self.entering();
        let database = &self.ctx.database;
        database
            .work_read(ActorKind::Worker, organization, requester, now)
            .await
    }

    async fn write(&self) -> Result<WriteScope> {
        let (organization, requester, now) = self.entering();
        let database = &self.ctx.database;
        database.work(ActorKind::Worker, organization, requester, now).await
    }

    /// For recording a failure, which a deactivated organization gets too.
    async fn conclude(&self) -> Result<WriteScope> {
        let (organization, requester, now) = self.entering();
        let database = &self.ctx.database;
        database.conclude(ActorKind::Worker, organization, requester, now).await
    }
}

/// Where the operation's objects lie.
fn folder(operation: &ExportOperation) -> String {
    file_folder(operation.organization_id, operation.created_at.0, operation.id)
}
