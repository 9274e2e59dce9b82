//! Exports through GraphQL: what is listed, linked and followed.

use entity::enums::ExportFormat;
use futures::StreamExt;
use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::export::{ExportTest, Obedient, export_test};
use crate::support::graphql::{ADDRESS, GraphQl};
use crate::support::ids;

const LIST: &str = "query ($filter: ExportOperationFilter) {
    exportOperations(filter: $filter, first: 10) { nodes { id status format errorCode } pageInfo { hasNextPage } }
}";
const ONE: &str = "query ($id: ID!) { exportOperation(id: $id) {
    id status format scopeLevel scopeUnit { name } language origin requestedBy { name } createdAt completedAt
    file { id fileName sizeBytes sha256 mediaType downloadCount lastDownloadedAt }
    activityCount participantCount formatVersion errorCode errorMessage submissionReference
    progress { step percent }
} }";
const LINK: &str =
    "mutation ($input: CreateDownloadLinkInput!) { createDownloadLink(input: $input) { url expiresAt } }";
const FOLLOW: &str = "subscription ($id: ID!) { exportOperationUpdated(id: $id) { status progress { step percent } } }";

async fn answer(test: &ExportTest, user: Uuid, query: &str, variables: Value) -> Value {
    GraphQl::new(&test.database).run(user, "hlf", query, variables).await
}

fn operation_id(export: Uuid) -> String {
    ids::EXPORT_OPERATION.encode(export).0
}

#[tokio::test]
async fn a_complete_export_shows_its_file() {
    let test = export_test().await;
    let operation = test.complete().await;
    let user = test.hlf().coordinator;
    let answer = answer(&test, user, ONE, json!({ "id": operation_id(operation.id) })).await;
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    let shown = &answer["data"]["exportOperation"];
    let file = operation.file.unwrap();
    assert_eq!(
        shown["file"],
        json!({
            "id": ids::FILE.encode(file.id).0,
            "fileName": "Bufdir-rapport 2024 – Hørselsforbundet.csv",
            "sizeBytes": file.size_bytes,
            "sha256": file.sha256.to_string(),
            "mediaType": "text/csv; charset=utf-8",
            "downloadCount": 0,
            "lastDownloadedAt": null,
        })
    );
    assert_eq!(shown["requestedBy"]["name"], "coordinator hlf");
    assert_eq!(
        (&shown["status"], &shown["scopeLevel"]),
        (&json!("COMPLETE"), &json!("NATIONAL"))
    );
    assert_eq!(
        (&shown["formatVersion"], &shown["origin"]),
        (&json!("2024-v2"), &json!("REPORT"))
    );
    assert_eq!((&shown["progress"], &shown["errorCode"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn exports_are_listed_by_filter() {
    let test = export_test().await;
    let complete = test.complete().await.id;
    let pending = test.asked(ExportFormat::Pdf).await;
    let user = test.hlf().coordinator;
    for (filter, expected) in [
        (json!({ "status": "COMPLETE" }), vec![complete]),
        (json!({ "format": "PDF" }), vec![pending]),
        (
            json!({ "reportId": ids::REPORT.encode(test.report).0, "status": "FAILED" }),
            vec![],
        ),
    ] {
        let answer = answer(&test, user, LIST, json!({ "filter": filter })).await;
        let nodes = answer["data"]["exportOperations"]["nodes"].as_array().unwrap().clone();
        let found: Vec<&str> = nodes.iter().map(|node| node["id"].as_str().unwrap()).collect();
        let expected: Vec<String> = expected.into_iter().map(operation_id).collect();
        assert_eq!(found, expected, "{filter}");
    }
}

#[tokio::test]
async fn a_link_is_made_for_an_export_or_its_file() {
    let test = export_test().await;
    let export = test.complete().await.id;
    let user = test.hlf().coordinator;
    for input in [
        json!({ "exportOperationId": operation_id(export) }),
        json!({ "fileId": ids::FILE.encode(export).0 }),
    ] {
        let answer = answer(&test, user, LINK, json!({ "input": input })).await;
        let link = &answer["data"]["createDownloadLink"];
        assert!(
            link["url"].as_str().unwrap().starts_with(&format!("{ADDRESS}/files/")),
            "{answer}"
        );
        assert_eq!(link["expiresAt"], "2026-03-02T09:15:00Z");
    }
}

#[rstest]
#[case::peer_mentor(|test: &ExportTest| test.hlf().peers[0], "FORBIDDEN")]
#[case::nobody_of_the_organization(|test: &ExportTest| test.database.fixture.nhf.admin, "FORBIDDEN")]
#[tokio::test]
async fn exports_are_for_those_who_read_reports(#[case] user: fn(&ExportTest) -> Uuid, #[case] code: &str) {
    let test = export_test().await;
    let export = operation_id(test.complete().await.id);
    for (query, variables) in [
        (LIST, json!({})),
        (ONE, json!({ "id": export })),
        (LINK, json!({ "input": { "exportOperationId": export } })),
    ] {
        let answer = answer(&test, user(&test), query, variables).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], code, "{answer}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let test = export_test().await;
    let user = test.hlf().coordinator;
    let unknown = operation_id(test.generation);
    let one = answer(&test, user, ONE, json!({ "id": unknown })).await;
    assert_eq!(one, json!({ "data": { "exportOperation": null } }));
    let link = answer(&test, user, LINK, json!({ "input": { "exportOperationId": unknown } })).await;
    assert_eq!(link["errors"][0]["extensions"]["code"], "NOT_FOUND");
    let pending = operation_id(test.asked(ExportFormat::Csv).await);
    let early = answer(&test, user, LINK, json!({ "input": { "exportOperationId": pending } })).await;
    assert_eq!(
        early["errors"][0]["extensions"]["rule"],
        "file_url_requires_complete_status"
    );
}

#[tokio::test]
async fn an_export_is_followed_to_its_end() {
    let test = export_test().await;
    let export = test.asked(ExportFormat::Csv).await;
    let api = GraphQl::new(&test.database);
    let coordinator = Some((test.hlf().coordinator, "hlf"));
    let mut events = Box::pin(api.follow(coordinator, FOLLOW, json!({ "id": operation_id(export) })));
    let first = events.next().await.unwrap();
    assert_eq!(
        first["data"]["exportOperationUpdated"],
        json!({ "status": "PENDING", "progress": null })
    );

    let caller = Obedient::default();
    let (ran, seen) = tokio::join!(test.run(&caller, export), events.collect::<Vec<Value>>());
    ran.unwrap();
    let last = &seen.last().unwrap()["data"]["exportOperationUpdated"];
    assert_eq!(last, &json!({ "status": "COMPLETE", "progress": null }));
    let percent = |event: &Value| event["data"]["exportOperationUpdated"]["progress"]["percent"].as_i64();
    let told: Vec<i64> = seen.iter().filter_map(percent).collect();
    assert!(!told.is_empty() && told.is_sorted(), "{told:?}");
}
