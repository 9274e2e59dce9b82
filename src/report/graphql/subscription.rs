//! What can be followed of reports.

use async_graphql::{Context, ID, Subscription};
use futures::Stream;

use super::report::Report;
use crate::export::rights;
use crate::kernel::changes::Changes;
use crate::kernel::context::RequestContext;
use crate::kernel::error::{Error, Result};
use crate::kernel::follow::{Current, follow};
use crate::report::ids;
use crate::report::store;

/// Subscriptions to reports.
#[derive(Default)]
pub struct ReportSubscription;

#[Subscription]
impl ReportSubscription {
    /// The report now, and again whenever it or its job's progress changes. Ends when the token expires or the right to
    /// read reports is lost.
    #[graphql(guard = "rights::READ_REPORTS")]
    async fn report_updated<'ctx>(
        &self,
        ctx: &Context<'ctx>,
        #[graphql(desc = "The report's id.")] id: ID,
    ) -> Result<impl Stream<Item = Result<Report>> + 'ctx> {
        let report = ids::REPORT.decode(&id, "id")?;
        let request = ctx.data_unchecked::<RequestContext>();
        follow(
            request,
            ctx.data_unchecked::<Changes>(),
            report,
            move |reading| async move {
                reading.actor().require(rights::READ_REPORTS)?;
                let found = store::find_report(&**reading, reading.organization(), report).await?;
                found
                    .map(|row| Current::More(Report(row)))
                    .ok_or(Error::NotFound("report"))
            },
        )
        .await
    }
}
