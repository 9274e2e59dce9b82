//! Runs of custom reports in GraphQL.

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{ComplexObject, Context, ID, InputObject, Object, SimpleObject, Subscription};
use entity::enums::{CustomOutputFormat, Language};
use futures::Stream;
use uuid::Uuid;

use super::CustomReportDateRangeInput;
use crate::custom_report::run::{self, CustomReportRun, RunOptions};
use crate::custom_report::{ids, rights};
use crate::export::FailureCode;
use crate::kernel::context::{Reading, RequestExt};
use crate::kernel::error::{Error, Result};
use crate::kernel::follow::{Followed, follow};
use crate::kernel::page::{self, Cursor, PageRequest};
use crate::kernel::right::Right;
use crate::kernel::scalar::Decimal;
use crate::organization::Person;
use crate::organization::node::person_by_id;

/// A page of a custom report's runs.
pub type Runs = Connection<Cursor, CustomReportRun, EmptyFields, EmptyFields>;

#[ComplexObject]
impl CustomReportRun {
    /// An opaque id.
    pub async fn id(&self) -> ID {
        ids::CUSTOM_REPORT_RUN.encode(self.id)
    }

    /// The custom report's id.
    async fn custom_report_id(&self) -> ID {
        ids::CUSTOM_REPORT.encode(self.custom_report_id)
    }

    /// What the file's columns of numbers add up to; null unless succeeded.
    async fn control_totals(&self) -> Option<Result<Vec<ControlTotal>>> {
        let totals = self.control_totals.as_ref()?.0.as_array().into_iter().flatten();
        Some(totals.map(ControlTotal::read).collect())
    }

    /// Why it failed, for programs; null unless it did.
    async fn error_code(&self) -> Option<FailureCode> {
        let code = self.error_code.as_deref()?;
        Some(FailureCode::from_name(code).unwrap_or(FailureCode::Internal))
    }

    /// Who asked for it, or whose schedule it is; null where the caller sees no such person.
    async fn requested_by(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        person_by_id(ctx, self.requested_by_user_id).await.transpose()
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
    run::find(reading, id).await
}

/// A page of a definition's runs, the newest first.
pub async fn runs_of(reading: &Reading, report: Uuid, page: &PageRequest) -> Result<Runs> {
    let found = run::list_runs(reading, report, page).await?;
    page::connection(found, EmptyFields, Ok)
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
        let (report, options) = input.decode()?;
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
    fn decode(self) -> Result<(Uuid, RunOptions)> {
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

impl Followed for CustomReportRun {
    const RIGHT: Right = rights::READ_CUSTOM_REPORTS;
    const NAME: &'static str = "run of a custom report";

    async fn find(reading: &Reading, id: Uuid) -> Result<Option<Self>> {
        find_run(reading, id).await
    }

    fn has_ended(&self) -> bool {
        self.has_ended()
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
        follow(ctx, ids::CUSTOM_REPORT_RUN.decode(&id, "id")?).await
    }
}
