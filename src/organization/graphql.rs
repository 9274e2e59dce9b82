//! The slice's fields of the query and mutation roots.

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Context, ID, InputObject, Object, OneofObject, SimpleObject};
use entity::enums::UnitLevel;
use uuid::Uuid;

use super::people::person;
use super::{
    GlobalAdmin, NewGrant, Organization, Person, SupportAccess, Unit, UnitFilter, UnitOrder, UnitOrderField, Viewer,
    find_grant, unit,
};
use crate::kernel::context::RequestExt;
use crate::kernel::error::{Error, Result};
use crate::kernel::page::{self, Cursor, PageRequest};
use crate::kernel::rights::ENTER;
use crate::kernel::scalar::DateTime;
use crate::organization::{ids, rights};

/// Who is asking, and the organization's own tree.
#[derive(Default)]
pub struct OrganizationQuery;

#[Object]
impl OrganizationQuery {
    /// The person who logged in, and what they may do in the organization that the request has entered.
    #[graphql(guard = "ENTER")]
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Viewer> {
        super::viewer(&*ctx.read().await?).await
    }

    /// The organization that the request has entered.
    #[graphql(guard = "ENTER")]
    async fn organization(&self, ctx: &Context<'_>) -> Result<Organization> {
        super::entered_organization(&**ctx.read().await?).await
    }

    /// The organization's units: the national body, its regions, its local branches.
    #[graphql(guard = "ENTER", complexity = "page::cost(first, last, child_complexity)")]
    async fn organizational_units(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Units of this level only.")] level: Option<UnitLevel>,
        #[graphql(desc = "Units directly below this one only.")] parent_id: Option<ID>,
        #[graphql(desc = "The order; by name unless said otherwise.")] order_by: Option<UnitOrder>,
        #[graphql(desc = "Continue after this cursor.")] after: Option<String>,
        #[graphql(desc = "Continue before this cursor.")] before: Option<String>,
        #[graphql(desc = "Take this many from the beginning: 1 to 200, 50 unless said otherwise.")] first: Option<i32>,
        #[graphql(desc = "Take this many from the end: 1 to 200.")] last: Option<i32>,
    ) -> Result<Connection<Cursor, Unit, EmptyFields, EmptyFields>> {
        let page = PageRequest::new(after, before, first, last)?;
        let parent = parent_id
            .map(|id| ids::ORGANIZATIONAL_UNIT.decode(&id, "parentId"))
            .transpose()?;
        let order = order_by.unwrap_or(UnitOrder {
            field: UnitOrderField::Name,
            descending: false,
        });
        let found = super::list_units(&*ctx.read().await?, UnitFilter { level, parent }, order, &page).await?;
        page::connection(found, EmptyFields, Ok)
    }

    /// Who was let in for support, the latest first.
    #[graphql(
        guard = "rights::READ_SUPPORT_ACCESS",
        complexity = "page::cost(first, last, child_complexity)"
    )]
    async fn support_access(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Those that let someone in now, or those that don't; all when left out.")] active: Option<
            bool,
        >,
        #[graphql(desc = "Continue after this cursor.")] after: Option<String>,
        #[graphql(desc = "Continue before this cursor.")] before: Option<String>,
        #[graphql(desc = "Take this many from the beginning: 1 to 200, 50 unless said otherwise.")] first: Option<i32>,
        #[graphql(desc = "Take this many from the end: 1 to 200.")] last: Option<i32>,
    ) -> Result<Connection<Cursor, SupportAccess, EmptyFields, EmptyFields>> {
        let page = PageRequest::new(after, before, first, last)?;
        let found = super::list_grants(&*ctx.read().await?, active, &page).await?;
        page::connection(found, EmptyFields, Ok)
    }
}

/// What can be done with the organization itself.
#[derive(Default)]
pub struct OrganizationMutation;

#[Object]
impl OrganizationMutation {
    /// Lets a global admin in for support, for 30 days at most. They may then read everything, keep the export ledger
    /// and custom reports; never generate, export or submit reports, nor let anybody in. All of it is recorded.
    #[graphql(guard = "rights::MANAGE_SUPPORT_ACCESS")]
    async fn grant_support_access(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom, why and for how long.")] input: GrantSupportAccessInput,
    ) -> Result<SupportAccessPayload> {
        let grant = super::grant(ctx.write().await?, input.decode()?).await?;
        SupportAccessPayload::of(ctx, grant).await
    }

    /// Ends a grant of support access at once; download links made under it end with it.
    #[graphql(guard = "rights::MANAGE_SUPPORT_ACCESS")]
    async fn revoke_support_access(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which grant.")] input: RevokeSupportAccessInput,
    ) -> Result<SupportAccessPayload> {
        let grant = ids::SUPPORT_ACCESS.decode(&input.id, "input.id")?;
        super::revoke(ctx.write().await?, grant).await?;
        SupportAccessPayload::of(ctx, grant).await
    }
}

/// Whom to let in, why and for how long.
#[derive(InputObject)]
pub struct GrantSupportAccessInput {
    /// The global admin.
    global_admin: GlobalAdminInput,
    /// Why, in 1,000 characters at most; the organization's log shows it.
    reason: String,
    /// From when on, now when left out.
    valid_from: Option<DateTime>,
    /// Until when, exclusive; 30 days after the beginning at most.
    valid_until: DateTime,
}

/// A global admin, by the address or by the id.
#[derive(OneofObject)]
pub enum GlobalAdminInput {
    /// The person's id.
    Id(ID),
    /// The e-mail address.
    Email(String),
}

impl GrantSupportAccessInput {
    fn decode(self) -> Result<NewGrant> {
        let global_admin = match self.global_admin {
            GlobalAdminInput::Id(id) => GlobalAdmin::Id(ids::PERSON.decode(&id, "input.globalAdmin.id")?),
            GlobalAdminInput::Email(email) => GlobalAdmin::Email(email),
        };
        Ok(NewGrant {
            global_admin,
            reason: self.reason,
            valid_from: self.valid_from.map(|instant| instant.0),
            valid_until: self.valid_until.0,
        })
    }
}

/// Which grant ends.
#[derive(InputObject)]
pub struct RevokeSupportAccessInput {
    /// The grant's id.
    id: ID,
}

/// A grant as it now is.
#[derive(SimpleObject)]
pub struct SupportAccessPayload {
    /// The grant.
    support_access: SupportAccess,
}

impl SupportAccessPayload {
    async fn of(ctx: &Context<'_>, grant: Uuid) -> Result<Self> {
        let found = find_grant(&*ctx.read().await?, grant).await?;
        let support_access = found.ok_or(Error::NotFound("grant of support access"))?;
        Ok(Self { support_access })
    }
}

/// What the slice answers for an id of its types; the edge's `node` dispatches here.
pub mod node {
    use super::*;

    /// The entered organization; every other is not there for this caller.
    pub async fn organization(ctx: &Context<'_>, id: Uuid) -> Result<Option<Organization>> {
        let reading = ctx.read().await?;
        if reading.organization() != id {
            return Ok(None);
        }
        crate::organization::entered_organization(&**reading).await.map(Some)
    }

    /// A person of the organization.
    pub async fn person_by_id(ctx: &Context<'_>, id: impl Into<Option<Uuid>>) -> Result<Option<Person>> {
        match id.into() {
            Some(id) => person(&*ctx.read().await?, id).await,
            None => Ok(None),
        }
    }

    /// A unit of the organization.
    pub async fn unit_by_id(ctx: &Context<'_>, id: Uuid) -> Result<Option<Unit>> {
        unit(&*ctx.read().await?, id).await
    }

    /// A grant of support access; the database shows it to org admins, and to support.
    pub async fn support_access_by_id(ctx: &Context<'_>, id: Uuid) -> Result<Option<SupportAccess>> {
        find_grant(&*ctx.read().await?, id).await
    }
}
