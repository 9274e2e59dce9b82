//! Two imports into one organization at once.

#![expect(clippy::disallowed_methods, reason = "a test prepares its database")]

use std::time::Duration;

use sea_orm::ConnectionTrait;

use super::*;

/// Each would find the rows missing, and the second one's would be refused as duplicates.
#[tokio::test]
async fn a_second_import_waits_for_the_first_and_sees_what_it_wrote() {
    let place = Place::with_demo_data().await;
    let id = place.organization.id;
    let app = place.database.app();
    let enters = || app.work(ActorKind::Import, id, None, now());
    let text = file(&[GOOD]);
    let first = enters().await.unwrap();
    let activities = ImportFile {
        kind: ImportKind::Activities,
        bytes: text.as_bytes(),
        skip_bad: false,
    };
    let owner = place.database.owner();
    let outcome = import::run(&first, &owner, activities, now(), &|_| ()).await.unwrap();
    assert_eq!(outcome.created, 1);

    let second = enters().await.unwrap();
    // Connections wait for other locks for seconds; an import takes as long as its file is.
    second
        .execute_unprepared("set local lock_timeout = '50ms'")
        .await
        .unwrap();
    let mut importing = Box::pin(import::run(&second, &owner, activities, now(), &|_| ()));
    let early = tokio::time::timeout(Duration::from_millis(500), &mut importing).await;
    assert!(early.is_err(), "it did not wait: {early:?}");
    first.commit(outcome.entry(id, &activities)).await.unwrap();
    let outcome = importing.await.unwrap();
    assert_eq!((outcome.created, outcome.unchanged), (0, 1));
}
