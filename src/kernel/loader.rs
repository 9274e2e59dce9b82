//! Batches: many fields of an operation ask for one row each, one statement fetches them all.
//!
//! To add one: implement [`Batch`] in the slice, and ask for it with `Loader::<B>::of(&reading).load(key)`.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Weak;

use dataloader::{BatchFn, cached};

use crate::kernel::context::Reading;
use crate::kernel::db::ReadScope;
use crate::kernel::error::{Error, Result};

/// What is fetched by a batch of keys.
pub trait Batch: Send + 'static {
    type Key: Clone + Eq + Hash + std::fmt::Debug + Send + Sync + 'static;
    type Value: Clone + Send + 'static;

    /// The values of those keys that have one.
    fn fetch(
        scope: &ReadScope,
        keys: &[Self::Key],
    ) -> impl Future<Output = Result<HashMap<Self::Key, Self::Value>>> + Send;
}

/// One per snapshot and kind of batch. Waits for no time, only until the other fields that can run have asked too.
pub struct Loader<B: Batch>(cached::Loader<B::Key, Result<Option<B::Value>>, Fetch<B>>);

struct Fetch<B> {
    scope: Weak<ReadScope>,
    batch: std::marker::PhantomData<fn() -> B>,
}

impl<B: Batch> Clone for Loader<B> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<B: Batch> Loader<B> {
    /// The snapshot's loader of this kind.
    pub fn of(reading: &Reading) -> Self {
        reading.loader(|scope| {
            Self(cached::Loader::new(Fetch {
                scope,
                batch: std::marker::PhantomData,
            }))
        })
    }

    /// The key's value; `None` where there is none that the caller may see.
    pub async fn load(&self, key: B::Key) -> Result<Option<B::Value>> {
        self.0.try_load(key).await.map_err(Error::internal)?
    }
}

impl<B: Batch> BatchFn<B::Key, Result<Option<B::Value>>> for Fetch<B> {
    async fn load(&mut self, keys: &[B::Key]) -> HashMap<B::Key, Result<Option<B::Value>>> {
        let fetched = match self.scope.upgrade() {
            Some(scope) => B::fetch(&scope, keys).await,
            None => Err(Error::internal("a loader outlived its snapshot")),
        };
        let mut found = match fetched {
            Ok(found) => found,
            Err(error) => return keys.iter().map(|key| (key.clone(), Err(error.clone()))).collect(),
        };
        keys.iter().map(|key| (key.clone(), Ok(found.remove(key)))).collect()
    }
}
