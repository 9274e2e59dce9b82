//! The report: its way through its states, its notes, its warnings, its submission.

use ::bufdir_reports::activity::erasure;
use entity::enums::ActorKind;
use rstest::rstest;
use serde_json::{Value, json};

use super::{broken, conflict, invalid, put_into};
use crate::support::graphql::{data, opaque, refusal};
use crate::support::ids;
use crate::support::journey::{Journey, journey};
use crate::support::rules;

#[tokio::test]
async fn unique_report_per_org_per_period() {
    let test = journey().await;
    let generate = json!({ "reportPeriodId": test.period() });
    test.does("generateReport", generate.clone()).await;
    let again = test.refused("generateReport", generate).await;
    assert_eq!(broken(&again), conflict(rules::UNIQUE_REPORT_PER_ORG_PER_PERIOD));
}

#[rstest]
#[case::retry("retryReport", "failed")]
#[case::regenerate("regenerateReport", "ready")]
#[case::reopen("reopenReport", "exported")]
#[tokio::test]
async fn status_transition_valid(#[case] mutation: &str, #[case] allowed: &str) {
    let test = journey().await;
    let mut input = json!({ "reportId": test.ready().await });
    if mutation == "reopenReport" {
        input["reason"] = json!("Wrong");
    }
    for status in ["pending", "generating", "ready", "exported", "failed"] {
        put_into(&test, status).await;
        if status == allowed {
            continue;
        }
        let refused = test.refused_to(test.hlf().admin, "hlf", mutation, input.clone()).await;
        assert_eq!(broken(&refused), conflict(rules::STATUS_TRANSITION_VALID), "{status}");
        assert!(refused.message.contains(status), "{}", refused.message);
    }
    put_into(&test, allowed).await;
    test.counted_activity("2024-06-04").await;
    let done = test.does_as(test.hlf().admin, mutation, input).await;
    assert_eq!(done["report"]["status"], "PENDING");
}

#[rstest]
#[case::pending("pending")]
#[case::generating("generating")]
#[case::failed("failed")]
#[tokio::test]
async fn report_data_required_before_export(#[case] status: &str) {
    let test = journey().await;
    let report = test.ready().await;
    put_into(&test, status).await;
    let refused = test
        .refused("exportReport", json!({ "reportId": report, "format": "PDF" }))
        .await;
    assert_eq!(broken(&refused), conflict(rules::REPORT_DATA_REQUIRED_BEFORE_EXPORT));
}

/// Each generation is kept for good: one that would say the same as the last is not made.
#[tokio::test]
async fn nothing_changed_since_generation() {
    let test = journey().await;
    let report = test.ready().await;
    let again = json!({ "reportId": report });
    let refuses = async || {
        let refused = test.refused("regenerateReport", again.clone()).await;
        assert_eq!(broken(&refused), conflict(rules::NOTHING_CHANGED_SINCE_GENERATION));
    };
    refuses().await;
    test.does("updateReportNotes", json!({ "reportId": report, "notes": "A note" }))
        .await;
    refuses().await;

    let figure = |value: i32| {
        let figures = json!([{ "field": "OR02", "value": { "integer": value } }]);
        json!({ "reportPeriodId": test.period(), "figures": figures })
    };
    test.does("setPeriodFigures", figure(99)).await;
    test.does("regenerateReport", again.clone()).await;
    test.settle().await;
    test.does("setPeriodFigures", figure(99)).await;
    refuses().await;

    let period = json!({ "id": test.period(), "name": "The year 2024" });
    test.does("updateReportPeriod", period).await;
    test.does("regenerateReport", again.clone()).await;
    test.settle().await;
    refuses().await;

    let changes = [
        "update activity_days set minutes = minutes + 15",
        "update activities set status = 'rejected' where id = (select min(id::text)::uuid from activities)",
        "update memberships set peer_approved_from = '2024-12-30' where peer_approved_from is not null",
        "update organizational_units set name = name || ' og omegn' where level = 'local'",
        "update organizations set name = 'A new name'",
    ];
    for change in changes {
        sqlx::query(change).execute(test.database.superuser()).await.unwrap();
        test.does("regenerateReport", again.clone()).await;
        test.settle().await;
        refuses().await;
    }
}

/// No generation is asked for that could only fail.
#[tokio::test]
async fn participants_of_the_year_erased() {
    let test = journey().await;
    let report = test.exported().await;
    let half = json!({ "name": "Half", "firstDate": "2024-01-01", "lastDate": "2024-06-30" });
    let half = test.does("createReportPeriod", half).await["reportPeriod"]["id"].clone();
    let admin = test.hlf().admin;
    erase_participants(&test, 2024).await;

    let refuses = async |mutation: &str, input: Value| {
        let refused = test.refused_to(admin, "hlf", mutation, input).await;
        assert_eq!(
            broken(&refused),
            conflict(rules::PARTICIPANTS_OF_THE_YEAR_ERASED),
            "{mutation}"
        );
    };
    refuses("reopenReport", json!({ "reportId": report, "reason": "Wrong" })).await;
    refuses("generateReport", json!({ "reportPeriodId": half })).await;
    put_into(&test, "ready").await;
    refuses("regenerateReport", json!({ "reportId": report })).await;
    put_into(&test, "failed").await;
    refuses("retryReport", json!({ "reportId": report })).await;
}

pub(super) async fn erase_participants(test: &Journey, year: i32) {
    let scope = test
        .database
        .app()
        .conclude(ActorKind::Operator, test.hlf().id, None, test.database.now());
    let scope = scope.await.unwrap();
    let erased = erasure::erase_participants(&scope, year).await.unwrap();
    let entry = erased.entry(&scope, year);
    scope.commit(entry).await.unwrap();
}

#[rstest]
#[case::nothing("")]
#[case::blank(" \n\t")]
#[tokio::test]
async fn reopening_requires_reason(#[case] reason: &str) {
    let test = journey().await;
    let report = test.exported().await;
    let reopening = json!({ "reportId": report, "reason": reason });
    let refused = test
        .refused_to(test.hlf().admin, "hlf", "reopenReport", reopening)
        .await;
    assert_eq!(
        broken(&refused),
        invalid(rules::REOPENING_REQUIRES_REASON, "input.reason")
    );
}

#[tokio::test]
async fn notes_length() {
    let test = journey().await;
    let (longest, too_long) = ("ø".repeat(20_000), "ø".repeat(20_001));
    let at_fault = invalid(rules::NOTES_LENGTH, "input.notes");
    let generate = |notes: &str| json!({ "reportPeriodId": test.period(), "notes": notes });
    assert_eq!(
        broken(&test.refused("generateReport", generate(&too_long)).await),
        at_fault
    );
    let report = test.does("generateReport", generate(&longest)).await["report"]["id"].clone();
    let update = |notes: &str| json!({ "reportId": report, "notes": notes });
    assert_eq!(
        broken(&test.refused("updateReportNotes", update(&too_long)).await),
        at_fault
    );
    test.does("updateReportNotes", update(&longest)).await;
}

#[tokio::test]
async fn notes_locked_by_submission() {
    let test = journey().await;
    let report = test.exported().await;
    let notes = |notes: Value| json!({ "reportId": report, "notes": notes });
    test.does("updateReportNotes", notes(json!("Before"))).await;
    test.does("confirmSubmission", json!({ "reportId": report })).await;
    for after in [json!("After"), Value::Null] {
        let refused = test.refused("updateReportNotes", notes(after)).await;
        assert_eq!(broken(&refused), conflict(rules::NOTES_LOCKED_BY_SUBMISSION));
    }
    assert_eq!(test.report(&report, "notes").await["notes"], "Before");
}

#[tokio::test]
async fn warnings_must_be_accepted() {
    let test = journey().await;
    test.counted_activity("2024-03-05").await;
    let report = test.generated(&test.period()).await;
    let export = json!({ "reportId": report, "format": "CSV" });
    let refused = test.refused("exportReport", export).await;
    assert_eq!(broken(&refused), conflict(rules::WARNINGS_MUST_BE_ACCEPTED));
}

/// A code that GraphQL knows and the generation did not raise.
#[tokio::test]
async fn warning_code_valid() {
    let test = journey().await;
    let report = test.ready().await;
    let export = json!({ "reportId": report, "format": "CSV", "acceptedWarnings": ["CO_ORGANISED_OUTSIDE"] });
    let refused = test.refused("exportReport", export).await;
    assert_eq!(
        broken(&refused),
        invalid(rules::WARNING_CODE_VALID, "input.acceptedWarnings")
    );
}

/// Named by the generation, never in its way; and gone once the fields are filled in.
#[tokio::test]
async fn missing_required_bufdir_fields_warning() {
    let test = journey().await;
    test.counted_activity("2024-03-05").await;
    let report = test.generated(&test.period()).await;
    let warnings = test
        .report(&report, "status warnings { code details message(language: EN) }")
        .await;
    assert_eq!(warnings["status"], "READY");
    let code = rules::MISSING_REQUIRED_BUFDIR_FIELDS_WARNING.name().to_uppercase();
    let missing = ["OR01", "OR02", "OR03", "OR04", "VE01", "VE02", "VE03"];
    assert_eq!(warnings["warnings"][0]["code"], code);
    assert_eq!(warnings["warnings"][0]["details"], json!({ "fields": missing }));

    test.figures_typed_in(&test.period()).await;
    test.does("regenerateReport", json!({ "reportId": report })).await;
    test.settle().await;
    assert_eq!(
        test.report(&report, "warnings { code }").await,
        json!({ "warnings": [] })
    );
}

/// Neither pending nor rejected activities are in any figure, total, day or unit.
#[tokio::test]
async fn only_approved_activities_included() {
    let test = journey().await;
    for status in ["pending", "rejected"] {
        for (kind, date) in [
            ("group", "2024-03-05"),
            ("outreach", "2024-03-06"),
            ("course", "2024-03-07"),
        ] {
            let activity = test.database.activity(test.hlf()).status(status).kind(kind);
            activity.day(date, 120, &test.hlf().contacts, 5).insert().await;
        }
    }
    let report = test.generated(&test.period()).await;
    let shown = test
        .report(
            &report,
            "activityCount participantCount volunteerCount totalHours verdicts { days }
            figures { field source value } currentGeneration { frozenDays { nodes { date } } }",
        )
        .await;
    let totals = ["activityCount", "participantCount", "volunteerCount", "totalHours"].map(|name| &shown[name]);
    assert_eq!(json!(totals), json!([0, 0, 0, "0.00"]));
    assert_eq!(shown["verdicts"], json!([]));
    assert_eq!(shown["currentGeneration"]["frozenDays"]["nodes"], json!([]));
    let figures = shown["figures"].as_array().unwrap();
    let counted = figures
        .iter()
        .filter(|figure| ["COUNTED", "COMPUTED"].contains(&figure["source"].as_str().unwrap()));
    let values: Vec<_> = counted
        .map(|figure| (figure["field"].as_str().unwrap(), &figure["value"]))
        .collect();
    assert!(values.len() > 10, "{values:?}");
    for (field, value) in values {
        assert!(value == "0" || value == "0.00", "{field} is {value}");
    }
}

#[tokio::test]
async fn submission_requires_exported_report() {
    let test = journey().await;
    let report = test.ready().await;
    let refused = test.refused("confirmSubmission", json!({ "reportId": report })).await;
    assert_eq!(broken(&refused), conflict(rules::SUBMISSION_REQUIRES_EXPORTED_REPORT));
    // What can be handed in is a national file: of a working paper there is no such export.
    let unit = opaque(ids::ORGANIZATIONAL_UNIT, test.hlf().region);
    let paper = json!({ "reportId": report, "format": "CSV", "scopeLevel": "REGION", "scopeUnitId": unit });
    let paper = test.exports(paper).await["id"].clone();
    test.exports(json!({ "reportId": report, "format": "CSV" })).await;
    let handed_in = json!({ "reportId": report, "exportOperationId": paper });
    let refused = test.refused("confirmSubmission", handed_in).await;
    assert_eq!(broken(&refused), ("NOT_FOUND", None, None));
}

#[tokio::test]
async fn submission_confirmed_once() {
    let test = journey().await;
    let report = test.exported().await;
    let confirm = json!({ "reportId": report, "reference": "BUF-1" });
    test.does("confirmSubmission", confirm.clone()).await;
    let again = test.refused("confirmSubmission", confirm).await;
    assert_eq!(broken(&again), conflict(rules::SUBMISSION_CONFIRMED_ONCE));
}

#[tokio::test]
async fn submission_reference_length() {
    let test = journey().await;
    let report = test.exported().await;
    let confirm = |length: usize| json!({ "reportId": report, "reference": "x".repeat(length) });
    let refused = test.refused("confirmSubmission", confirm(201)).await;
    assert_eq!(
        broken(&refused),
        invalid(rules::SUBMISSION_REFERENCE_LENGTH, "input.reference")
    );
    test.does("confirmSubmission", confirm(200)).await;
}

#[tokio::test]
async fn test_organization_cannot_submit() {
    let test = journey().await;
    let organization = &test.database.fixture.test;
    let coordinator = organization.coordinator;
    let period = opaque(ids::REPORT_PERIOD, organization.period);
    let mutate = |mutation: &'static str, input: Value| test.api.mutate(coordinator, "test", mutation, input);
    let asked = data(mutate("generateReport", json!({ "reportPeriodId": period })).await);
    let report = asked["generateReport"]["report"]["id"].clone();
    test.settle().await;
    let accepted = ["TEST_ORGANIZATION", "MISSING_REQUIRED_BUFDIR_FIELDS_WARNING"];
    let export = json!({ "reportId": report, "format": "CSV", "acceptedWarnings": accepted });
    data(mutate("exportReport", export).await);
    test.settle().await;
    let before = test.state().await;
    let refused = refusal(&mutate("confirmSubmission", json!({ "reportId": report })).await);
    assert_eq!(broken(&refused), conflict(rules::TEST_ORGANIZATION_CANNOT_SUBMIT));
    assert_eq!(test.state().await, before);
}
