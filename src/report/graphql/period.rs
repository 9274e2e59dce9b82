//! Report periods in GraphQL.

use async_graphql::{ComplexObject, Context, ID};

use crate::export::rights::READ_REPORTS;
use crate::kernel::context::RequestExt;
use crate::kernel::error::Result;
use crate::kernel::loader::Loader;
use crate::organization::Person;
use crate::organization::node::person_by_id;
use crate::report::batches::{Figures, ReportsOfPeriods};
use crate::report::{PeriodFigure, Report, ReportPeriod, ids};

#[ComplexObject]
impl ReportPeriod {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        ids::REPORT_PERIOD.encode(self.id)
    }

    /// Who created it.
    async fn created_by(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        person_by_id(ctx, self.created_by_user_id).await.transpose()
    }

    /// The figures typed in for it; those that no activity yields.
    #[graphql(guard = "READ_REPORTS")]
    async fn figures(&self, ctx: &Context<'_>) -> Result<Vec<PeriodFigure>> {
        let figures = Loader::<Figures>::of(&*ctx.read().await?).load(self.id).await?;
        Ok(figures.unwrap_or_default())
    }

    /// Its report, when one was asked for.
    async fn report(&self, ctx: &Context<'_>) -> Option<Result<Report>> {
        self.find_report(ctx).await.transpose()
    }
}

impl ReportPeriod {
    async fn find_report(&self, ctx: &Context<'_>) -> Result<Option<Report>> {
        let reading = ctx.read_with(READ_REPORTS).await?;
        Loader::<ReportsOfPeriods>::of(&reading).load(self.id).await
    }
}

#[ComplexObject]
impl PeriodFigure {
    /// Who typed it in.
    async fn entered_by(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        person_by_id(ctx, self.entered_by_user_id).await.transpose()
    }
}
