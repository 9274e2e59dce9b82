//! The activities' statements: activities with all that belongs to them here, what imports read and write beside them in
//! [`import`], and the erasure of a year's participants.

pub(super) mod import;

use std::collections::HashMap;

use entity::tenancy::OfOrganization;
use entity::{activities, activity_co_leaders, activity_co_units, activity_days, attendances, participant_keys};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, DbErr, IntoActiveModel, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::record::{Activity, Day};
use crate::kernel::db::{Scoped, WriteScope};
use crate::kernel::error::{Error, Result};

/// Inserts activities with their days, attendances, co-leaders and co-units into the entered organization. Some
/// thousand activities per call keep both memory and the number of round trips low.
///
/// # Errors
/// The database's own, with the name of the rule that a row breaks; nothing of the batch is kept by its transaction.
pub async fn insert_activities(scope: &WriteScope, activities: &[Activity]) -> Result<(), DbErr> {
    scope.bulk(rows(activities))?.insert(scope).await?;
    insert_parts(scope, activities).await
}

/// Updates activities in place, and puts their days, attendances, co-leaders and co-units there anew.
pub(super) async fn replace_activities(scope: &WriteScope, activities: &[Activity]) -> Result<(), DbErr> {
    scope.bulk(rows(activities))?.update(scope).await?;
    delete_parts(scope, activity_days::Column::ActivityId, activities).await?;
    delete_parts(scope, activity_co_leaders::Column::ActivityId, activities).await?;
    delete_parts(scope, activity_co_units::Column::ActivityId, activities).await?;
    insert_parts(scope, activities).await
}

async fn delete_parts<C: ColumnTrait>(scope: &WriteScope, of: C, activities: &[Activity]) -> Result<(), DbErr>
where
    C::EntityName: OfOrganization,
{
    let parts = scope.delete::<C::EntityName>();
    let parts = parts.filter(of.eq_any(activities.iter().map(|activity| activity.row.id)));
    parts.exec(scope).await.map(drop)
}

fn rows(activities: &[Activity]) -> impl Iterator<Item = activities::ActiveModel> {
    activities
        .iter()
        .map(|activity| activity.row.clone().into_active_model())
}

/// Inserts what belongs to activities that stand already.
async fn insert_parts(scope: &WriteScope, activities: &[Activity]) -> Result<(), DbErr> {
    let days = activities.iter().flat_map(|activity| {
        let activity_id = activity.row.id;
        activity.days.iter().map(move |day| activity_days::ActiveModel {
            activity_id: Set(activity_id),
            local_date: Set(day.date),
            starts_at: Set(day.starts_at),
            minutes: Set(day.minutes),
            anonymous_participants: Set(day.anonymous),
            ..Default::default()
        })
    });
    scope.bulk(days)?.insert(scope).await?;
    let attendances = activities.iter().flat_map(|activity| {
        let days = activity.days.iter();
        let attendances = days.flat_map(|day| day.contacts.iter().map(move |contact| (day.date, contact)));
        attendances.map(|(date, contact)| attendances::ActiveModel {
            activity_id: Set(activity.row.id),
            local_date: Set(date),
            contact_id: Set(*contact),
            ..Default::default()
        })
    });
    scope.bulk(attendances)?.insert(scope).await?;
    let leaders = activities.iter().flat_map(|activity| {
        let leaders = activity.co_leaders.iter();
        leaders.map(|leader| activity_co_leaders::ActiveModel {
            activity_id: Set(activity.row.id),
            user_id: Set(*leader),
            ..Default::default()
        })
    });
    scope.bulk(leaders)?.insert(scope).await?;
    let units = activities.iter().flat_map(|activity| {
        let units = activity.co_units.iter();
        units.map(|unit| activity_co_units::ActiveModel {
            activity_id: Set(activity.row.id),
            unit_id: Set(*unit),
            ..Default::default()
        })
    });
    scope.bulk(units)?.insert(scope).await
}

/// The activities of these references, by reference. Lists are in the order of ids.
pub(super) async fn find_by_reference(
    scope: &WriteScope,
    references: impl Iterator<Item = String>,
) -> Result<HashMap<String, Activity>, DbErr> {
    let found = scope.find::<activities::Entity>();
    let found = found.filter(activities::Column::ExternalRef.eq_any(references));
    let activity = |row: activities::Model| Activity {
        row,
        co_leaders: vec![],
        co_units: vec![],
        days: vec![],
    };
    let found = found.all(scope).await?.into_iter();
    let mut found: HashMap<Uuid, Activity> = found.map(|row| (row.id, activity(row))).collect();
    find_parts(scope, &mut found).await?;
    let by_reference = |activity: Activity| Some((activity.row.external_ref.clone()?, activity));
    Ok(found.into_values().filter_map(by_reference).collect())
}

async fn find_parts(scope: &WriteScope, activities: &mut HashMap<Uuid, Activity>) -> Result<(), DbErr> {
    let ids: Vec<Uuid> = activities.keys().copied().collect();
    let ids = || ids.iter().copied();
    let leaders = scope.find::<activity_co_leaders::Entity>();
    let leaders = leaders.filter(activity_co_leaders::Column::ActivityId.eq_any(ids()));
    let leaders = leaders.order_by_asc(activity_co_leaders::Column::UserId);
    for leader in leaders.all(scope).await? {
        if let Some(activity) = activities.get_mut(&leader.activity_id) {
            activity.co_leaders.push(leader.user_id);
        }
    }
    let units = scope.find::<activity_co_units::Entity>();
    let units = units.filter(activity_co_units::Column::ActivityId.eq_any(ids()));
    let units = units.order_by_asc(activity_co_units::Column::UnitId);
    for unit in units.all(scope).await? {
        if let Some(activity) = activities.get_mut(&unit.activity_id) {
            activity.co_units.push(unit.unit_id);
        }
    }
    let days = scope.find::<activity_days::Entity>();
    let days = days.filter(activity_days::Column::ActivityId.eq_any(ids()));
    let days = days.order_by_asc(activity_days::Column::LocalDate);
    for day in days.all(scope).await? {
        if let Some(activity) = activities.get_mut(&day.activity_id) {
            activity.days.push(Day {
                date: day.local_date,
                starts_at: day.starts_at,
                minutes: day.minutes,
                anonymous: day.anonymous_participants,
                contacts: vec![],
            });
        }
    }
    let attendances = scope.find::<attendances::Entity>();
    let attendances = attendances.filter(attendances::Column::ActivityId.eq_any(ids()));
    let attendances = attendances.order_by_asc(attendances::Column::ContactId);
    for attendance in attendances.all(scope).await? {
        let activity = activities.get_mut(&attendance.activity_id);
        let mut days = activity.into_iter().flat_map(|activity| &mut activity.days);
        if let Some(day) = days.find(|day| day.date == attendance.local_date) {
            day.contacts.push(attendance.contact_id);
        }
    }
    Ok(())
}

/// A year that has no key yet gets one that is erased, so that it is never counted without those who took part. Gives
/// whether anything changed.
pub(super) async fn erase_key(scope: &WriteScope, basis_year: i32) -> Result<bool> {
    use participant_keys::Column;
    let erased = scope.insert(participant_keys::ActiveModel {
        basis_year: Set(basis_year),
        key: Set(None),
        erased_at: Set(Some(scope.now())),
        ..Default::default()
    });
    let conflict = OnConflict::columns([Column::OrganizationId, Column::BasisYear])
        .update_columns([Column::Key, Column::ErasedAt])
        .action_and_where(Column::Key.is_not_null())
        .to_owned();
    Ok(erased.on_conflict(conflict).exec_without_returning(scope).await? > 0)
}

/// Deletes the year's attendances, and the contacts that attended nothing in other years; gives how many of each. One
/// statement, so that the contacts of a whole year need not travel.
#[expect(clippy::disallowed_methods, reason = "two deletions in one statement, in a file")]
pub(super) async fn erase_attendances(scope: &WriteScope, basis_year: i32) -> Result<(i64, i64)> {
    let row = scope
        .row(include_str!("sql/erase_attendances.sql"), [basis_year.into()])
        .await?;
    let row = row.ok_or_else(|| Error::internal("two counts are a row"))?;
    Ok((row.try_get("", "attendances")?, row.try_get("", "contacts")?))
}
