//! Who logged in, where they are and what they may do there.

use async_graphql::{ComplexObject, Context, ID};
use entity::enums::Role;

use super::SupportAccess;
use super::store::{self, Membership, Organization, Viewer};
use crate::kernel::context::RequestExt;
use crate::kernel::error::Result;
use crate::kernel::right::Right;
use crate::organization::ids;

#[ComplexObject]
impl Organization {
    /// An opaque id.
    pub async fn id(&self) -> ID {
        ids::ORGANIZATION.encode(self.id)
    }
}

#[ComplexObject]
impl Viewer {
    /// An opaque id; the same as the person's.
    pub async fn id(&self) -> ID {
        ids::PERSON.encode(self.id)
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
                Some(grant) => store::find_grant(&reading, grant).await,
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
