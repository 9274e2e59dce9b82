//! The slice's fields of the query root.

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Context, ID, Object};
use entity::enums::UnitLevel;
use uuid::Uuid;

use super::store::{self, UnitFilter};
use super::{Organization, Person, Unit, UnitOrder, UnitOrderField, Viewer, person, unit};
use crate::actor::Right;
use crate::context::RequestExt;
use crate::error::Result;
use crate::id::{self, Kind};
use crate::page::{self, Cursor, PageRequest};

/// Who is asking, and the organization's own tree.
#[derive(Default)]
pub struct OrganizationQuery;

#[Object]
impl OrganizationQuery {
    /// The person who logged in, and what they may do in the organization that the request has entered.
    #[graphql(guard = "Right::Enter")]
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Viewer> {
        Viewer::entered(&*ctx.read().await?).await
    }

    /// The organization that the request has entered.
    #[graphql(guard = "Right::Enter")]
    async fn organization(&self, ctx: &Context<'_>) -> Result<Organization> {
        Organization::entered(&*ctx.read().await?).await
    }

    /// The organization's units: the national body, its regions, its local branches.
    #[graphql(guard = "Right::Enter", complexity = "page::cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "Relay's four, and the list's own")]
    async fn organizational_units(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Units of this level only.")] level: Option<UnitLevel>,
        #[graphql(desc = "Units directly below this one only.")] parent_id: Option<ID>,
        #[graphql(desc = "The order; by name unless said otherwise.")] order_by: Option<UnitOrder>,
        #[graphql(desc = "Continue after this cursor.")] after: Option<String>,
        #[graphql(desc = "Continue before this cursor.")] before: Option<String>,
        #[graphql(desc = "Take this many from the beginning: 1 to 200, 50 unless said otherwise.")] first: Option<i32>,
        #[graphql(desc = "Take this many from the end: 1 to 200.")] last: Option<i32>,
    ) -> Result<Connection<Cursor, Unit, EmptyFields, EmptyFields>> {
        let page = PageRequest::new(after, before, first, last)?;
        let parent = parent_id
            .map(|id| id::decode(Kind::OrganizationalUnit, &id, "parentId"))
            .transpose()?;
        let order = order_by.unwrap_or(UnitOrder {
            field: UnitOrderField::Name,
            descending: false,
        });
        let found = store::list_units(&*ctx.read().await?, UnitFilter { level, parent }, order, &page).await?;
        page::connection(found, EmptyFields, |row| Unit::from_row(&row))
    }
}

/// What the slice answers for an id of its types; the edge's `node` dispatches here.
pub mod node {
    use super::*;

    /// The entered organization; every other is not there for this caller.
    pub async fn organization(ctx: &Context<'_>, id: Uuid) -> Result<Option<Organization>> {
        let reading = ctx.read().await?;
        if reading.organization() != id {
            return Ok(None);
        }
        Organization::entered(&reading).await.map(Some)
    }

    /// A person of the organization.
    pub async fn person_by_id(ctx: &Context<'_>, id: Uuid) -> Result<Option<Person>> {
        person(&*ctx.read().await?, id).await
    }

    /// A unit of the organization.
    pub async fn unit_by_id(ctx: &Context<'_>, id: Uuid) -> Result<Option<Unit>> {
        unit(&*ctx.read().await?, id).await
    }
}
