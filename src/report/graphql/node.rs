//! What the slice answers for an id of its types; the edge's `node` dispatches here.

use async_graphql::Context;
use uuid::Uuid;

use super::ReportPeriod;
use crate::export::rights::READ_REPORTS;
use crate::kernel::context::RequestExt;
use crate::kernel::error::Result;
use crate::report::{self, Generation, Report};

/// A report of the organization.
pub async fn report(ctx: &Context<'_>, id: Uuid) -> Result<Option<Report>> {
    let reading = ctx.read_with(READ_REPORTS).await?;
    report::find_report(&**reading, id).await
}

/// A report period of the organization.
pub async fn period(ctx: &Context<'_>, id: Uuid) -> Result<Option<ReportPeriod>> {
    let reading = ctx.read_with(READ_REPORTS).await?;
    report::find_period(&**reading, id).await
}

/// A generation of one of the organization's reports.
pub async fn generation(ctx: &Context<'_>, id: Uuid) -> Result<Option<Generation>> {
    let reading = ctx.read_with(READ_REPORTS).await?;
    report::find_generation(&**reading, id).await
}
