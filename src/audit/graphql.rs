//! Audit entries in GraphQL: read-only, and complete enough to prove the chain.

mod export;
mod log;

pub use export::AuditMutation;
pub use log::AuditQuery;

use async_graphql::{ComplexObject, ID, Lookahead, SimpleObject};
use entity::enums::{ActorKind, AuditAction, WarningCode};
use serde::Deserialize;

use super::{AuditEvent, TrailColumns};
use crate::audit::ids;
use crate::kernel::id::IdKind;
use crate::kernel::scalar::Json;
use crate::organization::ids::{PERSON, SUPPORT_ACCESS};

impl AuditEvent {
    /// The columns that the selection of a connection of events needs.
    pub fn columns(selection: &Lookahead<'_>) -> TrailColumns {
        let nodes = [selection.field("nodes"), selection.field("edges").field("node")];
        let asked = |fields: [&str; 2]| {
            nodes
                .iter()
                .any(|node| fields.iter().any(|name| node.field(name).exists()))
        };
        TrailColumns {
            details: asked(["details", "warningCode"]),
            hashes: asked(["hash", "previousHash"]),
        }
    }
}

#[ComplexObject]
impl AuditEvent {
    /// Opaque id.
    async fn id(&self) -> ID {
        ids::AUDIT_EVENT.encode(self.id)
    }

    /// Who did it, with name and role as they were then.
    async fn actor(&self) -> AuditActor {
        AuditActor {
            kind: self.actor_kind,
            user_id: self.actor_user_id.map(|user| PERSON.encode(user)),
            name: self.actor_name.clone(),
            role: self.actor_role.clone(),
            support_access_id: self.support_access_id.map(|grant| SUPPORT_ACCESS.encode(grant)),
        }
    }

    /// What it happened to.
    async fn subject(&self) -> AuditSubject {
        let kind = IdKind::all().find(|kind| kind.subject_type() == Some(&self.subject_type));
        AuditSubject {
            subject_type: self.subject_type.clone(),
            id: kind.zip(self.subject_id).map(|(kind, subject)| kind.encode(subject)),
        }
    }

    /// Ids, codes and counts; never a participant's data.
    async fn details(&self) -> Json {
        Json(self.details.clone().unwrap_or_default())
    }

    /// The code of the warning, of events about warnings.
    async fn warning_code(&self) -> Option<WarningCode> {
        match self.action {
            AuditAction::WarningRaised | AuditAction::WarningAccepted => {
                WarningCode::deserialize(self.details.as_ref()?.get("code")?).ok()
            }
            _ => None,
        }
    }

    /// SHA-256 of the entry and of all before it, hexadecimal (docs/audit-format.md).
    async fn hash(&self) -> String {
        hex::encode(self.hash.as_deref().unwrap_or_default())
    }

    /// The hash of the entry before it, hexadecimal; 64 zeros for the organization's first.
    async fn previous_hash(&self) -> String {
        hex::encode(self.previous_hash.as_deref().unwrap_or_default())
    }
}

/// What an audit entry is about.
#[derive(SimpleObject)]
pub struct AuditSubject {
    /// What sort of thing: report, report_period, report_generation, export, file, support_access, organization and so
    /// on, as the log keeps it.
    #[graphql(name = "type")]
    subject_type: String,
    /// Its id in this API; null of what the API has no type for.
    id: Option<ID>,
}

/// Whoever did what an audit entry records, as they were then.
#[derive(SimpleObject)]
pub struct AuditActor {
    /// A user, support, or a part of the service that acted on somebody's behalf.
    kind: ActorKind,
    /// The person's id; null when no person stands behind it.
    user_id: Option<ID>,
    /// The name then. Of a worker, the name of the person on whose behalf it acted.
    name: String,
    /// The role then: peer_mentor, coordinator, org_admin or support.
    role: Option<String>,
    /// The grant of support access, when support did it.
    support_access_id: Option<ID>,
}
