//! The one door to the database. Nothing else reaches the pools, and a transaction comes out of here only after it has
//! entered an organization: the tenant is set in this file and nowhere else.
//!
//! - [`Database::read`]: one read-only snapshot, shared by all resolvers of an operation.
//! - [`Database::write`]: one mutation; it commits with its audit entries or not at all.
//! - [`Database::work`]: a worker or an operator's command, on somebody's behalf.
//!
//! Row-level security holds whatever a statement says; every statement binds `organization_id = $1` as well, because
//! only then the policy costs nothing (docs/architecture.md).

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use entity::enums::ActorKind;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult,
    SqlxPostgresConnector, Statement, StreamTrait, TransactionTrait, Value,
};
use sqlx::postgres::{PgConnectOptions, PgListener, PgPool, PgPoolOptions};
use uuid::Uuid;

use crate::actor::{Actor, Standing};
use crate::audit_entry::AuditEntry;
use crate::clock::new_id;
use crate::error::{Error, Result};
use crate::rule::Rule;

/// The pools, logged in as the app's role: a transaction is what its pool's connections make of a bare BEGIN, because to
/// say it each time would cost a round trip.
#[derive(Clone)]
pub struct Database {
    /// Of one snapshot each, and read-only.
    reading: DatabaseConnection,
    writing: DatabaseConnection,
    pool: PgPool,
}

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
        let reading = options.clone().options([
            ("default_transaction_isolation", "repeatable read"),
            ("default_transaction_read_only", "on"),
        ]);
        let pool = open_pool(options, connections);
        Self {
            reading: SqlxPostgresConnector::from_sqlx_postgres_pool(open_pool(reading, connections)),
            writing: SqlxPostgresConnector::from_sqlx_postgres_pool(pool.clone()),
            pool,
        }
    }

    /// Enters as a user for reading: one repeatable-read snapshot.
    pub async fn read(&self, caller: &Caller, now: DateTime<Utc>) -> Result<ReadScope> {
        let transaction = self.reading.begin().await?;
        let actor = enter(&transaction, caller, now).await?;
        Ok(ReadScope(Scope::new(transaction, actor, now)))
    }

    /// Enters as a user for one mutation.
    pub async fn write(&self, caller: &Caller, now: DateTime<Utc>) -> Result<WriteScope> {
        let transaction = self.writing.begin().await?;
        let actor = enter(&transaction, caller, now).await?;
        Ok(WriteScope(Scope::new(transaction, actor, now)))
    }

    /// Enters as the system, for a person or for nobody. The statement timeout of requests does not hold for jobs.
    pub async fn work(
        &self,
        kind: ActorKind,
        organization: Uuid,
        on_behalf_of: Option<Uuid>,
        now: DateTime<Utc>,
    ) -> Result<WriteScope> {
        let transaction = self.writing.begin().await?;
        let (actor, active) = enter_system(&transaction, kind, organization, on_behalf_of, now).await?;
        if !active {
            return Err(Error::rule(Rule::OrganizationMustExistAndBeActive));
        }
        Ok(WriteScope(Scope::new(transaction, actor, now)))
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
        let transaction = self.writing.begin().await?;
        let (actor, _) = enter_system(&transaction, kind, organization, on_behalf_of, now).await?;
        Ok(WriteScope(Scope::new(transaction, actor, now)))
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
        let transaction = self.reading.begin().await?;
        let (actor, _) = enter_system(&transaction, kind, organization, on_behalf_of, now).await?;
        Ok(ReadScope(Scope::new(transaction, actor, now)))
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        self.writing.execute_unprepared("select 1").await?;
        Ok(())
    }

    /// Whether no audit entry has fallen into a default partition, which means that partitions are missing.
    pub async fn partitions_suffice(&self) -> Result<bool> {
        let sql = "select app.default_partitions_empty() as empty";
        let row = self
            .writing
            .query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
            .await?;
        Ok(row.map(|row| row.try_get("", "empty")).transpose()?.unwrap_or(false))
    }

    /// Why the server must not run as the role it logged in as; `None` when the role is as weak as it should be.
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
            ("statement_timeout", "30s"),
            ("lock_timeout", "10s"),
            ("idle_in_transaction_session_timeout", "60s"),
        ]))
}

/// Statements run with `$1` bound to the organization first.
pub fn scoped(sql: &str, organization: Uuid, values: impl IntoIterator<Item = Value>) -> Statement {
    let bound = std::iter::once(Value::from(organization)).chain(values);
    Statement::from_sql_and_values(DbBackend::Postgres, sql, bound)
}

async fn enter(transaction: &DatabaseTransaction, caller: &Caller, now: DateTime<Utc>) -> Result<Actor> {
    let statement = Statement::from_sql_and_values(
        DbBackend::Postgres,
        "select organization_id, role, support_access_id, user_name, is_test from app.enter($1, $2, $3)",
        [caller.user_id.into(), caller.organization.clone().into(), now.into()],
    );
    let row = transaction.query_one_raw(statement).await.map_err(refused_entry)?;
    let row = row.ok_or_else(|| Error::internal("app.enter gave no row"))?;
    let role: String = row.try_get("", "role")?;
    let standing = Standing::from_name(&role).ok_or_else(|| Error::internal("app.enter gave an unknown role"))?;
    Ok(Actor {
        kind: if standing == Standing::Support {
            ActorKind::Support
        } else {
            ActorKind::User
        },
        user_id: Some(caller.user_id),
        name: row.try_get("", "user_name")?,
        role: Some(role),
        standing,
        organization_id: row.try_get("", "organization_id")?,
        support_access_id: row.try_get("", "support_access_id")?,
        is_test_organization: row.try_get("", "is_test")?,
    })
}

/// Who acts, and whether the organization is active.
async fn enter_system(
    transaction: &DatabaseTransaction,
    kind: ActorKind,
    organization: Uuid,
    on_behalf_of: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<(Actor, bool)> {
    let statement = Statement::from_sql_and_values(
        DbBackend::Postgres,
        "select is_active, is_test, person_name, person_role from app.enter_system($1, $2, $3)",
        [organization.into(), on_behalf_of.into(), now.into()],
    );
    let row = transaction.query_one_raw(statement).await?;
    let row = row.ok_or_else(|| Error::internal("app.enter_system gave no row"))?;
    let active: Option<bool> = row.try_get("", "is_active")?;
    let active = active.ok_or_else(|| Error::rule(Rule::OrganizationMustExistAndBeActive))?;
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
    Ok((actor, active))
}

/// SQLSTATE 28000: the user is unknown or inactive. 42501: no such place for this user; the hint says which way.
fn refused_entry(error: DbErr) -> Error {
    if let Some(refusal) = database_refusal(&error) {
        let hint = refusal
            .downcast_ref::<sqlx::postgres::PgDatabaseError>()
            .hint()
            .unwrap_or_default();
        match (refusal.code().as_deref(), Rule::from_name(hint)) {
            (Some("28000"), _) => return Error::Unauthenticated("The token's user is unknown or inactive.".into()),
            (Some("42501"), Some(rule)) => return Error::rule(rule),
            _ => {}
        }
    }
    error.into()
}

fn database_refusal(error: &DbErr) -> Option<&dyn sqlx::error::DatabaseError> {
    use sea_orm::RuntimeErr::SqlxError;
    match error {
        DbErr::Exec(SqlxError(cause)) | DbErr::Query(SqlxError(cause)) => cause.as_database_error(),
        _ => None,
    }
}

/// An entered transaction. Dropped without a commit it rolls back, so that a client that hangs up leaves nothing.
struct Scope {
    transaction: DatabaseTransaction,
    actor: Actor,
    now: DateTime<Utc>,
    /// COMMIT of a transaction in which a statement failed answers Ok and loses the data; this remembers the failure.
    failed: AtomicBool,
}

impl Scope {
    fn new(transaction: DatabaseTransaction, actor: Actor, now: DateTime<Utc>) -> Self {
        Self {
            transaction,
            actor,
            now,
            failed: AtomicBool::new(false),
        }
    }

    fn noting<T>(&self, result: Result<T, DbErr>) -> Result<T, DbErr> {
        if result.is_err() {
            self.failed.store(true, Ordering::Relaxed);
        }
        result
    }
}

/// A snapshot for reading, shared by an operation's resolvers and loaders.
pub struct ReadScope(Scope);

/// A transaction for one write.
pub struct WriteScope(Scope);

macro_rules! scope {
    ($scope:ident) => {
        impl $scope {
            pub fn actor(&self) -> &Actor {
                &self.0.actor
            }

            /// The entered organization; what every statement binds as `$1`.
            pub fn organization(&self) -> Uuid {
                self.0.actor.organization_id
            }

            /// The clock's time when the transaction began, UTC; the database's `app.now()`.
            pub fn now(&self) -> DateTime<Utc> {
                self.0.now
            }

            /// All rows of a statement whose `$1` is the organization.
            pub async fn rows(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<Vec<QueryResult>> {
                Ok(self
                    .query_all_raw(scoped(sql, self.organization(), values))
                    .await?)
            }

            /// The one row, if any, of a statement whose `$1` is the organization.
            pub async fn row(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<Option<QueryResult>> {
                Ok(self
                    .query_one_raw(scoped(sql, self.organization(), values))
                    .await?)
            }
        }

        #[async_trait]
        impl ConnectionTrait for $scope {
            fn get_database_backend(&self) -> DbBackend {
                DbBackend::Postgres
            }

            async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
                self.0.noting(self.0.transaction.execute_raw(statement).await)
            }

            async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
                self.0.noting(self.0.transaction.execute_unprepared(sql).await)
            }

            async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
                self.0.noting(self.0.transaction.query_one_raw(statement).await)
            }

            async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
                self.0.noting(self.0.transaction.query_all_raw(statement).await)
            }
        }
    };
}

scope!(ReadScope);
scope!(WriteScope);

impl ReadScope {
    /// Streams rows. The stream holds the connection until it ends, so only a scope of one's own may be streamed from.
    pub async fn stream(&self, statement: Statement) -> Result<<DatabaseTransaction as StreamTrait>::Stream<'_>> {
        Ok(self.0.transaction.stream_raw(statement).await?)
    }
}

impl WriteScope {
    /// Runs a statement whose `$1` is the organization; gives the number of rows that it touched.
    pub async fn run(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<u64> {
        Ok(self
            .execute_raw(scoped(sql, self.organization(), values))
            .await?
            .rows_affected())
    }

    /// A fresh id that carries this transaction's time.
    pub fn new_id(&self) -> Uuid {
        new_id(self.0.now)
    }

    /// Appends the entries as the transaction's last statements and commits. What was written is there afterwards, with
    /// its trail, or nothing is.
    pub async fn commit(self, entries: impl IntoIterator<Item = AuditEntry>) -> Result<()> {
        let mut appended = 0;
        for entry in entries {
            self.append(entry).await?;
            appended += 1;
        }
        if appended == 0 {
            return Err(Error::internal("a write without an audit entry"));
        }
        self.commit_transaction().await
    }

    /// Commits a job's progress, the only thing that is written without an audit entry (decisions.md, 9).
    pub async fn commit_job_progress_unaudited(self) -> Result<()> {
        self.commit_transaction().await
    }

    async fn append(&self, entry: AuditEntry) -> Result<()> {
        let actor = self.actor();
        let sql = "insert into audit_logs (organization_id, id, sequence, created_at, actor_kind, actor_user_id,
                actor_name, actor_role, support_access_id, action, subject_type, subject_id, report_id, message, details,
                previous_hash, hash)
            values ($1, $2, 0, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, '', '')";
        self.run(
            sql,
            [
                self.new_id().into(),
                self.now().into(),
                actor.kind.as_str().into(),
                actor.user_id.into(),
                actor.name.clone().into(),
                actor.role.clone().into(),
                actor.support_access_id.into(),
                entry.action.as_str().into(),
                entry.subject_type.into(),
                entry.subject_id.into(),
                entry.report_id.into(),
                entry.message.into(),
                entry.details.into(),
            ],
        )
        .await
        .map(drop)
    }

    async fn commit_transaction(self) -> Result<()> {
        if self.0.failed.load(Ordering::Relaxed) {
            return Err(Error::internal(
                "a statement of the transaction failed; nothing was committed",
            ));
        }
        Ok(self.0.transaction.commit().await?)
    }
}
