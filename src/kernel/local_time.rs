//! Europe/Oslo: activities and periods are placed by their local date (decisions, 2).
//!
//! The database keeps instants in UTC. New Year's Eve in Oslo begins at 23:00 UTC on the 30th, so a day's bounds have
//! to be worked out here and nowhere else.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Europe::Oslo;

/// The date on the calendar in Oslo at this instant.
pub fn oslo_date(instant: DateTime<Utc>) -> NaiveDate {
    instant.with_timezone(&Oslo).date_naive()
}

/// The first instant of the local day, in UTC: what a `*_start` column holds.
pub fn day_start_utc(date: NaiveDate) -> DateTime<Utc> {
    let midnight = date.and_time(NaiveTime::MIN);
    // 1 April 1893 began some minutes after midnight, when clocks were first set to a common time; and where the calendar
    // itself begins, a local midnight has no UTC. No date that a person may type in should end in a panic.
    (0..3600)
        .find_map(|second| {
            Oslo.from_local_datetime(&(midnight + TimeDelta::seconds(second)))
                .earliest()
        })
        .map_or(DateTime::<Utc>::MIN_UTC, |start| start.to_utc())
}

/// The last microsecond of the local day (inclusive), in UTC: what a `*_end` column holds. Postgres keeps microseconds,
/// so nothing lies between it and the next day's start.
pub fn day_end_utc(date: NaiveDate) -> DateTime<Utc> {
    date.succ_opt().map_or(DateTime::<Utc>::MAX_UTC, |next_day| {
        day_start_utc(next_day) - TimeDelta::microseconds(1)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn instant(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[rstest]
    #[case::winter("2024-01-15", "2024-01-14T23:00:00Z", "2024-01-15T22:59:59.999999Z")]
    #[case::summer("2024-07-15", "2024-07-14T22:00:00Z", "2024-07-15T21:59:59.999999Z")]
    #[case::spring_forward("2024-03-31", "2024-03-30T23:00:00Z", "2024-03-31T21:59:59.999999Z")]
    #[case::fall_back("2024-10-27", "2024-10-26T22:00:00Z", "2024-10-27T22:59:59.999999Z")]
    #[case::new_years_eve("2024-12-31", "2024-12-30T23:00:00Z", "2024-12-31T22:59:59.999999Z")]
    #[case::leap_day("2024-02-29", "2024-02-28T23:00:00Z", "2024-02-29T22:59:59.999999Z")]
    fn a_local_day_has_its_bounds_in_utc(#[case] day: &str, #[case] start: &str, #[case] end: &str) {
        assert_eq!(day_start_utc(date(day)), instant(start));
        assert_eq!(day_end_utc(date(day)), instant(end));
    }

    #[rstest]
    #[case::spring_forward("2024-03-31", 23)]
    #[case::fall_back("2024-10-27", 25)]
    #[case::usual("2024-10-28", 24)]
    fn a_day_is_as_long_as_the_clocks_make_it(#[case] day: &str, #[case] hours: i64) {
        let length = day_end_utc(date(day)) - day_start_utc(date(day)) + TimeDelta::microseconds(1);
        assert_eq!(length, TimeDelta::hours(hours));
    }

    #[rstest]
    #[case::new_years_eve_before_midnight("2024-12-31T22:59:59.999999Z", "2024-12-31")]
    #[case::new_year_in_oslo("2024-12-31T23:00:00Z", "2025-01-01")]
    #[case::summer_evening("2024-06-30T21:59:59Z", "2024-06-30")]
    #[case::summer_midnight("2024-06-30T22:00:00Z", "2024-07-01")]
    #[case::first_of_the_two_hours("2024-10-27T00:30:00Z", "2024-10-27")]
    #[case::second_of_the_two_hours("2024-10-27T01:30:00Z", "2024-10-27")]
    fn an_instant_has_the_date_of_oslo(#[case] at: &str, #[case] day: &str) {
        assert_eq!(oslo_date(instant(at)), date(day));
    }

    #[test]
    fn no_date_panics_or_begins_on_another() {
        let mut day = date("1890-01-01");
        while day < date("1950-01-01") {
            assert_eq!(oslo_date(day_start_utc(day)), day);
            assert_eq!(oslo_date(day_end_utc(day)), day);
            day = day.succ_opt().unwrap();
        }
        assert!(day_start_utc(NaiveDate::MIN) < day_end_utc(NaiveDate::MIN));
        assert_eq!(day_end_utc(NaiveDate::MAX), DateTime::<Utc>::MAX_UTC);
    }

    proptest! {
        #[test]
        fn days_meet_without_gap_or_overlap(number in 0..36_500_i64) {
            let day = date("1990-01-01") + TimeDelta::days(number);
            let next_day = day.succ_opt().unwrap();
            prop_assert_eq!(day_end_utc(day) + TimeDelta::microseconds(1), day_start_utc(next_day));
            prop_assert_eq!(oslo_date(day_start_utc(day)), day);
            prop_assert_eq!(oslo_date(day_end_utc(day)), day);
        }
    }
}
