//! The commands' own statements. Organizations and people are looked up as the owner, who alone can do so without having
//! entered an organization.

use chrono::{DateTime, Utc};
use entity::{organizations, support_access, users};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Func};
use sea_orm::{
    ColumnTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter, QuerySelect, SelectExt, SqlxPostgresConnector,
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use uuid::Uuid;

use super::Failure;
use crate::kernel::db::{Scoped, WriteScope};

/// One connection as the owner, to be closed.
pub async fn connect(owner: &PgConnectOptions) -> Result<DatabaseConnection, Failure> {
    let pool = PgPoolOptions::new().max_connections(1);
    let pool = pool.connect_with(owner.clone()).await?;
    Ok(SqlxPostgresConnector::from_sqlx_postgres_pool(pool))
}

/// The active user of an e-mail address.
#[expect(clippy::disallowed_methods, reason = "the owner enters no organization")]
pub async fn find_user(owner: &PgConnectOptions, email: &str) -> Result<Option<Uuid>, Failure> {
    let connection = connect(owner).await?;
    let email = users::Column::Email.into_expr().eq(Func::lower(Expr::val(email)));
    let users = users::Entity::find()
        .filter(email)
        .filter(users::Column::IsActive.eq(true));
    let found = users.select_only().column(users::Column::Id).into_tuple();
    let found = found.one(&connection).await?;
    connection.close().await?;
    Ok(found)
}

/// The organization of a short name or an id.
#[expect(clippy::disallowed_methods, reason = "the owner enters no organization")]
pub async fn find_organization(owner: &PgConnectOptions, wanted: &str) -> Result<Option<Uuid>, Failure> {
    use organizations::Column;
    let connection = connect(owner).await?;
    let is_wanted = Condition::any()
        .add(Column::Slug.eq(wanted))
        .add(Column::Id.into_expr().cast_as("text").eq(wanted));
    let organizations = organizations::Entity::find().filter(is_wanted);
    let found = organizations.select_only().column(Column::Id).into_tuple();
    let found = found.one(&connection).await?;
    connection.close().await?;
    Ok(found)
}

/// Whether a global admin has support access that lasts beyond an instant.
pub async fn has_support_access(scope: &WriteScope, admin: Uuid, until: DateTime<Utc>) -> Result<bool, DbErr> {
    use support_access::Column;
    let grants = scope.find::<support_access::Entity>();
    let lasting = grants
        .filter(Column::GlobalAdminUserId.eq(admin))
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ValidUntil.gt(until));
    lasting.exists(scope).await
}
