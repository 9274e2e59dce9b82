//! What a server's owner and its keeper share: whether the server is to stop, and which process has to be told.

use std::process::{Child, Command};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{io, thread};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::pid_file::POLL;

/// For the checkpoint of a fast shutdown.
const STOP_TIMEOUT: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
pub(super) struct Control {
    state: Mutex<ControlState>,
    stopping: Condvar,
}

#[derive(Debug, Default)]
struct ControlState {
    stopping: bool,
    process: Option<Pid>,
}

impl Control {
    /// Starts the process, or `None` where the server is to stop. No stop comes between the two, so that none can miss a
    /// process that is just being started.
    pub(super) fn spawn(&self, command: &mut Command) -> io::Result<Option<Child>> {
        let mut state = self.lock();
        if state.stopping {
            return Ok(None);
        }
        let child = command.spawn()?;
        state.process = Some(pid_of(&child));
        Ok(Some(child))
    }

    /// Its process has ended, and nobody is to be told.
    pub(super) fn has_ended(&self) {
        self.lock().process = None;
    }

    /// From now on no process is started; one that runs gets the signal.
    pub(super) fn stop(&self, signal: Signal) {
        let mut state = self.lock();
        state.stopping = true;
        self.stopping.notify_all();
        if let Some(process) = state.process {
            // It fails only where the process has just ended.
            let _ = kill(process, signal);
        }
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.lock().stopping
    }

    /// Waits for the time, or less where the server is to stop.
    pub(super) fn pause(&self, time: Duration) {
        let waiting = |state: &mut ControlState| !state.stopping;
        drop(self.stopping.wait_timeout_while(self.lock(), time, waiting));
    }

    fn lock(&self) -> MutexGuard<'_, ControlState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A fast shutdown; an immediate one, from which the next start recovers, where that takes too long. Whether it ended.
pub(super) fn shut_down(tell: impl Fn(Signal), mut has_ended: impl FnMut() -> bool) -> bool {
    for signal in [Signal::SIGINT, Signal::SIGQUIT] {
        tell(signal);
        let deadline = Instant::now() + STOP_TIMEOUT;
        while Instant::now() < deadline {
            if has_ended() {
                return true;
            }
            thread::sleep(POLL);
        }
    }
    false
}

/// How long [`shut_down`] waits at most, in seconds.
pub(super) const SHUT_DOWN_SECONDS: u64 = 2 * STOP_TIMEOUT.as_secs();

pub(super) fn pid_of(child: &Child) -> Pid {
    Pid::from_raw(child.id().cast_signed())
}
