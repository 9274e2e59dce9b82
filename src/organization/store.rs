//! The slice's statements.

use entity::enums::UnitLevel;
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement, Value};
use uuid::Uuid;

use super::support_access::NewGrant;
use super::units::{Unit, UnitOrder, UnitOrderField};
use crate::kernel::db::{ReadScope, WriteScope};
use crate::kernel::error::{Error, Result};
use crate::kernel::page::{List, Page, PageRequest};

const UNIT: &str = "select id, parent_id, level, name, county, external_ref, is_active from organizational_units";

/// Grants, each with whether it lets someone in now.
const GRANT: &str =
    "select id, global_admin_user_id, reason, valid_from, valid_until, granted_by_user_id, created_at, revoked_at,
    revoked_by_user_id, holds
    from (select s.*, revoked_at is null and app.now() >= valid_from and app.now() < valid_until as holds
        from support_access s) as grants";

/// Which units a list shows.
#[derive(Clone, Copy, Debug, Default)]
pub struct UnitFilter {
    pub level: Option<UnitLevel>,
    pub parent: Option<Uuid>,
}

pub async fn list_units(scope: &ReadScope, filter: UnitFilter, order: UnitOrder, page: &PageRequest) -> Result<Page> {
    let mut conditions = "organization_id = $1".to_owned();
    let mut values: Vec<Value> = Vec::new();
    if let Some(level) = filter.level {
        values.push(level.as_str().into());
        conditions.push_str(&format!(" and level = ${}", values.len() + 1));
    }
    if let Some(parent) = filter.parent {
        values.push(parent.into());
        conditions.push_str(&format!(" and parent_id = ${}", values.len() + 1));
    }
    let key = match order.field {
        UnitOrderField::Name => (r#"name collate "nb-x-icu""#, "text"),
        UnitOrderField::Level => ("array_position(array['national', 'region', 'local'], level)", "integer"),
    };
    let list = List {
        select: UNIT,
        filter: conditions,
        values,
        key,
        id: "id",
        descending: order.descending,
    };
    list.fetch(scope, page).await
}

pub async fn list_units_by_id(scope: &ReadScope, ids: &[Uuid]) -> Result<Vec<Unit>> {
    let sql = format!("{UNIT} where organization_id = $1 and id = any($2)");
    let rows = scope.rows(&sql, [ids.to_vec().into()]).await?;
    rows.iter().map(Unit::from_row).collect()
}

pub async fn list_units_below(scope: &ReadScope, parents: &[Uuid]) -> Result<Vec<Unit>> {
    let sql =
        format!(r#"{UNIT} where organization_id = $1 and parent_id = any($2) order by name collate "nb-x-icu", id"#);
    let rows = scope.rows(&sql, [parents.to_vec().into()]).await?;
    rows.iter().map(Unit::from_row).collect()
}

/// The entered organization's row.
pub async fn organization(scope: &ReadScope) -> Result<QueryResult> {
    let sql = "select id, slug, name, organization_number, is_test from organizations where id = $1";
    let row = scope.row(sql, []).await?;
    row.ok_or_else(|| Error::internal("the entered organization is not visible"))
}

/// The person's own row.
pub async fn person(scope: &ReadScope, person: Uuid) -> Result<QueryResult> {
    let sql = "select id, name, email from users where id = $1";
    let row = scope.query_one_raw(own(sql, person)).await?;
    row.ok_or_else(|| Error::internal("the entered person is not visible"))
}

/// The person's active memberships in whichever organizations.
pub async fn list_memberships(scope: &ReadScope, person: Uuid) -> Result<Vec<QueryResult>> {
    let sql = "select m.role, m.peer_approved_from, m.peer_approved_until, o.id, o.slug, o.name, o.organization_number,
            o.is_test
        from memberships m join organizations o on o.id = m.organization_id
        where m.user_id = $1 and m.is_active and o.is_active order by o.slug";
    Ok(scope.query_all_raw(own(sql, person)).await?)
}

/// A grant of support access.
pub async fn find_grant(scope: &ReadScope, grant: Uuid) -> Result<Option<QueryResult>> {
    scope
        .row(
            &format!("{GRANT} where organization_id = $1 and id = $2"),
            [grant.into()],
        )
        .await
}

/// Grants by when they begin, the latest first; those that hold now, those that don't, or all.
pub async fn list_grants(scope: &ReadScope, active: Option<bool>, page: &PageRequest) -> Result<Page> {
    let list = List {
        select: GRANT,
        filter: "organization_id = $1 and ($2::boolean is null or holds = $2)".to_owned(),
        values: vec![active.into()],
        key: ("valid_from", "timestamptz"),
        id: "id",
        descending: true,
    };
    list.fetch(scope, page).await
}

/// An active global admin, by id or by address, with the name.
pub async fn find_global_admin(
    scope: &WriteScope,
    id: Option<Uuid>,
    email: Option<String>,
) -> Result<Option<QueryResult>> {
    // No organization to bind: global admins are nobody's.
    let sql = "select id, name from users where is_global_admin and is_active and (id = $1 or email = lower($2))";
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [id.into(), email.into()]);
    Ok(scope.query_one_raw(statement).await?)
}

pub async fn insert_grant(scope: &WriteScope, id: Uuid, admin: Uuid, grant: &NewGrant) -> Result<()> {
    let sql = "insert into support_access (organization_id, id, global_admin_user_id, reason, granted_by_user_id,
            valid_from, valid_until, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values = [
        id.into(),
        admin.into(),
        grant.reason.trim().into(),
        scope.actor().person()?.into(),
        grant.valid_from.unwrap_or(scope.now()).into(),
        grant.valid_until.into(),
        scope.now().into(),
    ];
    scope.run(sql, values).await.map(drop)
}

/// Revokes a grant; false when there is none. One that is revoked already is refused by its rule.
pub async fn revoke_grant(scope: &WriteScope, grant: Uuid) -> Result<bool> {
    let sql = "update support_access set revoked_at = $3, revoked_by_user_id = $4
        where organization_id = $1 and id = $2";
    let values = [grant.into(), scope.now().into(), scope.actor().person()?.into()];
    Ok(scope.run(sql, values).await? > 0)
}

/// A statement about the person's own rows, which the policies show across organizations.
fn own(sql: &str, person: Uuid) -> Statement {
    Statement::from_sql_and_values(DbBackend::Postgres, sql, [person.into()])
}
