//! Statements about a generation's warnings.

use async_graphql::SimpleObject;
use entity::enums::{Role, WarningCode};
use entity::report_warnings::{ActiveModel, Column, Entity};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, DerivePartialModel, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::kernel::db::{Scoped, WriteScope};
use crate::kernel::error::Result;
use crate::kernel::scalar::{DateTime, Json};
use crate::report::warnings::Warning;

/// A warning of a generation. It blocks the national export and the confirmation until it is accepted.
#[derive(Clone, Debug, DerivePartialModel, SimpleObject)]
#[sea_orm(entity = "Entity")]
#[graphql(complex)]
pub struct ReportWarning {
    #[graphql(skip)]
    pub generation_id: Uuid,
    /// What it is about; what `exportReport` takes to accept it.
    pub code: WarningCode,
    #[graphql(skip)]
    pub message_nb: String,
    #[graphql(skip)]
    pub message_en: String,
    /// Numbers and field ids.
    pub details: Json,
    /// When it was raised, UTC.
    pub raised_at: DateTime,
    /// When it was accepted, UTC; null while it blocks.
    pub accepted_at: Option<DateTime>,
    #[graphql(skip)]
    pub accepted_by_user_id: Option<Uuid>,
    /// The role of whoever accepted it, as it was then.
    pub accepted_by_role: Option<Role>,
}

/// The generations' warnings, in the order in which they were raised.
pub async fn warnings_of(scope: &impl Scoped, generations: &[Uuid]) -> Result<Vec<ReportWarning>> {
    let of_generations = Column::GenerationId.eq_any(generations.iter().copied());
    let rows = scope.find::<Entity>().filter(of_generations);
    let rows = rows.order_by_asc(Column::RaisedAt).order_by_asc(Column::Code);
    Ok(rows.into_partial_model().all(scope).await?)
}

/// Whether a generation has these warnings, and no others.
pub async fn has_the_same_warnings(scope: &WriteScope, generation: Uuid, raised: &[Warning]) -> Result<bool> {
    let stored = warnings_of(scope, &[generation]).await?;
    let is_raised = |held: &ReportWarning| {
        raised
            .iter()
            .any(|warning| (warning.code, &warning.details) == (held.code, &held.details.0))
    };
    Ok(stored.len() == raised.len() && stored.iter().all(is_raised))
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
pub async fn accept_warning(scope: &WriteScope, warning: &ReportWarning) -> Result<()> {
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
