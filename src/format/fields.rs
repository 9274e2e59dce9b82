//! Which column of the counting statement a counted field shows. Which fields a version has, and whether they are
//! required, is data; what such a field means is code.

use super::version::{Field, FormatVersion};

/// A field's id and the SQL expression over `unit_count` that yields its JSON value.
const COUNTED_FIELDS: [(&str, &str); 16] = [
    ("OR05", "active_peers"),
    ("AK01", "outreach_days"),
    ("AK02", "conversation_days"),
    ("AK03", "activity_group_days"),
    ("AK04", "group_days"),
    ("AK05", "course_days"),
    ("AK06", "counted_days"),
    ("AK07", "apart_group_days"),
    ("AK08", "counted_activities"),
    ("AK09", "activities - counted_activities"),
    ("AK10", "active_branches"),
    ("AK11", "counties"),
    ("PE01", "identified + anonymous"),
    ("PE02", "counted_participants"),
    ("PE03", "anonymous"),
    ("TI01", "hours::text"),
];

/// Counted fields whose value is a number of persons.
const OF_PERSONS: [&str; 4] = ["OR05", "PE01", "PE02", "PE03"];

impl Field {
    /// Whether the value is a number of persons, who could be recognised where they are few and the value is a unit's
    /// (decisions.md, 8).
    pub fn counts_persons(&self) -> bool {
        OF_PERSONS.contains(&self.id.as_str())
    }
}

/// The expression of a counted field; `None` for one that no code counts.
fn expression(id: &str) -> Option<&'static str> {
    COUNTED_FIELDS
        .iter()
        .find(|(known, _)| *known == id)
        .map(|(_, expression)| *expression)
}

/// The first counted field of the version that no code counts.
pub(super) fn unknown_counted_field(format: &FormatVersion) -> Option<&str> {
    format
        .counted_fields()
        .map(|field| field.id.as_str())
        .find(|id| expression(id).is_none())
}

/// The arguments of `jsonb_build_object` for the version's counted fields. Ids come from the table above alone, so
/// nothing that was stored becomes SQL.
pub(super) fn json_arguments(format: &FormatVersion) -> String {
    COUNTED_FIELDS
        .iter()
        .filter(|(id, _)| format.counted_fields().any(|field| field.id == *id))
        .map(|(id, expression)| format!("'{id}', {expression}"))
        .collect::<Vec<_>>()
        .join(", ")
}
