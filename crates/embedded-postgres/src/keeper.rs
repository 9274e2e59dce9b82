//! The thread that a server lives by: starts its process, waits for its end, and starts it again unless it was to end.

use std::process::Child;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use super::PostgresError;
use super::control::Control;
use super::launch::Launch;

/// Long enough for the recovery after a crash, while somebody waits.
const START_TIMEOUT: Duration = Duration::from_secs(120);
/// Nobody waits for a start after a crash, and cutting its recovery off would only make it begin anew.
const RESTART_TIMEOUT: Duration = Duration::from_secs(3600);

/// Seconds; about four minutes in all: what passes by itself has passed by then.
const PAUSES: [u64; 10] = [0, 1, 2, 4, 8, 16, 32, 60, 60, 60];
/// A server that lives for so long did not end because of what ended the one before it.
const STEADY: Duration = Duration::from_secs(60);

/// How often, and after which pauses, a server that ends by itself is started again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// The pause before each start, in seconds; once that many were in vain, the server is given up.
    pub(super) pauses: &'static [u64],
    /// A server that ran for so long was not started in vain.
    pub(super) steady: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            pauses: &PAUSES,
            steady: STEADY,
        }
    }
}

/// Keeps one server running until it is to stop, or ends too often.
#[derive(Debug)]
pub(super) struct Keeper {
    launch: Launch,
    pace: Pace,
    control: Arc<Control>,
    /// Starts since the server last ran steadily.
    starts: usize,
}

impl Keeper {
    pub(super) fn new(launch: Launch, pace: Pace, control: Arc<Control>) -> Self {
        Self {
            launch,
            pace,
            control,
            starts: 0,
        }
    }

    /// Says how the first start went, which is not tried again; where it went well, returns when the server has ended
    /// for good.
    pub(super) fn run(mut self, started: &Sender<Result<(), PostgresError>>) -> Result<(), PostgresError> {
        let first = self.launch.start(&self.control, START_TIMEOUT);
        // A send fails only when nobody waits for the answer any more.
        let mut running = match first {
            Ok(process) => {
                let _ = started.send(Ok(()));
                process
            }
            Err(error) => {
                let _ = started.send(Err(error));
                None
            }
        };
        while let Some(process) = running {
            running = self.outlive(process)?;
        }
        Ok(())
    }

    /// Waits for the process's end; the next one, or `None` where there is to be none.
    fn outlive(&mut self, mut process: Child) -> Result<Option<Child>, PostgresError> {
        let start = Instant::now();
        let status = process.wait();
        self.control.has_ended();
        let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
        if self.control.is_stopping() {
            tracing::info!(status, "the embedded Postgres ended");
            return Ok(None);
        }
        tracing::warn!(status, "the embedded Postgres ended by itself");
        if start.elapsed() >= self.pace.steady {
            self.starts = 0;
        }
        let next = self.start_again(status);
        next.inspect_err(|error| tracing::error!(%error, "the embedded Postgres was given up"))
    }

    fn start_again(&mut self, mut last: String) -> Result<Option<Child>, PostgresError> {
        while let Some(pause) = self.pace.pauses.get(self.starts) {
            self.starts += 1;
            self.control.pause(Duration::from_secs(*pause));
            match self.launch.start(&self.control, RESTART_TIMEOUT) {
                Ok(Some(process)) => {
                    tracing::warn!(start = self.starts, "the embedded Postgres was started again");
                    return Ok(Some(process));
                }
                Ok(None) => return Ok(None),
                Err(error) => {
                    tracing::error!(start = self.starts, %error, "the embedded Postgres could not be started again");
                    last = error.to_string();
                }
            }
        }
        Err(PostgresError::GivenUp {
            starts: self.starts,
            last,
            file: self.launch.log_file(),
        })
    }
}
