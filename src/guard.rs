//! Field guards: a right of the rights' table, asked for by `#[graphql(guard = "Right::ReadReports")]`.

use async_graphql::{Context, Guard};

use crate::actor::Right;
use crate::context::RequestExt;

impl Guard for Right {
    async fn check(&self, ctx: &Context<'_>) -> async_graphql::Result<()> {
        Ok(ctx.actor().await?.require(*self)?)
    }
}
