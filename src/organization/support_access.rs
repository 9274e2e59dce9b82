//! Support access: an org admin lets a global admin in for a while, and can end it at any time (decisions.md, 1).
//!
//! What is done under a grant is recorded with the grant's id, and a support's reading too. The door asks for the grant
//! on every entry, so that a revoked or expired one ends at once, download links made under it included.

use async_graphql::{ComplexObject, Context, ID};
use chrono::Utc;
use entity::enums::AuditAction;
use serde_json::json;
use uuid::Uuid;

use super::Person;
use super::node::person_by_id;
use super::store::{self, SupportAccess};
use crate::kernel::audit_entry::AuditEntry;
use crate::kernel::db::WriteScope;
use crate::kernel::error::{Error, Result};
use crate::organization::{ids, rights, rules};

#[ComplexObject]
impl SupportAccess {
    /// An opaque id.
    pub async fn id(&self) -> ID {
        ids::SUPPORT_ACCESS.encode(self.id)
    }

    /// Whom it lets in.
    async fn global_admin(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        person_by_id(ctx, self.global_admin_user_id).await.transpose()
    }

    /// The admin who granted it.
    async fn granted_by(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        person_by_id(ctx, self.granted_by_user_id).await.transpose()
    }

    /// The admin who revoked it; null unless it was.
    async fn revoked_by(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        person_by_id(ctx, self.revoked_by_user_id).await.transpose()
    }
}

/// Whom to let in.
#[derive(Clone, Debug)]
pub enum GlobalAdmin {
    Id(Uuid),
    Email(String),
}

/// A grant to be.
#[derive(Clone, Debug)]
pub struct NewGrant {
    pub global_admin: GlobalAdmin,
    pub reason: String,
    /// UTC; now when left out.
    pub valid_from: Option<chrono::DateTime<Utc>>,
    /// UTC, exclusive; 30 days after the beginning at most.
    pub valid_until: chrono::DateTime<Utc>,
}

/// Lets a global admin in; gives the grant's id.
///
/// # Errors
///
/// Not found, `support_access_granted_by_org_admin`, `support_access_for_global_admin`, `support_access_reason_not_empty`,
/// `support_access_reason_length`, `support_access_at_most_30_days`.
pub async fn grant(scope: WriteScope, grant: NewGrant) -> Result<Uuid> {
    scope.actor().require(rights::MANAGE_SUPPORT_ACCESS)?;
    let found = store::find_global_admin(&scope, &grant.global_admin).await?;
    let admin = found.ok_or_else(|| nobody(&grant.global_admin))?;
    let id = scope.new_id();
    store::insert_grant(&scope, id, admin.id, &grant)
        .await
        .map_err(at_its_field)?;
    let message = format!("Granted support access to {}: {}", admin.name, grant.reason.trim());
    let from = grant.valid_from.unwrap_or(scope.now());
    let entry = AuditEntry::new(AuditAction::SupportAccessGranted, "support_access", id, message)
        .with(json!({"global_admin_user_id": admin.id, "valid_from": from, "valid_until": grant.valid_until}));
    scope.commit([entry]).await?;
    Ok(id)
}

/// An id of somebody else tells no more than one of nobody.
fn nobody(wanted: &GlobalAdmin) -> Error {
    match wanted {
        GlobalAdmin::Id(_) => Error::NotFound("global admin"),
        GlobalAdmin::Email(_) => Error::rule(rules::SUPPORT_ACCESS_FOR_GLOBAL_ADMIN).at("input.globalAdmin.email"),
    }
}

fn at_its_field(error: Error) -> Error {
    match error.broken_rule() {
        Some(rules::SUPPORT_ACCESS_REASON_NOT_EMPTY | rules::SUPPORT_ACCESS_REASON_LENGTH) => error.at("input.reason"),
        Some(rules::SUPPORT_ACCESS_AT_MOST_30_DAYS) => error.at("input.validUntil"),
        _ => error,
    }
}

/// Ends a grant at once.
///
/// # Errors
///
/// Not found, `support_access_granted_by_org_admin`, and `support_access_only_revoked` for one that is revoked already.
pub async fn revoke(scope: WriteScope, grant: Uuid) -> Result<()> {
    scope.actor().require(rights::MANAGE_SUPPORT_ACCESS)?;
    if !store::revoke_grant(&scope, grant).await? {
        return Err(Error::NotFound("grant of support access"));
    }
    let message = "Revoked the support access.";
    let entry = AuditEntry::new(AuditAction::SupportAccessRevoked, "support_access", grant, message);
    scope.commit([entry]).await
}
