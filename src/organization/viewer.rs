//! Who logged in, where they are and what they may do there.

use async_graphql::resolver_utils::EnumType;
use async_graphql::{ComplexObject, Context, ID, SimpleObject};
use entity::enums::Role;
use sea_orm::QueryResult;
use uuid::Uuid;

use super::{SupportAccess, store, support_access};
use crate::kernel::actor::Right;
use crate::kernel::context::{Reading, RequestExt};
use crate::kernel::error::Result;
use crate::kernel::id::{self, Kind};
use crate::kernel::scalar::Date;

/// An organization that reports to Bufdir.
#[derive(Clone, Debug, PartialEq, Eq, SimpleObject)]
pub struct Organization {
    /// An opaque id.
    #[graphql(owned)]
    pub id: ID,
    /// The short name, for the header `X-Organization-Id`.
    pub slug: String,
    /// The full name.
    pub name: String,
    /// Nine digits, as registered in Brønnøysund.
    pub organization_number: String,
    /// Whether this is the test organization, whose files are watermarked and never submitted.
    pub is_test: bool,
}

/// The person who logged in, in the organization that they have entered.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct Viewer {
    /// An opaque id; the same as the person's.
    pub id: ID,
    /// The full name.
    pub name: String,
    /// The e-mail address, in lower case.
    pub email: String,
    #[graphql(skip)]
    uuid: Uuid,
}

/// A person's place in an organization.
#[derive(Clone, Debug, SimpleObject)]
pub struct Membership {
    /// Where.
    pub organization: Organization,
    /// As what.
    pub role: Role,
    /// First day of the approval as a peer mentor, if any.
    pub peer_approved_from: Option<Date>,
    /// Last day of the approval as a peer mentor; null while it has no end.
    pub peer_approved_until: Option<Date>,
}

#[ComplexObject]
impl Viewer {
    /// The organization that this request has entered.
    async fn organization(&self, ctx: &Context<'_>) -> Result<Organization> {
        Organization::entered(&*ctx.read().await?).await
    }

    /// The role in it; null under support access.
    async fn role(&self, ctx: &Context<'_>) -> Option<Result<Role>> {
        let mut roles = Role::items().iter().map(|item| item.value);
        match ctx.actor().await {
            Ok(actor) => roles.find(|role| actor.role.as_deref() == Some(role.as_str())).map(Ok),
            Err(error) => Some(Err(error)),
        }
    }

    /// What the viewer may do in it.
    async fn rights(&self, ctx: &Context<'_>) -> Result<Vec<Right>> {
        let standing = ctx.actor().await?.standing;
        let rights = Right::items().iter().map(|item| item.value);
        Ok(rights.filter(|right| right.held_by(standing)).collect())
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
        let rows = store::list_memberships(&*ctx.read().await?, self.uuid).await?;
        rows.iter().map(Membership::from_row).collect()
    }
}

impl Viewer {
    pub(super) async fn entered(reading: &Reading) -> Result<Self> {
        let uuid = reading.actor().person()?;
        let row = store::person(reading, uuid).await?;
        Ok(Self {
            id: id::encode(Kind::Person, uuid),
            name: row.try_get("", "name")?,
            email: row.try_get("", "email")?,
            uuid,
        })
    }
}

impl Organization {
    pub(super) async fn entered(reading: &Reading) -> Result<Self> {
        Self::from_row(&store::organization(reading).await?)
    }

    fn from_row(row: &QueryResult) -> Result<Self> {
        Ok(Self {
            id: id::encode(Kind::Organization, row.try_get("", "id")?),
            slug: row.try_get("", "slug")?,
            name: row.try_get("", "name")?,
            organization_number: row.try_get("", "organization_number")?,
            is_test: row.try_get("", "is_test")?,
        })
    }
}

impl Membership {
    fn from_row(row: &QueryResult) -> Result<Self> {
        Ok(Self {
            organization: Organization::from_row(row)?,
            role: row.try_get("", "role")?,
            peer_approved_from: row.try_get::<Option<_>>("", "peer_approved_from")?.map(Date),
            peer_approved_until: row.try_get::<Option<_>>("", "peer_approved_until")?.map(Date),
        })
    }
}
