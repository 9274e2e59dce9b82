//! What can be followed of reports.

use async_graphql::{Context, ID, Subscription};
use futures::Stream;

use crate::export::rights::READ_REPORTS;
use crate::kernel::changes::Changes;
use crate::kernel::context::RequestContext;
use crate::kernel::error::{Error, Result};
use crate::kernel::follow::{Current, follow};
use crate::report::ids;
use crate::report::{self, Report};

/// Subscriptions to reports.
#[derive(Default)]
pub struct ReportSubscription;

#[Subscription]
impl ReportSubscription {
    /// The report now, and again whenever it or its job's progress changes. Ends when the token expires or the right to
    /// read reports is lost.
    #[graphql(guard = "READ_REPORTS")]
    async fn report_updated<'ctx>(
        &self,
        ctx: &Context<'ctx>,
        #[graphql(desc = "The report's id.")] id: ID,
    ) -> Result<impl Stream<Item = Result<Report>> + 'ctx> {
        let subject = ids::REPORT.decode(&id, "id")?;
        let request = ctx.data_unchecked::<RequestContext>();
        follow(
            request,
            ctx.data_unchecked::<Changes>(),
            subject,
            move |reading| async move {
                reading.actor().require(READ_REPORTS)?;
                let found = report::find_report(&**reading, subject).await?;
                found.map(Current::More).ok_or(Error::NotFound("report"))
            },
        )
        .await
    }
}
