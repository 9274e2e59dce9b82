//! The edge: merges the slices' roots into one schema, with its limits and its one mapping of errors.
//!
//! To add a slice: its query, mutation and subscription go into the three lists below, its node types into
//! [`node::Node`].

pub mod error;
mod limits;
mod node;

use async_graphql::{EmptyMutation, EmptySubscription, MergedObject};

use self::error::ErrorMapping;
pub use self::limits::Limits;
use self::node::NodeQuery;
use crate::organization::OrganizationQuery;

/// Everything that can be asked.
#[derive(Default, MergedObject)]
pub struct Query(NodeQuery, OrganizationQuery);

/// The schema's type.
pub type Schema = async_graphql::Schema<Query, EmptyMutation, EmptySubscription>;

/// Builds the schema. What a request needs comes with it as [`crate::context::RequestContext`].
pub fn schema(limits: Limits) -> Schema {
    Schema::build(Query::default(), EmptyMutation, EmptySubscription)
        .extension(ErrorMapping)
        .extension(limits)
        .finish()
}
