//! Definitions as they are stored. One that this version does not understand is listed, and refuses to run.

use serde_json::Value as Json;

use super::valid::from_json;
use super::{DateRange, Definition, Record};
use crate::error::Result;
use crate::local_time::oslo_date;

/// The definition, read anew.
///
/// # Errors
///
/// Those of [`from_json`], where it is of another shape than this version's; the message is the reason why it does not
/// run.
pub fn definition(record: &Record) -> Result<Definition> {
    let or_null = |stored: &Option<Json>| stored.clone().unwrap_or_default();
    from_json(
        record.report_type,
        &or_null(&record.filters),
        &or_null(&record.groupings),
        &record.columns,
    )
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
