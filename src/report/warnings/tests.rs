use std::collections::HashMap;

use counting::{ActivePeerRule, BasisYears, Field, FieldSource, FieldType, Label, Rules, WarningRules};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::*;

fn field(id: &str, required: bool) -> Field {
    Field {
        id: id.to_owned(),
        label: Label {
            nb: id.to_owned(),
            en: id.to_owned(),
        },
        kind: FieldType::Integer,
        source: FieldSource::Typed,
        required,
    }
}

fn format() -> FormatVersion {
    FormatVersion {
        version: "test".to_owned(),
        basis_years: BasisYears { from: 2024, to: None },
        fields: vec![field("R1", true), field("R2", true), field("O1", false)],
        rules: Rules {
            country: "NO".to_owned(),
            kinds: HashMap::new(),
            active_peer: ActivePeerRule {
                min_counted_days: 1,
                trained: true,
            },
            warnings: WarningRules {
                year_on_year_percent: 30,
                year_on_year_fields: vec!["R1".to_owned()],
                anonymous_share_percent: 50,
            },
        },
        rules_hash: Vec::new(),
    }
}

fn counted() -> Counted {
    Counted {
        unit_id: Uuid::nil(),
        activity_count: 0,
        participant_count: 0,
        volunteer_count: 0,
        total_hours: Decimal::ZERO,
        figures: Map::new(),
        attendances: 0,
        anonymous_attendances: 0,
        pending_activities: 0,
        rejected_activities: 5,
        days_by_verdict: HashMap::new(),
        overlapping_days: 0,
        co_organised_activities: 0,
    }
}

fn object(value: Json) -> Map<String, Json> {
    value.as_object().unwrap().clone()
}

/// Codes raised with this data and counting, in a calendar year of an ordinary organization.
fn codes(data: Json, counted: &Counted, year_before: Option<Json>) -> Vec<&'static str> {
    let (format, data, year_before) = (format(), object(data), year_before.map(object));
    let facts = Facts {
        format: &format,
        data: &data,
        counted,
        year_before: year_before.as_ref(),
        is_calendar_year: true,
        is_test_organization: false,
    };
    raise(&facts).iter().map(|warning| warning.code.as_str()).collect()
}

fn complete() -> Json {
    json!({"R1": 100, "R2": 0})
}

#[test]
fn a_complete_report_raises_nothing() {
    assert!(codes(complete(), &counted(), None).is_empty());
    assert!(codes(complete(), &counted(), Some(complete())).is_empty());
}

#[test]
fn missing_required_bufdir_fields_warning() {
    let format = format();
    let missing = |data: Json| {
        let (data, counted) = (object(data), counted());
        let facts = Facts {
            format: &format,
            data: &data,
            counted: &counted,
            year_before: None,
            is_calendar_year: true,
            is_test_organization: false,
        };
        raise(&facts)
            .first()
            .map_or(json!([]), |warning| warning.details["fields"].clone())
    };
    assert_eq!(missing(json!({})), json!(["R1", "R2"]));
    assert_eq!(missing(json!({"R1": 0, "R2": null})), json!(["R2"]));
    assert_eq!(missing(json!({"R1": " ", "R2": "x"})), json!(["R1"]));
    assert_eq!(
        missing(json!({"R1": {"reference": "", "sha256": "00"}, "R2": {"reference": "a.pdf"}})),
        json!(["R1"])
    );
    assert_eq!(missing(complete()), json!([]));
}

#[test]
fn each_count_warns_from_one_on() {
    let of = |change: &dyn Fn(&mut Counted)| {
        let mut counted = counted();
        change(&mut counted);
        codes(complete(), &counted, None)
    };
    assert_eq!(
        of(&|counted| counted.pending_activities = 1),
        ["pending_activities_in_period"]
    );
    assert_eq!(of(&|counted| counted.overlapping_days = 1), ["overlapping_activities"]);
    assert_eq!(
        of(&|counted| counted.co_organised_activities = 1),
        ["co_organised_outside"]
    );
}

#[test]
fn year_on_year_deviation_is_more_than_30_percent() {
    let deviates = |before: Json, now: Json| {
        let codes = codes(
            json!({"R1": now, "R2": 0}),
            &counted(),
            Some(json!({"R1": before, "R2": 1000})),
        );
        codes == ["year_on_year_deviation"]
    };
    assert!(!deviates(json!(100), json!(130)));
    assert!(deviates(json!(100), json!(131)));
    assert!(!deviates(json!(100), json!(70)));
    assert!(deviates(json!(100), json!(69)));
    assert!(!deviates(json!(0), json!(0)));
    assert!(deviates(json!(0), json!(1)));
    // R2 is no main field, and a figure that the year before lacked cannot be compared.
    assert!(!deviates(json!(null), json!(100)));
}

#[test]
fn large_anonymous_share_is_more_than_the_versions() {
    let share = |anonymous, attendances| {
        let counted = Counted {
            anonymous_attendances: anonymous,
            attendances,
            ..counted()
        };
        codes(complete(), &counted, None) == ["large_anonymous_share"]
    };
    assert!(!share(50, 100));
    assert!(share(51, 100));
    assert!(!share(0, 0));
    assert!(share(1, 1));
}

#[test]
fn period_and_organization_warn_by_what_they_are() {
    let (format, data, counted) = (format(), object(complete()), counted());
    let facts = Facts {
        format: &format,
        data: &data,
        counted: &counted,
        year_before: None,
        is_calendar_year: false,
        is_test_organization: true,
    };
    let codes: Vec<_> = raise(&facts).iter().map(|warning| warning.code.as_str()).collect();
    assert_eq!(codes, ["period_not_a_calendar_year", "test_organization"]);
}

#[test]
fn activities_changed_since_generation() {
    assert_eq!(drifted(Drift::default()), None);
    for drift in [
        Drift {
            added: 1,
            ..Drift::default()
        },
        Drift {
            removed: 1,
            ..Drift::default()
        },
        Drift {
            changed: 1,
            ..Drift::default()
        },
    ] {
        let drift = Drift {
            days_sha256: Some("ab".repeat(32)),
            ..drift
        };
        let details = json!({"added": drift.added, "removed": drift.removed, "changed": drift.changed,
            "days_sha256": drift.days_sha256});
        let warning = drifted(drift).unwrap();
        assert_eq!(warning.code.as_str(), "activities_changed_since_generation");
        assert_eq!(warning.details, details);
    }
}
