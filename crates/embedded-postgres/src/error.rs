//! What can keep the embedded Postgres from running, in sentences that say what to do.

use std::io;
use std::path::{Path, PathBuf};

/// Why the embedded Postgres does not run.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    #[error(
        "no Postgres {oldest} or newer was found; looked in {}. `make setup` installs it from the system's packages \
         (on Debian and Ubuntu: `apt-get install postgresql`); or give the URL of a server that runs elsewhere",
        list(.looked_in)
    )]
    NoBinaries { oldest: u32, looked_in: Vec<PathBuf> },

    #[error(
        "the database was made by Postgres {cluster}, but only version {} was found. Install Postgres {cluster} \
         beside it, or dump the database and load it into a new folder",
        found.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    )]
    OtherVersion { cluster: u32, found: Vec<u32> },

    #[error(
        "{} holds other files than the embedded Postgres'. Choose an empty folder, or one that does not exist yet",
        .0.display()
    )]
    NotOurs(PathBuf),

    #[error("{} belongs to the user {owner}: run as that user or as root, or choose another folder", .folder.display())]
    OtherOwner { folder: PathBuf, owner: String },

    #[error(
        "Postgres refuses to run as root and runs as the user {user} instead, who cannot pass through {} on the way \
         to {}. Choose a folder outside it, such as /var/lib/bufdir-reports, or run as an ordinary user",
        .barrier.display(), .folder.display()
    )]
    Unreachable {
        folder: PathBuf,
        barrier: PathBuf,
        user: String,
    },

    #[error(
        "there is no user `postgres` or `nobody` to run Postgres as, and it refuses to run as root. Add one of them"
    )]
    NoServerUser,

    #[error(
        "the path {} is {} bytes long; a Unix socket in it leaves {longest} at most. Choose a folder with a shorter path",
        .folder.display(), .folder.as_os_str().len()
    )]
    PathTooLong { folder: PathBuf, longest: usize },

    #[error("the database could not be made: initdb said:\n{0}")]
    Initdb(String),

    #[error("Postgres ended while starting ({status}). The last lines of {}:\n{log}", .file.display())]
    ServerFailed { status: String, file: PathBuf, log: String },

    #[error("Postgres was not ready after {seconds} s. The last lines of {}:\n{log}", .file.display())]
    NotReady { seconds: u64, file: PathBuf, log: String },

    #[error(
        "process {pid} holds the database in {} but does not answer. Wait for it, or end it with `kill -INT {pid}`",
        .cluster.display()
    )]
    NotAnswering { pid: i32, cluster: PathBuf },

    #[error("another process has the database in {} and neither starts nor ends its server. End that process", .0.display())]
    Owned(PathBuf),

    #[error(
        "Postgres did not stop in {seconds} s; its process id is the first line of {}",
        .cluster.join("postmaster.pid").display()
    )]
    NotStopped { cluster: PathBuf, seconds: u64 },

    #[error(
        "Postgres ended by itself, was started again {starts} times in vain, and is given up. Restart the program once \
         the reason is removed; {} may say more. At last: {last}",
        .file.display()
    )]
    GivenUp { starts: usize, last: String, file: PathBuf },

    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },
}

impl PostgresError {
    /// For `map_err`: `action` is a verb, as in "cannot read /a/path".
    pub(super) fn io<E: Into<io::Error>>(action: &'static str, path: &Path) -> impl FnOnce(E) -> Self + use<E> {
        let path = path.to_owned();
        move |source| Self::Io {
            action,
            path,
            source: source.into(),
        }
    }
}

fn list(folders: &[PathBuf]) -> String {
    folders
        .iter()
        .map(|folder| folder.display().to_string())
        .collect::<Vec<_>>()
        .join(", ")
}
