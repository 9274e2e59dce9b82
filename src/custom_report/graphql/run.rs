//! Runs of custom reports in GraphQL.

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Context, ID, InputObject, Object, SimpleObject, Subscription};
use entity::enums::{CustomOutputFormat, Language, RunStatus, RunTrigger};
use futures::Stream;
use uuid::Uuid;

use super::CustomReportDateRangeInput;
use crate::custom_report::ids;
use crate::custom_report::rights;
use crate::custom_report::run::{self, Run, RunOptions};
use crate::export::FailureCode;
use crate::export::StoredFile;
use crate::kernel::changes::Changes;
use crate::kernel::context::{Reading, RequestContext, RequestExt};
use crate::kernel::error::{Error, Result};
use crate::kernel::follow::{Current, follow};
use crate::kernel::page::{self, Cursor, PageRequest};
use crate::kernel::scalar::{Date, DateTime, Decimal, Json};
use crate::organization::Person;
use crate::organization::node::person_by_id;

/// A page of a custom report's runs.
pub type Runs = Connection<Cursor, CustomReportRun, EmptyFields, EmptyFields>;

/// A run of a custom report: asked for, carried out by a job, and ended with a stored file or with the reason why there
/// is none.
pub struct CustomReportRun(Run);

/// A run of a custom report: asked for, carried out by a job, and ended with a stored file or with the reason why there
/// is none.
#[Object]
impl CustomReportRun {
    /// An opaque id.
    pub async fn id(&self) -> ID {
        ids::CUSTOM_REPORT_RUN.encode(self.0.record.id)
    }

    /// The custom report's id.
    async fn custom_report_id(&self) -> ID {
        ids::CUSTOM_REPORT.encode(self.0.record.custom_report_id)
    }

    /// Where the run stands.
    async fn status(&self) -> RunStatus {
        self.0.record.status
    }

    /// What asked for it.
    async fn trigger(&self) -> RunTrigger {
        self.0.record.trigger
    }

    /// When the schedule wanted it, UTC; null where a person asked.
    async fn due_at(&self) -> Option<DateTime> {
        self.0.record.due_at.map(DateTime)
    }

    /// The format of the file.
    async fn format(&self) -> CustomOutputFormat {
        self.0.record.output_format
    }

    /// The language of the file.
    async fn language(&self) -> Language {
        self.0.record.language
    }

    /// The first local date that it covers.
    async fn date_from(&self) -> Date {
        Date(self.0.record.date_from)
    }

    /// The last local date that it covers.
    async fn date_to(&self) -> Date {
        Date(self.0.record.date_to)
    }

    /// What was asked, as the definition then stood: `name`, `description`, `report_type`, `filters`, `groupings`,
    /// `columns`.
    async fn definition(&self) -> Json {
        Json(self.0.record.definition.clone())
    }

    /// Rows written so far, told about every second.
    async fn rows_so_far(&self) -> i32 {
        self.0.record.rows_so_far
    }

    /// Rows in the file; null unless succeeded.
    async fn row_count(&self) -> Option<i32> {
        self.0.record.row_count
    }

    /// What the file's columns of numbers add up to; null unless succeeded.
    async fn control_totals(&self) -> Option<Result<Vec<ControlTotal>>> {
        let totals = self.0.record.control_totals.as_ref()?.as_array().into_iter().flatten();
        Some(totals.map(ControlTotal::read).collect())
    }

    /// Why it failed, for programs; null unless it did.
    async fn error_code(&self) -> Option<FailureCode> {
        let code = self.0.record.error_code.as_deref()?;
        Some(FailureCode::from_name(code).unwrap_or(FailureCode::Internal))
    }

    /// Why it failed, for people; null unless it did.
    async fn error_message(&self) -> Option<&str> {
        self.0.record.error_message.as_deref()
    }

    /// Who asked for it, or whose schedule it is; null where the caller sees no such person.
    async fn requested_by(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        person_by_id(ctx, self.0.record.requested_by_user_id).await.transpose()
    }

    /// When it was asked for, UTC.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.record.created_at)
    }

    /// When a worker first took it up, UTC; null before.
    async fn started_at(&self) -> Option<DateTime> {
        self.0.record.started_at.map(DateTime)
    }

    /// When it ended, UTC; null before.
    async fn completed_at(&self) -> Option<DateTime> {
        self.0.record.completed_at.map(DateTime)
    }

    /// When somebody asked for its end, UTC; null where nobody did.
    async fn cancel_requested_at(&self) -> Option<DateTime> {
        self.0.record.cancel_requested_at.map(DateTime)
    }

    /// The stored file; null unless succeeded. `createDownloadLink` makes an address for it.
    async fn file(&self) -> Option<StoredFile> {
        self.0.file.clone()
    }
}

/// What a column of numbers adds up to, as the file shows it.
#[derive(SimpleObject)]
pub struct ControlTotal {
    /// The column's place from the left, where the first is 1: headers may be the same. Null where it was not recorded.
    column: Option<i32>,
    /// The column's header.
    label: String,
    /// The sum of its numbers. Those too small to show are left out.
    sum: Decimal,
    /// How many cells are too small to show, and left out. Null where it was not recorded.
    hidden_cells: Option<i32>,
}

impl ControlTotal {
    fn read(total: &serde_json::Value) -> Result<Self> {
        let (label, sum) = (total["label"].as_str(), total["sum"].as_str());
        let sum = sum.and_then(|sum| sum.parse().ok());
        let sum = sum.ok_or_else(|| Error::internal("a control total of another form"))?;
        let number = |key: &str| {
            total[key]
                .as_i64()
                .map(|number| i32::try_from(number).unwrap_or(i32::MAX))
        };
        Ok(Self {
            column: number("column"),
            hidden_cells: number("hidden"),
            label: label.unwrap_or_default().to_owned(),
            sum: Decimal(sum),
        })
    }
}

/// The run by id, as a node as well; `None` where the caller can see no such run.
pub async fn find_run(reading: &Reading, id: Uuid) -> Result<Option<CustomReportRun>> {
    Ok(run::find(reading, id).await?.map(CustomReportRun))
}

/// A page of a definition's runs, the newest first.
pub async fn runs_of(reading: &Reading, report: Uuid, page: &PageRequest) -> Result<Runs> {
    let found = run::list(reading, report, page).await?;
    page::connection(found, EmptyFields, |run| Ok(CustomReportRun(run)))
}

/// Queries about runs.
#[derive(Default)]
pub struct RunQuery;

#[Object]
impl RunQuery {
    /// One run of a custom report; null where the caller can see no such run.
    async fn custom_report_run(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The run's id.")] id: ID,
    ) -> Option<Result<CustomReportRun>> {
        let found = async {
            let reading = ctx.read_with(rights::READ_CUSTOM_REPORTS).await?;
            find_run(&reading, ids::CUSTOM_REPORT_RUN.decode(&id, "id")?).await
        };
        found.await.transpose()
    }
}

/// Mutations of runs.
#[derive(Default)]
pub struct RunMutation;

#[Object]
impl RunMutation {
    /// Asks for a run of a custom report. It is pending until a worker takes it up: follow `customReportRunUpdated`.
    #[graphql(guard = "rights::READ_CUSTOM_REPORTS")]
    async fn run_custom_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to run.")] input: RunCustomReportInput,
    ) -> Result<CustomReportRunPayload> {
        let (report, options) = input.decoded()?;
        let run = run::run(ctx.write().await?, report, options).await?;
        CustomReportRunPayload::of(ctx, run).await
    }

    /// Ends a run: one that is pending at once, one that is running within about a second.
    #[graphql(guard = "rights::READ_CUSTOM_REPORTS")]
    async fn cancel_custom_report_run(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which run.")] input: CancelCustomReportRunInput,
    ) -> Result<CustomReportRunPayload> {
        let run = ids::CUSTOM_REPORT_RUN.decode(&input.id, "input.id")?;
        run::cancel(ctx.write().await?, run).await?;
        CustomReportRunPayload::of(ctx, run).await
    }
}

/// What to run.
#[derive(InputObject)]
pub struct RunCustomReportInput {
    /// The custom report's id.
    id: ID,
    /// The format of the file; the definition's unless said otherwise.
    format: Option<CustomOutputFormat>,
    /// The language of the file; the definition's unless said otherwise.
    language: Option<Language>,
    /// Which local dates it covers; the definition's unless said otherwise.
    date_range: Option<CustomReportDateRangeInput>,
}

impl RunCustomReportInput {
    fn decoded(self) -> Result<(Uuid, RunOptions)> {
        let report = ids::CUSTOM_REPORT.decode(&self.id, "input.id")?;
        let range = self.date_range.map(|range| range.into_range("input.dateRange"));
        let options = RunOptions {
            format: self.format,
            language: self.language,
            range: range.transpose()?,
        };
        Ok((report, options))
    }
}

/// Which run to end.
#[derive(InputObject)]
pub struct CancelCustomReportRunInput {
    /// The run's id.
    id: ID,
}

/// A run as it now stands.
#[derive(SimpleObject)]
pub struct CustomReportRunPayload {
    /// The run.
    custom_report_run: CustomReportRun,
}

impl CustomReportRunPayload {
    async fn of(ctx: &Context<'_>, run: Uuid) -> Result<Self> {
        let found = find_run(&*ctx.read().await?, run).await?;
        let custom_report_run = found.ok_or(Error::NotFound("run of a custom report"))?;
        Ok(Self { custom_report_run })
    }
}

/// Subscriptions to runs.
#[derive(Default)]
pub struct RunSubscription;

#[Subscription]
impl RunSubscription {
    /// The run now, and again whenever it or the rows so far change, until it has ended. Ends earlier when the token expires
    /// or the right to read custom reports is lost.
    #[graphql(guard = "rights::READ_CUSTOM_REPORTS")]
    async fn custom_report_run_updated<'ctx>(
        &self,
        ctx: &Context<'ctx>,
        #[graphql(desc = "The run's id.")] id: ID,
    ) -> Result<impl Stream<Item = Result<CustomReportRun>> + 'ctx> {
        let run = ids::CUSTOM_REPORT_RUN.decode(&id, "id")?;
        follow(
            ctx.data_unchecked::<RequestContext>(),
            ctx.data_unchecked::<Changes>(),
            run,
            move |reading| async move {
                reading.actor().require(rights::READ_CUSTOM_REPORTS)?;
                let found = find_run(&reading, run).await?;
                let found = found.ok_or(Error::NotFound("run of a custom report"))?;
                Ok(if found.0.has_ended() {
                    Current::Last(found)
                } else {
                    Current::More(found)
                })
            },
        )
        .await
    }
}
