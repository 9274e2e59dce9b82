//! Statements about what a generation froze: activity-days, and units' figures.

use async_graphql::SimpleObject;
use chrono::NaiveTime;
use entity::enums::{ActivityKind, ActivityMode, GroupKind, UnitLevel, Verdict};
use entity::frozen_days::{Column, Entity};
use entity::frozen_unit_figures as units;
use rust_decimal::Decimal;
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, DerivePartialModel, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::kernel::db::{ReadScope, Scoped, WriteScope};
use crate::kernel::error::Result;
use crate::kernel::page::{Filter, Keyset, Page, PageRequest};
use crate::kernel::scalar::Date;

/// Which frozen days are wanted; what is `None` does not restrict.
#[derive(Clone, Debug, Default)]
pub struct DayFilter {
    /// None of them when empty.
    pub verdicts: Option<Vec<Verdict>>,
    pub not_counted: Option<bool>,
    pub kind: Option<ActivityKind>,
    pub unit: Option<Uuid>,
}

impl Filter for DayFilter {
    fn condition(&self, _scope: &ReadScope) -> Condition {
        let verdicts = self.verdicts.as_ref();
        let counted = |not_counted| match not_counted {
            true => Column::Verdict.ne(Verdict::Counted),
            false => Column::Verdict.eq(Verdict::Counted),
        };
        Condition::all()
            .add_option(verdicts.map(|verdicts| Column::Verdict.eq_any(verdicts.iter().copied())))
            .add_option(self.not_counted.map(counted))
            .add_option(self.kind.map(|kind| Column::Kind.eq(kind)))
            .add_option(self.unit.map(|unit| Column::UnitId.eq(unit)))
    }
}

/// One date of an activity, as a generation froze it. Participants are a number; who they were is not kept.
#[derive(Clone, Debug, DerivePartialModel, SimpleObject)]
#[sea_orm(entity = "Entity")]
#[graphql(complex)]
pub struct FrozenDay {
    #[graphql(skip)]
    pub activity_id: Uuid,
    /// The local date (Europe/Oslo).
    #[graphql(name = "date")]
    pub local_date: Date,
    /// The kind of activity.
    pub kind: ActivityKind,
    /// Of a group, which kind of group.
    pub group_kind: Option<GroupKind>,
    /// How it took place.
    pub mode: ActivityMode,
    #[graphql(skip)]
    pub unit_id: Uuid,
    /// The unit's name then.
    pub unit_name: String,
    #[graphql(skip)]
    pub leader_user_id: Option<Uuid>,
    /// The county (fylke) of the place.
    pub county: Option<String>,
    #[graphql(skip)]
    pub starts_at: Option<NaiveTime>,
    /// Minutes of its sessions that day.
    pub minutes: i32,
    #[graphql(skip)]
    pub participants: i32,
    /// COUNTED, or the first counting rule that the day fails (docs/counting.md).
    pub verdict: Verdict,
    #[graphql(skip)]
    pub content_hash: Vec<u8>,
}

/// A page of a generation's frozen days, by date.
pub async fn frozen_days(
    scope: &ReadScope,
    generation: Uuid,
    filter: &DayFilter,
    page: &PageRequest,
) -> Result<Page<FrozenDay>> {
    let rows = scope.find::<Entity>().filter(Column::GenerationId.eq(generation));
    let list = Keyset::by(
        rows.filter(filter.condition(scope)),
        Column::LocalDate,
        Column::ActivityId,
    );
    list.fetch(scope, page).await
}

/// How many days of a generation have each verdict; of these units alone, where they are given.
pub async fn frozen_verdicts(
    scope: &ReadScope,
    generation: Uuid,
    units: Option<&[Uuid]>,
) -> Result<Vec<(Verdict, i64)>> {
    let days = scope.find::<Entity>().filter(Column::GenerationId.eq(generation));
    let days = days
        .apply_if(units, |days, units| {
            days.filter(Column::UnitId.eq_any(units.iter().copied()))
        })
        .select_only()
        .column(Column::Verdict)
        .column_as(Column::ActivityId.count(), "days")
        .group_by(Column::Verdict);
    Ok(days.into_tuple().all(scope).await?)
}

/// A unit with all below it, as a generation froze it.
#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "units::Entity")]
pub struct FrozenUnit {
    pub unit_name: String,
    pub activity_count: i32,
    pub participant_count: i32,
    pub volunteer_count: i32,
    pub total_hours: Decimal,
    /// By field id.
    pub figures: Json,
}

pub async fn frozen_unit(scope: &ReadScope, generation: Uuid, unit: Uuid) -> Result<Option<FrozenUnit>> {
    use units::Column::{GenerationId, UnitId};
    let row = scope.find::<units::Entity>().filter(GenerationId.eq(generation));
    let row = row.filter(UnitId.eq(unit)).into_partial_model();
    Ok(row.one(scope).await?)
}

/// The unit and all below it, as the tree was when the generation was made. A recursion, in plain SQL.
#[expect(clippy::disallowed_methods, reason = "a recursion, in a file")]
pub async fn frozen_subtree(scope: &ReadScope, generation: Uuid, unit: Uuid) -> Result<Vec<Uuid>> {
    let sql = include_str!("../sql/frozen_subtree.sql");
    let rows = scope.rows(sql, [generation.into(), unit.into()]).await?;
    rows.iter().map(|row| Ok(row.try_get("", "unit_id")?)).collect()
}

/// Whether the organization's units are those that the generation froze, by name and place in the tree.
pub async fn has_the_same_units(scope: &WriteScope, generation: Uuid) -> Result<bool> {
    type Unit = (Uuid, String, UnitLevel, Option<Uuid>);
    use entity::organizational_units as current;
    let frozen = scope
        .find::<units::Entity>()
        .filter(units::Column::GenerationId.eq(generation));
    let frozen = frozen.select_only().columns([
        units::Column::UnitId,
        units::Column::UnitName,
        units::Column::Level,
        units::Column::ParentId,
    ]);
    let frozen: Vec<Unit> = frozen
        .order_by_asc(units::Column::UnitId)
        .into_tuple()
        .all(scope)
        .await?;
    let now = scope.find::<current::Entity>().select_only().columns([
        current::Column::Id,
        current::Column::Name,
        current::Column::Level,
        current::Column::ParentId,
    ]);
    let now: Vec<Unit> = now.order_by_asc(current::Column::Id).into_tuple().all(scope).await?;
    Ok(frozen == now)
}
