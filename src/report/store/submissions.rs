//! Statements of the submission's confirmation.

use entity::bufdir_export_audit_log as exports;
use entity::enums::{ExportStatus, ScopeLevel};
use entity::report_generations::{ActiveModel, Column, Entity};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use uuid::Uuid;

use super::Generation;
use crate::kernel::db::{Scoped, WriteScope};
use crate::kernel::error::Result;

/// The latest complete national export of a generation; the one of this id, where it is given.
pub async fn complete_export(scope: &WriteScope, generation: Uuid, id: Option<Uuid>) -> Result<Option<Uuid>> {
    use exports::Column::{CompletedAt, Id, ReportGenerationId, ScopeLevel as Level, Status};
    let row = scope
        .find::<exports::Entity>()
        .filter(ReportGenerationId.eq(generation));
    let row = row
        .filter(Status.eq(ExportStatus::Complete))
        .filter(Level.eq(ScopeLevel::National))
        .apply_if(id, |row, id| row.filter(Id.eq(id)))
        .order_by_desc(CompletedAt)
        .order_by_desc(Id);
    Ok(row.select_only().column(Id).into_tuple().one(scope).await?)
}

/// Who confirmed, and when: once for a generation.
pub async fn confirm_generation(scope: &WriteScope, generation: &Generation, reference: Option<&str>) -> Result<()> {
    let columns = ActiveModel {
        submitted_at: Set(Some(scope.now())),
        submitted_by_user_id: Set(Some(scope.actor().person()?)),
        submitted_by_role: Set(scope.actor().role),
        submitted_data_hash: Set(Some(generation.data_hash.clone())),
        submission_reference: Set(reference.map(str::to_owned)),
        ..Default::default()
    };
    let row = scope
        .update::<Entity>()
        .set(columns)
        .filter(Column::Id.eq(generation.id));
    scope.update_one(row).await
}

/// Writes the portal's reference to the export that was handed in.
pub async fn name_reference(scope: &WriteScope, export: Uuid, reference: &str) -> Result<()> {
    let columns = exports::ActiveModel {
        bufdir_submission_reference: Set(Some(reference.to_owned())),
        ..Default::default()
    };
    let row = scope.update::<exports::Entity>().set(columns);
    scope.update_one(row.filter(exports::Column::Id.eq(export))).await
}
