//! People by name. Addresses and roles are not for everyone: a person is a name here, and one's own address is the
//! viewer's.

use std::collections::HashMap;

use async_graphql::{ID, SimpleObject};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use uuid::Uuid;

use crate::kernel::context::Reading;
use crate::kernel::db::ReadScope;
use crate::kernel::error::Result;
use crate::kernel::id::{self, Kind};
use crate::kernel::loader::{Batch, Loader};

/// A person, as others in the organization see them.
#[derive(Clone, Debug, PartialEq, Eq, SimpleObject)]
pub struct Person {
    /// An opaque id.
    #[graphql(owned)]
    pub id: ID,
    /// The full name.
    pub name: String,
}

/// The batch of people by id. The policies on `users` let a peer mentor see themselves, everyone else the people of the
/// organization.
pub struct People;

impl Batch for People {
    type Key = Uuid;
    type Value = Person;

    async fn fetch(scope: &ReadScope, keys: &[Uuid]) -> Result<HashMap<Uuid, Person>> {
        // No organization to bind: people are not an organization's rows.
        let sql = "select id, name from users where id = any($1)";
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [keys.to_vec().into()]);
        let mut people = HashMap::with_capacity(keys.len());
        for row in scope.query_all_raw(statement).await? {
            let id: Uuid = row.try_get("", "id")?;
            let name = row.try_get("", "name")?;
            people.insert(
                id,
                Person {
                    id: id::encode(Kind::Person, id),
                    name,
                },
            );
        }
        Ok(people)
    }
}

/// A person by id; `None` where the caller sees no such person.
pub async fn person(reading: &Reading, id: Uuid) -> Result<Option<Person>> {
    Loader::<People>::of(reading).load(id).await
}
