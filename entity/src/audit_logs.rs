//! The append-only log, chained per organization. The database sets `sequence`, `previous_hash` and `hash`, whatever an
//! insert gives for them; `docs/audit-format.md` fixes what is hashed.

use sea_orm::entity::prelude::*;

use crate::enums::{ActorKind, AuditAction};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_logs")]
pub struct Model {
    /// A UUIDv7 of `created_at`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    /// Gapless per organization; what orders the log.
    pub sequence: i64,
    pub created_at: DateTimeUtc,
    pub actor_kind: ActorKind,
    /// For a worker or a schedule: on whose behalf.
    pub actor_user_id: Option<Uuid>,
    /// As it was then.
    pub actor_name: String,
    /// As it was then: a membership's role, or `support` or `system`, which are none.
    pub actor_role: Option<String>,
    pub support_access_id: Option<Uuid>,
    pub action: AuditAction,
    pub subject_type: String,
    pub subject_id: Option<Uuid>,
    /// The report whose trail shows the entry.
    pub report_id: Option<Uuid>,
    /// What happened, in one sentence for people. Never participants' data.
    pub message: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub details: Json,
    pub previous_hash: Vec<u8>,
    pub hash: Vec<u8>,
    #[sea_orm(belongs_to, from = "(organization_id, report_id)", to = "(organization_id, id)")]
    pub report: BelongsTo<Option<super::bufdir_reports::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
