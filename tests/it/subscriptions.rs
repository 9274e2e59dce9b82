//! Following a report: what is told, and when it ends.

use std::time::Duration;

use chrono::TimeDelta;
use futures::{Stream, StreamExt};
use serde_json::{Value, json};

use crate::support::graphql::GraphQl;
use crate::support::journey::{Journey, journey};

const FOLLOW: &str = "subscription ($id: ID!) {
    reportUpdated(id: $id) { status notes progress { step percent } currentGeneration { number } } }";

type Events = std::pin::Pin<Box<dyn Stream<Item = Value> + Send>>;

fn follow(test: &Journey, api: &GraphQl, report: &str) -> Events {
    let coordinator = (test.hlf().coordinator, "hlf");
    Box::pin(api.follow(Some(coordinator), FOLLOW, json!({ "id": report })))
}

/// The next event; it comes soon or the test fails.
async fn next(events: &mut Events) -> Option<Value> {
    tokio::time::timeout(Duration::from_secs(30), events.next())
        .await
        .expect("an event, or the end")
}

/// What is told from now on until something is.
async fn until(events: &mut Events, holds: impl Fn(&Value) -> bool) -> Vec<Value> {
    let mut told = Vec::new();
    loop {
        let event = next(events).await.unwrap();
        assert_eq!(event["errors"], Value::Null, "{event}");
        told.push(event["data"]["reportUpdated"].clone());
        if holds(told.last().unwrap()) {
            return told;
        }
    }
}

async fn asked_for(test: &Journey) -> String {
    test.counted_activity("2024-03-05").await;
    let asked = test
        .does("generateReport", json!({ "reportPeriodId": test.period() }))
        .await;
    asked["report"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_report_is_followed_from_now_on_to_its_generation_and_beyond() {
    let test = journey().await;
    let report = asked_for(&test).await;
    let mut events = follow(&test, &test.api, &report);
    let now = next(&mut events).await.unwrap();
    assert_eq!(
        now["data"]["reportUpdated"],
        json!({ "status": "PENDING", "notes": null, "progress": { "step": "waiting", "percent": 0 },
            "currentGeneration": null })
    );
    let (told, ()) = tokio::join!(until(&mut events, |event| event["status"] == "READY"), test.settle());
    let under_way = json!({ "step": "counting", "percent": 10 });
    assert!(
        told.iter()
            .any(|event| event["status"] == "GENERATING" && event["progress"] == under_way),
        "{told:?}"
    );
    let ready = told.last().unwrap();
    assert_eq!(
        (&ready["progress"], &ready["currentGeneration"]["number"]),
        (&Value::Null, &json!(1))
    );

    test.does("updateReportNotes", json!({ "reportId": report, "notes": "Remarks" }))
        .await;
    until(&mut events, |event| event["notes"] == "Remarks").await;
}

/// Just after its server's end the pool may still give out a connection that is dead.
#[tokio::test]
async fn a_change_that_cannot_be_read_at_once_is_told_later() {
    let test = journey().await;
    let report = asked_for(&test).await;
    let mut events = follow(&test, &test.api, &report);
    let told = until(&mut events, |event| event["notes"] == "Remarks");
    let all_but_the_listener = "select pg_terminate_backend(pid, 10000) from pg_stat_activity
        where datname = current_database() and usename = 'bufdir_app' and query not ilike 'listen%'";
    let change = async {
        // Until it has read, and waits.
        tokio::time::sleep(Duration::from_millis(500)).await;
        test.database.arrange(all_but_the_listener).await;
        test.database
            .arrange("update bufdir_reports set notes = 'Remarks'")
            .await;
    };
    tokio::join!(told, change);
}

/// The next change is not told to whoever lost the right before it.
#[tokio::test]
async fn following_ends_with_the_right() {
    for (lost, code) in [
        (
            "update memberships set is_active = false where user_id = '{}'",
            "FORBIDDEN",
        ),
        (
            "update memberships set role = 'peer_mentor' where user_id = '{}'",
            "FORBIDDEN",
        ),
        ("update users set is_active = false where id = '{}'", "UNAUTHENTICATED"),
        (
            "update organizations set is_active = false where slug = 'hlf' and '{}' <> ''",
            "FORBIDDEN",
        ),
    ] {
        let test = journey().await;
        let report = asked_for(&test).await;
        let mut events = follow(&test, &test.api, &report);
        next(&mut events).await.unwrap();
        let coordinator = test.hlf().coordinator.to_string();
        test.database.arrange(lost.replace("{}", &coordinator)).await;
        test.database
            .arrange("update bufdir_reports set notes = 'Secret'")
            .await;
        let last = until_error(&mut events).await;
        assert_eq!(last["errors"][0]["extensions"]["code"], code, "{lost}: {last}");
        assert_eq!(last["data"], Value::Null);
        assert_eq!(next(&mut events).await, None, "{lost}");
    }
}

/// Nothing announces the end of a membership: it is looked for, though nothing is told meanwhile. Whoever named no
/// organization, having one alone, is told that the right ended, and not to name one.
#[tokio::test]
async fn following_ends_with_the_right_though_nothing_changes() {
    let test = journey().await;
    let report = asked_for(&test).await;
    let coordinator = test.hlf().coordinator;
    let mut events: Events = Box::pin(test.api.follow_without_organization(
        coordinator,
        FOLLOW,
        json!({ "id": report }),
    ));
    next(&mut events).await.unwrap();
    test.database
        .arrange(format!(
            "update memberships set is_active = false where user_id = '{coordinator}'"
        ))
        .await;
    let last = until_error(&mut events).await;
    assert_eq!(last["errors"][0]["extensions"]["code"], "FORBIDDEN", "{last}");
    let message = last["errors"][0]["message"].as_str().unwrap();
    assert!(message.starts_with("The right to follow this has ended."), "{message}");
    assert_eq!(next(&mut events).await, None);
}

/// The first error. What comes before it, such as an announcement of the beginning, tells nothing secret.
async fn until_error(events: &mut Events) -> Value {
    loop {
        let event = next(events).await.expect("an error before the end");
        if event["errors"] != Value::Null {
            return event;
        }
        assert_eq!(event["data"]["reportUpdated"]["notes"], Value::Null, "{event}");
    }
}

#[tokio::test]
async fn following_ends_with_the_token() {
    let test = journey().await;
    let report = asked_for(&test).await;
    let short_lived = GraphQl::new(&test.database).with_tokens_for(TimeDelta::milliseconds(500));
    let mut events = follow(&test, &short_lived, &report);
    let last = until_error(&mut events).await;
    assert_eq!(last["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    assert_eq!(next(&mut events).await, None);
}

/// A token that ended while nothing happened does not get the next change either.
#[tokio::test]
async fn a_change_after_the_token_is_not_told() {
    let test = journey().await;
    let report = asked_for(&test).await;
    let mut events = follow(&test, &test.api, &report);
    next(&mut events).await.unwrap();
    test.database.clock.advance(TimeDelta::hours(2));
    test.database
        .arrange("update bufdir_reports set notes = 'Secret'")
        .await;
    let last = until_error(&mut events).await;
    assert_eq!(last["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    assert_eq!(next(&mut events).await, None);
}

#[tokio::test]
async fn a_report_of_others_cannot_be_followed() {
    let test = journey().await;
    let report = asked_for(&test).await;
    let stranger = Some((test.database.fixture.nhf.admin, "nhf"));
    let mut events: Events = Box::pin(test.api.follow(stranger, FOLLOW, json!({ "id": report })));
    let last = next(&mut events).await.unwrap();
    assert_eq!(last["errors"][0]["extensions"], json!({ "code": "NOT_FOUND" }));
    assert_eq!(next(&mut events).await, None);
}
