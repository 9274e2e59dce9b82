//! Which numbers of persons are not shown (decisions, 8), by worlds small enough to count by hand.

use bufdir_reports::custom_report::definition::{Aggregation, CustomReportColumn, Definition, Filters, Grouping};
use bufdir_reports::custom_report::valid::check;
use bufdir_reports::custom_report::{LocalDates, compile::compile, result};
use entity::enums::{ActivityKind, CustomReportType, Language};
use render::Cell;
use rstest::rstest;

use crate::database::test;
use crate::plain;
use crate::world::{Activity, Peer, World, date};
use bufdir_reports::custom_report::rules;

fn led_by(leader: usize, kind: ActivityKind, anonymous: u32) -> Activity {
    let mut activity = plain::activity();
    activity.kind = kind;
    activity.leader = Some(leader);
    activity.days[0].anonymous = anonymous;
    activity
}

/// Outreach by four people and courses by five; outreach had 10, 2, 2 and 5 participants, courses 5 each.
fn world() -> World {
    let outreach = [10, 2, 2, 5].into_iter().enumerate();
    let outreach = outreach.map(|(leader, participants)| led_by(leader, ActivityKind::Outreach, participants));
    let courses = (0..5).map(|leader| led_by(leader, ActivityKind::Course, 5));
    World {
        peers: vec![Peer::default(); 5],
        activities: outreach.chain(courses).collect(),
    }
}

fn asking(
    report_type: CustomReportType,
    groupings: Vec<Grouping>,
    key: &str,
    aggregation: Option<Aggregation>,
) -> Definition {
    Definition {
        report_type,
        filters: Filters::default(),
        groupings,
        columns: vec![CustomReportColumn {
            key: key.to_owned(),
            aggregation,
            label: None,
            order: None,
        }],
    }
}

/// The last column of what that gives of [`world`].
async fn shown(definition: &Definition) -> Vec<Cell> {
    let test = test().await;
    let organization = test.commit(&world(), false).await;
    let dates = LocalDates {
        from: date("2024-01-01"),
        to: date("2024-12-31"),
    };
    let scope = test.enter(organization).await;
    let compiled = compile(&scope, &check(definition).unwrap(), dates, Language::Nb);
    let preview = result::preview(&scope, &compiled, Language::Nb, 50).await.unwrap();
    preview.rows.into_iter().filter_map(|mut row| row.pop()).collect()
}

/// Names and ids of the same people make the same number, and it is a number of persons in every report type.
#[rstest]
#[case::names(CustomReportType::Activities, "leader", Grouping::Kind, vec![Cell::Suppressed, Cell::Integer(5)])]
#[case::ids(CustomReportType::Activities, "leader_id", Grouping::Kind, vec![Cell::Suppressed, Cell::Integer(5)])]
#[case::members(CustomReportType::PeerMentors, "peer_mentor", Grouping::User, vec![Cell::Suppressed; 5])]
#[case::members_ids(CustomReportType::PeerMentors, "peer_mentor_id", Grouping::User, vec![Cell::Suppressed; 5])]
#[tokio::test(flavor = "multi_thread")]
async fn different_people_are_a_number_of_persons(
    #[case] report_type: CustomReportType,
    #[case] key: &str,
    #[case] grouping: Grouping,
    #[case] expected: Vec<Cell>,
) {
    let distinct = Some(Aggregation::CountDistinct);
    assert_eq!(
        shown(&asking(report_type, vec![grouping.clone()], key, distinct)).await,
        expected
    );
    // Rows are counted, which are people in one report type alone.
    let counted = shown(&asking(report_type, vec![grouping], key, Some(Aggregation::Count))).await;
    let rows_are_people = report_type == CustomReportType::PeerMentors;
    assert_eq!(counted.contains(&Cell::Suppressed), rows_are_people, "{counted:?}");
    let whole = shown(&asking(report_type, vec![Grouping::Organization], key, distinct)).await;
    assert_eq!(whole, [Cell::Integer(5)]);
}

/// 19 participants of four activities are 4.75 on average, which with the number of activities would tell the sum of any.
#[tokio::test(flavor = "multi_thread")]
async fn an_average_below_five_persons_is_hidden() {
    let average = |groupings| {
        asking(
            CustomReportType::Activities,
            groupings,
            "participants",
            Some(Aggregation::Average),
        )
    };
    let by_kind = shown(&average(vec![Grouping::Kind])).await;
    assert_eq!(by_kind, [Cell::Suppressed, Cell::Decimal("5.00".parse().unwrap())]);
    let whole = shown(&average(Vec::new())).await;
    assert_eq!(whole, [Cell::Decimal("4.89".parse().unwrap())]);
    let identified = asking(
        CustomReportType::Activities,
        vec![Grouping::Kind],
        "identified_participants",
        Some(Aggregation::Average),
    );
    assert_eq!(
        shown(&identified).await,
        vec![Cell::Decimal("0.00".parse().unwrap()); 2]
    );
}

/// Whoever led in two units is one person in each and one in all.
#[test]
fn numbers_of_different_persons_are_not_added_up() {
    for (key, aggregation, fits) in [
        ("peer_mentors", Aggregation::Sum, false),
        ("peer_mentors", Aggregation::Average, false),
        ("peer_mentors", Aggregation::Maximum, true),
        // Attendances, of which there is one for each person, day and activity.
        ("participants", Aggregation::Sum, true),
    ] {
        let definition = asking(CustomReportType::Units, Vec::new(), key, Some(aggregation));
        let refused = check(&definition).err().and_then(|error| error.broken_rule());
        let expected = (!fits).then_some(rules::AGGREGATION_FITS_FIELD);
        assert_eq!(refused, expected, "{key} {aggregation:?}");
    }
}
