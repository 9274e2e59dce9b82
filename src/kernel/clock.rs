//! The time, as a parameter: whoever needs to know "now" is given a [`Clock`], or the instant itself.
//!
//! One clock decides everywhere (rules in the database use the same instant through `app.now`), and a test
//! says what time it is. This is the one module that may ask the operating system.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::{NoContext, Timestamp, Uuid};

/// Tells the time, in UTC. Local dates are [`local_time`](crate::kernel::local_time)'s business.
pub trait Clock: Send + Sync {
    fn now(&self) -> DateTime<Utc>;
}

/// The operating system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place that asks the operating system for the time"
        )]
        Utc::now()
    }
}

/// A clock that stands still until it is moved; shared through an `Arc`.
#[derive(Debug)]
pub struct FixedClock(Mutex<DateTime<Utc>>);

impl FixedClock {
    pub fn new(now: DateTime<Utc>) -> Self {
        Self(Mutex::new(now))
    }

    /// Sets the time, backwards too.
    pub fn set(&self, now: DateTime<Utc>) {
        *self.lock() = now;
    }

    /// Moves the time on (or back, by a negative amount).
    pub fn advance(&self, by: TimeDelta) {
        *self.lock() += by;
    }

    fn lock(&self) -> MutexGuard<'_, DateTime<Utc>> {
        // An instant is whole after any panic, so a poisoned lock tells nothing.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for FixedClock {
    fn now(&self) -> DateTime<Utc> {
        *self.lock()
    }
}

/// A new UUIDv7 whose first 48 bits are exactly the milliseconds of `now`.
///
/// Audit tables are partitioned by ranges of `id` and check it against `created_at` (decisions, 9), so a row's id and
/// its time come from one instant. Ids that one process makes of the same millisecond ascend, by a counter (RFC 9562, 6.2,
/// method 1) which begins at random, so that two processes do not share ids. An instant before 1970 has no UUIDv7 and counts
/// as 1970.
pub fn new_id(now: DateTime<Utc>) -> Uuid {
    /// The version's twelve bits and the next thirty; the variant's two lie between them.
    const COUNTER: u128 = (0xfff << 64) | (0x3fff_ffff << 32);
    static COUNT: LazyLock<AtomicU64> = LazyLock::new(|| AtomicU64::new(random_id(0).as_u128() as u64 >> 32));
    let count = u128::from(COUNT.fetch_add(1, Ordering::Relaxed));
    let counter = (((count >> 30) & 0xfff) << 64) | ((count & 0x3fff_ffff) << 32);
    let random = random_id(u64::try_from(now.timestamp_millis()).unwrap_or(0)).as_u128();
    Uuid::from_u128((random & !COUNTER) | counter)
}

fn random_id(milliseconds: u64) -> Uuid {
    let nanoseconds = u32::try_from(milliseconds % 1000 * 1_000_000).expect("999 milliseconds fit into 32 bits");
    Uuid::new_v7(Timestamp::from_unix(NoContext, milliseconds / 1000, nanoseconds))
}

/// The least UUIDv7 of the instant's millisecond: what was made from then on has this id or a greater one.
pub fn least_id(now: DateTime<Utc>) -> Uuid {
    let milliseconds = u128::try_from(now.timestamp_millis()).unwrap_or(0);
    Uuid::from_u128(milliseconds << 80)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rstest::rstest;

    use super::*;

    fn instant(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_fixed_clock_stands_still_until_it_is_moved() {
        let clock = Arc::new(FixedClock::new(instant("2024-12-31T23:00:00Z")));
        let shared: Arc<dyn Clock> = clock.clone();
        assert_eq!(shared.now(), shared.now());

        clock.advance(TimeDelta::seconds(90));
        assert_eq!(shared.now(), instant("2024-12-31T23:01:30Z"));

        clock.set(instant("2023-01-01T00:00:00Z"));
        assert_eq!(shared.now(), instant("2023-01-01T00:00:00Z"));
    }

    #[test]
    fn the_system_clock_does_not_stand_in_the_past() {
        assert!(SystemClock.now() > instant("2024-01-01T00:00:00Z"));
    }

    #[rstest]
    #[case("1970-01-01T00:00:00Z")]
    #[case("2024-02-29T12:34:56.789Z")]
    #[case("2024-12-31T23:59:59.999999Z")]
    #[case("2999-12-31T23:59:59.001Z")]
    fn an_id_begins_with_the_milliseconds_of_its_instant(#[case] text: &str) {
        let now = instant(text);
        let id = new_id(now);
        assert_eq!(id.get_version_num(), 7);
        assert_eq!(i64::try_from(id.as_u128() >> 80).unwrap(), now.timestamp_millis());
    }

    #[test]
    fn an_instant_before_1970_counts_as_1970() {
        assert_eq!(new_id(instant("1969-12-31T23:59:59Z")).as_u128() >> 80, 0);
    }

    #[test]
    fn ids_of_one_instant_ascend() {
        let now = instant("2024-06-01T10:00:00Z");
        let ids: Vec<Uuid> = (0..100_000).map(|_| new_id(now)).collect();
        assert!(ids.is_sorted_by(|one, next| one < next));
    }
}
