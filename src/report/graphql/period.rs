//! Report periods in GraphQL.

use async_graphql::{Context, ID, Object};
use entity::{period_figures, report_periods};

use crate::export::rights::READ_REPORTS;
use crate::kernel::context::RequestExt;
use crate::kernel::error::Result;
use crate::kernel::loader::Loader;
use crate::kernel::scalar::{Date, DateTime, Json};
use crate::organization::Person;
use crate::organization::node::person_by_id;
use crate::report::Report;
use crate::report::batches::{Figures, ReportsOfPeriods};
use crate::report::ids;

/// A period to report on: local dates in Norway, within one calendar year.
pub struct ReportPeriod(pub report_periods::Model);

/// A period to report on: local dates in Norway, within one calendar year.
#[Object]
impl ReportPeriod {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        ids::REPORT_PERIOD.encode(self.0.id)
    }

    /// What the organization calls it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The first local date (Europe/Oslo), inclusive.
    async fn first_date(&self) -> Date {
        Date(self.0.first_date)
    }

    /// The last local date (Europe/Oslo), inclusive.
    async fn last_date(&self) -> Date {
        Date(self.0.last_date)
    }

    /// The period's first instant, UTC.
    async fn starts_at(&self) -> DateTime {
        DateTime(self.0.starts_at)
    }

    /// The period's last microsecond, UTC.
    async fn ends_at(&self) -> DateTime {
        DateTime(self.0.ends_at)
    }

    /// Bufdir's basis year (grunnlagsår).
    async fn basis_year(&self) -> i32 {
        self.0.basis_year
    }

    /// When it was created, UTC.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// Who created it.
    async fn created_by(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        person_by_id(ctx, self.0.created_by_user_id).await.transpose()
    }

    /// When it was changed last, UTC.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
    }

    /// The figures typed in for it; those that no activity yields.
    #[graphql(guard = "READ_REPORTS")]
    async fn figures(&self, ctx: &Context<'_>) -> Result<Vec<PeriodFigure>> {
        let figures = Loader::<Figures>::of(&*ctx.read().await?).load(self.0.id).await?;
        Ok(figures.unwrap_or_default().into_iter().map(PeriodFigure).collect())
    }

    /// Its report, when one was asked for.
    async fn report(&self, ctx: &Context<'_>) -> Option<Result<Report>> {
        self.find_report(ctx).await.transpose()
    }
}

impl ReportPeriod {
    async fn find_report(&self, ctx: &Context<'_>) -> Result<Option<Report>> {
        let reading = ctx.read_with(READ_REPORTS).await?;
        Loader::<ReportsOfPeriods>::of(&reading).load(self.0.id).await
    }
}

/// A figure typed in for a period.
pub struct PeriodFigure(period_figures::Model);

/// A figure typed in for a period.
#[Object]
impl PeriodFigure {
    /// Bufdir's id of the field.
    async fn field(&self) -> &str {
        &self.0.field
    }

    /// A number, a text, or an object with a document's `reference` and `sha256`.
    async fn value(&self) -> Option<Json> {
        self.0.value.clone().map(Json)
    }

    /// How often it was typed in, counted from 1.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// When it was typed in, UTC.
    async fn entered_at(&self) -> DateTime {
        DateTime(self.0.entered_at)
    }

    /// Who typed it in.
    async fn entered_by(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        person_by_id(ctx, self.0.entered_by_user_id).await.transpose()
    }
}
