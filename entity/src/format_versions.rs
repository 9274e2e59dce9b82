//! Bufdir's format: fields and counting rules of some basis years, as data. Migrations alone write them.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "format_versions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: String,
    /// A range as Postgres writes it, such as `[2023,2025)`; ask for its bounds by `lower` and `upper`.
    #[sea_orm(column_type = "custom(\"int4range\")", select_as = "text", save_as = "int4range")]
    pub basis_years: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub fields: Json,
    #[sea_orm(column_type = "JsonBinary")]
    pub rules: Json,
    /// Of the canonical JSON of fields and rules.
    pub rules_hash: Vec<u8>,
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
