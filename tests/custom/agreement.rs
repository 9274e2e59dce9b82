//! The compiled SELECT and the model agree on generated definitions over generated rows, under row-level security.

use std::collections::BTreeSet;

use bufdir_reports::custom_report::LocalDates;
use bufdir_reports::custom_report::compile::compile;
use bufdir_reports::custom_report::result;
use bufdir_reports::custom_report::valid::check;
use chrono::NaiveTime;
use entity::enums::{ActivityKind, ActivityMode, ActivityStatus, GroupKind, Language};
use futures::TryStreamExt;
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::{Just, Strategy, any, prop_assert_eq, prop_oneof};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use render::Cell;
use sea_orm::sea_query::PostgresQueryBuilder;

use crate::database::{Test, test};
use crate::generated::Dice;
use crate::world::{Activity, Day, PEERS, Peer, UNITS, World, date};
use crate::{model, rows};

const DATES: [&str; 6] = [
    "2023-12-31",
    "2024-01-01",
    "2024-05-17",
    "2024-05-19",
    "2024-12-30",
    "2025-01-01",
];
/// Definitions for each world.
const DEFINITIONS: u64 = 12;

#[tokio::test(flavor = "multi_thread")]
async fn sql_and_model_agree() {
    let test = test().await;
    let config = Config {
        cases: 64,
        failure_persistence: None,
        max_shrink_iters: 60,
        ..Config::default()
    };
    let handle = tokio::runtime::Handle::current();
    let outcome = tokio::task::block_in_place(|| {
        TestRunner::new(config).run(&(world(), any::<u64>()), |(world, seed)| {
            handle.block_on(agree(&test, &world, seed))
        })
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

async fn agree(test: &Test, world: &World, seed: u64) -> Result<(), TestCaseError> {
    let organization = test.commit(world, false).await;
    let dates = LocalDates {
        from: date("2024-01-01"),
        to: date("2024-12-31"),
    };
    for number in 0..DEFINITIONS {
        let definition = Dice::new(seed.wrapping_add(number)).definition();
        let checked =
            check(&definition).unwrap_or_else(|error| panic!("{error} at {:?}: {definition:#?}", error.field()));
        let expected = model::result(
            &definition,
            &rows::of(world, definition.report_type, dates),
            organization,
        );
        let scope = test.enter(organization).await;
        let compiled = compile(&scope, &checked, dates, Language::En);
        let sql = compiled.select(None).to_string(PostgresQueryBuilder);
        result::check_cost(&scope, &compiled).await.unwrap();
        let stream = result::rows(&scope, &compiled, Language::En).await.unwrap();
        let found: Vec<Vec<Cell>> = stream
            .try_collect()
            .await
            .unwrap_or_else(|error| panic!("{error}: {sql}"));
        prop_assert_eq!(&found, &expected, "{:#?}\n{}", definition, sql);
        let preview = result::preview(&scope, &compiled, Language::En, 2).await.unwrap();
        prop_assert_eq!(&preview.rows[..], &expected[..expected.len().min(2)]);
        prop_assert_eq!(preview.more, expected.len() > 2);
    }
    Ok(())
}

pub fn world() -> impl Strategy<Value = World> {
    (vec(peer(), PEERS), vec(activity(), 0..14)).prop_map(|(peers, activities)| World { peers, activities })
}

fn peer() -> impl Strategy<Value = Peer> {
    let from = option::weighted(
        0.8,
        prop_oneof![Just("2020-01-01"), Just("2024-05-17"), Just("2025-01-01")],
    );
    let trained = option::of(prop_oneof![Just("2021-01-01"), Just("2024-05-17")]);
    (from, any::<bool>(), trained).prop_map(|(from, ends, trained)| Peer {
        approved_from: from.map(date),
        approved_until: from.filter(|_| ends).map(|from| {
            if from < "2024" {
                date("2024-12-31")
            } else {
                date("2026-01-01")
            }
        }),
        trained_on: trained.map(date),
    })
}

fn activity() -> impl Strategy<Value = Activity> {
    let kind = prop_oneof![
        Just((ActivityKind::Group, Some(GroupKind::Conversation))),
        Just((ActivityKind::Group, Some(GroupKind::Activity))),
        Just((ActivityKind::Outreach, None)),
        Just((ActivityKind::Course, None)),
    ];
    let mode = prop_oneof![
        Just(ActivityMode::InPerson),
        Just(ActivityMode::Digital),
        Just(ActivityMode::Phone)
    ];
    let status = prop_oneof![5 => Just(ActivityStatus::Approved), 1 => Just(ActivityStatus::Pending), 1 => Just(ActivityStatus::Rejected)];
    let place = (
        prop_oneof![4 => Just("NO"), 1 => Just("SE")],
        prop_oneof![Just("Bergen"), Just("Voss"), Just("Ålesund"), Just("Ørsta"), Just("")],
        option::of(prop_oneof![Just("Vestland"), Just("Oslo")]),
    );
    let leaders = (option::weighted(0.8, 0..PEERS), btree_set(0..PEERS, 0..2));
    let others = (any::<bool>(), option::weighted(0.2, Just("50 % av_laget")));
    let days = (btree_set(0..DATES.len(), 1..4), vec(day(), DATES.len()));
    (0..UNITS.len(), kind, mode, status, place, leaders, others, days).prop_map(
        |(
            unit,
            (kind, group_kind),
            mode,
            status,
            (country, place, county),
            (leader, co_leaders),
            others,
            (dates, days),
        )| {
            let (peer_initiated, co_organiser) = others;
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
                newcomers_confirmed: false,
                created: 0,
                days: dates
                    .into_iter()
                    .zip(days)
                    .map(|(index, day)| Day {
                        date: date(DATES[index]),
                        ..day
                    })
                    .collect(),
            }
        },
    )
}

/// Minutes whose thirds and halves show where a sum of hours is rounded.
fn day() -> impl Strategy<Value = Day> {
    let minutes = prop_oneof![Just(0_u32), Just(1), Just(2), Just(20), Just(45), Just(60), Just(91)];
    let contacts = prop_oneof![
        Just(BTreeSet::new()),
        btree_set(0..9_u8, 0..4),
        btree_set(0..9_u8, 4..9)
    ];
    (minutes, contacts, prop_oneof![Just(0_u32), Just(2), Just(6)]).prop_map(|(minutes, contacts, anonymous)| Day {
        date: date(DATES[0]),
        start: NaiveTime::from_hms_opt(10, 0, 0),
        minutes,
        contacts,
        anonymous,
    })
}
