//! The organization's units: a tree of the national body, its regions and its local branches.

use std::collections::HashMap;

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, SimpleObject};
use entity::enums::UnitLevel;
use sea_orm::QueryResult;
use uuid::Uuid;

use super::node::unit_by_id;
use super::store;
use crate::kernel::context::{Reading, RequestExt};
use crate::kernel::db::ReadScope;
use crate::kernel::error::Result;
use crate::kernel::id::{self, Kind};
use crate::kernel::loader::{Batch, Loader};

/// A unit of the organization.
#[derive(Clone, Debug, PartialEq, Eq, SimpleObject)]
#[graphql(complex, name = "OrganizationalUnit")]
pub struct Unit {
    /// An opaque id.
    #[graphql(owned)]
    pub id: ID,
    /// The unit's name.
    pub name: String,
    /// Where the unit stands in the tree.
    pub level: UnitLevel,
    /// The county (fylke) where the unit is; null for the national body.
    pub county: Option<String>,
    /// The unit's key in the system that it was imported from.
    pub external_ref: Option<String>,
    /// Whether the unit still takes activities.
    pub is_active: bool,
    #[graphql(skip)]
    pub uuid: Uuid,
    #[graphql(skip)]
    pub parent_id: Option<Uuid>,
}

#[ComplexObject]
impl Unit {
    /// The unit above; null for the national body.
    async fn parent(&self, ctx: &Context<'_>) -> Option<Result<Unit>> {
        unit_by_id(ctx, self.parent_id?).await.transpose()
    }

    /// The units directly below, by name.
    #[graphql(complexity = "1 + 20 * child_complexity")]
    async fn children(&self, ctx: &Context<'_>) -> Result<Vec<Unit>> {
        let reading = ctx.read().await?;
        let children = Loader::<Children>::of(&reading).load(self.uuid).await?;
        Ok(children.unwrap_or_default())
    }
}

impl Unit {
    pub(super) fn from_row(row: &QueryResult) -> Result<Self> {
        let uuid = row.try_get("", "id")?;
        Ok(Self {
            id: id::encode(Kind::OrganizationalUnit, uuid),
            uuid,
            parent_id: row.try_get("", "parent_id")?,
            level: row.try_get("", "level")?,
            name: row.try_get("", "name")?,
            county: row.try_get("", "county")?,
            external_ref: row.try_get("", "external_ref")?,
            is_active: row.try_get("", "is_active")?,
        })
    }
}

/// The batch of units by id.
pub struct Units;

impl Batch for Units {
    type Key = Uuid;
    type Value = Unit;

    async fn fetch(scope: &ReadScope, keys: &[Uuid]) -> Result<HashMap<Uuid, Unit>> {
        let units = store::list_units_by_id(scope, keys).await?;
        Ok(units.into_iter().map(|unit| (unit.uuid, unit)).collect())
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
