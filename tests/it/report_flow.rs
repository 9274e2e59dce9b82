//! A report's life through GraphQL and workers: from the period to the submission, and what comes after it.

use serde_json::{Value, json};

use crate::support::graphql::Refusal;
use crate::support::journey::{Journey, journey};

const PREVIEW: &str = "query ($id: ID!) { reportPreview(reportPeriodId: $id) {
    formatVersion activityCount participantCount volunteerCount totalHours pendingActivities rejectedActivities
    verdicts { verdict days } warnings { code } figures { field value yearBefore } } }";
const FIGURES: &str = "figures { field value yearBefore }";

/// One of each verdict that a few activities can show, one pending, one rejected.
async fn activities(test: &Journey) {
    let hlf = test.hlf();
    let group = || test.database.activity(hlf);
    let contacts = &hlf.contacts;
    group().day("2024-03-05", 90, &contacts[..3], 0).insert().await;
    group().day("2024-03-12", 90, &contacts[..3], 1).insert().await;
    group().day("2024-03-19", 30, &contacts[..3], 0).insert().await;
    group().day("2024-03-26", 90, &contacts[..2], 0).insert().await;
    let call = group().kind("outreach").mode("phone");
    call.day("2024-04-02", 20, &contacts[3..4], 0).insert().await;
    group()
        .status("pending")
        .day("2024-05-07", 90, &contacts[4..8], 0)
        .insert()
        .await;
    group()
        .status("rejected")
        .day("2024-05-14", 90, &contacts[8..], 0)
        .insert()
        .await;
}

/// `by`'s values, by key.
fn value_of<'a>(list: &'a Value, by: &str, key: &str) -> &'a Value {
    let list = list.as_array().unwrap();
    list.iter()
        .find(|item| item[by] == key)
        .unwrap_or_else(|| panic!("no {key} in {list:?}"))
}

fn codes(warnings: &Value) -> Vec<&str> {
    let warnings = warnings.as_array().unwrap().iter();
    warnings.map(|warning| warning["code"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_preview_says_what_the_generation_would_and_stores_nothing() {
    let test = journey().await;
    activities(&test).await;
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
async fn a_report_shows_its_figures_and_why_days_do_not_count() {
    let test = journey().await;
    activities(&test).await;
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

#[tokio::test]
async fn warnings_block_the_export_until_each_is_accepted() {
    let test = journey().await;
    activities(&test).await;
    let report = test.generated(&test.period()).await;
    let national = |accepted: Value| json!({ "reportId": report, "format": "CSV", "acceptedWarnings": accepted });
    let missing = "MISSING_REQUIRED_BUFDIR_FIELDS_WARNING";
    let pending = "PENDING_ACTIVITIES_IN_PERIOD";
    for accepted in [json!([]), json!([pending])] {
        let refusal = test.refused("exportReport", national(accepted)).await;
        assert_eq!(refusal.rule.as_deref(), Some("warnings_must_be_accepted"));
        assert!(refusal.message.contains(missing), "{}", refusal.message);
    }

    let operation = test.exports(national(json!([missing, pending]))).await;
    assert_eq!(operation["requestedBy"]["name"], "coordinator hlf");
    assert_eq!(test.status(&report).await, "EXPORTED");
    let shown = test
        .report(
            &report,
            "warnings { code acceptedAt acceptedBy { name } acceptedByRole }",
        )
        .await;
    for code in [missing, pending] {
        let warning = value_of(&shown["warnings"], "code", code);
        assert_eq!(warning["acceptedBy"]["name"], "coordinator hlf", "{code}");
        assert_eq!(warning["acceptedByRole"], "COORDINATOR");
        assert_ne!(warning["acceptedAt"], Value::Null);
    }
    // Accepted for the generation: the next export does not ask again.
    test.exports(json!({ "reportId": report, "format": "XLSX" })).await;

    let trail = test.trail(&report).await;
    let accepted: Vec<_> = trail
        .iter()
        .filter(|event| event["type"] == "WARNING_ACCEPTED")
        .collect();
    assert_eq!(accepted.len(), 2);
    for event in accepted {
        assert_eq!(
            event["actor"],
            json!({ "kind": "USER", "name": "coordinator hlf", "role": "coordinator" })
        );
        let raised = trail
            .iter()
            .find(|raised| raised["type"] == "WARNING_RAISED" && raised["warningCode"] == event["warningCode"]);
        let sentence = raised.unwrap()["message"].as_str().unwrap();
        assert!(event["message"].as_str().unwrap().contains(sentence), "{event}");
    }
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
async fn a_working_paper_leaves_the_report_alone_and_hides_small_numbers() {
    let test = journey().await;
    activities(&test).await;
    let report = test.generated(&test.period()).await;
    let columns = "status exportedAt exportFormat exportFilePath exportedBy { name } warnings { acceptedAt }";
    let before = test.report(&report, columns).await;
    for (level, unit, name) in [
        ("REGION", test.hlf().region, "Vest"),
        ("LOCAL", test.hlf().locals[0], "Bergen"),
    ] {
        let unit = crate::support::graphql::opaque(bufdir_reports::id::Kind::OrganizationalUnit, unit);
        let input = json!({ "reportId": report, "format": "CSV", "scopeLevel": level, "scopeUnitId": unit });
        let operation = test.exports(input).await;
        assert_eq!(operation["scopeUnit"]["name"], name);
        assert_eq!(operation["participantCount"], Value::Null);
        let text = String::from_utf8(test.file(&operation).await).unwrap();
        let value_in = |field: &str| {
            let line = text.lines().find(|line| line.contains(field));
            line.unwrap_or_else(|| panic!("no {field} in {text}"))
        };
        // Four distinct participants, none of them anonymous but one; seven attendances.
        for field in ["Unike deltakere", "Anonyme deltakelser", "Aktive likepersoner"] {
            assert!(value_in(field).contains("<5"), "{}", value_in(field));
        }
        assert!(value_in("Deltakelser").contains('7'), "{}", value_in("Deltakelser"));
    }
    assert_eq!(test.report(&report, columns).await, before);
    let trail = test.trail(&report).await;
    assert!(trail.iter().all(|event| event["type"] != "EXPORTED"));
}

#[tokio::test]
async fn the_same_content_gives_the_same_bytes() {
    let test = journey().await;
    let report = test.ready().await;
    for format in ["CSV", "XLSX", "PDF"] {
        let input = json!({ "reportId": report, "format": format });
        let first = test.exports(input.clone()).await;
        let again = test.exports_as(test.hlf().second_coordinator, input.clone()).await;
        assert_ne!(first["file"]["id"], again["file"]["id"]);
        assert_eq!(first["file"]["sha256"], again["file"]["sha256"], "{format}");
        assert_eq!(test.file(&first).await, test.file(&again).await, "{format}");
    }
    let csv = test.exports(json!({ "reportId": report, "format": "CSV" })).await;
    test.does(
        "updateReportNotes",
        json!({ "reportId": report, "notes": "Other content" }),
    )
    .await;
    let other = test.exports(json!({ "reportId": report, "format": "CSV" })).await;
    assert_ne!(csv["file"]["sha256"], other["file"]["sha256"]);
}

#[tokio::test]
async fn activities_changed_since_the_generation_are_warned_of_at_the_export() {
    let test = journey().await;
    let report = test.ready().await;
    let working_paper = json!({ "reportId": report, "format": "CSV" });
    test.counted_activity("2024-06-04").await;
    let refusal = test.refused("exportReport", working_paper).await;
    assert_eq!(
        (refusal.code.as_str(), refusal.rule.as_deref()),
        ("CONFLICT", Some("warnings_must_be_accepted"))
    );
    let drift = "ACTIVITIES_CHANGED_SINCE_GENERATION";
    assert!(refusal.message.contains(drift), "{}", refusal.message);

    let accepted = json!({ "reportId": report, "format": "CSV", "acceptedWarnings": [drift] });
    test.exports(accepted).await;
    let shown = test
        .report(&report, "status activityCount warnings { code acceptedAt details }")
        .await;
    assert_eq!(
        (&shown["status"], &shown["activityCount"]),
        (&json!("EXPORTED"), &json!(2))
    );
    let warning = value_of(&shown["warnings"], "code", drift);
    assert_eq!(warning["details"], json!({ "added": 1, "changed": 0, "removed": 0 }));
    let events: Vec<_> = test.trail(&report).await;
    let of_drift = events
        .iter()
        .filter(|event| event["warningCode"] == drift.to_lowercase());
    let types: Vec<_> = of_drift.map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["WARNING_RAISED", "WARNING_ACCEPTED"]);
}

/// The file of the former generation is made, and the report does not become exported by it.
#[tokio::test]
async fn an_export_that_a_regeneration_overtakes_does_not_export_the_report() {
    let test = journey().await;
    let report = test.ready().await;
    let asked = test
        .does("exportReport", json!({ "reportId": report, "format": "CSV" }))
        .await;
    test.does("regenerateReport", json!({ "reportId": report })).await;
    test.settle().await;
    let operation = test.operation(&asked["exportOperation"]["id"]).await;
    assert_eq!(operation["status"], "COMPLETE");
    let shown = test
        .report(
            &report,
            "status exportedAt currentGeneration { number } generations { number }",
        )
        .await;
    assert_eq!(
        shown,
        json!({ "status": "READY", "exportedAt": null, "currentGeneration": { "number": 2 },
            "generations": [{ "number": 2 }, { "number": 1 }] })
    );
    let refusal = test.refused("confirmSubmission", json!({ "reportId": report })).await;
    assert_eq!(
        refusal,
        Refusal {
            code: "CONFLICT".into(),
            rule: Some("submission_requires_exported_report".into()),
            field: None,
            message: "Export the report before confirming its submission.".into()
        }
    );
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
