//! What can be done with reports. Each field is one transaction with its audit entries.

use async_graphql::{Context, MaybeUndefined, Object, SimpleObject};
use uuid::Uuid;

use super::ReportPeriod;
use super::inputs::{
    ConfirmSubmissionInput, CreateReportPeriodInput, ExportReportInput, GenerateReportInput, RegenerateReportInput,
    ReopenReportInput, RetryReportInput, SetPeriodFiguresInput, UpdateReportNotesInput, UpdateReportPeriodInput,
};
use crate::export::ExportOperation;
use crate::export::graphql::find_operation;
use crate::export::ids::EXPORT_OPERATION;
use crate::kernel::context::RequestExt;
use crate::kernel::error::{Error, Result};
use crate::organization::ids::ORGANIZATIONAL_UNIT;
use crate::report::period::TypedFigure;
use crate::report::{self, ExportRequest, Report, ids, period, rights};

/// Mutations of reports and their periods.
#[derive(Default)]
pub struct ReportMutation;

#[Object]
impl ReportMutation {
    /// Adds a report period.
    #[graphql(guard = "rights::EDIT_PERIODS")]
    async fn create_report_period(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The period.")] input: CreateReportPeriodInput,
    ) -> Result<ReportPeriodPayload> {
        let id = period::create(ctx.write().await?, &input.name, input.first_date.0, input.last_date.0).await?;
        ReportPeriodPayload::of(ctx, id).await
    }

    /// Renames a report period or moves its dates.
    #[graphql(guard = "rights::EDIT_PERIODS")]
    async fn update_report_period(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The changes.")] input: UpdateReportPeriodInput,
    ) -> Result<ReportPeriodPayload> {
        let id = ids::REPORT_PERIOD.decode(&input.id, "input.id")?;
        let (first, last) = (input.first_date.map(|date| date.0), input.last_date.map(|date| date.0));
        period::update(ctx.write().await?, id, input.name.as_deref(), first, last).await?;
        ReportPeriodPayload::of(ctx, id).await
    }

    /// Types in the figures that no activity yields.
    #[graphql(guard = "rights::EDIT_PERIODS")]
    async fn set_period_figures(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The figures.")] input: SetPeriodFiguresInput,
    ) -> Result<ReportPeriodPayload> {
        let id = ids::REPORT_PERIOD.decode(&input.report_period_id, "input.reportPeriodId")?;
        let figures = input.figures.into_iter();
        let figures = figures
            .map(|figure| TypedFigure {
                field: figure.field,
                value: figure.value.map(|value| value.into_json()),
            })
            .collect();
        period::set_figures(ctx.write().await?, id, figures).await?;
        ReportPeriodPayload::of(ctx, id).await
    }

    /// Asks for the period's report. It is pending until a worker has generated it: follow `reportUpdated`.
    #[graphql(guard = "rights::GENERATE_REPORTS")]
    async fn generate_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The period.")] input: GenerateReportInput,
    ) -> Result<ReportPayload> {
        let period = ids::REPORT_PERIOD.decode(&input.report_period_id, "input.reportPeriodId")?;
        let id = report::generate(ctx.write().await?, period, input.notes).await?;
        ReportPayload::of(ctx, id).await
    }

    /// Asks for a failed generation anew.
    #[graphql(guard = "rights::GENERATE_REPORTS")]
    async fn retry_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The report.")] input: RetryReportInput,
    ) -> Result<ReportPayload> {
        let id = ids::REPORT.decode(&input.report_id, "input.reportId")?;
        report::retry(ctx.write().await?, id).await?;
        ReportPayload::of(ctx, id).await
    }

    /// Asks for a further generation of a report that is ready; the former stays readable. Refused where it would say the same
    /// as the last one.
    #[graphql(guard = "rights::GENERATE_REPORTS")]
    async fn regenerate_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The report.")] input: RegenerateReportInput,
    ) -> Result<ReportPayload> {
        let id = ids::REPORT.decode(&input.report_id, "input.reportId")?;
        report::regenerate(ctx.write().await?, id).await?;
        ReportPayload::of(ctx, id).await
    }

    /// Opens an exported report for a further generation, for a reason. Org admins only.
    #[graphql(guard = "rights::REOPEN_REPORTS")]
    async fn reopen_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The report and the reason.")] input: ReopenReportInput,
    ) -> Result<ReportPayload> {
        let id = ids::REPORT.decode(&input.report_id, "input.reportId")?;
        report::reopen(ctx.write().await?, id, &input.reason).await?;
        ReportPayload::of(ctx, id).await
    }

    /// Replaces the notes. A confirmed submission locks them.
    #[graphql(guard = "rights::EDIT_PERIODS")]
    async fn update_report_notes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The report and its notes.")] input: UpdateReportNotesInput,
    ) -> Result<ReportPayload> {
        let id = ids::REPORT.decode(&input.report_id, "input.reportId")?;
        match input.notes {
            MaybeUndefined::Undefined => {}
            MaybeUndefined::Null => report::update_notes(ctx.write().await?, id, None).await?,
            MaybeUndefined::Value(notes) => report::update_notes(ctx.write().await?, id, Some(notes)).await?,
        }
        ReportPayload::of(ctx, id).await
    }

    /// Exports the current generation as a file. The operation is pending until a worker has stored the file: follow
    /// `exportOperationUpdated`.
    #[graphql(guard = "rights::EXPORT_REPORTS")]
    async fn export_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to export, and how.")] input: ExportReportInput,
    ) -> Result<ExportReportPayload> {
        let report_id = ids::REPORT.decode(&input.report_id, "input.reportId")?;
        let unit = input.scope_unit_id.as_ref();
        let request = ExportRequest {
            report_id,
            format: input.format,
            scope_level: input.scope_level,
            scope_unit: unit
                .map(|id| ORGANIZATIONAL_UNIT.decode(id, "input.scopeUnitId"))
                .transpose()?,
            language: input.language,
            accepted_warnings: input.accepted_warnings,
        };
        let export = report::export(ctx.write().await?, request).await?;
        ExportReportPayload::of(ctx, report_id, export).await
    }

    /// Confirms that the exported report was handed in at Bufdir's portal; once per generation.
    #[graphql(guard = "rights::EXPORT_REPORTS")]
    async fn confirm_submission(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The report, and the portal's reference.")] input: ConfirmSubmissionInput,
    ) -> Result<ExportReportPayload> {
        let report_id = ids::REPORT.decode(&input.report_id, "input.reportId")?;
        let export = input.export_operation_id.as_ref();
        let export = export
            .map(|id| EXPORT_OPERATION.decode(id, "input.exportOperationId"))
            .transpose()?;
        let confirmed =
            report::confirm_submission(ctx.write().await?, report_id, export, input.reference.as_deref()).await?;
        ExportReportPayload::of(ctx, confirmed.report_id, confirmed.export_id).await
    }
}

/// The period as it is now.
#[derive(SimpleObject)]
pub struct ReportPeriodPayload {
    /// The period.
    pub report_period: ReportPeriod,
}

impl ReportPeriodPayload {
    async fn of(ctx: &Context<'_>, id: Uuid) -> Result<Self> {
        let reading = ctx.read().await?;
        let period = report::find_period(&**reading, id).await?;
        Ok(Self {
            report_period: period.ok_or(Error::NotFound("report period"))?,
        })
    }
}

/// The report as it is now.
#[derive(SimpleObject)]
pub struct ReportPayload {
    /// The report.
    pub report: Report,
}

impl ReportPayload {
    async fn of(ctx: &Context<'_>, id: Uuid) -> Result<Self> {
        let reading = ctx.read().await?;
        let report = report::find_report(&**reading, id).await?;
        Ok(Self {
            report: report.ok_or(Error::NotFound("report"))?,
        })
    }
}

/// The report and its export as they are now.
#[derive(SimpleObject)]
pub struct ExportReportPayload {
    /// The report.
    pub report: Report,
    /// The export operation.
    pub export_operation: ExportOperation,
}

impl ExportReportPayload {
    async fn of(ctx: &Context<'_>, report: Uuid, export: Uuid) -> Result<Self> {
        let ReportPayload { report } = ReportPayload::of(ctx, report).await?;
        let export_operation = find_operation(&*ctx.read().await?, export).await?;
        Ok(Self {
            report,
            export_operation: export_operation.ok_or(Error::NotFound("export operation"))?,
        })
    }
}
