//! What becomes of a statement whose request is gone: it ends in Postgres, too.

use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, QueryResult, Statement};
use tokio::runtime::Handle;

/// A transaction as Postgres knows it. Dropped in the middle of a statement it has that cancelled: the connection would
/// otherwise be busy with it for as long as it takes, and nobody else could have it.
pub(super) struct Session {
    backend: i32,
    /// When the transaction began; a later one on the same connection is another's.
    began: DateTime<Utc>,
    /// Where to say so; the transaction's own connection does not listen.
    others: DatabaseConnection,
    /// Statements begun and not known to have ended.
    under_way: AtomicUsize,
}

/// What a statement selects for [`Session::new`].
pub(super) const SESSION: &str = "pg_backend_pid() as backend, now() as began";

impl Session {
    pub fn new(row: &QueryResult, others: DatabaseConnection) -> Result<Self, DbErr> {
        Ok(Self {
            backend: row.try_get("", "backend")?,
            began: row.try_get("", "began")?,
            others,
            under_way: AtomicUsize::new(0),
        })
    }

    /// Runs a statement of the transaction. Where the future is dropped, what it runs is known to be unfinished.
    pub async fn watch<T>(&self, statement: impl Future<Output = T>) -> T {
        self.begin();
        let result = statement.await;
        self.under_way.fetch_sub(1, Ordering::Relaxed);
        result
    }

    /// Notes a statement whose end will not be seen; to cancel what has ended does nothing.
    pub fn begin(&self) {
        self.under_way.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if *self.under_way.get_mut() == 0 {
            return;
        }
        // Without a runtime the program is ending, and its connections with it.
        let Ok(runtime) = Handle::try_current() else { return };
        runtime.spawn(cancel(self.others.clone(), self.backend, self.began));
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "about the server's sessions, which have no entity"
)]
async fn cancel(others: DatabaseConnection, backend: i32, began: DateTime<Utc>) {
    let statement = Statement::from_sql_and_values(
        DbBackend::Postgres,
        "select pg_cancel_backend(pid) from pg_stat_activity where pid = $1 and xact_start = $2 and state = 'active'",
        [backend.into(), began.into()],
    );
    if let Err(error) = others.query_one_raw(statement).await {
        tracing::warn!(%error, "a statement that nobody waits for could not be cancelled; its timeout will end it");
    }
}
