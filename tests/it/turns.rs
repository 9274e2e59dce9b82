//! Costly operations take turns, so that no organization's keep the others out; and what nobody waits for ends.

#![expect(clippy::disallowed_methods, reason = "a test looks behind the program")]

use std::time::Duration;

use futures::future::join_all;
use serde_json::{Value, json};
use tokio::time::timeout;
use uuid::Uuid;

use crate::support::graphql::data;
use crate::support::journey::{Journey, journey};

const PREVIEW: &str = "query ($period: ID!) { reportPreview(reportPeriodId: $period) { activityCount } }";
const VIEWER: &str = "{ viewer { name } }";

/// More than there are connections in the test's pool.
const MANY: usize = 15;

async fn preview(test: &Journey) -> Value {
    let variables = json!({ "period": test.period() });
    test.api.run(test.hlf().coordinator, "hlf", PREVIEW, variables).await
}

/// Takes all turns that the organization has.
fn taken(test: &Journey, organization: Uuid) -> Vec<bufdir_reports::kernel::db::Turn> {
    let turns = test.database.app().turns();
    std::iter::from_fn(|| turns.try_take(organization)).collect()
}

#[tokio::test]
async fn previews_wait_for_their_turn_without_a_connection() {
    let test = journey().await;
    test.counted_activity("2024-03-05").await;
    let running = taken(&test, test.hlf().id);
    assert_eq!(running.len(), 2, "a quarter of ten connections");
    let mut waiting = Box::pin(join_all((0..MANY).map(|_| preview(&test))));
    let early = timeout(Duration::from_secs(1), &mut waiting).await;
    assert!(early.is_err(), "{early:?}");

    // Neither the organization's own people nor others' are kept out meanwhile.
    for (user, organization) in [
        (test.hlf().coordinator, "hlf"),
        (test.database.fixture.nhf.coordinator, "nhf"),
    ] {
        let answer = test.api.run(user, organization, VIEWER, json!({}));
        data(
            timeout(Duration::from_secs(4), answer)
                .await
                .expect("an answer at once"),
        );
    }

    drop(running);
    for answer in waiting.await {
        assert_eq!(data(answer)["reportPreview"]["activityCount"], 1);
    }
}

#[tokio::test]
async fn another_organizations_previews_do_not_wait() {
    let test = journey().await;
    let _running = taken(&test, test.database.fixture.nhf.id);
    assert_eq!(data(preview(&test).await)["reportPreview"]["activityCount"], 0);
}

/// GraphiQL sends all operations of a tab with the name of the one to execute.
#[tokio::test]
async fn a_viewer_does_not_wait_beside_a_preview_in_its_document() {
    let test = journey().await;
    let _running = taken(&test, test.hlf().id);
    let document = format!(
        "query Viewer {VIEWER} {}",
        PREVIEW.replacen("query", "query Preview", 1)
    );
    let answer = test.api.run_one_of(test.hlf().coordinator, "hlf", &document, "Viewer");
    data(
        timeout(Duration::from_secs(4), answer)
            .await
            .expect("an answer at once"),
    );
}

/// A fragment or an alias hides nothing.
#[tokio::test]
async fn a_preview_waits_however_it_is_asked_for() {
    let test = journey().await;
    let _running = taken(&test, test.hlf().id);
    let hidden = "query ($period: ID!) { ...f }
        fragment f on Query { ... { a: reportPreview(reportPeriodId: $period) { activityCount } } }";
    let variables = json!({ "period": test.period() });
    let answer = test.api.run(test.hlf().coordinator, "hlf", hidden, variables);
    assert!(timeout(Duration::from_millis(500), answer).await.is_err());
}

/// What a dropped request was running is not left to Postgres until its timeout.
#[tokio::test]
async fn a_statement_that_nobody_waits_for_ends_in_postgres_too() {
    let test = journey().await;
    let scope = test.database.read(test.hlf().coordinator, "hlf").await.unwrap();
    let sleeping = async move {
        scope
            .rows("select pg_sleep(25)::text where $1::uuid is not null", [])
            .await
    };
    assert!(timeout(Duration::from_millis(500), sleeping).await.is_err());
    let gone = async {
        while sleepers(&test).await > 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(Duration::from_secs(10), gone).await.expect("it was cancelled");
}

async fn sleepers(test: &Journey) -> i64 {
    sqlx::query_scalar(
        "select count(*) from pg_stat_activity
        where datname = current_database() and state = 'active' and query like 'select pg_sleep%'",
    )
    .fetch_one(test.database.superuser())
    .await
    .unwrap()
}
