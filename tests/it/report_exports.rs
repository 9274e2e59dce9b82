//! Exports of a report through GraphQL and workers: what blocks them, what they change, what is in the file.

use serde_json::{Value, json};

use crate::support::graphql::{Refusal, opaque, value_of};
use crate::support::ids;
use crate::support::journey::journey;

#[tokio::test]
async fn warnings_block_the_export_until_each_is_accepted() {
    let test = journey().await;
    test.activities_of_each_sort().await;
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
async fn a_working_paper_leaves_the_report_alone_and_hides_small_numbers() {
    let test = journey().await;
    test.activities_of_each_sort().await;
    let report = test.generated(&test.period()).await;
    let columns = "status exportedAt exportFormat exportFilePath exportedBy { name } warnings { acceptedAt }";
    let before = test.report(&report, columns).await;
    for (level, unit, name) in [
        ("REGION", test.hlf().region, "Vest"),
        ("LOCAL", test.hlf().locals[0], "Bergen"),
    ] {
        let unit = opaque(ids::ORGANIZATIONAL_UNIT, unit);
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
async fn a_report_s_exports_are_paged_from_the_newest_on() {
    let test = journey().await;
    let report = test.ready().await;
    for format in ["CSV", "XLSX", "PDF"] {
        test.exports(json!({ "reportId": report, "format": format })).await;
    }
    let page = async |arguments: &str| {
        let selection = "{ nodes { format } pageInfo { endCursor hasNextPage hasPreviousPage } }";
        let shown = test
            .report(&report, &format!("exportOperations{arguments} {selection}"))
            .await;
        shown["exportOperations"].clone()
    };
    let formats = |page: &Value| {
        let nodes = page["nodes"].as_array().unwrap().iter();
        nodes
            .map(|node| node["format"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let all = page("").await;
    assert_eq!(
        (formats(&all), &all["pageInfo"]["hasNextPage"]),
        (["PDF", "XLSX", "CSV"].map(String::from).into(), &json!(false))
    );
    let first = page("(first: 2)").await;
    assert_eq!(
        (formats(&first).len(), &first["pageInfo"]["hasNextPage"]),
        (2, &json!(true))
    );
    let rest = page(&format!("(first: 2, after: {})", first["pageInfo"]["endCursor"])).await;
    assert_eq!(
        (formats(&rest), &rest["pageInfo"]["hasNextPage"]),
        (vec!["CSV".to_owned()], &json!(false))
    );
    assert_eq!(formats(&page("(last: 1)").await), ["CSV"]);
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
    assert_eq!(warning["details"]["added"], 1);
    let digest = warning["details"]["days_sha256"].as_str().unwrap();
    assert_eq!(digest.len(), 64);
    let events: Vec<_> = test.trail(&report).await;
    let of_drift = events.iter().filter(|event| event["warningCode"] == drift);
    let types: Vec<_> = of_drift.map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["WARNING_RAISED", "WARNING_ACCEPTED"]);
}

/// An emoji is one character of the notes and two of a workbook's cell.
#[tokio::test]
async fn the_longest_notes_fit_every_format() {
    let test = journey().await;
    let report = test.ready().await;
    let notes = format!("{}…{}", "😀".repeat(16_000), "ø".repeat(3_999));
    test.does("updateReportNotes", json!({ "reportId": report, "notes": notes }))
        .await;
    for format in ["XLSX", "PDF", "CSV"] {
        let operation = test.exports(json!({ "reportId": report, "format": format })).await;
        if format == "CSV" {
            let text = String::from_utf8(test.file(&operation).await).unwrap();
            let found: String = text.chars().filter(|letter| "😀…".contains(*letter)).collect();
            assert_eq!(found, notes.trim_end_matches('ø'));
        }
    }
}

/// Neither what more changed afterwards is covered by the acceptance, nor another change of the same size.
#[tokio::test]
async fn a_change_that_nobody_accepted_blocks_the_next_export() {
    let test = journey().await;
    let report = test.ready().await;
    let drift = "ACTIVITIES_CHANGED_SINCE_GENERATION";
    let export = |accepted: &[&str]| json!({ "reportId": report, "format": "CSV", "acceptedWarnings": accepted });
    let shown = async || {
        let shown = test.report(&report, "warnings { code acceptedAt details }").await;
        let warning = value_of(&shown["warnings"], "code", drift).clone();
        assert_ne!(warning["acceptedAt"], Value::Null);
        (
            warning["details"]["added"].clone(),
            warning["details"]["days_sha256"].clone(),
        )
    };
    let first = test.counted_activity("2024-06-04").await;
    test.exports(export(&[drift])).await;
    let accepted = shown().await;
    // Nothing new: what was accepted holds.
    test.exports(export(&[])).await;
    assert_eq!(shown().await, accepted);

    test.counted_activity("2024-06-11").await;
    let refusal = test.refused("exportReport", export(&[])).await;
    assert_eq!(refusal.rule.as_deref(), Some("warnings_must_be_accepted"));
    assert!(refusal.message.contains("added (2)"), "{}", refusal.message);
    assert_eq!(shown().await, accepted);
    test.exports(export(&[drift])).await;
    assert_eq!(shown().await.0, 2);

    let sql = format!("update activities set status = 'rejected' where id = '{first}'");
    test.database.arrange(sql).await;
    test.counted_activity("2024-06-18").await;
    let refusal = test.refused("exportReport", export(&[])).await;
    assert!(refusal.message.contains("added (2)"), "{}", refusal.message);
    test.exports(export(&[drift])).await;

    let events = test.trail(&report).await;
    let of_drift = events.iter().filter(|event| event["warningCode"] == drift);
    let types: Vec<_> = of_drift.map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["WARNING_RAISED", "WARNING_ACCEPTED"].repeat(3));
    // What was handed in is the last file, whose warnings are accepted.
    test.does("confirmSubmission", json!({ "reportId": report })).await;
}

/// No national file of a former generation is kept: the report would not be exported by it, and it would look as if.
#[tokio::test]
async fn an_export_that_a_regeneration_overtakes_fails() {
    let test = journey().await;
    let report = test.ready().await;
    let asked = test
        .does("exportReport", json!({ "reportId": report, "format": "CSV" }))
        .await;
    test.counted_activity("2024-06-04").await;
    test.does("regenerateReport", json!({ "reportId": report })).await;
    test.settle().await;
    let operation = test.operation(&asked["exportOperation"]["id"]).await;
    assert_eq!(operation["status"], "FAILED", "{operation}");
    assert_eq!(operation["errorCode"], "REPORT_CHANGED", "{operation}");
    assert_eq!(operation["file"], Value::Null, "{operation}");
    assert!(std::fs::read_dir(test.folder.path()).unwrap().next().is_none());
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
