//! Definitions, and the names of what they refer to.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::Enum;
use chrono::{DateTime, Utc};
use entity::custom_reports::{ActiveModel, Column, Entity as CustomReports};
use entity::enums::CustomReportType;
use entity::{memberships, organizational_units, users};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Func, LockType, Query};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, Select};
use uuid::Uuid;

use crate::custom_report::Record;
use crate::custom_report::expressions::norwegian;
use crate::kernel::db::{ReadScope, Scoped, WriteScope};
use crate::kernel::error::{Error, Result};
use crate::kernel::local_time::oslo_date;
use crate::kernel::page::{Filter, Keyset, Page, PageRequest};

/// Which definitions are wanted; what is `None` does not limit it.
#[derive(Clone, Debug, Default)]
pub struct DefinitionFilter {
    pub active: Option<bool>,
    pub report_type: Option<CustomReportType>,
    pub created_by: Option<Uuid>,
    /// Whether a schedule is on; that of a deleted definition is not.
    pub scheduled: Option<bool>,
    /// The name has this in it, whatever the case of its letters.
    pub name: Option<String>,
}

impl Filter for DefinitionFilter {
    fn condition(&self, _scope: &ReadScope) -> Condition {
        let is_scheduled = Column::IsScheduled.into_expr().and(Column::IsActive.into_expr());
        let contains = |text: &str| {
            let place = Func::cust("strpos");
            let small = [Column::Name.into_expr(), Expr::val(text)].map(|text| Func::lower(text).into());
            place.args(small).gt(0)
        };
        Condition::all()
            .add_option(self.active.map(|active| Column::IsActive.eq(active)))
            .add_option(self.report_type.map(|report_type| Column::ReportType.eq(report_type)))
            .add_option(self.created_by.map(|person| Column::CreatedByUserId.eq(person)))
            .add_option(self.scheduled.map(|scheduled| is_scheduled.eq(scheduled)))
            .add_option(self.name.as_deref().map(contains))
    }
}

/// What definitions can be ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
pub enum CustomReportOrderField {
    /// By name, in Norwegian alphabetical order.
    #[default]
    Name,
    /// By the time when they were defined.
    CreatedAt,
    /// By the time of their latest change.
    UpdatedAt,
}

/// A page of the definitions that the filter leaves.
pub async fn list(
    scope: &ReadScope,
    filter: &DefinitionFilter,
    order: CustomReportOrderField,
    descending: bool,
    page: &PageRequest,
) -> Result<Page<Record>> {
    let rows = scope.find::<CustomReports>().filter(filter.condition(scope));
    let list = match order {
        CustomReportOrderField::Name => Keyset::by_expr(rows, norwegian(Column::Name.into_expr()), "text", Column::Id),
        CustomReportOrderField::CreatedAt => Keyset::by(rows, Column::CreatedAt, Column::Id),
        CustomReportOrderField::UpdatedAt => Keyset::by(rows, Column::UpdatedAt, Column::Id),
    };
    list.descending(descending).fetch(scope, page).await
}

/// The definition, a deleted one too.
pub async fn find(scope: &impl Scoped, id: Uuid) -> Result<Option<Record>> {
    Ok(scope
        .find::<CustomReports>()
        .filter(Column::Id.eq(id))
        .one(scope)
        .await?)
}

/// The definition, held until the end of the transaction.
///
/// # Errors
///
/// Not found.
pub async fn lock(scope: &WriteScope, id: Uuid) -> Result<Record> {
    let rows = scope.find::<CustomReports>().filter(Column::Id.eq(id));
    let record = rows.lock(LockType::Update).one(scope).await?;
    record.ok_or(Error::NotFound("custom report"))
}

/// Writes a new definition; its times are the database's.
pub async fn insert(scope: &WriteScope, record: &Record) -> Result<()> {
    let row = row(scope, record).await?;
    scope.insert(row).exec_without_returning(scope).await?;
    Ok(())
}

/// Writes what a person changed of a definition.
pub async fn save(scope: &WriteScope, record: &Record) -> Result<()> {
    let row = row(scope, record).await?;
    let update = scope.update::<CustomReports>().set(row);
    scope.update_one(update.filter(Column::Id.eq(record.id))).await
}

/// A definition as it is written. The bounds of its days are the database's own, whose clocks before 1970 may be others.
async fn row(scope: &WriteScope, record: &Record) -> Result<ActiveModel> {
    let date = |instant: Option<DateTime<Utc>>| instant.map(oslo_date);
    let mut bounds = Query::select();
    bounds
        .expr(Func::cust("app.day_start").arg(date(record.date_from)))
        .expr(Func::cust("app.day_end").arg(date(record.date_to)));
    let bounds = scope.query_one(&bounds).await?;
    let bounds = bounds.ok_or_else(|| Error::internal("a SELECT of constants gave no row"))?;
    Ok(ActiveModel {
        date_from: Set(bounds.try_get_by_index(0)?),
        date_to: Set(bounds.try_get_by_index(1)?),
        ..ActiveModel::from(record.clone()).reset_all()
    })
}

/// Whether someone of the organization is an active coordinator or org admin; nothing where the organization has no such
/// person.
pub async fn is_staff(scope: &WriteScope, person: Uuid) -> Result<Option<bool>> {
    use memberships::Column::{OrganizationId, UserId};
    let has_role = Func::cust("app.has_reporting_role").args([OrganizationId.into_expr(), UserId.into_expr()]);
    let rows = scope.find::<memberships::Entity>().filter(UserId.eq(person));
    Ok(rows.select_only().expr(has_role).into_tuple().one(scope).await?)
}

/// The names of those units that are the organization's.
pub async fn unit_names(scope: &impl Scoped, units: BTreeSet<Uuid>) -> Result<BTreeMap<Uuid, String>> {
    use organizational_units::Column::{Id, Name};
    let rows = scope.find::<organizational_units::Entity>().select_only();
    names(scope, rows.column(Id).column(Name), Id, units).await
}

/// The names of those people that are, or were, the organization's.
pub async fn people_names(scope: &impl Scoped, people: BTreeSet<Uuid>) -> Result<BTreeMap<Uuid, String>> {
    use memberships::Column::UserId;
    let rows = scope
        .find::<memberships::Entity>()
        .inner_join(users::Entity)
        .select_only();
    names(scope, rows.column(UserId).column(users::Column::Name), UserId, people).await
}

async fn names<E: EntityTrait>(
    scope: &impl Scoped,
    rows: Select<E>,
    id: E::Column,
    wanted: BTreeSet<Uuid>,
) -> Result<BTreeMap<Uuid, String>> {
    if wanted.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = rows.filter(id.eq_any(wanted)).into_tuple().all(scope).await?;
    Ok(rows.into_iter().collect())
}
