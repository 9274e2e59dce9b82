//! SQL of the export slice. Every statement binds the organization as `$1`.

mod files;

pub(super) use files::{claimed, count_download, download_begun, exported_file, is_without_file};

use entity::enums::ExportStatus;
use sea_orm::{QueryResult, Value};
use uuid::Uuid;

use super::failure::ExportFailure;
use super::operations::{ExportSource, NewExport, Operation, OperationFilter, Product, Progress, StoredFile};
use crate::kernel::db::{ReadScope, WriteScope};
use crate::kernel::error::{Error, Result};
use crate::kernel::page::{Cursor, List, Page, PageRequest, with_cursor};

const OPERATIONS: &str = "select e.id, e.organization_id, e.triggered_by_user_id, e.report_period_id, e.status,
        e.export_format, e.scope_level, e.scope_id, e.origin, e.report_id, e.report_generation_id, e.language,
        e.support_access_id, e.activity_count, e.participant_count, e.bufdir_submission_reference, e.error_code,
        e.error_message, e.column_schema_version, e.created_at, e.completed_at, f.id as file_id, f.file_name,
        f.media_type, f.size_bytes, f.sha256, f.storage_key, f.renderer_version, f.download_count,
        f.last_downloaded_at, j.step, j.percent
    from bufdir_export_audit_log e
        left join files f on f.organization_id = e.organization_id and f.id = e.file_id
        left join job_progress j on j.organization_id = e.organization_id and j.subject_id = e.id";

const KEY: (&str, &str) = ("e.created_at", "timestamptz");

/// Reads a row of `OPERATIONS`.
pub(super) fn operation(row: &QueryResult) -> Result<Operation> {
    Ok(Operation {
        id: row.try_get("", "id")?,
        organization_id: row.try_get("", "organization_id")?,
        requested_by: row.try_get("", "triggered_by_user_id")?,
        report_period_id: row.try_get("", "report_period_id")?,
        status: row.try_get("", "status")?,
        format: row.try_get("", "export_format")?,
        scope_level: row.try_get("", "scope_level")?,
        scope_id: row.try_get("", "scope_id")?,
        origin: row.try_get("", "origin")?,
        report_id: row.try_get("", "report_id")?,
        generation_id: row.try_get("", "report_generation_id")?,
        language: row.try_get("", "language")?,
        support_access_id: row.try_get("", "support_access_id")?,
        activity_count: row.try_get("", "activity_count")?,
        participant_count: row.try_get("", "participant_count")?,
        submission_reference: row.try_get("", "bufdir_submission_reference")?,
        error_code: row.try_get("", "error_code")?,
        error_message: row.try_get("", "error_message")?,
        format_version: row.try_get("", "column_schema_version")?,
        created_at: row.try_get("", "created_at")?,
        completed_at: row.try_get("", "completed_at")?,
        file: stored_file(row)?,
        progress: progress(row)?,
    })
}

/// The file of a row that has a file's columns, its id as `file_id`; none where that is null.
pub(super) fn stored_file(row: &QueryResult) -> Result<Option<StoredFile>> {
    let Some(id) = row.try_get::<Option<Uuid>>("", "file_id")? else {
        return Ok(None);
    };
    Ok(Some(StoredFile {
        id,
        file_name: row.try_get("", "file_name")?,
        media_type: row.try_get("", "media_type")?,
        size_bytes: row.try_get("", "size_bytes")?,
        sha256: row.try_get("", "sha256")?,
        storage_key: row.try_get("", "storage_key")?,
        renderer_version: row.try_get("", "renderer_version")?,
        download_count: row.try_get("", "download_count")?,
        last_downloaded_at: row.try_get("", "last_downloaded_at")?,
    }))
}

fn progress(row: &QueryResult) -> Result<Option<Progress>> {
    let Some(step) = row.try_get::<Option<String>>("", "step")? else {
        return Ok(None);
    };
    Ok(Some(Progress {
        step,
        percent: row.try_get("", "percent")?,
    }))
}

pub(super) async fn find(scope: &ReadScope, id: Uuid) -> Result<Option<Operation>> {
    let sql = format!("{OPERATIONS} where e.organization_id = $1 and e.id = $2");
    scope.row(&sql, [id.into()]).await?.as_ref().map(operation).transpose()
}

/// Those of these operations that there are, in no order.
pub(super) async fn find_all(scope: &ReadScope, ids: &[Uuid]) -> Result<Vec<Operation>> {
    let sql = format!("{OPERATIONS} where e.organization_id = $1 and e.id = any ($2)");
    let rows = scope.rows(&sql, [ids.to_vec().into()]).await?;
    rows.iter().map(operation).collect()
}

pub(super) async fn list(
    scope: &ReadScope,
    filter: &OperationFilter,
    newest_first: bool,
    page: &PageRequest,
) -> Result<Page<QueryResult>> {
    let limits: [(&str, Option<Value>); 7] = [
        ("e.status", filter.status.map(|status| status.as_str().into())),
        ("e.export_format", filter.format.map(|format| format.as_str().into())),
        ("e.origin", filter.origin.map(|origin| origin.as_str().into())),
        ("e.scope_level", filter.scope_level.map(|level| level.as_str().into())),
        ("e.scope_id", filter.scope_id.map(Value::from)),
        ("e.report_period_id", filter.report_period_id.map(Value::from)),
        ("e.report_id", filter.report_id.map(Value::from)),
    ];
    let mut condition = "e.organization_id = $1".to_owned();
    let mut values = Vec::new();
    for (column, value) in limits {
        if let Some(value) = value {
            values.push(value);
            condition.push_str(&format!(" and {column} = ${}", values.len() + 1));
        }
    }
    let list = List {
        select: OPERATIONS,
        filter: condition,
        values,
        key: KEY,
        id: "e.id",
        descending: newest_first,
    };
    list.fetch(scope, page).await
}

/// The newest operations of each report, at most `limit` of each, in no order between reports.
pub(super) async fn newest_of_reports(
    scope: &ReadScope,
    reports: &[Uuid],
    limit: u64,
) -> Result<Vec<(Cursor, Operation)>> {
    let select = with_cursor(OPERATIONS, KEY.0, "e.id");
    let sql = format!(
        "{select} where e.organization_id = $1 and e.id in (
            select id from (
                select id, row_number() over (partition by report_id order by created_at desc, id desc) as place
                from bufdir_export_audit_log where organization_id = $1 and report_id = any ($2)
            ) as placed where place <= $3)
        order by e.created_at desc, e.id desc"
    );
    let rows = scope
        .rows(
            &sql,
            [
                reports.to_vec().into(),
                i64::try_from(limit).map_err(Error::internal)?.into(),
            ],
        )
        .await?;
    rows.iter().map(|row| Ok((Cursor::of(row)?, operation(row)?))).collect()
}

pub(super) async fn insert(scope: &WriteScope, id: Uuid, requester: Uuid, export: &NewExport) -> Result<()> {
    let (report, generation) = match export.source {
        ExportSource::Report {
            report_id,
            generation_id,
        } => (Some(report_id), Some(generation_id)),
        ExportSource::Ledger => (None, None),
    };
    let sql =
        "insert into bufdir_export_audit_log (organization_id, id, triggered_by_user_id, report_period_id, status,
            export_format, scope_level, scope_id, column_schema_version, created_at, origin, report_id,
            report_generation_id, language, support_access_id)
        values ($1, $2, $3, $4, 'pending', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    let values: [Value; 13] = [
        id.into(),
        requester.into(),
        export.report_period_id.into(),
        export.format.as_str().into(),
        export.scope_level.as_str().into(),
        export.scope_id.into(),
        export.format_version.clone().into(),
        scope.now().into(),
        export.source.origin().as_str().into(),
        report.into(),
        generation.into(),
        export.language.as_str().into(),
        scope.actor().support_access_id.into(),
    ];
    scope.run(sql, values).await.map(drop)
}

pub(super) async fn unit_level(scope: &WriteScope, unit: Uuid) -> Result<Option<String>> {
    let sql = "select level from organizational_units where organization_id = $1 and id = $2";
    let row = scope.row(sql, [unit.into()]).await?;
    Ok(row.map(|row| row.try_get("", "level")).transpose()?)
}

/// Whether a grant of support access holds now.
pub(super) async fn grant_holds(scope: &ReadScope, grant: Uuid) -> Result<bool> {
    let sql = "select from support_access where organization_id = $1 and id = $2 and revoked_at is null
        and app.now() >= valid_from and app.now() < valid_until";
    Ok(scope.row(sql, [grant.into()]).await?.is_some())
}

pub(super) async fn save_progress(scope: &WriteScope, id: Uuid, step: &str, percent: i16) -> Result<()> {
    let sql = "insert into job_progress (organization_id, subject_id, step, percent, updated_at)
        values ($1, $2, $3, $4, $5)
        on conflict (organization_id, subject_id) do update
            set step = excluded.step, percent = excluded.percent, updated_at = excluded.updated_at";
    let values: [Value; 4] = [id.into(), step.into(), percent.into(), scope.now().into()];
    scope.run(sql, values).await.map(drop)
}

pub(super) async fn lock_status(scope: &WriteScope, id: Uuid) -> Result<Option<ExportStatus>> {
    let sql = "select status from bufdir_export_audit_log where organization_id = $1 and id = $2 for update";
    let row = scope.row(sql, [id.into()]).await?;
    Ok(row.map(|row| row.try_get("", "status")).transpose()?)
}

/// Until the end of the transaction the database takes results of exports.
pub(super) async fn enter_service(scope: &WriteScope) -> Result<()> {
    scope
        .run("select app.enter_export_audit_service() where $1::uuid is not null", [])
        .await
        .map(drop)
}

pub(super) async fn insert_file(scope: &WriteScope, file: &StoredFile, of_audit_log: bool) -> Result<()> {
    let sql = "insert into files (organization_id, id, file_name, media_type, size_bytes, sha256, storage_key,
            renderer_version, created_at, of_audit_log)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let values: [Value; 9] = [
        file.id.into(),
        file.file_name.clone().into(),
        file.media_type.clone().into(),
        file.size_bytes.into(),
        file.sha256.clone().into(),
        file.storage_key.clone().into(),
        file.renderer_version.clone().into(),
        scope.now().into(),
        of_audit_log.into(),
    ];
    scope.run(sql, values).await.map(drop)
}

/// The end is not before the beginning, even where another server's clock made that.
pub(super) async fn complete(scope: &WriteScope, id: Uuid, product: &Product) -> Result<()> {
    let sql = "update bufdir_export_audit_log set status = 'complete', completed_at = greatest($3, created_at),
            file_id = $4, file_url = $5, file_size_bytes = $6, activity_count = $7, participant_count = $8
        where organization_id = $1 and id = $2";
    let values: [Value; 7] = [
        id.into(),
        scope.now().into(),
        product.file.id.into(),
        product.file.storage_key.clone().into(),
        product.file.size_bytes.into(),
        product.activity_count.into(),
        product.participant_count.into(),
    ];
    one(scope.run(sql, values).await?)
}

pub(super) async fn fail(scope: &WriteScope, id: Uuid, failure: &ExportFailure) -> Result<()> {
    let sql = "update bufdir_export_audit_log set status = 'failed', completed_at = greatest($3, created_at),
            error_code = $4, error_message = $5
        where organization_id = $1 and id = $2";
    let values: [Value; 4] = [
        id.into(),
        scope.now().into(),
        failure.code.as_str().into(),
        failure.message.clone().into(),
    ];
    one(scope.run(sql, values).await?)
}

/// A policy that hides a row makes an update touch none, and says nothing.
fn one(rows: u64) -> Result<()> {
    if rows == 1 {
        Ok(())
    } else {
        Err(Error::internal(format!("{rows} rows were written instead of one")))
    }
}

pub(super) async fn clear_progress(scope: &WriteScope, id: Uuid) -> Result<()> {
    let sql = "delete from job_progress where organization_id = $1 and subject_id = $2";
    scope.run(sql, [id.into()]).await.map(drop)
}
