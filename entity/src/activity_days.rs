//! The countable unit: one local date on which an activity took place.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "activity_days")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub activity_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub local_date: Date,
    /// Local time of day.
    pub starts_at: Option<Time>,
    /// Of the sessions held that day, without nights and travel.
    pub minutes: i32,
    pub anonymous_participants: i32,
    #[sea_orm(belongs_to, from = "(organization_id, activity_id)", to = "(organization_id, id)")]
    pub activity: BelongsTo<super::activities::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
