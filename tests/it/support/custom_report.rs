//! Custom reports, as clients define them.

use serde_json::{Value, json};

/// What a report may ask: activities by kind, how many and how many hours.
pub fn by_kind() -> Value {
    json!({
        "reportType": "ACTIVITIES",
        "groupings": [{ "by": "KIND" }],
        "columns": [
            { "key": "activity", "aggregation": "COUNT_DISTINCT", "order": "DESCENDING" },
            { "key": "hours", "aggregation": "SUM", "label": "Timer" },
        ],
    })
}

/// The same of one unit alone.
pub fn of_unit(unit: &str) -> Value {
    let mut definition = by_kind();
    definition["filters"] = json!({ "where": { "id": { "key": "area", "operator": "EQUALS", "values": [unit] } } });
    definition
}

/// A report to define.
pub fn created() -> Value {
    json!({
        "name": "Hours by kind", "definition": by_kind(), "dateRange": { "type": "LAST_YEAR" }, "outputFormat": "CSV",
    })
}

/// [`created`] with other values.
pub fn with(changes: Value) -> Value {
    let (Value::Object(mut input), Value::Object(changes)) = (created(), changes) else {
        panic!("not objects")
    };
    input.extend(changes);
    Value::Object(input)
}
