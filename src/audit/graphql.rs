//! Audit entries in GraphQL: read-only, and complete enough to prove the chain.

mod export;
mod log;

pub use export::AuditMutation;
pub use log::AuditQuery;

use async_graphql::{ID, Lookahead, Object, SimpleObject};
use entity::enums::{ActorKind, AuditAction, WarningCode};
use serde::Deserialize;

use super::store::{LogEntry, TrailColumns};
use crate::audit::ids;
use crate::kernel::id::IdKind;
use crate::kernel::scalar::{DateTime, Json};
use crate::organization::ids::{PERSON, SUPPORT_ACCESS};

/// One entry of the append-only audit log. It can be neither changed nor deleted.
#[derive(Clone, Debug)]
pub struct AuditEvent(pub LogEntry);

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

/// One entry of the append-only audit log. It can be neither changed nor deleted.
#[Object]
impl AuditEvent {
    /// Opaque id.
    async fn id(&self) -> ID {
        ids::AUDIT_EVENT.encode(self.0.id)
    }

    /// Place in the organization's log, without gaps. This is the chronological order.
    async fn sequence(&self) -> i64 {
        self.0.sequence
    }

    /// When it happened, UTC.
    async fn time(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// What happened.
    #[graphql(name = "type")]
    async fn action(&self) -> AuditAction {
        self.0.action
    }

    /// Who did it, with name and role as they were then.
    async fn actor(&self) -> AuditActor<'_> {
        AuditActor(&self.0)
    }

    /// What it happened to.
    async fn subject(&self) -> AuditSubject {
        AuditSubject::of(&self.0)
    }

    /// What happened, in a sentence.
    async fn message(&self) -> &str {
        &self.0.message
    }

    /// Ids, codes and counts; never a participant's data.
    async fn details(&self) -> Json {
        Json(self.0.details.clone().unwrap_or_default())
    }

    /// The code of the warning, of events about warnings.
    async fn warning_code(&self) -> Option<WarningCode> {
        match self.0.action {
            AuditAction::WarningRaised | AuditAction::WarningAccepted => {
                WarningCode::deserialize(self.0.details.as_ref()?.get("code")?).ok()
            }
            _ => None,
        }
    }

    /// SHA-256 of the entry and of all before it, hexadecimal (docs/audit-format.md).
    async fn hash(&self) -> String {
        hex::encode(self.0.hash.as_deref().unwrap_or_default())
    }

    /// The hash of the entry before it, hexadecimal; 64 zeros for the organization's first.
    async fn previous_hash(&self) -> String {
        hex::encode(self.0.previous_hash.as_deref().unwrap_or_default())
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

impl AuditSubject {
    fn of(row: &LogEntry) -> Self {
        let kind = IdKind::all().find(|kind| kind.subject_type() == Some(&row.subject_type));
        Self {
            subject_type: row.subject_type.clone(),
            id: kind.zip(row.subject_id).map(|(kind, subject)| kind.encode(subject)),
        }
    }
}

/// Whoever did what an audit entry records, as they were then.
pub struct AuditActor<'a>(&'a LogEntry);

/// Whoever did what an audit entry records, as they were then.
#[Object]
impl AuditActor<'_> {
    /// A user, support, or a part of the service that acted on somebody's behalf.
    async fn kind(&self) -> ActorKind {
        self.0.actor_kind
    }

    /// The person's id; null when no person stands behind it.
    async fn user_id(&self) -> Option<ID> {
        self.0.actor_user_id.map(|user| PERSON.encode(user))
    }

    /// The name then. Of a worker, the name of the person on whose behalf it acted.
    async fn name(&self) -> &str {
        &self.0.actor_name
    }

    /// The role then: peer_mentor, coordinator, org_admin or support.
    async fn role(&self) -> Option<&str> {
        self.0.actor_role.as_deref()
    }

    /// The grant of support access, when support did it.
    async fn support_access_id(&self) -> Option<ID> {
        self.0.support_access_id.map(|grant| SUPPORT_ACCESS.encode(grant))
    }
}
