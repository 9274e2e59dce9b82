//! A server that is ours: from its first start to the stop that was asked for, whatever happens to its process.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use super::PostgresError;
use super::control::{Control, SHUT_DOWN_SECONDS, shut_down};
use super::keeper::{Keeper, Pace};
use super::launch::Launch;

/// A server that this process started. Its keeper starts it again when it ends by itself.
#[derive(Debug)]
pub(super) struct PostgresServer {
    control: Arc<Control>,
    keeper: JoinHandle<Result<(), PostgresError>>,
    cluster: PathBuf,
}

impl PostgresServer {
    /// Starts the process and waits until it takes connections.
    ///
    /// All of the server's processes are started by one thread that lives as long as they do: the kernel sends the
    /// parent-death signal when the *thread* dies that forked, and the thread of a caller, such as tokio's for blocking
    /// work, may end long before the program.
    pub(super) fn start(launch: Launch, pace: Pace) -> Result<Self, PostgresError> {
        let (control, cluster) = (Arc::new(Control::default()), launch.cluster());
        let (started, start) = mpsc::channel();
        let keeper = Keeper::new(launch, pace, Arc::clone(&control));
        let thread = thread::Builder::new().name("postgres".into());
        let keeper = thread.spawn(move || keeper.run(&started));
        let keeper = keeper.map_err(PostgresError::io("start a thread for", &cluster))?;
        start.recv().unwrap_or_else(|_| Err(lost(&cluster)))?;
        Ok(Self {
            control,
            keeper,
            cluster,
        })
    }

    /// Shuts it down for good. An error where it did not end, or had been given up before.
    pub(super) fn stop(self) -> Result<(), PostgresError> {
        if !shut_down(|signal| self.control.stop(signal), || self.keeper.is_finished()) {
            return Err(PostgresError::NotStopped {
                cluster: self.cluster,
                seconds: SHUT_DOWN_SECONDS,
            });
        }
        self.keeper.join().unwrap_or_else(|_| Err(lost(&self.cluster)))
    }
}

fn lost(cluster: &Path) -> PostgresError {
    PostgresError::io("keep the server of", cluster)(io::Error::other("its thread panicked"))
}
