//! A test's own database, and the three roles' ways into it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bufdir_reports::kernel::clock::{Clock, FixedClock, new_id};
use bufdir_reports::kernel::db::{Caller, Database, ReadScope, WriteScope};
use bufdir_reports::kernel::error::Result;
use bufdir_reports::kernel::migrate;
use chrono::{DateTime, Utc};
use embedded_postgres::SUPERUSER;
use sea_orm::{DatabaseConnection, SqlxPostgresConnector};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Executor};
use uuid::Uuid;

use super::cluster::Cluster;
use super::fixture::{self, Fixture};

/// A migrated database with the fixture in it. Its clock stands at 2026-03-02T09:00:00Z until a test moves it.
pub struct TestDatabase {
    pub fixture: Fixture,
    pub clock: Arc<FixedClock>,
    app: Database,
    superuser: PgPool,
    name: String,
    cluster: &'static Cluster,
}

/// Clones the template and fills in the fixture.
pub async fn database() -> TestDatabase {
    static NUMBER: AtomicU32 = AtomicU32::new(1);
    let cluster = Cluster::shared().await;
    let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    cluster.make(&name).await;
    let clock = Arc::new(FixedClock::new("2026-03-02T09:00:00Z".parse().unwrap()));
    let superuser = small_pool(cluster.options(SUPERUSER, &name));
    TestDatabase {
        fixture: fixture::insert(&superuser, clock.now()).await,
        app: Database::open(cluster.options(migrate::APP, &name), 10),
        clock,
        superuser,
        name,
        cluster,
    }
}

impl TestDatabase {
    /// The door, logged in as the app's role.
    pub fn app(&self) -> &Database {
        &self.app
    }

    /// Logs in as `role`, past the door.
    pub fn options(&self, role: &str) -> PgConnectOptions {
        self.cluster.options(role, &self.name)
    }

    /// The same as a URL, for another process.
    pub fn url(&self, role: &str) -> String {
        self.cluster.url(role, &self.name)
    }

    /// The app's role past the door: it has entered nothing.
    pub fn app_outside_of_a_door(&self) -> PgPool {
        small_pool(self.options(migrate::APP))
    }

    /// The schema's owner, as SeaORM's and as sqlx's connection.
    pub fn owner(&self) -> DatabaseConnection {
        SqlxPostgresConnector::from_sqlx_postgres_pool(self.owner_pool())
    }

    pub fn owner_pool(&self) -> PgPool {
        small_pool(self.options(migrate::OWNER))
    }

    /// Past row-level security: for fixtures and for tampering.
    pub fn superuser(&self) -> &PgPool {
        &self.superuser
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub fn new_id(&self) -> Uuid {
        new_id(self.now())
    }

    /// Enters the organization (id or slug) as the user, for reading.
    pub async fn read(&self, user: Uuid, organization: impl ToString) -> Result<ReadScope> {
        self.app
            .read(&caller(user, Some(organization.to_string())), self.now())
            .await
    }

    /// Enters the organization (id or slug) as the user, for writing.
    pub async fn write(&self, user: Uuid, organization: impl ToString) -> Result<WriteScope> {
        self.app
            .write(&caller(user, Some(organization.to_string())), self.now())
            .await
    }

    /// Ends all of the app's connections, and lets nobody in for a while: a database that is restarted.
    pub async fn interrupt(&self, pause: Duration) {
        let name = &self.name;
        self.cluster
            .command(&format!("alter database {name} allow_connections false"))
            .await;
        self.cluster
            .command(&format!(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'"
            ))
            .await;
        tokio::time::sleep(pause).await;
        self.cluster
            .command(&format!("alter database {name} allow_connections true"))
            .await;
        // What the pools still hold of dead connections is found dead on its next use, after a rest.
        tokio::time::sleep(Duration::from_millis(1100)).await;
    }

    /// Runs statements as the superuser.
    pub async fn arrange(&self, sql: impl Into<String>) {
        self.superuser.execute(AssertSqlSafe(sql.into())).await.unwrap();
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        self.cluster.discard(std::mem::take(&mut self.name));
    }
}

pub fn caller(user_id: Uuid, organization: Option<String>) -> Caller {
    Caller { user_id, organization }
}

/// To compile what reads many partitions takes seconds, to read a test's few rows none.
fn small_pool(options: PgConnectOptions) -> PgPool {
    let options = options.options([("jit", "off")]);
    PgPoolOptions::new().max_connections(4).connect_lazy_with(options)
}
