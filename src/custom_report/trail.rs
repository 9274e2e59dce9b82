//! What the log tells of a definition, and of a change to it.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value as Json, json};

use super::Record;
use crate::kernel::error::{Error, Result};
use crate::kernel::local_time::oslo_date;

/// From here on the log's canonical form takes no number (docs/audit-format.md).
const MAX_LOGGED: i64 = 999_999_999_999_999;

/// What the log tells of a definition.
pub fn describe(record: &Record) -> Result<Map<String, Json>> {
    let date = |instant: Option<DateTime<Utc>>| instant.map(oslo_date);
    let definition = json!({
        "name": record.name, "description": record.description, "report_type": record.report_type,
        "filters": record.filters, "groupings": record.groupings, "columns": record.columns,
        "output_format": record.output_format, "language": record.language, "date_range_type": record.date_range_type,
        "date_from": date(record.date_from), "date_to": date(record.date_to), "schedule_cron": record.schedule_cron,
        "is_scheduled": record.is_scheduled,
    });
    match loggable(definition) {
        Json::Object(definition) => Ok(definition),
        _ => Err(Error::internal("an object became none")),
    }
}

/// The same with numbers as the log takes them: those beyond its bounds as texts.
fn loggable(value: Json) -> Json {
    match value {
        Json::Number(number) => match number.as_i64() {
            Some(small) if (-MAX_LOGGED..=MAX_LOGGED).contains(&small) => small.into(),
            _ => number.to_string().into(),
        },
        Json::Array(items) => items.into_iter().map(loggable).collect(),
        Json::Object(fields) => fields
            .into_iter()
            .map(|(name, field)| (name, loggable(field)))
            .collect(),
        other => other,
    }
}

/// What differs, with its value before and after.
pub fn difference(before: &Map<String, Json>, after: &Map<String, Json>) -> Map<String, Json> {
    let changed = after.iter().filter(|(name, value)| before.get(*name) != Some(value));
    let both = |(name, value): (&String, &Json)| (name.clone(), json!({ "before": before.get(name), "after": value }));
    changed.map(both).collect()
}
