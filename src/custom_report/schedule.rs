//! When a scheduled report runs: five-field cron in Europe/Oslo, with its changes of clock.
//!
//! Minute, hour, day of the month, month, weekday; lists, ranges, steps, English names of months and weekdays
//! ([`expression`]). With a day of the month and a weekday either of them will do, unless one begins with `*`.
//!
//! Two nights a year need a decision:
//!
//! - Whoever names hours means times of the day, and each comes once a day. In March 02:30 does not exist: it runs at the
//!   moment the clock jumps, 03:00, together with whatever else lies in that hour. In October 02:30 comes twice: it runs
//!   the first time.
//! - Whoever names no hour (`*`, or all 24) means each hour that passes: the one that is left out in March has no run, and
//!   both of October's have theirs.

mod expression;

use chrono::{DateTime, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Europe::Oslo;
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

use crate::custom_report::rules;
use crate::kernel::error::{Error, Result};

/// The widest gap or repetition of the clock in Oslo since there is a common time.
const MAX_CLOCK_CHANGE: TimeDelta = TimeDelta::hours(2);

/// A cron expression that fires, now and then.
#[derive(Clone, Debug)]
pub struct Schedule {
    expression: String,
    cron: Cron,
    every_hour: bool,
}

/// Reads an expression.
///
/// # Errors
///
/// `valid_cron_expression`, saying what is wrong: another number of fields than five, a field that is no cron, a range that
/// wraps around, or an expression that never fires, such as the 30th of February.
pub fn parse(expression: &str) -> Result<Schedule> {
    let expression = expression::normalised(expression)?;
    let parser = CronParser::builder()
        .seconds(Seconds::Disallowed)
        .year(Year::Disallowed)
        .dom_and_dow(needs_both_days(&expression));
    let cron = parser.build().parse(&expression);
    let cron = cron.map_err(|cause| invalid(format!("The cron expression cannot be read: {cause}")))?;
    let schedule = Schedule {
        every_hour: (0..24).all(|hour| cron.pattern.hour_match(hour).unwrap_or(false)),
        cron,
        expression,
    };
    if schedule.next_after(DateTime::UNIX_EPOCH).is_none() {
        return Err(invalid("The cron expression never fires.".to_owned()));
    }
    Ok(schedule)
}

/// As cron has it: a day of the month and a weekday are alternatives, unless one of them begins with a star, as `*/2` does.
fn needs_both_days(expression: &str) -> bool {
    let mut days = expression.split(' ').skip(2).step_by(2);
    days.any(|field| field.starts_with('*'))
}

impl Schedule {
    /// As it is stored: one blank between its fields.
    pub fn expression(&self) -> &str {
        &self.expression
    }

    /// The first so many times after an instant, UTC, the earliest first.
    pub fn next_runs(&self, after: DateTime<Utc>, count: usize) -> Vec<DateTime<Utc>> {
        let next = |at: &DateTime<Utc>| self.next_after(*at);
        std::iter::successors(next(&after), next).take(count).collect()
    }

    /// The first time after an instant, UTC; none where the calendar ends first.
    pub fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if self.every_hour {
            let next = self.cron.find_next_occurrence(&after.with_timezone(&Oslo), false);
            return next.ok().map(|next| next.to_utc());
        }
        // The clock on the wall, looked at from before the last change: what it shows later never comes earlier.
        let mut wall = after.with_timezone(&Oslo).naive_local() - MAX_CLOCK_CHANGE;
        loop {
            wall = self.next_on_the_wall(wall)?;
            let instant = instant_of(wall)?;
            if instant > after {
                return Some(instant);
            }
        }
    }

    /// As if the clock never changed.
    fn next_on_the_wall(&self, after: NaiveDateTime) -> Option<NaiveDateTime> {
        let next = self.cron.find_next_occurrence(&after.and_utc(), false);
        next.ok().map(|next| next.naive_utc())
    }
}

/// When the clock in Oslo shows this for the first time; where it never does, when it jumps over it.
fn instant_of(wall: NaiveDateTime) -> Option<DateTime<Utc>> {
    if let Some(instant) = Oslo.from_local_datetime(&wall).earliest() {
        return Some(instant.to_utc());
    }
    // Gaps of the clock begin and end on whole minutes.
    (1..=MAX_CLOCK_CHANGE.num_minutes()).find_map(|minutes| {
        let later = wall + TimeDelta::minutes(minutes);
        Oslo.from_local_datetime(&later)
            .earliest()
            .map(|instant| instant.to_utc())
    })
}

fn invalid(message: String) -> Error {
    Error::rule_because(rules::VALID_CRON_EXPRESSION, message)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn instant(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn runs(expression: &str, after: &str, count: usize) -> Vec<String> {
        let runs = parse(expression).unwrap().next_runs(instant(after), count);
        let local = runs.iter().map(|run| run.with_timezone(&Oslo));
        local.map(|run| run.format("%m-%d %H:%M %Z").to_string()).collect()
    }

    #[rstest]
    #[case::every_morning("0 6 * * *", &["12-31 06:00 CET", "01-01 06:00 CET"])]
    #[case::workdays_by_name("30 7 * * MON-FRI", &["12-31 07:30 CET", "01-01 07:30 CET"])]
    #[case::lower_case("30 7 * * sun", &["01-05 07:30 CET", "01-12 07:30 CET"])]
    #[case::sunday_is_zero_and_seven("0 0 * * 7", &["01-05 00:00 CET", "01-12 00:00 CET"])]
    #[case::months_by_name("0 9 1 FEB,jul *", &["02-01 09:00 CET", "07-01 09:00 CEST"])]
    #[case::steps("*/20 12 * * *", &["12-31 12:00 CET", "12-31 12:20 CET"])]
    #[case::to_sunday("0 8 * * SAT-SUN", &["01-04 08:00 CET", "01-05 08:00 CET"])]
    #[case::either_day("0 8 15 * MON", &["01-06 08:00 CET", "01-13 08:00 CET"])]
    #[case::both_days_where_the_day_begins_with_a_star("0 8 */2 * MON", &["01-13 08:00 CET", "01-27 08:00 CET"])]
    #[case::both_days_where_the_weekday_does("0 8 15 * */2", &["02-15 08:00 CET", "03-15 08:00 CET"])]
    #[case::leap_day("0 8 29 2 *", &["02-29 08:00 CET", "02-29 08:00 CET"])]
    fn an_expression_is_read_in_oslos_time(#[case] expression: &str, #[case] expected: &[&str]) {
        assert_eq!(runs(expression, "2024-12-30T22:59:00Z", 2), expected);
    }

    #[rstest]
    #[case::empty("")]
    #[case::four_fields("0 6 * *")]
    #[case::seconds("0 0 6 * * *")]
    #[case::nickname("@daily")]
    #[case::nickname_among_five("@daily * * * *")]
    #[case::out_of_range("60 6 * * *")]
    #[case::reversed_range("0 6 * * FRI-2")]
    #[case::letters("0 six * * *")]
    #[case::unknown_name("0 6 * * MONDAY")]
    #[case::name_in_another_field("0 MON * * *")]
    #[case::two_names("0 6 * JANFEB *")]
    #[case::name_after_a_digit("0 6 * 1JAN *")]
    #[case::empty_item("0 6 1,,2 * *")]
    #[case::never("0 6 30 2 *")]
    #[case::never_either("0 6 31 4,6,9,11 *")]
    #[case::last_day("0 6 L * *")]
    #[case::second_tuesday("0 6 * * TUE#2")]
    #[case::both_days("0 6 1 * +MON")]
    #[case::three_digits("007 6 * * *")]
    #[case::three_digits_with_zeros("0 6 001 * *")]
    #[case::step_beyond_any("*/100 * * * *")]
    #[case::step_of_none("*/0 * * * *")]
    #[case::star_in_a_list("*,5 * * * *")]
    #[case::long_s("0 6 * * \u{17f}un")]
    #[case::step_without_a_range("5/10 * * * *")]
    #[case::hostile("0 6 * * *'; drop")]
    fn valid_cron_expression(#[case] expression: &str) {
        let error = parse(expression).unwrap_err();
        assert_eq!(error.broken_rule(), Some(rules::VALID_CRON_EXPRESSION), "{error}");
    }

    #[rstest]
    #[case("0 6 * * FRI-MON")]
    #[case("0 22-2 * * *")]
    #[case("0 6 * DEC-FEB *")]
    fn a_range_that_wraps_around_is_told_so(#[case] expression: &str) {
        let message = parse(expression).unwrap_err().to_string();
        assert!(message.contains("do not wrap around"), "{message}");
    }

    #[rstest]
    #[case::no_break_space("0\u{a0}6 * * *")]
    #[case::line_feeds("0 6\n* * *\n")]
    #[case::tabs_and_blanks("\t0   6 * * * ")]
    fn fields_are_parted_by_any_white_space(#[case] expression: &str) {
        assert_eq!(parse(expression).unwrap().expression(), "0 6 * * *");
    }

    #[test]
    fn a_long_expression_is_refused_by_its_length() {
        let list = vec!["1"; 200].join(",");
        assert!(parse(&format!("{list} * * * *")).is_err());
    }

    #[rstest]
    #[case::once_at_the_jump("30 2 * * *", &["03-30 02:30 CET", "03-31 03:00 CEST", "04-01 02:30 CEST"])]
    #[case::together_with_all_of_its_hour("0,20,40 2 * * *",
        &["03-30 02:40 CET", "03-31 03:00 CEST", "04-01 02:00 CEST"])]
    #[case::together_with_three("0 2,3 * * *", &["03-30 03:00 CET", "03-31 03:00 CEST", "04-01 02:00 CEST"])]
    #[case::around_it("0 1-4 * * *", &["03-30 03:00 CET", "03-30 04:00 CET", "03-31 01:00 CET", "03-31 03:00 CEST"])]
    #[case::a_step_names_its_hours("0 */2 * * *", &["03-30 22:00 CET", "03-31 00:00 CET", "03-31 03:00 CEST"])]
    fn the_hour_left_out_in_spring_runs_once_at_the_jump(#[case] expression: &str, #[case] expected: &[&str]) {
        let after = match expression {
            "30 2 * * *" => "2024-03-30T00:00:00Z",
            "0,20,40 2 * * *" => "2024-03-30T01:20:00Z",
            "0 */2 * * *" => "2024-03-30T20:00:00Z",
            _ => "2024-03-30T01:00:00Z",
        };
        assert_eq!(runs(expression, after, expected.len()), expected);
    }

    #[rstest]
    #[case::the_first_time("30 2 * * *", &["10-27 02:30 CEST", "10-28 02:30 CET"])]
    #[case::all_of_its_hour("0,30 2 * * *",
        &["10-27 02:00 CEST", "10-27 02:30 CEST", "10-28 02:00 CET"])]
    #[case::three_comes_after_both("0 1-3 * * *",
        &["10-27 01:00 CEST", "10-27 02:00 CEST", "10-27 03:00 CET", "10-28 01:00 CET"])]
    fn the_hour_doubled_in_autumn_runs_once(#[case] expression: &str, #[case] expected: &[&str]) {
        assert_eq!(runs(expression, "2024-10-26T20:00:00Z", expected.len()), expected);
    }

    #[test]
    fn between_the_two_hours_of_autumn_the_first_has_run() {
        assert_eq!(runs("30 2 * * *", "2024-10-27T00:30:00Z", 1), ["10-28 02:30 CET"]);
        assert_eq!(runs("30 2 * * *", "2024-10-27T01:10:00Z", 1), ["10-28 02:30 CET"]);
    }

    #[rstest]
    #[case::hourly("15 * * * *", 60)]
    #[case::every_hour_named("15 0-23 * * *", 60)]
    #[case::quarters("*/15 * * * *", 15)]
    #[case::minutely("* * * * *", 1)]
    fn what_names_no_hour_runs_as_time_passes(
        #[case] expression: &str,
        #[case] minutes: i64,
        #[values("2024-03-30T22:00:00Z", "2024-10-26T22:00:00Z")] night: &str,
    ) {
        let count = usize::try_from(300 / minutes).unwrap();
        let runs = parse(expression).unwrap().next_runs(instant(night), count);
        let apart = |pair: &[DateTime<Utc>]| pair[1] - pair[0] == TimeDelta::minutes(minutes);
        assert!(runs.len() == count && runs.windows(2).all(apart), "{runs:?}");
    }

    proptest! {
        #[test]
        fn each_time_of_the_day_comes_once_a_day(minute in 0..60_u32, hour in 0..24_u32, year in 2000..2037_i32) {
            let after = Oslo.with_ymd_and_hms(year, 1, 1, 0, 0, 0).unwrap().to_utc() - TimeDelta::minutes(1);
            let runs = parse(&format!("{minute} {hour} * * *")).unwrap().next_runs(after, 365);
            let days = |run: &DateTime<Utc>| run.with_timezone(&Oslo).date_naive();
            prop_assert!(runs.windows(2).all(|pair| days(&pair[1]) == days(&pair[0]).succ_opt().unwrap()));
        }

        #[test]
        fn the_next_is_after_and_the_first(
            minute in 0..60_u32, hour in 0..24_u32, start in 1_700_000_000..1_800_000_000_i64, ahead in 0..86_400_i64
        ) {
            let schedule = parse(&format!("{minute} {hour},5 * * *")).unwrap();
            let start = DateTime::from_timestamp(start, 0).unwrap();
            let next = schedule.next_after(start).unwrap();
            prop_assert!(next > start);
            let between = start + TimeDelta::seconds(ahead);
            if between < next {
                prop_assert_eq!(schedule.next_after(between), Some(next));
            }
        }
    }
}
