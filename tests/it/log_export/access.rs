//! Who exports the log and has the file, and when there is none.

#![expect(clippy::disallowed_methods, reason = "a test looks behind the program")]

use axum::http::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{answer, exported, last_entry, lines, text, written};
use crate::support::graphql::{data, opaque, refusal};
use crate::support::ids;
use crate::support::journey::Journey;

#[rstest]
#[case::coordinator(|journey: &Journey| journey.hlf().coordinator)]
#[case::peer_mentor(|journey: &Journey| journey.hlf().peers[0])]
#[tokio::test]
async fn the_log_is_exported_by_org_admins_and_support_alone(#[case] user: fn(&Journey) -> Uuid) {
    let (journey, _) = written().await;
    let user = user(&journey);
    let before = journey.state().await;
    let refused = refusal(&answer(&journey, user, json!({ "format": "CSV" })).await);
    assert_eq!(
        (refused.code.as_str(), refused.rule.as_deref()),
        ("FORBIDDEN", Some("role_required"))
    );
    assert_eq!(journey.state().await, before);

    let exported = exported(&journey, json!({ "format": "CSV" })).await;
    let file = ids::FILE
        .decode(&exported["file"]["id"].as_str().unwrap().into(), "id")
        .unwrap();
    let scope = journey.database.read(user, "hlf").await.unwrap();
    let rows = scope
        .rows(
            "select id from files where organization_id = $1 and id = $2",
            [file.into()],
        )
        .await
        .unwrap();
    assert!(rows.is_empty(), "the database hides the file from them, too");
}

/// What the organization doesn't know is not exported, and nothing is recorded of the question.
#[tokio::test]
async fn another_organizations_ids_are_ids_of_nothing() {
    let (journey, _) = written().await;
    let foreign = &journey.database.fixture.nhf;
    for filter in [
        json!({ "actorId": opaque(ids::PERSON, foreign.admin) }),
        json!({ "subjectId": opaque(ids::REPORT, foreign.period) }),
        json!({ "supportAccessId": opaque(ids::SUPPORT_ACCESS, foreign.period) }),
    ] {
        let before = journey.state().await;
        let input = json!({ "format": "CSV", "filter": filter });
        let refused = refusal(&answer(&journey, journey.hlf().admin, input).await);
        assert_eq!((refused.code.as_str(), refused.rule), ("NOT_FOUND", None), "{filter}");
        assert_eq!(journey.state().await, before);
        assert!(std::fs::read_dir(journey.folder.path()).unwrap().next().is_none());
    }
    // A foreign file is no more than that, either.
    let exported = exported(&journey, json!({ "format": "CSV" })).await;
    let mutation = "mutation ($id: ID!) { createDownloadLink(input: { fileId: $id }) { url } }";
    let id = json!({ "id": exported["file"]["id"] });
    let refused = refusal(&journey.api.run(foreign.admin, "nhf", mutation, id).await);
    assert_eq!((refused.code.as_str(), refused.rule), ("NOT_FOUND", None));
}

#[tokio::test]
async fn support_exports_the_log_until_its_access_is_revoked() {
    let (journey, _) = written().await;
    let (admin, support) = (journey.hlf().admin, journey.database.fixture.global_admin);
    let grant = "mutation { grantSupportAccess(input: { globalAdmin: { email: \"global.admin@example.org\" },
        reason: \"help\", validUntil: \"2026-03-08T09:00:00Z\" }) { supportAccess { id } } }";
    let granted = data(journey.api.run(admin, "hlf", grant, json!({})).await);
    let given = data(answer(&journey, support, json!({ "format": "JSON_LINES" })).await)["exportAuditLog"].clone();
    let entry = last_entry(&journey).await;
    assert_eq!(
        (&entry["action"], &entry["actor_kind"]),
        (&json!("audit_log_exported"), &json!("support"))
    );
    assert_ne!(entry["support_access_id"], Value::Null);
    // The reading was recorded before the file was made, and is in it.
    let lines = lines(&text(&journey, &given).await);
    assert_eq!(lines.last().unwrap()["action"], "support_read");

    let revoke = "mutation ($id: ID!) { revokeSupportAccess(input: { id: $id }) { supportAccess { id } } }";
    let id = &granted["grantSupportAccess"]["supportAccess"]["id"];
    data(journey.api.run(admin, "hlf", revoke, json!({ "id": id })).await);
    let (status, body) = journey.fetched(given["url"].as_str().unwrap()).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(String::from_utf8(body).unwrap().contains("RIGHT_LOST"));
    assert_eq!(last_entry(&journey).await["action"], "download_refused");
}

#[tokio::test]
async fn a_link_to_the_log_dies_with_the_role() {
    let (journey, _) = written().await;
    let exported = exported(&journey, json!({ "format": "CSV" })).await;
    let demote = format!(
        "update memberships set role = 'coordinator' where user_id = '{}'",
        journey.hlf().admin
    );
    journey.database.arrange(demote).await;
    let (status, _) = journey.fetched(exported["url"].as_str().unwrap()).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(last_entry(&journey).await["details"]["reason"], "RIGHT_LOST");
}

#[tokio::test]
async fn a_log_that_was_changed_in_storage_is_never_sent() {
    let (journey, _) = written().await;
    let exported = exported(&journey, json!({ "format": "JSON_LINES" })).await;
    let key: String = sqlx::query_scalar("select storage_key from files where of_audit_log")
        .fetch_one(journey.database.superuser())
        .await
        .unwrap();
    std::fs::write(journey.folder.path().join(key), "{}\n").unwrap();
    let (status, body) = journey.fetched(exported["url"].as_str().unwrap()).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(String::from_utf8(body).unwrap().contains("FILE_CHANGED"));
    let last = last_entry(&journey).await;
    assert_eq!(last["action"], "download_refused");
    let sql = "select details from audit_logs where organization_id = $1 and action = 'integrity_checked'";
    let found: Value = sqlx::query_scalar(sql)
        .bind(journey.hlf().id)
        .fetch_one(journey.database.superuser())
        .await
        .unwrap();
    assert_eq!(found["intact"], false);
    assert_eq!(found["expected_sha256"], exported["file"]["sha256"]);
}

#[tokio::test]
async fn no_export_is_kept_that_could_not_be_logged() {
    let (journey, _) = written().await;
    journey
        .database
        .arrange(
            "create function public.out_of_order() returns trigger language plpgsql
                 as $$ begin raise exception 'out of order'; end $$;
             create trigger out_of_order before insert on audit_logs for each row
                 when (new.action = 'audit_log_exported') execute function public.out_of_order()",
        )
        .await;
    let before = journey.state().await;
    let refused = refusal(&answer(&journey, journey.hlf().admin, json!({ "format": "CSV" })).await);
    assert_eq!(refused.code, "INTERNAL");
    assert_eq!(journey.state().await, before);
}
