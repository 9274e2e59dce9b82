//! What a file is made from: a generation, or a unit's part of it, as it was frozen.

use std::fmt;
use std::sync::Arc;

use counting::FormatVersion;
use entity::enums::Language;
use rust_decimal::Decimal;
use sea_orm::FromQueryResult;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::store::{self, GenerationData, GenerationRow, PeriodRow, ReportRow};
use crate::export::{ExportFailure, FailureCode};
use crate::format::{self, Breakdowns, breakdown};
use crate::kernel::db::ReadScope;
use crate::kernel::error::{Error, Result};

/// Which part of a generation a file shows, and in which language.
#[derive(Clone, Copy, Debug)]
pub struct Extract {
    pub generation_id: Uuid,
    pub scope_unit: Option<Uuid>,
    pub language: Language,
}

/// A generation and all that its file needs.
pub struct Source {
    pub report: ReportRow,
    pub period: PeriodRow,
    pub generation: GenerationRow,
    pub version: Arc<FormatVersion>,
    /// By field id: the report's data, or a unit's counted fields.
    pub data: Map<String, Json>,
    pub year_before: Map<String, Json>,
    pub unit: Option<FrozenUnit>,
    pub parts: Breakdowns,
    pub verdicts: Vec<(String, i64)>,
}

/// A unit with all below it, as a generation froze it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct FrozenUnit {
    pub unit_name: String,
    pub activity_count: i32,
    pub participant_count: i32,
    pub volunteer_count: i32,
    pub total_hours: Decimal,
    figures: Json,
}

/// Loads what the extract shows.
pub async fn load(scope: &ReadScope, extract: Extract) -> Result<Source, ExportFailure> {
    let organization = scope.organization();
    let generation = store::find_generation(scope, organization, extract.generation_id).await?;
    let generation = generation.ok_or_else(|| unmapped(&"the generation is gone"))?;
    let report = store::find_report(scope, organization, generation.report_id).await?;
    let report = report.ok_or_else(|| unmapped(&"the report is gone"))?;
    let period = store::find_period(scope, organization, report.report_period_id).await?;
    let period = period.ok_or_else(|| unmapped(&"the period is gone"))?;
    let version = format::find(scope, &generation.format_version).await?;
    let version = version.ok_or_else(|| unmapped(&"the format version is gone"))?;
    let mut data = store::generation_data(scope, organization, &[generation.id]).await?;
    let GenerationData {
        report_data,
        year_before,
        ..
    } = data.pop().ok_or_else(|| unmapped(&"no report data"))?;

    let units = match extract.scope_unit {
        Some(unit) => Some(subtree(scope, generation.id, unit).await?),
        None => None,
    };
    let unit = match extract.scope_unit {
        Some(unit) => Some(frozen_unit(scope, generation.id, unit).await?),
        None => None,
    };
    let (data, year_before) = match &unit {
        Some(unit) => (object(&unit.figures)?, Map::new()),
        None => (
            object(&report_data)?,
            year_before.as_ref().map(object).transpose()?.unwrap_or_default(),
        ),
    };
    Ok(Source {
        parts: breakdown::of_generation(scope, organization, generation.id, units.as_deref())
            .await
            .map_err(Error::from)?,
        verdicts: verdicts(scope, generation.id, units.as_deref()).await?,
        report,
        period,
        generation,
        version,
        data,
        year_before,
        unit,
    })
}

async fn verdicts(scope: &ReadScope, generation: Uuid, units: Option<&[Uuid]>) -> Result<Vec<(String, i64)>> {
    #[derive(FromQueryResult)]
    struct Row {
        verdict: String,
        days: i64,
    }
    let sql = "select d.verdict, count(*) as days from frozen_days d
        where d.organization_id = $1 and d.generation_id = $2 and ($3::uuid[] is null or d.unit_id = any ($3))
        group by 1 order by d.verdict collate \"C\"";
    let values = [generation.into(), units.map(<[Uuid]>::to_vec).into()];
    let rows: Vec<Row> = store::all(scope, scope.organization(), sql, values).await?;
    Ok(rows.into_iter().map(|row| (row.verdict, row.days)).collect())
}

async fn frozen_unit(scope: &ReadScope, generation: Uuid, unit: Uuid) -> Result<FrozenUnit, ExportFailure> {
    let sql = "select unit_name, activity_count, participant_count, volunteer_count, total_hours, figures
        from frozen_unit_figures where organization_id = $1 and generation_id = $2 and unit_id = $3";
    let found = store::one(scope, scope.organization(), sql, [generation.into(), unit.into()]).await?;
    found.ok_or_else(|| {
        ExportFailure::permanent(
            FailureCode::MappingIncomplete,
            "The generation was made before this unit was there. Generate the report anew to export the unit.",
        )
    })
}

/// The unit and all below it, as the tree was when the generation was made.
async fn subtree(scope: &ReadScope, generation: Uuid, unit: Uuid) -> Result<Vec<Uuid>> {
    let sql = "with recursive below as (
            select f.unit_id from frozen_unit_figures f
            where f.organization_id = $1 and f.generation_id = $2 and f.unit_id = $3
            union all
            select f.unit_id from frozen_unit_figures f join below on f.parent_id = below.unit_id
            where f.organization_id = $1 and f.generation_id = $2
        ) select unit_id from below";
    let rows = scope.rows(sql, [generation.into(), unit.into()]).await?;
    rows.iter().map(|row| Ok(row.try_get("", "unit_id")?)).collect()
}

fn object(value: &Json) -> Result<Map<String, Json>, ExportFailure> {
    value
        .as_object()
        .cloned()
        .ok_or_else(|| unmapped(&"report data that is no object"))
}

pub fn unmapped(cause: &dyn fmt::Display) -> ExportFailure {
    ExportFailure::unforeseen(FailureCode::MappingIncomplete, cause)
}
