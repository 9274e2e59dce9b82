//! The ledger's statements.

use async_graphql::SimpleObject;
use entity::bufdir_exports::{ActiveModel, Column, Entity as BufdirExports};
use entity::enums::{ExportFormat, ExportStatus, LedgerStatus};
use entity::{bufdir_export_audit_log as operations, organizational_units};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::extension::postgres::PgBinOper;
use sea_orm::sea_query::{Asterisk, Condition, Expr, ExprTrait, Func};
use sea_orm::{ColumnTrait, DerivePartialModel, IntoSimpleExpr, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::NewLedgerExport;
use crate::export::StoredFile;
use crate::kernel::db::{ReadScope, Scoped, WriteScope};
use crate::kernel::error::{Error, Result};
use crate::kernel::page::{Filter, Keyset, Page, PageRequest};
use crate::kernel::scalar::{DateTime, Json};

/// An export of the ledger. Once it is completed it never changes, its downloads apart.
#[derive(Clone, Debug, DerivePartialModel, SimpleObject)]
#[sea_orm(entity = "BufdirExports")]
#[graphql(complex)]
pub struct BufdirExport {
    #[graphql(skip)]
    pub id: Uuid,
    /// Where the export stands.
    pub status: LedgerStatus,
    /// The format of the file.
    #[graphql(name = "format")]
    pub export_format: ExportFormat,
    /// The version of Bufdir's format by which the file is made, kept for good.
    pub schema_version: String,
    #[graphql(skip)]
    pub report_period_id: Uuid,
    /// The period's first instant, UTC.
    pub report_period_start: DateTime,
    /// The period's last instant, UTC.
    pub report_period_end: DateTime,
    /// Distinct activities in the snapshot; null unless completed.
    pub activity_count: Option<i32>,
    /// The file's size in bytes; null unless completed.
    pub file_size_bytes: Option<i64>,
    /// SHA-256 of the file, hexadecimal; null unless completed.
    pub file_checksum: Option<String>,
    /// Downloads so far.
    pub download_count: i32,
    /// When it was last downloaded, UTC; null if never.
    pub last_downloaded_at: Option<DateTime>,
    #[graphql(skip)]
    pub last_downloaded_by_user_id: Option<Uuid>,
    /// Why it failed; null unless it did.
    pub error_message: Option<String>,
    /// What the file was made from: `parameters` and `grant_reference_codes` as asked for; once completed also
    /// `snapshot_at`, `rules_hash`, `data_hash`, `renderer_version`, `warnings` and `control_totals`.
    pub metadata: Option<Json>,
    /// When it was asked for, UTC.
    pub generated_at: DateTime,
    #[graphql(skip)]
    pub generated_by_user_id: Uuid,
    /// When the file was stored, UTC; null unless completed.
    pub completed_at: Option<DateTime>,
    #[graphql(skip)]
    pub follows_export_id: Option<Uuid>,
}

/// Which records; what is `None` does not limit the list.
#[derive(Clone, Debug, Default)]
pub struct LedgerFilter {
    pub status: Option<LedgerStatus>,
    pub format: Option<ExportFormat>,
    pub report_period: Option<Uuid>,
    pub generated_by: Option<Uuid>,
    /// UTC, inclusive.
    pub from: Option<DateTime>,
    /// UTC, exclusive.
    pub until: Option<DateTime>,
}

impl Filter for LedgerFilter {
    fn condition(&self, _scope: &ReadScope) -> Condition {
        Condition::all()
            .add_option(self.status.map(|status| Column::Status.eq(status)))
            .add_option(self.format.map(|format| Column::ExportFormat.eq(format)))
            .add_option(self.report_period.map(|period| Column::ReportPeriodId.eq(period)))
            .add_option(self.generated_by.map(|user| Column::GeneratedByUserId.eq(user)))
            .add_option(self.from.map(|from| Column::GeneratedAt.gte(from)))
            .add_option(self.until.map(|until| Column::GeneratedAt.lt(until)))
    }
}

/// Numbers of a list of exports.
#[derive(DerivePartialModel, SimpleObject)]
#[sea_orm(entity = "BufdirExports")]
pub struct BufdirExportTotals {
    /// Exports in the list.
    #[sea_orm(from_expr = "count(None)")]
    exports: i64,
    /// The completed ones among them.
    #[sea_orm(from_expr = "count(Some(LedgerStatus::Completed))")]
    completed: i64,
    /// The failed ones among them.
    #[sea_orm(from_expr = "count(Some(LedgerStatus::Failed))")]
    failed: i64,
    /// Downloads of all of them.
    #[sea_orm(from_expr = "sum_of_downloads()")]
    downloads: i64,
}

/// The number of records, of all or of those with one status.
fn count(status: Option<LedgerStatus>) -> Expr {
    let all = Func::count(Expr::col(Asterisk));
    match status {
        Some(status) => all.filter(Column::Status.eq(status)).into(),
        None => all.into(),
    }
}

fn sum_of_downloads() -> Expr {
    Func::coalesce([Column::DownloadCount.sum(), Expr::val(0_i64)]).into()
}

/// Those of these records that there are, in no order.
pub async fn find_all(scope: &ReadScope, ids: &[Uuid]) -> Result<Vec<BufdirExport>> {
    let records = scope.find::<BufdirExports>();
    let found = records.filter(Column::Id.eq_any(ids.iter().copied()));
    Ok(found.into_partial_model().all(scope).await?)
}

/// A page of the ledger, by the time that exports were asked for.
pub async fn list(
    scope: &ReadScope,
    filter: &LedgerFilter,
    newest_first: bool,
    page: &PageRequest,
) -> Result<Page<BufdirExport>> {
    let records = scope.find::<BufdirExports>().filter(filter.condition(scope));
    let list = Keyset::by(records, Column::GeneratedAt, Column::Id).descending(newest_first);
    list.fetch(scope, page).await
}

/// What the whole filtered list adds up to.
pub async fn totals(scope: &ReadScope, filter: &LedgerFilter) -> Result<BufdirExportTotals> {
    let records = scope.find::<BufdirExports>().filter(filter.condition(scope));
    let totals = records.into_partial_model().one(scope).await?;
    totals.ok_or_else(|| Error::internal("an aggregate without a row"))
}

/// What an earlier export was asked for, and where it stands.
pub async fn find_request(scope: &WriteScope, id: Uuid) -> Result<Option<(LedgerStatus, NewLedgerExport)>> {
    let record = scope.find::<BufdirExports>().filter(Column::Id.eq(id));
    let Some((record, Some(operation))) = record.find_also_related(operations::Entity).one(scope).await? else {
        return Ok(None);
    };
    let new = NewLedgerExport {
        report_period_id: record.report_period_id,
        format: record.export_format,
        scope_level: operation.scope_level,
        scope_unit: operation.scope_id,
        language: operation.language,
        grant_reference_codes: codes(record.metadata)?,
    };
    Ok(Some((record.status, new)))
}

/// What the export was asked with.
pub async fn grant_reference_codes(scope: &ReadScope, id: Uuid) -> Result<Vec<String>> {
    let record = scope.find::<BufdirExports>().filter(Column::Id.eq(id));
    let metadata = record.select_only().column(Column::Metadata).into_tuple();
    let metadata = metadata.one(scope).await?;
    codes(metadata.ok_or(Error::NotFound("export of the ledger"))?)
}

fn codes(metadata: Option<serde_json::Value>) -> Result<Vec<String>> {
    let codes = metadata.unwrap_or_default()["grant_reference_codes"].take();
    serde_json::from_value(codes).map_err(Error::internal)
}

pub async fn insert(scope: &WriteScope, record: ActiveModel) -> Result<()> {
    Ok(scope.insert(record).exec_without_returning(scope).await.map(drop)?)
}

/// Shows that a worker makes the file; nothing for a record that has begun already, or ended.
pub async fn begin(scope: &WriteScope, id: Uuid) -> Result<()> {
    let update = scope.update::<BufdirExports>().set(ActiveModel {
        status: Set(LedgerStatus::Generating),
        ..Default::default()
    });
    let pending = Column::Status.eq(LedgerStatus::Pending);
    update.filter(Column::Id.eq(id)).filter(pending).exec(scope).await?;
    Ok(())
}

/// Records the file, with what the metadata says of its snapshot. The end is not before the beginning, even where
/// another server's clock made that.
pub async fn complete(
    scope: &WriteScope,
    id: Uuid,
    file: &StoredFile,
    activities: i32,
    metadata: &serde_json::Value,
) -> Result<()> {
    let completed_at = Func::greatest([Expr::val(scope.now()), Column::GeneratedAt.into_simple_expr()]);
    let metadata = Column::Metadata
        .into_simple_expr()
        .binary(PgBinOper::Concatenate, Expr::val(metadata.clone()));
    let update = scope
        .update::<BufdirExports>()
        .set(ActiveModel {
            status: Set(LedgerStatus::Completed),
            file_path: Set(Some(file.storage_key.clone())),
            file_size_bytes: Set(Some(file.size_bytes)),
            file_checksum: Set(Some(file.sha256.to_string())),
            activity_count: Set(Some(activities)),
            ..Default::default()
        })
        .col_expr(Column::CompletedAt, completed_at.into())
        .col_expr(Column::Metadata, metadata);
    scope.update_one(update.filter(Column::Id.eq(id))).await
}

pub async fn fail(scope: &WriteScope, id: Uuid, message: &str) -> Result<()> {
    let update = scope.update::<BufdirExports>().set(failure(message));
    scope.update_one(update.filter(Column::Id.eq(id))).await
}

/// Fails a record whose operation has failed without it, by the operation's message; gives that where there was such a
/// record.
pub async fn fail_with_operation(scope: &WriteScope, id: Uuid) -> Result<Option<String>> {
    let operation = scope.find::<operations::Entity>().filter(operations::Column::Id.eq(id));
    let message = operation
        .filter(operations::Column::Status.eq(ExportStatus::Failed))
        .select_only()
        .column(operations::Column::ErrorMessage)
        .into_tuple::<String>();
    let Some(message) = message.one(scope).await? else {
        return Ok(None);
    };
    let update = scope.update::<BufdirExports>().set(failure(&message));
    let is_open = Column::Status.eq_any([LedgerStatus::Pending, LedgerStatus::Generating]);
    let update = update.filter(Column::Id.eq(id)).filter(is_open).exec(scope).await?;
    Ok((update.rows_affected > 0).then_some(message))
}

fn failure(message: &str) -> ActiveModel {
    ActiveModel {
        status: Set(LedgerStatus::Failed),
        error_message: Set(Some(message.to_owned())),
        ..Default::default()
    }
}

pub async fn unit_name(scope: &ReadScope, unit: Uuid) -> Result<String> {
    let units = scope.find::<organizational_units::Entity>();
    let name = units
        .filter(organizational_units::Column::Id.eq(unit))
        .select_only()
        .column(organizational_units::Column::Name)
        .into_tuple();
    name.one(scope).await?.ok_or(Error::NotFound("organizational unit"))
}
