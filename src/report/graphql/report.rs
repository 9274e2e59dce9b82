//! The report in GraphQL, with all that hangs on it.

use async_graphql::{ComplexObject, Context, ID, InputObject, SimpleObject};
use entity::enums::{AuditAction, Language};

use super::figure::Figure;
use super::frozen_day::{FrozenDayFilter, frozen_days};
use super::generation::VerdictCount;
use super::{FrozenDay, List};
use crate::audit::batches::{TrailBeginnings, TrailKey};
use crate::audit::{self, AuditEvent, TrailFilter};
use crate::export::ExportOperation;
use crate::export::graphql::operations_of_report;
use crate::kernel::context::RequestExt;
use crate::kernel::error::{Error, Result};
use crate::kernel::jobs::ProgressBatch;
use crate::kernel::loader::Loader;
use crate::kernel::page::{PageRequest, connection, first_page};
use crate::kernel::scalar::{Decimal, Json};
use crate::organization::Person;
use crate::organization::node::person_by_id;
use crate::report::batches::{Generations, Periods};
use crate::report::{Generation, Report, ReportPeriod, ReportWarning, ids};

impl Report {
    async fn current(&self, ctx: &Context<'_>) -> Result<Option<Generation>> {
        let generations = Loader::<Generations>::of(&*ctx.read().await?)
            .load(self.id)
            .await?
            .unwrap_or_default();
        let mut generations = generations.into_iter();
        Ok(generations.find(|generation| generation.number == self.current_generation))
    }

    async fn find_progress(&self, ctx: &Context<'_>) -> Result<Option<JobProgress>> {
        let progress = Loader::<ProgressBatch>::of(&*ctx.read().await?).load(self.id).await?;
        Ok(progress.map(|row| JobProgress {
            step: row.step,
            percent: i32::from(row.percent),
        }))
    }
}

#[ComplexObject]
impl Report {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        ids::REPORT.encode(self.id)
    }

    /// The period that it reports on.
    async fn period(&self, ctx: &Context<'_>) -> Result<ReportPeriod> {
        let period = Loader::<Periods>::of(&*ctx.read().await?)
            .load(self.report_period_id)
            .await?;
        period.ok_or(Error::NotFound("report period"))
    }

    /// How far the job under way has come; null when there is none.
    async fn progress(&self, ctx: &Context<'_>) -> Option<Result<JobProgress>> {
        self.find_progress(ctx).await.transpose()
    }

    /// Hours of included activities.
    async fn total_hours(&self) -> Option<Decimal> {
        self.total_hours.map(Decimal::hours)
    }

    /// Who asked for the current generation.
    async fn generated_by(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        person_by_id(ctx, self.generated_by_user_id?).await.transpose()
    }

    /// Who exported it last.
    async fn exported_by(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        person_by_id(ctx, self.exported_by_user_id?).await.transpose()
    }

    /// The generation that the report shows; null before the first.
    async fn current_generation(&self, ctx: &Context<'_>) -> Option<Result<Generation>> {
        self.current(ctx).await.transpose()
    }

    /// All generations, the newest first.
    async fn generations(&self, ctx: &Context<'_>) -> Result<Vec<Generation>> {
        let generations = Loader::<Generations>::of(&*ctx.read().await?).load(self.id).await?;
        Ok(generations.unwrap_or_default())
    }

    /// The fields that Bufdir asks for, of the current generation; empty before the first.
    async fn figures(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Language::Nb", desc = "The labels' language.")] language: Language,
    ) -> Result<Vec<Figure>> {
        match self.current(ctx).await? {
            Some(generation) => generation.figures(ctx, language).await,
            None => Ok(Vec::new()),
        }
    }

    /// The frozen data of the current generation, keyed by Bufdir's field ids.
    async fn report_data(&self, ctx: &Context<'_>) -> Option<Result<Json>> {
        match self.current(ctx).await.transpose()? {
            Ok(generation) => Some(generation.report_data(ctx).await),
            Err(error) => Some(Err(error)),
        }
    }

    /// The current generation's warnings.
    async fn warnings(&self, ctx: &Context<'_>) -> Result<Vec<ReportWarning>> {
        match self.current(ctx).await? {
            Some(generation) => generation.warnings(ctx).await,
            None => Ok(Vec::new()),
        }
    }

    /// The current generation's activity-days per verdict.
    async fn verdicts(&self, ctx: &Context<'_>) -> Result<Vec<VerdictCount>> {
        match self.current(ctx).await? {
            Some(generation) => generation.verdicts(ctx).await,
            None => Ok(Vec::new()),
        }
    }

    /// The current generation's activity-days that do not count, by date, each with its reason.
    #[graphql(complexity = "crate::kernel::page::cost(first, last, child_complexity)")]
    async fn days_not_counted(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them.")] filter: Option<FrozenDayFilter>,
        #[graphql(desc = "Days after this cursor.")] after: Option<String>,
        #[graphql(desc = "Days before this cursor.")] before: Option<String>,
        #[graphql(desc = "So many from the beginning, 1 to 200.")] first: Option<i32>,
        #[graphql(desc = "So many from the end, 1 to 200.")] last: Option<i32>,
    ) -> Result<List<FrozenDay>> {
        let page = PageRequest::new(after, before, first, last)?;
        let filter = FrozenDayFilter {
            not_counted: Some(true),
            ..filter.unwrap_or_default()
        };
        match self.current(ctx).await? {
            Some(generation) => frozen_days(&*ctx.read().await?, generation.id, filter, &page).await,
            None => Ok(List::new(false, false)),
        }
    }

    /// Who did what to the report, in chronological order. Nobody can change it.
    #[graphql(complexity = "crate::kernel::page::cost(first, last, child_complexity)")]
    async fn audit_trail(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which events.")] filter: Option<AuditTrailFilter>,
        #[graphql(desc = "Events after this cursor.")] after: Option<String>,
        #[graphql(desc = "Events before this cursor.")] before: Option<String>,
        #[graphql(desc = "So many from the beginning, 1 to 200.")] first: Option<i32>,
        #[graphql(desc = "So many from the end, 1 to 200.")] last: Option<i32>,
    ) -> Result<List<AuditEvent>> {
        let page = PageRequest::new(after, before, first, last)?;
        let filter = TrailFilter {
            actions: filter.and_then(|filter| filter.types),
        };
        let columns = AuditEvent::columns(&ctx.look_ahead());
        let reading = ctx.read().await?;
        if page.backward || page.cursor.is_some() {
            let page = audit::trail(&reading, self.id, &filter, columns, &page).await?;
            return connection(page, Default::default(), Ok);
        }
        let key = TrailKey {
            report: self.id,
            filter,
            columns,
            size: page.size,
        };
        let events = Loader::<TrailBeginnings>::of(&reading).load(key).await?;
        first_page(events.unwrap_or_default(), page.size)
    }

    /// The report's export operations, the newest first.
    #[graphql(complexity = "crate::kernel::page::cost(first, last, child_complexity)")]
    async fn export_operations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Operations after this cursor.")] after: Option<String>,
        #[graphql(desc = "Operations before this cursor.")] before: Option<String>,
        #[graphql(desc = "So many from the beginning, 1 to 200.")] first: Option<i32>,
        #[graphql(desc = "So many from the end, 1 to 200.")] last: Option<i32>,
    ) -> Result<List<ExportOperation>> {
        let page = PageRequest::new(after, before, first, last)?;
        operations_of_report(&*ctx.read().await?, self.id, &page).await
    }
}

/// Which events of a trail are wanted.
#[derive(Clone, Debug, Default, InputObject)]
pub struct AuditTrailFilter {
    /// Events of these types; all when left out, none when the list is empty.
    pub types: Option<Vec<AuditAction>>,
}

/// How far a job has come.
#[derive(Clone, Debug, SimpleObject)]
pub struct JobProgress {
    /// What it is doing.
    pub step: String,
    /// 0 to 100.
    pub percent: i32,
}
