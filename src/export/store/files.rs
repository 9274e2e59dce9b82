//! Statements about stored files: recorded, found for a download, counted, and held against the storage.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use entity::enums::{AuditAction, ExportOrigin, ExportStatus, RunStatus};
use entity::files::{ActiveModel, Column, Entity as Files};
use entity::{audit_logs, bufdir_export_audit_log, custom_report_runs};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Func};
use sea_orm::{ColumnTrait, QueryFilter, QuerySelect, SelectExt};
use uuid::Uuid;

use crate::export::download::{FileOrigin, FileRight, Stored};
use crate::export::operations::StoredFile;
use crate::kernel::clock::least_id;
use crate::kernel::db::{ReadScope, Scoped, WriteScope};
use crate::kernel::error::Result;

/// Records a stored file, of the audit log or of an export.
pub(in crate::export) async fn insert_file(scope: &WriteScope, file: &StoredFile, of_audit_log: bool) -> Result<()> {
    let row = ActiveModel {
        id: Set(file.id),
        file_name: Set(file.file_name.clone()),
        media_type: Set(file.media_type.clone()),
        size_bytes: Set(file.size_bytes),
        sha256: Set(file.sha256.0.clone()),
        storage_key: Set(file.storage_key.clone()),
        renderer_version: Set(file.renderer_version.clone()),
        created_at: Set(scope.now()),
        of_audit_log: Set(of_audit_log),
        ..Default::default()
    };
    scope.insert(row).exec_without_returning(scope).await?;
    Ok(())
}

/// A stored file, with what a download of it needs: an export's, a custom report's run's, or the log's. Coordinators see
/// neither the ledger's nor the log's.
pub(in crate::export) async fn exported_file(scope: &ReadScope, id: Uuid) -> Result<Option<Stored>> {
    let file = scope.find::<Files>().filter(Column::Id.eq(id));
    let Some(file) = file.into_partial_model().one(scope).await? else {
        return Ok(None);
    };
    let Some((origin, report_id)) = find_origin(scope, id).await? else {
        return Ok(None);
    };
    let right = origin.right();
    Ok(Some(Stored { file, right, report_id }))
}

/// What the file is of, and the report whose trail tells of it; none of a file whose maker the reader may not see.
async fn find_origin(scope: &ReadScope, file: Uuid) -> Result<Option<(FileOrigin, Option<Uuid>)>> {
    use bufdir_export_audit_log::Column as Export;
    let export = scope.find::<bufdir_export_audit_log::Entity>().select_only();
    let export = export.column(Export::Origin).column(Export::ReportId);
    let export = export.filter(Export::Id.eq(file)).filter(Export::FileId.eq(file));
    if let Some((origin, report)) = export.into_tuple().one(scope).await? {
        let origin = match origin {
            ExportOrigin::Report => FileOrigin::Report,
            ExportOrigin::Ledger => FileOrigin::Ledger,
        };
        return Ok(Some((origin, report)));
    }
    let of_run = custom_report_runs::Column::FileId.eq(file);
    let run = scope.find::<custom_report_runs::Entity>().filter(of_run);
    if run
        .filter(custom_report_runs::Column::Id.eq(file))
        .exists(scope)
        .await?
    {
        return Ok(Some((FileOrigin::CustomReport, None)));
    }
    let of_log = scope
        .find::<Files>()
        .filter(Column::Id.eq(file))
        .filter(Column::OfAuditLog.eq(true));
    Ok(of_log.exists(scope).await?.then_some((FileOrigin::AuditLog, None)))
}

/// Whether the export, or the run, is there and has no file (yet).
pub(in crate::export) async fn is_without_file(scope: &ReadScope, id: Uuid) -> Result<bool> {
    use bufdir_export_audit_log::Column as Export;
    use custom_report_runs::Column as Run;
    let export = scope
        .find::<bufdir_export_audit_log::Entity>()
        .filter(Export::Id.eq(id));
    let run = scope.find::<custom_report_runs::Entity>().filter(Run::Id.eq(id));
    Ok(export.filter(Export::FileId.is_null()).exists(scope).await?
        || run.filter(Run::FileId.is_null()).exists(scope).await?)
}

/// Whether the person began to download the file since then. Looks through the report's trail, which is short; of the
/// ledger's files through the log since then.
pub(in crate::export) async fn record_download(
    scope: &ReadScope,
    stored: &Stored,
    person: Uuid,
    since: DateTime<Utc>,
) -> Result<bool> {
    use audit_logs::Column;
    let downloads = Condition::all()
        .add_option(stored.report_id.map(|report| Column::ReportId.eq(report)))
        .add(Column::Action.eq(AuditAction::FileDownloaded))
        .add(Column::SubjectId.eq(stored.file.id))
        .add(Column::ActorUserId.eq(person))
        .add(Column::CreatedAt.gte(since))
        .add(Column::Id.gte(least_id(since)));
    Ok(scope
        .find::<audit_logs::Entity>()
        .filter(downloads)
        .exists(scope)
        .await?)
}

/// One download more. The row's lock makes concurrent ones count exactly; the ledger's record follows by a trigger.
pub(in crate::export) async fn count_download(scope: &WriteScope, file: Uuid, person: Uuid) -> Result<()> {
    let by = ActiveModel {
        last_downloaded_by_user_id: Set(Some(person)),
        ..Default::default()
    };
    let at = Func::greatest([Expr::val(scope.now()), Column::LastDownloadedAt.into_expr()]).into();
    let count = Column::DownloadCount.into_expr().add(1);
    let update = scope.update::<Files>().set(by).filter(Column::Id.eq(file));
    let update = update
        .col_expr(Column::DownloadCount, count)
        .col_expr(Column::LastDownloadedAt, at);
    scope.update_one(update).await
}

/// Ids of these exports and runs that are under way, or whose file is recorded under one of these keys.
pub(in crate::export) async fn find_claimed(scope: &ReadScope, exports: &[Uuid], keys: &[String]) -> Result<Claimed> {
    use bufdir_export_audit_log::Column as Export;
    use custom_report_runs::Column as Run;
    let ids = || exports.iter().copied();
    let pending = scope
        .find::<bufdir_export_audit_log::Entity>()
        .filter(Export::Id.eq_any(ids()));
    let pending = pending
        .filter(Export::Status.eq(ExportStatus::Pending))
        .select_only()
        .column(Export::Id);
    let running = scope.find::<custom_report_runs::Entity>().filter(Run::Id.eq_any(ids()));
    let running = running.filter(Run::Status.eq_any([RunStatus::Pending, RunStatus::Running]));
    let running = running
        .select_only()
        .column(Run::Id)
        .into_tuple::<Uuid>()
        .all(scope)
        .await?;
    let recorded = scope
        .find::<Files>()
        .filter(Column::StorageKey.eq_any(keys.iter().cloned()));
    let recorded = recorded
        .select_only()
        .column(Column::StorageKey)
        .into_tuple()
        .all(scope)
        .await?;
    Ok(Claimed {
        pending: pending
            .into_tuple()
            .all(scope)
            .await?
            .into_iter()
            .chain(running)
            .collect(),
        recorded: recorded.into_iter().collect(),
    })
}

/// What keeps a stored object from being an orphan.
pub(in crate::export) struct Claimed {
    pub(in crate::export) pending: HashSet<Uuid>,
    pub(in crate::export) recorded: HashSet<String>,
}
