//! How runs of custom reports end without a file: cancelled, without the right to it, failed. What is left then.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sqlx::Executor;
use tokio_util::sync::CancellationToken;

use crate::support::custom_report_run::{RUN, run_id, with_activities};
use crate::support::graphql::{data, refusal};

#[tokio::test]
async fn a_pending_run_is_cancelled_at_once() {
    let journey = with_activities().await;
    let report = journey.custom_report(json!({})).await;
    let run = journey.asked_to_run(report, json!({})).await;
    let second = journey.hlf().second_coordinator;
    let answer = data(journey.tries_to_cancel(second, &run).await);
    assert_eq!(
        answer["cancelCustomReportRun"]["customReportRun"]["status"],
        "CANCELLED"
    );
    journey.settle().await;
    let shown = journey.shown_run(&run).await;
    assert_eq!((&shown["status"], &shown["file"]), (&json!("CANCELLED"), &Value::Null));
    let refused = refusal(&journey.tries_to_cancel(second, &run).await);
    assert_eq!(
        (refused.code.as_str(), refused.rule.as_deref()),
        ("CONFLICT", Some("run_status_forward_only"))
    );
}

/// The statement waits for a lock that nobody gives, so that only its end can end it.
#[tokio::test]
async fn a_running_run_is_cancelled_within_seconds() {
    let journey = with_activities().await;
    let report = journey.custom_report(json!({})).await;
    let mut held = journey.database.superuser().begin().await.unwrap();
    held.execute("lock table activities in access exclusive mode")
        .await
        .unwrap();
    let run = journey.asked_to_run(report, json!({})).await;
    let shutdown = CancellationToken::new();
    let working = tokio::spawn(journey.runner(journey.database.app().clone()).run(shutdown.clone(), 2));
    journey
        .reaches("select exists (select from custom_report_runs where status = 'running')")
        .await;
    let waiting = "select exists (select from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock')";
    journey.reaches(waiting).await;

    let asked = Instant::now();
    let answer = data(journey.tries_to_cancel(journey.hlf().coordinator, &run).await);
    assert_eq!(answer["cancelCustomReportRun"]["customReportRun"]["status"], "RUNNING");
    journey
        .reaches("select exists (select from custom_report_runs where status = 'cancelled')")
        .await;
    assert!(asked.elapsed() < Duration::from_secs(6), "{:?}", asked.elapsed());
    let none_waits = "select not exists (select from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock')";
    journey.reaches(none_waits).await;
    held.rollback().await.unwrap();
    shutdown.cancel();
    working.await.unwrap();
    assert_eq!(
        journey.of_definition(report, "last_run_status").await.unwrap(),
        "cancelled"
    );
    assert!(std::fs::read_dir(journey.folder.path()).unwrap().next().is_none());
}

#[tokio::test]
async fn whoever_lost_the_right_gets_no_file() {
    let journey = with_activities().await;
    let report = journey.custom_report(json!({})).await;
    let run = journey.asked_to_run(report, json!({})).await;
    let coordinator = journey.hlf().coordinator;
    let demotion = format!(
        "set local session_replication_role = replica;
         update memberships set role = 'peer_mentor' where user_id = '{coordinator}'"
    );
    journey.database.arrange(demotion).await;
    journey.settle().await;
    let query = format!("query ($id: ID!) {{ customReportRun(id: $id) {{ {RUN} }} }}");
    let shown = data(
        journey
            .api
            .run(journey.hlf().admin, "hlf", &query, json!({ "id": run }))
            .await,
    );
    let shown = &shown["customReportRun"];
    assert_eq!(
        (&shown["status"], &shown["errorCode"]),
        (&json!("FAILED"), &json!("RIGHT_LOST")),
        "{shown}"
    );
}

/// Support asks, and its access is revoked before a worker takes the run up.
#[tokio::test]
async fn a_revoked_grant_gets_no_file() {
    let journey = with_activities().await;
    let report = journey.custom_report(json!({})).await;
    let (hlf, support) = (journey.hlf(), journey.database.fixture.global_admin);
    let grant = "mutation ($until: DateTime!) { grantSupportAccess(input: { globalAdmin: {
        email: \"global.admin@example.org\" }, reason: \"help\", validUntil: $until }) { supportAccess { id } } }";
    let until = json!({ "until": journey.database.now() + chrono::TimeDelta::hours(1) });
    let granted = data(journey.api.run(hlf.admin, "hlf", grant, until).await);
    for revoked in [false, true] {
        let answer = data(journey.tries_to_run(support, report, json!({})).await);
        let run = answer["runCustomReport"]["customReportRun"]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        if revoked {
            let revoke = "mutation ($id: ID!) { revokeSupportAccess(input: { id: $id }) { supportAccess { id } } }";
            let id = &granted["grantSupportAccess"]["supportAccess"]["id"];
            data(journey.api.run(hlf.admin, "hlf", revoke, json!({ "id": id })).await);
        }
        journey.settle().await;
        let shown = journey.shown_run(&run).await;
        let expected = if revoked { json!("RIGHT_LOST") } else { Value::Null };
        assert_eq!(shown["errorCode"], expected, "{shown}");
    }
}

#[tokio::test]
async fn a_run_without_a_file_has_no_link() {
    let journey = with_activities().await;
    let report = journey.custom_report(json!({})).await;
    let run = journey.asked_to_run(report, json!({})).await;
    let refused = refusal(&journey.tries_to_link(journey.hlf().coordinator, &run).await);
    assert_eq!(refused.rule.as_deref(), Some("file_url_requires_complete_status"));
    let peer = journey.hlf().peers[0];
    assert_eq!(refusal(&journey.tries_to_link(peer, &run).await).code, "FORBIDDEN");
}

#[tokio::test]
async fn the_sweep_keeps_the_files_of_runs() {
    let journey = with_activities().await;
    let report = journey.custom_report(json!({})).await;
    let run = journey.ran(report, json!({})).await;
    let of_run = format!("{}/2026/{}", journey.hlf().id, run_id(run["id"].as_str().unwrap()));
    let stray = journey
        .folder
        .path()
        .join(&of_run)
        .join(format!("{}.csv", "0".repeat(64)));
    std::fs::write(&stray, "stray").unwrap();
    let later = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1);
    for entry in std::fs::read_dir(journey.folder.path().join(&of_run)).unwrap() {
        let file = std::fs::File::options()
            .write(true)
            .open(entry.unwrap().path())
            .unwrap();
        file.set_modified(later).unwrap();
    }
    let (database, now) = (journey.database.app(), journey.database.now());
    let removed = bufdir_reports::export::storage::cleanup::run(database, &journey.storage, now)
        .await
        .unwrap();
    assert_eq!(removed, 1);
    assert!(!stray.exists() && !journey.file(&run).await.is_empty());
}

#[tokio::test]
async fn a_failed_run_tells_why_and_leaves_nothing() {
    let journey = with_activities().await;
    let report = journey.custom_report(json!({})).await;
    let path = journey.folder.path().join(journey.hlf().id.to_string());
    // Where the organization's folder belongs there is a file: the storage takes nothing.
    std::fs::write(&path, "").unwrap();
    let run = journey.ran(report, json!({})).await;
    assert_eq!(
        (&run["status"], &run["errorCode"]),
        (&json!("FAILED"), &json!("STORAGE_UPLOAD_FAILED")),
        "{run}"
    );
    assert_eq!(
        journey.of_definition(report, "last_run_status").await.unwrap(),
        "failed"
    );
    let files: i64 = sqlx::query_scalar("select count(*) from files")
        .fetch_one(journey.database.superuser())
        .await
        .unwrap();
    assert_eq!(files, 0);
}
