//! Rights as field guards: `#[graphql(guard = "Right::ReadReports")]` on whatever the rights' table names.

use async_graphql::{Context, Guard};

use crate::kernel::actor::Right;
use crate::kernel::context::RequestExt;

impl Guard for Right {
    /// Enters the organization, if this operation has not yet, and asks what the entered actor may do.
    async fn check(&self, ctx: &Context<'_>) -> async_graphql::Result<()> {
        Ok(ctx.actor().await?.require(*self)?)
    }
}
