//! Statements about runs and what they leave on their definition. Every one binds the organization as `$1`.

use chrono::{DateTime, Utc};
use entity::enums::{CustomOutputFormat, Language, RunStatus, RunTrigger};
use render::ControlTotals;
use sea_orm::{FromQueryResult, QueryResult, Value};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::Run;
use crate::custom_report::store::record;
use crate::custom_report::{LocalDates, Record};
use crate::export::{ExportFailure, StoredFile, stored_file};
use crate::kernel::db::{ReadScope, WriteScope};
use crate::kernel::error::{Error, Result};
use crate::kernel::page::{List, Page, PageRequest};

const RUNS: &str = "select r.organization_id, r.id, r.custom_report_id, r.requested_by_user_id, r.support_access_id,
        r.trigger, r.due_at, r.status, r.output_format, r.language, r.date_from, r.date_to, r.definition, r.rows_so_far,
        r.row_count, r.control_totals, r.error_code, r.error_message, r.created_at, r.started_at, r.completed_at,
        r.cancel_requested_at, f.id as file_id, f.file_name, f.media_type, f.size_bytes, f.sha256, f.storage_key,
        f.renderer_version, f.download_count, f.last_downloaded_at
    from custom_report_runs r left join files f on f.organization_id = r.organization_id and f.id = r.file_id";

/// Reads a row of `RUNS`.
pub(super) fn run(row: &QueryResult) -> Result<Run> {
    Ok(Run {
        organization_id: row.try_get("", "organization_id")?,
        id: row.try_get("", "id")?,
        custom_report_id: row.try_get("", "custom_report_id")?,
        requested_by: row.try_get("", "requested_by_user_id")?,
        support_access_id: row.try_get("", "support_access_id")?,
        trigger: row.try_get("", "trigger")?,
        due_at: row.try_get("", "due_at")?,
        status: row.try_get("", "status")?,
        format: row.try_get("", "output_format")?,
        language: row.try_get("", "language")?,
        dates: LocalDates {
            from: row.try_get("", "date_from")?,
            to: row.try_get("", "date_to")?,
        },
        definition: row.try_get("", "definition")?,
        rows_so_far: row.try_get("", "rows_so_far")?,
        row_count: row.try_get("", "row_count")?,
        control_totals: row.try_get("", "control_totals")?,
        error_code: row.try_get("", "error_code")?,
        error_message: row.try_get("", "error_message")?,
        created_at: row.try_get("", "created_at")?,
        started_at: row.try_get("", "started_at")?,
        completed_at: row.try_get("", "completed_at")?,
        cancel_requested_at: row.try_get("", "cancel_requested_at")?,
        file: stored_file(row)?,
    })
}

pub(super) async fn find(scope: &ReadScope, id: Uuid) -> Result<Option<Run>> {
    let sql = format!("{RUNS} where r.organization_id = $1 and r.id = $2");
    scope.row(&sql, [id.into()]).await?.as_ref().map(run).transpose()
}

/// Holds the run's row for this transaction.
pub(super) async fn lock(scope: &WriteScope, id: Uuid) -> Result<Option<Run>> {
    let sql = format!("{RUNS} where r.organization_id = $1 and r.id = $2 for update of r");
    scope.row(&sql, [id.into()]).await?.as_ref().map(run).transpose()
}

/// The definition's runs, the newest first.
pub(super) async fn list(scope: &ReadScope, report: Uuid, page: &PageRequest) -> Result<Page<QueryResult>> {
    let list = List {
        select: RUNS,
        filter: "r.organization_id = $1 and r.custom_report_id = $2".to_owned(),
        values: vec![report.into()],
        key: ("r.created_at", "timestamptz"),
        id: "r.id",
        descending: true,
    };
    list.fetch(scope, page).await
}

/// The definition, a deleted one too.
pub(super) async fn find_report(scope: &WriteScope, id: Uuid) -> Result<Option<Record>> {
    let sql = "select * from custom_reports where organization_id = $1 and id = $2";
    scope.row(sql, [id.into()]).await?.as_ref().map(record).transpose()
}

/// A run to be.
pub(super) struct NewRun {
    pub report: Uuid,
    pub trigger: RunTrigger,
    pub due_at: Option<DateTime<Utc>>,
    pub format: CustomOutputFormat,
    pub language: Language,
    pub dates: LocalDates,
    pub definition: Json,
    /// The grant under which it acts.
    pub support_access: Option<Uuid>,
}

/// Whether it was written: a schedule's run is there once for each time that it was due.
pub(super) async fn insert(scope: &WriteScope, id: Uuid, new: NewRun) -> Result<bool> {
    let sql = "insert into custom_report_runs (organization_id, id, custom_report_id, requested_by_user_id,
            support_access_id, trigger, due_at, status, output_format, language, date_from, date_to, definition, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, 'pending', $8, $9, $10, $11, $12, $13)
        on conflict (organization_id, custom_report_id, due_at) do nothing";
    let values: [Value; 12] = [
        id.into(),
        new.report.into(),
        scope.actor().person()?.into(),
        new.support_access.into(),
        new.trigger.as_str().into(),
        new.due_at.into(),
        new.format.as_str().into(),
        new.language.as_str().into(),
        new.dates.from.into(),
        new.dates.to.into(),
        new.definition.into(),
        scope.now().into(),
    ];
    Ok(scope.run(sql, values).await? == 1)
}

/// Shows that a worker has taken the run up, perhaps once more.
pub(super) async fn begin(scope: &WriteScope, id: Uuid) -> Result<()> {
    let sql = "update custom_report_runs
        set status = 'running', started_at = coalesce(started_at, greatest($3, created_at)), rows_so_far = 0
        where organization_id = $1 and id = $2";
    one(scope.run(sql, [id.into(), scope.now().into()]).await?)
}

/// Tells how many rows are written; gives whether somebody wants the run to end, or it has ended.
pub(super) async fn save_progress(scope: &WriteScope, id: Uuid, rows: u64) -> Result<bool> {
    let sql = "update custom_report_runs set rows_so_far = $3
        where organization_id = $1 and id = $2 and status = 'running' and cancel_requested_at is null";
    Ok(scope.run(sql, [id.into(), whole(rows).into()]).await? == 0)
}

/// Somebody wants the run to end. One that no worker has taken up ends at once.
pub(super) async fn request_cancellation(scope: &WriteScope, run: &Run) -> Result<()> {
    let sql = "update custom_report_runs set cancel_requested_at = $3, cancel_requested_by_user_id = $4,
            status = case status when 'pending' then 'cancelled' else status end,
            completed_at = case status when 'pending' then greatest($3, created_at) end
        where organization_id = $1 and id = $2";
    let values: [Value; 3] = [run.id.into(), scope.now().into(), scope.actor().person()?.into()];
    one(scope.run(sql, values).await?)
}

pub(super) async fn succeed(scope: &WriteScope, run: &Run, file: &StoredFile, totals: &ControlTotals) -> Result<()> {
    let sql =
        "update custom_report_runs set status = 'succeeded', completed_at = greatest($3, started_at), file_id = $4,
            rows_so_far = $5, row_count = $5, control_totals = $6
        where organization_id = $1 and id = $2";
    let values: [Value; 5] = [
        run.id.into(),
        scope.now().into(),
        file.id.into(),
        whole(totals.rows()).into(),
        control_totals(totals).into(),
    ];
    one(scope.run(sql, values).await?)
}

/// Each column of numbers with its sum, and with how many hidden cells that leaves out.
pub(super) fn control_totals(totals: &ControlTotals) -> Json {
    let sums = totals.sums();
    sums.map(|of| json!({ "column": of.column, "label": of.header, "sum": of.sum.to_string(), "hidden": of.hidden }))
        .collect()
}

pub(super) async fn fail(scope: &WriteScope, run: &Run, failure: &ExportFailure) -> Result<()> {
    let sql = "update custom_report_runs set status = 'failed', error_code = $4, error_message = $5,
            completed_at = greatest($3, created_at, started_at)
        where organization_id = $1 and id = $2";
    let values: [Value; 4] = [
        run.id.into(),
        scope.now().into(),
        failure.code.as_str().into(),
        failure.message.clone().into(),
    ];
    one(scope.run(sql, values).await?)
}

pub(super) async fn cancel(scope: &WriteScope, run: &Run) -> Result<()> {
    let sql = "update custom_report_runs set status = 'cancelled', completed_at = greatest($3, created_at, started_at)
        where organization_id = $1 and id = $2";
    one(scope.run(sql, [run.id.into(), scope.now().into()]).await?)
}

/// What came of the latest run. The file stays that of the latest run that has one.
pub(super) async fn save_result(
    scope: &WriteScope,
    run: &Run,
    status: RunStatus,
    result: Option<(u64, &StoredFile)>,
) -> Result<()> {
    let sql = "update custom_reports set last_run_at = $3, last_run_status = $4, last_run_row_count = $5,
            last_output_file_url = coalesce($6, last_output_file_url)
        where organization_id = $1 and id = $2 and (last_run_at is null or last_run_at <= $3)";
    let values: [Value; 5] = [
        run.custom_report_id.into(),
        run.started_at.unwrap_or(run.created_at).into(),
        status.as_str().into(),
        result.map(|(rows, _)| whole(rows)).into(),
        result.map(|(_, file)| file.storage_key.clone()).into(),
    ];
    scope.run(sql, values).await.map(drop)
}

/// A definition's schedule, held for this transaction.
#[derive(Clone, Debug, FromQueryResult)]
pub(in crate::custom_report) struct Scheduled {
    pub name: String,
    pub created_by_user_id: Uuid,
    pub created_under_support_access_id: Option<Uuid>,
    pub schedule_cron: String,
    /// UTC.
    pub next_run_at: DateTime<Utc>,
    pub schedule_failures: i32,
}

/// The schedule, unless there is none (any more).
pub(in crate::custom_report) async fn lock_schedule(scope: &WriteScope, report: Uuid) -> Result<Option<Scheduled>> {
    held_schedule(scope, report, "").await
}

/// The same, unless another worker holds it.
pub(in crate::custom_report) async fn claim_schedule(scope: &WriteScope, report: Uuid) -> Result<Option<Scheduled>> {
    held_schedule(scope, report, "skip locked").await
}

async fn held_schedule(scope: &WriteScope, report: Uuid, waiting: &str) -> Result<Option<Scheduled>> {
    let sql = format!(
        "select name, created_by_user_id, created_under_support_access_id, schedule_cron, next_run_at, schedule_failures
        from custom_reports where organization_id = $1 and id = $2 and is_scheduled and is_active for update {waiting}"
    );
    let row = scope.row(&sql, [report.into()]).await?;
    Ok(row.map(|row| Scheduled::from_query_result(&row, "")).transpose()?)
}

/// Whose schedule it is.
pub(in crate::custom_report) async fn owner(scope: &ReadScope, report: Uuid) -> Result<Option<Uuid>> {
    let sql = "select created_by_user_id from custom_reports where organization_id = $1 and id = $2";
    let row = scope.row(sql, [report.into()]).await?;
    Ok(row.map(|row| row.try_get("", "created_by_user_id")).transpose()?)
}

/// When the schedule comes due next, and how many failures in a row it has behind it.
pub(in crate::custom_report) async fn save_schedule(
    scope: &WriteScope,
    report: Uuid,
    next: DateTime<Utc>,
    failures: i32,
) -> Result<()> {
    let sql = "update custom_reports set next_run_at = $3, schedule_failures = $4
        where organization_id = $1 and id = $2";
    one(scope.run(sql, [report.into(), next.into(), failures.into()]).await?)
}

pub(in crate::custom_report) async fn disable_schedule(
    scope: &WriteScope,
    report: Uuid,
    failures: i32,
    reason: &str,
) -> Result<()> {
    let sql = "update custom_reports set is_scheduled = false, next_run_at = null, schedule_failures = $3,
            schedule_disabled_reason = $4
        where organization_id = $1 and id = $2";
    one(scope.run(sql, [report.into(), failures.into(), reason.into()]).await?)
}

/// The column holds as many as the database's integers do; a file of more is not to be had.
fn whole(rows: u64) -> i32 {
    i32::try_from(rows).unwrap_or(i32::MAX)
}

/// A policy that hides a row makes an update touch none, and says nothing.
fn one(rows: u64) -> Result<()> {
    if rows == 1 {
        Ok(())
    } else {
        Err(Error::internal(format!("{rows} rows were written instead of one")))
    }
}
