//! The slice's statements.

mod files;

pub(super) use files::{count_download, exported_file, find_claimed, insert_file, is_without_file, record_download};

use entity::bufdir_export_audit_log::{ActiveModel, Column, Entity as ExportAuditLog};
use entity::enums::{ExportStatus, UnitLevel};
use entity::{files as stored_files, job_progress, organizational_units, support_access};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Func, LockType, Order, Query, WindowStatement};
use sea_orm::{
    ColumnTrait, EntityTrait, JoinType, QueryFilter, QuerySelect, QueryTrait, RelationDef, Select, SelectExt,
    UpdateMany,
};
use uuid::Uuid;

use super::failure::ExportFailure;
use super::operations::{ExportOperation, ExportSource, NewExport, OperationFilter, Product};
use crate::kernel::db::{ReadScope, Scoped, WriteScope};
use crate::kernel::error::Result;
use crate::kernel::page::{Cursor, Filter, Keyset, Page, PageRequest};

impl Filter for OperationFilter {
    fn condition(&self, _scope: &ReadScope) -> Condition {
        Condition::all()
            .add_option(self.status.map(|status| Column::Status.eq(status)))
            .add_option(self.format.map(|format| Column::ExportFormat.eq(format)))
            .add_option(self.origin.map(|origin| Column::Origin.eq(origin)))
            .add_option(self.scope_level.map(|level| Column::ScopeLevel.eq(level)))
            .add_option(self.scope_id.map(|unit| Column::ScopeId.eq(unit)))
            .add_option(self.report_period_id.map(|period| Column::ReportPeriodId.eq(period)))
            .add_option(self.report_id.map(|report| Column::ReportId.eq(report)))
    }
}

/// Operations with their files and their jobs' progress.
fn operations(scope: &ReadScope) -> Select<ExportAuditLog> {
    let operations = scope.find::<ExportAuditLog>().left_join(stored_files::Entity);
    operations.join(JoinType::LeftJoin, progress())
}

/// Progress is of jobs whose subject may be anything with an id, so that the tables have no key between them.
fn progress() -> RelationDef {
    ExportAuditLog::belongs_to(job_progress::Entity)
        .from((Column::OrganizationId, Column::Id))
        .to((job_progress::Column::OrganizationId, job_progress::Column::SubjectId))
        .into()
}

/// The operation, if the organization has it and the reader may see it.
pub async fn find(scope: &ReadScope, id: Uuid) -> Result<Option<ExportOperation>> {
    let operation = operations(scope).filter(Column::Id.eq(id));
    Ok(operation.into_partial_model().one(scope).await?)
}

/// Those of these operations that there are, in no order.
pub(super) async fn find_all(scope: &ReadScope, ids: &[Uuid]) -> Result<Vec<ExportOperation>> {
    let operations = operations(scope).filter(Column::Id.eq_any(ids.iter().copied()));
    Ok(operations.into_partial_model().all(scope).await?)
}

/// A page of operations by the time they were asked for.
pub async fn list(
    scope: &ReadScope,
    filter: &OperationFilter,
    newest_first: bool,
    page: &PageRequest,
) -> Result<Page<ExportOperation>> {
    let rows = operations(scope).filter(filter.condition(scope));
    let list = Keyset::by(rows, Column::CreatedAt, Column::Id).descending(newest_first);
    list.fetch(scope, page).await
}

/// The newest operations of each report, at most `limit` of each, the newest of all first.
pub(super) async fn newest_of_reports(
    scope: &ReadScope,
    reports: &[Uuid],
    limit: u64,
) -> Result<Vec<(Cursor, ExportOperation)>> {
    let newest_first = WindowStatement::partition_by(Column::ReportId)
        .order_by(Column::CreatedAt, Order::Desc)
        .order_by(Column::Id, Order::Desc)
        .take();
    let of_reports = Column::ReportId.eq_any(reports.iter().copied());
    let placed = scope.find::<ExportAuditLog>().select_only().column(Column::Id);
    let mut placed = placed.filter(of_reports).into_query();
    placed.expr_window_as(Func::cust("row_number"), newest_first, "place");
    let newest = Query::select()
        .column(Column::Id)
        .from_subquery(placed, "placed")
        .and_where(Expr::col("place").lte(limit))
        .take();
    let rows = operations(scope).filter(Column::Id.in_subquery(newest));
    let list = Keyset::by(rows, Column::CreatedAt, Column::Id).descending(true);
    list.fetch_all(scope).await
}

pub(super) async fn insert(scope: &WriteScope, id: Uuid, requester: Uuid, export: &NewExport) -> Result<()> {
    let (report, generation) = match export.source {
        ExportSource::Report {
            report_id,
            generation_id,
        } => (Some(report_id), Some(generation_id)),
        ExportSource::Ledger => (None, None),
    };
    let row = ActiveModel {
        id: Set(id),
        triggered_by_user_id: Set(requester),
        report_period_id: Set(export.report_period_id),
        status: Set(ExportStatus::Pending),
        export_format: Set(export.format),
        scope_level: Set(export.scope_level),
        scope_id: Set(export.scope_id),
        column_schema_version: Set(Some(export.format_version.clone())),
        created_at: Set(scope.now()),
        origin: Set(export.source.origin()),
        report_id: Set(report),
        report_generation_id: Set(generation),
        language: Set(export.language),
        support_access_id: Set(scope.actor().support_access_id),
        ..Default::default()
    };
    scope.insert(row).exec_without_returning(scope).await?;
    Ok(())
}

pub(super) async fn unit_level(scope: &WriteScope, unit: Uuid) -> Result<Option<UnitLevel>> {
    use organizational_units::{Column, Entity};
    let level = scope
        .find::<Entity>()
        .filter(Column::Id.eq(unit))
        .select_only()
        .column(Column::Level);
    Ok(level.into_tuple().one(scope).await?)
}

/// Whether a grant of support access holds now.
pub async fn grant_holds(scope: &ReadScope, grant: Uuid) -> Result<bool> {
    use support_access::{Column, Entity};
    let holding = Condition::all()
        .add(Column::RevokedAt.is_null())
        .add(Column::ValidFrom.lte(scope.now()))
        .add(Column::ValidUntil.gt(scope.now()));
    let grants = scope.find::<Entity>().filter(Column::Id.eq(grant)).filter(holding);
    Ok(grants.exists(scope).await?)
}

pub(super) async fn lock_status(scope: &WriteScope, id: Uuid) -> Result<Option<ExportStatus>> {
    let status = scope.find::<ExportAuditLog>().filter(Column::Id.eq(id)).select_only();
    let status = status.column(Column::Status).lock(LockType::Update);
    Ok(status.into_tuple().one(scope).await?)
}

/// Until the end of the transaction the database takes results of exports. A call of a function, which no entity has.
#[expect(clippy::disallowed_methods, reason = "a function of the database")]
pub(super) async fn enter_service(scope: &WriteScope) -> Result<()> {
    scope
        .run("select app.enter_export_audit_service() where $1::uuid is not null", [])
        .await
        .map(drop)
}

pub(super) async fn complete(scope: &WriteScope, id: Uuid, product: &Product) -> Result<()> {
    let completed = ActiveModel {
        status: Set(ExportStatus::Complete),
        file_id: Set(Some(product.file.id)),
        file_url: Set(Some(product.file.storage_key.clone())),
        file_size_bytes: Set(Some(product.file.size_bytes)),
        activity_count: Set(Some(product.activity_count)),
        participant_count: Set(Some(product.participant_count)),
        ..Default::default()
    };
    scope.update_one(end(scope, id, completed)).await
}

pub(super) async fn fail(scope: &WriteScope, id: Uuid, failure: &ExportFailure) -> Result<()> {
    let failed = ActiveModel {
        status: Set(ExportStatus::Failed),
        error_code: Set(Some(failure.code.as_str().to_owned())),
        error_message: Set(Some(failure.message.clone())),
        ..Default::default()
    };
    scope.update_one(end(scope, id, failed)).await
}

/// The end is not before the beginning, even where another server's clock made that.
fn end(scope: &WriteScope, id: Uuid, result: ActiveModel) -> UpdateMany<ExportAuditLog> {
    let now = Expr::val(scope.now());
    let completed_at = Func::greatest([now, Column::CreatedAt.into_expr()]).into();
    let update = scope.update::<ExportAuditLog>().set(result);
    update
        .col_expr(Column::CompletedAt, completed_at)
        .filter(Column::Id.eq(id))
}
