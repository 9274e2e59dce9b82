//! The SQL and the model agree on generated organizations, small enough for their days to collide often.

use std::collections::BTreeSet;

use bufdir_reports::format::{self, CountedPeriod};
use chrono::NaiveTime;
use counting::FormatVersion;
use entity::enums::{ActivityKind, ActivityMode, ActivityStatus, GroupKind};
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::{Just, Strategy, any, prop_assert_eq, prop_oneof};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use sea_orm::{DatabaseTransaction, TransactionTrait};

use crate::outcome::{self, UnitFigures};
use crate::world::{Activity, Day, PEERS, Peer, UNITS, World, date, unit_id, version, year};
use crate::{database, model};

const DATES: [&str; 5] = ["2023-12-31", "2024-01-01", "2024-05-17", "2024-12-31", "2025-01-01"];

/// Two versions on the same activities: the rules that only one of them has make the difference.
#[tokio::test(flavor = "multi_thread")]
async fn sql_and_model_agree() {
    let db = database::work().await;
    let formats = [
        version(&db, "2023-v1").await,
        version(&db, "2024-v2").await,
        exotic(version(&db, "2024-v2").await),
    ];
    let strategy = (world(), 0..formats.len(), 0..UNITS.len());
    let mut runner = TestRunner::new(Config {
        cases: 96,
        failure_persistence: None,
        ..Config::default()
    });
    let handle = tokio::runtime::Handle::current();
    let outcome = tokio::task::block_in_place(|| {
        runner.run(&strategy, |(world, format, unit)| {
            handle.block_on(compare(&db, &world, &formats[format], unit))
        })
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

/// The same rows, registered in the same order, give the same figures whatever their ids.
#[tokio::test(flavor = "multi_thread")]
async fn ids_decide_nothing() {
    let db = database::work().await;
    let format = version(&db, "2024-v2").await;
    let mut runner = TestRunner::new(Config {
        cases: 48,
        failure_persistence: None,
        ..Config::default()
    });
    let handle = tokio::runtime::Handle::current();
    let outcome = tokio::task::block_in_place(|| {
        runner.run(&world(), |mut world| {
            for (index, activity) in world.activities.iter_mut().enumerate() {
                activity.created = u8::try_from(index).unwrap();
            }
            let first = handle.block_on(counted(&db, &world, &format));
            world.activities.reverse();
            prop_assert_eq!(handle.block_on(counted(&db, &world, &format)), first);
            Ok(())
        })
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

async fn counted(db: &DatabaseTransaction, world: &World, format: &FormatVersion) -> counting::Counted {
    let db = db.begin().await.unwrap();
    world.insert(&db).await;
    let counted = format::preview(&db, &year(2024), format, None).await.unwrap();
    db.rollback().await.unwrap();
    counted
}

/// Parameters that no shipped version has.
fn exotic(mut format: FormatVersion) -> FormatVersion {
    format.rules.active_peer.min_counted_days = 2;
    let group = format.rules.kinds.get_mut(&ActivityKind::Group).unwrap();
    group.leader_counts = true;
    group.modes_counted_apart = vec![ActivityMode::Digital, ActivityMode::Phone];
    format.rules.kinds.remove(&ActivityKind::Course);
    format
}

async fn compare(
    db: &DatabaseTransaction,
    world: &World,
    format: &FormatVersion,
    unit: usize,
) -> Result<(), TestCaseError> {
    let period = year(2024);
    let db = db.begin().await.unwrap();
    world.insert(&db).await;
    let (counted, frozen) = outcome::freeze(&db, &period, format).await;
    let expected = model::count(world, &period, format);
    prop_assert_eq!(&frozen, &expected);
    prop_assert_eq!(totals(&counted), expected.units[&0].clone());
    prop_assert_eq!(&format::preview(&db, &period, format, None).await.unwrap(), &counted);
    let preview = format::preview(&db, &period, format, Some(unit_id(unit)))
        .await
        .unwrap();
    prop_assert_eq!(totals(&preview), expected.units[&unit].clone());
    check_facts(world, &period, &counted);
    db.rollback().await.unwrap();
    Ok(())
}

fn totals(counted: &counting::Counted) -> UnitFigures {
    UnitFigures {
        activity_count: counted.activity_count,
        participant_count: counted.participant_count,
        volunteer_count: counted.volunteer_count,
        total_hours: format!("{:.2}", counted.total_hours),
        figures: counted.figures.clone(),
    }
}

/// What warnings rest on, and the identities between figures.
fn check_facts(world: &World, period: &CountedPeriod, counted: &counting::Counted) {
    let in_period = |activity: &&Activity| {
        activity
            .days
            .iter()
            .any(|day| period.first_date <= day.date && day.date <= period.last_date)
    };
    let of = |status: ActivityStatus| {
        i32::try_from(
            world
                .activities
                .iter()
                .filter(in_period)
                .filter(|a| a.status == status)
                .count(),
        )
        .unwrap()
    };
    assert_eq!(counted.pending_activities, of(ActivityStatus::Pending));
    assert_eq!(counted.rejected_activities, of(ActivityStatus::Rejected));
    assert_eq!(counted.activity_count, of(ActivityStatus::Approved));
    let co_organised = world
        .activities
        .iter()
        .filter(in_period)
        .filter(|a| a.status == ActivityStatus::Approved);
    let co_organised = co_organised.filter(|activity| activity.co_organiser.is_some()).count();
    assert_eq!(counted.co_organised_activities, i32::try_from(co_organised).unwrap());
    let figure = |id: &str| counted.figures[id].as_i64().unwrap();
    assert_eq!(counted.attendances, figure("PE01"));
    assert!(counted.anonymous_attendances <= counted.attendances);
    assert_eq!(figure("AK01") + figure("AK04") + figure("AK05"), figure("AK06"));
    assert_eq!(figure("AK08") + figure("AK09"), i64::from(counted.activity_count));
}

fn world() -> impl Strategy<Value = World> {
    (vec(peer(), PEERS), vec(activity(), 0..16)).prop_map(|(peers, activities)| World { peers, activities })
}

fn peer() -> impl Strategy<Value = Peer> {
    let approval = prop_oneof![
        4 => Just((Some("2020-01-01"), None)),
        1 => Just((Some("2020-01-01"), Some("2024-01-01"))),
        1 => Just((Some("2024-05-17"), Some("2024-12-30"))),
        1 => Just((None, None)),
    ];
    let trained = prop_oneof![3 => Just(Some("2021-01-01")), 1 => Just(Some("2025-01-01")), 1 => Just(None)];
    (approval, trained).prop_map(|((from, until), trained)| Peer {
        approved_from: from.map(date),
        approved_until: until.map(date),
        trained_on: trained.map(date),
    })
}

fn activity() -> impl Strategy<Value = Activity> {
    let kind = prop_oneof![
        3 => Just((ActivityKind::Group, Some(GroupKind::Conversation))),
        3 => Just((ActivityKind::Group, Some(GroupKind::Activity))),
        3 => Just((ActivityKind::Outreach, None)),
        2 => Just((ActivityKind::Course, None)),
        1 => Just((ActivityKind::Other, None)),
    ];
    let mode = prop_oneof![4 => Just(ActivityMode::InPerson), 2 => Just(ActivityMode::Digital), 1 => Just(ActivityMode::Phone)];
    let status = prop_oneof![
        8 => Just(ActivityStatus::Approved), 1 => Just(ActivityStatus::Pending), 1 => Just(ActivityStatus::Rejected)];
    let country = prop_oneof![12 => Just("NO"), 1 => Just("SE")];
    let place = prop_oneof![5 => Just("Bergen"), 1 => Just(" BERGEN"), 1 => Just("Voss")];
    let county = prop_oneof![Just(None), Just(Some("Vestland")), Just(Some("Oslo"))];
    let leaders = (
        prop_oneof![4 => Just(Some(0)), 2 => (0..PEERS).prop_map(Some), 1 => Just(None)],
        co_leaders(),
    );
    let co_organiser = option::weighted(0.1, Just("Another organization"));
    let flags = (
        prop_oneof![5 => Just(true), 1 => Just(false)],
        any::<bool>(),
        co_organiser,
        0..3_u8,
    );
    (
        0..UNITS.len(),
        kind,
        mode,
        status,
        (country, place, county),
        leaders,
        flags,
        days(),
    )
        .prop_map(
            |(unit, (kind, group_kind), mode, status, (country, place, county), (leader, co_leaders), flags, days)| {
                let (peer_initiated, newcomers_confirmed, co_organiser, created) = flags;
                Activity {
                    unit,
                    kind,
                    group_kind,
                    mode,
                    status,
                    country,
                    place,
                    county,
                    leader,
                    co_leaders,
                    peer_initiated,
                    co_organiser,
                    newcomers_confirmed,
                    created,
                    days,
                }
            },
        )
}

fn co_leaders() -> impl Strategy<Value = BTreeSet<usize>> {
    prop_oneof![3 => Just(BTreeSet::new()), 1 => btree_set(0..PEERS, 1..3)]
}

fn days() -> impl Strategy<Value = Vec<Day>> {
    let dates = prop_oneof![5 => Just(vec![2]), 3 => btree_set(0..DATES.len(), 1..4).prop_map(Vec::from_iter)];
    (dates, vec(day(), DATES.len())).prop_map(|(dates, days)| {
        let on = |(index, day): (usize, Day)| Day {
            date: date(DATES[index]),
            ..day
        };
        dates.into_iter().zip(days).map(on).collect()
    })
}

fn day() -> impl Strategy<Value = Day> {
    let start = prop_oneof![1 => Just(None), 3 => Just(Some(10)), 3 => Just(Some(12))];
    let minutes = prop_oneof![Just(30), Just(45), Just(60), Just(90), Just(91)];
    let contacts = prop_oneof![
        2 => Just(BTreeSet::new()),
        3 => Just(BTreeSet::from([1, 2, 3])),
        4 => btree_set(0..8_u8, 0..5),
    ];
    let anonymous = prop_oneof![3 => Just(0), 1 => Just(2), 2 => Just(3)];
    (start, minutes, contacts, anonymous).prop_map(|(hour, minutes, contacts, anonymous)| Day {
        date: date(DATES[0]),
        start: hour.and_then(|hour| NaiveTime::from_hms_opt(hour, 0, 0)),
        minutes,
        contacts,
        anonymous,
    })
}
