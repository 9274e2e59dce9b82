//! Activity-days as a generation saw them, each with its verdict. Participants are numbers; who they were is in the hash
//! alone.

use sea_orm::entity::prelude::*;

use crate::enums::{ActivityKind, ActivityMode, ActivityStatus, GroupKind, Verdict};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "frozen_days")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub generation_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub activity_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub local_date: Date,
    pub kind: ActivityKind,
    pub group_kind: Option<GroupKind>,
    pub mode: ActivityMode,
    pub unit_id: Uuid,
    /// As it was then.
    pub unit_name: String,
    pub leader_user_id: Option<Uuid>,
    pub county: Option<String>,
    /// Local time of day.
    pub starts_at: Option<Time>,
    pub minutes: i32,
    /// Everybody, the anonymous among them.
    pub participants: i32,
    pub anonymous_participants: i32,
    pub verdict: Verdict,
    /// Not counted for its mode, and shown beside the total as the format asks.
    pub counted_apart: bool,
    /// Always `Approved`; copied so that the database can refuse anything else.
    pub activity_status: ActivityStatus,
    pub content_hash: Vec<u8>,
    #[sea_orm(belongs_to, from = "(organization_id, generation_id)", to = "(organization_id, id)")]
    pub generation: BelongsTo<super::report_generations::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
