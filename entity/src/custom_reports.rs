//! Custom reports: what an org admin defines. The shape of `filters`, `groupings` and `columns` is the program's
//! (`src/custom_report/definition.rs`), and its version stands in `filters`.

use sea_orm::entity::prelude::*;

use super::enums::{CustomOutputFormat, CustomReportType, DateRangeType, Language, RunStatus};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "custom_reports")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    /// Whom it belongs to, and as whom its schedule runs.
    pub created_by_user_id: Uuid,
    pub name: String,
    pub description: Option<String>,
    pub report_type: CustomReportType,
    /// Never null, whatever the column's type says: a named CHECK.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub filters: Option<Json>,
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub groupings: Option<Json>,
    #[sea_orm(column_type = "JsonBinary")]
    pub columns: Json,
    pub output_format: CustomOutputFormat,
    pub date_range_type: DateRangeType,
    /// The first instant of a local day; null of a rolling range.
    pub date_from: Option<DateTimeUtc>,
    /// The last microsecond of a local day; null of a rolling range.
    pub date_to: Option<DateTimeUtc>,
    pub is_scheduled: bool,
    /// Five fields, local time.
    pub schedule_cron: Option<String>,
    pub last_run_at: Option<DateTimeUtc>,
    pub last_run_status: Option<RunStatus>,
    pub last_run_row_count: Option<i32>,
    /// A storage key, never a signed link.
    pub last_output_file_url: Option<String>,
    /// False once it is deleted.
    pub is_active: bool,
    pub created_at: DateTimeUtc,
    /// The latest change of the definition; runs leave it alone.
    pub updated_at: DateTimeUtc,
    /// Of files and labels.
    pub language: Language,
    /// The grant under which a global admin made it.
    pub created_under_support_access_id: Option<Uuid>,
    /// When the schedule comes due next; null without one.
    pub next_run_at: Option<DateTimeUtc>,
    /// Failed runs of the schedule in a row.
    pub schedule_failures: i32,
    /// Why failures switched the schedule off.
    pub schedule_disabled_reason: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
