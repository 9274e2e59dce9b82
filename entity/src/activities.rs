//! What peer mentors did. Its days, not the activity, are what Bufdir counts.

use sea_orm::entity::prelude::*;

use crate::enums::{ActivityKind, ActivityMode, ActivityStatus, GroupKind};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "activities")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The unit that owns the activity, and for which it is summed.
    pub unit_id: Uuid,
    pub kind: ActivityKind,
    /// Given for activities of kind `Group`, and for no others.
    pub group_kind: Option<GroupKind>,
    pub mode: ActivityMode,
    pub status: ActivityStatus,
    pub title: String,
    pub place: String,
    pub county: Option<String>,
    /// ISO 3166-1, two letters.
    pub country: String,
    pub leader_user_id: Option<Uuid>,
    /// Outreach counts when the peer seeks out the person, not the reverse.
    pub peer_initiated: bool,
    pub is_recreational: bool,
    /// Another organization that took part, by name.
    pub co_organiser: Option<String>,
    /// The coordinator who confirmed that the anonymous participants of a second activity on the day were new.
    pub newcomers_confirmed_by: Option<Uuid>,
    /// The activity's key in the system that it was imported from.
    pub external_ref: Option<String>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "(organization_id, unit_id)", to = "(organization_id, id)")]
    pub unit: BelongsTo<super::organizational_units::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
