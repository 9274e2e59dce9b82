//! Runs a compiled SELECT, under row-level security, once its cost is known to be bearable.

use entity::enums::Language;
use render::Cell;
use std::pin::Pin;

use futures::{Stream, StreamExt};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult};
use serde_json::Value as Json;
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::compile::{CellKind, Compiled, OutputColumn};
use super::source::Choice;
use crate::custom_report::rules;
use crate::kernel::db::ReadScope;
use crate::kernel::error::{Error, Result};

/// The planner's own measure; a scan of all activities of an organization with a million of them costs a tenth.
pub const MAX_COST: f64 = 10_000_000.0;
/// For which a preview may run; a run's job has a time limit of its own.
const PREVIEW_SECONDS: u32 = 20;

/// The first rows, for a table on screen.
#[derive(Clone, Debug)]
pub struct PreviewRows {
    pub columns: Vec<OutputColumn>,
    pub rows: Vec<Vec<Cell>>,
    /// Whether there are more than these.
    pub more: bool,
}

/// Refuses a statement that the planner finds too costly, before it runs.
///
/// # Errors
///
/// `report_too_costly`.
pub async fn check_cost(scope: &ReadScope, compiled: &Compiled) -> Result<()> {
    check_cost_within(scope, compiled, MAX_COST).await
}

/// As [`check_cost`], with a limit of one's own.
pub async fn check_cost_within(scope: &ReadScope, compiled: &Compiled, limit: f64) -> Result<()> {
    let mut statement = DbBackend::Postgres.build(&compiled.select(None));
    statement.sql.insert_str(0, "explain (format json) ");
    let row = scope.query_one_raw(statement).await?;
    let plan: Json = row
        .ok_or_else(|| Error::internal("EXPLAIN gave no row"))?
        .try_get_by_index(0)?;
    let cost = plan.pointer("/0/Plan/Total Cost").and_then(Json::as_f64);
    let cost = cost.ok_or_else(|| Error::internal("EXPLAIN gave no cost"))?;
    if cost <= limit {
        return Ok(());
    }
    let share = cost / limit;
    let message = format!(
        "The report would take too much: {share:.1} times the limit. Narrow its dates, filter it, or leave out columns \
         that count participants."
    );
    Err(Error::rule_because(rules::REPORT_TOO_COSTLY, message))
}

#[expect(clippy::disallowed_methods, reason = "a setting")]
async fn limit_time(scope: &ReadScope) -> Result<()> {
    let timeout = format!("set local statement_timeout = '{PREVIEW_SECONDS}s'");
    scope.execute_unprepared(&timeout).await?;
    Ok(())
}

/// The first rows.
///
/// # Errors
///
/// `report_too_costly`, also for one that runs longer than twenty seconds.
pub async fn preview(scope: &ReadScope, compiled: &Compiled, language: Language, first: u32) -> Result<PreviewRows> {
    check_cost(scope, compiled).await?;
    limit_time(scope).await?;
    let select = compiled.select(Some(first.saturating_add(1)));
    let rows = scope.query_all(&select).await.map_err(refuse_timeout)?;
    let shown = rows.iter().take(first as usize);
    Ok(PreviewRows {
        columns: compiled.columns().to_vec(),
        rows: shown.map(|row| cells(compiled, language, row)).collect::<Result<_>>()?,
        more: rows.len() > first as usize,
    })
}

/// A stream of a result's rows.
pub type Rows<'a> = Pin<Box<dyn Stream<Item = Result<Vec<Cell>>> + Send + 'a>>;

/// All rows, one by one. The stream holds the scope's connection until it ends: the scope is for it alone.
///
/// # Errors
///
/// Those of the database; `report_too_costly` when the statement runs longer than the scope's timeout.
pub async fn rows<'a>(scope: &'a ReadScope, compiled: &'a Compiled, language: Language) -> Result<Rows<'a>> {
    let stream = scope.stream(DbBackend::Postgres.build(&compiled.select(None))).await?;
    let read = move |row: Result<QueryResult, DbErr>| cells(compiled, language, &row.map_err(refuse_timeout)?);
    Ok(stream.map(read).boxed())
}

/// SQLSTATE 57014: cancelled, by the timeout where nobody asked for it.
fn refuse_timeout(error: DbErr) -> Error {
    let error = Error::from(error);
    match error.sqlstate() {
        Some("57014") => {
            let message = "The report took too long. Narrow its dates, filter it, or group it more coarsely.";
            Error::rule_because(rules::REPORT_TOO_COSTLY, message)
        }
        _ => error,
    }
}

fn cells(compiled: &Compiled, language: Language, row: &QueryResult) -> Result<Vec<Cell>> {
    let row = row
        .try_as_pg_row()
        .ok_or_else(|| Error::internal("a row of another database"))?;
    let columns = compiled.columns();
    let mut cells = Vec::with_capacity(columns.len());
    for (place, column) in columns.iter().enumerate() {
        let cell = cell(row, place, column.reading, language).map_err(Error::internal)?;
        let hidden = column.counts_persons && is_below_zero(&cell);
        cells.push(if hidden { Cell::Suppressed } else { cell });
    }
    Ok(cells)
}

/// As the statement marks a number that is not shown.
fn is_below_zero(cell: &Cell) -> bool {
    match cell {
        Cell::Integer(number) => *number < 0,
        Cell::Decimal(number) => number.is_sign_negative() && !number.is_zero(),
        _ => false,
    }
}

/// Reads a million rows without a copy of what is not kept.
fn cell(row: &PgRow, place: usize, reading: CellKind, language: Language) -> sqlx::Result<Cell> {
    let text = || row.try_get::<Option<&str>, _>(place);
    let found = match reading {
        CellKind::Text => text()?.map(|text| Cell::Text(text.to_owned())),
        CellKind::Choice(choices) => text()?.map(|value| Cell::Text(choice_name(value, choices, language).to_owned())),
        CellKind::Integer => row.try_get::<Option<_>, _>(place)?.map(Cell::Integer),
        CellKind::Decimal => row.try_get::<Option<_>, _>(place)?.map(Cell::Decimal),
        CellKind::Date => row.try_get::<Option<_>, _>(place)?.map(Cell::Date),
        CellKind::Boolean => row
            .try_get::<Option<_>, _>(place)?
            .map(|truth| yes_or_no(truth, language)),
        CellKind::Id(kind) => row
            .try_get::<Option<_>, _>(place)?
            .map(|id| Cell::Text(kind.encode(id).0)),
    };
    Ok(found.unwrap_or(Cell::Empty))
}

fn yes_or_no(truth: bool, language: Language) -> Cell {
    let word = if truth {
        language.pick("ja", "yes")
    } else {
        language.pick("nei", "no")
    };
    Cell::Text(word.to_owned())
}

fn choice_name<'a>(value: &'a str, choices: &[Choice], language: Language) -> &'a str {
    let choice = choices.iter().find(|choice| choice.value == value);
    choice.map_or(value, |choice| choice.label.of(language))
}
