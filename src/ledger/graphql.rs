//! The export ledger in GraphQL.

mod roots;

pub use roots::{LedgerMutation, LedgerQuery, LedgerSubscription};

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Context, ID, Object, SimpleObject};
use entity::enums::{ExportFormat, LedgerStatus};
use sea_orm::{FromQueryResult, QueryResult};
use uuid::Uuid;

use super::store::{self, LedgerFilter, Record, Records};
use crate::export::graphql::{ExportOperation, find_operation};
use crate::kernel::actor::Right;
use crate::kernel::context::{Reading, RequestExt};
use crate::kernel::error::Result;
use crate::kernel::id::{self, Kind};
use crate::kernel::loader::Loader;
use crate::kernel::page::Cursor;
use crate::kernel::scalar::{DateTime, Json};
use crate::organization::Person;
use crate::organization::node::person_by_id;

/// A page of the ledger, with what the whole filtered list adds up to.
pub type Exports = Connection<Cursor, BufdirExport, LedgerTotals, EmptyFields>;

/// An export of the ledger. Once it is completed it never changes, its downloads apart.
pub struct BufdirExport(Record);

/// An export of the ledger. Once it is completed it never changes, its downloads apart.
#[Object]
impl BufdirExport {
    /// An opaque id.
    pub async fn id(&self) -> ID {
        id::encode(Kind::BufdirExport, self.0.id)
    }

    /// Where the export stands.
    async fn status(&self) -> LedgerStatus {
        self.0.status
    }

    /// The format of the file.
    async fn format(&self) -> ExportFormat {
        self.0.export_format
    }

    /// The version of Bufdir's format by which the file is made, kept for good.
    async fn schema_version(&self) -> &str {
        &self.0.schema_version
    }

    /// The report period's id.
    async fn report_period_id(&self) -> ID {
        id::encode(Kind::ReportPeriod, self.0.report_period_id)
    }

    /// The period's first instant, UTC.
    async fn report_period_start(&self) -> DateTime {
        DateTime(self.0.report_period_start)
    }

    /// The period's last instant, UTC.
    async fn report_period_end(&self) -> DateTime {
        DateTime(self.0.report_period_end)
    }

    /// Distinct activities in the snapshot; null unless completed.
    async fn activity_count(&self) -> Option<i32> {
        self.0.activity_count
    }

    /// The file's size in bytes; null unless completed.
    async fn file_size_bytes(&self) -> Option<i64> {
        self.0.file_size_bytes
    }

    /// SHA-256 of the file, hexadecimal; null unless completed.
    async fn file_checksum(&self) -> Option<&str> {
        self.0.file_checksum.as_deref()
    }

    /// Downloads so far.
    async fn download_count(&self) -> i32 {
        self.0.download_count
    }

    /// When it was last downloaded, UTC; null if never.
    async fn last_downloaded_at(&self) -> Option<DateTime> {
        self.0.last_downloaded_at.map(DateTime)
    }

    /// Who last downloaded it; null if nobody did.
    async fn last_downloaded_by(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        person_by_id(ctx, self.0.last_downloaded_by_user_id).await.transpose()
    }

    /// Why it failed; null unless it did.
    async fn error_message(&self) -> Option<&str> {
        self.0.error_message.as_deref()
    }

    /// What the file was made from: `parameters` and `grant_reference_codes` as asked for; once completed also
    /// `snapshot_at`, `rules_hash`, `data_hash`, `renderer_version`, `warnings` and `control_totals`.
    async fn metadata(&self) -> Option<Json> {
        self.0.metadata.clone().map(Json)
    }

    /// When it was asked for, UTC.
    async fn generated_at(&self) -> DateTime {
        DateTime(self.0.generated_at)
    }

    /// Who asked for it; null where the caller sees no such person.
    async fn generated_by(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        person_by_id(ctx, self.0.generated_by_user_id).await.transpose()
    }

    /// When the file was stored, UTC; null unless completed.
    async fn completed_at(&self) -> Option<DateTime> {
        self.0.completed_at.map(DateTime)
    }

    /// The export that this one was made instead of; null of a first one.
    #[graphql(complexity = "5 + child_complexity")]
    async fn follows(&self, ctx: &Context<'_>) -> Option<Result<BufdirExport>> {
        let former = self.0.follows_export_id?;
        let found = async { find_export(&*ctx.read().await?, former).await };
        found.await.transpose()
    }

    /// Its operation: scope, language, progress, error code and file.
    #[graphql(complexity = "5 + child_complexity")]
    async fn operation(&self, ctx: &Context<'_>) -> Option<Result<ExportOperation>> {
        let found = async { find_operation(&*ctx.read().await?, self.0.id).await };
        found.await.transpose()
    }
}

impl BufdirExport {
    fn from_row(row: &QueryResult) -> Result<Self> {
        Ok(Self(Record::from_query_result(row, "")?))
    }

    fn has_ended(&self) -> bool {
        matches!(self.0.status, LedgerStatus::Completed | LedgerStatus::Failed)
    }
}

/// The export by id, as a node as well; `None` where the caller can see no such export.
pub async fn find_export(reading: &Reading, id: Uuid) -> Result<Option<BufdirExport>> {
    if !Right::KeepLedger.held_by(reading.actor().standing) {
        return Ok(None);
    }
    let found = Loader::<Records>::of(reading).load(id).await?;
    Ok(found.map(BufdirExport))
}

/// What the whole list adds up to, beyond the page.
pub struct LedgerTotals(LedgerFilter);

/// What the whole list adds up to, beyond the page.
#[Object]
impl LedgerTotals {
    /// What the whole list adds up to, beyond the page.
    #[graphql(complexity = "5 + child_complexity")]
    async fn totals(&self, ctx: &Context<'_>) -> Result<BufdirExportTotals> {
        let found = store::totals(&*ctx.read().await?, &self.0).await?;
        Ok(BufdirExportTotals {
            exports: found.records,
            completed: found.completed,
            failed: found.failed,
            downloads: found.downloads,
        })
    }
}

/// Numbers of a list of exports.
#[derive(SimpleObject)]
pub struct BufdirExportTotals {
    /// Exports in the list.
    exports: i64,
    /// The completed ones among them.
    completed: i64,
    /// The failed ones among them.
    failed: i64,
    /// Downloads of all of them.
    downloads: i64,
}
