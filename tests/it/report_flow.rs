//! A report's life through GraphQL and workers: from the period to the submission, and what comes after it.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::graphql::value_of;
use crate::support::journey::journey;

const PREVIEW: &str = "query ($id: ID!) { reportPreview(reportPeriodId: $id) {
    formatVersion activityCount participantCount volunteerCount totalHours pendingActivities rejectedActivities
    verdicts { verdict days } warnings { code } figures { field value yearBefore } } }";
const FIGURES: &str = "figures { field value yearBefore }";

fn codes(warnings: &Value) -> Vec<&str> {
    let warnings = warnings.as_array().unwrap().iter();
    warnings.map(|warning| warning["code"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_preview_says_what_the_generation_would_and_stores_nothing() {
    let test = journey().await;
    test.activities_of_each_sort().await;
    let before = test.state().await;
    let preview = test.asks(PREVIEW, json!({ "id": test.period() })).await["reportPreview"].clone();
    assert_eq!(test.state().await, before);

    let report = test.generated(&test.period()).await;
    let fields = "bufdirFormatVersion activityCount participantCount volunteerCount totalHours
        verdicts { verdict days } warnings { code } figures { field value yearBefore }
        currentGeneration { pendingActivities rejectedActivities }";
    let report = test.report(&report, fields).await;
    for same in [
        "activityCount",
        "participantCount",
        "volunteerCount",
        "totalHours",
        "verdicts",
        "warnings",
        "figures",
    ] {
        assert_eq!(preview[same], report[same], "{same}");
    }
    assert_eq!(preview["formatVersion"], report["bufdirFormatVersion"]);
    let generation = &report["currentGeneration"];
    assert_eq!(
        (&generation["pendingActivities"], &generation["rejectedActivities"]),
        (&json!(1), &json!(1))
    );
}

#[tokio::test]
async fn no_hours_have_two_decimals_too() {
    let test = journey().await;
    let preview = test.asks(PREVIEW, json!({ "id": test.period() })).await;
    assert_eq!(preview["reportPreview"]["totalHours"], "0.00");
    let report = test.generated(&test.period()).await;
    let shown = test
        .report(&report, "totalHours currentGeneration { totalHours }")
        .await;
    assert_eq!(
        shown,
        json!({ "totalHours": "0.00", "currentGeneration": { "totalHours": "0.00" } })
    );
}

#[tokio::test]
async fn a_report_shows_its_figures_and_why_days_do_not_count() {
    let test = journey().await;
    test.activities_of_each_sort().await;
    test.figures_typed_in(&test.period()).await;
    let report = test.generated(&test.period()).await;
    let shown = test
        .report(
            &report,
            "status activityCount participantCount volunteerCount totalHours generatedBy { name }
            figures { field value } verdicts { verdict days } warnings { code message(language: EN) }",
        )
        .await;
    assert_eq!(shown["status"], "READY");
    assert_eq!(shown["generatedBy"]["name"], "coordinator hlf");
    let totals = ["activityCount", "participantCount", "volunteerCount", "totalHours"].map(|name| &shown[name]);
    assert_eq!(json!(totals), json!([5, 4, 1, "5.33"]));
    for (field, value) in [
        ("ID02", "2024"),
        ("OR01", "1200"),
        ("AK02", "2"),
        ("AK06", "2"),
        ("PE01", "7"),
        ("VE01", "arkiv/1"),
    ] {
        assert_eq!(value_of(&shown["figures"], "field", field)["value"], value, "{field}");
    }
    let verdicts = &shown["verdicts"];
    for (verdict, days) in [
        ("COUNTED", 2),
        ("TOO_SHORT", 1),
        ("TOO_FEW_PARTICIPANTS", 1),
        ("MODE_NOT_COUNTED", 1),
    ] {
        assert_eq!(value_of(verdicts, "verdict", verdict)["days"], days, "{verdict}");
    }
    assert_eq!(codes(&shown["warnings"]), ["PENDING_ACTIVITIES_IN_PERIOD"]);

    let query = "query ($id: ID!, $filter: FrozenDayFilter) { report(id: $id) {
        daysNotCounted(filter: $filter) { nodes { date kind mode verdict minutes participants unitName leader { name } } } } }";
    let days = test.asks(query, json!({ "id": report })).await;
    let days = days["report"]["daysNotCounted"]["nodes"].as_array().unwrap().clone();
    let reasons: Vec<_> = days.iter().map(|day| (&day["date"], &day["verdict"])).collect();
    assert_eq!(
        json!(reasons),
        json!([
            ["2024-03-19", "TOO_SHORT"],
            ["2024-03-26", "TOO_FEW_PARTICIPANTS"],
            ["2024-04-02", "MODE_NOT_COUNTED"]
        ])
    );
    let few = json!({ "id": report, "filter": { "verdicts": ["TOO_FEW_PARTICIPANTS"] } });
    let few = test.asks(query, few).await;
    assert_eq!(
        few["report"]["daysNotCounted"]["nodes"],
        json!([{ "date": "2024-03-26", "kind": "GROUP", "mode": "IN_PERSON", "verdict": "TOO_FEW_PARTICIPANTS",
            "minutes": 90, "participants": "<5", "unitName": "Bergen", "leader": { "name": "peer0 hlf" } }])
    );
}

#[tokio::test]
async fn the_year_before_stands_beside_the_figures() {
    let test = journey().await;
    let before = json!({ "name": "2023", "firstDate": "2023-01-01", "lastDate": "2023-12-31" });
    let before = test.does("createReportPeriod", before).await;
    let before = before["reportPeriod"]["id"].as_str().unwrap();
    test.counted_activity("2023-03-07").await;
    test.generated(before).await;
    test.counted_activity("2024-03-05").await;
    test.counted_activity("2024-03-12").await;

    let preview = test.asks(PREVIEW, json!({ "id": test.period() })).await;
    assert_eq!(
        value_of(&preview["reportPreview"]["figures"], "field", "AK06")["yearBefore"],
        "1"
    );
    let report = test.generated(&test.period()).await;
    let shown = test
        .report(&report, &format!("{FIGURES} warnings {{ code details }}"))
        .await;
    let figure = value_of(&shown["figures"], "field", "AK06");
    assert_eq!((&figure["value"], &figure["yearBefore"]), (&json!("2"), &json!("1")));
    let deviation = value_of(&shown["warnings"], "code", "YEAR_ON_YEAR_DEVIATION");
    let fields = deviation["details"]["fields"].as_array().unwrap();
    assert!(
        fields.contains(&json!({ "field": "AK06", "before": 1, "now": 2 })),
        "{fields:?}"
    );
}

/// The last of February is the last of February, and the 28th of a leap year is not.
#[rstest]
#[case::of_a_leap_year("2024-02-29", "2023-02-28", true)]
#[case::after_a_leap_year("2025-02-28", "2024-02-29", true)]
#[case::before_the_last("2024-02-28", "2023-02-28", true)]
#[case::another_day("2025-02-27", "2024-02-28", false)]
#[tokio::test]
async fn the_year_before_ends_with_february_too(#[case] last: &str, #[case] before: &str, #[case] is_found: bool) {
    let test = journey().await;
    let mut previews = Vec::new();
    for last in [before, last] {
        let year = &last[..4];
        test.counted_activity(&format!("{year}-01-15")).await;
        let dates = json!({ "name": year, "firstDate": format!("{year}-01-01"), "lastDate": last });
        let period = test.does("createReportPeriod", dates).await["reportPeriod"]["id"].clone();
        let period = period.as_str().unwrap().to_owned();
        let query = format!("query ($period: ID!) {{ reportPreview(reportPeriodId: $period) {{ {FIGURES} }} }}");
        previews.push(test.asks(&query, json!({ "period": period })).await["reportPreview"].clone());
        test.generated(&period).await;
    }
    let year_before = &value_of(&previews[1]["figures"], "field", "AK06")["yearBefore"];
    assert_eq!(year_before.is_string(), is_found, "{year_before}");
}

#[tokio::test]
async fn the_trail_tells_who_did_what_in_order() {
    let test = journey().await;
    let report = test.exported().await;
    test.exports_as(
        test.hlf().second_coordinator,
        json!({ "reportId": report, "format": "XLSX" }),
    )
    .await;
    test.does("confirmSubmission", json!({ "reportId": report, "reference": "BUF-1" }))
        .await;
    let reopening = json!({ "reportId": report, "reason": "A branch was forgotten" });
    test.does_as(test.hlf().admin, "reopenReport", reopening).await;
    test.settle().await;

    let trail = test.trail(&report).await;
    let told: Vec<_> = trail
        .iter()
        .map(|event| {
            let actor = &event["actor"];
            json!([event["type"], actor["kind"], actor["name"], actor["role"]])
        })
        .collect();
    let (first, second, admin) = ("coordinator hlf", "second hlf", "admin hlf");
    assert_eq!(
        json!(told),
        json!([
            ["GENERATION_STARTED", "USER", first, "coordinator"],
            ["GENERATION_COMPLETED", "WORKER", first, "coordinator"],
            ["VALIDATION_COMPLETED", "WORKER", first, "coordinator"],
            ["EXPORT_STARTED", "USER", first, "coordinator"],
            ["FILE_STORED", "WORKER", first, "coordinator"],
            ["EXPORTED", "WORKER", first, "coordinator"],
            ["EXPORT_STARTED", "USER", second, "coordinator"],
            ["FILE_STORED", "WORKER", second, "coordinator"],
            ["RE_EXPORTED", "WORKER", second, "coordinator"],
            ["SUBMISSION_CONFIRMED", "USER", first, "coordinator"],
            ["REPORT_REOPENED", "USER", admin, "org_admin"],
            ["GENERATION_STARTED", "USER", admin, "org_admin"],
            ["GENERATION_COMPLETED", "WORKER", admin, "org_admin"],
            ["VALIDATION_COMPLETED", "WORKER", admin, "org_admin"],
        ])
    );
    let sequences: Vec<_> = trail.iter().map(|event| event["sequence"].as_i64().unwrap()).collect();
    assert!(sequences.is_sorted_by(|a, b| a < b), "{sequences:?}");
    let times: Vec<_> = trail.iter().map(|event| event["time"].as_str().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
    let reopened = trail.iter().find(|event| event["type"] == "REPORT_REOPENED").unwrap();
    assert!(reopened["message"].as_str().unwrap().contains("A branch was forgotten"));
}

#[tokio::test]
async fn a_reopened_report_keeps_what_was_handed_in() {
    let test = journey().await;
    let report = test.exported().await;
    let confirmed = test
        .does(
            "confirmSubmission",
            json!({ "reportId": report, "reference": " BUF-1 " }),
        )
        .await;
    assert_eq!(confirmed["exportOperation"]["submissionReference"], "BUF-1");
    test.counted_activity("2024-06-04").await;
    let reopening = json!({ "reportId": report, "reason": "An activity was forgotten" });
    let reopened = test.does_as(test.hlf().admin, "reopenReport", reopening).await;
    assert_eq!(reopened["report"]["status"], "PENDING");
    test.settle().await;

    let fields = "status exportedAt exportFilePath exportFormat exportedBy { name }
        generations { number activityCount figures { field value }
            submission { reference confirmedBy { name } confirmedByRole dataHash } dataHash }";
    let shown = test.report(&report, fields).await;
    assert_eq!(shown["status"], "READY");
    for of_the_export in ["exportedAt", "exportFilePath", "exportFormat", "exportedBy"] {
        assert_eq!(shown[of_the_export], Value::Null, "{of_the_export}");
    }
    let former = value_of_number(&shown["generations"], 1);
    assert_eq!(former["activityCount"], 2);
    assert_eq!(value_of(&former["figures"], "field", "AK06")["value"], "2");
    assert_eq!(
        former["submission"],
        json!({ "reference": "BUF-1", "confirmedBy": { "name": "coordinator hlf" },
            "confirmedByRole": "COORDINATOR", "dataHash": former["dataHash"] })
    );
    let latest = value_of_number(&shown["generations"], 2);
    assert_eq!(latest["activityCount"], 3);
    assert_eq!(latest["submission"], Value::Null);
    // The notes are free again, and so is the confirmation of what is exported next.
    test.does(
        "updateReportNotes",
        json!({ "reportId": report, "notes": "Corrected." }),
    )
    .await;
    test.exports(json!({ "reportId": report, "format": "PDF" })).await;
    test.does("confirmSubmission", json!({ "reportId": report })).await;
}

fn value_of_number(generations: &Value, number: i64) -> &Value {
    let generations = generations.as_array().unwrap();
    generations
        .iter()
        .find(|generation| generation["number"] == number)
        .unwrap()
}

#[tokio::test]
async fn a_generation_whose_asker_lost_the_right_fails_with_a_reason_and_can_be_retried() {
    let test = journey().await;
    test.counted_activity("2024-03-05").await;
    let hlf = test.hlf();
    let generate = json!({ "reportPeriodId": test.period(), "notes": "Remarks" });
    let asked = test.does_as(hlf.second_coordinator, "generateReport", generate).await;
    let report = asked["report"]["id"].as_str().unwrap();
    let leaves = format!(
        "update memberships set is_active = false where user_id = '{}'",
        hlf.second_coordinator
    );
    test.database.arrange(leaves).await;
    test.settle().await;
    let shown = test
        .report(report, "status failureReason generations { number } progress { step }")
        .await;
    assert_eq!(shown["status"], "FAILED");
    assert!(!shown["failureReason"].as_str().unwrap().is_empty());
    assert_eq!((&shown["generations"], &shown["progress"]), (&json!([]), &Value::Null));

    test.does("retryReport", json!({ "reportId": report })).await;
    test.settle().await;
    let shown = test
        .report(report, "status failureReason notes generatedBy { name }")
        .await;
    assert_eq!(
        shown,
        json!({ "status": "READY", "failureReason": null, "notes": "Remarks", "generatedBy": { "name": "coordinator hlf" } })
    );
    let trail = test.trail(report).await;
    let types: Vec<_> = trail.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(
        types[..4],
        [
            "GENERATION_STARTED",
            "GENERATION_FAILED",
            "GENERATION_STARTED",
            "GENERATION_COMPLETED"
        ]
    );
    assert_eq!(trail[1]["actor"]["name"], "second hlf", "{}", trail[1]);
}

/// A job finds its organization deactivated: the report says so and does not stay pending, and goes on once it is back.
#[tokio::test]
async fn a_generation_of_a_deactivated_organization_fails_with_a_reason() {
    let test = journey().await;
    test.counted_activity("2024-03-05").await;
    let generate = json!({ "reportPeriodId": test.period() });
    let asked = test.does("generateReport", generate).await;
    let report = asked["report"]["id"].as_str().unwrap();
    let set_active = |active: bool| format!("update organizations set is_active = {active} where slug = 'hlf'");
    test.database.arrange(set_active(false)).await;
    test.settle().await;
    test.database.arrange(set_active(true)).await;
    let shown = test.report(report, "status failureReason").await;
    assert_eq!(
        shown,
        json!({ "status": "FAILED", "failureReason": "The organization must exist and be active." })
    );
    test.does("retryReport", json!({ "reportId": report })).await;
    test.settle().await;
    assert_eq!(test.report(report, "status").await["status"], "READY");
}

/// Every figure typed in is a version of its own; one typed in again unchanged is not.
#[tokio::test]
async fn figures_are_versioned_and_can_be_taken_back() {
    let test = journey().await;
    let set = async |value: Value| {
        let figures = json!([{ "field": "OR01", "value": value }]);
        let set = json!({ "reportPeriodId": test.period(), "figures": figures });
        test.does("setPeriodFigures", set).await["reportPeriod"]["figures"].clone()
    };
    let figure = |value: i64, version: i64| json!([{ "field": "OR01", "value": value, "version": version }]);
    assert_eq!(set(json!({ "integer": 10 })).await, figure(10, 1));
    assert_eq!(set(json!({ "integer": 10 })).await, figure(10, 1));
    assert_eq!(set(json!({ "integer": 12 })).await, figure(12, 2));
    assert_eq!(set(Value::Null).await, json!([]));
    assert_eq!(set(json!({ "integer": 12 })).await, figure(12, 4));
}

/// Details and hashes are fetched only where the query names them, however it does so.
#[tokio::test]
async fn a_trails_fields_are_the_same_by_whichever_way_they_are_asked_for() {
    let test = journey().await;
    test.activities_of_each_sort().await;
    let report = test.generated(&test.period()).await;
    let whole = test
        .report(
            &report,
            "auditTrail { nodes { type details warningCode hash previousHash } }",
        )
        .await["auditTrail"]["nodes"]
        .clone();
    let events = whole.as_array().unwrap();
    assert!(events.iter().any(|event| event["warningCode"].is_string()));
    assert!(events.iter().all(|event| event["hash"].as_str().unwrap().len() == 64));
    for (way, pointer) in [
        ("auditTrail { edges { node { FIELD } } }", "/auditTrail/edges/N/node"),
        ("auditTrail(last: 200) { nodes { FIELD } }", "/auditTrail/nodes/N"),
        (
            "auditTrail { ... { nodes { type ... { FIELD } } } }",
            "/auditTrail/nodes/N",
        ),
        ("auditTrail { nodes { type } nodes { FIELD } }", "/auditTrail/nodes/N"),
        (
            "auditTrail { nodes { type } } auditTrail { nodes { FIELD } }",
            "/auditTrail/nodes/N",
        ),
    ] {
        for field in ["details", "warningCode", "hash", "previousHash"] {
            let shown = test.report(&report, &way.replace("FIELD", field)).await;
            for (number, event) in events.iter().enumerate() {
                let place = pointer.replace('N', &number.to_string());
                let value = shown.pointer(&format!("{place}/{field}"));
                assert_eq!(value, Some(&event[field]), "{way}: {field} of {number}");
            }
        }
    }
}
