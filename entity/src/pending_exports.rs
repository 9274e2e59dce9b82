//! What keeps a report to one pending export per scope and format. A row lives as long as its export is pending.

use sea_orm::entity::prelude::*;

use crate::enums::{ExportFormat, ScopeLevel};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pending_exports")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub export_id: Uuid,
    pub report_id: Uuid,
    pub scope_level: ScopeLevel,
    /// The unit; null when the scope is national.
    pub scope_id: Option<Uuid>,
    pub export_format: ExportFormat,
}

impl ActiveModelBehavior for ActiveModel {}
