//! Peer mentors who led an activity beside its leader.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "activity_co_leaders")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub activity_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    #[sea_orm(belongs_to, from = "(organization_id, activity_id)", to = "(organization_id, id)")]
    pub activity: BelongsTo<super::activities::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
