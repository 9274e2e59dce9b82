//! The slice's statements.

use entity::enums::UnitLevel;
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement, Value};
use uuid::Uuid;

use super::units::{Unit, UnitOrder, UnitOrderField};
use crate::db::ReadScope;
use crate::error::{Error, Result};
use crate::page::{List, Page, PageRequest};

const UNIT: &str = "select id, parent_id, level, name, county, external_ref, is_active from organizational_units";

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

/// The grant by which the person entered.
pub async fn find_grant(scope: &ReadScope, grant: Uuid) -> Result<Option<QueryResult>> {
    let sql = "select reason, valid_from, valid_until, granted_by_user_id from support_access
        where organization_id = $1 and id = $2";
    scope.row(sql, [grant.into()]).await
}

/// A statement about the person's own rows, which the policies show across organizations.
fn own(sql: &str, person: Uuid) -> Statement {
    Statement::from_sql_and_values(DbBackend::Postgres, sql, [person.into()])
}
