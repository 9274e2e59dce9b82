//! The organization's whole log through GraphQL.

use bufdir_reports::kernel::audit_entry::AuditEntry;
use chrono::TimeDelta;
use entity::enums::AuditAction;
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

const LOG: &str = "query ($filter: AuditLogFilter, $orderBy: AuditLogOrder, $first: Int, $after: String) {
    auditLog(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
        nodes { sequence message } pageInfo { hasNextPage endCursor }
    }
}";

/// Three entries of HLF, a day apart, and one of NHF.
async fn written() -> (TestDatabase, Uuid) {
    let database = database().await;
    let (hlf, nhf) = (&database.fixture.hlf, &database.fixture.nhf);
    let export = database.new_id();
    for (user, organization, action, subject, message) in [
        (hlf.admin, "hlf", AuditAction::ExportStarted, "export", "one"),
        (hlf.coordinator, "hlf", AuditAction::NotesChanged, "report", "two"),
        (hlf.coordinator, "hlf", AuditAction::FileDownloaded, "file", "three"),
        (nhf.admin, "nhf", AuditAction::NotesChanged, "report", "elsewhere"),
    ] {
        let scope = database.write(user, organization).await.unwrap();
        scope
            .commit([AuditEntry::new(action, subject, export, message)])
            .await
            .unwrap();
        database.clock.advance(TimeDelta::days(1));
    }
    (database, export)
}

fn messages(answer: &Value) -> Vec<&str> {
    let nodes = answer["data"]["auditLog"]["nodes"].as_array();
    let nodes = nodes.unwrap_or_else(|| panic!("{answer}"));
    nodes.iter().map(|node| node["message"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_log_is_ordered_by_its_sequence_and_paged() {
    let (database, _) = written().await;
    let admin = database.fixture.hlf.admin;
    let newest = answer(&database, admin, LOG, json!({})).await;
    assert_eq!(messages(&newest), ["three", "two", "one"]);
    let variables = json!({ "orderBy": "OLDEST_FIRST", "first": 2 });
    let first = answer(&database, admin, LOG, variables).await;
    assert_eq!(messages(&first), ["one", "two"]);
    let page = &first["data"]["auditLog"]["pageInfo"];
    assert_eq!(page["hasNextPage"], true);
    let variables = json!({ "orderBy": "OLDEST_FIRST", "first": 2, "after": page["endCursor"] });
    let second = answer(&database, admin, LOG, variables).await;
    assert_eq!(messages(&second), ["three"]);
    assert_eq!(second["data"]["auditLog"]["nodes"][0]["sequence"], 3);
}

#[tokio::test]
async fn the_log_is_filtered() {
    let (database, subject) = written().await;
    let hlf = &database.fixture.hlf;
    for (filter, expected) in [
        (
            json!({ "types": ["NOTES_CHANGED", "EXPORT_STARTED"] }),
            vec!["two", "one"],
        ),
        (json!({ "types": [] }), vec![]),
        (json!({ "types": null }), vec!["three", "two", "one"]),
        (json!({ "actorId": ids::PERSON.encode(hlf.admin).0 }), vec!["one"]),
        (json!({ "actorKind": "WORKER" }), vec![]),
        (json!({ "subjectType": "report" }), vec!["two"]),
        (json!({ "subjectId": ids::FILE.encode(subject).0 }), vec!["three"]),
        (
            json!({ "subjectId": ids::EXPORT_OPERATION.encode(subject).0 }),
            vec!["one"],
        ),
        (json!({ "from": "2026-03-03T09:00:00Z" }), vec!["three", "two"]),
        (json!({ "until": "2026-03-03T09:00:00Z" }), vec!["one"]),
        (
            json!({ "from": "2026-03-03T09:00:00Z", "until": "2026-03-03T09:00:00.000001Z" }),
            vec!["two"],
        ),
        (
            json!({ "supportAccessId": ids::SUPPORT_ACCESS.encode(subject).0 }),
            vec![],
        ),
    ] {
        let answer = answer(&database, hlf.admin, LOG, json!({ "filter": filter })).await;
        assert_eq!(messages(&answer), expected, "{filter}");
    }
}

#[rstest]
#[case::coordinator(|database: &TestDatabase| database.fixture.hlf.coordinator)]
#[case::peer_mentor(|database: &TestDatabase| database.fixture.hlf.peers[0])]
#[case::stranger(|database: &TestDatabase| database.fixture.nhf.admin)]
#[tokio::test]
async fn the_whole_log_is_for_org_admins_and_support(#[case] user: fn(&TestDatabase) -> Uuid) {
    let (database, _) = written().await;
    let refused = answer(&database, user(&database), LOG, json!({})).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN", "{refused}");
}
