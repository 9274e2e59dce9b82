//! Changes, heard by those whom they concern.

#![expect(clippy::disallowed_methods, reason = "a test looks behind the program")]

use std::time::Duration;

use bufdir_reports::kernel::changes::{Change, Changes};
use futures::{Stream, StreamExt};
use uuid::Uuid;

use crate::support::{TestDatabase, database};

async fn change(database: &TestDatabase, organization: &str, subject: Uuid) {
    let fixture = &database.fixture;
    let coordinator = if organization == "hlf" {
        fixture.hlf.coordinator
    } else {
        fixture.nhf.coordinator
    };
    let scope = database.write(coordinator, organization).await.unwrap();
    let sql = "insert into job_progress (organization_id, subject_id, step, percent, updated_at)
        values ($1, $2, 'counting', 10, app.now())";
    scope.run(sql, [subject.into()]).await.unwrap();
    scope.commit_job_progress_unaudited().await.unwrap();
}

async fn next(changes: &mut (impl Stream<Item = Change> + Unpin)) -> Change {
    let heard = tokio::time::timeout(Duration::from_secs(20), changes.next()).await;
    heard.expect("nothing was heard").unwrap()
}

fn progress(id: Uuid) -> Change {
    Change::Row {
        kind: "progress".into(),
        id,
    }
}

#[tokio::test]
async fn a_subscriber_hears_its_organizations_changes_and_no_others() {
    let database = database().await;
    let changes = Changes::start(database.app().clone());
    let mut heard = Box::pin(changes.subscribe(database.fixture.hlf.id));
    assert_eq!(next(&mut heard).await, Change::Missed, "listening begins");

    let (theirs, ours) = (database.new_id(), database.new_id());
    change(&database, "nhf", theirs).await;
    change(&database, "hlf", ours).await;
    assert_eq!(next(&mut heard).await, progress(ours));
}

#[tokio::test]
async fn after_an_interruption_subscribers_are_told_that_they_missed_something() {
    let database = database().await;
    let changes = Changes::start(database.app().clone());
    let mut heard = Box::pin(changes.subscribe(database.fixture.hlf.id));
    assert_eq!(next(&mut heard).await, Change::Missed, "listening begins");

    database.interrupt(Duration::from_secs(1)).await;
    assert_eq!(next(&mut heard).await, Change::Missed, "listening begins again");
    let id = database.new_id();
    change(&database, "hlf", id).await;
    assert_eq!(next(&mut heard).await, progress(id));
}

#[tokio::test]
async fn a_subscriber_that_falls_behind_is_told_that_it_missed_something() {
    let database = database().await;
    let hlf = &database.fixture.hlf;
    let changes = Changes::start(database.app().clone());
    let mut slow = Box::pin(changes.subscribe(hlf.id));
    assert_eq!(next(&mut slow).await, Change::Missed, "listening begins");

    let insert = "insert into job_progress (organization_id, subject_id, step, percent, updated_at)";
    let many = format!(
        "{insert} select '{}', gen_random_uuid(), 'counting', 0, now() from generate_series(1, 3000)",
        hlf.id
    );
    database.arrange(many).await;
    let mut quick = Box::pin(changes.subscribe(hlf.id));
    let last = database.new_id();
    change(&database, "hlf", last).await;
    while next(&mut quick).await != progress(last) {}
    assert_eq!(next(&mut slow).await, Change::Missed, "it fell behind");
    while next(&mut slow).await != progress(last) {}
}
