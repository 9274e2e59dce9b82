//! Entering an organization: the statement that each transaction begins with, and what it tells of who entered.

use chrono::{DateTime, Utc};
use entity::enums::{ActorKind, Role};
use sea_orm::{ActiveEnum, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, Statement};
use uuid::Uuid;

use super::Caller;
use super::session::{SESSION, Session};
use crate::kernel::actor::{Actor, Standing};
use crate::kernel::error::{Error, Result};
use crate::kernel::rules;

/// Who acts in an entered transaction, and which one that is to Postgres.
pub(super) struct Entered {
    pub actor: Actor,
    pub session: Session,
}

/// Enters as a user. `others` are connections by which the transaction's statements can be cancelled.
pub(super) async fn enter(
    transaction: &DatabaseTransaction,
    caller: &Caller,
    now: DateTime<Utc>,
    others: &DatabaseConnection,
) -> Result<Entered> {
    let statement = Statement::from_sql_and_values(
        DbBackend::Postgres,
        format!(
            "select organization_id, role, support_access_id, user_name, is_test, {SESSION} from app.enter($1, $2, $3)"
        ),
        [caller.user_id.into(), caller.organization.clone().into(), now.into()],
    );
    let row = transaction.query_one_raw(statement).await.map_err(refused_entry)?;
    let row = row.ok_or_else(|| Error::internal("app.enter gave no row"))?;
    let role: String = row.try_get("", "role")?;
    let role = match role.as_str() {
        "support" => None,
        _ => Some(Role::try_from_value(&role)?),
    };
    let session = Session::new(&row, others.clone())?;
    let actor = Actor {
        kind: role.map_or(ActorKind::Support, |_| ActorKind::User),
        user_id: Some(caller.user_id),
        name: row.try_get("", "user_name")?,
        role,
        standing: role.map_or(Standing::Support, Standing::from),
        organization_id: row.try_get("", "organization_id")?,
        support_access_id: row.try_get("", "support_access_id")?,
        is_test_organization: row.try_get("", "is_test")?,
    };
    Ok(Entered { actor, session })
}

/// Who acts, and whether the organization is active.
pub(super) async fn enter_system(
    transaction: &DatabaseTransaction,
    kind: ActorKind,
    organization: Uuid,
    on_behalf_of: Option<Uuid>,
    now: DateTime<Utc>,
    others: &DatabaseConnection,
) -> Result<(Entered, bool)> {
    let statement = Statement::from_sql_and_values(
        DbBackend::Postgres,
        format!("select is_active, is_test, person_name, person_role, {SESSION} from app.enter_system($1, $2, $3)"),
        [organization.into(), on_behalf_of.into(), now.into()],
    );
    let row = transaction.query_one_raw(statement).await?;
    let row = row.ok_or_else(|| Error::internal("app.enter_system gave no row"))?;
    let active: Option<bool> = row.try_get("", "is_active")?;
    let active = active.ok_or_else(|| Error::rule(rules::ORGANIZATION_MUST_EXIST_AND_BE_ACTIVE))?;
    // A job may take long over a statement, and over what it does between two.
    let timeouts = "set local statement_timeout = '30min'; set local idle_in_transaction_session_timeout = '30min'";
    transaction.execute_unprepared(timeouts).await?;
    let name: Option<String> = row.try_get("", "person_name")?;
    let actor = Actor {
        kind,
        user_id: on_behalf_of,
        name: name.unwrap_or_else(|| kind.as_str().to_owned()),
        role: row.try_get("", "person_role")?,
        standing: Standing::System,
        organization_id: organization,
        support_access_id: None,
        is_test_organization: row.try_get("", "is_test")?,
    };
    let session = Session::new(&row, others.clone())?;
    Ok((Entered { actor, session }, active))
}

/// SQLSTATE 28000: the user is unknown or inactive.
fn refused_entry(error: DbErr) -> Error {
    let error = Error::from(error);
    match error.sqlstate() {
        Some("28000") => Error::Unauthenticated("The token's user is unknown or inactive.".into()),
        _ => error,
    }
}
