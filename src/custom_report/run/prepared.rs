//! The rows of a run: its definition read and checked anew, compiled, weighed, and streamed.

use entity::enums::Language;
use futures::{Stream, StreamExt};
use render::{Cell, Column, ColumnKind, Table};
use serde::Deserialize;
use serde_json::Value as Json;

use super::CustomReportRun;
use crate::custom_report::compile::{Compiled, OutputColumn, compile};
use crate::custom_report::valid::{self, CheckedDefinition};
use crate::custom_report::{Definition, result, rules, stored};
use crate::export::{ExportFailure, FailureCode};
use crate::kernel::db::ReadScope;
use crate::kernel::error::Error;

/// A definition that can be run.
pub(super) struct Prepared {
    checked: CheckedDefinition,
    compiled: Compiled,
    language: Language,
}

/// Prepares what the run asks.
///
/// # Errors
///
/// `MAPPING_INCOMPLETE` for a definition that this version does not understand; `LIMIT_EXCEEDED` for one that the database
/// finds too costly.
pub(super) async fn prepare(scope: &ReadScope, run: &CustomReportRun) -> Result<Prepared, ExportFailure> {
    let language = run.language;
    let checked = valid::check(&parse(&run.definition.0)?).map_err(mapping_incomplete)?;
    let compiled = compile(scope, &checked, run.dates(), language);
    result::check_cost(scope, &compiled).await.map_err(failure_of)?;
    Ok(Prepared {
        checked,
        compiled,
        language,
    })
}

fn parse(definition: &Json) -> Result<Definition, ExportFailure> {
    let part = |key: &str| &definition[key];
    let report_type = Deserialize::deserialize(part("report_type"));
    let report_type = report_type.map_err(|cause| mapping_incomplete(Error::internal(cause)))?;
    valid::from_json(report_type, part("filters"), part("groupings"), part("columns")).map_err(mapping_incomplete)
}

fn mapping_incomplete(error: Error) -> ExportFailure {
    ExportFailure::permanent(FailureCode::MappingIncomplete, stored::with_path(&error))
}

fn failure_of(error: Error) -> ExportFailure {
    match error.broken_rule() {
        Some(rules::REPORT_TOO_COSTLY) => ExportFailure::permanent(FailureCode::LimitExceeded, error.to_string()),
        _ => error.into(),
    }
}

impl Prepared {
    pub(super) fn checked(&self) -> &CheckedDefinition {
        &self.checked
    }

    /// Headers of what rows are grouped by, from the outermost to the innermost.
    pub(super) fn groupings(&self) -> impl Iterator<Item = &str> {
        let columns = self.compiled.columns().iter();
        columns
            .filter(|column| column.is_grouping)
            .map(|column| column.header.as_str())
    }

    pub(super) fn table(&self) -> Table {
        Table {
            name: "Data".to_owned(),
            caption: String::new(),
            columns: self.compiled.columns().iter().map(column).collect(),
        }
    }

    /// The rows, in their order. The scope is for them alone as long as they come.
    pub(super) async fn rows<'a>(
        &'a self,
        scope: &'a ReadScope,
    ) -> Result<impl Stream<Item = Result<Vec<Cell>, ExportFailure>> + 'a, ExportFailure> {
        let rows = result::rows(scope, &self.compiled, self.language)
            .await
            .map_err(failure_of)?;
        Ok(rows.map(|row| row.map_err(failure_of)))
    }
}

fn column(column: &OutputColumn) -> Column {
    let width = match column.kind() {
        ColumnKind::Text | ColumnKind::Mixed => 24,
        ColumnKind::Integer | ColumnKind::Decimal(_) | ColumnKind::Date => 12,
    };
    Column {
        header: column.header.clone(),
        kind: column.kind(),
        width,
    }
}
