//! An organization's tree of units: national, region, local.

use sea_orm::entity::prelude::*;

use crate::enums::UnitLevel;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organizational_units")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Null for the national unit alone.
    pub parent_id: Option<Uuid>,
    pub level: UnitLevel,
    pub name: String,
    /// The county (fylke) where the unit is; null for the national body.
    pub county: Option<String>,
    /// The unit's key in the system that it was imported from.
    pub external_ref: Option<String>,
    pub is_active: bool,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
