//! The first look at a database: whoever set it wrongly is told which setting, where it leads, and why that is no way.

use std::time::Duration;

use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgConnection};

use super::Failure;
use crate::edge::config::DatabaseUrl;

/// A server that is there answers at once; one behind a wall never does.
const PATIENCE: Duration = Duration::from_secs(5);

/// A way into a database, and where it was set.
pub struct DatabaseLogin {
    setting: &'static str,
    options: PgConnectOptions,
}

impl DatabaseLogin {
    /// The way that a setting names.
    ///
    /// # Errors
    ///
    /// When it is no URL of a Postgres. What was set is not repeated: it may hold a password.
    pub fn set(setting: &'static str, url: &DatabaseUrl) -> Result<Self, Failure> {
        let options = url
            .options()
            .map_err(|why| format!("{setting} cannot be read: {why}"))?;
        Ok(Self { setting, options })
    }

    /// The way into the embedded server.
    pub fn embedded(url: &str) -> Result<Self, Failure> {
        let options = url.parse()?;
        Ok(Self {
            setting: "the embedded Postgres",
            options,
        })
    }

    /// Connects once.
    ///
    /// # Errors
    ///
    /// When that fails: with the setting, the host, the port and the cause.
    pub async fn reached(&self) -> Result<&PgConnectOptions, Failure> {
        let connecting = tokio::time::timeout(PATIENCE, PgConnection::connect_with(&self.options));
        let cause = match connecting.await {
            Ok(Ok(connection)) => {
                connection.close().await?;
                return Ok(&self.options);
            }
            Ok(Err(error)) => cause(&error),
            Err(_) => format!("no answer within {} seconds", PATIENCE.as_secs()),
        };
        Err(format!(
            "The database of {} cannot be used, {}: {cause}",
            self.setting,
            self.place()
        )
        .into())
    }

    fn place(&self) -> String {
        match self.options.get_socket() {
            Some(socket) => format!(
                "at the socket {} for port {}",
                socket.display(),
                self.options.get_port()
            ),
            None => format!("at {}:{}", self.options.get_host(), self.options.get_port()),
        }
    }
}

fn cause(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Io(cause) => cause.to_string(),
        sqlx::Error::Database(refusal) => refusal.message().to_owned(),
        other => other.to_string(),
    }
}
