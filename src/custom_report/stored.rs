//! Definitions as they are stored. One that this version does not understand is listed, and refuses to run.

use entity::enums::CustomReportType;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::definition::VERSION;
use super::{DateRange, Definition, Record};
use crate::error::{Error, Result};
use crate::local_time::oslo_date;
use crate::rule::Rule;

/// The definition, read anew.
///
/// # Errors
///
/// `filters_valid_json` where it is of another shape than this version's; the message is the reason why it does not run.
pub fn definition(record: &Record) -> Result<Definition> {
    let filters = record.filters.clone().unwrap_or_default();
    let groupings = record.groupings.clone().unwrap_or_default();
    parsed(record.report_type, filters, groupings, record.columns.clone())
}

/// The same from its parts. Groupings may be null: none.
///
/// # Errors
///
/// Those of [`definition`].
pub fn parsed(report_type: CustomReportType, filters: Json, groupings: Json, columns: Json) -> Result<Definition> {
    // First of all, since another version may be of any shape.
    if filters.get("version") != Some(&VERSION.into()) {
        let version = filters.get("version").unwrap_or(&Json::Null);
        let message = format!("The definition is of version {version}, and this program reads {VERSION}.");
        return Err(Error::rule_because(Rule::FiltersValidJson, message).at("filters.version"));
    }
    Ok(Definition {
        report_type,
        filters: read("filters", filters)?,
        groupings: read::<Option<_>>("groupings", groupings)?.unwrap_or_default(),
        columns: read("columns", columns)?,
    })
}

fn read<T: DeserializeOwned>(column: &str, stored: Json) -> Result<T> {
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
