//! `postmaster.pid`, the file by which Postgres says that it runs: reads it, and frees it where it is stale.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::{PostgresError, is_missing};

pub(super) const NAME: &str = "postmaster.pid";
/// The steps in which a server's state is looked at.
pub(super) const POLL: Duration = Duration::from_millis(10);
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);
/// "Do you speak TLS?", the one message that is answered before any role is named: its length, and the code 1234.5679.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

/// What the file says.
#[derive(Debug, PartialEq)]
pub(super) struct PidFile {
    pub(super) pid: Pid,
    /// The eighth line: `starting`, `stopping` or `ready`.
    pub(super) ready: bool,
}

impl PidFile {
    /// `None` where there is no file, or it is only being written.
    pub(super) fn read(cluster: &Path) -> Result<Option<Self>, PostgresError> {
        let path = cluster.join(NAME);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Self::parse(&text)),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(PostgresError::io("read", &path)(error)),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let pid = text.lines().next()?.trim().parse().ok()?;
        let ready = text.lines().nth(7).is_some_and(|status| status.trim() == "ready");
        Some(Self {
            pid: Pid::from_raw(pid),
            ready,
        })
    }
}

/// The server that runs for this cluster, or is starting or stopping.
pub(super) fn server_of(cluster: &Path) -> Result<Option<PidFile>, PostgresError> {
    Ok(PidFile::read(cluster)?.filter(|file| may_serve(file.pid, cluster)))
}

/// Whether a server runs for this cluster and answers.
pub(super) fn is_answering(cluster: &Path, socket: &Path) -> Result<bool, PostgresError> {
    let ready = server_of(cluster)?.is_some_and(|server| server.ready);
    Ok(ready && answers(socket).is_ok_and(|answer| answer))
}

/// Shuts down a server whose owner is gone, and waits for its end. On Linux the kernel has asked it to already.
pub(super) fn stop_orphan(cluster: &Path, socket: &Path, timeout: Duration) -> Result<(), PostgresError> {
    let Some(orphan) = server_of(cluster)? else {
        return Ok(());
    };
    // Elsewhere only the answer tells it from another program with its process id.
    if !cfg!(target_os = "linux") && !is_answering(cluster, socket)? {
        return Ok(());
    }
    // It fails only where the server has just ended.
    let _ = kill(orphan.pid, Signal::SIGINT);
    let deadline = Instant::now() + timeout;
    while may_serve(orphan.pid, cluster) {
        if Instant::now() >= deadline {
            return Err(PostgresError::NotAnswering {
                pid: orphan.pid.as_raw(),
                cluster: cluster.to_owned(),
            });
        }
        std::thread::sleep(POLL);
    }
    Ok(())
}

/// Whether a server process speaks Postgres' protocol on the socket. That something accepts the connection would not tell:
/// the kernel does so for a server that is dying or hangs.
fn answers(socket: &Path) -> io::Result<bool> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(ANSWER_TIMEOUT))?;
    stream.write_all(&SSL_REQUEST)?;
    let mut answer = [0];
    stream.read_exact(&mut answer)?;
    Ok(matches!(answer, [b'N' | b'S']))
}

/// Makes a lock file of Postgres' pass for stale whose process id has gone to another program (after a restart of a
/// container) or to a zombie; Postgres would refuse to start for ever.
///
/// The file is not removed, because Postgres reads from it which shared memory to check for survivors. It overlooks its
/// parent's process id, which is ours.
pub(super) fn release_stale(path: &Path, cluster: &Path) -> Result<(), PostgresError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if is_missing(&error) => return Ok(()),
        Err(error) => return Err(PostgresError::io("read", path)(error)),
    };
    let Some(file) = PidFile::parse(&text) else {
        return Ok(());
    };
    if !is_alive(file.pid) || may_serve(file.pid, cluster) {
        return Ok(());
    }
    let rest = text.split_once('\n').map_or("", |(_, rest)| rest);
    let mut options = OpenOptions::new();
    options
        .write(true)
        .truncate(true)
        .custom_flags(OFlag::O_NOFOLLOW.bits());
    let write = |mut file: fs::File| write!(file, "{}\n{rest}", std::process::id());
    options
        .open(path)
        .and_then(write)
        .map_err(PostgresError::io("write", path))
}

/// Whether the process may be the cluster's server: a server's working directory is its cluster. When in doubt, yes.
fn may_serve(pid: Pid, cluster: &Path) -> bool {
    if !cfg!(target_os = "linux") {
        return is_alive(pid);
    }
    match fs::read_link(format!("/proc/{pid}/cwd")) {
        Ok(working_directory) => working_directory == cluster,
        Err(error) => !is_missing(&error) && is_alive(pid),
    }
}

fn is_alive(pid: Pid) -> bool {
    pid.as_raw() > 0 && kill(pid, None) != Err(Errno::ESRCH)
}
