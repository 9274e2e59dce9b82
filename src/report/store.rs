//! The report slice's statements. Private: use cases are in the module above.

use chrono::{DateTime, NaiveDate, Utc};
use entity::enums::{ExportFormat, ReportStatus, Role, WarningCode};
use rust_decimal::Decimal;
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::kernel::db::{WriteScope, scoped};
use crate::kernel::error::{Error, Result};

/// A report without its data, which is large and has a statement of its own.
#[derive(Clone, Debug, FromQueryResult)]
pub struct ReportRow {
    pub id: Uuid,
    pub report_period_id: Uuid,
    pub reporting_period_start: DateTime<Utc>,
    pub reporting_period_end: DateTime<Utc>,
    pub status: ReportStatus,
    pub bufdir_format_version: String,
    pub current_generation: i32,
    pub activity_count: Option<i32>,
    pub participant_count: Option<i32>,
    pub volunteer_count: Option<i32>,
    pub total_hours: Option<Decimal>,
    pub generated_at: Option<DateTime<Utc>>,
    pub generated_by_user_id: Option<Uuid>,
    pub export_format: Option<ExportFormat>,
    pub exported_at: Option<DateTime<Utc>>,
    pub exported_by_user_id: Option<Uuid>,
    pub export_file_path: Option<String>,
    pub failure_reason: Option<String>,
    pub notes: Option<String>,
    pub requested_by_user_id: Uuid,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// All columns of [`ReportRow`].
pub const REPORTS: &str = "select r.id, r.report_period_id, r.reporting_period_start, r.reporting_period_end, r.status,
    r.bufdir_format_version, r.current_generation, r.activity_count, r.participant_count, r.volunteer_count,
    r.total_hours, r.generated_at, r.generated_by_user_id, r.export_format, r.exported_at, r.exported_by_user_id,
    r.export_file_path, r.failure_reason, r.notes, r.requested_by_user_id, r.created_at, r.updated_at
    from bufdir_reports r";

/// A report period.
#[derive(Clone, Debug, FromQueryResult)]
pub struct PeriodRow {
    pub id: Uuid,
    pub name: String,
    pub first_date: NaiveDate,
    pub last_date: NaiveDate,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub basis_year: i32,
    pub created_by_user_id: Uuid,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// All columns of [`PeriodRow`].
pub const PERIODS: &str = "select p.id, p.name, p.first_date, p.last_date, p.starts_at, p.ends_at, p.basis_year,
    p.created_by_user_id, p.created_at, p.updated_at from report_periods p";

/// A generation without its data.
#[derive(Clone, Debug, FromQueryResult)]
pub struct GenerationRow {
    pub id: Uuid,
    pub report_id: Uuid,
    pub number: i32,
    pub format_version: String,
    pub rules_hash: Vec<u8>,
    pub data_hash: Vec<u8>,
    pub activity_count: i32,
    pub participant_count: i32,
    pub volunteer_count: i32,
    pub total_hours: Decimal,
    pub pending_activities: i32,
    pub rejected_activities: i32,
    pub verdict_days: Json,
    pub organization_name: String,
    pub period_name: String,
    pub generated_at: DateTime<Utc>,
    pub generated_by_user_id: Uuid,
    pub submitted_at: Option<DateTime<Utc>>,
    pub submitted_by_user_id: Option<Uuid>,
    pub submitted_by_role: Option<Role>,
    pub submission_reference: Option<String>,
}

/// All columns of [`GenerationRow`].
pub const GENERATIONS: &str = "select g.id, g.report_id, g.number, g.format_version, g.rules_hash, g.data_hash,
    g.activity_count, g.participant_count, g.volunteer_count, g.total_hours, g.pending_activities, g.rejected_activities,
    g.verdict_days, g.organization_name, g.period_name, g.generated_at, g.generated_by_user_id, g.submitted_at,
    g.submitted_by_user_id, g.submitted_by_role, g.submission_reference from report_generations g";

/// What a generation says, by field id, and what the same period a year earlier said.
#[derive(Clone, Debug, FromQueryResult)]
pub struct GenerationData {
    pub id: Uuid,
    pub format_version: String,
    pub report_data: Json,
    pub year_before: Option<Json>,
}

/// A warning of a generation.
#[derive(Clone, Debug, FromQueryResult)]
pub struct WarningRow {
    pub generation_id: Uuid,
    pub code: WarningCode,
    pub message_nb: String,
    pub message_en: String,
    pub details: Json,
    pub raised_at: DateTime<Utc>,
    pub accepted_at: Option<DateTime<Utc>>,
    pub accepted_by_user_id: Option<Uuid>,
    pub accepted_by_role: Option<Role>,
}

/// The latest version of a period's figure.
#[derive(Clone, Debug, FromQueryResult)]
pub struct FigureRow {
    pub field: String,
    pub version: i32,
    pub value: Option<Json>,
    pub entered_by_user_id: Uuid,
    pub entered_at: DateTime<Utc>,
}

pub async fn find_report(db: &impl ConnectionTrait, organization: Uuid, id: Uuid) -> Result<Option<ReportRow>> {
    let sql = format!("{REPORTS} where r.organization_id = $1 and r.id = $2");
    one(db, organization, &sql, [id.into()]).await
}

/// The report, locked until the transaction ends: nobody else changes it. Its trail goes on, since entries only need it
/// not to be deleted; a lock against that, too, could wait for the chain's head that another entry holds.
pub async fn lock_report(scope: &WriteScope, id: Uuid) -> Result<ReportRow> {
    let sql = format!("{REPORTS} where r.organization_id = $1 and r.id = $2 for no key update");
    one(scope, scope.organization(), &sql, [id.into()])
        .await?
        .ok_or(Error::NotFound("report"))
}

pub async fn find_period(db: &impl ConnectionTrait, organization: Uuid, id: Uuid) -> Result<Option<PeriodRow>> {
    let sql = format!("{PERIODS} where p.organization_id = $1 and p.id = $2");
    one(db, organization, &sql, [id.into()]).await
}

/// The period, locked until the transaction ends: its dates and figures stay as they are meanwhile.
pub async fn lock_period(scope: &WriteScope, id: Uuid) -> Result<PeriodRow> {
    let sql = format!("{PERIODS} where p.organization_id = $1 and p.id = $2 for update");
    one(scope, scope.organization(), &sql, [id.into()])
        .await?
        .ok_or(Error::NotFound("report period"))
}

pub async fn report_of_period(
    db: &impl ConnectionTrait,
    organization: Uuid,
    period: Uuid,
) -> Result<Option<ReportRow>> {
    let sql = format!("{REPORTS} where r.organization_id = $1 and r.report_period_id = $2");
    one(db, organization, &sql, [period.into()]).await
}

/// The generation that the report's columns show.
pub async fn current_generation(
    db: &impl ConnectionTrait,
    organization: Uuid,
    report: &ReportRow,
) -> Result<Option<GenerationRow>> {
    let sql = format!("{GENERATIONS} where g.organization_id = $1 and g.report_id = $2 and g.number = $3");
    one(
        db,
        organization,
        &sql,
        [report.id.into(), report.current_generation.into()],
    )
    .await
}

pub async fn find_generation(db: &impl ConnectionTrait, organization: Uuid, id: Uuid) -> Result<Option<GenerationRow>> {
    let sql = format!("{GENERATIONS} where g.organization_id = $1 and g.id = $2");
    one(db, organization, &sql, [id.into()]).await
}

pub async fn generations_of(
    db: &impl ConnectionTrait,
    organization: Uuid,
    reports: &[Uuid],
) -> Result<Vec<GenerationRow>> {
    let sql = format!("{GENERATIONS} where g.organization_id = $1 and g.report_id = any ($2) order by g.number desc");
    all(db, organization, &sql, [reports.to_vec().into()]).await
}

pub async fn generation_data(
    db: &impl ConnectionTrait,
    organization: Uuid,
    generations: &[Uuid],
) -> Result<Vec<GenerationData>> {
    let sql = "select g.id, g.format_version, g.report_data, g.year_before from report_generations g
        where g.organization_id = $1 and g.id = any ($2)";
    all(db, organization, sql, [generations.to_vec().into()]).await
}

pub async fn warnings_of(
    db: &impl ConnectionTrait,
    organization: Uuid,
    generations: &[Uuid],
) -> Result<Vec<WarningRow>> {
    let sql =
        "select generation_id, code, message_nb, message_en, details, raised_at, accepted_at, accepted_by_user_id,
            accepted_by_role
        from report_warnings where organization_id = $1 and generation_id = any ($2) order by raised_at, code";
    all(db, organization, sql, [generations.to_vec().into()]).await
}

/// The figures that hold for the period; those taken back are left out.
pub async fn figures_of(db: &impl ConnectionTrait, organization: Uuid, period: Uuid) -> Result<Vec<FigureRow>> {
    let sql = "select * from (
            select distinct on (field) field, version, value, entered_by_user_id, entered_at from period_figures
            where organization_id = $1 and report_period_id = $2 order by field, version desc) latest
        where value is not null";
    all(db, organization, sql, [period.into()]).await
}

/// The number of the latest version of a figure; 0 when there is none. The period's lock makes it stay so.
pub async fn figure_version(scope: &WriteScope, period: Uuid, field: &str) -> Result<i32> {
    let sql = "select coalesce(max(version), 0) as version from period_figures
        where organization_id = $1 and report_period_id = $2 and field = $3";
    let row = scope.row(sql, [period.into(), field.into()]).await?;
    row.ok_or_else(|| Error::internal("an aggregate without a row"))?
        .try_get("", "version")
        .map_err(Error::from)
}

/// The data of the same dates a year earlier, of that report's current generation.
pub async fn year_before(db: &impl ConnectionTrait, organization: Uuid, period: &PeriodRow) -> Result<Option<Json>> {
    let sql = "select g.report_data as value from report_periods p
        join bufdir_reports r on r.organization_id = p.organization_id and r.report_period_id = p.id
        join report_generations g on g.organization_id = r.organization_id and g.report_id = r.id
            and g.number = r.current_generation
        where p.organization_id = $1 and p.basis_year = $2 - 1
            and to_char(p.first_date, 'MM-DD') = to_char($3::date, 'MM-DD')
            and to_char(p.last_date, 'MM-DD') = to_char($4::date, 'MM-DD')";
    let values = [
        period.basis_year.into(),
        period.first_date.into(),
        period.last_date.into(),
    ];
    let found: Option<JsonRow> = one(db, organization, sql, values).await?;
    Ok(found.map(|row| row.value))
}

#[derive(FromQueryResult)]
struct JsonRow {
    value: Json,
}

/// The organization's name and number, as they are now.
pub async fn organization_facts(db: &impl ConnectionTrait, organization: Uuid) -> Result<(String, String)> {
    let statement = scoped(
        "select name, organization_number from organizations where id = $1",
        organization,
        [],
    );
    let row = db
        .query_one_raw(statement)
        .await?
        .ok_or(Error::NotFound("organization"))?;
    Ok((row.try_get("", "name")?, row.try_get("", "organization_number")?))
}

/// The key under which the year's participants enter content hashes, made now where it is missing; none once it has been
/// erased. Workers only.
pub async fn make_participant_key(scope: &WriteScope, basis_year: i32) -> Result<Option<Vec<u8>>> {
    let mut fresh = [0_u8; 32];
    rand::TryRng::try_fill_bytes(&mut rand::rngs::SysRng, &mut fresh).map_err(Error::internal)?;
    let sql = "insert into participant_keys (organization_id, basis_year, key) values ($1, $2, $3)
        on conflict (organization_id, basis_year) do nothing";
    scope.run(sql, [basis_year.into(), fresh.to_vec().into()]).await?;
    participant_key(scope, basis_year).await
}

/// The year's key; none before the first generation, and once it has been erased.
pub async fn participant_key(scope: &WriteScope, basis_year: i32) -> Result<Option<Vec<u8>>> {
    let sql = "select key from participant_keys where organization_id = $1 and basis_year = $2";
    match scope.row(sql, [basis_year.into()]).await? {
        Some(row) => Ok(row.try_get("", "key")?),
        None => Ok(None),
    }
}

/// Records how far a job has come; commits with the transaction.
pub async fn set_progress(scope: &WriteScope, subject: Uuid, step: &str, percent: i16) -> Result<()> {
    let sql = "insert into job_progress (organization_id, subject_id, step, percent, updated_at)
        values ($1, $2, $3, $4, app.now())
        on conflict (organization_id, subject_id) do update
            set step = excluded.step, percent = excluded.percent, updated_at = excluded.updated_at";
    scope
        .run(sql, [subject.into(), step.into(), percent.into()])
        .await
        .map(drop)
}

pub async fn clear_progress(scope: &WriteScope, subject: Uuid) -> Result<()> {
    let sql = "delete from job_progress where organization_id = $1 and subject_id = $2";
    scope.run(sql, [subject.into()]).await.map(drop)
}

pub async fn one<R: FromQueryResult>(
    db: &impl ConnectionTrait,
    organization: Uuid,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Option<R>> {
    Ok(R::find_by_statement(scoped(sql, organization, values)).one(db).await?)
}

pub async fn all<R: FromQueryResult>(
    db: &impl ConnectionTrait,
    organization: Uuid,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<R>> {
    Ok(R::find_by_statement(scoped(sql, organization, values)).all(db).await?)
}
