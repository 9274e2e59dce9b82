//! The embedded Postgres' folder: whom it belongs to, what lies in it, and how a cluster is made in it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::fcntl::OFlag;
use nix::unistd::{Gid, Uid, User, chown, fchown, geteuid};

use super::binaries::Binaries;
use super::{PORT, PostgresError, SUPERUSER, is_missing};

const LOCK: &str = "bufdir-reports.lock";
const OWNER: &str = "bufdir-reports.owner";
/// What the kernel allows a socket's path, without the closing zero.
const SOCKET_PATH_MAX: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// The folder, and the user that the server runs as.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// `None`: as ourselves.
    run_as: Option<User>,
}

impl Folder {
    /// Makes the folder where missing, gives it to the server's user alone, and checks that this user can reach it.
    pub(super) fn prepare(path: &Path) -> Result<Self, PostgresError> {
        let made = make(path)?;
        let folder = Self::open(path).and_then(Self::taken);
        if made && folder.is_err() {
            // A folder that cannot serve is not left lying about; it is empty, and a failure changes nothing.
            let _ = fs::remove_dir(path);
        }
        folder
    }

    fn taken(self) -> Result<Self, PostgresError> {
        self.check_contents()?;
        self.check_reachable()?;
        self.restrict()?;
        Ok(self)
    }

    /// The folder as it is, or `None` where there is none.
    pub(super) fn existing(path: &Path) -> Result<Option<Self>, PostgresError> {
        match fs::metadata(path) {
            Ok(_) => Self::open(path).map(Some),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(PostgresError::io("read", path)(error)),
        }
    }

    fn open(path: &Path) -> Result<Self, PostgresError> {
        let path = fs::canonicalize(path).map_err(PostgresError::io("open", path))?;
        let longest = SOCKET_PATH_MAX - socket_name().len() - 1;
        if path.as_os_str().len() > longest {
            return Err(PostgresError::PathTooLong { folder: path, longest });
        }
        let owner = fs::metadata(&path).map_err(PostgresError::io("read", &path))?.uid();
        let run_as = server_user(&path, Uid::from_raw(owner))?;
        Ok(Self { path, run_as })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Postgres' data directory.
    pub(super) fn cluster(&self) -> PathBuf {
        self.path.join("cluster")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.path.join("server.log")
    }

    pub(super) fn socket(&self) -> PathBuf {
        self.path.join(socket_name())
    }

    pub(super) fn socket_lock(&self) -> PathBuf {
        self.path.join(format!("{}.lock", socket_name()))
    }

    /// Held while a server is made or started, so that a second process waits and then adopts it.
    pub(super) fn lock(&self, progress: &dyn Fn(&str)) -> Result<File, PostgresError> {
        let path = self.path.join(LOCK);
        let file = self.open_own(OpenOptions::new().write(true).create(true), &path)?;
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => progress("Waiting for another process that starts the database ..."),
            Err(TryLockError::Error(error)) => return Err(PostgresError::io("lock", &path)(error)),
        }
        file.lock().map_err(PostgresError::io("lock", &path))?;
        Ok(file)
    }

    /// Held by the process that started the server for as long as both live; the kernel lets go of it when that process
    /// is killed. `None` while another holds it.
    pub(super) fn try_own(&self) -> Result<Option<File>, PostgresError> {
        let path = self.path.join(OWNER);
        let file = self.open_own(OpenOptions::new().write(true).create(true), &path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(PostgresError::io("lock", &path)(error)),
        }
    }

    /// The server's log, begun anew with each start; the one before is kept as `server.log.1`.
    pub(super) fn open_log(&self) -> Result<File, PostgresError> {
        let path = self.log();
        match fs::rename(&path, path.with_extension("log.1")) {
            Err(error) if !is_missing(&error) => return Err(PostgresError::io("rename", &path)(error)),
            _ => {}
        }
        self.open_own(OpenOptions::new().append(true).create_new(true), &path)
    }

    /// Opens a file without following a symbolic link, since the server's user may write in the folder and we may be
    /// root; a new one is given to that user, who may be the next to start the server.
    fn open_own(&self, options: &mut OpenOptions, path: &Path) -> Result<File, PostgresError> {
        let options = options.mode(0o600).custom_flags(OFlag::O_NOFOLLOW.bits());
        let file = options.open(path).map_err(PostgresError::io("open", path))?;
        if let Some(user) = &self.run_as {
            fchown(&file, Some(user.uid), Some(user.gid)).map_err(PostgresError::io("give away", path))?;
        }
        Ok(file)
    }

    /// A command that runs as the server's user and inherits none of our environment, which may hold secrets.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("LC_ALL", "C")
            .env("PATH", "/usr/bin:/bin")
            .current_dir(&self.path);
        if let Some(user) = &self.run_as {
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        command
    }

    /// The major version that made the cluster, or `None` where there is no cluster yet.
    pub(super) fn cluster_version(&self) -> Result<Option<u32>, PostgresError> {
        let path = self.cluster().join("PG_VERSION");
        match fs::read_to_string(&path) {
            Ok(version) => Ok(version.trim().parse().ok()),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(PostgresError::io("read", &path)(error)),
        }
    }

    /// Runs `initdb` beside the cluster's place and renames, so that a half-made cluster never stands there.
    pub(super) fn create_cluster(&self, binaries: &Binaries, durable: bool) -> Result<(), PostgresError> {
        let new = self.path.join("cluster.new");
        match fs::remove_dir_all(&new) {
            Err(error) if !is_missing(&error) => return Err(PostgresError::io("remove", &new)(error)),
            _ => {}
        }
        let mut initdb = self.command(&binaries.initdb());
        initdb
            .arg("-D")
            .arg(&new)
            .args(["-U", SUPERUSER, "--auth-local=trust", "--auth-host=reject"]);
        initdb
            .args(["--encoding=UTF8", "--data-checksums", "--no-instructions"])
            .args(locale(binaries.major));
        if !durable {
            initdb.arg("--no-sync");
        }
        let output = initdb.output().map_err(PostgresError::io("run", &binaries.initdb()))?;
        if !output.status.success() {
            return Err(PostgresError::Initdb(
                String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            ));
        }
        fs::rename(&new, self.cluster()).map_err(PostgresError::io("rename", &new))?;
        File::open(&self.path)
            .and_then(|folder| folder.sync_all())
            .map_err(PostgresError::io("flush", &self.path))
    }

    /// Refuses a folder with other things in it before anything in it is changed.
    fn check_contents(&self) -> Result<(), PostgresError> {
        let mut entries = fs::read_dir(&self.path).map_err(PostgresError::io("read", &self.path))?;
        if entries.next().is_none() || self.path.join(LOCK).exists() {
            return Ok(());
        }
        Err(PostgresError::NotOurs(self.path.clone()))
    }

    fn restrict(&self) -> Result<(), PostgresError> {
        if let Some(user) = &self.run_as {
            chown(&self.path, Some(user.uid), Some(user.gid)).map_err(PostgresError::io("give away", &self.path))?;
        }
        fs::set_permissions(&self.path, fs::Permissions::from_mode(0o700))
            .map_err(PostgresError::io("restrict", &self.path))
    }

    /// Only root can choose a folder that the server's user does not reach.
    fn check_reachable(&self) -> Result<(), PostgresError> {
        let Some(user) = &self.run_as else { return Ok(()) };
        for barrier in self.path.ancestors().skip(1) {
            let metadata = fs::metadata(barrier).map_err(PostgresError::io("read", barrier))?;
            if !may_pass(&metadata, user.uid, user.gid) {
                let (folder, barrier) = (self.path.clone(), barrier.to_owned());
                return Err(PostgresError::Unreachable {
                    folder,
                    barrier,
                    user: user.name.clone(),
                });
            }
        }
        Ok(())
    }
}

/// Whether the folder was missing and has been made.
fn make(path: &Path) -> Result<bool, PostgresError> {
    // The folders above keep the usual mode: when root makes them, the server's user has to pass.
    let above = path.parent().map_or(Ok(()), fs::create_dir_all);
    match above.and_then(|()| fs::DirBuilder::new().mode(0o700).create(path)) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(PostgresError::io("make", path)(error)),
    }
}

fn socket_name() -> String {
    format!(".s.PGSQL.{PORT}")
}

/// Root lends the server the folder's owner, so that a user's database stays theirs; `postgres` or `nobody` for its own.
fn server_user(folder: &Path, owner: Uid) -> Result<Option<User>, PostgresError> {
    let lookup = |user: nix::Result<Option<User>>| user.map_err(PostgresError::io("find the owner of", folder));
    if geteuid() == owner && !owner.is_root() {
        return Ok(None);
    }
    let owner_account = lookup(User::from_uid(owner))?;
    if !geteuid().is_root() {
        let owner = owner_account.map_or_else(|| owner.to_string(), |account| account.name);
        return Err(PostgresError::OtherOwner {
            folder: folder.to_owned(),
            owner,
        });
    }
    if !owner.is_root() {
        return owner_account.map(Some).ok_or(PostgresError::NoServerUser);
    }
    let account = lookup(User::from_name("postgres"))?.or(lookup(User::from_name("nobody"))?);
    account.map(Some).ok_or(PostgresError::NoServerUser)
}

fn may_pass(folder: &fs::Metadata, user: Uid, group: Gid) -> bool {
    let search = match () {
        () if folder.uid() == user.as_raw() => 0o100,
        () if folder.gid() == group.as_raw() => 0o010,
        () => 0o001,
    };
    folder.mode() & search != 0
}

/// Order by code point, case by Unicode. From version 17 Postgres does both itself; before, the C library's C.UTF-8 does
/// the latter on Linux, and elsewhere, for want of it, only ASCII letters have a case.
fn locale(major: u32) -> Vec<&'static str> {
    match major {
        17.. => vec!["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"],
        _ if cfg!(target_os = "linux") => vec!["--locale=C", "--lc-ctype=C.UTF-8"],
        _ => vec!["--locale=C"],
    }
}
