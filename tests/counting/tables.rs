//! Reads the tables of docs/counting.md and holds the SQL and the model to every row.

use std::collections::BTreeSet;

use bufdir_reports::format::CountedPeriod;
use chrono::NaiveTime;
use counting::FormatVersion;
use entity::enums::{ActivityKind, ActivityMode, ActivityStatus, GroupKind};
use sea_orm::{DatabaseTransaction, TransactionTrait};

use crate::outcome::{self, Outcome};
use crate::world::{Activity, Day, Peer, World, date, version, year};
use crate::{database, model};

const DOCUMENT: &str = include_str!("../../docs/counting.md");

/// The cells of the table below the heading, header included.
fn table(heading: &str) -> Vec<Vec<&'static str>> {
    let section = DOCUMENT.split_once(&format!("\n{heading}\n")).unwrap().1;
    let lines = section
        .lines()
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'));
    let cells = |line: &'static str| line.trim_matches('|').split('|').map(str::trim).collect();
    lines.filter(|line| !line.starts_with("|---")).map(cells).collect()
}

/// What both implementations find; they must not differ.
async fn count(db: &DatabaseTransaction, world: &World, period: &CountedPeriod, format: &FormatVersion) -> Outcome {
    let db = db.begin().await.unwrap();
    world.insert(&db).await;
    let (_, frozen) = outcome::freeze(&db, period, format).await;
    db.rollback().await.unwrap();
    assert_eq!(
        frozen,
        model::count(world, period, format),
        "model and SQL differ on {world:#?}"
    );
    frozen
}

/// Verdicts of an activity's days, in order of date, as the document writes them.
fn verdicts(outcome: &Outcome, activity: usize) -> String {
    let days = outcome
        .days
        .range((activity, chrono::NaiveDate::MIN)..(activity + 1, chrono::NaiveDate::MIN));
    let words = days.map(|(_, (verdict, apart))| {
        if *apart {
            format!("{verdict} apart")
        } else {
            verdict.clone()
        }
    });
    words.collect::<Vec<_>>().join("; ")
}

#[tokio::test(flavor = "multi_thread")]
async fn one_day_by_itself() {
    let db = database::work().await;
    let rows = table("## One day by itself");
    let (header, first) = (&rows[0], &rows[1]);
    let mut wrong = Vec::new();
    for row in &rows[1..] {
        let cell = |name: &str| {
            let column = header.iter().position(|column| *column == name).unwrap();
            if row[column].is_empty() {
                first[column]
            } else {
                row[column]
            }
        };
        let format = version(&db, cell("Version")).await;
        let period = year(format.basis_years.from);
        let outcome = count(&db, &world_of_one_day(&cell, &period), &period, &format).await;
        let expected = if cell("Apart") == "yes" {
            format!("{} apart", cell("Verdict"))
        } else {
            cell("Verdict").into()
        };
        if verdicts(&outcome, 0) != expected {
            wrong.push(format!("{}: {}", cell("Row"), verdicts(&outcome, 0)));
        }
    }
    assert!(wrong.is_empty(), "other verdicts than the document's: {wrong:#?}");
    assert!(rows.len() > 40, "the table was not found whole");
}

fn world_of_one_day(cell: &impl Fn(&str) -> &'static str, period: &CountedPeriod) -> World {
    let date = period.first_date + chrono::Days::new(100);
    let (kind, group_kind) = kind(cell("Kind"));
    let peers: Vec<(&str, Peer)> = ["approved", "lapsed", "new", "never"]
        .map(|word| (word, peer(word, date)))
        .into();
    let named = |name: &str| peers.iter().position(|(word, _)| *word == cell(name));
    let number = |name: &str| cell(name).parse::<u8>().unwrap();
    let day = Day {
        date,
        start: None,
        minutes: number("Minutes").into(),
        contacts: (0..number("Identified")).collect(),
        anonymous: number("Anonymous").into(),
    };
    let activity = Activity {
        kind,
        group_kind,
        mode: mode(cell("Mode")),
        country: cell("Country"),
        peer_initiated: cell("Peer sought") == "yes",
        leader: named("Leader"),
        co_leaders: named("Co-leader").into_iter().collect(),
        days: vec![day],
        ..conversation()
    };
    World {
        peers: peers.into_iter().map(|(_, peer)| peer).collect(),
        activities: vec![activity],
    }
}

fn peer(word: &str, day: chrono::NaiveDate) -> Peer {
    let long_ago = Some(date("2020-01-01"));
    let (approved_from, approved_until) = match word {
        "approved" => (long_ago, Some(day)),
        "lapsed" => (long_ago, day.pred_opt()),
        "new" => (Some(day), None),
        _ => (None, None),
    };
    Peer {
        approved_from,
        approved_until,
        trained_on: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn several_days() {
    let db = database::work().await;
    let format = version(&db, "2024-v2").await;
    let rows = table("## Several days");
    let mut wrong = Vec::new();
    for row in &rows[1..] {
        let found = verdicts_of(&db, &format, row[1]).await;
        if found != row[2] {
            wrong.push(format!("{}: {found}", row[0]));
        }
    }
    assert!(wrong.is_empty(), "other verdicts than the document's: {wrong:#?}");
    assert!(rows.len() > 30, "the table was not found whole");
}

/// A table shows no difference between the two ways to write a letter.
#[tokio::test(flavor = "multi_thread")]
async fn places_are_compared_in_nfc() {
    let db = database::work().await;
    let format = version(&db, "2024-v2").await;
    let activities = "10:00 ABC at \u{c5}s; 10:00 ABC at A\u{30a}s; 10:00 ABC at As";
    let verdicts = verdicts_of(&db, &format, activities).await;
    assert_eq!(verdicts, "COUNTED; DUPLICATE; SAME_DAY_SAME_PARTICIPANTS");
}

async fn verdicts_of(db: &DatabaseTransaction, format: &FormatVersion, activities: &'static str) -> String {
    let approved = Peer {
        approved_from: Some(date("2020-01-01")),
        ..Peer::default()
    };
    let world = World {
        peers: vec![approved.clone(), approved],
        activities: activities.split("; ").map(activity_of_words).collect(),
    };
    let outcome = count(db, &world, &year(2024), format).await;
    let verdicts: Vec<String> = (0..world.activities.len())
        .map(|activity| verdicts(&outcome, activity))
        .collect();
    verdicts.join("; ")
}

/// `18:00 ABC +2 confirmed at Voss`, in one activity.
fn activity_of_words(text: &'static str) -> Activity {
    let mut words = text.split(' ');
    let start = words
        .next()
        .and_then(|start| NaiveTime::parse_from_str(start, "%H:%M").ok());
    let mut activity = conversation();
    let mut day = Day {
        date: date("2024-03-01"),
        start,
        minutes: 90,
        contacts: BTreeSet::new(),
        anonymous: 0,
    };
    while let Some(word) = words.next() {
        match word {
            "confirmed" => activity.newcomers_confirmed = true,
            "later" => activity.created = 1,
            "digital" => activity.mode = ActivityMode::Digital,
            "leaderless" => activity.leader = None,
            "peer2" => activity.leader = Some(1),
            "short" => day.minutes = 44,
            "at" => activity.place = words.next().unwrap().replace('_', " ").leak(),
            "outreach" | "course" | "activity" => (activity.kind, activity.group_kind) = kind(word),
            who => (day.contacts, day.anonymous) = merged(&day, who),
        }
    }
    activity.days.push(day);
    activity
}

/// `text` is `ABC`, `+2` or `ABC+2`.
fn merged(day: &Day, text: &str) -> (BTreeSet<u8>, u32) {
    let (letters, anonymous) = text.split_once('+').unwrap_or((text, "0"));
    assert!(
        letters.bytes().all(|letter| letter.is_ascii_uppercase()),
        "no participants: {text}"
    );
    (
        day.contacts.iter().copied().chain(letters.bytes()).collect(),
        day.anonymous + anonymous.parse::<u32>().unwrap(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worked_example() {
    let db = database::work().await;
    let format = version(&db, "2024-v2").await;
    let rows = table("### A worked example");
    let world = World {
        peers: vec![trained(true), trained(true), trained(false)],
        activities: example(&rows[1..]),
    };
    let outcome = count(&db, &world, &year(2024), &format).await;
    for (activity, row) in rows[1..].iter().enumerate() {
        assert_eq!(verdicts(&outcome, activity), row[7], "activity {}", row[0]);
    }

    let figures =
        table("| 6 | Bergen | | conversation | digital | Q | 2024-05-01 18:00 45 +3 | MODE_NOT_COUNTED apart |");
    for (column, unit) in [(1, 0), (2, 3), (3, 4)] {
        let found = &outcome.units[&unit];
        for row in &figures[1..] {
            let value = match row[0] {
                "activity_count" => found.activity_count.to_string(),
                "participant_count" => found.participant_count.to_string(),
                "volunteer_count" => found.volunteer_count.to_string(),
                "total_hours" => found.total_hours.clone(),
                field => found.figures[field].to_string(),
            };
            assert_eq!(value, row[column], "{} of {}", row[0], figures[0][column]);
        }
        assert_eq!(
            found.figures.len() + 4,
            figures.len() - 1,
            "every figure is in the example"
        );
    }
}

fn trained(trained: bool) -> Peer {
    let long_ago = Some(date("2020-01-01"));
    Peer {
        approved_from: long_ago,
        approved_until: None,
        trained_on: long_ago.filter(|_| trained),
    }
}

fn example(rows: &[Vec<&'static str>]) -> Vec<Activity> {
    let activity = |row: &Vec<&'static str>| {
        let (kind, group_kind) = kind(row[3]);
        let mut leaders = row[5]
            .split(' ')
            .map(|leader| ["P", "Q", "R"].iter().position(|name| *name == leader).unwrap());
        Activity {
            unit: ["National", "Region", "", "Bergen", "Voss"]
                .iter()
                .position(|unit| *unit == row[1])
                .unwrap(),
            county: Some(row[2]).filter(|county| !county.is_empty()),
            kind,
            group_kind,
            mode: mode(row[4]),
            leader: leaders.next(),
            co_leaders: leaders.collect(),
            days: row[6].split("; ").map(day_of_words).collect(),
            ..conversation()
        }
    };
    rows.iter().map(activity).collect()
}

/// `2024-03-01 20:00 60 CD+1`.
fn day_of_words(text: &str) -> Day {
    let words: Vec<&str> = text.split(' ').collect();
    let start = NaiveTime::parse_from_str(words[1], "%H:%M").ok();
    let day = Day {
        date: date(words[0]),
        start,
        minutes: words[2].parse().unwrap(),
        contacts: BTreeSet::new(),
        anonymous: 0,
    };
    let (contacts, anonymous) = merged(&day, words[3]);
    Day {
        contacts,
        anonymous,
        ..day
    }
}

fn kind(word: &str) -> (ActivityKind, Option<GroupKind>) {
    match word {
        "conversation" => (ActivityKind::Group, Some(GroupKind::Conversation)),
        "activity" => (ActivityKind::Group, Some(GroupKind::Activity)),
        "outreach" => (ActivityKind::Outreach, None),
        "course" => (ActivityKind::Course, None),
        "other" => (ActivityKind::Other, None),
        _ => panic!("no kind: {word}"),
    }
}

fn mode(word: &str) -> ActivityMode {
    let modes = [ActivityMode::InPerson, ActivityMode::Digital, ActivityMode::Phone];
    modes.into_iter().find(|mode| mode.as_str() == word).unwrap()
}

/// Approved, in person, in Norway, led by the first peer, without days.
fn conversation() -> Activity {
    Activity {
        unit: 3,
        kind: ActivityKind::Group,
        group_kind: Some(GroupKind::Conversation),
        mode: ActivityMode::InPerson,
        status: ActivityStatus::Approved,
        country: "NO",
        place: "Bergen",
        county: None,
        leader: Some(0),
        co_leaders: BTreeSet::new(),
        peer_initiated: true,
        co_organiser: None,
        newcomers_confirmed: false,
        created: 0,
        days: Vec::new(),
    }
}
