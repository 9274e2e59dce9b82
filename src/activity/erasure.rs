//! Erasing who took part in a year, once the law no longer asks to keep it.

use entity::enums::AuditAction;
use serde_json::json;

use crate::kernel::audit_entry::AuditEntry;
use crate::kernel::db::WriteScope;
use crate::kernel::error::{Error, Result};

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
    let key = erase_key(scope, basis_year).await?;
    let sql = "with gone as (
            delete from attendances where organization_id = $1
                and local_date between make_date($2, 1, 1) and make_date($2, 12, 31)
            returning contact_id
        ), forgotten as (
            delete from contacts c where c.organization_id = $1 and c.id in (select contact_id from gone)
                and not exists (select from attendances a where a.organization_id = $1 and a.contact_id = c.id
                    and a.local_date not between make_date($2, 1, 1) and make_date($2, 12, 31))
            returning c.id
        )
        select (select count(*) from gone) as attendances, (select count(*) from forgotten) as contacts";
    let row = scope.row(sql, [basis_year.into()]).await?;
    let row = row.ok_or_else(|| Error::internal("two counts are a row"))?;
    Ok(Erased {
        key,
        attendances: row.try_get("", "attendances")?,
        contacts: row.try_get("", "contacts")?,
    })
}

/// A year that has no key yet gets one that is erased, so that it is never counted without those who took part.
async fn erase_key(scope: &WriteScope, basis_year: i32) -> Result<bool> {
    let sql = "insert into participant_keys (organization_id, basis_year, erased_at) values ($1, $2, app.now())
        on conflict (organization_id, basis_year) do update set key = null, erased_at = excluded.erased_at
            where participant_keys.key is not null";
    Ok(scope.run(sql, [basis_year.into()]).await? > 0)
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
