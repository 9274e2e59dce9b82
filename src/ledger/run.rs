//! The job that makes a ledger export's file: the ledger's side of the export pipeline.

use std::sync::OnceLock;
use std::time::Duration;

use async_trait::async_trait;
use entity::enums::{ActorKind, AuditAction};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{snapshot, store};
use crate::export::{
    Document, ExportCaller, ExportFailure, ExportOperation, PipelineContext, StoredFile, give_up, run,
};
use crate::kernel::audit_entry::AuditEntry;
use crate::kernel::db::{ReadScope, WriteScope};
use crate::kernel::error::{Error, Result};
use crate::kernel::jobs::{Job, JobContext};
use crate::kernel::right::Right;
use crate::ledger::rights;

/// A year's activities are counted within seconds; ten minutes are for a database that is busy otherwise.
const TIME_LIMIT: Duration = Duration::from_secs(600);

/// The job that makes a ledger export's file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunLedgerExport {
    pub organization_id: Uuid,
    pub export_id: Uuid,
}

impl Job for RunLedgerExport {
    const NAME: &'static str = "run_ledger_export";
    const ATTEMPTS: i16 = 5;

    fn key(&self) -> Option<String> {
        Some(format!("ledger:{}", self.export_id))
    }

    async fn run(&self, ctx: &JobContext) -> Result<()> {
        self.begin(ctx).await?;
        let pipeline = PipelineContext::of(ctx, ctx.attempt >= Self::ATTEMPTS, TIME_LIMIT)?;
        run(
            &pipeline,
            &LedgerExport::default(),
            self.organization_id,
            self.export_id,
        )
        .await?;
        self.fail_with_operation(ctx).await
    }

    async fn failed(&self, ctx: &JobContext, _error: &Error) -> Result<()> {
        // Whatever cut the attempts off would cut a further one off: the export ends here.
        let pipeline = PipelineContext::of(ctx, true, TIME_LIMIT)?;
        give_up(
            &pipeline,
            &LedgerExport::default(),
            self.organization_id,
            self.export_id,
        )
        .await?;
        self.fail_with_operation(ctx).await
    }
}

impl RunLedgerExport {
    async fn begin(&self, ctx: &JobContext) -> Result<()> {
        let scope = self.enter(ctx).await?;
        store::begin(&scope, self.export_id).await?;
        scope.commit_job_progress_unaudited().await
    }

    /// The pipeline records a failure even where the ledger's record refuses to take it. Then this job is tried again
    /// until the record has taken it, since a record that seems under way for good would say what is not so.
    async fn fail_with_operation(&self, ctx: &JobContext) -> Result<()> {
        let scope = self.enter(ctx).await?;
        let Some(message) = store::fail_with_operation(&scope, self.export_id).await? else {
            return Ok(());
        };
        let message = format!("The ledger took note of the export's failure: {message}");
        let entry = AuditEntry::new(AuditAction::ExportFailed, "export", self.export_id, message);
        scope.commit([entry]).await
    }

    /// A deactivated organization is entered as well: its export has to end, and the pipeline ends it.
    async fn enter(&self, ctx: &JobContext) -> Result<WriteScope> {
        let now = ctx.clock.now();
        let door = ctx
            .database
            .conclude(ActorKind::Worker, self.organization_id, None, now);
        door.await
    }
}

/// One run's export. What the snapshot says of itself is kept until the file is stored.
#[derive(Default)]
struct LedgerExport {
    counted: OnceLock<CountedExport>,
}

struct CountedExport {
    activity_count: i32,
    metadata: Json,
}

#[async_trait]
impl ExportCaller for LedgerExport {
    fn right(&self) -> Right {
        rights::KEEP_LEDGER
    }

    async fn load_document(&self, scope: &ReadScope, operation: &ExportOperation) -> Result<Document, ExportFailure> {
        let codes = store::grant_reference_codes(scope, operation.id).await?;
        let snapshot = snapshot::take(scope, operation, codes).await?;
        let counted = CountedExport {
            activity_count: snapshot.document.activity_count,
            metadata: snapshot.metadata,
        };
        // The pipeline loads once in a run, and each attempt is a run of its own.
        let _ = self.counted.set(counted);
        Ok(snapshot.document)
    }

    /// Nobody else locks the ledger's record together with another row.
    async fn lock(&self, _: &WriteScope, _: &ExportOperation) -> Result<()> {
        Ok(())
    }

    async fn record_completion(
        &self,
        scope: &WriteScope,
        operation: &ExportOperation,
        file: &StoredFile,
    ) -> Result<Vec<AuditEntry>, ExportFailure> {
        let counted = self.counted.get();
        let counted = counted.ok_or_else(|| Error::internal("a file without its snapshot"))?;
        store::complete(scope, operation.id, file, counted.activity_count, &counted.metadata).await?;
        Ok(Vec::new())
    }

    async fn record_failure(
        &self,
        scope: &WriteScope,
        operation: &ExportOperation,
        failure: &ExportFailure,
    ) -> Result<Vec<AuditEntry>> {
        store::fail(scope, operation.id, &failure.message).await?;
        Ok(Vec::new())
    }
}
