//! What comes out of the door: transactions that have entered an organization, for reading and for writing.

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures::{Stream, StreamExt};
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait, ExecResult, PartialModelTrait, QueryResult,
    QuerySelect, QueryTrait, Select, Statement, StreamTrait, Value,
};
use uuid::Uuid;

use super::bound::Scoped;
use super::enter::Entered;
use super::session::Session;
use crate::kernel::actor::Actor;
use crate::kernel::audit_entry::AuditEntry;
use crate::kernel::clock::new_id;
use crate::kernel::error::{Error, Result};

/// Statements run with `$1` bound to the organization first.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place of plain SQL that binds the organization"
)]
pub fn bind_organization(sql: &str, organization: Uuid, values: impl IntoIterator<Item = Value>) -> Statement {
    let bound = std::iter::once(Value::from(organization)).chain(values);
    Statement::from_sql_and_values(DbBackend::Postgres, sql, bound)
}

/// An entered transaction. Dropped without a commit it rolls back, so that a client that hangs up leaves nothing.
pub(super) struct Scope {
    transaction: DatabaseTransaction,
    session: Session,
    actor: Actor,
    now: DateTime<Utc>,
    /// COMMIT of a transaction in which a statement failed answers Ok and loses the data; this remembers the failure.
    failed: AtomicBool,
}

impl Scope {
    pub(super) fn new(transaction: DatabaseTransaction, entered: Entered, now: DateTime<Utc>) -> Self {
        let Entered { actor, session } = entered;
        Self {
            transaction,
            session,
            actor,
            now,
            failed: AtomicBool::new(false),
        }
    }

    async fn watch<T>(&self, statement: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        let result = self.session.watch(statement).await;
        if result.is_err() {
            self.failed.store(true, Ordering::Relaxed);
        }
        result
    }
}

/// A snapshot for reading, shared by an operation's resolvers and loaders.
pub struct ReadScope(pub(super) Scope);

/// A transaction for one write.
pub struct WriteScope(pub(super) Scope);

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
                    .query_all_raw(bind_organization(sql, self.organization(), values))
                    .await?)
            }

            /// The one row, if any, of a statement whose `$1` is the organization.
            pub async fn row(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<Option<QueryResult>> {
                Ok(self
                    .query_one_raw(bind_organization(sql, self.organization(), values))
                    .await?)
            }
        }

        impl Scoped for $scope {
            fn actor(&self) -> &Actor {
                &self.0.actor
            }
        }

        #[async_trait]
        impl ConnectionTrait for $scope {
            fn get_database_backend(&self) -> DbBackend {
                DbBackend::Postgres
            }

            async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
                self.0.watch(self.0.transaction.execute_raw(statement)).await
            }

            #[expect(
                clippy::disallowed_methods,
                reason = "the scope passes every kind of statement on"
            )]
            async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
                self.0.watch(self.0.transaction.execute_unprepared(sql)).await
            }

            async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
                self.0.watch(self.0.transaction.query_one_raw(statement)).await
            }

            async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
                self.0.watch(self.0.transaction.query_all_raw(statement)).await
            }
        }
    };
}

scope!(ReadScope);
scope!(WriteScope);

impl ReadScope {
    /// Streams rows. The stream holds the connection until it ends, so only a scope of one's own may be streamed from.
    pub async fn stream(&self, statement: Statement) -> Result<<DatabaseTransaction as StreamTrait>::Stream<'_>> {
        self.0.session.begin();
        Ok(self.0.transaction.stream_raw(statement).await?)
    }

    /// Streams an entity's rows, on the same terms.
    pub async fn stream_rows<E: EntityTrait, M: PartialModelTrait>(
        &self,
        rows: Select<E>,
    ) -> Result<impl Stream<Item = Result<M>>> {
        let statement = M::select_cols(rows.select_only()).build(DbBackend::Postgres);
        let rows = self.stream(statement).await?;
        Ok(rows.map(|row| Ok(M::from_query_result(&row?, "")?)))
    }
}

impl WriteScope {
    /// Runs a statement whose `$1` is the organization; gives the number of rows that it touched.
    pub async fn run(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<u64> {
        Ok(self
            .execute_raw(bind_organization(sql, self.organization(), values))
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

    #[expect(
        clippy::disallowed_methods,
        reason = "the trail is written by the kernel alone, and has triggers for a model"
    )]
    async fn append(&self, entry: AuditEntry) -> Result<()> {
        let actor = self.actor();
        // Triggers number and chain it, and add the actor's name and role.
        let sql = "insert into audit_logs (organization_id, id, sequence, created_at, actor_kind, actor_user_id,
                actor_name, support_access_id, action, subject_type, subject_id, report_id, message, details,
                previous_hash, hash)
            values ($1, $2, 0, $3, $4, $5, '', $6, $7, $8, $9, $10, $11, $12, '', '')";
        self.run(
            sql,
            [
                self.new_id().into(),
                self.now().into(),
                actor.kind.as_str().into(),
                actor.user_id.into(),
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
