//! Reports, one per organization and period. The figures' columns show the current generation.

use sea_orm::entity::prelude::*;

use crate::enums::{ExportFormat, ReportStatus};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bufdir_reports")]
pub struct Model {
    /// A UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub report_period_id: Uuid,
    /// The period's first instant.
    pub reporting_period_start: DateTimeUtc,
    /// The period's last microsecond.
    pub reporting_period_end: DateTimeUtc,
    pub status: ReportStatus,
    pub bufdir_format_version: String,
    /// The generation that the columns below show; 0 until the first is complete.
    pub current_generation: i32,
    /// Large: select it only where it is asked for.
    #[sea_orm(column_type = "JsonBinary")]
    pub report_data: Option<Json>,
    pub activity_count: Option<i32>,
    pub participant_count: Option<i32>,
    pub volunteer_count: Option<i32>,
    #[sea_orm(column_type = "Decimal(Some((12, 2)))")]
    pub total_hours: Option<Decimal>,
    pub generated_at: Option<DateTimeUtc>,
    pub generated_by_user_id: Option<Uuid>,
    pub export_format: Option<ExportFormat>,
    pub exported_at: Option<DateTimeUtc>,
    pub exported_by_user_id: Option<Uuid>,
    /// A storage key, never a signed link.
    pub export_file_path: Option<String>,
    /// Written for people, without technical detail.
    pub failure_reason: Option<String>,
    pub notes: Option<String>,
    /// Who asked for the generation under way; the worker acts on that person's behalf.
    pub requested_by_user_id: Uuid,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(
        belongs_to,
        from = "(organization_id, report_period_id)",
        to = "(organization_id, id)"
    )]
    pub period: BelongsTo<super::report_periods::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
