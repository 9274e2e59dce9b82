//! Report periods in GraphQL.

use async_graphql::{Context, ID, Object, SimpleObject};

use super::report::Report;
use crate::export::rights;
use crate::kernel::context::RequestExt;
use crate::kernel::error::Result;
use crate::kernel::loader::Loader;
use crate::kernel::scalar::{Date, DateTime, Json};
use crate::organization::Person;
use crate::organization::node::person_by_id;
use crate::report::batches::ReportsOfPeriods;
use crate::report::ids;
use crate::report::store::{self, PeriodRow};

/// A period to report on: local dates in Norway, within one calendar year.
pub struct ReportPeriod(pub PeriodRow);

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
    #[graphql(guard = "rights::READ_REPORTS")]
    async fn figures(&self, ctx: &Context<'_>) -> Result<Vec<PeriodFigure>> {
        let reading = ctx.read().await?;
        let mut figures = Vec::new();
        for row in store::figures_of(&**reading, reading.organization(), self.0.id).await? {
            let entered_by = person_by_id(ctx, row.entered_by_user_id).await?;
            figures.push(PeriodFigure {
                field: row.field,
                value: row.value.map(Json),
                version: row.version,
                entered_at: DateTime(row.entered_at),
                entered_by,
            });
        }
        Ok(figures)
    }

    /// Its report, when one was asked for.
    async fn report(&self, ctx: &Context<'_>) -> Option<Result<Report>> {
        self.find_report(ctx).await.transpose()
    }
}

impl ReportPeriod {
    async fn find_report(&self, ctx: &Context<'_>) -> Result<Option<Report>> {
        let reading = ctx.read_with(rights::READ_REPORTS).await?;
        let report = Loader::<ReportsOfPeriods>::of(&reading).load(self.0.id).await?;
        Ok(report.map(Report))
    }
}

/// A figure typed in for a period.
#[derive(Clone, Debug, SimpleObject)]
pub struct PeriodFigure {
    /// Bufdir's id of the field.
    pub field: String,
    /// A number, a text, or an object with a document's `reference` and `sha256`.
    pub value: Option<Json>,
    /// How often it was typed in, counted from 1.
    pub version: i32,
    /// When it was typed in, UTC.
    pub entered_at: DateTime,
    /// Who typed it in.
    pub entered_by: Option<Person>,
}
