//! The export ledger from the mutation to the downloaded file. What is in the file: `sheets`.

mod sheets;

use axum::http::StatusCode;
use chrono::TimeDelta;
use futures::future::join_all;
use rstest::rstest;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::support::graphql::data;
use crate::support::ids;
use crate::support::journey::{Journey, journey};
use crate::support::statements::statements;

const FIELDS: &str = "id status format schemaVersion activityCount fileSizeBytes fileChecksum downloadCount
    lastDownloadedBy { name } errorMessage metadata generatedBy { name } completedAt follows { id }
    operation { status scopeLevel language origin file { fileName } }";

pub fn input(journey: &Journey) -> Value {
    json!({ "reportPeriodId": journey.period(), "format": "CSV", "grantReferenceCodes": [" 24/1234 "] })
}

/// What someone in HLF is answered to `createBufdirExport`.
async fn asked(journey: &Journey, user: Uuid, input: Value) -> Value {
    let mutation = format!(
        "mutation ($input: CreateBufdirExportInput!) {{
            createBufdirExport(input: $input) {{ bufdirExport {{ {FIELDS} }} }} }}"
    );
    journey.api.run(user, "hlf", &mutation, json!({ "input": input })).await
}

pub async fn created(journey: &Journey, input: Value) -> String {
    let answer = data(asked(journey, journey.hlf().admin, input).await);
    let export = &answer["createBufdirExport"]["bufdirExport"];
    assert_eq!(export["status"], "PENDING", "{export}");
    export["id"].as_str().unwrap().to_owned()
}

pub async fn shown(journey: &Journey, id: &str) -> Value {
    let query = format!("query ($id: ID!) {{ bufdirExport(id: $id) {{ {FIELDS} }} }}");
    let answer = journey
        .api
        .run(journey.hlf().admin, "hlf", &query, json!({ "id": id }))
        .await;
    data(answer)["bufdirExport"].clone()
}

/// A completed export of two counted activities, and one that is too short.
pub async fn completed() -> (Journey, String) {
    let journey = journey().await;
    journey.counted_activity("2024-03-05").await;
    journey.counted_activity("2024-04-09").await;
    let short = journey.database.activity(journey.hlf());
    short
        .day("2024-05-07", 10, &journey.hlf().contacts[..3], 0)
        .insert()
        .await;
    let export = created(&journey, input(&journey)).await;
    journey.settle().await;
    (journey, export)
}

fn uuid(export: &str) -> Uuid {
    ids::BUFDIR_EXPORT.decode(&export.into(), "id").unwrap()
}

pub async fn link(journey: &Journey, user: Uuid, export: &str) -> Value {
    let mutation = "mutation ($id: ID!) { createDownloadLink(input: { bufdirExportId: $id }) { url } }";
    journey.api.run(user, "hlf", mutation, json!({ "id": export })).await
}

#[tokio::test]
async fn an_export_is_counted_stored_and_frozen_with_its_metadata() {
    let (journey, export) = completed().await;
    let shown = shown(&journey, &export).await;
    assert_eq!(shown["status"], "COMPLETED", "{shown}");
    assert_eq!(
        (&shown["activityCount"], &shown["schemaVersion"]),
        (&json!(3), &json!("2024-v2"))
    );
    assert_eq!(
        shown["operation"],
        json!({
            "status": "COMPLETE", "scopeLevel": "NATIONAL", "language": "NB", "origin": "LEDGER",
            "file": { "fileName": "Bufdir-eksport 2024 – HLF.csv" },
        })
    );
    let metadata = &shown["metadata"];
    assert_eq!(metadata["grant_reference_codes"], json!(["24/1234"]));
    assert_eq!(metadata["parameters"]["scope_level"], "national");
    assert_eq!(metadata["control_totals"]["activity_days"], 3);
    assert_eq!(metadata["control_totals"]["counted_days"], 2);
    assert_eq!(metadata["rules_hash"].as_str().map(str::len), Some(64));
    let codes: Vec<&str> = metadata["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|warning| warning["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["missing_required_bufdir_fields_warning"]);
    let sql = "select file_path from bufdir_exports where id = $1";
    let path: String = sqlx::query_scalar(sql)
        .bind(uuid(&export))
        .fetch_one(journey.database.superuser())
        .await
        .unwrap();
    let bytes = std::fs::read(journey.folder.path().join(path)).unwrap();
    assert_eq!(shown["fileChecksum"], hex::encode(Sha256::digest(&bytes)));
    assert_eq!(shown["fileSizeBytes"], bytes.len());
    let text = String::from_utf8(bytes).unwrap();
    for part in [
        "TOO_SHORT",
        "24/1234",
        "2024-v2",
        metadata["data_hash"].as_str().unwrap(),
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

#[tokio::test]
async fn downloads_are_counted_in_the_ledger_and_recorded() {
    let (journey, export) = completed().await;
    let given = data(link(&journey, journey.hlf().admin, &export).await);
    let url = given["createDownloadLink"]["url"].as_str().unwrap();
    for count in 1..=2 {
        let (status, bytes) = journey.fetched(url).await;
        assert_eq!(status, StatusCode::OK);
        let shown = shown(&journey, &export).await;
        assert_eq!(shown["downloadCount"], count);
        assert_eq!(shown["lastDownloadedBy"]["name"], "admin hlf");
        assert_eq!(shown["fileChecksum"], hex::encode(Sha256::digest(&bytes)));
    }
    let sql = "select count(*) from audit_logs where action = 'file_downloaded' and subject_id = $1";
    let recorded: i64 = sqlx::query_scalar(sql)
        .bind(uuid(&export))
        .fetch_one(journey.database.superuser())
        .await
        .unwrap();
    assert_eq!(recorded, 2);
}

#[tokio::test]
async fn regenerating_makes_a_record_that_names_the_one_before() {
    let (journey, export) = completed().await;
    let before = shown(&journey, &export).await;
    journey.counted_activity("2024-06-11").await;
    journey.database.clock.advance(TimeDelta::hours(1));
    let mutation = "mutation ($id: ID!) { regenerateBufdirExport(input: { id: $id }) { bufdirExport { id } } }";
    let admin = journey.hlf().admin;
    let answer = data(journey.api.run(admin, "hlf", mutation, json!({ "id": export })).await);
    let anew = answer["regenerateBufdirExport"]["bufdirExport"]["id"].as_str().unwrap();
    let early = journey.api.run(admin, "hlf", mutation, json!({ "id": anew })).await;
    assert_eq!(early["errors"][0]["extensions"]["rule"], "one_pending_export");
    journey.settle().await;
    let after = shown(&journey, anew).await;
    assert_eq!(
        (&after["status"], &after["activityCount"]),
        (&json!("COMPLETED"), &json!(4))
    );
    assert_eq!(after["follows"]["id"], export);
    assert_eq!(
        after["metadata"]["grant_reference_codes"],
        before["metadata"]["grant_reference_codes"]
    );
    assert_eq!(shown(&journey, &export).await, before);

    let list = "query ($filter: BufdirExportFilter) { bufdirExports(filter: $filter) {
        nodes { id } totals { exports completed failed downloads } } }";
    let listed = data(
        journey
            .api
            .run(admin, "hlf", list, json!({ "filter": { "status": "COMPLETED" } }))
            .await,
    );
    assert_eq!(
        listed["bufdirExports"],
        json!({
            "nodes": [{ "id": anew }, { "id": export }],
            "totals": { "exports": 2, "completed": 2, "failed": 0, "downloads": 0 },
        })
    );
    let none = data(
        journey
            .api
            .run(admin, "hlf", list, json!({ "filter": { "format": "PDF" } }))
            .await,
    );
    assert_eq!(none["bufdirExports"]["nodes"], json!([]));
}

/// A page of many records takes as many statements as a page of one.
#[tokio::test]
async fn operations_and_former_exports_are_fetched_together() {
    let (journey, export) = completed().await;
    let admin = journey.hlf().admin;
    let mutation = "mutation ($id: ID!) { regenerateBufdirExport(input: { id: $id }) { bufdirExport { id } } }";
    for _ in 0..3 {
        journey.database.clock.advance(TimeDelta::seconds(1));
        data(journey.api.run(admin, "hlf", mutation, json!({ "id": export })).await);
    }
    journey.settle().await;
    let list = "query ($first: Int) { bufdirExports(first: $first) { nodes {
        operation { status scopeLevel } follows { id status } lastDownloadedBy { name } generatedBy { name } } } }";
    let asked = async |size: i32| {
        let asked = journey.api.run(admin, "hlf", list, json!({ "first": size }));
        let (answer, statements) = statements(asked).await;
        (
            data(answer)["bufdirExports"]["nodes"].as_array().unwrap().clone(),
            statements,
        )
    };
    // A connection that rested is asked first whether it lives: of several answers the one with the fewest statements.
    let page = async |size: i32| {
        let answers = [asked(size).await, asked(size).await, asked(size).await];
        answers.into_iter().min_by_key(|(_, statements)| *statements).unwrap()
    };
    let (one, of_one) = page(1).await;
    let (three, of_three) = page(3).await;
    assert_eq!((one.len(), three.len()), (1, 3));
    for record in &three {
        assert_eq!(record["follows"]["id"], export);
        assert_eq!(record["operation"]["status"], "COMPLETE");
    }
    assert!(of_one > 0);
    assert_eq!(of_three, of_one);
}

#[tokio::test]
async fn concurrent_downloads_are_counted_exactly() {
    let (journey, export) = completed().await;
    let given = data(link(&journey, journey.hlf().admin, &export).await);
    let url = given["createDownloadLink"]["url"].as_str().unwrap();
    for (status, _) in join_all((0..20).map(|_| journey.fetched(url))).await {
        assert_eq!(status, StatusCode::OK);
    }
    let shown = shown(&journey, &export).await;
    assert_eq!(shown["downloadCount"], 20);
    let sql = "select count(*) from audit_logs where action = 'file_downloaded' and subject_id = $1";
    let recorded: i64 = sqlx::query_scalar(sql)
        .bind(uuid(&export))
        .fetch_one(journey.database.superuser())
        .await
        .unwrap();
    assert_eq!(recorded, 20);
}

#[tokio::test]
async fn a_region_is_exported_as_a_working_paper() {
    let (journey, _) = completed().await;
    let mut input = input(&journey);
    let region = ids::ORGANIZATIONAL_UNIT.encode(journey.hlf().region).0;
    input["scopeLevel"] = json!("REGION");
    input["scopeUnitId"] = json!(region);
    let export = created(&journey, input).await;
    journey.settle().await;
    let shown = shown(&journey, &export).await;
    assert_eq!(shown["status"], "COMPLETED", "{shown}");
    assert_eq!(shown["operation"]["file"]["fileName"], "Bufdir-eksport 2024 – Vest.csv");
}

/// Whoever asked may lose the right before the worker comes to it.
#[tokio::test]
async fn a_failed_export_says_why() {
    let journey = journey().await;
    let export = created(&journey, input(&journey)).await;
    let demote = format!(
        "update memberships set role = 'coordinator' where user_id = '{}'",
        journey.hlf().admin
    );
    journey.database.arrange(demote).await;
    journey.settle().await;
    let promote = format!(
        "update memberships set role = 'org_admin' where user_id = '{}'",
        journey.hlf().admin
    );
    journey.database.arrange(promote).await;
    let shown = shown(&journey, &export).await;
    assert_eq!(shown["status"], "FAILED");
    assert!(!shown["errorMessage"].as_str().unwrap().is_empty());
    assert_eq!(
        link(&journey, journey.hlf().admin, &export).await["errors"][0]["extensions"]["code"],
        "INVALID"
    );
}

/// Support keeps the ledger as long as the grant holds: what is asked for under it, and the links made under it, end with
/// it.
#[tokio::test]
async fn support_keeps_the_ledger_until_its_access_is_revoked() {
    let journey = journey().await;
    let (admin, support) = (journey.hlf().admin, journey.database.fixture.global_admin);
    let grant = "mutation { grantSupportAccess(input: { globalAdmin: { email: \"global.admin@example.org\" },
        reason: \"help\", validUntil: \"2026-03-04T09:00:00Z\" }) { supportAccess { id } } }";
    let granted = data(journey.api.run(admin, "hlf", grant, json!({})).await);
    let created = data(asked(&journey, support, input(&journey)).await);
    let export = created["createBufdirExport"]["bufdirExport"]["id"].as_str().unwrap();
    journey.settle().await;
    assert_eq!(shown(&journey, export).await["status"], "COMPLETED");
    let given = data(link(&journey, support, export).await);
    let url = given["createDownloadLink"]["url"].as_str().unwrap();
    assert_eq!(journey.fetched(url).await.0, StatusCode::OK);
    let late = data(asked(&journey, support, input(&journey)).await);
    let late = late["createBufdirExport"]["bufdirExport"]["id"].as_str().unwrap();

    let revoke = "mutation ($id: ID!) { revokeSupportAccess(input: { id: $id }) { supportAccess { id } } }";
    let id = &granted["grantSupportAccess"]["supportAccess"]["id"];
    data(journey.api.run(admin, "hlf", revoke, json!({ "id": id })).await);
    assert_eq!(journey.fetched(url).await.0, StatusCode::FORBIDDEN);
    journey.settle().await;
    assert_eq!(shown(&journey, late).await["status"], "FAILED");
    assert_eq!(shown(&journey, export).await["downloadCount"], 1);
    let log = "query ($filter: AuditLogFilter) { auditLog(filter: $filter, orderBy: OLDEST_FIRST) {
        nodes { type actor { kind } } } }";
    let filter = json!({ "filter": { "supportAccessId": id } });
    let log = data(journey.api.run(admin, "hlf", log, filter).await);
    let done = log["auditLog"]["nodes"].as_array().unwrap();
    for entry in ["EXPORT_STARTED", "FILE_DOWNLOADED", "SUPPORT_READ"] {
        assert!(
            done.contains(&json!({ "type": entry, "actor": { "kind": "SUPPORT" } })),
            "{entry}: {log}"
        );
    }
}

#[rstest]
#[case::coordinator(|journey: &Journey| journey.hlf().coordinator)]
#[case::peer_mentor(|journey: &Journey| journey.hlf().peers[0])]
#[tokio::test]
async fn the_ledger_is_for_org_admins_and_support(#[case] user: fn(&Journey) -> Uuid) {
    let (journey, export) = completed().await;
    let user = user(&journey);
    let refused = asked(&journey, user, input(&journey)).await;
    assert_eq!(
        refused["errors"][0]["extensions"],
        json!({ "code": "FORBIDDEN", "rule": "org_admin_only_access" })
    );
    for query in [
        "{ bufdirExports { nodes { id } } }",
        "{ bufdirExport(id: \"x\") { id } }",
    ] {
        let answer = journey.api.run(user, "hlf", query, json!({})).await;
        assert_eq!(
            answer["errors"][0]["extensions"]["rule"], "org_admin_only_access",
            "{answer}"
        );
    }
    let node = journey
        .api
        .run(
            user,
            "hlf",
            "query ($id: ID!) { node(id: $id) { id } }",
            json!({ "id": export }),
        )
        .await;
    assert_eq!(node["data"]["node"], Value::Null);
    assert_eq!(link(&journey, user, &export).await["data"], Value::Null);
}

#[rstest]
#[case::future("2026-01-01", "2026-12-31", json!({}), "period_must_not_be_future", "input.reportPeriodId")]
#[case::no_version("1999-01-01", "1999-12-31", json!({}), "format_version_covers_basis_year", "input.reportPeriodId")]
#[case::code("2023-01-01", "2023-12-31", json!({ "grantReferenceCodes": [" "] }), "grant_reference_code_length", "input.grantReferenceCodes")]
#[case::scope("2023-01-01", "2023-12-31", json!({ "scopeLevel": "LOCAL" }), "scope_id_required_for_non_national", "input.scopeUnitId")]
#[tokio::test]
async fn what_cannot_be_exported_is_refused(
    #[case] first: &str,
    #[case] last: &str,
    #[case] change: Value,
    #[case] rule: &str,
    #[case] field: &str,
) {
    let journey = journey().await;
    let period = json!({ "name": "Another", "firstDate": first, "lastDate": last });
    let period = journey.api.run(
        journey.hlf().coordinator,
        "hlf",
        "mutation ($input: CreateReportPeriodInput!) { createReportPeriod(input: $input) { reportPeriod { id } } }",
        json!({ "input": period }),
    );
    let period = data(period.await)["createReportPeriod"]["reportPeriod"]["id"].clone();
    let mut input = json!({ "reportPeriodId": period, "format": "XLSX" });
    input
        .as_object_mut()
        .unwrap()
        .extend(change.as_object().unwrap().clone());
    let refused = asked(&journey, journey.hlf().admin, input).await;
    assert_eq!(
        refused["errors"][0]["extensions"],
        json!({ "code": "INVALID", "rule": rule, "field": field }),
        "{refused}"
    );
}
