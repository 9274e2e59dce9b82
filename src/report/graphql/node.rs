//! What the slice answers for an id of its types; the edge's `node` dispatches here.

use async_graphql::Context;
use uuid::Uuid;

use super::{Generation, Report, ReportPeriod};
use crate::export::rights;
use crate::kernel::context::RequestExt;
use crate::kernel::error::Result;
use crate::report::store;

/// A report of the organization.
pub async fn report(ctx: &Context<'_>, id: Uuid) -> Result<Option<Report>> {
    let reading = ctx.read_with(rights::READ_REPORTS).await?;
    let found = store::find_report(&**reading, reading.organization(), id).await?;
    Ok(found.map(Report))
}

/// A report period of the organization.
pub async fn period(ctx: &Context<'_>, id: Uuid) -> Result<Option<ReportPeriod>> {
    let reading = ctx.read_with(rights::READ_REPORTS).await?;
    let found = store::find_period(&**reading, reading.organization(), id).await?;
    Ok(found.map(ReportPeriod))
}

/// A generation of one of the organization's reports.
pub async fn generation(ctx: &Context<'_>, id: Uuid) -> Result<Option<Generation>> {
    let reading = ctx.read_with(rights::READ_REPORTS).await?;
    let found = store::find_generation(&**reading, reading.organization(), id).await?;
    Ok(found.map(Generation))
}
