//! Identified contacts who attended an activity-day. The leader is not among them.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attendances")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub activity_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub local_date: Date,
    #[sea_orm(primary_key, auto_increment = false)]
    pub contact_id: Uuid,
    #[sea_orm(
        belongs_to,
        from = "(organization_id, activity_id, local_date)",
        to = "(organization_id, activity_id, local_date)"
    )]
    pub day: BelongsTo<super::activity_days::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
