//! SQL about stored files: found for a download, counted, and held against the storage.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use entity::enums::AuditAction;
use sea_orm::{QueryResult, Value};
use uuid::Uuid;

use super::{one, stored_file};
use crate::export::download::{FileOrigin, FileRight, Stored};
use crate::kernel::db::{ReadScope, WriteScope};
use crate::kernel::error::{Error, Result};

/// A stored file, with what a download of it needs: an export's, a custom report's run's, or the log's. Coordinators see
/// neither the ledger's nor the log's.
pub(in crate::export) async fn exported_file(scope: &ReadScope, file: Uuid) -> Result<Option<Stored>> {
    let sql = "select made.origin, made.report_id, f.id as file_id, f.file_name, f.media_type, f.size_bytes, f.sha256,
            f.storage_key, f.renderer_version, f.download_count, f.last_downloaded_at
        from files f left join (
            select file_id, origin, report_id from bufdir_export_audit_log where organization_id = $1 and id = $2
            union all
            select file_id, 'custom_report', null from custom_report_runs where organization_id = $1 and id = $2
        ) made on made.file_id = f.id
        where f.organization_id = $1 and f.id = $2 and (made.file_id is not null or f.of_audit_log)";
    let Some(row) = scope.row(sql, [file.into()]).await? else {
        return Ok(None);
    };
    let (right, report_id) = (origin(&row)?.right(), row.try_get("", "report_id")?);
    Ok(stored_file(&row)?.map(|file| Stored { file, right, report_id }))
}

fn origin(row: &QueryResult) -> Result<FileOrigin> {
    let origin: Option<String> = row.try_get("", "origin")?;
    match origin.as_deref() {
        Some("report") => Ok(FileOrigin::Report),
        Some("ledger") => Ok(FileOrigin::Ledger),
        Some("custom_report") => Ok(FileOrigin::CustomReport),
        None => Ok(FileOrigin::AuditLog),
        Some(_) => Err(Error::internal("a file of unknown origin")),
    }
}

/// Whether the export, or the run, is there and has no file (yet).
pub(in crate::export) async fn is_without_file(scope: &ReadScope, id: Uuid) -> Result<bool> {
    let sql = "select from bufdir_export_audit_log where organization_id = $1 and id = $2 and file_id is null
        union all select from custom_report_runs where organization_id = $1 and id = $2 and file_id is null";
    Ok(scope.row(sql, [id.into()]).await?.is_some())
}

/// Whether the person began to download the file since then. Looks through the report's trail, which is short; of the
/// ledger's files through the log since then.
pub(in crate::export) async fn download_begun(
    scope: &ReadScope,
    stored: &Stored,
    person: Uuid,
    since: DateTime<Utc>,
) -> Result<bool> {
    let sql = "select from audit_logs where organization_id = $1 and ($2::uuid is null or report_id = $2) and action = $3 and subject_id = $4
            and actor_user_id = $5 and created_at >= $6 and id >= app.uuid_floor($6)
        limit 1";
    let action = AuditAction::FileDownloaded.as_str();
    let values: [Value; 5] = [
        stored.report_id.into(),
        action.into(),
        stored.file.id.into(),
        person.into(),
        since.into(),
    ];
    Ok(scope.row(sql, values).await?.is_some())
}

/// One download more. The row's lock makes concurrent ones count exactly; the ledger's record follows by a trigger.
pub(in crate::export) async fn count_download(scope: &WriteScope, file: Uuid, person: Uuid) -> Result<()> {
    let sql = "update files set download_count = download_count + 1, last_downloaded_by_user_id = $3,
            last_downloaded_at = greatest($4, last_downloaded_at)
        where organization_id = $1 and id = $2";
    one(scope.run(sql, [file.into(), person.into(), scope.now().into()]).await?)
}

/// Ids of these exports and runs that are under way, or whose file is recorded under one of these keys.
pub(in crate::export) async fn claimed(scope: &ReadScope, exports: &[Uuid], keys: &[String]) -> Result<Claimed> {
    let pending = "select id from bufdir_export_audit_log
        where organization_id = $1 and id = any ($2) and status = 'pending'
        union all
        select id from custom_report_runs
        where organization_id = $1 and id = any ($2) and status in ('pending', 'running')";
    let recorded = "select storage_key from files where organization_id = $1 and storage_key = any ($2)";
    let pending = scope.rows(pending, [exports.to_vec().into()]).await?;
    let recorded = scope.rows(recorded, [keys.to_vec().into()]).await?;
    Ok(Claimed {
        pending: pending
            .iter()
            .map(|row| row.try_get("", "id"))
            .collect::<Result<_, _>>()?,
        recorded: recorded
            .iter()
            .map(|row| row.try_get("", "storage_key"))
            .collect::<Result<_, _>>()?,
    })
}

/// What keeps a stored object from being an orphan.
pub(in crate::export) struct Claimed {
    pub(in crate::export) pending: HashSet<Uuid>,
    pub(in crate::export) recorded: HashSet<String>,
}
