//! Activity-days added up by month, by unit and by kind: what a file shows beside the figures. A generation's are read
//! from its frozen days, a period's as it is now from the same verdicts that its figures are counted by.

use std::sync::LazyLock;

use counting::FormatVersion;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult, QueryResult, Statement, Value};
use uuid::Uuid;

use super::statement::{CountedPeriod, INCLUDED, ONE_UNIT, UNHASHED, VERDICTS, counting_values, planned_for_many_rows};

const BROKEN_DOWN: &str = include_str!("sql/broken_down.sql");

static FROZEN: LazyLock<String> = LazyLock::new(|| {
    format!(
        "with shown as (
            select activity_id, local_date, unit_id, unit_name, kind, group_kind, mode, minutes, participants, verdict
            from frozen_days
            where organization_id = $1 and generation_id = $2 and ($3::uuid[] is null or unit_id = any ($3))
        ),
        parents as (
            select u.unit_id, p.unit_name as parent_name
            from frozen_unit_figures u
            join frozen_unit_figures p on p.organization_id = $1 and p.generation_id = $2 and p.unit_id = u.parent_id
            where u.organization_id = $1 and u.generation_id = $2
        ),\n{BROKEN_DOWN}"
    )
});

static NOW: LazyLock<String> = LazyLock::new(|| {
    format!(
        "with recursive\n{INCLUDED}{UNHASHED}{VERDICTS}{ONE_UNIT}shown as (
            select d.activity_id, d.local_date, d.unit_id, u.name as unit_name, d.kind, d.group_kind, d.mode, d.minutes,
                d.identified + d.anonymous_participants as participants, d.verdict
            from day d
            join closure c on c.unit_id = d.unit_id
            join organizational_units u on u.organization_id = $1 and u.id = d.unit_id
        ),
        parents as (
            select u.id as unit_id, p.name as parent_name
            from organizational_units u
            join organizational_units p on p.organization_id = $1 and p.id = u.parent_id
            where u.organization_id = $1
        ),\n{BROKEN_DOWN}"
    )
});

/// Days under one key: a month, a unit or a kind.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Breakdown {
    /// Of units that bear one name each has its parent's behind it.
    pub key: String,
    pub days: i64,
    pub activities: i64,
    /// Activity-days that count.
    pub counted: i64,
    pub outreach: i64,
    pub groups: i64,
    pub courses: i64,
    pub minutes: i64,
    /// Attendances of counted days, the anonymous ones included.
    pub attendances: i64,
}

/// The same days, added up in three ways.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Breakdowns {
    pub months: Vec<Breakdown>,
    pub units: Vec<Breakdown>,
    pub kinds: Vec<Breakdown>,
}

impl Breakdowns {
    /// Whether each way adds up to so many counted days. Control totals of a file: where they disagree there is none.
    #[must_use]
    pub fn add_up_to(&self, counted_days: i64) -> bool {
        let sum = |rows: &[Breakdown]| rows.iter().map(|row| row.counted).sum::<i64>();
        let sums = [sum(&self.months), sum(&self.units), sum(&self.kinds)];
        let agree = sums.iter().all(|sum| *sum == counted_days);
        if !agree {
            tracing::error!(?sums, counted_days, "control totals disagree");
        }
        agree
    }

    fn of(rows: &[QueryResult]) -> Result<Self, DbErr> {
        let mut parts = Self::default();
        for row in rows {
            let part: String = row.try_get("", "part")?;
            let part = match part.as_str() {
                "month" => &mut parts.months,
                "unit" => &mut parts.units,
                _ => &mut parts.kinds,
            };
            part.push(Breakdown::from_query_result(row, "")?);
        }
        Ok(parts)
    }
}

/// Of the days that a generation froze; of these units alone, where they are given.
///
/// # Errors
/// The database's.
#[expect(clippy::disallowed_methods, reason = "the breakdown is plain SQL, in a file")]
pub async fn of_generation(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    generation_id: Uuid,
    units: Option<&[Uuid]>,
) -> Result<Breakdowns, DbErr> {
    let values: [Value; 3] = [
        organization_id.into(),
        generation_id.into(),
        units.map(<[Uuid]>::to_vec).into(),
    ];
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, FROZEN.as_str(), values);
    Breakdowns::of(&db.query_all_raw(statement).await?)
}

/// Of the period's approved days as they are now, in a unit with all below it (`None`: of the organization).
///
/// # Errors
/// The database's.
#[expect(clippy::disallowed_methods, reason = "the breakdown is plain SQL, in a file")]
pub async fn of_period(
    db: &impl ConnectionTrait,
    period: &CountedPeriod,
    format: &FormatVersion,
    unit_id: Option<Uuid>,
) -> Result<Breakdowns, DbErr> {
    let values = counting_values(period, format, unit_id)?;
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, NOW.as_str(), values);
    Breakdowns::of(&planned_for_many_rows(db, statement).await?)
}
