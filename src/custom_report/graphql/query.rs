//! What can be asked of custom reports.

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Context, ID, InputObject, Object};
use entity::enums::{CustomReportType, Language};

use super::preview::CustomReportPreview;
use super::{CustomReport, CustomReportDateRangeInput, CustomReportDefinitionInput, find_custom_report};
use crate::custom_report::source::DataSource;
use crate::custom_report::{self, CustomReportOrderField, DefinitionFilter, ids, rights};
use crate::kernel::context::RequestExt;
use crate::kernel::error::{Error, Result};
use crate::kernel::page::{self, Cursor, PageRequest};
use crate::kernel::scalar::DateTime;
use crate::organization::ids::PERSON;

/// A page of custom reports.
pub type CustomReports = Connection<Cursor, CustomReport, EmptyFields, EmptyFields>;

/// Which custom reports. What is left out does not limit the list, deleted ones apart.
#[derive(Default, InputObject)]
pub struct CustomReportFilter {
    /// Deleted ones in place of those that are not.
    #[graphql(default)]
    deleted: bool,
    /// Those about this.
    report_type: Option<CustomReportType>,
    /// Those of this person.
    created_by_id: Option<ID>,
    /// Those with a schedule that is on, or those without.
    is_scheduled: Option<bool>,
    /// Those whose name has this in it, whatever the case of its letters.
    name: Option<String>,
}

impl CustomReportFilter {
    fn decode(self) -> Result<DefinitionFilter> {
        let created_by = self.created_by_id.as_ref();
        let created_by = created_by.map(|id| PERSON.decode(id, "filter.createdById"));
        Ok(DefinitionFilter {
            active: Some(!self.deleted),
            report_type: self.report_type,
            created_by: created_by.transpose()?,
            scheduled: self.is_scheduled,
            name: self.name,
        })
    }
}

/// The order of custom reports.
#[derive(Clone, Copy, Debug, Default, InputObject)]
pub struct CustomReportOrder {
    /// What to order by.
    field: CustomReportOrderField,
    /// Whether the last comes first.
    #[graphql(default)]
    descending: bool,
}

/// Queries about custom reports.
#[derive(Default)]
pub struct CustomReportQuery;

#[Object]
impl CustomReportQuery {
    /// The custom reports that are not deleted, by name unless said otherwise.
    #[graphql(
        guard = "rights::READ_CUSTOM_REPORTS",
        complexity = "page::cost(first, last, child_complexity)"
    )]
    async fn custom_reports(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which custom reports.")] filter: Option<CustomReportFilter>,
        #[graphql(desc = "In which order.")] order_by: Option<CustomReportOrder>,
        #[graphql(desc = "Continue after this cursor.")] after: Option<String>,
        #[graphql(desc = "Continue before this cursor.")] before: Option<String>,
        #[graphql(desc = "Take this many from the beginning: 1 to 200, 50 unless said otherwise.")] first: Option<i32>,
        #[graphql(desc = "Take this many from the end: 1 to 200.")] last: Option<i32>,
    ) -> Result<CustomReports> {
        let page = PageRequest::new(after, before, first, last)?;
        let filter = filter.unwrap_or_default().decode()?;
        let CustomReportOrder { field, descending } = order_by.unwrap_or_default();
        let found = custom_report::list(&*ctx.read().await?, &filter, field, descending, &page).await?;
        page::connection(found, EmptyFields, |record| Ok(CustomReport(record)))
    }

    /// One custom report, a deleted one too; null where the caller can see no such report.
    async fn custom_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The custom report's id.")] id: ID,
    ) -> Option<Result<CustomReport>> {
        let found = async {
            let reading = ctx.read_with(rights::READ_CUSTOM_REPORTS).await?;
            find_custom_report(&reading, ids::CUSTOM_REPORT.decode(&id, "id")?).await
        };
        found.await.transpose()
    }

    /// What custom reports can be about, with all that a definition can name: columns, filters, groupings.
    #[graphql(guard = "rights::READ_CUSTOM_REPORTS", complexity = "20 * child_complexity")]
    async fn custom_report_sources(
        &self,
        #[graphql(desc = "Of this type alone; all when left out.")] report_type: Option<CustomReportType>,
    ) -> Vec<&'static DataSource> {
        match report_type {
            Some(one) => vec![DataSource::of(one)],
            None => DataSource::all().collect(),
        }
    }

    /// The first rows that a definition yields now, saved or not. Refused with the reason where it would cost too much.
    #[graphql(
        guard = "rights::READ_CUSTOM_REPORTS",
        complexity = "page::LARGE_STATEMENT + page::cost(first, None, child_complexity)"
    )]
    async fn preview_custom_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to ask.")] definition: CustomReportDefinitionInput,
        #[graphql(desc = "Which local dates.")] date_range: CustomReportDateRangeInput,
        #[graphql(
            desc = "The language of labels; Norwegian (bokmål) unless said otherwise.",
            default_with = "Language::Nb"
        )]
        language: Language,
        #[graphql(desc = "This many rows at most: 1 to 200, 50 unless said otherwise.")] first: Option<i32>,
    ) -> Result<CustomReportPreview> {
        let first = PageRequest::new(None, None, first, None)?.size;
        let first = u32::try_from(first).map_err(Error::internal)?;
        let range = date_range.into_range("dateRange")?;
        let found = async {
            let definition = definition.into_definition()?;
            custom_report::preview(&*ctx.read().await?, &definition, range, language, first).await
        };
        found
            .await
            .map(CustomReportPreview)
            .map_err(|error| error.below("definition"))
    }

    /// When a schedule that is not saved yet would come due, UTC, the earliest first.
    #[graphql(guard = "rights::READ_CUSTOM_REPORTS")]
    async fn next_runs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The schedule, five-field cron in Norway's time: `0 6 * * MON-FRI`.")] cron: String,
        #[graphql(desc = "How many: 1 to 200, 5 unless said otherwise.")] first: Option<u32>,
    ) -> Result<Vec<DateTime>> {
        super::next_runs(ctx, &cron, first)
    }
}
