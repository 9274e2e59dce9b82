//! People by name. Addresses and roles are not for everyone: a person is a name here, and one's own address is the
//! viewer's.

use std::collections::HashMap;

use async_graphql::{ComplexObject, ID};
use uuid::Uuid;

use super::store::{self, Person};
use crate::kernel::context::Reading;
use crate::kernel::db::ReadScope;
use crate::kernel::error::Result;
use crate::kernel::loader::{Batch, Loader};
use crate::organization::ids;

#[ComplexObject]
impl Person {
    /// An opaque id.
    pub async fn id(&self) -> ID {
        ids::PERSON.encode(self.id)
    }
}

/// The batch of people by id.
pub struct People;

impl Batch for People {
    type Key = Uuid;
    type Value = Person;

    async fn fetch(scope: &ReadScope, keys: &[Uuid]) -> Result<HashMap<Uuid, Person>> {
        let people = store::list_people(scope, keys).await?;
        Ok(people.into_iter().map(|person| (person.id, person)).collect())
    }
}

/// A person by id; `None` where the caller sees no such person.
pub async fn person(reading: &Reading, id: Uuid) -> Result<Option<Person>> {
    Loader::<People>::of(reading).load(id).await
}
