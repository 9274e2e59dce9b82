//! Progress of jobs under way; the only thing written without an audit entry.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job_progress")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    /// What the job works on: a report, or an export.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject_id: Uuid,
    pub step: String,
    /// From 0 to 100.
    pub percent: i16,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
