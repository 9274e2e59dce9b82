//! Turns: how many operations may run costly statements at a time, so that no organization's keep the others' out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

/// The turns of a process. An organization has a quarter of the connections for its costly operations, and all together
/// have half of them; whoever comes next waits in line, first in its organization's and then in everybody's.
pub struct Turns {
    each: usize,
    all: Arc<Semaphore>,
    /// As many as there are organizations.
    organizations: Mutex<HashMap<Uuid, Arc<Semaphore>>>,
}

/// The right to run costly statements, until it is dropped.
pub struct Turn {
    _of_organization: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

impl Turns {
    pub(super) fn new(connections: u32) -> Self {
        let share = |parts| usize::try_from(connections / parts).unwrap_or(1).max(1);
        Self {
            each: share(4),
            all: Arc::new(Semaphore::new(share(2))),
            organizations: Mutex::default(),
        }
    }

    /// A turn, if one is free at once.
    pub fn try_take(&self, organization: Uuid) -> Option<Turn> {
        Some(Turn {
            _of_organization: self.of(organization).try_acquire_owned().ok()?,
            _of_all: Arc::clone(&self.all).try_acquire_owned().ok()?,
        })
    }

    /// A turn when it comes. Whoever waits must hold no connection.
    pub async fn take(&self, organization: Uuid) -> Turn {
        Turn {
            _of_organization: acquired(self.of(organization)).await,
            _of_all: acquired(Arc::clone(&self.all)).await,
        }
    }

    fn of(&self, organization: Uuid) -> Arc<Semaphore> {
        let mut known = self.organizations.lock().unwrap_or_else(PoisonError::into_inner);
        let made = || Arc::new(Semaphore::new(self.each));
        Arc::clone(known.entry(organization).or_insert_with(made))
    }
}

async fn acquired(semaphore: Arc<Semaphore>) -> OwnedSemaphorePermit {
    semaphore
        .acquire_owned()
        .await
        .expect("no semaphore of turns is closed")
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn an_organization_has_a_quarter_and_all_have_half() {
        let turns = Turns::new(8);
        let (one, other, third) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        let of_one = [turns.try_take(one), turns.try_take(one)];
        assert!(of_one.iter().all(Option::is_some));
        assert!(turns.try_take(one).is_none(), "its quarter is taken");
        let of_other = [turns.try_take(other), turns.try_take(other)];
        assert!(of_other.iter().all(Option::is_some));
        assert!(turns.try_take(third).is_none(), "half is taken");
        drop(of_one);
        assert!(turns.try_take(third).is_some());
    }

    /// Those who wait in their organization's line do not stand in everybody's.
    #[test]
    fn one_organizations_line_is_not_in_the_others_way() {
        let turns = Turns::new(8);
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let _of_one = [turns.try_take(one), turns.try_take(one)];
        let mut waiting: Vec<_> = (0..20).map(|_| Box::pin(turns.take(one))).collect();
        assert!(waiting.iter_mut().all(|turn| turn.as_mut().now_or_never().is_none()));
        assert!(turns.take(other).now_or_never().is_some());
    }

    #[test]
    fn one_connection_is_enough_for_a_turn() {
        let turns = Turns::new(1);
        assert!(turns.try_take(Uuid::from_u128(1)).is_some());
    }
}
