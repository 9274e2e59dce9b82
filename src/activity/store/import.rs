//! What imports read and write beside activities: units, members, contacts, and the people behind the members.

use std::collections::{HashMap, HashSet};

use entity::enums::{Role, UnitLevel};
use entity::{contacts, memberships, organizational_units, users};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, DerivePartialModel, EntityTrait, QueryFilter, QuerySelect, Statement,
};
use uuid::Uuid;

use crate::kernel::db::{Bulk, Scoped, Upserted, WriteScope};

/// Waits until no other import runs into the organization, until this transaction ends: two that each found a row
/// missing would both insert it. Other locks are waited for as briefly as ever; this one as long as a statement may
/// take, since a large file takes longer than a lock may. Settings and a lock, which no builder has words for.
#[expect(clippy::disallowed_methods, reason = "an advisory lock")]
pub async fn wait_for_others(scope: &WriteScope) -> Result<(), DbErr> {
    scope.execute_unprepared("set local lock_timeout = 0").await?;
    let sql = "select pg_advisory_xact_lock(hashtextextended('import into ' || $1::uuid, 0))";
    let lock = Statement::from_sql_and_values(scope.get_database_backend(), sql, [scope.organization().into()]);
    scope.query_one_raw(lock).await?;
    scope.execute_unprepared("set local lock_timeout to default").await?;
    Ok(())
}

/// A unit that the database has.
#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "organizational_units::Entity")]
pub struct KnownUnit {
    pub id: Uuid,
    pub external_ref: Option<String>,
    pub level: UnitLevel,
    pub name: String,
    pub county: Option<String>,
}

pub async fn find_units(scope: &WriteScope) -> Result<Vec<KnownUnit>, DbErr> {
    let units = scope.find::<organizational_units::Entity>();
    units.into_partial_model().all(scope).await
}

/// Gives the national unit its reference where it has none; whether it had none.
pub async fn name_unit(scope: &WriteScope, unit: Uuid, reference: &str) -> Result<bool, DbErr> {
    use organizational_units::Column;
    let update = scope
        .update::<organizational_units::Entity>()
        .set(organizational_units::ActiveModel {
            external_ref: Set(Some(reference.to_owned())),
            ..Default::default()
        });
    let update = update.filter(Column::Id.eq(unit)).filter(Column::ExternalRef.is_null());
    Ok(update.exec(scope).await?.rows_affected > 0)
}

/// Units of one level, each known by its reference.
pub async fn upsert_units(
    scope: &WriteScope,
    units: impl IntoIterator<Item = organizational_units::ActiveModel>,
) -> Result<Upserted, DbErr> {
    use organizational_units::Column::{County, ExternalRef, IsActive, Name, OrganizationId, ParentId, UpdatedAt};
    let units = scope.bulk(units)?;
    let compared = [ParentId, Name, County, IsActive];
    units
        .upsert(scope, [OrganizationId, ExternalRef], &compared, &[UpdatedAt])
        .await
}

/// E-mail address, id and role of all members, active or not.
pub async fn find_members(scope: &WriteScope) -> Result<Vec<(String, Uuid, Role)>, DbErr> {
    let members = scope.find::<memberships::Entity>().inner_join(users::Entity);
    let columns = members
        .select_only()
        .column(users::Column::Email)
        .column(users::Column::Id);
    columns.column(memberships::Column::Role).into_tuple().all(scope).await
}

/// E-mail addresses of the org admins who can log in.
pub async fn find_active_admins(scope: &WriteScope) -> Result<HashSet<String>, DbErr> {
    let members = scope.find::<memberships::Entity>().inner_join(users::Entity);
    let admins = members
        .filter(memberships::Column::Role.eq(Role::OrgAdmin))
        .filter(memberships::Column::IsActive.eq(true))
        .filter(users::Column::IsActive.eq(true));
    let emails = admins.select_only().column(users::Column::Email).into_tuple();
    Ok(emails.all(scope).await?.into_iter().collect())
}

/// Who holds one of these roles.
pub async fn find_active_roles(scope: &WriteScope, roles: &[Role]) -> Result<HashMap<Uuid, Role>, DbErr> {
    use memberships::Column;
    let members = scope.find::<memberships::Entity>();
    let active = members
        .filter(Column::IsActive.eq(true))
        .filter(Column::Role.eq_any(roles.iter().copied()));
    let roles = active
        .select_only()
        .column(Column::UserId)
        .column(Column::Role)
        .into_tuple();
    Ok(roles.all(scope).await?.into_iter().collect())
}

pub async fn upsert_members(
    scope: &WriteScope,
    members: impl IntoIterator<Item = memberships::ActiveModel>,
) -> Result<Upserted, DbErr> {
    use memberships::Column::{
        IsActive, OrganizationId, PeerApprovedFrom, PeerApprovedUntil, PeerTrainedOn, Role, UpdatedAt, UserId,
    };
    let members = scope.bulk(members)?;
    let compared = [Role, IsActive, PeerApprovedFrom, PeerApprovedUntil, PeerTrainedOn];
    members
        .upsert(scope, [OrganizationId, UserId], &compared, &[UpdatedAt])
        .await
}

/// Makes the accounts that are missing and finds them all, by e-mail address. An account that exists keeps its name.
/// Accounts are the owner's to make.
#[expect(clippy::disallowed_methods, reason = "the owner enters no organization")]
pub async fn provision(
    owner: &impl ConnectionTrait,
    accounts: Vec<users::ActiveModel>,
) -> Result<HashMap<String, Uuid>, DbErr> {
    use users::Column;
    let emails: Vec<String> = accounts
        .iter()
        .filter_map(|account| account.email.try_as_ref().cloned())
        .collect();
    Bulk::new(accounts)?.insert_missing(owner).await?;
    let found = users::Entity::find().filter(Column::Email.eq_any(emails));
    let found = found
        .select_only()
        .column(Column::Email)
        .column(Column::Id)
        .into_tuple();
    Ok(found.all(owner).await?.into_iter().collect())
}

/// Ids of the contacts that have a reference, by it.
pub async fn find_contacts(scope: &WriteScope) -> Result<HashMap<String, Uuid>, DbErr> {
    use contacts::Column;
    let contacts = scope
        .find::<contacts::Entity>()
        .filter(Column::ExternalRef.is_not_null());
    let contacts = contacts
        .select_only()
        .column(Column::ExternalRef)
        .column(Column::Id)
        .into_tuple();
    Ok(contacts.all(scope).await?.into_iter().collect())
}

pub async fn upsert_contacts(
    scope: &WriteScope,
    contacts: impl IntoIterator<Item = contacts::ActiveModel>,
) -> Result<Upserted, DbErr> {
    use contacts::Column::{ExternalRef, Name, OrganizationId};
    let contacts = scope.bulk(contacts)?;
    contacts
        .upsert(scope, [OrganizationId, ExternalRef], &[Name], &[])
        .await
}
