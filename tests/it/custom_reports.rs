//! A custom report's life: defined, listed, previewed, changed, copied, handed over, deleted.

use bufdir_reports::kernel::id;
use serde_json::{Value, json};

use crate::support::custom_report::{by_kind, created, with};
use crate::support::graphql::{data, opaque, value_of};
use crate::support::ids;
use crate::support::journey::{Journey, journey};

const REPORT: &str = "id name description reportType isRunnable notRunnableReason outputFormat language dateRangeType
    dateFrom dateTo isScheduled scheduleCron nextRunAt nextRuns(first: 2) scheduleFailures scheduleDisabledReason
    lastRunAt lastRunStatus lastRunRowCount isActive createdBy { name } createdAt updatedAt storedDefinition
    definition {
        reportType groupings { by level period } columns { key aggregation label order }
        filters { version limit where {
            ... on CustomReportConditionGroup { operator conditions {
                ... on CustomReportFieldCondition { key is: operator values { text integer boolean } }
            } }
            ... on CustomReportFieldCondition { key is: operator values { text integer boolean } }
        } }
    }";

async fn admin_does(test: &Journey, mutation: &str, input: Value) -> Value {
    test.database.clock.advance(chrono::TimeDelta::seconds(1));
    let taken = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
    let document =
        format!("mutation ($input: {taken}!) {{ {mutation}(input: $input) {{ customReport {{ {REPORT} }} }} }}");
    let answer = test
        .api
        .run(test.hlf().admin, "hlf", &document, json!({ "input": input }));
    data(answer.await)[mutation]["customReport"].clone()
}

async fn names(test: &Journey, arguments: Value) -> Vec<String> {
    let query = "query ($filter: CustomReportFilter, $orderBy: CustomReportOrder) {
        customReports(filter: $filter, orderBy: $orderBy) { nodes { name } } }";
    let answer = test.asks(query, arguments).await;
    let nodes = answer["customReports"]["nodes"].as_array().unwrap().clone();
    nodes
        .iter()
        .map(|node| node["name"].as_str().unwrap().to_owned())
        .collect()
}

/// The log of the custom reports, the earliest first: action, message, details.
async fn log(test: &Journey) -> Vec<(String, String, Value)> {
    let query = "{ auditLog(orderBy: OLDEST_FIRST) { nodes { type message details } } }";
    let answer = data(test.api.run(test.hlf().admin, "hlf", query, json!({})).await);
    let nodes = answer["auditLog"]["nodes"].as_array().unwrap().clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let told = |node: Value| (text(&node["type"]), text(&node["message"]), node["details"].clone());
    nodes.into_iter().map(told).collect()
}

#[tokio::test]
async fn a_report_is_defined_changed_copied_handed_over_and_deleted() {
    let test = journey().await;
    let report = admin_does(&test, "createCustomReport", with(json!({ "description": " " }))).await;
    assert_eq!(report["name"], "Hours by kind");
    assert_eq!(report["description"], Value::Null);
    assert_eq!(report["isRunnable"], true);
    assert_eq!(report["createdBy"]["name"], "admin hlf");
    assert_eq!(
        report["definition"]["groupings"],
        json!([{ "by": "KIND", "level": null, "period": null }])
    );
    assert_eq!(report["nextRuns"], json!([]));

    let scheduled = json!({
        "id": report["id"], "name": "Timer", "description": "For the board", "schedule": " 0  6 1 * * ",
        "dateRange": { "type": "FIXED", "from": "2025-01-01", "to": "2025-06-30" }, "expectedUpdatedAt": report["updatedAt"],
    });
    let changed = admin_does(&test, "updateCustomReport", scheduled).await;
    assert_eq!(changed["scheduleCron"], "0 6 1 * *");
    assert_eq!(changed["nextRunAt"], "2026-04-01T04:00:00Z");
    assert_eq!(
        changed["nextRuns"],
        json!(["2026-04-01T04:00:00Z", "2026-05-01T04:00:00Z"])
    );
    assert_eq!(
        (&changed["dateFrom"], &changed["dateTo"]),
        (&json!("2025-01-01"), &json!("2025-06-30"))
    );
    assert_eq!(changed["definition"], report["definition"]);

    let copy = admin_does(&test, "duplicateCustomReport", json!({ "id": report["id"] })).await;
    assert_eq!(
        (&copy["name"], &copy["isScheduled"]),
        (&json!("Timer (kopi)"), &json!(false))
    );
    assert_eq!(copy["dateTo"], "2025-06-30");
    assert_eq!(copy["definition"], report["definition"]);

    let coordinator = opaque(ids::PERSON, test.hlf().coordinator);
    let transfer = json!({ "id": report["id"], "personId": coordinator });
    let handed_over = admin_does(&test, "transferCustomReport", transfer).await;
    assert_eq!(handed_over["createdBy"]["name"], "coordinator hlf");
    assert_eq!(handed_over["scheduleCron"], "0 6 1 * *");
    assert_eq!(
        names(&test, json!({ "filter": { "createdById": coordinator } })).await,
        ["Timer"]
    );

    assert_eq!(names(&test, json!({})).await, ["Timer", "Timer (kopi)"]);
    let deleted = admin_does(&test, "deleteCustomReport", json!({ "id": report["id"] })).await;
    assert_eq!(
        (&deleted["isActive"], &deleted["nextRunAt"]),
        (&json!(false), &Value::Null)
    );
    assert_eq!(names(&test, json!({})).await, ["Timer (kopi)"]);
    assert_eq!(names(&test, json!({ "filter": { "deleted": true } })).await, ["Timer"]);
    // What is deleted runs no more, on no schedule either.
    assert_eq!(
        (&deleted["isScheduled"], &deleted["scheduleCron"], &deleted["nextRuns"]),
        (&json!(false), &json!("0 6 1 * *"), &json!([]))
    );
    for (scheduled, listed) in [(true, vec![]), (false, vec!["Timer"])] {
        let filter = json!({ "filter": { "deleted": true, "isScheduled": scheduled } });
        assert_eq!(names(&test, filter).await, listed);
    }

    let log = log(&test).await;
    let actions: Vec<_> = log.iter().map(|(action, ..)| action.as_str()).collect();
    let expected =
        ["CREATED", "UPDATED", "DUPLICATED", "TRANSFERRED", "DELETED"].map(|did| format!("CUSTOM_REPORT_{did}"));
    assert_eq!(actions, expected);
    assert_eq!(log[0].2["definition"]["columns"][1]["label"], "Timer");
    let changes = &log[1].2["changes"];
    assert_eq!(changes["name"], json!({ "before": "Hours by kind", "after": "Timer" }));
    assert_eq!(changes["date_from"], json!({ "before": null, "after": "2025-01-01" }));
    assert!(changes.get("columns").is_none(), "{changes}");
    let (_, original) = id::decode(&report["id"].as_str().unwrap().into()).unwrap();
    assert_eq!(log[2].2["copied_from"], json!(original));
}

/// What a client reads is what it may write.
#[tokio::test]
async fn a_definition_is_read_as_it_was_written() {
    let test = journey().await;
    let unit = opaque(ids::ORGANIZATIONAL_UNIT, test.hlf().locals[0]);
    let mut definition = by_kind();
    definition["filters"] = json!({
        "limit": 10,
        "where": { "all": [
            { "not": { "choice": { "key": "mode", "operator": "EQUALS", "values": ["digital"] } } },
            { "id": { "key": "area", "operator": "IN", "values": [unit] } },
            { "decimal": { "key": "hours", "operator": "AT_LEAST", "values": ["0.50"] } },
            { "date": { "key": "date", "operator": "BETWEEN", "values": ["2025-01-01", "2025-12-31"] } },
        ] },
    });
    let report = admin_does(&test, "createCustomReport", with(json!({ "definition": definition }))).await;
    let filters = &report["definition"]["filters"];
    assert_eq!((&filters["version"], &filters["limit"]), (&json!(1), &json!(10)));
    assert_eq!(filters["where"]["operator"], "ALL");
    let conditions = &filters["where"]["conditions"];
    let value = |key: &str| value_of(conditions, "key", key)["values"].clone();
    assert_eq!(
        value("area"),
        json!([{ "text": unit, "integer": null, "boolean": null }])
    );
    assert_eq!(value("hours")[0]["text"], "0.50");
    assert_eq!(value("date")[1]["text"], "2025-12-31");
    let stored = &report["storedDefinition"]["filters"]["where"]["all"][0];
    assert_eq!(stored["not"]["field"]["operator"], "equals");
}

/// Failures switched a schedule off; giving it anew, the same one even, switches it on.
#[tokio::test]
async fn a_schedule_that_failures_switched_off_is_switched_on_again() {
    let test = journey().await;
    let report = admin_does(&test, "createCustomReport", with(json!({ "schedule": "0 6 * * *" }))).await;
    test.database
        .arrange(
            "set local session_replication_role = replica; update custom_reports set is_scheduled = false,
                next_run_at = null, schedule_failures = 5, schedule_disabled_reason = 'It failed five times.'"
                .to_owned(),
        )
        .await;
    let query = format!("query ($id: ID!) {{ customReport(id: $id) {{ {REPORT} }} }}");
    let off = test.asks(&query, json!({ "id": report["id"] })).await["customReport"].clone();
    assert_eq!(off["scheduleDisabledReason"], "It failed five times.");
    assert_eq!((&off["isScheduled"], &off["nextRuns"]), (&json!(false), &json!([])));
    let on = json!({ "id": report["id"], "schedule": "0 6 * * *" });
    let on = admin_does(&test, "updateCustomReport", on).await;
    assert_eq!((&on["isScheduled"], &on["scheduleFailures"]), (&json!(true), &json!(0)));
    assert_eq!(on["nextRunAt"], "2026-03-03T05:00:00Z");
    let without = json!({ "id": report["id"], "schedule": null });
    let without = admin_does(&test, "updateCustomReport", without).await;
    assert_eq!(
        (&without["isScheduled"], &without["scheduleCron"]),
        (&json!(false), &Value::Null)
    );
}

/// A definition of a version to come is listed and marked, and can be given a new one.
#[tokio::test]
async fn a_definition_that_is_not_understood_is_listed_and_marked() {
    let test = journey().await;
    let report = admin_does(&test, "createCustomReport", created()).await;
    test.database
        .arrange(
            r#"set local session_replication_role = replica; update custom_reports
                set filters = '{"version": 2, "where": {"sql": "x"}}'"#
                .to_owned(),
        )
        .await;
    let query = format!("{{ customReports {{ nodes {{ {REPORT} }} }} }}");
    let listed = test.asks(&query, json!({})).await["customReports"]["nodes"][0].clone();
    assert_eq!(
        (&listed["isRunnable"], &listed["definition"]),
        (&json!(false), &Value::Null)
    );
    assert!(
        listed["notRunnableReason"].as_str().unwrap().contains("version"),
        "{listed}"
    );
    assert_eq!(listed["storedDefinition"]["filters"]["version"], 2);
    for (mutation, input) in [
        ("duplicateCustomReport", json!({ "id": report["id"] })),
        (
            "updateCustomReport",
            json!({ "id": report["id"], "schedule": "0 6 * * *" }),
        ),
    ] {
        let taken = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        let document =
            format!("mutation ($input: {taken}!) {{ {mutation}(input: $input) {{ customReport {{ id }} }} }}");
        let answer = test
            .api
            .run(test.hlf().admin, "hlf", &document, json!({ "input": input }))
            .await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "INVALID", "{answer}");
    }
    let renamed = admin_does(
        &test,
        "updateCustomReport",
        json!({ "id": report["id"], "name": "Kept" }),
    )
    .await;
    assert_eq!(
        (&renamed["name"], &renamed["isRunnable"]),
        (&json!("Kept"), &json!(false))
    );
    let anew = json!({ "id": report["id"], "definition": by_kind() });
    assert_eq!(admin_does(&test, "updateCustomReport", anew).await["isRunnable"], true);
}

/// The copy of a deleted report is one that runs.
#[tokio::test]
async fn a_deleted_report_is_copied() {
    let test = journey().await;
    let report = admin_does(&test, "createCustomReport", with(json!({ "schedule": "0 6 * * *" }))).await;
    admin_does(&test, "deleteCustomReport", json!({ "id": report["id"] })).await;
    let copy = admin_does(
        &test,
        "duplicateCustomReport",
        json!({ "id": report["id"], "name": "Again" }),
    )
    .await;
    assert_eq!(
        (&copy["isActive"], &copy["isScheduled"], &copy["scheduleCron"]),
        (&json!(true), &json!(false), &Value::Null)
    );
    assert_eq!(copy["definition"], report["definition"]);
    assert_eq!(names(&test, json!({})).await, ["Again"]);
}

/// A column that the program has no more is named in the reason, with its place.
#[tokio::test]
async fn a_reason_names_the_key_and_its_place() {
    let test = journey().await;
    let report = admin_does(&test, "createCustomReport", created()).await;
    test.database
        .arrange(
            r#"set local session_replication_role = replica; update custom_reports
                set columns = '[{"key": "hours", "aggregation": "sum"}, {"key": "wages", "aggregation": "sum"}]'"#
                .to_owned(),
        )
        .await;
    let query = "query ($id: ID!) { customReport(id: $id) { notRunnableReason } }";
    let told = test.asks(query, json!({ "id": report["id"] })).await;
    let reason = told["customReport"]["notRunnableReason"].as_str().unwrap();
    assert!(
        reason.contains("\"wages\"") && reason.ends_with("(columns[1].key)"),
        "{reason}"
    );
}

#[tokio::test]
async fn custom_reports_are_listed_by_filter_and_order() {
    let test = journey().await;
    for (name, extra) in [
        ("Bergen", json!({ "schedule": "0 6 * * *" })),
        ("Ål", json!({})),
        ("Alta", json!({})),
    ] {
        let mut input = with(extra);
        input["name"] = json!(name);
        admin_does(&test, "createCustomReport", input).await;
    }
    assert_eq!(names(&test, json!({})).await, ["Alta", "Bergen", "Ål"]);
    let newest = json!({ "orderBy": { "field": "CREATED_AT", "descending": true } });
    assert_eq!(names(&test, newest).await, ["Alta", "Ål", "Bergen"]);
    assert_eq!(
        names(&test, json!({ "filter": { "isScheduled": true } })).await,
        ["Bergen"]
    );
    assert_eq!(names(&test, json!({ "filter": { "name": "aL" } })).await, ["Alta"]);
    assert_eq!(
        names(&test, json!({ "filter": { "name": "%" } })).await,
        Vec::<String>::new()
    );
    assert_eq!(
        names(&test, json!({ "filter": { "reportType": "UNITS" } })).await,
        Vec::<String>::new()
    );
}
