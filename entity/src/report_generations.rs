//! Generations of a report: what was true of the period at one instant, for good. The columns of the submission alone are
//! set later, once.

use sea_orm::entity::prelude::*;

use crate::enums::Role;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "report_generations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub report_id: Uuid,
    /// From 1, in order, per report.
    pub number: i32,
    pub format_version: String,
    /// Of the format version's fields and rules.
    pub rules_hash: Vec<u8>,
    /// Large: select it only where it is asked for.
    #[sea_orm(column_type = "JsonBinary")]
    pub report_data: Json,
    /// Of the canonical JSON of `report_data`.
    pub data_hash: Vec<u8>,
    pub activity_count: i32,
    pub participant_count: i32,
    pub volunteer_count: i32,
    #[sea_orm(column_type = "Decimal(Some((12, 2)))")]
    pub total_hours: Decimal,
    /// Activities of the period that await approval: shown, never counted.
    pub pending_activities: i32,
    /// Activities of the period that were turned down: shown, never counted.
    pub rejected_activities: i32,
    /// Activity-days per verdict.
    #[sea_orm(column_type = "JsonBinary")]
    pub verdict_days: Json,
    /// Fields of the same period a year earlier, keyed by field id.
    #[sea_orm(column_type = "JsonBinary")]
    pub year_before: Option<Json>,
    /// As it was called then.
    pub organization_name: String,
    /// As it was called then.
    pub period_name: String,
    pub generated_at: DateTimeUtc,
    pub generated_by_user_id: Uuid,
    pub submitted_at: Option<DateTimeUtc>,
    pub submitted_by_user_id: Option<Uuid>,
    /// As it was then.
    pub submitted_by_role: Option<Role>,
    /// Equals `data_hash`.
    pub submitted_data_hash: Option<Vec<u8>>,
    /// As typed in: Bufdir has no interface that would give it.
    pub submission_reference: Option<String>,
    #[sea_orm(belongs_to, from = "(organization_id, report_id)", to = "(organization_id, id)")]
    pub report: BelongsTo<super::bufdir_reports::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
