//! What nested fields of many reports ask for, one statement a kind.

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

use super::store::{self, Generation, GenerationData, PeriodFigure, Report, ReportPeriod, ReportWarning};
use crate::format::{self, StoredVersion};
use crate::kernel::db::ReadScope;
use crate::kernel::error::Result;
use crate::kernel::loader::Batch;

/// Periods by id.
pub struct Periods;

impl Batch for Periods {
    type Key = Uuid;
    type Value = ReportPeriod;

    async fn fetch(scope: &ReadScope, ids: &[Uuid]) -> Result<HashMap<Uuid, ReportPeriod>> {
        let rows = store::periods(scope, ids).await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

/// The figures that hold for a period; those taken back are left out.
pub struct Figures;

impl Batch for Figures {
    type Key = Uuid;
    type Value = Vec<PeriodFigure>;

    async fn fetch(scope: &ReadScope, periods: &[Uuid]) -> Result<HashMap<Uuid, Self::Value>> {
        let rows = store::latest_figures(scope, periods).await?.into_iter();
        let rows = rows.filter(|row| row.value.is_some());
        Ok(group(periods, rows, |row| row.report_period_id))
    }
}

/// The report of a period.
pub struct ReportsOfPeriods;

impl Batch for ReportsOfPeriods {
    type Key = Uuid;
    type Value = Report;

    async fn fetch(scope: &ReadScope, periods: &[Uuid]) -> Result<HashMap<Uuid, Report>> {
        let rows = store::reports_of_periods(scope, periods).await?;
        Ok(rows.into_iter().map(|row| (row.report_period_id, row)).collect())
    }
}

/// A report's generations, the newest first.
pub struct Generations;

impl Batch for Generations {
    type Key = Uuid;
    type Value = Vec<Generation>;

    async fn fetch(scope: &ReadScope, reports: &[Uuid]) -> Result<HashMap<Uuid, Self::Value>> {
        let rows = store::generations_of(scope, reports).await?;
        Ok(group(reports, rows, |row| row.report_id))
    }
}

/// What a generation says; large, and read only where it is asked for.
pub struct Data;

impl Batch for Data {
    type Key = Uuid;
    type Value = Arc<GenerationData>;

    async fn fetch(scope: &ReadScope, generations: &[Uuid]) -> Result<HashMap<Uuid, Self::Value>> {
        let rows = store::generation_data(scope, generations).await?;
        Ok(rows.into_iter().map(|row| (row.id, Arc::new(row))).collect())
    }
}

/// A generation's warnings.
pub struct Warnings;

impl Batch for Warnings {
    type Key = Uuid;
    type Value = Vec<ReportWarning>;

    async fn fetch(scope: &ReadScope, generations: &[Uuid]) -> Result<HashMap<Uuid, Self::Value>> {
        let rows = store::warnings_of(scope, generations).await?;
        Ok(group(generations, rows, |row| row.generation_id))
    }
}

/// Format versions by name, those that this program cannot read as well.
pub struct Formats;

impl Batch for Formats {
    type Key = String;
    type Value = Arc<StoredVersion>;

    async fn fetch(scope: &ReadScope, keys: &[String]) -> Result<HashMap<String, Self::Value>> {
        let mut versions = HashMap::new();
        for version in format::list(scope).await? {
            if keys.contains(&version.version) {
                versions.insert(version.version.clone(), Arc::new(version));
            }
        }
        Ok(versions)
    }
}

/// Each key's rows in their order; no rows is an empty list and not a missing key.
fn group<R>(keys: &[Uuid], rows: impl IntoIterator<Item = R>, key: impl Fn(&R) -> Uuid) -> HashMap<Uuid, Vec<R>> {
    let mut groups: HashMap<Uuid, Vec<R>> = keys.iter().map(|key| (*key, Vec::new())).collect();
    for row in rows {
        groups.entry(key(&row)).or_default().push(row);
    }
    groups
}
