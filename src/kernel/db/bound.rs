//! Statements that are bound to the entered organization by type: whoever forgets the tenant does not compile.

use entity::tenancy::{Global, OfOrganization, OfPerson};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, Delete, DeleteMany, EntityTrait, Insert, InsertMany, QueryFilter,
    Select, Update, UpdateMany,
};

use super::WriteScope;
use crate::kernel::actor::Actor;
use crate::kernel::error::{Error, Result};

/// What can be read in an entered transaction, be it for reading or for writing.
pub trait Scoped: ConnectionTrait {
    /// Who entered, and where.
    fn actor(&self) -> &Actor;

    /// The entered organization's rows.
    #[expect(clippy::disallowed_methods, reason = "this is where statements come from")]
    fn find<E: OfOrganization>(&self) -> Select<E> {
        E::find().filter(E::ORGANIZATION.eq(self.actor().organization_id))
    }

    /// Rows of a table that belongs to no organization, as far as its policies show them.
    #[expect(clippy::disallowed_methods, reason = "this is where statements come from")]
    fn find_global<E: Global>(&self) -> Select<E> {
        E::find()
    }

    /// The acting person's own rows, in whichever organizations; none where no person acts.
    #[expect(clippy::disallowed_methods, reason = "this is where statements come from")]
    fn find_own<E: OfPerson>(&self) -> Select<E> {
        E::find().filter(E::PERSON.eq(self.actor().user_id))
    }
}

impl WriteScope {
    /// Inserts a row of the entered organization, whichever it names.
    pub fn insert<A>(&self, row: A) -> Insert<A>
    where
        A: ActiveModelTrait,
        A::Entity: OfOrganization,
    {
        Insert::one(self.own(row))
    }

    /// Inserts rows of the entered organization. One parameter per value: for the few rows of one answer; more of
    /// them are a [`bulk`](Self::bulk).
    pub fn insert_many<A>(&self, rows: impl IntoIterator<Item = A>) -> InsertMany<A>
    where
        A: ActiveModelTrait,
        A::Entity: OfOrganization,
    {
        Insert::many(rows.into_iter().map(|row| self.own(row)))
    }

    /// Updates rows of the entered organization.
    pub fn update<E: OfOrganization>(&self) -> UpdateMany<E> {
        Update::many(E::default()).filter(E::ORGANIZATION.eq(self.organization()))
    }

    /// Deletes rows of the entered organization.
    pub fn delete<E: OfOrganization>(&self) -> DeleteMany<E> {
        Delete::many(E::default()).filter(E::ORGANIZATION.eq(self.organization()))
    }

    /// Runs an update of one row. A policy that hides a row makes an update touch none, and says nothing.
    pub async fn update_one<E: EntityTrait>(&self, update: UpdateMany<E>) -> Result<()> {
        match update.exec(self).await?.rows_affected {
            1 => Ok(()),
            rows => Err(Error::internal(format!("{rows} rows were written instead of one"))),
        }
    }

    pub(super) fn own<A>(&self, mut row: A) -> A
    where
        A: ActiveModelTrait,
        A::Entity: OfOrganization,
    {
        row.set(A::Entity::ORGANIZATION, self.organization().into());
        row
    }
}
