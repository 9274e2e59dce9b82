//! Schedules of custom reports, with two schedulers at a time and a clock that the test moves.

use bufdir_reports::custom_report::scheduler::look;
use bufdir_reports::kernel::clock::Clock;
use bufdir_reports::kernel::db::Database;
use bufdir_reports::kernel::migrate;
use chrono::{DateTime, TimeDelta, Utc};
use rstest::rstest;
use serde_json::json;
use uuid::Uuid;

use crate::support::graphql::{data, refusal};
use crate::support::journey::{Journey, journey};

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Two schedulers of two processes, which look again and again at the same moments.
struct Schedulers {
    journey: Journey,
    others: Database,
}

impl Schedulers {
    async fn at(now: &str) -> Self {
        let journey = journey().await;
        journey.database.clock.set(instant(now));
        let others = Database::open(journey.database.options(migrate::APP), 5);
        Self { journey, others }
    }

    /// Both look now; how many runs they began.
    async fn look(&self) -> usize {
        let clock: &dyn Clock = self.journey.database.clock.as_ref();
        let (one, other) = tokio::join!(look(self.journey.database.app(), clock), look(&self.others, clock));
        one.unwrap() + other.unwrap()
    }

    /// They look every so often until then.
    async fn look_until(&self, end: &str, every: TimeDelta) {
        while self.journey.database.now() < instant(end) {
            self.journey.database.clock.advance(every);
            self.look().await;
        }
    }

    /// When runs were due, in order.
    async fn due_times(&self) -> Vec<DateTime<Utc>> {
        self.journey.due_runs().await.into_iter().map(|(_, due)| due).collect()
    }
}

#[tokio::test]
async fn a_due_schedule_runs_once_however_many_look() {
    let test = Schedulers::at("2026-03-02T04:59:00Z").await;
    let reports = [
        test.journey.scheduled("0 6 * * *", "2026-03-02T05:00:00Z").await,
        test.journey.scheduled("0 6 * * MON-FRI", "2026-03-02T05:00:00Z").await,
    ];
    assert_eq!(test.look().await, 0);
    test.journey.database.clock.set(instant("2026-03-02T05:00:00Z"));
    assert_eq!(test.look().await, 2);
    assert_eq!(test.look().await, 0);
    assert_eq!(test.due_times().await, [instant("2026-03-02T05:00:00Z"); 2]);
    for report in reports {
        let next = test.journey.of_definition(report, "next_run_at").await.unwrap();
        assert_eq!(next, "2026-03-03 05:00:00+00");
    }
    test.journey.settle().await;
    let (status, _) = test.journey.due_runs().await.remove(0);
    assert_eq!(status, "succeeded");
    let trail = test.journey.custom_report_trail().await;
    let started = trail
        .iter()
        .filter(|(action, kind)| action == "custom_report_run_started" && kind == "schedule");
    assert_eq!(started.count(), 2);
}

#[tokio::test]
async fn times_missed_run_once() {
    let test = Schedulers::at("2026-03-02T09:00:00Z").await;
    let report = test.journey.scheduled("0 6 * * *", "2026-02-25T05:00:00Z").await;
    assert_eq!(test.look().await, 1);
    assert_eq!(test.look().await, 0);
    assert_eq!(test.due_times().await, [instant("2026-02-25T05:00:00Z")]);
    let next = test.journey.of_definition(report, "next_run_at").await.unwrap();
    assert_eq!(next, "2026-03-03 05:00:00+00");
}

/// A run that is taken up late covers the dates of the day on which it was due.
#[tokio::test]
async fn a_missed_run_covers_what_it_was_due_for() {
    let test = Schedulers::at("2026-11-21T08:00:00Z").await;
    let report = test.journey.scheduled("0 6 31 * *", "2026-10-31T05:00:00Z").await;
    let to_date = format!(
        "set local session_replication_role = replica;
         update custom_reports set date_range_type = 'month_to_date' where id = '{report}'"
    );
    test.journey.database.arrange(to_date).await;
    assert_eq!(test.look().await, 1);
    let dates: (String, String) = sqlx::query_as("select date_from::text, date_to::text from custom_report_runs")
        .fetch_one(test.journey.database.superuser())
        .await
        .unwrap();
    assert_eq!((dates.0.as_str(), dates.1.as_str()), ("2026-10-01", "2026-10-31"));
}

/// A cron expression that a former version took, and one that never fires: each would be due for ever.
#[rstest]
#[case::last_day("0 6 L * *")]
#[case::never("0 6 30 2 *")]
#[tokio::test]
async fn a_schedule_that_cannot_be_read_is_marked_and_switched_off_once(#[case] cron: &str) {
    let test = Schedulers::at("2026-03-02T09:00:00Z").await;
    let report = test.journey.scheduled(cron, "2026-03-03T05:00:00Z").await;
    let query = "{ customReports { nodes { isRunnable isScheduled nextRuns scheduleDisabledReason } } }";
    let marked = |shown: &serde_json::Value| {
        let reason = shown["scheduleDisabledReason"].as_str().unwrap();
        assert!(reason.contains(cron) && reason.contains("cannot be read"), "{reason}");
        assert_eq!((&shown["isRunnable"], &shown["nextRuns"]), (&json!(true), &json!([])));
    };
    let listed = test.journey.asks(query, json!({})).await["customReports"]["nodes"][0].clone();
    marked(&listed);
    assert_eq!(listed["isScheduled"], true);
    test.journey.database.clock.set(instant("2026-03-03T05:00:00Z"));
    for _ in 0..3 {
        assert_eq!(test.look().await, 0);
    }
    assert!(test.due_times().await.is_empty());
    let listed = test.journey.asks(query, json!({})).await["customReports"]["nodes"][0].clone();
    marked(&listed);
    assert_eq!(listed["isScheduled"], false);
    let kept = test.journey.of_definition(report, "schedule_cron").await;
    assert_eq!(kept.as_deref(), Some(cron));
    let trail = test.journey.custom_report_trail().await;
    assert_eq!(
        trail,
        [("custom_report_schedule_disabled".to_owned(), "schedule".to_owned())]
    );
}

/// After a failure the schedule rests: what is told begins where it goes on.
#[tokio::test]
async fn the_next_runs_after_a_failure_are_those_that_will_be() {
    let test = Schedulers::at("2026-03-02T09:00:00Z").await;
    let report = test.journey.scheduled("* * * * *", "2026-03-02T09:16:00Z").await;
    let failed = format!(
        "set local session_replication_role = replica;
         update custom_reports set schedule_failures = 2 where id = '{report}'"
    );
    test.journey.database.arrange(failed).await;
    let query = "{ customReports { nodes { nextRunAt nextRuns(first: 2) } } }";
    let shown = test.journey.asks(query, json!({})).await["customReports"]["nodes"][0].clone();
    assert_eq!(
        shown["nextRuns"],
        json!(["2026-03-02T09:16:00Z", "2026-03-02T09:17:00Z"])
    );
    assert_eq!(shown["nextRunAt"], shown["nextRuns"][0]);
    test.journey.database.clock.set(instant("2026-03-02T10:00:30Z"));
    let late = test.journey.asks(query, json!({})).await["customReports"]["nodes"][0].clone();
    assert_eq!(
        late["nextRuns"],
        json!(["2026-03-02T09:16:00Z", "2026-03-02T10:01:00Z"])
    );
}

#[rstest]
#[case::a_time_that_is_left_out_in_spring("30 2 * * *", "2026-03-28T01:30:00Z",
    &["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"])]
#[case::hourly_in_spring("0 * * * *", "2026-03-29T00:00:00Z",
    &["2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"])]
#[case::a_time_that_comes_twice_in_autumn("30 2 * * *", "2026-10-24T00:30:00Z",
    &["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"])]
#[case::hourly_in_autumn("0 * * * *", "2026-10-25T00:00:00Z",
    &["2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z"])]
#[tokio::test]
async fn the_nights_when_norway_changes_its_clock_have_their_runs(
    #[case] cron: &str,
    #[case] first: &str,
    #[case] expected: &[&str],
) {
    let start = instant(first) - TimeDelta::minutes(30);
    let test = Schedulers::at(&start.to_rfc3339()).await;
    test.journey.scheduled(cron, first).await;
    test.look_until(expected[expected.len() - 1], TimeDelta::minutes(15))
        .await;
    let expected: Vec<_> = expected.iter().copied().map(instant).collect();
    assert_eq!(test.due_times().await, expected);
}

/// The owner lost the right, so that each run fails.
async fn losing_right(test: &Schedulers, owner: Uuid) {
    let sql = format!(
        "set local session_replication_role = replica;
         update memberships set is_active = false where user_id = '{owner}'"
    );
    test.journey.database.arrange(sql).await;
}

#[tokio::test]
async fn a_failing_schedule_backs_off_and_is_switched_off_after_five_failures() {
    let test = Schedulers::at("2026-03-02T09:00:00Z").await;
    let report = test.journey.scheduled("* * * * *", "2026-03-02T09:00:00Z").await;
    losing_right(&test, test.journey.hlf().admin).await;
    let mut rests = Vec::new();
    for _ in 0..4 {
        assert_eq!(test.look().await, 1);
        test.journey.settle().await;
        let next = test
            .journey
            .of_definition(report, "to_char(next_run_at, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')")
            .await;
        let next = instant(&next.unwrap());
        rests.push((next - test.journey.database.now()).num_minutes());
        test.journey.database.clock.set(next);
    }
    assert_eq!(rests, [6, 16, 46, 136]);
    assert_eq!(
        test.journey.of_definition(report, "schedule_failures").await.unwrap(),
        "4"
    );
    assert_eq!(test.look().await, 1);
    test.journey.settle().await;
    assert_eq!(
        test.journey.of_definition(report, "is_scheduled").await.unwrap(),
        "false"
    );
    assert_eq!(test.journey.of_definition(report, "next_run_at").await, None);
    let reason = test
        .journey
        .of_definition(report, "schedule_disabled_reason")
        .await
        .unwrap();
    assert!(
        reason.starts_with("5 runs in a row failed") && reason.contains("may not run"),
        "{reason}"
    );
    let trail = test.journey.custom_report_trail().await;
    assert_eq!(trail.last().unwrap().0, "custom_report_schedule_disabled");
    test.journey.database.clock.advance(TimeDelta::days(1));
    assert_eq!(test.look().await, 0);
    assert!(
        test.journey
            .due_runs()
            .await
            .iter()
            .all(|(status, _)| status == "failed")
    );
}

#[tokio::test]
async fn a_success_forgets_the_failures_before_it() {
    let test = Schedulers::at("2026-03-02T09:00:00Z").await;
    let report = test.journey.scheduled("* * * * *", "2026-03-02T09:00:00Z").await;
    let failures = format!(
        "set local session_replication_role = replica;
         update custom_reports set schedule_failures = 4 where id = '{report}'"
    );
    test.journey.database.arrange(failures).await;
    assert_eq!(test.look().await, 1);
    test.journey.settle().await;
    assert_eq!(
        test.journey.of_definition(report, "schedule_failures").await.unwrap(),
        "0"
    );
    assert_eq!(
        test.journey.of_definition(report, "is_scheduled").await.unwrap(),
        "true"
    );
}

#[tokio::test]
async fn a_run_that_a_person_asked_for_says_nothing_about_the_schedule() {
    let test = Schedulers::at("2026-03-02T09:00:00Z").await;
    let report = test.journey.scheduled("0 6 * * *", "2026-03-03T05:00:00Z").await;
    let run = test.journey.asked_to_run(report, json!({})).await;
    losing_right(&test, test.journey.hlf().coordinator).await;
    test.journey.settle().await;
    assert_eq!(
        test.journey.of_definition(report, "last_run_status").await.unwrap(),
        "failed",
        "{run}"
    );
    assert_eq!(
        test.journey.of_definition(report, "schedule_failures").await.unwrap(),
        "0"
    );
}

#[tokio::test]
async fn schedules_of_a_deactivated_organization_wait_without_holding_up_the_others() {
    let test = Schedulers::at("2026-03-02T09:00:00Z").await;
    let waiting = test.journey.scheduled("0 6 * * *", "2026-03-02T05:00:00Z").await;
    let deactivated = "update organizations set is_active = false where slug = 'hlf'";
    test.journey.database.arrange(deactivated).await;
    assert_eq!(test.look().await, 0);
    let next = test.journey.of_definition(waiting, "next_run_at").await.unwrap();
    assert_eq!(next, "2026-03-02 05:00:00+00");
    test.journey
        .database
        .arrange("update organizations set is_active = true where slug = 'hlf'")
        .await;
    assert_eq!(test.look().await, 1);
}

#[tokio::test]
async fn the_next_runs_of_an_expression_are_told_before_it_is_saved() {
    let test = Schedulers::at("2026-03-28T12:00:00Z").await;
    let (admin, api) = (test.journey.hlf().admin, &test.journey.api);
    let query = "query ($cron: String!) { nextRuns(cron: $cron) }";
    let answer = data(api.run(admin, "hlf", query, json!({ "cron": "30 2 * * *" })).await);
    assert_eq!(
        answer["nextRuns"],
        json!([
            "2026-03-29T01:00:00Z",
            "2026-03-30T00:30:00Z",
            "2026-03-31T00:30:00Z",
            "2026-04-01T00:30:00Z",
            "2026-04-02T00:30:00Z"
        ])
    );
    let refused = refusal(&api.run(admin, "hlf", query, json!({ "cron": "30 2 * *" })).await);
    assert_eq!(refused.rule.as_deref(), Some("valid_cron_expression"));
    assert_eq!(refused.field.as_deref(), Some("cron"));
}
