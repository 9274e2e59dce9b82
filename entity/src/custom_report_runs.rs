//! Runs of custom reports. What was asked never changes, and neither does a run that has ended.

use sea_orm::entity::prelude::*;

use super::enums::{CustomOutputFormat, Language, RunStatus, RunTrigger};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "custom_report_runs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub custom_report_id: Uuid,
    /// Of a schedule's run: whoever the definition belonged to.
    pub requested_by_user_id: Uuid,
    pub support_access_id: Option<Uuid>,
    pub trigger: RunTrigger,
    /// When the schedule wanted it; null of a manual run. One run per definition and due time.
    pub due_at: Option<DateTimeUtc>,
    pub status: RunStatus,
    pub output_format: CustomOutputFormat,
    pub language: Language,
    /// Local date, inclusive.
    pub date_from: Date,
    /// Local date, inclusive.
    pub date_to: Date,
    /// What was asked, as the definition then stood.
    #[sea_orm(column_type = "JsonBinary")]
    pub definition: Json,
    pub rows_so_far: i32,
    /// Null unless succeeded, like the file and the control totals.
    pub row_count: Option<i32>,
    pub file_id: Option<Uuid>,
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub control_totals: Option<Json>,
    /// Null unless failed, like the message.
    pub error_code: Option<String>,
    pub error_message: Option<String>,
    pub created_at: DateTimeUtc,
    pub started_at: Option<DateTimeUtc>,
    /// Null until it has ended, however it ended.
    pub completed_at: Option<DateTimeUtc>,
    pub cancel_requested_at: Option<DateTimeUtc>,
    pub cancel_requested_by_user_id: Option<Uuid>,
    #[sea_orm(belongs_to, from = "(organization_id, file_id)", to = "(organization_id, id)")]
    pub file: BelongsTo<Option<super::files::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
