//! The server's process, from its start to its end.

use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::PostgresError;
use super::pid_file::{POLL, PidFile};

/// For the checkpoint of a fast shutdown.
const STOP_TIMEOUT: Duration = Duration::from_secs(60);
const LOG_LINES: usize = 15;

/// A server that this process started.
#[derive(Debug)]
pub(super) struct Server {
    pid: Pid,
    /// Behind a mutex only so that a server can be shared, by the tests of one binary for instance.
    ended: Mutex<Receiver<io::Result<ExitStatus>>>,
    keeper: JoinHandle<()>,
}

impl Server {
    /// Starts the process from a thread that lives as long as the process does.
    ///
    /// `ownership` is held until the process ends ([`Folder::try_own`](super::folder::Folder::try_own)).
    ///
    /// The kernel sends the parent-death signal when the *thread* dies that forked, and the thread of a caller, such as
    /// tokio's for blocking work, may end long before the program.
    pub(super) fn spawn(mut command: Command, program: &Path, ownership: File) -> Result<Self, PostgresError> {
        // Ctrl-C goes to the terminal's foreground group: the server must outlive the requests that we still finish.
        command.process_group(0);
        end_with_parent(&mut command);
        let (started, start) = mpsc::channel();
        let (end, ended) = mpsc::channel();
        let keeper = thread::Builder::new().name("postgres".into());
        let keeper = keeper.spawn(move || keep(command, ownership, &started, &end));
        let keeper = keeper.map_err(PostgresError::io("start a thread for", program))?;
        let pid = start
            .recv()
            .unwrap_or_else(|_| Err(io::Error::other("its thread ended")));
        Ok(Self {
            pid: pid.map_err(PostgresError::io("run", program))?,
            ended: Mutex::new(ended),
            keeper,
        })
    }

    /// Waits until the server takes connections, and stops it when it does not in time.
    pub(super) fn wait_until_ready(self, cluster: &Path, log: &Path, timeout: Duration) -> Result<Self, PostgresError> {
        let deadline = Instant::now() + timeout;
        loop {
            if let Some(status) = self.ended_within(POLL) {
                return Err(PostgresError::ServerFailed {
                    status,
                    file: log.to_owned(),
                    log: last_lines(log),
                });
            }
            if PidFile::read(cluster)?
                == Some(PidFile {
                    pid: self.pid,
                    ready: true,
                })
            {
                return Ok(self);
            }
            if Instant::now() >= deadline {
                let log_text = last_lines(log);
                self.stop()?;
                return Err(PostgresError::NotReady {
                    seconds: timeout.as_secs(),
                    file: log.to_owned(),
                    log: log_text,
                });
            }
        }
    }

    /// A fast shutdown; an immediate one, from which the next start recovers, where that takes too long.
    pub(super) fn stop(self) -> Result<(), PostgresError> {
        for signal in [Signal::SIGINT, Signal::SIGQUIT] {
            if self.ended_within(Duration::ZERO).is_none() {
                // It fails only where the process has just ended, which the next line finds out.
                let _ = kill(self.pid, signal);
            }
            if self.ended_within(STOP_TIMEOUT).is_some() {
                let _ = self.keeper.join();
                return Ok(());
            }
        }
        Err(PostgresError::NotStopped {
            pid: self.pid.as_raw(),
            seconds: 2 * STOP_TIMEOUT.as_secs(),
        })
    }

    /// How the process ended, if it has or does in this time.
    fn ended_within(&self, time: Duration) -> Option<String> {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        match ended.recv_timeout(time) {
            Ok(Ok(status)) => Some(status.to_string()),
            Ok(Err(error)) => Some(error.to_string()),
            Err(RecvTimeoutError::Disconnected) => Some("it has ended before".into()),
            Err(RecvTimeoutError::Timeout) => None,
        }
    }
}

/// The keeper thread's work: starts the process, says so, and waits for its end.
fn keep(
    mut command: Command,
    ownership: File,
    started: &Sender<io::Result<Pid>>,
    end: &Sender<io::Result<ExitStatus>>,
) {
    let spawned = command.spawn();
    // The command holds the log open; a send fails only when nobody waits for the answer any more.
    drop(command);
    match spawned {
        Ok(mut child) => {
            let _ = started.send(Ok(pid_of(&child)));
            let status = child.wait();
            tracing::info!(?status, "the embedded Postgres ended");
            drop(ownership);
            let _ = end.send(status);
        }
        Err(error) => drop(started.send(Err(error))),
    }
}

fn pid_of(child: &Child) -> Pid {
    Pid::from_raw(child.id().cast_signed())
}

/// Has the kernel ask the server for a fast shutdown when we die, in whatever way.
#[cfg(target_os = "linux")]
fn end_with_parent(command: &mut Command) {
    let parent = Pid::this();
    let request = move || {
        nix::sys::prctl::set_pdeathsig(Signal::SIGINT)?;
        // Where we died before the request, nobody would be left to stop the server.
        if nix::unistd::getppid() == parent {
            Ok(())
        } else {
            Err(nix::errno::Errno::ESRCH.into())
        }
    };
    // SAFETY: between fork and exec only async-signal-safe calls are allowed: these are two bare system calls, without
    // allocation or locks. The closure runs after the change of user, which would clear the request.
    unsafe { command.pre_exec(request) };
}

#[cfg(not(target_os = "linux"))]
fn end_with_parent(_command: &mut Command) {}

fn last_lines(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
}
