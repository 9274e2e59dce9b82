//! Statements about a generation's warnings.

use entity::report_warnings::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::kernel::db::{Scoped, WriteScope};
use crate::kernel::error::Result;
use crate::report::warnings::Warning;

/// The generations' warnings, in the order in which they were raised.
pub async fn warnings_of(scope: &impl Scoped, generations: &[Uuid]) -> Result<Vec<Model>> {
    let of_generations = Column::GenerationId.eq_any(generations.iter().copied());
    let rows = scope.find::<Entity>().filter(of_generations);
    let rows = rows.order_by_asc(Column::RaisedAt).order_by_asc(Column::Code);
    Ok(rows.all(scope).await?)
}

/// Stores a warning of a generation, not yet accepted.
pub async fn insert_warning(scope: &WriteScope, generation: Uuid, warning: &Warning) -> Result<()> {
    let row = ActiveModel {
        generation_id: Set(generation),
        code: Set(warning.code),
        ..raised(scope, warning)
    };
    scope.insert(row).exec_without_returning(scope).await?;
    Ok(())
}

/// Puts a warning in the place of one of the same code that said something else.
pub async fn replace_warning(scope: &WriteScope, generation: Uuid, warning: &Warning) -> Result<()> {
    let row = scope.update::<Entity>().set(raised(scope, warning));
    let row = row.filter(Column::GenerationId.eq(generation));
    scope.update_one(row.filter(Column::Code.eq(warning.code))).await
}

/// What a warning says, raised now and not yet accepted.
fn raised(scope: &WriteScope, warning: &Warning) -> ActiveModel {
    ActiveModel {
        message_nb: Set(warning.message_nb.clone()),
        message_en: Set(warning.message_en.clone()),
        details: Set(warning.details.clone()),
        raised_at: Set(scope.now()),
        accepted_at: Set(None),
        accepted_by_user_id: Set(None),
        accepted_by_role: Set(None),
        ..Default::default()
    }
}

/// The acting person accepts a warning.
pub async fn accept_warning(scope: &WriteScope, warning: &Model) -> Result<()> {
    let columns = ActiveModel {
        accepted_at: Set(Some(scope.now())),
        accepted_by_user_id: Set(Some(scope.actor().person()?)),
        accepted_by_role: Set(scope.actor().role),
        ..Default::default()
    };
    let row = scope.update::<Entity>().set(columns);
    let row = row.filter(Column::GenerationId.eq(warning.generation_id));
    scope.update_one(row.filter(Column::Code.eq(warning.code))).await
}
