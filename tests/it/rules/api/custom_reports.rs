//! Definitions of custom reports.

use ::bufdir_reports::kernel::rule::Rule;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{asks_in_vain, broken, conflict, forbidden, invalid};
use crate::support::custom_report::{by_kind, created, of_unit, with};
use crate::support::graphql::{Refusal, data, opaque};
use crate::support::ids;
use crate::support::journey::{Journey, journey};
use crate::support::rules;

const PREVIEW: &str = "query ($definition: CustomReportDefinitionInput!, $dateRange: CustomReportDateRangeInput!) {
    previewCustomReport(definition: $definition, dateRange: $dateRange) { rows { cells { text } } } }";

fn document(mutation: &str) -> String {
    let taken = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
    format!("mutation ($input: {taken}!) {{ {mutation}(input: $input) {{ customReport {{ id updatedAt }} }} }}")
}

async fn passes(test: &Journey, mutation: &str, input: Value) -> Value {
    let arguments = json!({ "input": input });
    let answer = test
        .api
        .run(test.hlf().admin, "hlf", &document(mutation), arguments)
        .await;
    data(answer)[mutation]["customReport"].clone()
}

async fn refused_to(test: &Journey, user: Uuid, mutation: &str, input: Value) -> Refusal {
    let before = test.state().await;
    let refusal = asks_in_vain(test, user, &document(mutation), json!({ "input": input })).await;
    assert_eq!(test.state().await, before, "{mutation} {input}");
    refusal
}

async fn refused(test: &Journey, mutation: &str, input: Value) -> Refusal {
    refused_to(test, test.hlf().admin, mutation, input).await
}

/// A definition, as clients know it.
async fn defined(test: &Journey) -> String {
    passes(test, "createCustomReport", created()).await["id"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// The same input with another value is refused by a rule at a field, on creation and on change.
async fn at_fault(rule: Rule, field: &str, change: Value) {
    let test = journey().await;
    let report = defined(&test).await;
    let refusal = refused(&test, "createCustomReport", with(change.clone())).await;
    assert_eq!(broken(&refusal), invalid(rule, field), "{change}");
    let mut update = change.clone();
    update["id"] = json!(report);
    let refusal = refused(&test, "updateCustomReport", update).await;
    assert_eq!(broken(&refusal), invalid(rule, field), "{change}");
}

#[tokio::test]
async fn name_not_empty() {
    at_fault(rules::NAME_NOT_EMPTY, "input.name", json!({ "name": " \t" })).await;
}

#[tokio::test]
async fn custom_report_name_length() {
    at_fault(
        rules::CUSTOM_REPORT_NAME_LENGTH,
        "input.name",
        json!({ "name": "å".repeat(201) }),
    )
    .await;
}

#[tokio::test]
async fn custom_report_description_length() {
    let long = json!({ "description": "å".repeat(5001) });
    at_fault(rules::CUSTOM_REPORT_DESCRIPTION_LENGTH, "input.description", long).await;
}

#[tokio::test]
async fn text_on_one_line() {
    for name in ["a\nb", "a\rb", "a\tb"] {
        at_fault(rules::TEXT_ON_ONE_LINE, "input.name", json!({ "name": name })).await;
    }
}

#[tokio::test]
async fn fixed_range_requires_dates() {
    let rule = rules::FIXED_RANGE_REQUIRES_DATES;
    for (range, field) in [
        (json!({ "type": "FIXED" }), "from"),
        (json!({ "type": "FIXED", "to": "2024-12-31" }), "from"),
        (json!({ "type": "FIXED", "from": "2024-12-31" }), "to"),
        (
            json!({ "type": "FIXED", "from": "2024-12-31", "to": "2024-12-30" }),
            "to",
        ),
        (json!({ "type": "LAST_YEAR", "from": "2024-12-31" }), "from"),
        (json!({ "type": "LAST_YEAR", "to": "2024-12-31" }), "to"),
        (
            json!({ "type": "FIXED", "from": "01.01.2024", "to": "2024-12-31" }),
            "from",
        ),
        (json!({ "type": "FIXED", "from": "2024-12-31", "to": 2025 }), "to"),
    ] {
        at_fault(rule, &format!("input.dateRange.{field}"), json!({ "dateRange": range })).await;
    }
    let test = journey().await;
    let one_day = json!({ "type": "FIXED", "from": "2024-12-31", "to": "2024-12-31" });
    passes(&test, "createCustomReport", with(json!({ "dateRange": one_day }))).await;
}

#[tokio::test]
async fn valid_cron_expression() {
    for cron in ["", "0 6 * *", "60 6 * * *", "0 6 30 2 *", "0 6 * * *; drop table users"] {
        at_fault(
            rules::VALID_CRON_EXPRESSION,
            "input.schedule",
            json!({ "schedule": cron }),
        )
        .await;
    }
}

/// What is foretold is saved, and what is refused is refused by both, at its field.
#[tokio::test]
async fn a_schedule_is_foretold_as_it_is_saved() {
    let test = journey().await;
    let query = "query ($cron: String!) { nextRuns(cron: $cron) }";
    for cron in [
        "0 6",
        "*/100 * * * *",
        "0 6 001 * *",
        "007 6 * * *",
        "0 6 L * *",
        "0 6 * * FRI-MON",
    ] {
        let foretold = asks_in_vain(&test, test.hlf().coordinator, query, json!({ "cron": cron })).await;
        assert_eq!(
            broken(&foretold),
            invalid(rules::VALID_CRON_EXPRESSION, "cron"),
            "{cron}"
        );
        let saved = refused(&test, "createCustomReport", with(json!({ "schedule": cron }))).await;
        assert_eq!(
            broken(&saved),
            invalid(rules::VALID_CRON_EXPRESSION, "input.schedule"),
            "{cron}"
        );
        assert_eq!(foretold.message, saved.message);
    }
    for cron in ["0\u{a0}6 * * *", "0 6 * * *\n", "\t00  06 * * *"] {
        test.asks(query, json!({ "cron": cron })).await;
        passes(&test, "createCustomReport", with(json!({ "schedule": cron }))).await;
    }
}

#[tokio::test]
async fn org_admin_only_create() {
    let test = journey().await;
    let report = defined(&test).await;
    for user in [test.hlf().coordinator, test.hlf().peers[0]] {
        let refusal = refused_to(&test, user, "createCustomReport", created()).await;
        assert_eq!(broken(&refusal), forbidden(rules::ORG_ADMIN_ONLY_CREATE));
        for mutation in ["updateCustomReport", "duplicateCustomReport", "deleteCustomReport"] {
            let refusal = refused_to(&test, user, mutation, json!({ "id": report })).await;
            assert_eq!(broken(&refusal), forbidden(rules::ORG_ADMIN_ONLY_CREATE));
        }
        let transfer = json!({ "id": report, "personId": opaque(ids::PERSON, test.hlf().second_coordinator) });
        let refusal = refused_to(&test, user, "transferCustomReport", transfer).await;
        assert_eq!(broken(&refusal), forbidden(rules::ORG_ADMIN_ONLY_CREATE));
    }
}

#[tokio::test]
async fn custom_report_stays_deleted() {
    let test = journey().await;
    let report = defined(&test).await;
    passes(&test, "deleteCustomReport", json!({ "id": report })).await;
    for mutation in ["updateCustomReport", "deleteCustomReport"] {
        let refusal = refused(&test, mutation, json!({ "id": report })).await;
        assert_eq!(broken(&refusal), conflict(rules::CUSTOM_REPORT_STAYS_DELETED));
    }
    // To copy it changes nothing of it.
    passes(&test, "duplicateCustomReport", json!({ "id": report })).await;
}

#[tokio::test]
async fn run_requires_active_report() {
    let test = journey().await;
    let report = defined(&test).await;
    passes(&test, "deleteCustomReport", json!({ "id": report })).await;
    let run = "mutation ($input: RunCustomReportInput!) { runCustomReport(input: $input) { customReportRun { id } } }";
    let asked = json!({ "input": { "id": report } });
    let refusal = asks_in_vain(&test, test.hlf().coordinator, run, asked).await;
    assert_eq!(broken(&refusal), conflict(rules::RUN_REQUIRES_ACTIVE_REPORT));
}

#[tokio::test]
async fn custom_report_owner_is_staff() {
    let test = journey().await;
    let report = defined(&test).await;
    for person in [test.hlf().peers[0], test.hlf().admin] {
        let transfer = json!({ "id": report, "personId": opaque(ids::PERSON, person) });
        let refusal = refused(&test, "transferCustomReport", transfer).await;
        assert_eq!(
            broken(&refusal),
            invalid(rules::CUSTOM_REPORT_OWNER_IS_STAFF, "input.personId")
        );
    }
    let nobodys = json!({ "id": report, "personId": opaque(ids::PERSON, test.database.fixture.nhf.admin) });
    let refusal = refused(&test, "transferCustomReport", nobodys).await;
    assert_eq!(broken(&refusal), ("NOT_FOUND", None, Some("input.personId")));
    let second = test.hlf().second_coordinator;
    let inactive = format!("update users set is_active = false where id = '{second}'");
    test.database.arrange(inactive).await;
    let transfer = json!({ "id": report, "personId": opaque(ids::PERSON, second) });
    let refusal = refused(&test, "transferCustomReport", transfer).await;
    assert_eq!(
        broken(&refusal),
        invalid(rules::CUSTOM_REPORT_OWNER_IS_STAFF, "input.personId")
    );
}

#[tokio::test]
async fn custom_report_changed_meanwhile() {
    let test = journey().await;
    let read = passes(&test, "createCustomReport", created()).await;
    test.database.clock.advance(chrono::TimeDelta::seconds(1));
    let change = json!({ "id": read["id"], "name": "First", "expectedUpdatedAt": read["updatedAt"] });
    passes(&test, "updateCustomReport", change.clone()).await;
    let refusal = refused(&test, "updateCustomReport", change).await;
    assert_eq!(broken(&refusal), conflict(rules::CUSTOM_REPORT_CHANGED_MEANWHILE));
}

/// Faults of the definition itself, on save and before a preview; their path is that of the JSON shape.
#[tokio::test]
async fn columns_not_empty() {
    let mut definition = by_kind();
    definition["columns"] = json!([]);
    let change = json!({ "definition": definition });
    at_fault(rules::COLUMNS_NOT_EMPTY, "input.definition.columns", change).await;
    let test = journey().await;
    let asked = json!({ "definition": definition, "dateRange": { "type": "LAST_YEAR" } });
    let refusal = asks_in_vain(&test, test.hlf().coordinator, PREVIEW, asked).await;
    assert_eq!(
        broken(&refusal),
        invalid(rules::COLUMNS_NOT_EMPTY, "definition.columns")
    );
}

#[tokio::test]
async fn a_fault_in_a_definition_is_told_with_its_path() {
    for (rule, path, name, value) in [
        (rules::FIELD_KNOWN, "columns[1].key", "/columns/1/key", json!("salary")),
        (
            rules::BUFDIR_EXCLUDED_FROM_CUSTOM_REPORTS,
            "columns[0].key",
            "/columns/0/key",
            json!("frozen_days"),
        ),
        (
            rules::AGGREGATION_FITS_FIELD,
            "columns[0].aggregation",
            "/columns/0/aggregation",
            json!("SUM"),
        ),
        (
            rules::GROUPING_NAMED_ONCE,
            "groupings[1]",
            "/groupings",
            json!([{ "by": "KIND" }, { "by": "KIND" }]),
        ),
        (
            rules::OPERATOR_FITS_FIELD,
            "filters.where.all[1].not.field.operator",
            "/filters",
            json!({ "where": { "all": [
                { "any": [] },
                { "not": { "decimal": { "key": "hours", "operator": "CONTAINS", "values": ["1"] } } },
            ] } }),
        ),
        (
            rules::VALUE_FITS_FIELD,
            "filters.where.field.values[0]",
            "/filters",
            json!({ "where": { "text": { "key": "hours", "operator": "EQUALS", "values": ["many"] } } }),
        ),
    ] {
        let mut definition = by_kind();
        definition["filters"] = Value::Null;
        *definition.pointer_mut(name).unwrap() = value;
        at_fault(
            rule,
            &format!("input.definition.{path}"),
            json!({ "definition": definition }),
        )
        .await;
    }
}

/// A stored definition is refused by the reason why this version does not understand it, at the fault's path in it.
async fn not_understood(rule: Rule, filters: &str, path: &str) {
    let test = journey().await;
    let report = defined(&test).await;
    let stored =
        format!("set local session_replication_role = replica; update custom_reports set filters = '{filters}'");
    test.database.arrange(stored).await;
    let refusal = refused(&test, "duplicateCustomReport", json!({ "id": report })).await;
    assert_eq!(broken(&refusal), invalid(rule, path));
    let scheduled = json!({ "id": report, "schedule": "0 6 * * *" });
    let refusal = refused(&test, "updateCustomReport", scheduled).await;
    assert_eq!(broken(&refusal), invalid(rule, path));
    let query = "query ($id: ID!) { customReport(id: $id) { notRunnableReason } }";
    let told = test.asks(query, json!({ "id": report })).await;
    let reason = told["customReport"]["notRunnableReason"].as_str().unwrap();
    assert!(reason.ends_with(&format!("({path})")), "{reason}");
}

/// Typed inputs are of this shape, so that only a stored definition is of another.
#[tokio::test]
async fn filters_valid_json() {
    not_understood(
        rules::FILTERS_VALID_JSON,
        r#"{"version": 1, "sql": "x"}"#,
        "filters.sql",
    )
    .await;
}

#[tokio::test]
async fn definition_version_known() {
    not_understood(rules::DEFINITION_VERSION_KNOWN, r#"{"version": 7}"#, "filters.version").await;
}

/// To be always empty is a mistake that nobody would be told of.
#[tokio::test]
async fn an_id_in_a_condition_is_the_organizations() {
    let test = journey().await;
    let (hlf, nhf) = (test.hlf().clone(), test.database.fixture.nhf.clone());
    let of_leader = |person| {
        let mut definition = by_kind();
        let person = opaque(ids::PERSON, person);
        definition["filters"] = json!({ "where": { "not": { "id": {
            "key": "leader_id", "operator": "EQUALS", "values": [person],
        } } } });
        definition
    };
    let unit = |unit| of_unit(&opaque(ids::ORGANIZATIONAL_UNIT, unit));
    for definition in [
        unit(nhf.national),
        of_leader(nhf.peers[0]),
        of_leader(test.database.new_id()),
    ] {
        let refusal = refused(&test, "createCustomReport", with(json!({ "definition": definition }))).await;
        let condition = match definition["filters"]["where"].get("not") {
            Some(_) => "not.field",
            None => "field",
        };
        let path = format!("input.definition.filters.where.{condition}.values[0]");
        assert_eq!(broken(&refusal), ("NOT_FOUND", None, Some(path.as_str())));
    }
    for definition in [unit(hlf.national), of_leader(hlf.peers[0])] {
        passes(&test, "createCustomReport", with(json!({ "definition": definition }))).await;
    }
}
