//! Tells the person at the terminal what takes so long.

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// Silence is fine for this long.
const PATIENCE: Duration = Duration::from_secs(1);

/// Runs a step; says what it is when it takes longer than a second, and how long it took then.
pub async fn step<T>(what: &str, running: impl Future<Output = T>) -> T {
    let started = Instant::now();
    tokio::pin!(running);
    tokio::select! {
        biased;
        done = &mut running => return done,
        () = sleep(PATIENCE) => eprintln!("{what} ..."),
    }
    let done = running.await;
    eprintln!("{what}: {:.1} s", started.elapsed().as_secs_f64());
    done
}
