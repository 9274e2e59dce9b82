//! How far jobs have come, for whoever waits for them. A job's subject (a report, an export) has one row at most.

use std::collections::HashMap;

use entity::job_progress::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, QueryFilter};
use uuid::Uuid;

use crate::kernel::db::{ReadScope, Scoped, WriteScope};
use crate::kernel::error::Result;
use crate::kernel::loader::Batch;

/// Records how far a job has come; commits with the transaction.
pub async fn report_progress(scope: &WriteScope, subject: Uuid, step: &str, percent: i16) -> Result<()> {
    let row = ActiveModel {
        subject_id: Set(subject),
        step: Set(step.to_owned()),
        percent: Set(percent),
        updated_at: Set(scope.now()),
        ..Default::default()
    };
    let mut replace = OnConflict::columns([Column::OrganizationId, Column::SubjectId]);
    replace.update_columns([Column::Step, Column::Percent, Column::UpdatedAt]);
    scope
        .insert(row)
        .on_conflict(replace)
        .exec_without_returning(scope)
        .await?;
    Ok(())
}

/// The job has ended: there is nothing to wait for.
pub async fn clear_progress(scope: &WriteScope, subject: Uuid) -> Result<()> {
    let progress = scope.delete::<Entity>().filter(Column::SubjectId.eq(subject));
    progress.exec(scope).await?;
    Ok(())
}

/// The progress of the jobs under way, by their subjects.
pub struct ProgressBatch;

impl Batch for ProgressBatch {
    type Key = Uuid;
    type Value = Model;

    async fn fetch(scope: &ReadScope, subjects: &[Uuid]) -> Result<HashMap<Uuid, Model>> {
        let subjects = Column::SubjectId.eq_any(subjects.iter().copied());
        let rows = scope.find::<Entity>().filter(subjects).all(scope).await?;
        Ok(rows.into_iter().map(|row| (row.subject_id, row)).collect())
    }
}
