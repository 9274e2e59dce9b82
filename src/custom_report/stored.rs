//! Definitions as they are stored. One that this version does not understand is listed, and refuses to run.

use serde_json::Value as Json;

use super::valid::{self, Checked};
use super::{DateRange, Definition, Record};
use crate::error::Result;
use crate::local_time::oslo_date;

/// The definition, checked anew.
///
/// # Errors
///
/// Those of [`valid::from_json`] where it is of another shape or version than this program's, and those of
/// [`valid::check`]. The message is the reason why the report does not run.
pub fn checked(record: &Record) -> Result<Checked> {
    valid::check(&read(record)?)
}

fn read(record: &Record) -> Result<Definition> {
    let or_null = |stored: &Option<Json>| stored.clone().unwrap_or_default();
    valid::from_json(
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
