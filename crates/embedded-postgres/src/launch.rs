//! One start of the server's process: with which options, and until it takes connections.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::kill;

use super::binaries::Binaries;
use super::control::{Control, SHUT_DOWN_SECONDS, pid_of, shut_down};
use super::folder::Folder;
use super::pid_file::{self, POLL, PidFile};
use super::{PORT, PostgresError, Settings, remains};

/// How long the processes of a killed server may go on holding its shared memory.
const LINGER_TIMEOUT: Duration = Duration::from_secs(10);
const LINGER_POLL: Duration = Duration::from_millis(100);
/// What Postgres logs (`lc_messages` is C) while a killed server's processes have not ended yet.
const SHARED_MEMORY_IN_USE: &str = "pre-existing shared memory block";
const LOG_LINES: usize = 15;

/// What a server is started with, the first time as any other.
#[derive(Debug)]
pub(super) struct Launch {
    folder: Folder,
    binaries: Binaries,
    settings: Settings,
    /// Begun anew with the first start and kept over the others, so that it tells why they were needed.
    log: File,
    /// Held between the processes, too, so that nobody takes the folder over ([`Folder::try_own`]).
    _ownership: File,
}

impl Launch {
    pub(super) fn new(
        folder: Folder,
        binaries: Binaries,
        settings: Settings,
        ownership: File,
    ) -> Result<Self, PostgresError> {
        Ok(Self {
            log: folder.open_log()?,
            folder,
            binaries,
            settings,
            _ownership: ownership,
        })
    }

    pub(super) fn cluster(&self) -> PathBuf {
        self.folder.cluster()
    }

    pub(super) fn log_file(&self) -> PathBuf {
        self.folder.log()
    }

    /// Starts the process and waits until it takes connections: again and again while processes of a killed one still
    /// hold its shared memory. `None` where the server is to stop.
    pub(super) fn start(&self, control: &Control, patience: Duration) -> Result<Option<Child>, PostgresError> {
        let deadline = Instant::now() + LINGER_TIMEOUT;
        loop {
            match self.start_once(control, patience) {
                Err(PostgresError::ServerFailed { log, .. })
                    if log.contains(SHARED_MEMORY_IN_USE) && Instant::now() < deadline =>
                {
                    remains::end(&self.cluster());
                    control.pause(LINGER_POLL);
                }
                outcome => return outcome,
            }
        }
    }

    fn start_once(&self, control: &Control, patience: Duration) -> Result<Option<Child>, PostgresError> {
        pid_file::release_stale(&self.cluster().join(pid_file::NAME), &self.cluster())?;
        pid_file::release_stale(&self.folder.socket_lock(), &self.cluster())?;
        let logged = self.log_length()?;
        let spawned = control.spawn(&mut self.command()?);
        let Some(mut process) = spawned.map_err(self.cannot("run"))? else {
            return Ok(None);
        };
        let Err(error) = self.wait_until_ready(&mut process, logged, patience) else {
            return Ok(Some(process));
        };
        self.end(process)?;
        control.has_ended();
        if control.is_stopping() { Ok(None) } else { Err(error) }
    }

    fn wait_until_ready(&self, process: &mut Child, logged: u64, patience: Duration) -> Result<(), PostgresError> {
        let ready = PidFile {
            pid: pid_of(process),
            ready: true,
        };
        let deadline = Instant::now() + patience;
        while PidFile::read(&self.cluster())?.as_ref() != Some(&ready) {
            if let Some(status) = process.try_wait().map_err(self.cannot("wait for"))? {
                return Err(PostgresError::ServerFailed {
                    status: status.to_string(),
                    file: self.log_file(),
                    log: self.last_lines(logged),
                });
            }
            if Instant::now() >= deadline {
                return Err(PostgresError::NotReady {
                    seconds: patience.as_secs(),
                    file: self.log_file(),
                    log: self.last_lines(logged),
                });
            }
            thread::sleep(POLL);
        }
        Ok(())
    }

    /// Shuts down a process that did not become ready, if it has not ended.
    fn end(&self, mut process: Child) -> Result<(), PostgresError> {
        let pid = pid_of(&process);
        let tell = |signal| {
            // It fails only where the process has just ended.
            let _ = kill(pid, signal);
        };
        let mut has_ended = || matches!(process.try_wait(), Ok(Some(_)));
        if has_ended() || shut_down(tell, has_ended) {
            return Ok(());
        }
        Err(PostgresError::NotStopped {
            cluster: self.cluster(),
            seconds: SHUT_DOWN_SECONDS,
        })
    }

    fn cannot(&self, action: &'static str) -> impl FnOnce(io::Error) -> PostgresError {
        PostgresError::io(action, &self.binaries.server())
    }

    fn command(&self) -> Result<Command, PostgresError> {
        let mut command = self.folder.command(&self.binaries.server());
        command.arg("-D").arg(self.cluster()).arg("-k").arg(self.folder.path());
        command.args(["-p", &PORT.to_string()]);
        let connections = format!("max_connections={}", self.settings.max_connections);
        let mut options = vec![
            "listen_addresses=",
            // Its log would otherwise quote the rows that a constraint refuses, participants' among them.
            "log_error_verbosity=terse",
            "unix_socket_permissions=0700",
            "timezone=UTC",
            "log_timezone=UTC",
            connections.as_str(),
        ];
        if !self.settings.durable {
            options.extend(["fsync=off", "synchronous_commit=off", "full_page_writes=off"]);
        }
        for option in options {
            command.args(["-c", option]);
        }
        let log = || {
            self.log
                .try_clone()
                .map_err(PostgresError::io("write", &self.log_file()))
        };
        command.stdin(Stdio::null()).stdout(log()?).stderr(log()?);
        // Ctrl-C goes to the terminal's foreground group: the server must outlive the requests that we still finish.
        command.process_group(0);
        end_with_parent(&mut command);
        Ok(command)
    }

    fn log_length(&self) -> Result<u64, PostgresError> {
        let metadata = self.log.metadata();
        Ok(metadata.map_err(PostgresError::io("read", &self.log_file()))?.len())
    }

    /// Of what the server has logged since the log had that length, in bytes.
    fn last_lines(&self, since: u64) -> String {
        let mut bytes = Vec::new();
        // What cannot be read is left out: the message that it would stand in names the file.
        let _ = File::open(self.log_file()).and_then(|mut file| {
            file.seek(SeekFrom::Start(since))?;
            file.read_to_end(&mut bytes)
        });
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
    }
}

/// Has the kernel ask the server for a fast shutdown when we die, in whatever way.
#[cfg(target_os = "linux")]
fn end_with_parent(command: &mut Command) {
    use nix::sys::signal::Signal;
    use nix::unistd::{Pid, getppid};
    let parent = Pid::this();
    let request = move || {
        nix::sys::prctl::set_pdeathsig(Signal::SIGINT)?;
        // Where we died before the request, nobody would be left to stop the server.
        if getppid() == parent {
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
