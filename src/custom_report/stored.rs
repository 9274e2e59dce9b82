//! Definitions as they are stored. One that this version does not understand is listed, and refuses to run.

use serde_json::Value as Json;

use super::valid::{self, Checked, from_json};
use super::{DateRange, Record};
use crate::error::Result;
use crate::local_time::oslo_date;

/// The definition, read and checked anew.
///
/// # Errors
///
/// Those of [`from_json`] and of [`valid::check`]; the message is the reason why the report does not run.
pub fn checked(record: &Record) -> Result<Checked> {
    let or_null = |stored: &Option<Json>| stored.clone().unwrap_or_default();
    let (filters, groupings) = (or_null(&record.filters), or_null(&record.groupings));
    let definition = from_json(record.report_type, &filters, &groupings, &record.columns)?;
    valid::check(&definition)
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
