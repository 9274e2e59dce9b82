//! Grants of support access: a global admin's window into an organization, 30 days at most.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "support_access")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub global_admin_user_id: Uuid,
    pub reason: String,
    pub granted_by_user_id: Uuid,
    /// Inclusive.
    pub valid_from: DateTimeUtc,
    /// Exclusive.
    pub valid_until: DateTimeUtc,
    pub revoked_at: Option<DateTimeUtc>,
    pub revoked_by_user_id: Option<Uuid>,
    pub created_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "global_admin_user_id", to = "id")]
    pub global_admin: BelongsTo<super::users::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
