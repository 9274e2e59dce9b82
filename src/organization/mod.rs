//! Organizations: who logged in and what they may do, the tree of units, people by name.
//!
//! Every statement about the entered organization binds it as `$1`; what belongs to the person rather than to the
//! organization (their memberships, their name) is read under the policies for one's own rows.

mod graphql;
mod people;
mod store;
mod support_access;
mod units;
mod viewer;

pub use graphql::{OrganizationMutation, OrganizationQuery, node};
pub use people::{People, Person};
pub use support_access::{GlobalAdmin, NewGrant, SupportAccess, grant, revoke, support_access};
pub use units::{Unit, UnitOrder, UnitOrderField, Units, unit};
pub use viewer::{Membership, Organization, Viewer};
