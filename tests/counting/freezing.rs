//! What freezing keeps beside the figures: content hashes, drift, and that nothing of another organization counts.

#![expect(clippy::disallowed_methods, reason = "a test prepares its database")]

use std::collections::BTreeSet;

use bufdir_reports::format::{self, Drift};
use chrono::NaiveTime;
use entity::enums::{ActivityKind, ActivityMode, ActivityStatus, GroupKind};
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::database;
use crate::outcome::{self, GENERATION, KEY};
use crate::world::{Activity, Day, OTHER_ORGANIZATION, Peer, World, activity_id, date, version, year};

fn world() -> World {
    let day = |start, contacts: [u8; 3]| Day {
        date: date("2024-05-17"),
        start: NaiveTime::from_hms_opt(start, 0, 0),
        minutes: 60,
        contacts: BTreeSet::from(contacts),
        anonymous: 1,
    };
    let activity = |day| Activity {
        unit: 3,
        kind: ActivityKind::Group,
        group_kind: Some(GroupKind::Conversation),
        mode: ActivityMode::InPerson,
        status: ActivityStatus::Approved,
        country: "NO",
        place: "Bergen",
        county: Some("Vestland"),
        leader: Some(0),
        co_leaders: BTreeSet::from([1]),
        peer_initiated: true,
        co_organiser: None,
        newcomers_confirmed: false,
        created: 0,
        days: vec![day],
    };
    let approved = Peer {
        approved_from: Some(date("2020-01-01")),
        ..Peer::default()
    };
    World {
        peers: vec![approved.clone(), approved],
        activities: vec![
            activity(day(10, [1, 2, 3])),
            activity(day(10, [4, 5, 6])),
            activity(day(12, [7, 8, 9])),
        ],
    }
}

/// Every change that bears on a verdict or a figure, and none that doesn't.
#[tokio::test(flavor = "multi_thread")]
async fn drift_finds_each_change() {
    let db = database::work().await;
    world().insert(&db).await;
    let period = year(2024);
    outcome::freeze(&db, &period, &version(&db, "2024-v2").await).await;
    let first = activity_id(0);
    // Each change is told from the others, though most are one day.
    let mut digests = Vec::new();
    for (change, expected) in [
        (
            "update activities set title = 'Another', updated_at = now() where id = '{}'",
            Drift::default(),
        ),
        ("update memberships set peer_approved_from = null", Drift::default()),
        ("update activities set place = 'Voss' where id = '{}'", CHANGED),
        ("update activities set county = null where id = '{}'", CHANGED),
        ("update activities set country = 'SE' where id = '{}'", CHANGED),
        ("update activities set mode = 'digital' where id = '{}'", CHANGED),
        ("update activities set group_kind = 'activity' where id = '{}'", CHANGED),
        ("update activities set leader_user_id = null where id = '{}'", CHANGED),
        ("update activities set peer_initiated = false where id = '{}'", CHANGED),
        (
            "update activities set co_organiser = 'Another' where id = '{}'",
            CHANGED,
        ),
        (
            "update activities set newcomers_confirmed_by = leader_user_id where id = '{}'",
            CHANGED,
        ),
        ("delete from activity_co_leaders where activity_id = '{}'", CHANGED),
        (
            "update activity_days set minutes = 61 where activity_id = '{}'",
            CHANGED,
        ),
        (
            "update activity_days set starts_at = null where activity_id = '{}'",
            CHANGED,
        ),
        (
            "update activity_days set anonymous_participants = 2 where activity_id = '{}'",
            CHANGED,
        ),
        (
            "delete from attendances where activity_id = '{}' and contact_id = (select min(contact_id::text)::uuid from \
             attendances where activity_id = '{}')",
            CHANGED,
        ),
        (
            "update activities set status = 'rejected' where id = '{}'",
            Drift {
                removed: 1,
                ..Drift::default()
            },
        ),
        (
            "insert into activity_days (organization_id, activity_id, local_date, minutes) \
             select organization_id, activity_id, local_date + 1, 60 from activity_days where activity_id = '{}'",
            Drift {
                added: 1,
                ..Drift::default()
            },
        ),
    ] {
        db.execute_unprepared("savepoint before").await.unwrap();
        db.execute_unprepared(&change.replace("{}", &first.to_string()))
            .await
            .unwrap();
        let found = format::drift(&db, &period, GENERATION, &KEY).await.unwrap();
        assert_eq!(found.days_sha256.is_some(), found.is_any(), "{change}");
        digests.extend(found.days_sha256.clone());
        assert_eq!(numbers(found), expected, "{change}");
        db.execute_unprepared("rollback to before").await.unwrap();
    }
    let distinct: BTreeSet<_> = digests.iter().collect();
    assert_eq!(distinct.len(), digests.len());
    assert!(digests.len() > 15);
}

const CHANGED: Drift = Drift {
    added: 0,
    removed: 0,
    changed: 1,
    days_sha256: None,
};

/// Without the digest, which no test writes down.
fn numbers(drift: Drift) -> Drift {
    Drift {
        days_sha256: None,
        ..drift
    }
}

/// Under another key no day is recognized: participants are in the hash under the key alone.
#[tokio::test(flavor = "multi_thread")]
async fn participants_enter_the_hash_under_the_key() {
    let db = database::work().await;
    world().insert(&db).await;
    outcome::freeze(&db, &year(2024), &version(&db, "2024-v2").await).await;
    let drift = format::drift(&db, &year(2024), GENERATION, &[8; 32]).await.unwrap();
    assert_eq!(
        numbers(drift),
        Drift {
            changed: 3,
            ..Drift::default()
        }
    );
}

/// The text of docs/counting.md, written down by hand and hashed outside of the counting statement.
#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::disallowed_methods, reason = "a test looks behind the program")]
async fn content_hash_is_the_documented_one() {
    let db = database::work().await;
    world().insert(&db).await;
    outcome::freeze(&db, &year(2024), &version(&db, "2024-v2").await).await;
    let (activity, unit) = (activity_id(0), crate::world::unit_id(3));
    let (leader, co_leader) = (crate::world::user(0), crate::world::user(1));
    let contacts = "00000000-0000-0400-0000-000000000001,00000000-0000-0400-0000-000000000002,00000000-0000-0400-0000-000000000003";
    let participants = hmac(&format!("participants-v1|{activity}|2024-05-17|{contacts}"));
    let text = format!(
        "activity-day-v1|{activity}|2024-05-17|group|conversation|in_person|{unit}|{leader}|{co_leader}|NO|10:00:00|60|1|3|\
         true|false|{participants}|6:Bergen|8:Vestland|0:"
    );
    let sql = "select content_hash from frozen_days where organization_id = $1 and activity_id = $2";
    let values = [crate::world::ORGANIZATION.into(), activity.into()];
    let row = db
        .query_one_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, values))
        .await
        .unwrap()
        .unwrap();
    let expected = <sha2::Sha256 as sha2::Digest>::digest(text.as_bytes()).to_vec();
    assert_eq!(row.try_get_by_index::<Vec<u8>>(0).unwrap(), expected);
}

/// HMAC-SHA256 under the tests' key, in hex.
fn hmac(message: &str) -> String {
    use hmac::{KeyInit, Mac};
    let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(&KEY).unwrap();
    mac.update(message.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

/// As a superuser, so that no policy hides what the statement itself must leave out.
#[tokio::test(flavor = "multi_thread")]
async fn another_organizations_activities_never_count() {
    let db = database::work_as_superuser().await;
    world().insert(&db).await;
    let format = version(&db, "2024-v2").await;
    let alone = format::preview(&db, &year(2024), &format, None).await.unwrap();
    assert_eq!(alone.figures["AK06"], 3);
    assert_eq!(alone.overlapping_days, 1);
    world().insert_into(&db, OTHER_ORGANIZATION).await;
    assert_eq!(format::preview(&db, &year(2024), &format, None).await.unwrap(), alone);
    let (frozen, outcome) = outcome::freeze(&db, &year(2024), &format).await;
    assert_eq!((frozen, outcome.days.len()), (alone, 3));
    assert_eq!(
        format::drift(&db, &year(2024), GENERATION, &KEY).await.unwrap(),
        Drift::default()
    );
}
