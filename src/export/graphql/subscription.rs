//! What can be followed of exports.

use async_graphql::{Context, ID, Subscription};
use entity::enums::ExportStatus;
use futures::Stream;

use super::{ExportOperation, find_operation};
use crate::export::ids;
use crate::export::rights;
use crate::kernel::changes::Changes;
use crate::kernel::context::RequestContext;
use crate::kernel::error::{Error, Result};
use crate::kernel::follow::{Current, follow};

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
        let export = ids::EXPORT_OPERATION.decode(&id, "id")?;
        let changes = ctx.data_unchecked::<Changes>();
        follow(
            ctx.data_unchecked::<RequestContext>(),
            changes,
            export,
            move |reading| async move {
                reading.actor().require(rights::READ_REPORTS)?;
                let found = find_operation(&reading, export).await?;
                let operation = found.ok_or(Error::NotFound("export operation"))?;
                Ok(if operation.status == ExportStatus::Pending {
                    Current::More(operation)
                } else {
                    Current::Last(operation)
                })
            },
        )
        .await
    }
}
