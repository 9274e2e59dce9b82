//! Definitions as they are stored. One that this version does not understand is listed, and refuses to run.

use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::definition::VERSION;
use super::valid::{self, Checked};
use super::{DateRange, Definition, Record};
use crate::error::{Error, Result};
use crate::local_time::oslo_date;
use crate::rule::Rule;

/// The definition, checked anew.
///
/// # Errors
///
/// `filters_valid_json` where it is of another shape or version than this program's, and those of [`valid::check`]. The
/// message is the reason why the report does not run.
pub fn checked(record: &Record) -> Result<Checked> {
    valid::check(&read(record)?)
}

fn read(record: &Record) -> Result<Definition> {
    let filters = record.filters.clone().unwrap_or_default();
    // First of all, since another version may be of any shape.
    if filters.get("version") != Some(&VERSION.into()) {
        let version = filters.get("version").unwrap_or(&Json::Null);
        let message = format!("The definition is of version {version}, and this program reads {VERSION}.");
        return Err(Error::rule_because(Rule::FiltersValidJson, message).at("filters.version"));
    }
    let groupings = record.groupings.clone();
    Ok(Definition {
        report_type: record.report_type,
        filters: part("filters", filters)?,
        groupings: part("groupings", groupings.unwrap_or_else(|| Json::Array(Vec::new())))?,
        columns: part("columns", record.columns.clone())?,
    })
}

fn part<T: DeserializeOwned>(column: &str, stored: Json) -> Result<T> {
    serde_json::from_value(stored).map_err(|cause| {
        let message = format!("The definition's {column} cannot be read: {cause}.");
        Error::rule_because(Rule::FiltersValidJson, message).at(column)
    })
}

/// Which dates the report covers.
///
/// # Errors
///
/// None, unless somebody went past the database's `fixed_range_requires_dates`.
pub fn date_range(record: &Record) -> Result<DateRange> {
    let date = |instant: Option<_>| instant.map(oslo_date);
    DateRange::new(record.date_range_type, date(record.date_from), date(record.date_to))
}
