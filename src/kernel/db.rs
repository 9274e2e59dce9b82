//! The one door to the database. Nothing else reaches the pools, and a transaction comes out of here only after it has
//! entered an organization: the tenant is set in this module (`db/enter.rs`) and nowhere else.
//!
//! - [`Database::read`]: one read-only snapshot, shared by all resolvers of an operation.
//! - [`Database::write`]: one mutation; it commits with its audit entries or not at all.
//! - [`Database::work`]: a worker or an operator's command, on somebody's behalf.
//!
//! Row-level security holds whatever a statement says; every statement binds `organization_id = $1` as well, because
//! only then the policy costs nothing (docs/architecture.md).

mod bound;
mod bulk;
mod enter;
mod hash;
mod scope;
mod session;
mod turns;

pub use bound::Scoped;
pub use bulk::{Bulk, Upserted};
pub use hash::canonical_hash;
pub use scope::{ReadScope, WriteScope, bind_organization};
pub use turns::{Turn, Turns};

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::enums::ActorKind;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, QueryResult, SqlxPostgresConnector, Statement, TransactionTrait,
    Value,
};
use sqlx::postgres::{PgConnectOptions, PgListener, PgPool, PgPoolOptions};
use uuid::Uuid;

use self::enter::{enter, enter_system};
use self::scope::Scope;
use crate::kernel::error::{Error, Result};
use crate::kernel::rules;

/// The pools, logged in as the app's role: a transaction is what its pool's connections make of a bare BEGIN, because to
/// say it each time would cost a round trip.
#[derive(Clone)]
pub struct Database {
    /// Of one snapshot each, and read-only.
    reading: DatabaseConnection,
    writing: DatabaseConnection,
    pool: PgPool,
    turns: Arc<Turns>,
}

/// How long a statement may take unless said otherwise; a job's may take longer.
const STATEMENT: Duration = Duration::from_secs(30);

/// Who wants to enter, and which organization (id or slug; none for someone with one membership).
#[derive(Clone, Debug)]
pub struct Caller {
    pub user_id: Uuid,
    pub organization: Option<String>,
}

impl Database {
    /// Opens the pools without connecting: a database that is down now is `Unavailable` later, and recovers by itself.
    ///
    /// Each has so many connections at most.
    pub fn open(options: PgConnectOptions, connections: u32) -> Self {
        Self::open_within(options, connections, STATEMENT)
    }

    /// The same, where a request's statement may take so long at most.
    pub fn open_within(options: PgConnectOptions, connections: u32, statement: Duration) -> Self {
        let options = options.options([("statement_timeout", statement.as_millis().to_string())]);
        let reading = options.clone().options([
            ("default_transaction_isolation", "repeatable read"),
            ("default_transaction_read_only", "on"),
        ]);
        let pool = open_pool(options, connections);
        Self {
            reading: SqlxPostgresConnector::from_sqlx_postgres_pool(open_pool(reading, connections)),
            writing: SqlxPostgresConnector::from_sqlx_postgres_pool(pool.clone()),
            pool,
            turns: Arc::new(Turns::new(connections)),
        }
    }

    /// How many operations may run costly statements at a time.
    pub fn turns(&self) -> &Turns {
        &self.turns
    }

    /// Enters as a user for reading: one repeatable-read snapshot.
    pub async fn read(&self, caller: &Caller, now: DateTime<Utc>) -> Result<ReadScope> {
        let transaction = self.reading.begin().await?;
        let entered = enter(&transaction, caller, now, &self.writing).await?;
        Ok(ReadScope(Scope::new(transaction, entered, now)))
    }

    /// Enters as a user for one mutation.
    pub async fn write(&self, caller: &Caller, now: DateTime<Utc>) -> Result<WriteScope> {
        let transaction = self.writing.begin().await?;
        let entered = enter(&transaction, caller, now, &self.writing).await?;
        Ok(WriteScope(Scope::new(transaction, entered, now)))
    }

    /// Enters as the system, for a person or for nobody. The statement timeout of requests does not hold for jobs.
    pub async fn work(
        &self,
        kind: ActorKind,
        organization: Uuid,
        on_behalf_of: Option<Uuid>,
        now: DateTime<Utc>,
    ) -> Result<WriteScope> {
        match self
            .enter_system(&self.writing, kind, organization, on_behalf_of, now)
            .await?
        {
            (scope, true) => Ok(WriteScope(scope)),
            (_, false) => Err(Error::rule(rules::ORGANIZATION_MUST_EXIST_AND_BE_ACTIVE)),
        }
    }

    /// As [`Database::work`], for recording how a job ended and for erasing: an organization that was deactivated is
    /// entered too, so that nothing stays for good.
    pub async fn conclude(
        &self,
        kind: ActorKind,
        organization: Uuid,
        on_behalf_of: Option<Uuid>,
        now: DateTime<Utc>,
    ) -> Result<WriteScope> {
        let entered = self.enter_system(&self.writing, kind, organization, on_behalf_of, now);
        Ok(WriteScope(entered.await?.0))
    }

    /// As [`Database::work`], for reading alone: one snapshot, from which rows may be streamed. A deactivated
    /// organization is read too, for the sake of [`Database::conclude`].
    pub async fn work_read(
        &self,
        kind: ActorKind,
        organization: Uuid,
        on_behalf_of: Option<Uuid>,
        now: DateTime<Utc>,
    ) -> Result<ReadScope> {
        let entered = self.enter_system(&self.reading, kind, organization, on_behalf_of, now);
        Ok(ReadScope(entered.await?.0))
    }

    /// A scope of the system's, and whether the organization is active.
    async fn enter_system(
        &self,
        pool: &DatabaseConnection,
        kind: ActorKind,
        organization: Uuid,
        on_behalf_of: Option<Uuid>,
        now: DateTime<Utc>,
    ) -> Result<(Scope, bool)> {
        let transaction = pool.begin().await?;
        let (entered, active) =
            enter_system(&transaction, kind, organization, on_behalf_of, now, &self.writing).await?;
        Ok((Scope::new(transaction, entered, now), active))
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        Ok(self.writing.ping().await?)
    }

    /// Whether no audit entry has fallen into a default partition, which means that partitions are missing.
    #[expect(clippy::disallowed_methods, reason = "a function of the database")]
    pub async fn partitions_suffice(&self) -> Result<bool> {
        let sql = "select app.default_partitions_empty() as empty";
        let row = self
            .writing
            .query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
            .await?;
        Ok(row.map(|row| row.try_get("", "empty")).transpose()?.unwrap_or(false))
    }

    /// Rows of a function that may look into all organizations, which no organization was entered for: row-level security
    /// shows nothing but what that function gives.
    #[expect(clippy::disallowed_methods, reason = "functions of the database")]
    pub async fn across_organizations(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<QueryResult>> {
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
        Ok(self.writing.query_all_raw(statement).await?)
    }

    /// Why the server must not run as the role it logged in as; `None` when the role is as weak as it should be.
    #[expect(clippy::disallowed_methods, reason = "about the catalogue, which has no entities")]
    pub async fn role_too_strong(&self) -> Result<Option<String>> {
        let sql = "select current_user::text as name, r.rolsuper, r.rolbypassrls,
                exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
                    where c.relowner = r.oid and n.nspname in ('public', 'app')) as owns,
                exists (select from pg_auth_members m where m.member = r.oid) as member
            from pg_roles r where r.rolname = current_user";
        let row = self
            .writing
            .query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
            .await?;
        let Some(row) = row else { return Ok(None) };
        let name: String = row.try_get("", "name")?;
        for (column, what) in [
            ("rolsuper", "is a superuser"),
            ("rolbypassrls", "has BYPASSRLS"),
            ("owns", "owns the tables"),
            ("member", "is a member of another role"),
        ] {
            if row.try_get("", column)? {
                return Ok(Some(format!("the database role \"{name}\" {what}")));
            }
        }
        Ok(None)
    }

    /// The pool, for the job queue's own schema and for listening; it has entered no organization, so that row-level
    /// security shows it nothing.
    pub(crate) fn queue_pool(&self) -> &PgPool {
        &self.pool
    }

    /// A connection that hears of changes (`app.notify_change`).
    pub(crate) async fn listener(&self) -> Result<PgListener> {
        Ok(PgListener::connect_with(&self.pool).await?)
    }
}

fn open_pool(options: PgConnectOptions, connections: u32) -> PgPool {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(5))
        // A ping on every use would cost a round trip; a connection that rested may have died with its server.
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for < Duration::from_secs(1) {
                    return Ok(true);
                }
                Ok(sqlx::Connection::ping(connection).await.is_ok())
            })
        })
        .connect_lazy_with(options.options([
            ("timezone", "UTC"),
            ("lock_timeout", "10s"),
            ("idle_in_transaction_session_timeout", "60s"),
        ]))
}
