//! What can be followed of reports.

use async_graphql::{Context, ID, Subscription};
use futures::Stream;
use uuid::Uuid;

use crate::export::rights::READ_REPORTS;
use crate::kernel::context::Reading;
use crate::kernel::error::Result;
use crate::kernel::follow::{Followed, follow};
use crate::kernel::right::Right;
use crate::report::{self, Report, ids};

impl Followed for Report {
    const RIGHT: Right = READ_REPORTS;
    const NAME: &'static str = "report";

    async fn find(reading: &Reading, id: Uuid) -> Result<Option<Self>> {
        report::find_report(&**reading, id).await
    }
}

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
        follow(ctx, ids::REPORT.decode(&id, "id")?).await
    }
}
