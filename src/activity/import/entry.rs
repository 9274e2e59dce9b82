//! What the log says of an import: which file it was, what it did, and whom it gave or took rights. Nobody's name, and no
//! path, which may hold one.

use entity::enums::{AuditAction, Role};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{ImportFile, ImportKind, Outcome};
use crate::kernel::audit_entry::AuditEntry;

/// A staff role (coordinator, org admin) that a person gained, changed or lost. Who is not active holds none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleChange {
    pub user_id: Uuid,
    pub from: Option<Role>,
    pub to: Option<Role>,
}

impl RoleChange {
    fn details(&self) -> Value {
        let name = |role: Option<Role>| role.map(|role| role.as_str());
        json!({ "user_id": self.user_id, "from": name(self.from), "to": name(self.to) })
    }
}

impl Outcome {
    /// The entry to commit with; `None` where the import changed nothing.
    pub fn entry(&self, organization: Uuid, file: &ImportFile<'_>) -> Option<AuditEntry> {
        if self.created + self.updated == 0 {
            return None;
        }
        let mut details = json!({
            "kind": file.kind.name(),
            "sha256": hex::encode(Sha256::digest(file.bytes)),
            "created": self.created,
            "updated": self.updated,
            "skipped": self.skipped,
            "days_removed": self.days_removed,
        });
        if file.kind == ImportKind::Members {
            details["roles"] = self.roles.iter().map(RoleChange::details).collect();
        }
        let message = format!("A file of {} was imported.", file.kind.name());
        Some(AuditEntry::new(AuditAction::DataImported, "organization", organization, message).with(details))
    }
}
