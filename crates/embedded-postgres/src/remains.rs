//! What a killed server leaves: its processes end when they next wait for something, but one that is busy with a long
//! statement goes on with it, and holds the shared memory without which no other server starts.

use std::fs::{self, DirEntry};
use std::path::Path;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Ends Postgres' processes that work in the cluster, as their server would have done: the next start recovers. To be
/// called by the folder's owner alone, while none of the cluster's servers runs. On Linux; elsewhere they are waited for.
pub(super) fn end(cluster: &Path) {
    let Ok(processes) = fs::read_dir("/proc") else { return };
    for process in processes.flatten().filter(|process| serves(process, cluster)) {
        if let Some(pid) = process.file_name().to_str().and_then(|name| name.parse().ok()) {
            // It fails only where the process has just ended.
            let _ = kill(Pid::from_raw(pid), Signal::SIGQUIT);
        }
    }
}

/// A person's shell may well stand in the folder: the program tells it from a server's process.
fn serves(process: &DirEntry, cluster: &Path) -> bool {
    let link = |name| fs::read_link(process.path().join(name));
    let program = link("exe").ok();
    let name = program.as_deref().and_then(Path::file_name);
    link("cwd").is_ok_and(|folder| folder == cluster)
        // An upgrade of the package in the meantime makes it `postgres (deleted)`.
        && name.is_some_and(|name| name.as_encoded_bytes().starts_with(b"postgres"))
}
