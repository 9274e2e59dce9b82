//! Report periods, each within one calendar year. The database derives `starts_at`, `ends_at` and `basis_year` from the
//! dates and refuses a value for them: leave them `NotSet` in every insert and update, and read them back.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "report_periods")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    /// Local date, inclusive.
    pub first_date: Date,
    /// Local date, inclusive.
    pub last_date: Date,
    /// Generated: the first instant of `first_date`.
    pub starts_at: DateTimeUtc,
    /// Generated: the last microsecond of `last_date`.
    pub ends_at: DateTimeUtc,
    /// Generated: the year of `first_date`, by which the format version is chosen.
    pub basis_year: i32,
    pub created_by_user_id: Uuid,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
