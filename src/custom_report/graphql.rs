//! Custom reports in GraphQL: definitions, what can be asked, previews.

mod definition;
mod inputs;
mod mutation;
mod preview;
mod query;
mod run;
mod sent;
mod source;

pub use crate::custom_report::run::CustomReportRun;
pub use inputs::{CustomReportDateRangeInput, CustomReportDefinitionInput};
pub use mutation::CustomReportMutation;
pub use query::{CustomReportQuery, CustomReports};
pub use run::{RunMutation, RunQuery, RunSubscription, Runs, find_run};
pub use sent::misfit;

use async_graphql::{Context, ID, Object};
use entity::enums::{CustomOutputFormat, CustomReportType, DateRangeType, Language, RunStatus};
use uuid::Uuid;

use super::{Definition, Record, schedule, stored};
use crate::custom_report;
use crate::custom_report::ids;
use crate::kernel::context::{Reading, RequestExt};
use crate::kernel::error::{Error, Result};
use crate::kernel::local_time::oslo_date;
use crate::kernel::page::{self, MAX_PAGE_SIZE, PageRequest};
use crate::kernel::rules;
use crate::kernel::scalar::{Date, DateTime, Json};
use crate::organization::Person;
use crate::organization::node::person_by_id;

/// How many of a schedule's next runs are told when the caller names no number.
const DEFAULT_RUNS: u32 = 5;

pub struct CustomReport(Record);

/// A custom report: what an org admin defined.
#[Object]
impl CustomReport {
    /// An opaque id.
    pub async fn id(&self) -> ID {
        ids::CUSTOM_REPORT.encode(self.0.id)
    }

    /// The name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What the report is for.
    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// What each row is, before grouping.
    async fn report_type(&self) -> CustomReportType {
        self.0.report_type
    }

    /// What the report asks; null where this version does not understand it.
    async fn definition(&self) -> Option<Definition> {
        Some(stored::check(&self.0).ok()?.into_definition())
    }

    /// What the report asks, as it is stored: an object of `report_type`, `filters`, `groupings` and `columns`, whose shape
    /// is published as a JSON Schema.
    async fn stored_definition(&self) -> Json {
        Json(serde_json::json!({
            "report_type": self.0.report_type, "filters": self.0.filters, "groupings": self.0.groupings, "columns": self.0.columns,
        }))
    }

    /// Whether this version understands the definition. One that it does not understand cannot run; change it, or update
    /// the program.
    async fn is_runnable(&self) -> bool {
        stored::check(&self.0).is_ok()
    }

    /// Why it cannot run, with the fault's path in the stored definition; null where it can.
    async fn not_runnable_reason(&self) -> Option<String> {
        stored::not_runnable(&self.0)
    }

    /// The format of its files, unless a run asks for another.
    async fn output_format(&self) -> CustomOutputFormat {
        self.0.output_format
    }

    /// The language of its files, unless a run asks for another.
    async fn language(&self) -> Language {
        self.0.language
    }

    /// Which local dates it covers, unless a run asks for others.
    async fn date_range_type(&self) -> DateRangeType {
        self.0.date_range_type
    }

    /// The first local date of a fixed range, inclusive; null of a rolling one.
    async fn date_from(&self) -> Option<Date> {
        self.0.date_from.map(|instant| Date(oslo_date(instant)))
    }

    /// The last local date of a fixed range, inclusive; null of a rolling one.
    async fn date_to(&self) -> Option<Date> {
        self.0.date_to.map(|instant| Date(oslo_date(instant)))
    }

    /// Whether it runs on a schedule; once it is deleted it does not.
    async fn is_scheduled(&self) -> bool {
        self.0.is_scheduled && self.0.is_active
    }

    /// The schedule, five-field cron in Norway's time. It stays when the schedule was switched off, and when the report is
    /// deleted.
    async fn schedule_cron(&self) -> Option<&str> {
        self.0.schedule_cron.as_deref()
    }

    /// When it runs next, UTC; null without a schedule. After failures this is later than the schedule says; a time that
    /// has gone by is made up for as soon as a worker looks.
    async fn next_run_at(&self) -> Option<DateTime> {
        self.0.next_run_at.map(DateTime)
    }

    /// When it runs next, UTC, the earliest first: from `nextRunAt` on. Nothing without a schedule that can be read.
    async fn next_runs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many: 1 to 200, 5 unless said otherwise.")] first: Option<u32>,
    ) -> Result<Vec<DateTime>> {
        let count = count_of_runs(first)?;
        let schedule = stored::schedule(&self.0).ok().flatten();
        let Some((schedule, next)) = schedule.zip(self.0.next_run_at) else {
            return Ok(Vec::new());
        };
        let after = next.max(ctx.request().clock().now());
        let later = schedule.next_runs(after, count - 1);
        Ok(std::iter::once(next).chain(later).map(DateTime).collect())
    }

    /// Failed runs of the schedule in a row. After five the schedule is switched off.
    async fn schedule_failures(&self) -> i32 {
        self.0.schedule_failures
    }

    /// Why the schedule does not run: failures switched it off, or this version does not read it. Null where it runs, and
    /// where there is none. Set the schedule anew to switch it on.
    async fn schedule_disabled_reason(&self) -> Option<String> {
        stored::why_schedule_rests(&self.0)
    }

    /// When it last ran, UTC; null if never.
    async fn last_run_at(&self) -> Option<DateTime> {
        self.0.last_run_at.map(DateTime)
    }

    /// How its last run ended; null if it never ran.
    async fn last_run_status(&self) -> Option<RunStatus> {
        self.0.last_run_status
    }

    /// The rows of its last run; null unless that succeeded.
    async fn last_run_row_count(&self) -> Option<i32> {
        self.0.last_run_row_count
    }

    /// False once it is deleted.
    async fn is_active(&self) -> bool {
        self.0.is_active
    }

    /// Whose it is, and as whom its schedule runs; null where the caller sees no such person.
    async fn created_by(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        person_by_id(ctx, self.0.created_by_user_id).await.transpose()
    }

    /// Its runs, the newest first.
    #[graphql(complexity = "page::cost(first, last, child_complexity)")]
    async fn runs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Continue after this cursor.")] after: Option<String>,
        #[graphql(desc = "Continue before this cursor.")] before: Option<String>,
        #[graphql(desc = "Take this many from the beginning: 1 to 200, 50 unless said otherwise.")] first: Option<i32>,
        #[graphql(desc = "Take this many from the end: 1 to 200.")] last: Option<i32>,
    ) -> Result<Runs> {
        let page = PageRequest::new(after, before, first, last)?;
        run::runs_of(&*ctx.read().await?, self.0.id, &page).await
    }

    /// When it was defined, UTC.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// When its definition last changed, UTC; runs do not count. Hand it back as `expectedUpdatedAt`, so that nobody's
    /// change is lost.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
    }
}

/// The report by id, as a node as well; `None` where the caller can see no such report.
pub async fn find_custom_report(reading: &Reading, id: Uuid) -> Result<Option<CustomReport>> {
    Ok(custom_report::find(reading, id).await?.map(CustomReport))
}

/// When an expression that is not saved yet would come due.
fn next_runs(ctx: &Context<'_>, cron: &str, first: Option<u32>) -> Result<Vec<DateTime>> {
    let count = count_of_runs(first)?;
    let schedule = schedule::parse(cron).map_err(|error| error.at("cron"))?;
    let runs = schedule.next_runs(ctx.request().clock().now(), count);
    Ok(runs.into_iter().map(DateTime).collect())
}

fn count_of_runs(first: Option<u32>) -> Result<usize> {
    let count = first.unwrap_or(DEFAULT_RUNS);
    if !(1..=MAX_PAGE_SIZE).contains(&u64::from(count)) {
        return Err(Error::rule(rules::PAGE_SIZE_LIMIT).at("first"));
    }
    usize::try_from(count).map_err(Error::internal)
}
