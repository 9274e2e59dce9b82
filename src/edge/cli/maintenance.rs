//! `migrate` and `database-url`: what an operator does with the database itself.

use clap::Args;
use embedded_postgres::EmbeddedPostgres;

use super::place::{DATABASE, DatabasePlace};
use super::reach::DatabaseLogin;
use super::steps::step;
use super::{Failure, print};
use crate::edge::config::DataSettings;
use crate::kernel::migrate::{self, APP, OWNER};

/// Migrates the embedded database, or the one of `DATABASE_OWNER_URL`.
#[derive(Args, Debug)]
pub struct Migrate {
    #[command(flatten)]
    data: DataSettings,
}

impl Migrate {
    /// Migrates; changes nothing where everything is done.
    pub async fn run(self) -> Result<(), Failure> {
        if let Some(owner) = &self.data.database_owner_url {
            let owner = DatabaseLogin::set("DATABASE_OWNER_URL", owner)?;
            step("Migrating the database", migrate::run(owner.reached().await?)).await?;
        } else {
            let place = DatabasePlace::open(&self.data).await?;
            place.migrate().await?;
            place.close().await?;
        }
        eprintln!("The database is up to date.");
        Ok(())
    }
}

/// Prints the URL of the running embedded Postgres: `psql "$(bufdir-reports database-url)"`.
#[derive(Args, Debug)]
pub struct DatabaseUrlCommand {
    /// As the role that owns the schema, instead of the app's.
    #[arg(long)]
    owner: bool,
    #[command(flatten)]
    data: DataSettings,
}

impl DatabaseUrlCommand {
    /// Prints it; starts nothing.
    pub fn run(self) -> Result<(), Failure> {
        let folder = self.data.postgres_folder();
        let Some(postgres) = EmbeddedPostgres::adopt(&folder)? else {
            return Err(format!(
                "No Postgres runs in {}: start `bufdir-reports demo` or `serve` first.",
                folder.display()
            )
            .into());
        };
        print(&format!(
            "{}\n",
            postgres.url(if self.owner { OWNER } else { APP }, DATABASE)
        ))
    }
}
