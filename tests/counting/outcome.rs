//! What a counting yields, from the SQL or from the model, in one shape that can be compared.

use std::collections::BTreeMap;

use bufdir_reports::format::{self, CountedPeriod};
use chrono::NaiveDate;
use counting::{Counted, FormatVersion};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use crate::world::{ORGANIZATION, activity_id, unit_id};

pub const GENERATION: Uuid = Uuid::from_u128(0x500);
pub const KEY: [u8; 32] = [7; 32];

/// Every day's verdict, with whether it counts apart, by activity and date; every unit's figures, by unit.
#[derive(Debug, PartialEq)]
pub struct Outcome {
    pub days: BTreeMap<(usize, NaiveDate), (String, bool)>,
    pub units: BTreeMap<usize, UnitFigures>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct UnitFigures {
    pub activity_count: i32,
    pub participant_count: i32,
    pub volunteer_count: i32,
    /// With two decimals.
    pub total_hours: String,
    pub figures: Map<String, Json>,
}

/// Freezes the period and reads back what was frozen.
pub async fn freeze(db: &impl ConnectionTrait, period: &CountedPeriod, format: &FormatVersion) -> (Counted, Outcome) {
    let counted = format::freeze(db, period, format, GENERATION, &KEY).await.unwrap();
    (
        counted,
        Outcome {
            days: frozen_days(db).await,
            units: frozen_units(db).await,
        },
    )
}

async fn frozen_days(db: &impl ConnectionTrait) -> BTreeMap<(usize, NaiveDate), (String, bool)> {
    #[derive(FromQueryResult)]
    struct Row {
        activity_id: Uuid,
        local_date: NaiveDate,
        verdict: String,
        counted_apart: bool,
    }
    let rows = Row::find_by_statement(of_generation("frozen_days"))
        .all(db)
        .await
        .unwrap();
    rows.into_iter()
        .map(|row| {
            let activity = (0..256).find(|index| activity_id(*index) == row.activity_id).unwrap();
            ((activity, row.local_date), (row.verdict, row.counted_apart))
        })
        .collect()
}

async fn frozen_units(db: &impl ConnectionTrait) -> BTreeMap<usize, UnitFigures> {
    #[derive(FromQueryResult)]
    struct Row {
        unit_id: Uuid,
        activity_count: i32,
        participant_count: i32,
        volunteer_count: i32,
        total_hours: rust_decimal::Decimal,
        figures: Json,
    }
    let rows = Row::find_by_statement(of_generation("frozen_unit_figures"))
        .all(db)
        .await
        .unwrap();
    rows.into_iter()
        .map(|row| {
            let unit = (0..16).find(|number| unit_id(*number) == row.unit_id).unwrap();
            let figures = UnitFigures {
                activity_count: row.activity_count,
                participant_count: row.participant_count,
                volunteer_count: row.volunteer_count,
                total_hours: format!("{:.2}", row.total_hours),
                figures: row.figures.as_object().unwrap().clone(),
            };
            (unit, figures)
        })
        .collect()
}

#[expect(clippy::disallowed_methods, reason = "a test looks behind the program")]
fn of_generation(table: &str) -> Statement {
    let sql = format!("select * from {table} where organization_id = $1 and generation_id = $2");
    Statement::from_sql_and_values(DbBackend::Postgres, sql, [ORGANIZATION.into(), GENERATION.into()])
}
