//! The database takes the cron expressions that the program reads, and no others.

use bufdir_reports::custom_report::schedule;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use sqlx::Row;

use crate::support::catalogue;

const EXPRESSIONS: usize = 20_000;

/// What stands for a number: good ones, those just beyond each field's ends, and names.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => (0..70_u32).prop_map(|number| number.to_string()),
        2 => (0..12_u32).prop_map(|number| format!("{number:02}")),
        1 => (0..10_u32).prop_map(|number| format!("{number:03}")),
        2 => prop::sample::select(vec!["sun", "MON", "Fri", "sat", "SUN", "jan", "FEB", "Dec", "MONDAY", "L", "?", ""])
            .prop_map(str::to_owned),
    ]
}

fn item() -> impl Strategy<Value = String> {
    let values = prop_oneof![
        3 => Just("*".to_owned()),
        4 => value(),
        4 => (value(), value()).prop_map(|(first, last)| format!("{first}-{last}")),
        1 => prop::sample::select(vec!["15W", "LW", "5#2", "5L", "+1", "*-5", "1-2-3", "5.0", "½", "\u{17f}un"])
            .prop_map(str::to_owned),
    ];
    let step = prop_oneof![
        6 => Just(String::new()),
        2 => (0..110_u32).prop_map(|step| format!("/{step}")),
        1 => value().prop_map(|step| format!("/{step}")),
    ];
    (values, step).prop_map(|(values, step)| values + &step)
}

/// A field as likely right as wrong, so that whole expressions are now and then right.
fn field(good: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop_oneof![
        5 => prop::sample::select(good).prop_map(str::to_owned),
        1 => prop::collection::vec(item(), 1..4).prop_map(|items| items.join(",")),
    ]
}

fn expression() -> impl Strategy<Value = String> {
    let fields = (
        field(&["0", "*", "*/15", "0-59/7", "59", "00", "5,10,15"]),
        field(&["6", "*", "0-23", "23", "22-2", "08,16"]),
        field(&["*", "1", "31", "1-15", "01", "*/2"]),
        field(&["*", "jan", "JAN-mar", "12", "DEC-FEB", "1,6,12"]),
        field(&["*", "MON-FRI", "7", "sat-SUN", "0", "FRI-MON", "*/7"]),
    );
    let further = prop_oneof![30 => Just(""), 1 => Just(" *")];
    let written = (fields, further).prop_map(|((minute, hour, day, month, weekday), further)| {
        format!("{minute} {hour} {day} {month} {weekday}{further}")
    });
    prop_oneof![30 => written, 1 => "[0-9*/, LW#?a-]{0,20}"]
}

#[tokio::test]
async fn the_database_takes_what_the_program_reads() {
    let mut runner = TestRunner::deterministic();
    let expressions: Vec<String> = (0..EXPRESSIONS)
        .map(|_| expression().new_tree(&mut runner).unwrap().current())
        .collect();
    let taken = sqlx::query(
        "select app.is_cron(text) as taken from unnest($1::text[]) with ordinality as one (text, place) order by place",
    )
    .bind(&expressions)
    .fetch_all(&mut catalogue().await)
    .await
    .unwrap();
    let mut read = 0;
    for (expression, taken) in expressions.iter().zip(taken) {
        let reading = schedule::parse(expression);
        // Whether a day ever comes is not for the database to know.
        let never_fires = |error: &dyn std::fmt::Display| error.to_string().contains("never fires");
        let readable = reading.as_ref().map_or_else(|error| never_fires(error), |_| true);
        read += usize::from(readable);
        assert_eq!(taken.get::<bool, _>("taken"), readable, "{expression:?}: {reading:?}");
    }
    assert!(
        (EXPRESSIONS / 10..EXPRESSIONS * 9 / 10).contains(&read),
        "{read} of {EXPRESSIONS}"
    );
}
