//! What a generation warns of, and who accepted it. Messages name numbers and fields, no person.

use sea_orm::entity::prelude::*;

use crate::enums::{Role, WarningCode};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "report_warnings")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub generation_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: WarningCode,
    /// Norwegian, bokmål.
    pub message_nb: String,
    /// English.
    pub message_en: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub details: Json,
    pub raised_at: DateTimeUtc,
    pub accepted_at: Option<DateTimeUtc>,
    pub accepted_by_user_id: Option<Uuid>,
    /// As it was then.
    pub accepted_by_role: Option<Role>,
    #[sea_orm(belongs_to, from = "(organization_id, generation_id)", to = "(organization_id, id)")]
    pub generation: BelongsTo<super::report_generations::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
