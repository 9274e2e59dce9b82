//! The export ledger: each export of the admin portal, frozen once it is complete, the count of downloads apart.

use sea_orm::entity::prelude::*;

use super::enums::{ExportFormat, LedgerStatus};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bufdir_exports")]
pub struct Model {
    /// Also the id of the operation in `bufdir_export_audit_log`, and of the stored file.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub generated_by_user_id: Uuid,
    pub report_period_start: DateTimeUtc,
    pub report_period_end: DateTimeUtc,
    pub status: LedgerStatus,
    pub export_format: ExportFormat,
    pub schema_version: String,
    pub activity_count: Option<i32>,
    pub file_path: Option<String>,
    pub file_size_bytes: Option<i64>,
    /// Hexadecimal, lower case.
    pub file_checksum: Option<String>,
    pub download_count: i32,
    pub last_downloaded_at: Option<DateTimeUtc>,
    pub last_downloaded_by_user_id: Option<Uuid>,
    pub error_message: Option<String>,
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub metadata: Option<Json>,
    /// When it was asked for.
    pub generated_at: DateTimeUtc,
    pub completed_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub report_period_id: Uuid,
    /// The export that this one was made instead of.
    pub follows_export_id: Option<Uuid>,
    /// The operation of the same id.
    #[sea_orm(belongs_to, from = "(organization_id, id)", to = "(organization_id, id)")]
    pub operation: BelongsTo<super::bufdir_export_audit_log::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
