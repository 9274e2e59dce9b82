//! Counts a period's activities by a format version's rules, in one SQL statement (docs/counting.md), so that figures
//! and frozen days come from one snapshot.
//!
//! The statement is put together from the pieces in `sql/`: included days, their verdicts, every unit's figures, what
//! is frozen, and the summary. A preview counts one unit and freezes nothing; drift needs the included days alone.

use std::sync::LazyLock;

use chrono::NaiveDate;
use counting::{Counted, FormatVersion};
use rust_decimal::Decimal;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult, QueryResult, Statement, Value};
use serde_json::Value as Json;
use uuid::Uuid;

use super::measure;

pub(super) const INCLUDED: &str = include_str!("sql/included.sql");
pub(super) const VERDICTS: &str = include_str!("sql/verdicts.sql");
const EVERY_UNIT: &str = include_str!("sql/every_unit.sql");
/// A preview shows one unit; to count all of a large organization's would take most of its time.
pub(super) const ONE_UNIT: &str = include_str!("sql/one_unit.sql");
const FIGURES: &str = include_str!("sql/figures.sql");
const SUMMARY: &str = include_str!("sql/summary.sql");
const HASHED: &str = include_str!("sql/hashed.sql");
/// Whoever stores nothing needs no hashes.
pub(super) const UNHASHED: &str = "hashed as (select included.*, null::bytea as content_hash from included),\n";

/// The planner takes the row-level policies for filters that leave a fiftieth of the rows, and would join a year's days
/// row by row. For these settings the statement runs inside a transaction.
const PLAN_FOR_MANY_ROWS: &str = "set local enable_nestloop = off; set local jit = off; set local work_mem = '64MB'";
const PLAN_AS_USUAL: &str =
    "set local enable_nestloop to default; set local jit to default; set local work_mem to default";

static FREEZE: LazyLock<String> = LazyLock::new(|| {
    let hashed = HASHED.replace("{key}", "$7");
    let freeze = include_str!("sql/freeze.sql");
    format!("with recursive\n{INCLUDED}{hashed}{VERDICTS}{EVERY_UNIT}{FIGURES}{freeze}{SUMMARY}")
});
static PREVIEW: LazyLock<String> =
    LazyLock::new(|| format!("with recursive\n{INCLUDED}{UNHASHED}{VERDICTS}{ONE_UNIT}{FIGURES}{SUMMARY}"));
static DRIFT: LazyLock<String> = LazyLock::new(|| {
    let hashed = HASHED.replace("{key}", "$5");
    let drift = include_str!("sql/drift.sql");
    format!("with\n{INCLUDED}{hashed}{drift}")
});

/// Whose activities of which dates are counted.
#[derive(Clone, Copy, Debug)]
pub struct CountedPeriod {
    /// The organization entered; bound in every statement.
    pub organization_id: Uuid,
    /// First local date (Europe/Oslo), inclusive.
    pub first_date: NaiveDate,
    /// Last local date, inclusive.
    pub last_date: NaiveDate,
}

/// How the approved days of a period differ from those that a generation froze.
#[derive(Clone, Debug, Default, PartialEq, Eq, FromQueryResult)]
pub struct Drift {
    /// Days that the generation doesn't have.
    pub added: i32,
    /// Days of the generation that are gone, or approved no longer.
    pub removed: i32,
    /// Days whose content is another.
    pub changed: i32,
    /// SHA-256, in hexadecimal digits, of which days those are and of what they hold now; none where nothing differs.
    pub days_sha256: Option<String>,
}

impl Drift {
    /// Whether anything changed.
    #[must_use]
    pub fn is_any(&self) -> bool {
        *self != Self::default()
    }
}

/// Counts the whole organization's period and freezes its days and every unit's figures under the generation, which
/// the same transaction has to store. `participants_key` is the organization's key of 32 bytes for the basis year.
///
/// # Errors
/// The database's; `DbErr::RecordNotFound` for an organization without units.
pub async fn freeze(
    db: &impl ConnectionTrait,
    period: &CountedPeriod,
    format: &FormatVersion,
    generation_id: Uuid,
    participants_key: &[u8],
) -> Result<Counted, DbErr> {
    let mut values = counting_values(period, format, None)?;
    values.extend([generation_id.into(), participants_key.to_vec().into()]);
    count(db, &FREEZE, format, values).await
}

/// Counts the period of a unit with all below it (`None`: of the organization) and stores nothing. Verdicts are the
/// same as in the organization's report.
///
/// # Errors
/// The database's; `DbErr::RecordNotFound` for a unit that the organization doesn't have.
pub async fn preview(
    db: &impl ConnectionTrait,
    period: &CountedPeriod,
    format: &FormatVersion,
    unit_id: Option<Uuid>,
) -> Result<Counted, DbErr> {
    count(db, &PREVIEW, format, counting_values(period, format, unit_id)?).await
}

/// Compares the period's approved days with those that the generation froze, by content hash.
///
/// # Errors
/// The database's.
pub async fn drift(
    db: &impl ConnectionTrait,
    period: &CountedPeriod,
    generation_id: Uuid,
    participants_key: &[u8],
) -> Result<Drift, DbErr> {
    let mut values = period_values(period);
    values.extend([generation_id.into(), participants_key.to_vec().into()]);
    one(db, DRIFT.clone(), values).await
}

fn period_values(period: &CountedPeriod) -> Vec<Value> {
    vec![
        period.organization_id.into(),
        period.first_date.into(),
        period.last_date.into(),
    ]
}

/// `$1` to `$5` of the statements that count.
pub(super) fn counting_values(
    period: &CountedPeriod,
    format: &FormatVersion,
    unit: Option<Uuid>,
) -> Result<Vec<Value>, DbErr> {
    let rules = serde_json::to_value(&format.rules).map_err(|error| DbErr::Json(error.to_string()))?;
    let mut values = period_values(period);
    values.extend([rules.into(), unit.into()]);
    Ok(values)
}

async fn count(
    db: &impl ConnectionTrait,
    sql: &str,
    format: &FormatVersion,
    values: Vec<Value>,
) -> Result<Counted, DbErr> {
    let sql = sql.replace("{figures}", &measure::json_arguments(format));
    one::<CountedRow>(db, sql, values).await?.try_into()
}

#[expect(clippy::disallowed_methods, reason = "the counting is plain SQL")]
async fn one<R: FromQueryResult>(db: &impl ConnectionTrait, sql: String, values: Vec<Value>) -> Result<R, DbErr> {
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
    let rows = planned_for_many_rows(db, statement).await?;
    let row = rows.first().map(|row| R::from_query_result(row, "")).transpose()?;
    row.ok_or_else(|| DbErr::RecordNotFound("the organization has no such unit".to_owned()))
}

/// The rows of a statement over a year's days.
#[expect(clippy::disallowed_methods, reason = "settings of the planner")]
pub(super) async fn planned_for_many_rows(
    db: &impl ConnectionTrait,
    statement: Statement,
) -> Result<Vec<QueryResult>, DbErr> {
    db.execute_unprepared(PLAN_FOR_MANY_ROWS).await?;
    let rows = db.query_all_raw(statement).await?;
    db.execute_unprepared(PLAN_AS_USUAL).await?;
    Ok(rows)
}

#[derive(FromQueryResult)]
struct CountedRow {
    unit_id: Uuid,
    activity_count: i32,
    participant_count: i32,
    volunteer_count: i32,
    total_hours: Decimal,
    figures: Json,
    attendances: i64,
    anonymous_attendances: i64,
    pending_activities: i32,
    rejected_activities: i32,
    verdicts: Json,
    overlapping_days: i32,
    co_organised_activities: i32,
}

impl TryFrom<CountedRow> for Counted {
    type Error = DbErr;

    fn try_from(row: CountedRow) -> Result<Self, DbErr> {
        let unreadable = |error: serde_json::Error| DbErr::Json(error.to_string());
        Ok(Self {
            unit_id: row.unit_id,
            activity_count: row.activity_count,
            participant_count: row.participant_count,
            volunteer_count: row.volunteer_count,
            total_hours: row.total_hours,
            figures: serde_json::from_value(row.figures).map_err(unreadable)?,
            attendances: row.attendances,
            anonymous_attendances: row.anonymous_attendances,
            pending_activities: row.pending_activities,
            rejected_activities: row.rejected_activities,
            days_by_verdict: serde_json::from_value(row.verdicts).map_err(unreadable)?,
            overlapping_days: row.overlapping_days,
            co_organised_activities: row.co_organised_activities,
        })
    }
}
