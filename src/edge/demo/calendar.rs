//! How activities spread over a year: much in spring and autumn, little in July and on Sundays.

use chrono::{Datelike, NaiveDate, Weekday};

/// Hands out the dates of a year in order, each as often as its weight says.
pub(super) struct Calendar {
    date: NaiveDate,
    /// Weights of the dates up to and including `date`.
    reached: u64,
    whole: u64,
    made: u64,
    total: u64,
}

impl Calendar {
    /// A calendar that spreads `total` activities over `year`.
    pub fn new(year: i32, total: u64) -> Self {
        let first = NaiveDate::from_ymd_opt(year, 1, 1).expect("a year of the calendar");
        let whole = first
            .iter_days()
            .take_while(|date| date.year() == year)
            .map(weight)
            .sum();
        Self {
            date: first,
            reached: weight(first),
            whole,
            made: 0,
            total,
        }
    }

    /// The next activity's date; asked `total` times at most.
    pub fn next_date(&mut self) -> NaiveDate {
        // The middle of the activity's own share of the year, compared without fractions.
        while self.reached * self.total * 2 < (self.made * 2 + 1) * self.whole {
            self.date = self.date.succ_opt().expect("the calendar goes on after the year");
            self.reached += weight(self.date);
        }
        self.made += 1;
        self.date
    }
}

fn weight(date: NaiveDate) -> u64 {
    let month = [9, 10, 11, 9, 9, 6, 2, 6, 12, 12, 12, 6][date.month0() as usize];
    let weekday = match date.weekday() {
        Weekday::Fri | Weekday::Sat => 5,
        Weekday::Sun => 3,
        _ => 10,
    };
    month * weekday
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_run_through_the_whole_year_in_order() {
        for total in [1, 120, 22_000] {
            let mut calendar = Calendar::new(2024, total);
            let dates: Vec<_> = (0..total).map(|_| calendar.next_date()).collect();
            assert!(dates.is_sorted());
            assert!(dates.iter().all(|date| date.year() == 2024));
        }
        let mut calendar = Calendar::new(2024, 22_000);
        let dates: Vec<_> = (0..22_000).map(|_| calendar.next_date()).collect();
        assert_eq!(dates[0].ordinal(), 1);
        assert_eq!(dates[21_999].ordinal(), 366);
    }
}
