//! Organizations: the tenants. A test organization's files are watermarked, and its reports never submitted.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organizations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// In addresses and headers, where an id would be hard to read.
    pub slug: String,
    pub name: String,
    /// Nine digits, as registered in Brønnøysund.
    pub organization_number: String,
    pub is_test: bool,
    pub is_active: bool,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
