//! Figures that no activity yields: typed in, in versions, of which the highest holds.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "period_figures")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub report_period_id: Uuid,
    /// The format's field id, such as `OR01`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub field: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i32,
    /// A number, a text, or `{"reference", "sha256"}` of an attachment; null takes the figure back.
    #[sea_orm(column_type = "JsonBinary")]
    pub value: Option<Json>,
    pub entered_by_user_id: Uuid,
    pub entered_at: DateTimeUtc,
    #[sea_orm(
        belongs_to,
        from = "(organization_id, report_period_id)",
        to = "(organization_id, id)"
    )]
    pub period: BelongsTo<super::report_periods::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
