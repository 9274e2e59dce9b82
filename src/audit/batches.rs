//! The first page of many reports' trails, in one statement.

use std::collections::HashMap;

use uuid::Uuid;

use super::store::{self, AuditEvent, TrailColumns, TrailFilter};
use crate::kernel::db::ReadScope;
use crate::kernel::error::Result;
use crate::kernel::loader::Batch;
use crate::kernel::page::{Cursor, MAX_PAGE_SIZE};

/// The beginning of a report's trail, with one entry more than asked for where there are more.
pub struct TrailBeginnings;

/// A report, and which of its entries from the first one on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TrailKey {
    pub report: Uuid,
    pub filter: TrailFilter,
    pub columns: TrailColumns,
    pub size: u64,
}

impl Batch for TrailBeginnings {
    type Key = TrailKey;
    type Value = Vec<(Cursor, AuditEvent)>;

    async fn fetch(scope: &ReadScope, keys: &[TrailKey]) -> Result<HashMap<TrailKey, Self::Value>> {
        let mut kinds: HashMap<(TrailFilter, TrailColumns, u64), Vec<Uuid>> = HashMap::new();
        for key in keys {
            kinds
                .entry((key.filter.clone(), key.columns, key.size.min(MAX_PAGE_SIZE)))
                .or_default()
                .push(key.report);
        }
        let mut trails: HashMap<TrailKey, Self::Value> = keys.iter().map(|key| (key.clone(), Vec::new())).collect();
        for ((filter, columns, size), reports) in kinds {
            for (cursor, entry) in store::first_of_reports(scope, &reports, &filter, columns, size).await? {
                let Some(report) = entry.report_id else { continue };
                let key = TrailKey {
                    report,
                    filter: filter.clone(),
                    columns,
                    size,
                };
                trails.entry(key).or_default().push((cursor, entry));
            }
        }
        Ok(trails)
    }
}
