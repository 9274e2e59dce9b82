//! A migrated database; each world is committed to an organization of its own, and read through the app's door.

#![expect(clippy::disallowed_methods, reason = "a test prepares its database")]

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use bufdir_reports::kernel::db::{Database, ReadScope};
use bufdir_reports::kernel::migrate;
use embedded_postgres::{EmbeddedPostgres, SUPERUSER, Settings};
use entity::enums::ActorKind;
use sea_orm::{ConnectionTrait, DatabaseConnection, SqlxPostgresConnector};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use uuid::Uuid;

use crate::world::{PEERS, World, user};

const NAME: &str = "custom";

/// Never dropped, being static: the kernel stops the server when the process ends.
static POSTGRES: LazyLock<EmbeddedPostgres> = LazyLock::new(|| {
    let folder = tempfile::Builder::new().prefix("bufdir-custom-").tempdir().unwrap();
    let settings = Settings {
        data_dir: folder.keep(),
        durable: false,
        max_connections: 40,
    };
    let postgres = EmbeddedPostgres::start(&settings, &|_| {}).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(prepare(&postgres));
    postgres
});

pub struct Test {
    superuser: DatabaseConnection,
    app: Database,
}

pub async fn test() -> Test {
    let postgres = tokio::task::spawn_blocking(|| LazyLock::force(&POSTGRES))
        .await
        .unwrap();
    Test {
        superuser: connect(options(postgres, SUPERUSER, NAME)),
        app: Database::open(options(postgres, migrate::APP, NAME), 4),
    }
}

impl Test {
    /// Commits the world to a new organization.
    pub async fn commit(&self, world: &World, is_test: bool) -> Uuid {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let organization = Uuid::from_u128(0xA000_0000 + u128::from(number));
        self.run(&format!(
            "insert into organizations (id, slug, name, organization_number, is_test)
             values ('{organization}', 'org-{number}', 'The organization', '123456785', {is_test})"
        ))
        .await;
        world.insert_into(&self.superuser, organization).await;
        organization
    }

    pub async fn run(&self, sql: &str) {
        self.superuser.execute_unprepared(sql).await.unwrap();
    }

    /// What row-level security shows a worker of the organization.
    pub async fn enter(&self, organization: Uuid) -> ReadScope {
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        self.app
            .work_read(ActorKind::Worker, organization, None, now)
            .await
            .unwrap()
    }
}

fn options(postgres: &EmbeddedPostgres, role: &str, database: &str) -> PgConnectOptions {
    postgres.url(role, database).parse().unwrap()
}

fn connect(options: PgConnectOptions) -> DatabaseConnection {
    SqlxPostgresConnector::from_sqlx_postgres_pool(PgPoolOptions::new().max_connections(1).connect_lazy_with(options))
}

async fn prepare(postgres: &EmbeddedPostgres) {
    migrate::bootstrap(&options(postgres, SUPERUSER, "postgres"), NAME)
        .await
        .unwrap();
    migrate::run(&options(postgres, migrate::OWNER, NAME)).await.unwrap();
    let superuser = connect(options(postgres, SUPERUSER, NAME));
    for number in 0..PEERS {
        let id = user(number);
        let sql = format!(
            "insert into users (id, email, name) values ('{id}', 'peer{number}@example.org', '{}')",
            name(number)
        );
        superuser.execute_unprepared(&sql).await.unwrap();
    }
}

/// Two of them have the same name, and are two all the same.
pub fn name(user: usize) -> &'static str {
    ["Åse", "Anne", "Øyvind", "Zahra", "Anne", "Ærlend"][user]
}
