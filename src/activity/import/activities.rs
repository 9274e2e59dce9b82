//! Activities: a row for each day, rows of the same reference being one activity.

mod columns;
mod place;

use std::collections::HashMap;

use chrono::{NaiveDate, TimeDelta};
use entity::activities;
use entity::enums::{ActivityKind, ActivityStatus};
use sea_orm::DbErr;
use uuid::Uuid;

use super::agreement::refuse_differing;
use super::known::{Contacts, KnownUnits, Members};
use super::parse::Reason;
use super::problem::Problems;
use super::reader::SourceTable;
use super::{ImportContext, ImportProgress, ImportStep, parse, words};
use crate::activity::record::{Activity, Day};
use crate::kernel::clock::new_id;
use crate::kernel::local_time::oslo_date;

pub(super) use columns::COLUMNS;

use columns::{
    ANONYMOUS, CO_LEADERS, CO_ORGANISER, CO_UNITS, COUNTRY, DATE, GROUP_KIND, HOURS, KIND, LEADER, MINUTES, MODE,
    NEWCOMERS, OF_THE_ACTIVITY, PARTICIPANTS, PEER_INITIATED, PLACE, RECREATIONAL, REFERENCE, START, STATUS, TITLE,
    UNIT,
};

/// What cells may refer to.
struct Known {
    units: KnownUnits,
    members: Members,
    contacts: Contacts,
    today: NaiveDate,
}

/// The good activities, each whole: one bad row spoils its activity's others.
pub(super) async fn check(import: &ImportContext<'_>, problems: &mut Problems) -> Result<Vec<Activity>, DbErr> {
    let known = Known {
        units: KnownUnits::load(import.scope).await?,
        members: Members::load(import.scope).await?,
        contacts: Contacts::load(import.scope).await?,
        today: oslo_date(import.now),
    };
    let groups = by_reference(import.table, problems);
    let total = groups.len();
    let mut activities = Vec::with_capacity(total);
    for (number, rows) in groups.iter().enumerate() {
        let activity = check_activity(import, rows, number, &known, problems);
        if rows.iter().any(|row| problems.is_bad(*row)) {
            rows.iter().for_each(|row| problems.spoil(*row));
        } else {
            activities.extend(activity);
        }
        if number % 1000 == 999 || number + 1 == total {
            (import.progress)(ImportProgress {
                step: ImportStep::Checking,
                done: number + 1,
                total,
            });
        }
    }
    Ok(activities)
}

/// Rows of each reference, in the order of the file.
fn by_reference(table: &SourceTable, problems: &mut Problems) -> Vec<Vec<usize>> {
    let mut places = HashMap::new();
    let mut groups: Vec<Vec<usize>> = vec![];
    for row in 0..table.rows.len() {
        if let Some(reference) = table.value(row, REFERENCE, problems, parse::text(200)) {
            let place = *places.entry(reference).or_insert(groups.len());
            if place == groups.len() {
                groups.push(vec![]);
            }
            groups[place].push(row);
        }
    }
    groups
}

fn check_activity(
    import: &ImportContext<'_>,
    rows: &[usize],
    number: usize,
    known: &Known,
    problems: &mut Problems,
) -> Option<Activity> {
    refuse_differing(import.table, rows, &OF_THE_ACTIVITY, problems);
    let activity = parse_facts(import, rows[0], number, known, problems);
    let mut days: Vec<Day> = vec![];
    for row in rows {
        let Some(day) = check_day(import.table, *row, known, problems) else {
            continue;
        };
        if days.iter().any(|other| other.date == day.date) {
            let reason = "the activity has this date already; add the sessions of a day up";
            problems.add(*row, import.table.error(*row, DATE, reason));
        }
        if activity
            .as_ref()
            .is_some_and(|a| a.row.status == ActivityStatus::Approved)
            && day.date > known.today
        {
            problems.add(
                *row,
                import
                    .table
                    .error(*row, DATE, "lies in the future, and yet the activity is approved"),
            );
        }
        days.push(day);
    }
    days.sort_by_key(|day| day.date);
    let unit = known.units.find(import.table.cell(rows[0], UNIT)).ok();
    let county_of_unit = unit.and_then(|unit| unit.county.as_deref());
    let county = place::county(import.table, rows[0], county_of_unit, &days, problems);
    let mut activity = activity?;
    activity.row.county = county;
    Some(Activity { days, ..activity })
}

/// What the first row says of the activity as a whole, but for the county, which is one of its days'.
fn parse_facts(
    import: &ImportContext<'_>,
    row: usize,
    number: usize,
    known: &Known,
    problems: &mut Problems,
) -> Option<Activity> {
    let table = import.table;
    let kind = table.value(row, KIND, problems, words::kind);
    let group_kind = table.value(row, GROUP_KIND, problems, words::group_kind);
    let mode = table.value(row, MODE, problems, words::mode);
    let status = table
        .value(row, STATUS, problems, words::status)
        .unwrap_or(ActivityStatus::Pending);
    let unit = table.value(row, UNIT, problems, |cell| known.units.find(cell));
    let leader = table.value(row, LEADER, problems, |cell| known.members.find(cell));
    let find_all = |cell: &str| ids(cell, |email| known.members.find(email));
    let mut co_leaders = table.value(row, CO_LEADERS, problems, find_all).unwrap_or_default();
    co_leaders.retain(|co_leader| Some(*co_leader) != leader);
    let find_all = |cell: &str| ids(cell, |text| known.units.find(text).map(|unit| unit.id));
    let mut co_units = table.value(row, CO_UNITS, problems, find_all).unwrap_or_default();
    co_units.retain(|co_unit| Some(*co_unit) != unit.map(|unit| unit.id));
    let country = table
        .value(row, COUNTRY, problems, parse::country)
        .unwrap_or_else(|| "NO".to_owned());
    let title = table.value(row, TITLE, problems, parse::text(300)).unwrap_or_default();
    let place = table.value(row, PLACE, problems, parse::text(300)).unwrap_or_default();
    let peer_initiated = table.value(row, PEER_INITIATED, problems, words::flag).unwrap_or(true);
    let is_recreational = table.value(row, RECREATIONAL, problems, words::flag).unwrap_or(false);
    let co_organiser = table.value(row, CO_ORGANISER, problems, parse::text(300));
    let newcomers_confirmed_by = table.value(row, NEWCOMERS, problems, |cell| known.members.find_coordinator(cell));
    match (kind, table.cell(row, GROUP_KIND)) {
        (Some(ActivityKind::Group), "") => {
            problems.add(
                row,
                table.error(row, GROUP_KIND, "is empty, and the activity is a group"),
            );
        }
        (Some(ActivityKind::Outreach | ActivityKind::Course | ActivityKind::Other), cell) if !cell.is_empty() => {
            problems.add(
                row,
                table.error(row, GROUP_KIND, "is given, and the activity is no group"),
            );
        }
        _ => {}
    }
    let unit = unit?;
    // The file's order is that of registration, which decides between duplicates.
    let registered = import.now + TimeDelta::microseconds(i64::try_from(number).unwrap_or(i64::MAX));
    let row = activities::Model {
        organization_id: import.scope.organization(),
        id: new_id(registered),
        unit_id: unit.id,
        kind: kind?,
        group_kind,
        mode: mode?,
        status,
        title,
        place,
        county: None,
        country,
        leader_user_id: leader,
        peer_initiated,
        is_recreational,
        co_organiser,
        newcomers_confirmed_by,
        external_ref: Some(table.cell(row, REFERENCE).to_owned()),
        created_at: registered,
        updated_at: registered,
    };
    Some(Activity {
        row,
        co_leaders,
        co_units,
        days: vec![],
    })
}

fn check_day(table: &SourceTable, row: usize, known: &Known, problems: &mut Problems) -> Option<Day> {
    let date = table.value(row, DATE, problems, parse::date);
    let starts_at = table.value(row, START, problems, parse::time);
    let minutes = table.value(row, MINUTES, problems, parse::minutes);
    let hours = table.value(row, HOURS, problems, parse::hours);
    let anonymous = table.value(row, ANONYMOUS, problems, parse::people).unwrap_or(0);
    let find_all = |cell: &str| ids(cell, |reference| known.contacts.find(reference));
    let contacts = table.value(row, PARTICIPANTS, problems, find_all).unwrap_or_default();
    let minutes = match (minutes, hours) {
        (Some(minutes), Some(hours)) if minutes != hours => {
            problems.add(
                row,
                table.error(row, HOURS, format!("is not the same as {minutes} minutes")),
            );
            None
        }
        (None, None) if table.cell(row, MINUTES).is_empty() && table.cell(row, HOURS).is_empty() => {
            problems.add(row, table.error(row, MINUTES, "is empty, and so are the hours"));
            None
        }
        (minutes, hours) => minutes.or(hours),
    };
    Some(Day {
        date: date?,
        starts_at,
        minutes: minutes?,
        anonymous,
        contacts,
    })
}

/// The ids of a list's items, each once; what is unknown is named, all of it.
fn ids(cell: &str, find: impl Fn(&str) -> Result<Uuid, Reason>) -> Result<Vec<Uuid>, Reason> {
    let (mut found, mut unknown) = (vec![], vec![]);
    for item in parse::list(cell) {
        match find(item) {
            Ok(id) => found.push(id),
            Err(reason) => unknown.push(reason),
        }
    }
    if !unknown.is_empty() {
        return Err(unknown.join("; "));
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}
