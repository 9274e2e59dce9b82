//! What can be asked of reports.

use async_graphql::{ComplexObject, Context, ID, Object};
use entity::enums::Language;
use serde_json::Value as Json;

use super::figure::{Figure, FormatVersionNode, figures};
use super::generation::VerdictCount;
use super::{List, ReportPeriod};
use crate::export::rights::READ_REPORTS;
use crate::format;
use crate::kernel::context::RequestExt;
use crate::kernel::error::Result;
use crate::kernel::page::{self, PageRequest, connection};
use crate::kernel::scalar::Decimal;
use crate::report::warnings::Warning;
use crate::report::{self, PeriodOrder, Preview, Report, ReportFilter, ReportOrder, ReportPeriodFilter, ids};

async fn find_report(ctx: &Context<'_>, id: &ID) -> Result<Option<Report>> {
    let reading = ctx.read_with(READ_REPORTS).await?;
    let id = ids::REPORT.decode(id, "id")?;
    report::find_report(&**reading, id).await
}

/// Queries about reports, their periods and formats.
#[derive(Default)]
pub struct ReportQuery;

#[Object]
impl ReportQuery {
    /// The organization's report periods.
    #[graphql(guard = "READ_REPORTS", complexity = "page::cost(first, last, child_complexity)")]
    async fn report_periods(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which periods.")] filter: Option<ReportPeriodFilter>,
        #[graphql(desc = "In which order; the newest first unless said otherwise.")] order_by: Option<PeriodOrder>,
        #[graphql(desc = "Periods after this cursor.")] after: Option<String>,
        #[graphql(desc = "Periods before this cursor.")] before: Option<String>,
        #[graphql(desc = "So many from the beginning, 1 to 200.")] first: Option<i32>,
        #[graphql(desc = "So many from the end, 1 to 200.")] last: Option<i32>,
    ) -> Result<List<ReportPeriod>> {
        let page = PageRequest::new(after, before, first, last)?;
        let (filter, order) = (filter.unwrap_or_default(), order_by.unwrap_or_default());
        let page = report::list_periods(&*ctx.read().await?, &filter, order, &page).await?;
        connection(page, Default::default(), Ok)
    }

    /// The organization's reports.
    #[graphql(guard = "READ_REPORTS", complexity = "page::cost(first, last, child_complexity)")]
    async fn reports(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which reports.")] filter: Option<ReportFilter>,
        #[graphql(desc = "In which order; the newest period first unless said otherwise.")] order_by: Option<
            ReportOrder,
        >,
        #[graphql(desc = "Reports after this cursor.")] after: Option<String>,
        #[graphql(desc = "Reports before this cursor.")] before: Option<String>,
        #[graphql(desc = "So many from the beginning, 1 to 200.")] first: Option<i32>,
        #[graphql(desc = "So many from the end, 1 to 200.")] last: Option<i32>,
    ) -> Result<List<Report>> {
        let page = PageRequest::new(after, before, first, last)?;
        let (filter, order) = (filter.unwrap_or_default(), order_by.unwrap_or_default());
        let page = report::list_reports(&*ctx.read().await?, &filter, order, &page).await?;
        connection(page, Default::default(), Ok)
    }

    /// One report; null when there is no such report in the organization.
    async fn report(&self, ctx: &Context<'_>, #[graphql(desc = "The report's id.")] id: ID) -> Option<Result<Report>> {
        find_report(ctx, &id).await.transpose()
    }

    /// What the period's report would say now. Nothing is stored.
    #[graphql(guard = "READ_REPORTS", complexity = "page::LARGE_STATEMENT + child_complexity")]
    async fn report_preview(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The period's id.")] report_period_id: ID,
    ) -> Result<ReportPreview> {
        let period = ids::REPORT_PERIOD.decode(&report_period_id, "reportPeriodId")?;
        Ok(ReportPreview(report::preview(&*ctx.read().await?, period, None).await?))
    }

    /// The versions of Bufdir's format, the oldest first.
    #[graphql(guard = "READ_REPORTS")]
    async fn format_versions(&self, ctx: &Context<'_>) -> Result<Vec<FormatVersionNode>> {
        let versions = format::list(&**ctx.read().await?).await?;
        Ok(versions.into_iter().map(FormatVersionNode).collect())
    }
}

pub struct ReportPreview(Preview);

/// What a report would say now.
#[Object]
impl ReportPreview {
    /// The period.
    async fn period(&self) -> ReportPeriod {
        self.0.period.clone()
    }

    /// The format version that the period's year has.
    async fn format_version(&self) -> &str {
        &self.0.version.version
    }

    /// Approved activities included, whether they count or not.
    async fn activity_count(&self) -> i32 {
        self.0.findings.counted.activity_count
    }

    /// Distinct identified participants of included activities.
    async fn participant_count(&self) -> i32 {
        self.0.findings.counted.participant_count
    }

    /// Distinct peer mentors who led or co-led an included activity.
    async fn volunteer_count(&self) -> i32 {
        self.0.findings.counted.volunteer_count
    }

    /// Hours of included activities.
    async fn total_hours(&self) -> Decimal {
        Decimal::hours(self.0.findings.counted.total_hours)
    }

    /// Activities of the period that await approval. They are not included.
    async fn pending_activities(&self) -> i32 {
        self.0.findings.counted.pending_activities
    }

    /// Activities of the period that were rejected. They are not included.
    async fn rejected_activities(&self) -> i32 {
        self.0.findings.counted.rejected_activities
    }

    /// The fields that Bufdir asks for.
    async fn figures(
        &self,
        #[graphql(default_with = "Language::Nb", desc = "The labels' language.")] language: Language,
    ) -> Vec<Figure> {
        let findings = &self.0.findings;
        figures(
            &self.0.version,
            &findings.data,
            findings.year_before.as_ref().and_then(Json::as_object),
            language,
        )
    }

    /// Activity-days per verdict.
    async fn verdicts(&self) -> Vec<VerdictCount> {
        VerdictCount::list(&self.0.findings.counted.days_by_verdict)
    }

    /// What the generation would warn of.
    async fn warnings(&self) -> Vec<Warning> {
        self.0.warnings.clone()
    }
}

#[ComplexObject]
impl Warning {
    /// The warning in a sentence.
    async fn message(
        &self,
        #[graphql(default_with = "Language::Nb", desc = "The sentence's language.")] language: Language,
    ) -> &str {
        match language {
            Language::Nb => &self.message_nb,
            Language::En => &self.message_en,
        }
    }

    /// Numbers and field ids.
    async fn details(&self) -> crate::kernel::scalar::Json {
        crate::kernel::scalar::Json(self.details.clone())
    }
}
