//! When a number of persons is too small to show (decisions.md, 8).

use std::ops::RangeInclusive;

/// So few persons could be recognised where an organization is broken down. Its official totals are shown whole.
pub const FEW_PERSONS: RangeInclusive<i64> = 1..=4;

/// Whether that number of persons is too small to show.
#[must_use]
pub fn are_few(persons: i64) -> bool {
    FEW_PERSONS.contains(&persons)
}

/// The number as it is shown where an organization is broken down.
#[must_use]
pub fn show_persons(persons: i64) -> String {
    if are_few(persons) {
        format!("<{}", FEW_PERSONS.end() + 1)
    } else {
        persons.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_to_four_are_not_shown() {
        let shown: Vec<String> = (0..=5).map(show_persons).collect();
        assert_eq!(shown, ["0", "<5", "<5", "<5", "<5", "5"]);
    }
}
