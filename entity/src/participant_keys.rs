//! Keys under which identified participants enter a frozen day's content hash. Erasing one leaves the hashes and makes
//! the participants unrecoverable.

use sea_orm::entity::prelude::*;

/// 32 secret bytes. Its debug form hides them, so that no log can show them.
#[derive(Clone, PartialEq, Eq, DeriveValueType)]
pub struct ParticipantKey(pub Vec<u8>);

impl std::fmt::Debug for ParticipantKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ParticipantKey(hidden)")
    }
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "participant_keys")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub basis_year: i32,
    /// Null once erased.
    pub key: Option<ParticipantKey>,
    pub created_at: DateTimeUtc,
    pub erased_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
