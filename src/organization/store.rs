//! The slice's statements.

use async_graphql::SimpleObject;
use entity::enums::{Role, UnitLevel};
use entity::{memberships, organizational_units, organizations, support_access, users};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Func};
use sea_orm::{ColumnTrait, DerivePartialModel, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::support_access::NewGrant;
use super::units::{UnitOrder, UnitOrderField};
use crate::kernel::db::{ReadScope, Scoped, WriteScope};
use crate::kernel::error::{Error, Result};
use crate::kernel::page::{Filter, Keyset, Page, PageRequest};
use crate::kernel::scalar::{Date, DateTime};

/// A unit of the organization.
#[derive(Clone, Debug, PartialEq, Eq, DerivePartialModel, SimpleObject)]
#[sea_orm(entity = "organizational_units::Entity")]
#[graphql(complex, name = "OrganizationalUnit")]
pub struct Unit {
    #[graphql(skip)]
    pub id: Uuid,
    #[graphql(skip)]
    pub parent_id: Option<Uuid>,
    /// Where the unit stands in the tree.
    pub level: UnitLevel,
    /// The unit's name.
    pub name: String,
    /// The county (fylke) where the unit is; null for the national body.
    pub county: Option<String>,
    /// The unit's key in the system that it was imported from.
    pub external_ref: Option<String>,
    /// Whether the unit still takes activities.
    pub is_active: bool,
}

/// An organization that reports to Bufdir.
#[derive(Clone, Debug, PartialEq, Eq, DerivePartialModel, SimpleObject)]
#[sea_orm(entity = "organizations::Entity")]
#[graphql(complex)]
pub struct Organization {
    #[graphql(skip)]
    pub id: Uuid,
    /// The short name, for the header `X-Organization-Id`.
    pub slug: String,
    /// The full name.
    pub name: String,
    /// Nine digits, as registered in Brønnøysund.
    pub organization_number: String,
    /// Whether this is the test organization, whose files are watermarked and never submitted.
    pub is_test: bool,
}

/// A person, as others in the organization see them.
#[derive(Clone, Debug, PartialEq, Eq, DerivePartialModel, SimpleObject)]
#[sea_orm(entity = "users::Entity")]
#[graphql(complex)]
pub struct Person {
    #[graphql(skip)]
    pub id: Uuid,
    /// The full name.
    pub name: String,
}

/// The person who logged in, in the organization that they have entered.
#[derive(Clone, Debug, PartialEq, Eq, DerivePartialModel, SimpleObject)]
#[sea_orm(entity = "users::Entity")]
#[graphql(complex)]
pub struct Viewer {
    #[graphql(skip)]
    pub id: Uuid,
    /// The full name.
    pub name: String,
    /// The e-mail address, in lower case.
    pub email: String,
}

/// A person's place in an organization.
#[derive(Clone, Debug, PartialEq, Eq, DerivePartialModel, SimpleObject)]
#[sea_orm(entity = "memberships::Entity")]
pub struct Membership {
    /// Where.
    #[sea_orm(nested)]
    pub organization: Organization,
    /// As what.
    pub role: Role,
    /// First day of the approval as a peer mentor, if any.
    pub peer_approved_from: Option<Date>,
    /// Last day of the approval as a peer mentor; null while it has no end.
    pub peer_approved_until: Option<Date>,
}

/// A global admin's time-limited access, granted by one of the organization's admins.
#[derive(Clone, Debug, PartialEq, Eq, DerivePartialModel, SimpleObject)]
#[sea_orm(entity = "support_access::Entity")]
#[graphql(complex)]
pub struct SupportAccess {
    #[graphql(skip)]
    pub id: Uuid,
    #[graphql(skip)]
    pub global_admin_user_id: Uuid,
    /// Why it was granted.
    pub reason: String,
    /// When it begins, UTC.
    pub valid_from: DateTime,
    /// When it ends, UTC, exclusive.
    pub valid_until: DateTime,
    #[graphql(skip)]
    pub granted_by_user_id: Uuid,
    /// When it was granted, UTC.
    #[graphql(name = "grantedAt")]
    pub created_at: DateTime,
    /// When it was revoked, UTC; null unless it was.
    pub revoked_at: Option<DateTime>,
    #[graphql(skip)]
    pub revoked_by_user_id: Option<Uuid>,
    /// Whether it lets the global admin in now.
    #[sea_orm(from_expr = "holds_now()")]
    pub is_active: bool,
}

/// Whether a grant lets someone in, by the time of the transaction.
fn holds_now() -> Expr {
    let now = || Func::cust("app.now");
    let begun = Expr::expr(now()).gte(support_access::Column::ValidFrom.into_expr());
    let not_ended = Expr::expr(now()).lt(support_access::Column::ValidUntil.into_expr());
    support_access::Column::RevokedAt.is_null().and(begun).and(not_ended)
}

/// Which units a list shows.
#[derive(Clone, Copy, Debug, Default)]
pub struct UnitFilter {
    pub level: Option<UnitLevel>,
    pub parent: Option<Uuid>,
}

impl Filter for UnitFilter {
    fn condition(&self, _scope: &ReadScope) -> Condition {
        use organizational_units::Column;
        Condition::all()
            .add_option(self.level.map(|level| Column::Level.eq(level)))
            .add_option(self.parent.map(|parent| Column::ParentId.eq(parent)))
    }
}

/// A unit's name, in Norwegian alphabetical order.
fn name_in_order() -> Expr {
    Expr::cust(r#""organizational_units"."name" collate "nb-x-icu""#)
}

pub async fn list_units(
    scope: &ReadScope,
    filter: UnitFilter,
    order: UnitOrder,
    page: &PageRequest,
) -> Result<Page<Unit>> {
    use organizational_units::Column;
    let rows = scope
        .find::<organizational_units::Entity>()
        .filter(filter.condition(scope));
    let list = match order.field {
        UnitOrderField::Name => Keyset::by_expr(rows, name_in_order(), "text", Column::Id),
        UnitOrderField::Level => {
            let levels = ["national", "region", "local"].map(str::to_owned).to_vec();
            let place = Func::cust("array_position").arg(levels).arg(Column::Level.into_expr());
            Keyset::by_expr(rows, place.into(), "integer", Column::Id)
        }
    };
    list.descending(order.descending).fetch(scope, page).await
}

pub async fn list_units_by_id(scope: &ReadScope, ids: &[Uuid]) -> Result<Vec<Unit>> {
    let units = scope.find::<organizational_units::Entity>();
    let units = units.filter(organizational_units::Column::Id.eq_any(ids.iter().copied()));
    Ok(units.into_partial_model().all(scope).await?)
}

pub async fn list_units_below(scope: &ReadScope, parents: &[Uuid]) -> Result<Vec<Unit>> {
    use organizational_units::{Column, Entity};
    let units = scope
        .find::<Entity>()
        .filter(Column::ParentId.eq_any(parents.iter().copied()));
    let units = units.order_by_asc(name_in_order()).order_by_asc(Column::Id);
    Ok(units.into_partial_model().all(scope).await?)
}

/// The entered organization.
pub async fn entered_organization(scope: &impl Scoped) -> Result<Organization> {
    let organization = scope.find::<organizations::Entity>().into_partial_model().one(scope);
    organization
        .await?
        .ok_or_else(|| Error::internal("the entered organization is not visible"))
}

/// The person who entered.
pub async fn viewer(scope: &ReadScope) -> Result<Viewer> {
    let person = scope.actor().person()?;
    let viewer = scope
        .find_global::<users::Entity>()
        .filter(users::Column::Id.eq(person));
    let viewer = viewer.into_partial_model().one(scope).await?;
    viewer.ok_or_else(|| Error::internal("the entered person is not visible"))
}

/// People by id. The policies on `users` let a peer mentor see themselves, everyone else the people of the organization.
pub async fn list_people(scope: &ReadScope, ids: &[Uuid]) -> Result<Vec<Person>> {
    let people = scope.find_global::<users::Entity>();
    let people = people.filter(users::Column::Id.eq_any(ids.iter().copied()));
    Ok(people.into_partial_model().all(scope).await?)
}

/// The acting person's active memberships in whichever organizations.
pub async fn list_own_memberships(scope: &ReadScope) -> Result<Vec<Membership>> {
    let active = memberships::Column::IsActive
        .eq(true)
        .and(organizations::Column::IsActive.eq(true));
    let own = scope
        .find_own::<memberships::Entity>()
        .inner_join(organizations::Entity);
    let own = own.filter(active).order_by_asc(organizations::Column::Slug);
    Ok(own.into_partial_model().all(scope).await?)
}

/// A grant of support access.
pub async fn find_grant(scope: &ReadScope, grant: Uuid) -> Result<Option<SupportAccess>> {
    let grants = scope.find::<support_access::Entity>();
    let grants = grants.filter(support_access::Column::Id.eq(grant));
    Ok(grants.into_partial_model().one(scope).await?)
}

/// Grants by when they begin, the latest first; those that hold now, those that don't, or all.
pub async fn list_grants(scope: &ReadScope, active: Option<bool>, page: &PageRequest) -> Result<Page<SupportAccess>> {
    let wanted = Condition::all().add_option(active.map(|active| holds_now().eq(active)));
    let rows = scope.find::<support_access::Entity>().filter(wanted);
    let list = Keyset::by(rows, support_access::Column::ValidFrom, support_access::Column::Id);
    list.descending(true).fetch(scope, page).await
}

/// An active global admin, by id or by address. Global admins are nobody's.
pub async fn find_global_admin(scope: &WriteScope, wanted: &super::GlobalAdmin) -> Result<Option<Person>> {
    use users::Column;
    let wanted = match wanted {
        super::GlobalAdmin::Id(id) => Column::Id.eq(*id),
        super::GlobalAdmin::Email(email) => Column::Email.eq(email.trim().to_lowercase()),
    };
    let active = Column::IsGlobalAdmin.eq(true).and(Column::IsActive.eq(true));
    let admin = scope.find_global::<users::Entity>().filter(active.and(wanted));
    Ok(admin.into_partial_model().one(scope).await?)
}

pub async fn insert_grant(scope: &WriteScope, id: Uuid, admin: Uuid, grant: &NewGrant) -> Result<()> {
    let row = support_access::ActiveModel {
        id: Set(id),
        global_admin_user_id: Set(admin),
        reason: Set(grant.reason.trim().to_owned()),
        granted_by_user_id: Set(scope.actor().person()?),
        valid_from: Set(grant.valid_from.unwrap_or(scope.now())),
        valid_until: Set(grant.valid_until),
        created_at: Set(scope.now()),
        ..Default::default()
    };
    scope.insert(row).exec_without_returning(scope).await?;
    Ok(())
}

/// Revokes a grant; false when there is none. One that is revoked already is refused by its rule.
pub async fn revoke_grant(scope: &WriteScope, grant: Uuid) -> Result<bool> {
    let revoked = support_access::ActiveModel {
        revoked_at: Set(Some(scope.now())),
        revoked_by_user_id: Set(Some(scope.actor().person()?)),
        ..Default::default()
    };
    let update = scope.update::<support_access::Entity>().set(revoked);
    let result = update.filter(support_access::Column::Id.eq(grant)).exec(scope).await?;
    Ok(result.rows_affected > 0)
}
