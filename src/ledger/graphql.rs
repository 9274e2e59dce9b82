//! The export ledger in GraphQL.

mod roots;

pub use roots::{LedgerMutation, LedgerQuery, LedgerSubscription};

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Context, ID, Object};
use entity::enums::{ExportFormat, LedgerStatus};

use super::{BufdirExport, BufdirExportTotals, LedgerFilter};
use crate::export::graphql::{ExportOperation, find_operation};
use crate::kernel::context::RequestExt;
use crate::kernel::error::Result;
use crate::kernel::page::Cursor;
use crate::kernel::scalar::{DateTime, Json};
use crate::ledger;
use crate::ledger::ids;
use crate::organization::Person;
use crate::organization::node::person_by_id;
use crate::report::ids::REPORT_PERIOD;

/// A page of the ledger, with what the whole filtered list adds up to.
pub type Exports = Connection<Cursor, BufdirExport, LedgerTotals, EmptyFields>;

/// An export of the ledger. Once it is completed it never changes, its downloads apart.
#[Object]
impl BufdirExport {
    /// An opaque id.
    pub async fn id(&self) -> ID {
        ids::BUFDIR_EXPORT.encode(self.id)
    }

    /// Where the export stands.
    async fn status(&self) -> LedgerStatus {
        self.status
    }

    /// The format of the file.
    async fn format(&self) -> ExportFormat {
        self.export_format
    }

    /// The version of Bufdir's format by which the file is made, kept for good.
    async fn schema_version(&self) -> &str {
        &self.schema_version
    }

    /// The report period's id.
    async fn report_period_id(&self) -> ID {
        REPORT_PERIOD.encode(self.report_period_id)
    }

    /// The period's first instant, UTC.
    async fn report_period_start(&self) -> DateTime {
        DateTime(self.report_period_start)
    }

    /// The period's last instant, UTC.
    async fn report_period_end(&self) -> DateTime {
        DateTime(self.report_period_end)
    }

    /// Distinct activities in the snapshot; null unless completed.
    async fn activity_count(&self) -> Option<i32> {
        self.activity_count
    }

    /// The file's size in bytes; null unless completed.
    async fn file_size_bytes(&self) -> Option<i64> {
        self.file_size_bytes
    }

    /// SHA-256 of the file, hexadecimal; null unless completed.
    async fn file_checksum(&self) -> Option<&str> {
        self.file_checksum.as_deref()
    }

    /// Downloads so far.
    async fn download_count(&self) -> i32 {
        self.download_count
    }

    /// When it was last downloaded, UTC; null if never.
    async fn last_downloaded_at(&self) -> Option<DateTime> {
        self.last_downloaded_at.map(DateTime)
    }

    /// Who last downloaded it; null if nobody did.
    async fn last_downloaded_by(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        person_by_id(ctx, self.last_downloaded_by_user_id).await.transpose()
    }

    /// Why it failed; null unless it did.
    async fn error_message(&self) -> Option<&str> {
        self.error_message.as_deref()
    }

    /// What the file was made from: `parameters` and `grant_reference_codes` as asked for; once completed also
    /// `snapshot_at`, `rules_hash`, `data_hash`, `renderer_version`, `warnings` and `control_totals`.
    async fn metadata(&self) -> Option<Json> {
        self.metadata.clone().map(Json)
    }

    /// When it was asked for, UTC.
    async fn generated_at(&self) -> DateTime {
        DateTime(self.generated_at)
    }

    /// Who asked for it; null where the caller sees no such person.
    async fn generated_by(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        person_by_id(ctx, self.generated_by_user_id).await.transpose()
    }

    /// When the file was stored, UTC; null unless completed.
    async fn completed_at(&self) -> Option<DateTime> {
        self.completed_at.map(DateTime)
    }

    /// The export that this one was made instead of; null of a first one.
    #[graphql(complexity = "5 + child_complexity")]
    async fn follows(&self, ctx: &Context<'_>) -> Option<Result<BufdirExport>> {
        let former = self.follows_export_id?;
        let found = async { ledger::find(&*ctx.read().await?, former).await };
        found.await.transpose()
    }

    /// Its operation: scope, language, progress, error code and file.
    #[graphql(complexity = "5 + child_complexity")]
    async fn operation(&self, ctx: &Context<'_>) -> Option<Result<ExportOperation>> {
        let found = async { find_operation(&*ctx.read().await?, self.id).await };
        found.await.transpose()
    }
}

impl BufdirExport {
    fn has_ended(&self) -> bool {
        matches!(self.status, LedgerStatus::Completed | LedgerStatus::Failed)
    }
}

/// What the whole list adds up to, beyond the page.
pub struct LedgerTotals(LedgerFilter);

/// What the whole list adds up to, beyond the page.
#[Object]
impl LedgerTotals {
    /// What the whole list adds up to, beyond the page.
    #[graphql(complexity = "5 + child_complexity")]
    async fn totals(&self, ctx: &Context<'_>) -> Result<BufdirExportTotals> {
        ledger::totals(&*ctx.read().await?, &self.0).await
    }
}
