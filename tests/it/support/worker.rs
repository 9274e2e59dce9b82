//! The program's own worker, as a process that can be killed; and places at which the database holds it.

use std::process::{Child, Command, Stdio};

use bufdir_reports::kernel::migrate;
use embedded_postgres::SUPERUSER;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::journey::Journey;

/// `bufdir-reports work` on the test's database and storage, killed when dropped.
pub struct Worker(Child);

impl Worker {
    /// With the test's folder as its storage.
    pub fn start(test: &Journey) -> Self {
        let folder = test.folder.path().display().to_string();
        Self::start_with(test, [("BUFDIR_STORAGE_URL", folder)])
    }

    pub fn start_with(test: &Journey, environment: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_bufdir-reports"))
            .arg("work")
            .env("DATABASE_URL", test.database.url(migrate::APP))
            .env("BUFDIR_DATA_DIR", test.folder.path())
            .envs(environment)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self(child)
    }

    /// By SIGKILL.
    pub fn kill(mut self) {
        assert!(self.0.try_wait().unwrap().is_none(), "it ended by itself");
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have been killed already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Where in the pipeline a worker is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// It has the job, and nothing else.
    Claimed,
    /// What the file shows has been read.
    Loaded,
    /// The file is laid out.
    Rendered,
    /// The file is stored.
    Stored,
    /// The operation is complete, and its transaction not yet committed: the report's other rows come next.
    Completed,
    /// The record is written, and its transaction not yet committed.
    Recorded,
    /// The record is committed, and the job still in the queue.
    Committed,
}

impl Step {
    /// The statement that comes next, and a trigger in front of it.
    fn trigger(self) -> String {
        let progress = |next| format!("before insert on job_progress for each row when (new.step = '{next}')");
        let event = match self {
            Self::Claimed => progress("loading"),
            Self::Loaded => progress("rendering"),
            Self::Rendered => progress("storing"),
            Self::Stored => progress("recording"),
            Self::Completed => "after delete on pending_exports for each row".to_owned(),
            Self::Recorded => "after insert on files deferrable initially deferred for each row".to_owned(),
            Self::Committed => "before delete on graphile_worker._private_jobs for each row".to_owned(),
        };
        let kind = if self == Self::Recorded {
            "constraint trigger"
        } else {
            "trigger"
        };
        format!("create {kind} hold {event} execute function hold()")
    }
}

/// What everybody who comes to the step waits for, while it is held.
const LOCK: i64 = 4711;

const IS_REACHED: &str = "select exists (select from pg_locks where locktype = 'advisory' and not granted
    and database = (select oid from pg_database where datname = current_database()))";

/// Ends the connections of those who wait there.
const BREAK: &str = "select pg_terminate_backend(pid, 10000) from pg_locks where locktype = 'advisory' and not granted
    and database = (select oid from pg_database where datname = current_database())";

/// Holds workers at a step, by a trigger that a superuser puts into the test's database alone.
pub struct Barrier<'a> {
    test: &'a Journey,
    holder: PgConnection,
}

impl<'a> Barrier<'a> {
    pub async fn at(test: &'a Journey, step: Step) -> Self {
        let function = format!(
            "create function hold() returns trigger language plpgsql as $$
             begin
                 perform set_config('lock_timeout', '0', true);
                 perform pg_advisory_xact_lock_shared({LOCK});
                 return case tg_op when 'DELETE' then old else new end;
             end $$"
        );
        test.database.arrange(function).await;
        test.database.arrange(step.trigger()).await;
        let mut holder = PgConnection::connect_with(&test.database.options(SUPERUSER))
            .await
            .unwrap();
        let lock = format!("select pg_advisory_lock({LOCK})");
        holder.execute(AssertSqlSafe(lock)).await.unwrap();
        Self { test, holder }
    }

    /// Waits until a worker is held.
    pub async fn is_reached(&self) {
        self.test.reaches(IS_REACHED).await;
    }

    /// Ends the connections of those who are held, whose transactions so come to nothing.
    pub async fn breaks_connections(&self) {
        self.test.database.arrange(BREAK).await;
    }

    /// Lets everybody pass from now on.
    pub async fn lift(mut self) {
        let unlock = format!("select pg_advisory_unlock({LOCK})");
        self.holder.execute(AssertSqlSafe(unlock)).await.unwrap();
        // Waits for whoever is in a transaction that was held.
        self.test.database.arrange("drop function hold cascade").await;
    }
}
