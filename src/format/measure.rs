//! Which column of the counting statement a measure is.

use counting::{Field, FormatVersion, Measure};

/// The SQL expression over `unit_count` (`sql/figures.sql`) that yields the measure's JSON value.
fn expression(measure: Measure) -> &'static str {
    match measure {
        Measure::ActivePeers => "active_peers",
        Measure::OutreachDays => "outreach_days",
        Measure::ConversationDays => "conversation_days",
        Measure::ActivityGroupDays => "activity_group_days",
        Measure::CourseDays => "course_days",
        Measure::ApartGroupDays => "apart_group_days",
        Measure::CountedActivities => "counted_activities",
        Measure::UncountedActivities => "activities - counted_activities",
        Measure::ActiveBranches => "active_branches",
        Measure::Counties => "counties",
        Measure::Attendances => "identified + anonymous",
        Measure::Participants => "counted_participants",
        Measure::AnonymousAttendances => "anonymous",
        Measure::Hours => "hours::text",
    }
}

/// The arguments of `jsonb_build_object` for the version's counted fields. Of what was stored, ids alone become SQL, and
/// no version is read whose ids are of more than letters and digits.
pub(super) fn json_arguments(format: &FormatVersion) -> String {
    let sum = |field: &Field| {
        format
            .measures(field)
            .into_iter()
            .map(expression)
            .collect::<Vec<_>>()
            .join(" + ")
    };
    let arguments = format
        .counted_fields()
        .map(|field| format!("'{}', {}", field.id, sum(field)));
    arguments.collect::<Vec<_>>().join(", ")
}
