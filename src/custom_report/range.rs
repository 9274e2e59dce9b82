//! The local dates that a custom report covers.

use chrono::{Datelike, Months, NaiveDate, TimeDelta};
use entity::enums::DateRangeType;

use crate::custom_report::rules;
use crate::kernel::error::{Error, Result};

/// Which dates, before it is known when the report runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateRange {
    /// Both included; checked by `fixed_range_requires_dates`.
    Fixed(LocalDates),
    /// Any type but `Fixed`.
    Rolling(DateRangeType),
}

/// Local dates (Europe/Oslo), both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalDates {
    pub from: NaiveDate,
    pub to: NaiveDate,
}

impl DateRange {
    /// The range of this type: a fixed one with its dates, a rolling one without.
    ///
    /// # Errors
    ///
    /// `fixed_range_requires_dates`, naming the date at fault (`from`, `to`).
    pub fn new(range: DateRangeType, from: Option<NaiveDate>, to: Option<NaiveDate>) -> Result<Self> {
        let at_fault = |field: &str| Err(Error::rule(rules::FIXED_RANGE_REQUIRES_DATES).at(field));
        match (range, from, to) {
            (DateRangeType::Fixed, Some(from), Some(to)) if from <= to => Ok(Self::Fixed(LocalDates { from, to })),
            (DateRangeType::Fixed, Some(_), _) => at_fault("to"),
            (DateRangeType::Fixed, None, _) => at_fault("from"),
            (rolling, None, None) => Ok(Self::Rolling(rolling)),
            (_, Some(_), _) => at_fault("from"),
            (_, None, Some(_)) => at_fault("to"),
        }
    }

    pub fn range_type(self) -> DateRangeType {
        match self {
            Self::Fixed(_) => DateRangeType::Fixed,
            Self::Rolling(range) => range,
        }
    }

    /// The dates of a fixed range.
    pub fn fixed(self) -> Option<LocalDates> {
        match self {
            Self::Fixed(dates) => Some(dates),
            Self::Rolling(_) => None,
        }
    }

    /// The dates of a run on this local date.
    pub fn on(self, today: NaiveDate) -> LocalDates {
        match self {
            Self::Fixed(dates) => dates,
            Self::Rolling(range) => rolling(range, today),
        }
    }
}

fn rolling(range: DateRangeType, today: NaiveDate) -> LocalDates {
    let month = first_of_month(today);
    let quarter = months_before(month, month.month0() % 3);
    let year = months_before(month, month.month0());
    let until_today = |from| LocalDates { from, to: today };
    let before = |next: NaiveDate, months| LocalDates {
        from: months_before(next, months),
        to: next - TimeDelta::days(1),
    };
    match range {
        DateRangeType::LastSevenDays => until_today(today - TimeDelta::days(6)),
        DateRangeType::LastThirtyDays => until_today(today - TimeDelta::days(29)),
        DateRangeType::LastMonth => before(month, 1),
        DateRangeType::LastQuarter => before(quarter, 3),
        DateRangeType::LastYear => before(year, 12),
        DateRangeType::MonthToDate => until_today(month),
        DateRangeType::YearToDate => until_today(year),
        // A fixed range names its dates, so that there is no rolling one of this type.
        DateRangeType::Fixed => until_today(today),
    }
}

fn first_of_month(date: NaiveDate) -> NaiveDate {
    date - TimeDelta::days(i64::from(date.day0()))
}

fn months_before(date: NaiveDate, months: u32) -> NaiveDate {
    date - Months::new(months)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(DateRangeType::LastSevenDays, "2024-03-05", "2024-02-28", "2024-03-05")]
    #[case(DateRangeType::LastThirtyDays, "2024-03-05", "2024-02-05", "2024-03-05")]
    #[case(DateRangeType::LastMonth, "2024-03-31", "2024-02-01", "2024-02-29")]
    #[case(DateRangeType::LastMonth, "2025-01-01", "2024-12-01", "2024-12-31")]
    #[case(DateRangeType::LastQuarter, "2025-02-15", "2024-10-01", "2024-12-31")]
    #[case(DateRangeType::LastQuarter, "2025-06-30", "2025-01-01", "2025-03-31")]
    #[case(DateRangeType::LastYear, "2025-12-31", "2024-01-01", "2024-12-31")]
    #[case(DateRangeType::MonthToDate, "2025-12-01", "2025-12-01", "2025-12-01")]
    #[case(DateRangeType::YearToDate, "2025-12-31", "2025-01-01", "2025-12-31")]
    fn a_rolling_range_depends_on_the_day(
        #[case] range: DateRangeType,
        #[case] today: &str,
        #[case] from: &str,
        #[case] to: &str,
    ) {
        let [today, from, to] = [today, from, to].map(|date| date.parse().unwrap());
        assert_eq!(DateRange::Rolling(range).on(today), LocalDates { from, to });
    }
}
