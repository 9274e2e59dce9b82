//! Organizations: who logged in and what they may do, the tree of units, people by name.
//!
//! What belongs to the person rather than to the organization (their memberships, their name) is read under the policies
//! for one's own rows. Types of rows are the schema's types as well: columns in `store.rs`, fields beside the use cases.

mod graphql;
pub mod ids;
mod people;
pub mod rights;
pub mod rules;
mod store;
mod support_access;
mod units;
mod viewer;

pub use graphql::{OrganizationMutation, OrganizationQuery, node};
pub use people::People;
pub use store::{
    Membership, Organization, Person, SupportAccess, Unit, UnitFilter, Viewer, entered_organization, find_grant,
    list_grants, list_units, viewer,
};
pub use support_access::{GlobalAdmin, NewGrant, grant, revoke};
pub use units::{UnitOrder, UnitOrderField, Units, unit};
