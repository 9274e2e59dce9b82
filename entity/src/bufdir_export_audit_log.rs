//! The append-only record of every export operation, the reports' and the ledger's. Only the export audit service writes
//! the result, once.

use sea_orm::entity::prelude::*;

use crate::enums::{ExportFormat, ExportOrigin, ExportStatus, Language, ScopeLevel};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bufdir_export_audit_log")]
pub struct Model {
    /// A UUIDv7 of `created_at`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub triggered_by_user_id: Uuid,
    pub report_period_id: Uuid,
    pub status: ExportStatus,
    pub export_format: ExportFormat,
    pub scope_level: ScopeLevel,
    /// The unit; null when the scope is national.
    pub scope_id: Option<Uuid>,
    /// A storage key, never a signed link.
    pub file_url: Option<String>,
    pub file_size_bytes: Option<i64>,
    pub activity_count: Option<i32>,
    pub participant_count: Option<i32>,
    /// As typed in at the submission, on the export that was handed in.
    pub bufdir_submission_reference: Option<String>,
    pub error_message: Option<String>,
    pub error_code: Option<String>,
    /// The format version by which the file was made.
    pub column_schema_version: Option<String>,
    pub created_at: DateTimeUtc,
    pub completed_at: Option<DateTimeUtc>,
    pub origin: ExportOrigin,
    /// Given for a report's export, and for no other.
    pub report_id: Option<Uuid>,
    /// Given for a report's export, and for no other.
    pub report_generation_id: Option<Uuid>,
    pub language: Language,
    pub support_access_id: Option<Uuid>,
    pub file_id: Option<Uuid>,
    #[sea_orm(
        belongs_to,
        from = "(organization_id, report_period_id)",
        to = "(organization_id, id)"
    )]
    pub period: BelongsTo<super::report_periods::Entity>,
    #[sea_orm(belongs_to, from = "(organization_id, report_id)", to = "(organization_id, id)")]
    pub report: BelongsTo<Option<super::bufdir_reports::Entity>>,
    #[sea_orm(
        belongs_to,
        from = "(organization_id, report_generation_id)",
        to = "(organization_id, id)"
    )]
    pub generation: BelongsTo<Option<super::report_generations::Entity>>,
    #[sea_orm(belongs_to, from = "(organization_id, file_id)", to = "(organization_id, id)")]
    pub file: BelongsTo<Option<super::files::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
