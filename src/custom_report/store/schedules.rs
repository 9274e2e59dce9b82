//! Schedules: those that are due, and when they come due next.

use chrono::{DateTime, Utc};
use entity::custom_reports::{ActiveModel, Column, Entity as CustomReports};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{LockBehavior, LockType};
use sea_orm::{ColumnTrait, DerivePartialModel, QueryFilter, QuerySelect, Select};
use uuid::Uuid;

use crate::kernel::db::{Database, ReadScope, Scoped, WriteScope};
use crate::kernel::error::Result;

/// A definition's schedule, held for this transaction.
#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "CustomReports")]
pub struct Scheduled {
    pub id: Uuid,
    pub name: String,
    pub created_by_user_id: Uuid,
    pub created_under_support_access_id: Option<Uuid>,
    pub schedule_cron: String,
    /// UTC.
    pub next_run_at: DateTime<Utc>,
    pub schedule_failures: i32,
}

/// The schedule, unless there is none (any more).
pub async fn lock_schedule(scope: &WriteScope, report: Uuid) -> Result<Option<Scheduled>> {
    let rows = schedule(scope, report).lock(LockType::Update);
    Ok(rows.into_partial_model().one(scope).await?)
}

/// The same, unless another worker holds it.
pub async fn claim_schedule(scope: &WriteScope, report: Uuid) -> Result<Option<Scheduled>> {
    let rows = schedule(scope, report).lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    Ok(rows.into_partial_model().one(scope).await?)
}

fn schedule(scope: &WriteScope, report: Uuid) -> Select<CustomReports> {
    let rows = scope.find::<CustomReports>().filter(Column::Id.eq(report));
    rows.filter(Column::IsScheduled.into_expr())
        .filter(Column::IsActive.into_expr())
}

/// Whose schedule it is.
pub async fn owner(scope: &ReadScope, report: Uuid) -> Result<Option<Uuid>> {
    let rows = scope.find::<CustomReports>().filter(Column::Id.eq(report));
    let owner = rows.select_only().column(Column::CreatedByUserId).into_tuple();
    Ok(owner.one(scope).await?)
}

/// When the schedule comes due next, and how many failures in a row it has behind it.
pub async fn save_schedule(scope: &WriteScope, report: Uuid, next: DateTime<Utc>, failures: i32) -> Result<()> {
    let row = ActiveModel {
        next_run_at: Set(Some(next)),
        schedule_failures: Set(failures),
        ..ActiveModel::default()
    };
    save(scope, report, row).await
}

pub async fn disable_schedule(scope: &WriteScope, report: Uuid, failures: i32, reason: &str) -> Result<()> {
    let row = ActiveModel {
        is_scheduled: Set(false),
        next_run_at: Set(None),
        schedule_failures: Set(failures),
        schedule_disabled_reason: Set(Some(reason.to_owned())),
        ..ActiveModel::default()
    };
    save(scope, report, row).await
}

async fn save(scope: &WriteScope, report: Uuid, row: ActiveModel) -> Result<()> {
    let update = scope.update::<CustomReports>().set(row);
    scope.update_one(update.filter(Column::Id.eq(report))).await
}

/// The schedules of all organizations that are due: each with its organization, which is yet to be entered. A function of
/// the database looks across organizations, because no role that the program has may do so.
pub async fn due_schedules(database: &Database, now: DateTime<Utc>) -> Result<Vec<(Uuid, Uuid)>> {
    let sql = "select organization_id, custom_report_id from app.due_custom_reports($1)";
    let rows = database.across_organizations(sql, [now.into()]).await?;
    rows.iter()
        .map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)))
        .collect()
}
