//! Definitions as they are stored. One that this version does not understand is listed, and refuses to run.

use serde_json::Value as Json;

use super::schedule::{self, Schedule};
use super::valid::{self, CheckedDefinition, from_json};
use super::{DateRange, Record};
use crate::kernel::error::{Error, Result};
use crate::kernel::local_time::oslo_date;

/// The definition, read and checked anew.
///
/// # Errors
///
/// Those of [`from_json`] and of [`valid::check`]; the message is the reason why the report does not run.
pub fn check(record: &Record) -> Result<CheckedDefinition> {
    let or_null = |stored: &Option<Json>| stored.clone().unwrap_or_default();
    let (filters, groupings) = (or_null(&record.filters), or_null(&record.groupings));
    let definition = from_json(record.report_type, &filters, &groupings, &record.columns)?;
    valid::check(&definition)
}

/// Why the report does not run, with the fault's path in the definition; `None` where it does.
pub fn not_runnable(record: &Record) -> Option<String> {
    check(record).err().map(|error| with_path(&error))
}

/// A refusal with its path, for where there is a text alone.
pub fn with_path(error: &Error) -> String {
    match error.field() {
        Some(path) => format!("{error} ({path})"),
        None => error.to_string(),
    }
}

/// The schedule, where one is on.
///
/// # Errors
///
/// `valid_cron_expression`: this version does not read what is stored.
pub fn schedule(record: &Record) -> Result<Option<Schedule>> {
    let on = record.is_scheduled && record.is_active;
    let cron = record.schedule_cron.as_deref().filter(|_| on);
    cron.map(schedule::parse).transpose()
}

/// Why a schedule does not run that is meant to: it was switched off, or this version does not read it.
pub fn why_schedule_rests(record: &Record) -> Option<String> {
    let unread = || {
        let why = schedule(record).err()?;
        Some(unreadable(record.schedule_cron.as_deref()?, &why))
    };
    record.schedule_disabled_reason.clone().or_else(unread)
}

/// Why a schedule does not run whose cron expression this version refuses.
pub fn unreadable(cron: &str, why: &Error) -> String {
    format!("The schedule \"{cron}\" cannot be read: {why}")
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
