//! The job that makes a run's file. It may be cut off anywhere and be started again: nothing counts but what
//! [`outcome`] records.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use entity::enums::{ActorKind, RunStatus};
use futures::TryFutureExt;
use render::ControlTotals;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::outcome::{self, RunOutcome};
use super::{CustomReportRun, document, prepared};
use crate::custom_report::{rights, store};
use crate::export::storage::{NewFile, Storage, file_folder, remove_file, store_file};
use crate::export::{
    ExportFailure, FailureCode, OutputFormat, RenderedFile, StoredFile, grant_holds, render_rows, report_progress,
};
use crate::kernel::db::{ReadScope, WriteScope};
use crate::kernel::error::{Error, Result};
use crate::kernel::jobs::{Job, JobContext};

/// For reading and rendering together. A million rows take seconds; this is for a database that is busy otherwise.
const TIME_LIMIT: Duration = Duration::from_secs(20 * 60);
/// How often the rows written so far are reported, and a wish to end is looked for.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(1);

/// The job that makes the file of a custom report's run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunCustomReport {
    pub organization_id: Uuid,
    pub run_id: Uuid,
}

impl Job for RunCustomReport {
    const NAME: &'static str = "run_custom_report";
    const ATTEMPTS: i16 = 3;

    fn key(&self) -> Option<String> {
        Some(format!("custom_report_run:{}", self.run_id))
    }

    async fn run(&self, ctx: &JobContext) -> Result<()> {
        let Some(run) = self.begin(ctx).await? else {
            return Ok(());
        };
        let attempt = Attempt {
            ctx,
            storage: ctx.service()?,
            run: &run,
        };
        match attempt.make().await {
            Ok((file, totals)) => attempt.succeeded(&file, &totals).await,
            Err(RunEnd::Failed(failure)) if failure.is_transient && ctx.attempt < Self::ATTEMPTS => {
                Err(Error::Unavailable(failure.message))
            }
            Err(RunEnd::Failed(failure)) => attempt.ended(RunOutcome::Failed(&failure)).await,
            Err(RunEnd::Cancelled) => attempt.ended(RunOutcome::Cancelled).await,
        }
    }

    async fn failed(&self, ctx: &JobContext, _error: &Error) -> Result<()> {
        let scope = ctx
            .database
            .work_read(ActorKind::Worker, self.organization_id, None, ctx.clock.now());
        let run = store::find_run(&scope.await?, self.run_id).await?;
        let run = run.ok_or(Error::NotFound("run of a custom report"))?;
        let attempt = Attempt {
            ctx,
            storage: ctx.service()?,
            run: &run,
        };
        let message = "The run was cut off time and again. The server's log describes it under this run's id.";
        let failure = ExportFailure::permanent(FailureCode::Internal, message);
        attempt.ended(RunOutcome::Failed(&failure)).await
    }
}

impl RunCustomReport {
    /// Takes the run up, unless it has ended.
    async fn begin(&self, ctx: &JobContext) -> Result<Option<CustomReportRun>> {
        let worker = ctx
            .database
            .conclude(ActorKind::Worker, self.organization_id, None, ctx.clock.now());
        let scope = worker.await?;
        let run = store::lock_run(&scope, self.run_id).await?;
        let run = run.ok_or(Error::NotFound("run of a custom report"))?;
        if run.has_ended() {
            return Ok(None);
        }
        store::begin_run(&scope, &run).await?;
        scope.commit_job_progress_unaudited().await?;
        Ok(Some(run))
    }
}

/// Why there is no file.
enum RunEnd {
    Failed(ExportFailure),
    Cancelled,
}

impl From<ExportFailure> for RunEnd {
    fn from(failure: ExportFailure) -> Self {
        Self::Failed(failure)
    }
}

impl From<Error> for RunEnd {
    fn from(error: Error) -> Self {
        Self::Failed(error.into())
    }
}

struct Attempt<'a> {
    ctx: &'a JobContext,
    storage: &'a Storage,
    run: &'a CustomReportRun,
}

impl Attempt<'_> {
    async fn make(&self) -> Result<(StoredFile, ControlTotals), RunEnd> {
        let scope = self.read().await?;
        if !self.right_holds(&scope).await? {
            let message = "Whoever asked for this run, or owns the schedule, may not run custom reports any more.";
            return Err(ExportFailure::permanent(FailureCode::RightLost, message).into());
        }
        let limited = tokio::time::timeout(TIME_LIMIT, self.render(&scope)).await;
        let rendered = limited.unwrap_or_else(|_| Err(RunEnd::Failed(timed_out())));
        // Its statement ends with it, where it has not ended by itself.
        drop(scope);
        let (file_stem, rendered, totals) = rendered?;
        let format = self.run.output_format.file_format();
        let new = NewFile {
            id: self.run.id,
            folder: self.folder(),
            stem: &file_stem,
            extension: format.extension(),
            media_type: format.media_type(),
        };
        let file = store_file(self.storage, &new, &rendered)
            .await
            .map_err(ExportFailure::from)?;
        Ok((file, totals))
    }

    /// The requester's right as it is now (decisions.md, 1): a member's role, or the grant under which it was asked for.
    async fn right_holds(&self, scope: &ReadScope) -> Result<bool> {
        match self.run.support_access_id {
            Some(grant) => grant_holds(scope, grant).await,
            None => Ok(scope.actor().person_holds(rights::READ_CUSTOM_REPORTS)),
        }
    }

    /// Hears all the while whether to go on, while the database weighs the statement, too.
    async fn render(&self, scope: &ReadScope) -> Result<(String, RenderedFile, ControlTotals), RunEnd> {
        let written = Arc::new(AtomicU64::new(0));
        let rendering = self.render_rows(scope, Arc::clone(&written)).map_err(RunEnd::from);
        let rendered = report_progress(rendering, &written, PROGRESS_INTERVAL, |rows| {
            self.report_progress(rows)
        })
        .await?;
        self.report_progress(rendered.2.rows()).await?;
        Ok(rendered)
    }

    async fn render_rows(
        &self,
        scope: &ReadScope,
        written: Arc<AtomicU64>,
    ) -> Result<(String, RenderedFile, ControlTotals), ExportFailure> {
        let prepared = prepared::prepare(scope, self.run).await?;
        let document = document::of(scope, self.run, &prepared).await?;
        let file_stem = document.file_stem.clone();
        let rows = prepared.rows(scope).await?;
        let (rendered, totals) = render_rows(document, self.run.output_format, rows, written).await?;
        Ok((file_stem, rendered, totals))
    }

    /// Reports the rows written so far, and hears whether to go on.
    async fn report_progress(&self, rows: u64) -> Result<(), RunEnd> {
        let scope = self.write().await?;
        if store::report_progress(&scope, self.run.id, rows).await? {
            return Err(RunEnd::Cancelled);
        }
        Ok(scope.commit_job_progress_unaudited().await?)
    }

    async fn succeeded(&self, file: &StoredFile, totals: &ControlTotals) -> Result<()> {
        let outcome = RunOutcome::Succeeded { file, totals };
        let ended = outcome::record(self.write().await?, self.run.id, outcome).await?;
        if ended == Some(RunStatus::Cancelled) {
            remove_file(self.storage, &self.folder()).await;
        }
        Ok(())
    }

    /// Records that there is no file, then removes what was stored: no attempt can name it any more.
    async fn ended(&self, outcome: RunOutcome<'_>) -> Result<()> {
        let now = self.ctx.clock.now();
        let (organization, person) = self.requester();
        let database = &self.ctx.database;
        let scope = database.conclude(ActorKind::Worker, organization, person, now);
        if outcome::record(scope.await?, self.run.id, outcome).await?.is_some() {
            remove_file(self.storage, &self.folder()).await;
        }
        Ok(())
    }

    /// Where its objects lie.
    fn folder(&self) -> String {
        file_folder(self.run.organization_id, self.run.created_at.0, self.run.id)
    }

    fn requester(&self) -> (Uuid, Option<Uuid>) {
        (self.run.organization_id, Some(self.run.requested_by_user_id))
    }

    async fn read(&self) -> Result<ReadScope> {
        let (organization, person) = self.requester();
        let now = self.ctx.clock.now();
        self.ctx
            .database
            .work_read(ActorKind::Worker, organization, person, now)
            .await
    }

    async fn write(&self) -> Result<WriteScope> {
        let (organization, person) = self.requester();
        let now = self.ctx.clock.now();
        self.ctx
            .database
            .work(ActorKind::Worker, organization, person, now)
            .await
    }
}

fn timed_out() -> ExportFailure {
    let minutes = TIME_LIMIT.as_secs() / 60;
    let message = format!("The run took longer than {minutes} minutes. A filter or a shorter range makes it smaller.");
    ExportFailure::permanent(FailureCode::TimedOut, message)
}
