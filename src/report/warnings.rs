//! What a generation warns of (decisions.md, 4), pure: facts in, warnings out.
//!
//! Warnings never block a generation; each blocks the national export and the confirmation until it is accepted.
//! Thresholds are the format version's. Messages and details hold numbers and field ids, never a person.

use async_graphql::SimpleObject;
use counting::{Counted, FormatVersion};
use entity::enums::WarningCode;
use serde_json::{Map, Value as Json, json};

use crate::format::Drift;

/// A warning that a generation would raise.
#[derive(Clone, Debug, PartialEq, SimpleObject)]
#[graphql(complex, name = "PreviewWarning")]
pub struct Warning {
    /// What it is about.
    pub code: WarningCode,
    #[graphql(skip)]
    pub message_nb: String,
    #[graphql(skip)]
    pub message_en: String,
    /// The numbers in the message; integers, so that they can be hashed canonically. Drift has the digest of its days too.
    #[graphql(skip)]
    pub details: Json,
}

/// What warnings rest on.
pub struct Facts<'a> {
    pub format: &'a FormatVersion,
    /// The report's data, by field id.
    pub data: &'a Map<String, Json>,
    pub counted: &'a Counted,
    /// The data of the year before, where it has a report.
    pub year_before: Option<&'a Map<String, Json>>,
    /// Whether the period is a whole calendar year.
    pub is_calendar_year: bool,
    pub is_test_organization: bool,
}

/// The warnings of a generation, each code at most once, in the order of the decisions.
pub fn raise(facts: &Facts) -> Vec<Warning> {
    let warnings = [
        missing_required_fields(facts),
        pending_activities(facts.counted),
        overlapping_activities(facts.counted),
        co_organised_outside(facts.counted),
        year_on_year_deviation(facts),
        large_anonymous_share(facts),
        period_not_a_calendar_year(facts),
        test_organization(facts),
    ];
    warnings.into_iter().flatten().collect()
}

/// The warning that the approved activities are no longer those that the generation froze.
pub fn drifted(drift: Drift) -> Option<Warning> {
    let is_any = drift.is_any();
    let Drift {
        added,
        removed,
        changed,
        days_sha256,
    } = drift;
    is_any.then(|| Warning {
        code: WarningCode::ActivitiesChangedSinceGeneration,
        message_nb: format!(
            "Etter genereringen er aktivitetsdager endret ({changed}), kommet til ({added}) og falt bort ({removed})."
        ),
        message_en: format!(
            "Since the generation, activity-days changed ({changed}), were added ({added}) and removed ({removed})."
        ),
        details: json!({"changed": changed, "added": added, "removed": removed, "days_sha256": days_sha256}),
    })
}

fn missing_required_fields(facts: &Facts) -> Option<Warning> {
    let missing: Vec<&str> = facts
        .format
        .fields
        .iter()
        .filter(|field| field.required && facts.data.get(&field.id).is_none_or(is_blank))
        .map(|field| field.id.as_str())
        .collect();
    (!missing.is_empty()).then(|| Warning {
        code: WarningCode::MissingRequiredBufdirFieldsWarning,
        message_nb: format!("Bufdir krever felt som mangler verdi: {}.", missing.join(", ")),
        message_en: format!("Bufdir requires fields that have no value: {}.", missing.join(", ")),
        details: json!({"fields": missing}),
    })
}

/// A document without its reference is none.
fn is_blank(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::String(text) => text.trim().is_empty(),
        Json::Object(document) => document.get("reference").is_none_or(is_blank),
        _ => false,
    }
}

fn pending_activities(counted: &Counted) -> Option<Warning> {
    let pending = counted.pending_activities;
    (pending > 0).then(|| Warning {
        code: WarningCode::PendingActivitiesInPeriod,
        message_nb: format!("Aktiviteter i perioden som venter på godkjenning og ikke er med: {pending}."),
        message_en: format!("Activities of the period that await approval and are not included: {pending}."),
        details: json!({"activities": pending}),
    })
}

fn overlapping_activities(counted: &Counted) -> Option<Warning> {
    let days = counted.overlapping_days;
    (days > 0).then(|| Warning {
        code: WarningCode::OverlappingActivities,
        message_nb: format!("Aktivitetsdager som begynte mens samme leder hadde en annen i gang: {days}."),
        message_en: format!("Activity-days that began while the same leader had another under way: {days}."),
        details: json!({"days": days}),
    })
}

fn co_organised_outside(counted: &Counted) -> Option<Warning> {
    let activities = counted.co_organised_activities;
    (activities > 0).then(|| Warning {
        code: WarningCode::CoOrganisedOutside,
        message_nb: format!("Aktiviteter som en annen organisasjon var med på og kan ha rapportert: {activities}."),
        message_en: format!("Activities that another organization took part in and may have reported: {activities}."),
        details: json!({"activities": activities}),
    })
}

fn year_on_year_deviation(facts: &Facts) -> Option<Warning> {
    let rules = &facts.format.rules.warnings;
    let before = facts.year_before?;
    let deviating: Vec<(&str, i64, i64)> = rules
        .year_on_year_fields
        .iter()
        .filter_map(|field| {
            Some((
                field.as_str(),
                before.get(field)?.as_i64()?,
                facts.data.get(field)?.as_i64()?,
            ))
        })
        .filter(|(_, before, now)| exceeds(before.abs_diff(*now), before.unsigned_abs(), rules.year_on_year_percent))
        .collect();
    let list: Vec<String> = deviating
        .iter()
        .map(|(field, before, now)| format!("{field} ({before} → {now})"))
        .collect();
    (!deviating.is_empty()).then(|| Warning {
        code: WarningCode::YearOnYearDeviation,
        message_nb: format!(
            "Tall som avviker mer enn {} % fra året før: {}.",
            rules.year_on_year_percent,
            list.join(", ")
        ),
        message_en: format!(
            "Figures that differ by more than {} % from the year before: {}.",
            rules.year_on_year_percent,
            list.join(", ")
        ),
        details: json!({
            "percent": rules.year_on_year_percent,
            "fields": deviating
                .iter()
                .map(|(field, before, now)| json!({"field": field, "before": before, "now": now}))
                .collect::<Vec<_>>(),
        }),
    })
}

fn large_anonymous_share(facts: &Facts) -> Option<Warning> {
    let limit = facts.format.rules.warnings.anonymous_share_percent;
    let (anonymous, attendances) = (facts.counted.anonymous_attendances, facts.counted.attendances);
    exceeds(anonymous.unsigned_abs(), attendances.unsigned_abs(), limit).then(|| Warning {
        code: WarningCode::LargeAnonymousShare,
        message_nb: format!("Av {attendances} deltakelser er {anonymous} anonyme, mer enn {limit} %."),
        message_en: format!("Of {attendances} attendances {anonymous} are anonymous, more than {limit} %."),
        details: json!({"attendances": attendances, "anonymous": anonymous, "percent": limit}),
    })
}

fn period_not_a_calendar_year(facts: &Facts) -> Option<Warning> {
    (!facts.is_calendar_year).then(|| Warning {
        code: WarningCode::PeriodNotACalendarYear,
        message_nb: "Perioden er ikke et helt kalenderår.".to_owned(),
        message_en: "The period is not a whole calendar year.".to_owned(),
        details: json!({}),
    })
}

fn test_organization(facts: &Facts) -> Option<Warning> {
    facts.is_test_organization.then(|| Warning {
        code: WarningCode::TestOrganization,
        message_nb: "Organisasjonen er til testing; rapporten kan ikke sendes inn.".to_owned(),
        message_en: "The organization is for testing; its report cannot be submitted.".to_owned(),
        details: json!({}),
    })
}

/// Whether `part` is more than `percent` of `whole`. Any part of nothing is.
fn exceeds(part: u64, whole: u64, percent: u32) -> bool {
    u128::from(part) * 100 > u128::from(whole) * u128::from(percent)
}

#[cfg(test)]
mod tests;
