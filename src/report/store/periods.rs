//! Statements about report periods and the figures typed in for them.

use async_graphql::{Enum, InputObject, SimpleObject};
use chrono::NaiveDate;
use entity::period_figures;
use entity::report_periods::{ActiveModel, Column, Entity};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Condition, LockType};
use sea_orm::{ColumnTrait, DerivePartialModel, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::kernel::db::{ReadScope, Scoped, WriteScope};
use crate::kernel::error::{Error, Result};
use crate::kernel::page::{Filter, Keyset, Page, PageRequest};
use crate::kernel::scalar::{Date, DateTime, Json};

/// A period to report on: local dates in Norway, within one calendar year.
#[derive(Clone, Debug, DerivePartialModel, SimpleObject)]
#[sea_orm(entity = "Entity")]
#[graphql(complex)]
pub struct ReportPeriod {
    #[graphql(skip)]
    pub id: Uuid,
    /// What the organization calls it.
    pub name: String,
    /// The first local date (Europe/Oslo), inclusive.
    pub first_date: Date,
    /// The last local date (Europe/Oslo), inclusive.
    pub last_date: Date,
    /// The period's first instant, UTC.
    pub starts_at: DateTime,
    /// The period's last microsecond, UTC.
    pub ends_at: DateTime,
    /// Bufdir's basis year (grunnlagsår).
    pub basis_year: i32,
    /// When it was created, UTC.
    pub created_at: DateTime,
    #[graphql(skip)]
    pub created_by_user_id: Uuid,
    /// When it was changed last, UTC.
    pub updated_at: DateTime,
}

/// Which report periods are wanted; what is left out does not restrict.
#[derive(Clone, Debug, Default, InputObject)]
pub struct ReportPeriodFilter {
    /// Periods of this basis year.
    pub basis_year: Option<i32>,
}

impl Filter for ReportPeriodFilter {
    fn condition(&self, _scope: &ReadScope) -> Condition {
        Condition::all().add_option(self.basis_year.map(|year| Column::BasisYear.eq(year)))
    }
}

/// The order of report periods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
pub enum PeriodOrder {
    /// By first date, the latest first.
    #[default]
    NewestFirst,
    /// By first date, the earliest first.
    OldestFirst,
}

/// A page of the organization's periods.
pub async fn list_periods(
    scope: &ReadScope,
    filter: &ReportPeriodFilter,
    order: PeriodOrder,
    page: &PageRequest,
) -> Result<Page<ReportPeriod>> {
    let rows = scope.find::<Entity>().filter(filter.condition(scope));
    let list = Keyset::by(rows, Column::FirstDate, Column::Id);
    list.descending(order == PeriodOrder::NewestFirst)
        .fetch(scope, page)
        .await
}

pub async fn find_period(scope: &impl Scoped, id: Uuid) -> Result<Option<ReportPeriod>> {
    let row = scope.find::<Entity>().filter(Column::Id.eq(id));
    Ok(row.into_partial_model().one(scope).await?)
}

/// The period, locked until the transaction ends: its dates and figures stay as they are meanwhile.
pub async fn lock_period(scope: &WriteScope, id: Uuid) -> Result<ReportPeriod> {
    let row = scope.find::<Entity>().filter(Column::Id.eq(id));
    let row = row.lock(LockType::Update).into_partial_model().one(scope).await?;
    row.ok_or(Error::NotFound("report period"))
}

pub async fn periods(scope: &ReadScope, ids: &[Uuid]) -> Result<Vec<ReportPeriod>> {
    let rows = scope.find::<Entity>().filter(Column::Id.eq_any(ids.iter().copied()));
    Ok(rows.into_partial_model().all(scope).await?)
}

pub async fn insert_period(
    scope: &WriteScope,
    id: Uuid,
    name: &str,
    first_date: NaiveDate,
    last_date: NaiveDate,
) -> Result<()> {
    let row = ActiveModel {
        id: Set(id),
        created_by_user_id: Set(scope.actor().person()?),
        created_at: Set(scope.now()),
        ..changed(scope, name, first_date, last_date)
    };
    scope.insert(row).exec_without_returning(scope).await?;
    Ok(())
}

pub async fn update_period(
    scope: &WriteScope,
    id: Uuid,
    name: &str,
    first_date: NaiveDate,
    last_date: NaiveDate,
) -> Result<()> {
    let columns = changed(scope, name, first_date, last_date);
    let row = scope.update::<Entity>().set(columns).filter(Column::Id.eq(id));
    scope.update_one(row).await
}

fn changed(scope: &WriteScope, name: &str, first_date: NaiveDate, last_date: NaiveDate) -> ActiveModel {
    ActiveModel {
        name: Set(name.to_owned()),
        first_date: Set(first_date),
        last_date: Set(last_date),
        updated_at: Set(scope.now()),
        ..Default::default()
    }
}

/// A figure typed in for a period.
#[derive(Clone, Debug, DerivePartialModel, SimpleObject)]
#[sea_orm(entity = "period_figures::Entity")]
#[graphql(complex)]
pub struct PeriodFigure {
    #[graphql(skip)]
    pub report_period_id: Uuid,
    /// Bufdir's id of the field.
    pub field: String,
    /// A number, a text, or an object with a document's `reference` and `sha256`.
    pub value: Option<Json>,
    /// How often it was typed in, counted from 1.
    pub version: i32,
    /// When it was typed in, UTC.
    pub entered_at: DateTime,
    #[graphql(skip)]
    pub entered_by_user_id: Uuid,
}

/// The latest version of each of these periods' figures, in the order of the fields. One that was taken back has no value.
pub async fn latest_figures(scope: &impl Scoped, periods: &[Uuid]) -> Result<Vec<PeriodFigure>> {
    use period_figures::Column::{Field, ReportPeriodId, Version};
    let rows = scope.find::<period_figures::Entity>();
    let rows = rows.filter(ReportPeriodId.eq_any(periods.iter().copied()));
    let rows = rows
        .distinct_on([ReportPeriodId, Field])
        .order_by_asc(ReportPeriodId)
        .order_by_asc(Field)
        .order_by_desc(Version);
    Ok(rows.into_partial_model().all(scope).await?)
}

/// Stores a version of a figure. The period's lock keeps versions in order.
pub async fn insert_figure(
    scope: &WriteScope,
    period: Uuid,
    field: &str,
    version: i32,
    value: Option<serde_json::Value>,
) -> Result<()> {
    let row = period_figures::ActiveModel {
        report_period_id: Set(period),
        field: Set(field.to_owned()),
        version: Set(version),
        value: Set(value),
        entered_by_user_id: Set(scope.actor().person()?),
        entered_at: Set(scope.now()),
        ..Default::default()
    };
    scope.insert(row).exec_without_returning(scope).await?;
    Ok(())
}
