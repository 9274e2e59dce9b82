//! A Postgres of the benchmark's own: migrated, in a temporary folder.

use std::path::Path;

use bufdir_reports::kernel::migrate;
use embedded_postgres::{EmbeddedPostgres, SUPERUSER, Settings};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use tempfile::TempDir;

use super::Outcome;

const DATABASE: &str = "bench";

/// Stops when dropped; its folder has to outlive it.
pub struct Cluster {
    postgres: EmbeddedPostgres,
}

/// A folder that Postgres' user can reach.
pub fn temporary_folder() -> Outcome<TempDir> {
    Ok(tempfile::Builder::new().prefix("bufdir-bench-").tempdir()?)
}

impl Cluster {
    /// Starts and migrates it; as durable as in production.
    pub async fn start(folder: &Path) -> Outcome<Self> {
        let settings = Settings {
            data_dir: folder.to_owned(),
            durable: true,
            max_connections: 100,
        };
        let starting = tokio::task::spawn_blocking(move || EmbeddedPostgres::start(&settings, &|_| {}));
        let cluster = Self {
            postgres: starting.await??,
        };
        migrate::bootstrap(&cluster.postgres.url(SUPERUSER, "postgres").parse()?, DATABASE).await?;
        migrate::run(&cluster.options(migrate::OWNER)?).await?;
        Ok(cluster)
    }

    pub fn url(&self, role: &str) -> String {
        self.postgres.url(role, DATABASE)
    }

    pub fn options(&self, role: &str) -> Outcome<PgConnectOptions> {
        Ok(self.url(role).parse()?)
    }

    /// One connection as this role, past the door.
    pub async fn connection(&self, role: &str) -> Outcome<PgPool> {
        let options = self.options(role)?;
        Ok(PgPoolOptions::new().max_connections(1).connect_with(options).await?)
    }

    /// One connection past row-level security.
    pub async fn superuser(&self) -> Outcome<PgPool> {
        self.connection(SUPERUSER).await
    }
}
