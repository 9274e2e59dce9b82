//! A migrated scratch database with one organization that has no units, and as many users as a test's peers.

#![expect(clippy::disallowed_methods, reason = "a test prepares its database")]

use std::sync::LazyLock;

use embedded_postgres::{EmbeddedPostgres, SUPERUSER, Settings};
use migration::{BOOTSTRAP, Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, SqlxPostgresConnector, TransactionTrait};
use sqlx::postgres::PgPoolOptions;

use crate::world::{ORGANIZATION, OTHER_ORGANIZATION, PEERS, user};

/// Never dropped, being static: the kernel stops the server when the process ends.
static POSTGRES: LazyLock<EmbeddedPostgres> = LazyLock::new(|| {
    let data_dir = tempfile::Builder::new()
        .prefix("bufdir-counting-")
        .tempdir()
        .unwrap()
        .keep();
    let settings = Settings {
        data_dir,
        durable: false,
        max_connections: 20,
    };
    let postgres = EmbeddedPostgres::start(&settings, &|_| {}).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(prepare(&postgres));
    postgres
});

/// A transaction of the application's role that has entered the organization as a worker does. Dropping it rolls back.
pub async fn work() -> DatabaseTransaction {
    enter("bufdir_app", ORGANIZATION).await
}

/// The same past row-level security.
pub async fn work_as_superuser() -> DatabaseTransaction {
    enter(SUPERUSER, ORGANIZATION).await
}

async fn enter(role: &str, organization: uuid::Uuid) -> DatabaseTransaction {
    let postgres = tokio::task::spawn_blocking(|| LazyLock::force(&POSTGRES))
        .await
        .unwrap();
    let transaction = connect(postgres, role, "counting").begin().await.unwrap();
    transaction
        .execute_unprepared(&format!(
            "select app.enter_system('{organization}', null, '2026-01-01T00:00:00Z')"
        ))
        .await
        .unwrap();
    transaction
}

fn connect(postgres: &EmbeddedPostgres, role: &str, database: &str) -> DatabaseConnection {
    let options: sqlx::postgres::PgConnectOptions = postgres.url(role, database).parse().unwrap();
    SqlxPostgresConnector::from_sqlx_postgres_pool(PgPoolOptions::new().max_connections(1).connect_lazy_with(options))
}

async fn prepare(postgres: &EmbeddedPostgres) {
    let superuser = connect(postgres, SUPERUSER, "postgres");
    superuser.execute_unprepared(BOOTSTRAP).await.unwrap();
    superuser
        .execute_unprepared("create database counting owner bufdir_owner")
        .await
        .unwrap();
    Migrator::up(&connect(postgres, "bufdir_owner", "counting"), None)
        .await
        .unwrap();
    let counting = connect(postgres, SUPERUSER, "counting");
    for (organization, slug) in [(ORGANIZATION, "one"), (OTHER_ORGANIZATION, "other")] {
        let sql = format!(
            "insert into organizations (id, slug, name, organization_number) values ('{organization}', '{slug}', '{slug}', '123456785')"
        );
        counting.execute_unprepared(&sql).await.unwrap();
    }
    for number in 0..PEERS {
        let id = user(number);
        let sql =
            format!("insert into users (id, email, name) values ('{id}', 'peer{number}@example.org', 'Peer {number}')");
        counting.execute_unprepared(&sql).await.unwrap();
    }
}
