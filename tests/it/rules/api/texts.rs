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
