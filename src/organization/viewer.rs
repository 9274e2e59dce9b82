//! Who logged in, where they are and what they may do there.

use async_graphql::{Context, ID, Object};
use entity::enums::Role;

use super::store::{self, Membership, Organization, Viewer};
use super::{SupportAccess, support_access};
use crate::kernel::context::RequestExt;
use crate::kernel::error::Result;
use crate::kernel::right::Right;
use crate::kernel::scalar::Date;
use crate::organization::ids;

/// An organization that reports to Bufdir.
#[Object]
impl Organization {
    /// An opaque id.
    pub async fn id(&self) -> ID {
        ids::ORGANIZATION.encode(self.id)
    }

    /// The short name, for the header `X-Organization-Id`.
    async fn slug(&self) -> &str {
        &self.slug
    }

    /// The full name.
    async fn name(&self) -> &str {
        &self.name
    }

    /// Nine digits, as registered in Brønnøysund.
    async fn organization_number(&self) -> &str {
        &self.organization_number
    }

    /// Whether this is the test organization, whose files are watermarked and never submitted.
    async fn is_test(&self) -> bool {
        self.is_test
    }
}

/// The person who logged in, in the organization that they have entered.
#[Object]
impl Viewer {
    /// An opaque id; the same as the person's.
    pub async fn id(&self) -> ID {
        ids::PERSON.encode(self.id)
    }

    /// The full name.
    async fn name(&self) -> &str {
        &self.name
    }

    /// The e-mail address, in lower case.
    async fn email(&self) -> &str {
        &self.email
    }

    /// The organization that this request has entered.
    async fn organization(&self, ctx: &Context<'_>) -> Result<Organization> {
        store::entered_organization(&**ctx.read().await?).await
    }

    /// The role in it; null under support access.
    async fn role(&self, ctx: &Context<'_>) -> Option<Result<Role>> {
        ctx.actor().await.map(|actor| actor.role).transpose()
    }

    /// What the viewer may do in it.
    async fn rights(&self, ctx: &Context<'_>) -> Result<Vec<Right>> {
        let standing = ctx.actor().await?.standing;
        Ok(Right::all().filter(|right| right.held_by(standing)).collect())
    }

    /// The grant by which the viewer is here, for a global admin.
    async fn support_access(&self, ctx: &Context<'_>) -> Option<Result<SupportAccess>> {
        let found = async {
            let reading = ctx.read().await?;
            match reading.actor().support_access_id {
                Some(grant) => support_access(&reading, grant).await,
                None => Ok(None),
            }
        };
        found.await.transpose()
    }

    /// All memberships, in whichever organizations.
    async fn memberships(&self, ctx: &Context<'_>) -> Result<Vec<Membership>> {
        store::list_own_memberships(&*ctx.read().await?).await
    }
}

/// A person's place in an organization.
#[Object]
impl Membership {
    /// Where.
    async fn organization(&self) -> &Organization {
        &self.organization
    }

    /// As what.
    async fn role(&self) -> Role {
        self.role
    }

    /// First day of the approval as a peer mentor, if any.
    async fn peer_approved_from(&self) -> Option<Date> {
        self.peer_approved_from.map(Date)
    }

    /// Last day of the approval as a peer mentor; null while it has no end.
    async fn peer_approved_until(&self) -> Option<Date> {
        self.peer_approved_until.map(Date)
    }
}
