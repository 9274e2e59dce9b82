//! What nested fields of many reports ask for, one statement a kind.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use sea_orm::FromQueryResult;
use uuid::Uuid;

use super::store::{self, GenerationData, GenerationRow, PeriodRow, REPORTS, ReportRow, WarningRow};
use crate::format::{self, StoredVersion};
use crate::kernel::db::ReadScope;
use crate::kernel::error::Result;
use crate::kernel::loader::Batch;

/// Periods by id.
pub struct Periods;

impl Batch for Periods {
    type Key = Uuid;
    type Value = PeriodRow;

    async fn fetch(scope: &ReadScope, keys: &[Uuid]) -> Result<HashMap<Uuid, PeriodRow>> {
        let sql = format!("{} where p.organization_id = $1 and p.id = any ($2)", store::PERIODS);
        let rows: Vec<PeriodRow> = store::all(scope, scope.organization(), &sql, [keys.to_vec().into()]).await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

/// The report of a period.
pub struct ReportsOfPeriods;

impl Batch for ReportsOfPeriods {
    type Key = Uuid;
    type Value = ReportRow;

    async fn fetch(scope: &ReadScope, keys: &[Uuid]) -> Result<HashMap<Uuid, ReportRow>> {
        let sql = format!("{REPORTS} where r.organization_id = $1 and r.report_period_id = any ($2)");
        let rows: Vec<ReportRow> = store::all(scope, scope.organization(), &sql, [keys.to_vec().into()]).await?;
        Ok(rows.into_iter().map(|row| (row.report_period_id, row)).collect())
    }
}

/// A report's generations, the newest first.
pub struct Generations;

impl Batch for Generations {
    type Key = Uuid;
    type Value = Vec<GenerationRow>;

    async fn fetch(scope: &ReadScope, keys: &[Uuid]) -> Result<HashMap<Uuid, Self::Value>> {
        let rows = store::generations_of(scope, scope.organization(), keys).await?;
        Ok(grouped(keys, rows, |row| row.report_id))
    }
}

/// What a generation says; large, and read only where it is asked for.
pub struct Data;

impl Batch for Data {
    type Key = Uuid;
    type Value = Arc<GenerationData>;

    async fn fetch(scope: &ReadScope, keys: &[Uuid]) -> Result<HashMap<Uuid, Self::Value>> {
        let rows = store::generation_data(scope, scope.organization(), keys).await?;
        Ok(rows.into_iter().map(|row| (row.id, Arc::new(row))).collect())
    }
}

/// A generation's warnings.
pub struct Warnings;

impl Batch for Warnings {
    type Key = Uuid;
    type Value = Vec<WarningRow>;

    async fn fetch(scope: &ReadScope, keys: &[Uuid]) -> Result<HashMap<Uuid, Self::Value>> {
        let rows = store::warnings_of(scope, scope.organization(), keys).await?;
        Ok(grouped(keys, rows, |row| row.generation_id))
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

/// How far a job has come.
#[derive(Clone, Debug, FromQueryResult)]
pub struct ProgressRow {
    subject_id: Uuid,
    pub step: String,
    pub percent: i16,
}

/// Progress of the job under way on a report, if any.
pub struct Progress;

impl Batch for Progress {
    type Key = Uuid;
    type Value = ProgressRow;

    async fn fetch(scope: &ReadScope, keys: &[Uuid]) -> Result<HashMap<Uuid, ProgressRow>> {
        let sql = "select subject_id, step, percent from job_progress
            where organization_id = $1 and subject_id = any ($2)";
        let rows: Vec<ProgressRow> = store::all(scope, scope.organization(), sql, [keys.to_vec().into()]).await?;
        Ok(rows.into_iter().map(|row| (row.subject_id, row)).collect())
    }
}

/// Each key's rows in their order; no rows is an empty list and not a missing key.
fn grouped<K: Clone + Eq + Hash, R>(keys: &[K], rows: Vec<R>, key: impl Fn(&R) -> K) -> HashMap<K, Vec<R>> {
    let mut groups: HashMap<K, Vec<R>> = keys.iter().map(|key| (key.clone(), Vec::new())).collect();
    for row in rows {
        groups.entry(key(&row)).or_default().push(row);
    }
    groups
}
