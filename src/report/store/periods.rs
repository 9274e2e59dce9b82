//! Statements about report periods and the figures typed in for them.

use async_graphql::{Enum, InputObject};
use chrono::NaiveDate;
use entity::period_figures;
use entity::report_periods::{ActiveModel, Column, Entity};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Condition, LockType};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::Value as Json;
use uuid::Uuid;

pub use entity::report_periods::Model as Period;

use crate::kernel::db::{ReadScope, Scoped, WriteScope};
use crate::kernel::error::{Error, Result};
use crate::kernel::page::{Filter, Keyset, Page, PageRequest};

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
) -> Result<Page<Period>> {
    let rows = scope.find::<Entity>().filter(filter.condition(scope));
    let list = Keyset::by(rows, Column::FirstDate, Column::Id);
    list.descending(order == PeriodOrder::NewestFirst)
        .fetch(scope, page)
        .await
}

pub async fn find_period(scope: &impl Scoped, id: Uuid) -> Result<Option<Period>> {
    let row = scope.find::<Entity>().filter(Column::Id.eq(id));
    Ok(row.one(scope).await?)
}

/// The period, locked until the transaction ends: its dates and figures stay as they are meanwhile.
pub async fn lock_period(scope: &WriteScope, id: Uuid) -> Result<Period> {
    let row = scope.find::<Entity>().filter(Column::Id.eq(id));
    let row = row.lock(LockType::Update).one(scope).await?;
    row.ok_or(Error::NotFound("report period"))
}

pub async fn periods(scope: &ReadScope, ids: &[Uuid]) -> Result<Vec<Period>> {
    let rows = scope.find::<Entity>().filter(Column::Id.eq_any(ids.iter().copied()));
    Ok(rows.all(scope).await?)
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
        name: Set(name.to_owned()),
        first_date: Set(first_date),
        last_date: Set(last_date),
        created_by_user_id: Set(scope.actor().person()?),
        created_at: Set(scope.now()),
        updated_at: Set(scope.now()),
        ..Default::default()
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
    let columns = ActiveModel {
        name: Set(name.to_owned()),
        first_date: Set(first_date),
        last_date: Set(last_date),
        updated_at: Set(scope.now()),
        ..Default::default()
    };
    let row = scope.update::<Entity>().set(columns).filter(Column::Id.eq(id));
    scope.update_one(row).await
}

/// The latest version of each of these periods' figures, in the order of the fields. One that was taken back has no value.
pub async fn latest_figures(scope: &impl Scoped, periods: &[Uuid]) -> Result<Vec<period_figures::Model>> {
    use period_figures::Column::{Field, ReportPeriodId, Version};
    let rows = scope.find::<period_figures::Entity>();
    let rows = rows.filter(ReportPeriodId.eq_any(periods.iter().copied()));
    let rows = rows
        .distinct_on([ReportPeriodId, Field])
        .order_by_asc(ReportPeriodId)
        .order_by_asc(Field)
        .order_by_desc(Version);
    Ok(rows.all(scope).await?)
}

/// Stores a version of a figure. The period's lock keeps versions in order.
pub async fn insert_figure(
    scope: &WriteScope,
    period: Uuid,
    field: &str,
    version: i32,
    value: Option<Json>,
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
