//! Erasing who took part in a year, once the law no longer asks to keep it.

use entity::enums::AuditAction;
use serde_json::json;

use super::store;
use crate::kernel::audit_entry::AuditEntry;
use crate::kernel::db::WriteScope;
use crate::kernel::error::Result;

/// What an erasure took away; nothing when there was nothing left of the year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// Whether the year's key went, or a year without one is closed to counting from now on.
    pub key: bool,
    pub attendances: i64,
    /// Contacts that attended nothing in other years.
    pub contacts: i64,
}

/// Erases, for good, who took part in the basis year: its attendances, the contacts that attended nothing in other years,
/// and the key by which frozen days could be held against them. Reports, files and the log stay. The caller commits with
/// [`Erased::entry`].
///
/// # Errors
///
/// `erasure_waits_for_generation`.
pub async fn erase_participants(scope: &WriteScope, basis_year: i32) -> Result<Erased> {
    let key = store::erase_key(scope, basis_year).await?;
    let (attendances, contacts) = store::erase_attendances(scope, basis_year).await?;
    Ok(Erased {
        key,
        attendances,
        contacts,
    })
}

impl Erased {
    /// What the log keeps of it; none when nothing was taken away.
    pub fn entry(self, scope: &WriteScope, basis_year: i32) -> Option<AuditEntry> {
        if self == Self::default() {
            return None;
        }
        let entry = AuditEntry::new(
            AuditAction::ParticipantsErased,
            "organization",
            scope.organization(),
            format!("Erased the participants of {basis_year}."),
        );
        let Self {
            attendances, contacts, ..
        } = self;
        Some(entry.with(json!({"basis_year": basis_year, "attendances": attendances, "contacts": contacts})))
    }
}
