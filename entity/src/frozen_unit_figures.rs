//! A generation's figures of each unit with all below it. People move between units, so distinct counts of units do not
//! add up to their parent's.

use sea_orm::entity::prelude::*;

use crate::enums::UnitLevel;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "frozen_unit_figures")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub generation_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub unit_id: Uuid,
    /// As it was then.
    pub unit_name: String,
    pub level: UnitLevel,
    pub parent_id: Option<Uuid>,
    pub activity_count: i32,
    pub participant_count: i32,
    pub volunteer_count: i32,
    #[sea_orm(column_type = "Decimal(Some((12, 2)))")]
    pub total_hours: Decimal,
    /// Values of the format's counted fields, keyed by field id.
    #[sea_orm(column_type = "JsonBinary")]
    pub figures: Json,
    #[sea_orm(belongs_to, from = "(organization_id, generation_id)", to = "(organization_id, id)")]
    pub generation: BelongsTo<super::report_generations::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
