//! The embedded Postgres: finds a server's binaries, makes a database cluster, starts it, adopts it, stops it.
//!
//! One folder holds everything: `cluster/` (the data), `server.log`, the lock and the Unix socket. The server listens
//! on that socket alone. Authentication is `trust`: the folder belongs to the server's user with mode 700, so nobody
//! but that user and root can reach the socket, and a password would have to lie in the same folder.
//!
//! - Who may start it: an ordinary user runs the server as themselves; root runs it as the folder's owner, or, where
//!   that is root, as `postgres` or `nobody`, since Postgres refuses to run as root.
//! - Who stops it: the process that started it, by [`EmbeddedPostgres::stop`] or on drop. A process that finds a server
//!   running uses it and leaves it running. If the starter is killed, the kernel tells the server to shut down (on
//!   Linux; elsewhere the server goes on until the next start, which stops it and starts its own).
//!   Dropping waits for the shutdown; in an asynchronous program, call `stop` where blocking is allowed. A server kept in
//!   a `static` is never dropped, and ends with the process by the kernel's signal.
//! - A server that ends by itself is started again by the process that started it, under the same URL, after pauses that
//!   grow; one that ends again and again is given up after some minutes (`keeper.rs`).
//! - Sorting is by code point, so that files and indexes are the same on every machine and outlive an upgrade of the C
//!   library or of ICU; upper and lower case follow Unicode. Norwegian order is asked for in the statement that needs
//!   it (`collate "nb-x-icu"`).

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{fs, io};

use nix::unistd::{User, geteuid};

mod binaries;
mod control;
mod error;
mod folder;
mod keeper;
mod launch;
mod pid_file;
mod remains;
mod server;
#[cfg(test)]
mod tests;

pub use error::PostgresError;

use binaries::Binaries;
use folder::Folder;
use keeper::Pace;
use launch::Launch;
use server::PostgresServer;

/// The superuser that `initdb` makes: for bootstrap only, the application has roles of its own.
pub const SUPERUSER: &str = "postgres";
/// Part of the socket's name; no network port is opened.
const PORT: u16 = 5432;
/// How long another process's server may take to start, the recovery after a crash included, or to stop.
const OTHERS_TIMEOUT: Duration = Duration::from_secs(120);

/// What an embedded Postgres is started with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The folder for everything; made where missing. See [`default_data_dir`].
    pub data_dir: PathBuf,
    /// `false` gives up safety against a crash of the machine for speed: for tests.
    pub durable: bool,
    /// Postgres' `max_connections`.
    pub max_connections: u16,
}

/// A running server, started or adopted.
#[derive(Debug)]
pub struct EmbeddedPostgres {
    socket_dir: PathBuf,
    /// `None` for an adopted server: whoever started it stops it.
    server: Option<PostgresServer>,
}

impl EmbeddedPostgres {
    /// Starts the server of `settings.data_dir`, making the cluster first where there is none; adopts it where it runs.
    ///
    /// Blocks, for a few seconds the first time. `progress` gets a sentence for each step that a person waits for.
    ///
    /// # Errors
    /// Whatever keeps the server from running, each saying what to do about it.
    pub fn start(settings: &Settings, progress: &dyn Fn(&str)) -> Result<Self, PostgresError> {
        Self::start_at(Pace::default(), settings, progress)
    }

    fn start_at(pace: Pace, settings: &Settings, progress: &dyn Fn(&str)) -> Result<Self, PostgresError> {
        let folder = Folder::prepare(&settings.data_dir)?;
        let _lock = folder.lock(progress)?;
        let Some(ownership) = own_or_find_server(&folder)? else {
            return Ok(Self::adopted(&folder));
        };
        pid_file::stop_orphan(&folder.cluster(), &folder.socket(), OTHERS_TIMEOUT)?;
        let binaries = Binaries::find(folder.cluster_version()?)?;
        if !folder.cluster().exists() {
            progress(&format!("Creating the database in {} ...", folder.path().display()));
            folder.create_cluster(&binaries, settings.durable)?;
        }
        progress(&format!("Starting Postgres {} ...", binaries.major));
        let socket_dir = folder.path().to_owned();
        let launch = Launch::new(folder, binaries, settings.clone(), ownership)?;
        let server = Some(PostgresServer::start(launch, pace)?);
        Ok(Self { socket_dir, server })
    }

    /// The server that runs in `data_dir`, or `None` where none does. Never starts one.
    ///
    /// # Errors
    /// When the folder cannot be read, or a server is there that does not answer.
    pub fn adopt(data_dir: &Path) -> Result<Option<Self>, PostgresError> {
        let Some(folder) = Folder::existing(data_dir)? else {
            return Ok(None);
        };
        if !folder.cluster().exists() {
            return Ok(None);
        }
        Ok(own_or_find_server(&folder)?.is_none().then(|| Self::adopted(&folder)))
    }

    /// A URL over the Unix socket that both sqlx and libpq (`psql`) understand.
    pub fn url(&self, role: &str, database: &str) -> String {
        format!(
            "postgres://{}@localhost:{PORT}/{}?host={}&sslmode=disable",
            percent_encoded(role.as_bytes()),
            percent_encoded(database.as_bytes()),
            percent_encoded(self.socket_dir.as_os_str().as_encoded_bytes()),
        )
    }

    /// Whether this process started the server, and so will stop it.
    pub fn is_ours(&self) -> bool {
        self.server.is_some()
    }

    /// Shuts the server down (Postgres' "fast" way: transactions are rolled back, data is flushed) and waits for it.
    /// An adopted server is left running.
    ///
    /// # Errors
    /// When the server does not end, or had ended too often to be started again.
    pub fn stop(mut self) -> Result<(), PostgresError> {
        self.server.take().map_or(Ok(()), PostgresServer::stop)
    }

    fn adopted(folder: &Folder) -> Self {
        Self {
            socket_dir: folder.path().to_owned(),
            server: None,
        }
    }
}

impl Drop for EmbeddedPostgres {
    fn drop(&mut self) {
        if let Some(Err(error)) = self.server.take().map(PostgresServer::stop) {
            tracing::error!(%error, "the embedded Postgres was not stopped");
        }
    }
}

/// The folder to use where none is given: one that the server's user can reach.
///
/// `/var/lib/bufdir-reports` for root (a folder below root's home, of mode 700, would be out of the server's reach),
/// `~/.local/share/bufdir-reports` for a user, and `.bufdir-reports` for a user without a home.
pub fn default_data_dir() -> PathBuf {
    if geteuid().is_root() {
        return PathBuf::from("/var/lib/bufdir-reports/postgres");
    }
    let home = User::from_uid(geteuid()).ok().flatten().map(|user| user.dir);
    home.map_or_else(
        || ".bufdir-reports".into(),
        |home| home.join(".local/share/bufdir-reports"),
    )
    .join("postgres")
}

/// The ownership of the folder, or `None` where another process has it and its server answers. Waits for a server that is
/// starting or stopping.
///
/// That a server answers is not enough: just after its owner was killed it still does, and is about to stop.
fn own_or_find_server(folder: &Folder) -> Result<Option<fs::File>, PostgresError> {
    let deadline = Instant::now() + OTHERS_TIMEOUT;
    loop {
        if let Some(ownership) = folder.try_own()? {
            return Ok(Some(ownership));
        }
        if pid_file::is_answering(&folder.cluster(), &folder.socket())? {
            return Ok(None);
        }
        if Instant::now() >= deadline {
            return Err(match pid_file::server_of(&folder.cluster())? {
                Some(server) => PostgresError::NotAnswering {
                    pid: server.pid.as_raw(),
                    cluster: folder.cluster(),
                },
                None => PostgresError::Owned(folder.path().to_owned()),
            });
        }
        std::thread::sleep(pid_file::POLL);
    }
}

/// Percent-encoding that both sqlx and libpq decode: a space as `%20`, since libpq takes `+` literally.
fn percent_encoded(bytes: &[u8]) -> String {
    url::form_urlencoded::byte_serialize(bytes)
        .collect::<String>()
        .replace('+', "%20")
}

/// Whether a file's error says that it is not there.
fn is_missing(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}
