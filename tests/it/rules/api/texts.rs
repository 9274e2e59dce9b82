//! How long texts may be that clients send.

use serde_json::{Value, json};

use super::{asks_in_vain, broken, invalid};
use crate::support::journey::journey;
use crate::support::rules;

fn letters(number: usize) -> String {
    "ø".repeat(number)
}

#[tokio::test]
async fn period_name_length() {
    let test = journey().await;
    let named = |name: String| json!({ "name": name, "firstDate": "2025-01-01", "lastDate": "2025-12-31" });
    let renamed = |name: String| json!({ "id": test.period(), "name": name });
    let at_fault = invalid(rules::PERIOD_NAME_LENGTH, "input.name");
    let created = test.refused("createReportPeriod", named(letters(201))).await;
    assert_eq!(broken(&created), at_fault);
    let changed = test.refused("updateReportPeriod", renamed(letters(201))).await;
    assert_eq!(broken(&changed), at_fault);
    test.does("createReportPeriod", named(letters(200))).await;
    test.does("updateReportPeriod", renamed(letters(200))).await;
}

#[tokio::test]
async fn reopening_reason_length() {
    let test = journey().await;
    let report = test.exported().await;
    let reopening = |length| json!({ "reportId": report, "reason": letters(length) });
    let admin = test.hlf().admin;
    let refused = test.refused_to(admin, "hlf", "reopenReport", reopening(1001)).await;
    assert_eq!(
        broken(&refused),
        invalid(rules::REOPENING_REASON_LENGTH, "input.reason")
    );
    test.does_as(admin, "reopenReport", reopening(1000)).await;
}

/// The filter of an export of the log stands in the log.
#[tokio::test]
async fn short_text_length() {
    let test = journey().await;
    let admin = test.hlf().admin;
    let list = "query ($filter: AuditLogFilter) { auditLog(filter: $filter) { nodes { sequence } } }";
    let filter = |length| json!({ "filter": { "subjectType": letters(length) } });
    let refused = asks_in_vain(&test, admin, list, filter(301)).await;
    assert_eq!(
        broken(&refused),
        invalid(rules::SHORT_TEXT_LENGTH, "filter.subjectType")
    );
    let answer = test.api.run(admin, "hlf", list, filter(300)).await;
    assert_eq!(answer["errors"], Value::Null, "{answer}");
}

/// Wherever a client types: in a variable, in a document's string, and in each mutation and filter alike.
#[tokio::test]
async fn text_without_control_characters() {
    let test = journey().await;
    let named = |name: &str| json!({ "name": name, "firstDate": "2025-01-01", "lastDate": "2025-12-31" });
    let at_fault = invalid(rules::TEXT_WITHOUT_CONTROL_CHARACTERS, "input.name");
    for control in ["\u{1}", "\u{8}", "\u{b}", "\u{c}", "\u{1b}[31m", "\u{7f}", "\u{85}"] {
        let refused = test.refused("createReportPeriod", named(&format!("a{control}b"))).await;
        assert_eq!(broken(&refused), at_fault);
    }
    for literal in [
        r#""a\u0007b""#,
        r#""a\bb""#,
        r#""a\fb""#,
        "\"a\u{7f}b\"",
        "\"\"\"a\u{b}b\"\"\"",
    ] {
        let document = format!(
            "mutation {{ createReportPeriod(input: {{ name: {literal}, firstDate: \"2025-01-01\", lastDate: \"2025-12-31\" }})
                {{ period {{ id }} }} }}"
        );
        let refused = asks_in_vain(&test, test.hlf().coordinator, &document, json!({})).await;
        assert_eq!(broken(&refused), at_fault, "{literal}");
    }
    let figure = json!({ "reportPeriodId": test.period(), "figures": [
        { "field": "OR01", "value": 3 }, { "field": "OR02", "value": "a\u{1}" }
    ] });
    let refused = test.refused("setPeriodFigures", figure).await;
    let at_fault = invalid(rules::TEXT_WITHOUT_CONTROL_CHARACTERS, "input.figures.1.value");
    assert_eq!(broken(&refused), at_fault);
    test.does("createReportPeriod", named("a\tb\r\n\u{200f}c")).await;
}
