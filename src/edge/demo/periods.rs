//! Report periods, and the figures that no activity yields: typed in for 2023 and 2024, left to the reader for 2025.

use chrono::{DateTime, Days, NaiveDate, Utc};
use entity::period_figures;
use sea_orm::ActiveValue::Set;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::dice::Dice;
use super::organizations::{Profile, YEARS, noon};
use super::people::day;

pub(super) struct Period {
    pub id: Uuid,
    pub year: i32,
    pub name: String,
    pub first: NaiveDate,
    pub last: NaiveDate,
    pub created_by: Uuid,
    pub created_at: DateTime<Utc>,
}

/// One period for each basis year, whole.
pub(super) fn plan(created_by: Uuid, dice: &mut Dice) -> Vec<Period> {
    YEARS
        .into_iter()
        .map(|year| {
            let created_at = noon(day(year, 12, 1));
            Period {
                id: dice.id(created_at),
                year,
                name: format!("Grunnlagsår {year}"),
                first: day(year, 1, 1),
                last: day(year, 12, 31),
                created_by,
                created_at,
            }
        })
        .collect()
}

/// The figures of 2023 (one of them corrected) and 2024, as typed in by the org admin. The accounts per account (VE03), required from 2024 on, are
/// missing there, so that the report warns.
pub(super) fn figures(profile: &Profile, admin: Uuid, periods: &[Period]) -> Vec<period_figures::ActiveModel> {
    let mut figures = vec![];
    for period in periods.iter().filter(|period| period.year < 2025) {
        let entered_at = noon(period.last + Days::new(60));
        let mut enter = |field: &str, version, value| {
            figures.push(period_figures::ActiveModel {
                report_period_id: Set(period.id),
                field: Set(field.to_owned()),
                version: Set(version),
                value: Set(Some(value)),
                entered_by_user_id: Set(admin),
                entered_at: Set(entered_at),
                ..Default::default()
            });
        };
        let members = profile.paying_members
            + if period.year == 2024 {
                profile.paying_members / 50
            } else {
                0
            };
        if period.year == 2023 {
            enter("OR01", 1, json!(members + 19));
            enter("OR01", 2, json!(members));
            enter("VE03", 1, attachment(profile, period.year, "regnskap-kontonivaa"));
        } else {
            enter("OR01", 1, json!(members));
        }
        enter("OR02", 1, json!(profile.branches));
        enter("OR03", 1, json!(profile.regions));
        enter("OR04", 1, json!(profile.peers));
        enter("VE01", 1, attachment(profile, period.year, "aarsregnskap"));
        enter("VE02", 1, attachment(profile, period.year, "aarsmelding"));
    }
    figures
}

fn attachment(profile: &Profile, year: i32, document: &str) -> Value {
    let reference = format!("{document}-{year}-{}.pdf", profile.slug);
    json!({ "sha256": hex::encode(Sha256::digest(&reference)), "reference": reference })
}
