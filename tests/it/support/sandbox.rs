//! A transaction that never commits, on a database that all such tests share: what a rule refuses leaves nothing behind,
//! and what it allows is taken back.

#![expect(clippy::disallowed_methods, reason = "a test prepares its database")]

use bufdir_reports::kernel::actor::Standing;
use bufdir_reports::kernel::clock::new_id;
use bufdir_reports::kernel::db::{Database, WriteScope};
use bufdir_reports::kernel::error::{Error, Result};
use bufdir_reports::kernel::migrate;
use bufdir_reports::kernel::rule::Rule;
use chrono::{DateTime, Utc};
use embedded_postgres::SUPERUSER;
use sea_orm::{ConnectionTrait, DatabaseTransaction, SqlxPostgresConnector, TransactionTrait};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgConnection};
use tokio::sync::OnceCell;
use uuid::Uuid;

use super::cluster::Cluster;
use super::database::{TestDatabase, caller, database};
use super::fixture::{self, Fixture, Organization};
use super::rows;

/// When all sandboxes' transactions take place.
pub const NOW: &str = "2026-03-02T09:00:00Z";

const NAME: &str = "test_sandboxes";

/// Holds what a test does until it is dropped, which takes it back.
pub struct Sandbox {
    pub fixture: Fixture,
    session: Session,
    /// Goes when the sandbox goes.
    _own_database: Option<TestDatabase>,
}

enum Session {
    App(WriteScope),
    Stronger(DatabaseTransaction),
}

impl Sandbox {
    /// The app, entered in `hlf` through the door as someone of this standing.
    pub async fn entered(standing: Standing) -> Self {
        let fixture = shared().await;
        let options = Cluster::shared().await.options(migrate::APP, NAME);
        let coordinator = caller(fixture.hlf.coordinator, Some(fixture.hlf.id.to_string()));
        let scope = Database::open(options, 1).write(&coordinator, now()).await.unwrap();
        let sandbox = Self {
            fixture,
            session: Session::App(scope),
            _own_database: None,
        };
        sandbox.becomes(standing).await;
        sandbox
    }

    /// The schema's owner, for what the app is not even granted to try.
    pub async fn owner() -> Self {
        let fixture = shared().await;
        let options = Cluster::shared().await.options(migrate::OWNER, NAME);
        Self {
            fixture,
            session: Session::Stronger(begin(options).await),
            _own_database: None,
        }
    }

    /// A superuser, whom neither grants nor row-level security hold back: what refuses here is a constraint or a trigger.
    /// In a database of its own, since TRUNCATE waits for everybody else who uses the table.
    pub async fn superuser() -> Self {
        let database = database().await;
        Self {
            fixture: database.fixture.clone(),
            session: Session::Stronger(begin(database.options(SUPERUSER)).await),
            _own_database: Some(database),
        }
    }

    /// Enters anew, through the same doors, within the transaction.
    pub async fn becomes(&self, standing: Standing) {
        let (organization, hlf) = (self.hlf().id, self.hlf());
        let person = match standing {
            Standing::PeerMentor => hlf.peers[0],
            Standing::Coordinator => hlf.coordinator,
            Standing::OrgAdmin => hlf.admin,
            Standing::Support => {
                let admin = hlf.admin;
                self.run(&format!("select app.enter('{admin}', '{organization}', '{NOW}')"))
                    .await
                    .unwrap();
                self.does(&rows::support_access(&self.fixture).insert()).await;
                self.fixture.global_admin
            }
            Standing::System => {
                let person = hlf.coordinator;
                let enter = format!("select app.enter_system('{organization}', '{person}', '{NOW}')");
                self.run(&enter).await.unwrap();
                return;
            }
        };
        self.run(&format!("select app.enter('{person}', '{organization}', '{NOW}')"))
            .await
            .unwrap();
    }

    /// The organization that is entered.
    pub fn hlf(&self) -> &Organization {
        &self.fixture.hlf
    }

    /// Runs a statement that has to touch rows, and keeps what it did.
    pub async fn does(&self, sql: &str) {
        let touched = self.run(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert!(touched > 0, "touched no row: {sql}");
    }

    /// Tries a statement that has to touch rows and to be fit for a commit, and takes it back.
    pub async fn allows(&self, sql: &str) {
        let touched = self.attempt(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert!(touched > 0, "touched no row: {sql}");
    }

    /// Tries a statement that has to break the rule, at once or at the commit.
    pub async fn refuses(&self, rule: Rule, sql: &str) {
        match self.attempt(sql).await {
            Ok(touched) => panic!("{rule} lets pass ({touched} rows): {sql}"),
            Err(error) => assert_eq!(error.broken_rule(), Some(rule), "{error}: {sql}"),
        }
    }

    /// Tries a statement and takes it back; gives the rows that it touched.
    pub async fn attempt(&self, sql: &str) -> Result<u64> {
        // What was done before is not what is tried.
        self.run("set constraints all immediate; set constraints all deferred; savepoint attempt")
            .await?;
        let outcome = self.run(&format!("{sql}; set constraints all immediate")).await;
        self.run("rollback to savepoint attempt").await?;
        outcome
    }

    /// Runs a statement and keeps what it did; gives the rows that it touched.
    pub async fn run(&self, sql: &str) -> Result<u64> {
        let done = match &self.session {
            Session::App(scope) => scope.execute_unprepared(sql).await,
            Session::Stronger(transaction) => transaction.execute_unprepared(sql).await,
        };
        Ok(done.map_err(Error::from)?.rows_affected())
    }
}

/// A fresh id of the sandboxes' time.
pub fn id() -> Uuid {
    new_id(now())
}

fn now() -> DateTime<Utc> {
    NOW.parse().unwrap()
}

/// The sandboxes' database, for reading its catalogue as the superuser.
pub async fn catalogue() -> PgConnection {
    shared().await;
    let options = Cluster::shared().await.options(SUPERUSER, NAME);
    PgConnection::connect_with(&options).await.unwrap()
}

/// The fixture of the shared database, which the first sandbox makes.
async fn shared() -> Fixture {
    static FIXTURE: OnceCell<Fixture> = OnceCell::const_new();
    FIXTURE
        .get_or_init(|| async {
            let cluster = Cluster::shared().await;
            cluster.make(NAME).await;
            let superuser = PgPoolOptions::new()
                .max_connections(1)
                .connect_lazy_with(cluster.options(SUPERUSER, NAME));
            let fixture = fixture::insert(&superuser, now()).await;
            superuser.close().await;
            fixture
        })
        .await
        .clone()
}

async fn begin(options: PgConnectOptions) -> DatabaseTransaction {
    let pool = PgPoolOptions::new().max_connections(1).connect_lazy_with(options);
    SqlxPostgresConnector::from_sqlx_postgres_pool(pool)
        .begin()
        .await
        .unwrap()
}
