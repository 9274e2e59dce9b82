//! The ledger, and who is let in to help with it.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{asks_in_vain, broken, forbidden, invalid};
use crate::support::graphql::data;
use crate::support::journey::{Journey, journey};
use crate::support::rules;

const CREATE: &str = "mutation ($input: CreateBufdirExportInput!) {
    createBufdirExport(input: $input) { bufdirExport { id } } }";
const GRANT: &str = "mutation ($input: GrantSupportAccessInput!) {
    grantSupportAccess(input: $input) { supportAccess { id } } }";

async fn passes(test: &Journey, mutation: &str, input: Value) {
    data(
        test.api
            .run(test.hlf().admin, "hlf", mutation, json!({ "input": input }))
            .await,
    );
}

async fn refused(test: &Journey, user: Uuid, mutation: &str, input: Value) -> super::Refusal {
    let before = test.state().await;
    let refusal = asks_in_vain(test, user, mutation, json!({ "input": input })).await;
    assert_eq!(test.state().await, before);
    refusal
}

#[tokio::test]
async fn org_admin_only_access() {
    let test = journey().await;
    let input = json!({ "reportPeriodId": test.period(), "format": "CSV" });
    for user in [test.hlf().coordinator, test.hlf().peers[0]] {
        let refusal = refused(&test, user, CREATE, input.clone()).await;
        assert_eq!(broken(&refusal), forbidden(rules::ORG_ADMIN_ONLY_ACCESS));
    }
    passes(&test, CREATE, input).await;
}

/// It would count nobody.
#[tokio::test]
async fn participants_of_the_year_erased() {
    let test = journey().await;
    let input = json!({ "reportPeriodId": test.period(), "format": "CSV" });
    passes(&test, CREATE, input.clone()).await;
    super::reports::erase_participants(&test, 2024).await;
    let refusal = refused(&test, test.hlf().admin, CREATE, input).await;
    assert_eq!(
        broken(&refusal),
        super::conflict(rules::PARTICIPANTS_OF_THE_YEAR_ERASED)
    );
}

/// The year 2024 has ended; that it has not begun to end is enough.
#[tokio::test]
async fn period_must_not_be_future() {
    let test = journey().await;
    let input = json!({ "reportPeriodId": test.period(), "format": "CSV" });
    let ended = test.database.now();
    test.database
        .clock
        .advance("2024-12-31T22:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap() - ended);
    let refusal = refused(&test, test.hlf().admin, CREATE, input.clone()).await;
    assert_eq!(
        broken(&refusal),
        invalid(rules::PERIOD_MUST_NOT_BE_FUTURE, "input.reportPeriodId")
    );
    test.database.clock.advance(chrono::TimeDelta::hours(1));
    passes(&test, CREATE, input).await;
}

#[tokio::test]
async fn grant_reference_code_length() {
    let test = journey().await;
    let with = |codes: Vec<String>| {
        json!({
            "reportPeriodId": test.period(), "format": "CSV", "grantReferenceCodes": codes,
        })
    };
    for codes in [vec![" ".to_owned()], vec!["x".repeat(101)], vec!["x".to_owned(); 51]] {
        let refusal = refused(&test, test.hlf().admin, CREATE, with(codes)).await;
        let at_fault = invalid(rules::GRANT_REFERENCE_CODE_LENGTH, "input.grantReferenceCodes");
        assert_eq!(broken(&refusal), at_fault);
    }
    passes(&test, CREATE, with(vec!["x".repeat(100); 50])).await;
}

fn grant() -> Value {
    json!({
        "globalAdmin": { "email": "global.admin@example.org" }, "reason": "A figure is missing",
        "validUntil": "2026-03-04T09:00:00Z",
    })
}

#[tokio::test]
async fn support_access_granted_by_org_admin() {
    let test = journey().await;
    for user in [test.hlf().coordinator, test.hlf().peers[0]] {
        let refusal = refused(&test, user, GRANT, grant()).await;
        assert_eq!(broken(&refusal), forbidden(rules::SUPPORT_ACCESS_GRANTED_BY_ORG_ADMIN));
    }
    passes(&test, GRANT, grant()).await;
}

#[tokio::test]
async fn support_access_for_global_admin() {
    let test = journey().await;
    let mut input = grant();
    input["globalAdmin"]["email"] = json!("coordinator@hlf.example.org");
    let refusal = refused(&test, test.hlf().admin, GRANT, input).await;
    let at_fault = invalid(rules::SUPPORT_ACCESS_FOR_GLOBAL_ADMIN, "input.globalAdmin.email");
    assert_eq!(broken(&refusal), at_fault);
    passes(&test, GRANT, grant()).await;
}
