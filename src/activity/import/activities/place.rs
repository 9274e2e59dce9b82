//! In which county an activity was, by the list of the days on which it took place.

use chrono::NaiveDate;

use super::columns::{COUNTRY, COUNTY};
use crate::activity::county;
use crate::activity::import::parse::{self, Reason};
use crate::activity::import::problem::Problems;
use crate::activity::import::reader::SourceTable;
use crate::activity::record::Day;

/// The county that the row gives or, where it gives none, the one in which the unit lay then; none abroad. What is wrong
/// is noted.
pub fn county(
    table: &SourceTable,
    row: usize,
    unit: Option<&str>,
    days: &[Day],
    problems: &mut Problems,
) -> Option<String> {
    let country = parse::country(table.cell(row, COUNTRY)).unwrap_or_default();
    let is_abroad = !matches!(country.as_str(), "" | "NO");
    let given = table.value(row, COUNTY, problems, |cell| {
        if is_abroad {
            return Err(format!(
                "\"{cell}\" is given, and the country is {country}: leave it empty"
            ));
        }
        on_all(days, |day| county::on(day, cell))
    });
    let is_of_the_unit = table.cell(row, COUNTY).is_empty() && !is_abroad;
    let Some(unit) = unit.filter(|_| is_of_the_unit) else {
        return given.flatten();
    };
    // What was stored before spellings were checked may have another.
    let unit = county::known(unit).unwrap_or(unit);
    let around = on_all(days, |day| {
        county::around(day, unit)
            .ok_or_else(|| format!("is empty, and the unit's, \"{unit}\", was no county on {day}: write which it was"))
    });
    around
        .map_err(|reason| problems.add(row, table.error(row, COUNTY, reason)))
        .ok()
        .flatten()
}

/// The same county on each of the days; `None` without days, which is noted elsewhere.
fn on_all(days: &[Day], on: impl Fn(NaiveDate) -> Result<&'static str, Reason>) -> Result<Option<String>, Reason> {
    let mut found = None;
    for day in days {
        let name = on(day.date)?;
        if found.is_some_and(|found| found != name) {
            return Err(format!(
                "became {name} with the new year; give each year's days a reference of their own"
            ));
        }
        found = Some(name);
    }
    Ok(found.map(str::to_owned))
}
