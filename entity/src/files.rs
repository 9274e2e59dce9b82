//! Stored files. A record never changes, the count of downloads apart.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "files")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub file_name: String,
    pub media_type: String,
    pub size_bytes: i64,
    pub sha256: Vec<u8>,
    /// Where the object store keeps it; never a signed link.
    pub storage_key: String,
    /// With the content, what decides the file's bytes.
    pub renderer_version: String,
    pub created_at: DateTimeUtc,
    /// Whole downloads, and those that began at the first byte.
    pub download_count: i64,
    pub last_downloaded_at: Option<DateTimeUtc>,
    pub last_downloaded_by_user_id: Option<Uuid>,
    /// An export of the audit log, which is for fewer people than a report's.
    pub of_audit_log: bool,
    /// An export of the ledger, which is for its keepers; the database says so itself.
    pub of_ledger: bool,
}

impl ActiveModelBehavior for ActiveModel {}
