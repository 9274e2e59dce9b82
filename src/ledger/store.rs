//! The ledger's statements. Every one binds the organization as `$1`.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::enums::{ExportFormat, LedgerStatus};
use sea_orm::{FromQueryResult, Value};
use serde_json::Value as Json;
use uuid::Uuid;

use super::NewLedgerExport;
use crate::export::StoredFile;
use crate::kernel::db::{ReadScope, WriteScope};
use crate::kernel::error::{Error, Result};
use crate::kernel::loader::Batch;
use crate::kernel::page::{List, Page, PageRequest};

/// A record of the ledger.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Record {
    pub id: Uuid,
    pub generated_by_user_id: Uuid,
    pub report_period_id: Uuid,
    pub report_period_start: DateTime<Utc>,
    pub report_period_end: DateTime<Utc>,
    pub status: LedgerStatus,
    pub export_format: ExportFormat,
    pub schema_version: String,
    pub activity_count: Option<i32>,
    pub file_size_bytes: Option<i64>,
    pub file_checksum: Option<String>,
    pub download_count: i32,
    pub last_downloaded_at: Option<DateTime<Utc>>,
    pub last_downloaded_by_user_id: Option<Uuid>,
    pub error_message: Option<String>,
    pub metadata: Option<Json>,
    pub generated_at: DateTime<Utc>,
    pub completed_at: Option<DateTime<Utc>>,
    pub follows_export_id: Option<Uuid>,
}

const RECORDS: &str = "select b.id, b.generated_by_user_id, b.report_period_id, b.report_period_start,
    b.report_period_end, b.status, b.export_format, b.schema_version, b.activity_count, b.file_size_bytes,
    b.file_checksum, b.download_count, b.last_downloaded_at, b.last_downloaded_by_user_id, b.error_message, b.metadata,
    b.generated_at, b.completed_at, b.follows_export_id
    from bufdir_exports b";

/// Which records; what is `None` does not limit it.
#[derive(Clone, Debug, Default)]
pub struct LedgerFilter {
    pub status: Option<LedgerStatus>,
    pub format: Option<ExportFormat>,
    pub report_period: Option<Uuid>,
    pub generated_by: Option<Uuid>,
    /// UTC, inclusive.
    pub from: Option<DateTime<Utc>>,
    /// UTC, exclusive.
    pub until: Option<DateTime<Utc>>,
}

impl LedgerFilter {
    fn condition(&self) -> (String, Vec<Value>) {
        let limits: [(&str, Option<Value>); 6] = [
            ("b.status =", self.status.map(|status| status.as_str().into())),
            ("b.export_format =", self.format.map(|format| format.as_str().into())),
            ("b.report_period_id =", self.report_period.map(Value::from)),
            ("b.generated_by_user_id =", self.generated_by.map(Value::from)),
            ("b.generated_at >=", self.from.map(Value::from)),
            ("b.generated_at <", self.until.map(Value::from)),
        ];
        let mut condition = "b.organization_id = $1".to_owned();
        let mut values = Vec::new();
        for (limit, value) in limits {
            if let Some(value) = value {
                values.push(value);
                condition.push_str(&format!(" and {limit} ${}", values.len() + 1));
            }
        }
        (condition, values)
    }
}

/// What a filtered list adds up to.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub struct Totals {
    pub records: i64,
    pub completed: i64,
    pub failed: i64,
    pub downloads: i64,
}

/// Records by id.
pub struct Records;

impl Batch for Records {
    type Key = Uuid;
    type Value = Record;

    async fn fetch(scope: &ReadScope, ids: &[Uuid]) -> Result<HashMap<Uuid, Record>> {
        let sql = format!("{RECORDS} where b.organization_id = $1 and b.id = any ($2)");
        let rows = scope.rows(&sql, [ids.to_vec().into()]).await?;
        let records = rows.iter().map(|row| Record::from_query_result(row, ""));
        records
            .map(|record| record.map(|record| (record.id, record)).map_err(Error::from))
            .collect()
    }
}

pub async fn list(
    scope: &ReadScope,
    filter: &LedgerFilter,
    newest_first: bool,
    page: &PageRequest,
) -> Result<Page<sea_orm::QueryResult>> {
    let (condition, values) = filter.condition();
    let list = List {
        select: RECORDS,
        filter: condition,
        values,
        key: ("b.generated_at", "timestamptz"),
        id: "b.id",
        descending: newest_first,
    };
    list.fetch(scope, page).await
}

pub async fn totals(scope: &ReadScope, filter: &LedgerFilter) -> Result<Totals> {
    let (condition, values) = filter.condition();
    let sql = format!(
        "select count(*) as records, count(*) filter (where b.status = 'completed') as completed,
            count(*) filter (where b.status = 'failed') as failed, coalesce(sum(b.download_count), 0)::bigint as downloads
        from bufdir_exports b where {condition}"
    );
    let row = scope.row(&sql, values).await?;
    let row = row.ok_or_else(|| Error::internal("an aggregate without a row"))?;
    Ok(Totals::from_query_result(&row, "")?)
}

/// The period of an export: its bounds, UTC, and the year whose format holds.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub struct Period {
    pub id: Uuid,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub basis_year: i32,
}

pub async fn find_period(scope: &WriteScope, id: Uuid) -> Result<Option<Period>> {
    let sql = "select id, starts_at, ends_at, basis_year from report_periods where organization_id = $1 and id = $2";
    let row = scope.row(sql, [id.into()]).await?;
    Ok(row.map(|row| Period::from_query_result(&row, "")).transpose()?)
}

/// What an earlier export was asked for, and where it stands.
pub async fn asked_for(scope: &WriteScope, id: Uuid) -> Result<Option<(LedgerStatus, NewLedgerExport)>> {
    let sql = "select b.status, b.report_period_id, b.export_format, e.scope_level, e.scope_id, e.language,
            b.metadata -> 'grant_reference_codes' as codes
        from bufdir_exports b
        join bufdir_export_audit_log e on e.organization_id = b.organization_id and e.id = b.id
        where b.organization_id = $1 and b.id = $2";
    let Some(row) = scope.row(sql, [id.into()]).await? else {
        return Ok(None);
    };
    let codes: Json = row.try_get("", "codes")?;
    let new = NewLedgerExport {
        report_period_id: row.try_get("", "report_period_id")?,
        format: row.try_get("", "export_format")?,
        scope_level: row.try_get("", "scope_level")?,
        scope_unit: row.try_get("", "scope_id")?,
        language: row.try_get("", "language")?,
        grant_reference_codes: serde_json::from_value(codes).map_err(Error::internal)?,
    };
    Ok(Some((row.try_get("", "status")?, new)))
}

/// A record to be.
pub struct NewRecord<'a> {
    pub id: Uuid,
    pub follows: Option<Uuid>,
    pub period: &'a Period,
    pub format: ExportFormat,
    pub format_version: &'a str,
    pub metadata: Json,
}

pub async fn insert(scope: &WriteScope, record: NewRecord<'_>) -> Result<()> {
    let sql = "insert into bufdir_exports (organization_id, id, generated_by_user_id, report_period_id,
            report_period_start, report_period_end, status, export_format, schema_version, metadata, follows_export_id,
            generated_at, created_at, updated_at)
        values ($1, $2, $3, $4, $5, $6, 'pending', $7, $8, $9, $10, $11, $11, $11)";
    let values: [Value; 10] = [
        record.id.into(),
        scope.actor().person()?.into(),
        record.period.id.into(),
        record.period.starts_at.into(),
        record.period.ends_at.into(),
        record.format.as_str().into(),
        record.format_version.into(),
        record.metadata.into(),
        record.follows.into(),
        scope.now().into(),
    ];
    scope.run(sql, values).await.map(drop)
}

/// Shows that a worker makes the file; nothing for a record that has begun already, or ended.
pub async fn begin(scope: &WriteScope, id: Uuid) -> Result<()> {
    let sql = "update bufdir_exports set status = 'generating'
        where organization_id = $1 and id = $2 and status = 'pending'";
    scope.run(sql, [id.into()]).await.map(drop)
}

/// What the export was asked with.
pub async fn grant_reference_codes(scope: &ReadScope, id: Uuid) -> Result<Vec<String>> {
    let sql = "select metadata -> 'grant_reference_codes' as codes from bufdir_exports
        where organization_id = $1 and id = $2";
    let row = scope.row(sql, [id.into()]).await?;
    let row = row.ok_or(Error::NotFound("export of the ledger"))?;
    serde_json::from_value(row.try_get("", "codes")?).map_err(Error::internal)
}

/// Records the file, with what the metadata says of its snapshot. The end is not before the beginning, even where
/// another server's clock made that.
pub async fn complete(scope: &WriteScope, id: Uuid, file: &StoredFile, activities: i32, metadata: &Json) -> Result<()> {
    let sql = "update bufdir_exports set status = 'completed', completed_at = greatest($3, generated_at),
            file_path = $4, file_size_bytes = $5, file_checksum = $6, activity_count = $7, metadata = metadata || $8
        where organization_id = $1 and id = $2";
    let values: [Value; 7] = [
        id.into(),
        scope.now().into(),
        file.storage_key.clone().into(),
        file.size_bytes.into(),
        hex::encode(&file.sha256).into(),
        activities.into(),
        metadata.clone().into(),
    ];
    one(scope.run(sql, values).await?)
}

pub async fn fail(scope: &WriteScope, id: Uuid, message: &str) -> Result<()> {
    let sql = "update bufdir_exports set status = 'failed', error_message = $3 where organization_id = $1 and id = $2";
    one(scope.run(sql, [id.into(), message.into()]).await?)
}

/// Fails a record whose operation has failed without it, by the operation's message; gives that where there was such a
/// record.
pub async fn fail_with_operation(scope: &WriteScope, id: Uuid) -> Result<Option<String>> {
    let sql = "update bufdir_exports b set status = 'failed', error_message = e.error_message
        from bufdir_export_audit_log e
        where b.organization_id = $1 and b.id = $2 and b.status in ('pending', 'generating')
            and e.organization_id = $1 and e.id = $2 and e.status = 'failed'
        returning b.error_message";
    let row = scope.row(sql, [id.into()]).await?;
    Ok(row.map(|row| row.try_get("", "error_message")).transpose()?)
}

/// A policy that hides a row makes an update touch none, and says nothing.
fn one(rows: u64) -> Result<()> {
    if rows == 1 {
        Ok(())
    } else {
        Err(Error::internal(format!("{rows} records were written instead of one")))
    }
}

pub async fn unit_name(scope: &ReadScope, unit: Uuid) -> Result<String> {
    let sql = "select name from organizational_units where organization_id = $1 and id = $2";
    let row = scope.row(sql, [unit.into()]).await?;
    Ok(row.ok_or(Error::NotFound("organizational unit"))?.try_get("", "name")?)
}
