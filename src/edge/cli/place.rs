//! Where the data of a run is: the embedded Postgres in the data folder, or a Postgres given by URLs.

use std::time::Duration;

use embedded_postgres::{EmbeddedPostgres, SUPERUSER, Settings};
use login::OrganizationClaim;
use sqlx::postgres::PgConnectOptions;
use uuid::Uuid;

use super::reach::DatabaseLogin;
use super::steps::step;
use super::{Failure, store};
use crate::edge::config::DataSettings;
use crate::kernel::db::Database;
use crate::kernel::migrate;

/// The embedded server's database.
pub const DATABASE: &str = "bufdir";

/// The database of a run; an embedded server that was started here stops when it is dropped.
pub struct DatabasePlace {
    embedded: Option<EmbeddedPostgres>,
    app: DatabaseLogin,
    owner: Option<DatabaseLogin>,
    connections: u32,
}

impl DatabasePlace {
    /// Finds the database, starting the embedded server where no URL is given. Migrates only an embedded one: whoever
    /// runs an external one decides when.
    pub async fn open(settings: &DataSettings) -> Result<Self, Failure> {
        let connections = settings.connections();
        if let Some(url) = &settings.database_url {
            let owner = settings.database_owner_url.as_ref();
            return Ok(Self {
                embedded: None,
                app: DatabaseLogin::set("DATABASE_URL", url)?,
                owner: owner
                    .map(|url| DatabaseLogin::set("DATABASE_OWNER_URL", url))
                    .transpose()?,
                connections,
            });
        }
        let embedded = start(settings).await?;
        let place = Self {
            app: DatabaseLogin::embedded(&embedded.url(migrate::APP, DATABASE))?,
            owner: Some(DatabaseLogin::embedded(&embedded.url(migrate::OWNER, DATABASE))?),
            embedded: Some(embedded),
            connections,
        };
        place.bootstrap().await?;
        place.migrate().await?;
        Ok(place)
    }

    /// The pool of the app's role; refuses a role that could get round row-level security.
    pub async fn database(&self) -> Result<Database, Failure> {
        refusing_a_strong_role(Database::open(self.app.reached().await?.clone(), self.connections)).await
    }

    /// The same for requests that may take so long. Their statements may take a little longer: a request is given up by
    /// whoever waits for it, who says so, and its statements end with it; their own timeout is for when that fails.
    pub async fn database_for_requests(&self, timeout: Duration) -> Result<Database, Failure> {
        let statement = timeout + Duration::from_secs(1);
        refusing_a_strong_role(Database::open_within(
            self.app.reached().await?.clone(),
            self.connections,
            statement,
        ))
        .await
    }

    /// The owner's login, which works.
    pub async fn owner(&self) -> Result<&PgConnectOptions, Failure> {
        match &self.owner {
            Some(owner) => owner.reached().await,
            None => Err("This needs the role that owns the schema: set DATABASE_OWNER_URL.".into()),
        }
    }

    /// The organization's id.
    pub async fn organization(&self, wanted: &OrganizationClaim) -> Result<Uuid, Failure> {
        let found = store::find_organization(self.owner().await?, &wanted.to_string()).await?;
        found.ok_or_else(|| format!("There is no organization {wanted}.").into())
    }

    /// Brings the schema up to date.
    pub async fn migrate(&self) -> Result<(), Failure> {
        Ok(step("Migrating the database", migrate::run(self.owner().await?)).await?)
    }

    /// Stops an embedded server that was started here.
    pub async fn close(self) -> Result<(), Failure> {
        if let Some(embedded) = self.embedded {
            tokio::task::spawn_blocking(move || embedded.stop()).await??;
        }
        Ok(())
    }

    async fn bootstrap(&self) -> Result<(), Failure> {
        let Some(embedded) = &self.embedded else { return Ok(()) };
        let superuser = embedded.url(SUPERUSER, "postgres").parse()?;
        Ok(step("Making the database's roles", migrate::bootstrap(&superuser, DATABASE)).await?)
    }
}

async fn refusing_a_strong_role(database: Database) -> Result<Database, Failure> {
    match database.role_too_strong().await? {
        None => Ok(database),
        Some(why) => Err(format!(
            "The server does not run like this: {why}, so that row-level security would not hold for it. Let \
             DATABASE_URL log in as {}, which `migration/sql/bootstrap.sql` makes.",
            migrate::APP
        )
        .into()),
    }
}

async fn start(settings: &DataSettings) -> Result<EmbeddedPostgres, Failure> {
    let settings = Settings {
        data_dir: settings.postgres_folder(),
        durable: true,
        // Those of the API, of workers beside it, and a few for people.
        max_connections: u16::try_from(settings.connections())?
            .saturating_mul(2)
            .saturating_add(40),
    };
    let starting = tokio::task::spawn_blocking(move || EmbeddedPostgres::start(&settings, &|line| eprintln!("{line}")));
    Ok(starting.await??)
}
