//! The text of a cron expression: the one reading of it, by which it is saved, foretold and run. The database's
//! `app.is_cron` takes the same, white space apart.

use super::invalid;
use crate::kernel::error::{Error, Result};

/// In characters. Whatever is longer has a mistake in it, and is work to read.
const MAX_LENGTH: usize = 200;
const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
/// Sunday ends a week as well as it begins one.
const LAST_SUNDAY: u8 = 7;

/// One of the five.
struct CronField {
    name: &'static str,
    least: u8,
    greatest: u8,
    /// In the order of their numbers.
    names: &'static [&'static str],
}

const fn field(name: &'static str, least: u8, greatest: u8, names: &'static [&'static str]) -> CronField {
    CronField {
        name,
        least,
        greatest,
        names,
    }
}

const FIELDS: [CronField; 5] = [
    field("minute", 0, 59, &[]),
    field("hour", 0, 23, &[]),
    field("day of the month", 1, 31, &[]),
    field("month", 1, 12, &MONTHS),
    field("weekday", 0, LAST_SUNDAY, &WEEKDAYS),
];

/// The expression as it is stored: its fields with one blank between them, whatever white space stood there.
///
/// # Errors
///
/// `valid_cron_expression`, saying what is wrong: another number of fields than five, a field that is no cron, or a range
/// that ends before it begins.
pub(super) fn normalised(expression: &str) -> Result<String> {
    let fields: Vec<&str> = expression.split_whitespace().collect();
    if fields.len() != FIELDS.len() {
        let found = fields.len();
        return Err(invalid(format!(
            "A cron expression has five fields, and this has {found}."
        )));
    }
    let normalised = fields.join(" ");
    if normalised.chars().count() > MAX_LENGTH {
        return Err(invalid(format!(
            "A cron expression has {MAX_LENGTH} characters at most."
        )));
    }
    for (field, text) in FIELDS.iter().zip(fields) {
        field.check(text)?;
    }
    Ok(normalised)
}

impl CronField {
    fn check(&self, text: &str) -> Result<()> {
        if text == "*" {
            return Ok(());
        }
        text.split(',').try_for_each(|item| self.check_item(item))
    }

    fn check_item(&self, item: &str) -> Result<()> {
        let (values, step) = match item.split_once('/') {
            Some((values, step)) => (values, Some(step)),
            None => (item, None),
        };
        if step.is_some_and(|step| number(step).is_none_or(|step| step == 0)) {
            return Err(self.unreadable(item, "a step is a number from 1 to 99"));
        }
        match (values.split_once('-'), step) {
            (None, Some(_)) if values == "*" => Ok(()),
            (None, Some(_)) => Err(self.unreadable(item, "a step goes through * or through a range such as 10-50/20")),
            (None, None) => self.value(values).map(drop).ok_or_else(|| self.unknown(item)),
            (Some((first, last)), _) => self.check_range(item, first, last),
        }
    }

    fn check_range(&self, item: &str, first: &str, last: &str) -> Result<()> {
        let (Some(first), Some(last)) = (self.value(first), self.last(last)) else {
            return Err(self.unknown(item));
        };
        if first > last {
            let why = "ranges do not wrap around, so write two of them, with a comma between";
            return Err(self.unreadable(item, why));
        }
        Ok(())
    }

    /// The number that stands there, or the name's.
    fn value(&self, text: &str) -> Option<u8> {
        let named = || self.names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let value = match number(text) {
            Some(number) => Some(number),
            None => named().and_then(|place| u8::try_from(place).ok()?.checked_add(self.least)),
        };
        value.filter(|value| (self.least..=self.greatest).contains(value))
    }

    fn last(&self, text: &str) -> Option<u8> {
        match self.value(text) {
            Some(0) if number(text).is_none() => Some(LAST_SUNDAY),
            value => value,
        }
    }

    fn unknown(&self, item: &str) -> Error {
        let Self { least, greatest, .. } = self;
        let names = match self.names {
            [first, .., last] => format!(", or {first} to {last}"),
            _ => String::new(),
        };
        self.unreadable(item, &format!("it is {least} to {greatest}{names}"))
    }

    fn unreadable(&self, item: &str, why: &str) -> Error {
        let name = self.name;
        invalid(format!("\"{item}\" cannot be the {name} of a cron expression: {why}."))
    }
}

/// One or two digits.
fn number(text: &str) -> Option<u8> {
    let is_number = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}
