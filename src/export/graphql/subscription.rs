//! What can be followed of exports.

use async_graphql::{Context, ID, Subscription};
use entity::enums::ExportStatus;
use futures::Stream;
use uuid::Uuid;

use super::{ExportOperation, find_operation};
use crate::export::{ids, rights};
use crate::kernel::context::Reading;
use crate::kernel::error::Result;
use crate::kernel::follow::{Followed, follow};
use crate::kernel::right::Right;

impl Followed for ExportOperation {
    const RIGHT: Right = rights::READ_REPORTS;
    const NAME: &'static str = "export operation";

    async fn find(reading: &Reading, id: Uuid) -> Result<Option<Self>> {
        find_operation(reading, id).await
    }

    fn has_ended(&self) -> bool {
        self.status != ExportStatus::Pending
    }
}

/// Subscriptions to exports.
#[derive(Default)]
pub struct ExportSubscription;

#[Subscription]
impl ExportSubscription {
    /// The export operation now, and again whenever it or its progress changes, until it is complete or failed. Ends
    /// earlier when the token expires or the right to read reports is lost.
    #[graphql(guard = "rights::READ_REPORTS")]
    async fn export_operation_updated<'ctx>(
        &self,
        ctx: &Context<'ctx>,
        #[graphql(desc = "The operation's id.")] id: ID,
    ) -> Result<impl Stream<Item = Result<ExportOperation>> + 'ctx> {
        follow(ctx, ids::EXPORT_OPERATION.decode(&id, "id")?).await
    }
}
