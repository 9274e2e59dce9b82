//! The organization's units: a tree of the national body, its regions and its local branches.

use std::collections::HashMap;

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject};
use uuid::Uuid;

use super::node::unit_by_id;
use super::store::{self, Unit};
use crate::kernel::context::{Reading, RequestExt};
use crate::kernel::db::ReadScope;
use crate::kernel::error::Result;
use crate::kernel::loader::{Batch, Loader};
use crate::organization::ids;

#[ComplexObject]
impl Unit {
    /// An opaque id.
    pub async fn id(&self) -> ID {
        ids::ORGANIZATIONAL_UNIT.encode(self.id)
    }

    /// The unit above; null for the national body.
    async fn parent(&self, ctx: &Context<'_>) -> Option<Result<Unit>> {
        unit_by_id(ctx, self.parent_id?).await.transpose()
    }

    /// The units directly below, by name.
    #[graphql(complexity = "1 + 20 * child_complexity")]
    async fn children(&self, ctx: &Context<'_>) -> Result<Vec<Unit>> {
        let children = Loader::<Children>::of(&*ctx.read().await?).load(self.id).await?;
        Ok(children.unwrap_or_default())
    }
}

/// The batch of units by id.
pub struct Units;

impl Batch for Units {
    type Key = Uuid;
    type Value = Unit;

    async fn fetch(scope: &ReadScope, keys: &[Uuid]) -> Result<HashMap<Uuid, Unit>> {
        let units = store::list_units_by_id(scope, keys).await?;
        Ok(units.into_iter().map(|unit| (unit.id, unit)).collect())
    }
}

/// The batch of units by the unit above.
struct Children;

impl Batch for Children {
    type Key = Uuid;
    type Value = Vec<Unit>;

    async fn fetch(scope: &ReadScope, keys: &[Uuid]) -> Result<HashMap<Uuid, Vec<Unit>>> {
        let mut families: HashMap<Uuid, Vec<Unit>> = HashMap::new();
        for child in store::list_units_below(scope, keys).await? {
            if let Some(parent) = child.parent_id {
                families.entry(parent).or_default().push(child);
            }
        }
        Ok(families)
    }
}

/// A unit by id; `None` where the organization has no such unit.
pub async fn unit(reading: &Reading, id: Uuid) -> Result<Option<Unit>> {
    Loader::<Units>::of(reading).load(id).await
}

/// How a list of units is ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, InputObject)]
#[graphql(name = "OrganizationalUnitOrder")]
pub struct UnitOrder {
    /// What to order by.
    pub field: UnitOrderField,
    /// Whether the last comes first.
    #[graphql(default)]
    pub descending: bool,
}

/// What units can be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "OrganizationalUnitOrderField")]
pub enum UnitOrderField {
    /// By name, in Norwegian alphabetical order.
    Name,
    /// The national body first, then regions, then local branches.
    Level,
}
