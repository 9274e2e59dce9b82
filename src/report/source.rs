//! What a file is made from: a generation, or a unit's part of it, as it was frozen.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use counting::FormatVersion;
use entity::enums::Language;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::store::{self, FrozenUnit, Generation, GenerationData, Report, ReportPeriod};
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
    pub report: Report,
    pub period: ReportPeriod,
    pub generation: Generation,
    pub version: Arc<FormatVersion>,
    /// By field id: the report's data, or a unit's counted fields.
    pub data: Map<String, Json>,
    pub year_before: Map<String, Json>,
    pub unit: Option<FrozenUnit>,
    pub parts: Breakdowns,
    pub verdicts: Vec<(String, i64)>,
}

/// Loads what the extract shows.
pub async fn load(scope: &ReadScope, extract: Extract) -> Result<Source, ExportFailure> {
    let generation = store::find_generation(scope, extract.generation_id).await?;
    let generation = generation.ok_or_else(|| unmapped(&"the generation is gone"))?;
    let report = store::find_report(scope, generation.report_id).await?;
    let report = report.ok_or_else(|| unmapped(&"the report is gone"))?;
    let period = store::find_period(scope, report.report_period_id).await?;
    let period = period.ok_or_else(|| unmapped(&"the period is gone"))?;
    let version = format::find(scope, &generation.format_version).await?;
    let version = version.ok_or_else(|| unmapped(&"the format version is gone"))?;
    let mut data = store::generation_data(scope, &[generation.id]).await?;
    let GenerationData {
        report_data,
        year_before,
        ..
    } = data.pop().ok_or_else(|| unmapped(&"no report data"))?;

    let units = match extract.scope_unit {
        Some(unit) => Some(store::frozen_subtree(scope, generation.id, unit).await?),
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
        parts: breakdown::of_generation(scope, scope.organization(), generation.id, units.as_deref())
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

/// Days per verdict, in the order of the verdicts' names.
async fn verdicts(scope: &ReadScope, generation: Uuid, units: Option<&[Uuid]>) -> Result<Vec<(String, i64)>> {
    let days = store::frozen_verdicts(scope, generation, units).await?;
    let by_name: BTreeMap<_, _> = days
        .into_iter()
        .map(|(verdict, days)| (verdict.as_str(), days))
        .collect();
    Ok(by_name
        .into_iter()
        .map(|(name, days)| (name.to_owned(), days))
        .collect())
}

async fn frozen_unit(scope: &ReadScope, generation: Uuid, unit: Uuid) -> Result<FrozenUnit, ExportFailure> {
    store::frozen_unit(scope, generation, unit).await?.ok_or_else(|| {
        ExportFailure::permanent(
            FailureCode::MappingIncomplete,
            "The generation was made before this unit was there. Generate the report anew to export the unit.",
        )
    })
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
