//! Support access through GraphQL: who lets in whom, for how long, and what is recorded of it.

use entity::enums::ActorKind;
use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::graphql::GraphQl;
use crate::support::ids;
use crate::support::{TestDatabase, database};

/// `{ data, errors }` of someone in HLF.
async fn answer(database: &TestDatabase, user: Uuid, query: &str, variables: Value) -> Value {
    GraphQl::new(database).run(user, "hlf", query, variables).await
}

const GRANT: &str = "mutation ($input: GrantSupportAccessInput!) { grantSupportAccess(input: $input) { supportAccess {
    id reason validFrom validUntil isActive revokedAt globalAdmin { name } grantedBy { name } revokedBy { name }
} } }";
const REVOKE: &str = "mutation ($id: ID!) { revokeSupportAccess(input: { id: $id }) {
    supportAccess { id isActive revokedAt revokedBy { name } }
} }";
const LIST: &str = "query ($active: Boolean) { supportAccess(active: $active) { nodes { id isActive } } }";
const READ: &str = "{ viewer { rights } organization { slug } reports { nodes { id } } }";

fn input() -> Value {
    json!({
        "globalAdmin": { "email": "global.admin@example.org" },
        "reason": "A figure is missing",
        "validUntil": "2026-03-04T09:00:00Z",
    })
}

/// The grant's id, as clients see it.
async fn granted(database: &TestDatabase) -> String {
    let answer = answer(database, database.fixture.hlf.admin, GRANT, json!({ "input": input() })).await;
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    answer["data"]["grantSupportAccess"]["supportAccess"]["id"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// Actor's kind, grant and action of HLF's entries, in order.
async fn log(database: &TestDatabase) -> Vec<(String, Option<Uuid>, String)> {
    let sql = "select actor_kind, support_access_id, action from audit_logs order by sequence";
    sqlx::query_as(sql).fetch_all(database.superuser()).await.unwrap()
}

#[tokio::test]
async fn an_org_admin_lets_a_global_admin_in_and_out() {
    let database = database().await;
    let (hlf, global_admin) = (&database.fixture.hlf, database.fixture.global_admin);
    assert_eq!(
        answer(&database, global_admin, READ, json!({})).await["data"],
        Value::Null
    );

    let shown = answer(&database, hlf.admin, GRANT, json!({ "input": input() })).await;
    let shown = &shown["data"]["grantSupportAccess"]["supportAccess"];
    let grant = shown["id"].as_str().unwrap();
    assert_eq!(
        *shown,
        json!({
            "id": grant, "reason": "A figure is missing", "validFrom": "2026-03-02T09:00:00Z",
            "validUntil": "2026-03-04T09:00:00Z", "isActive": true, "revokedAt": null,
            "globalAdmin": { "name": "Global Admin" }, "grantedBy": { "name": "admin hlf" }, "revokedBy": null,
        })
    );
    let inside = answer(&database, global_admin, READ, json!({})).await;
    assert_eq!(inside["errors"], Value::Null, "{inside}");

    let revoked = answer(&database, hlf.admin, REVOKE, json!({ "id": grant })).await;
    let revoked = &revoked["data"]["revokeSupportAccess"]["supportAccess"];
    assert_eq!(
        (&revoked["isActive"], &revoked["revokedBy"]["name"]),
        (&json!(false), &json!("admin hlf"))
    );
    let outside = answer(&database, global_admin, READ, json!({})).await;
    assert_eq!(outside["errors"][0]["extensions"]["rule"], "organization_unknown");
    let again = answer(&database, hlf.admin, REVOKE, json!({ "id": grant })).await;
    assert_eq!(again["errors"][0]["extensions"]["rule"], "support_access_only_revoked");
    let actions: Vec<String> = log(&database).await.into_iter().map(|(_, _, action)| action).collect();
    assert_eq!(
        actions,
        ["support_access_granted", "support_read", "support_access_revoked"]
    );
}

/// One entry for each operation, however many fields it has; and it names support and the grant.
#[tokio::test]
async fn what_support_reads_is_recorded_before_it_is_read() {
    let database = database().await;
    let grant = granted(&database).await;
    let global_admin = database.fixture.global_admin;
    for _ in 0..2 {
        let read = answer(&database, global_admin, READ, json!({})).await;
        assert_eq!(read["errors"], Value::Null, "{read}");
    }
    let reads = log(&database).await.split_off(1);
    assert_eq!(reads.len(), 2);
    for (kind, access, action) in reads {
        assert_eq!(
            (kind.as_str(), action.as_str()),
            (ActorKind::Support.as_str(), "support_read")
        );
        assert_eq!(access.map(|id| ids::SUPPORT_ACCESS.encode(id).0), Some(grant.clone()));
    }
}

/// Nothing is read where the reading cannot be recorded, by no field of the operation.
#[tokio::test]
async fn support_reads_nothing_that_cannot_be_recorded() {
    let database = database().await;
    granted(&database).await;
    database
        .arrange(
            "create function refuse_support_read() returns trigger language plpgsql as $$
             begin if new.action = 'support_read' then raise exception 'no'; end if; return new; end $$;
             create trigger broken before insert on audit_logs for each row execute function refuse_support_read()",
        )
        .await;
    let global_admin = database.fixture.global_admin;
    let query = "{ first: organizationalUnits { nodes { name } } second: supportAccess { nodes { id } } }";
    let read = answer(&database, global_admin, query, json!({})).await;
    assert_eq!(read["data"], Value::Null, "{read}");
    for error in read["errors"].as_array().unwrap() {
        assert_eq!(error["extensions"]["code"], "INTERNAL");
    }
}

#[rstest]
#[case::coordinator(|database: &TestDatabase| database.fixture.hlf.coordinator)]
#[case::peer_mentor(|database: &TestDatabase| database.fixture.hlf.peers[0])]
#[case::support(|database: &TestDatabase| database.fixture.global_admin)]
#[tokio::test]
async fn only_an_org_admin_lets_in_or_out(#[case] user: fn(&TestDatabase) -> Uuid) {
    let database = database().await;
    let grant = granted(&database).await;
    for (mutation, variables) in [(GRANT, json!({ "input": input() })), (REVOKE, json!({ "id": grant }))] {
        let refused = answer(&database, user(&database), mutation, variables).await;
        let extensions = &refused["errors"][0]["extensions"];
        assert_eq!(extensions["code"], "FORBIDDEN", "{refused}");
        assert_eq!(extensions["rule"], "support_access_granted_by_org_admin");
    }
}

#[rstest]
#[case::reason(json!({ "reason": " " }), "support_access_reason_not_empty", "input.reason")]
#[case::a_book(json!({ "reason": "ø".repeat(1001) }), "support_access_reason_length", "input.reason")]
#[case::too_long(json!({ "validUntil": "2026-05-04T09:00:00Z" }), "support_access_at_most_30_days", "input.validUntil")]
#[case::ended(json!({ "validUntil": "2026-03-01T09:00:00Z" }), "support_access_at_most_30_days", "input.validUntil")]
#[case::nobody(json!({ "globalAdmin": { "email": "no.one@example.org" } }), "support_access_for_global_admin", "input.globalAdmin.email")]
#[case::a_member(json!({ "globalAdmin": { "email": "coordinator@hlf.example.org" } }), "support_access_for_global_admin", "input.globalAdmin.email")]
#[tokio::test]
async fn a_grant_names_whom_why_and_until_when(#[case] change: Value, #[case] rule: &str, #[case] field: &str) {
    let database = database().await;
    let mut input = input();
    input
        .as_object_mut()
        .unwrap()
        .extend(change.as_object().unwrap().clone());
    let refused = answer(&database, database.fixture.hlf.admin, GRANT, json!({ "input": input })).await;
    assert_eq!(
        refused["errors"][0]["extensions"],
        json!({ "code": "INVALID", "rule": rule, "field": field }),
        "{refused}"
    );
    assert!(log(&database).await.is_empty());
}

#[tokio::test]
async fn grants_are_listed_for_org_admins_and_support() {
    let database = database().await;
    let (hlf, global_admin) = (&database.fixture.hlf, database.fixture.global_admin);
    let ended = granted(&database).await;
    answer(&database, hlf.admin, REVOKE, json!({ "id": ended })).await;
    let current = granted(&database).await;
    for user in [hlf.admin, global_admin] {
        for (active, expected) in [(Some(true), &current), (Some(false), &ended)] {
            let listed = answer(&database, user, LIST, json!({ "active": active })).await;
            let nodes = &listed["data"]["supportAccess"]["nodes"];
            assert_eq!(*nodes, json!([{ "id": expected, "isActive": active }]), "{listed}");
        }
        let all = answer(&database, user, LIST, json!({})).await;
        assert_eq!(all["data"]["supportAccess"]["nodes"].as_array().map(Vec::len), Some(2));
    }
    let refused = answer(&database, hlf.coordinator, LIST, json!({})).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN");
    let elsewhere = ids::SUPPORT_ACCESS.encode(database.new_id()).0;
    let unknown = answer(&database, hlf.admin, REVOKE, json!({ "id": elsewhere })).await;
    assert_eq!(unknown["errors"][0]["extensions"]["code"], "NOT_FOUND");
}
