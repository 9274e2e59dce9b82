//! Counts the statements that reach the database, by what the driver tells of each.

use std::cell::Cell;
use std::sync::Once;

use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Of the driver's events, one for each statement.
const TARGET: &str = "sqlx::query";

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

/// What the future gives, and how many statements it took: those of this thread, which has all of a `tokio::test`.
pub async fn statements<T>(future: impl Future<Output = T>) -> (T, usize) {
    static LISTENING: Once = Once::new();
    // For all threads: what one alone listens to, another may switch off by coming first.
    LISTENING.call_once(|| tracing::subscriber::set_global_default(Counter).unwrap());
    let before = COUNT.get();
    let output = future.await;
    (output, COUNT.get() - before)
}

struct Counter;

impl Subscriber for Counter {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == TARGET
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::DEBUG)
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {
        COUNT.set(COUNT.get() + 1);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
