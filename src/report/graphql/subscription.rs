//! What can be followed of reports.

use async_graphql::{Context, ID, Subscription};
use futures::Stream;
use uuid::Uuid;

use super::report::Report;
use crate::actor::Right;
use crate::changes;
use crate::context::RequestExt;
use crate::error::{Error, Result};
use crate::id::{self, Kind};
use crate::report::store;

/// Subscriptions to reports.
#[derive(Default)]
pub struct ReportSubscription;

#[Subscription]
impl ReportSubscription {
    /// The report now, and again whenever it or its job's progress changes. Ends when the token expires or the right to
    /// read reports is lost.
    #[graphql(guard = "Right::ReadReports")]
    async fn report_updated<'ctx>(
        &self,
        ctx: &Context<'ctx>,
        #[graphql(desc = "The report's id.")] id: ID,
    ) -> Result<impl Stream<Item = Result<Report>> + 'ctx> {
        let report = id::decode(Kind::Report, &id, "id")?;
        let ctx = ctx.clone();
        changes::follow(ctx, report, move |ctx| current(ctx, report)).await
    }
}
