//! Export operations in GraphQL.

mod subscription;

pub use subscription::ExportSubscription;

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, Object, OneofObject, SimpleObject};
use entity::enums::{ExportFormat, ExportOrigin, ExportStatus, ScopeLevel};
use uuid::Uuid;

use super::download::{DownloadLinks, FileOrigin, FileRight};
use super::failure::FailureCode;
use super::operations::{self, BeginningKey, ById, ExportOperation, OfReports, OperationFilter, StoredFile};
use crate::export::{ids, rights};
use crate::kernel::context::{Reading, RequestExt};
use crate::kernel::error::Result;
use crate::kernel::id::IdKind;
use crate::kernel::loader::Loader;
use crate::kernel::page::{self, Cursor, Page, PageRequest};
use crate::kernel::scalar::DateTime;
use crate::organization::ids::ORGANIZATIONAL_UNIT;
use crate::organization::node::{person_by_id, unit_by_id};
use crate::organization::{Person, Unit};

#[ComplexObject]
impl ExportOperation {
    /// An opaque id.
    pub async fn id(&self) -> ID {
        ids::EXPORT_OPERATION.encode(self.id)
    }

    /// The unit of a regional or local export; null of a national one.
    async fn scope_unit(&self, ctx: &Context<'_>) -> Option<Result<Unit>> {
        unit_by_id(ctx, self.scope_id?).await.transpose()
    }

    /// Who asked for it; null where the caller sees no such person.
    async fn requested_by(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        person_by_id(ctx, self.requested_by).await.transpose()
    }

    /// Distinct participants in the file; null unless complete, and where a unit's are 1 to 4: so few can be
    /// recognised.
    async fn participant_count(&self) -> Option<i32> {
        let is_official = self.scope_level == ScopeLevel::National;
        self.participant_count
            .filter(|number| is_official || !counting::are_few((*number).into()))
    }

    /// Why it failed, for programs; null unless it did.
    async fn error_code(&self) -> Option<FailureCode> {
        let code = self.error_code.as_deref()?;
        Some(FailureCode::from_name(code).unwrap_or(FailureCode::Internal))
    }
}

#[ComplexObject]
impl StoredFile {
    /// An opaque id.
    async fn id(&self) -> ID {
        ids::FILE.encode(self.id)
    }
}

/// The operation, as a node or as what a mutation gives back; `None` where the caller can see no such operation.
pub async fn find_operation(reading: &Reading, id: Uuid) -> Result<Option<ExportOperation>> {
    Loader::<ById>::of(reading).load(id).await
}

/// A page of a report's operations, the newest first. First pages are read for all reports of a list at once.
pub async fn operations_of_report(reading: &Reading, report: Uuid, page: &PageRequest) -> Result<ExportOperations> {
    if page.backward || page.cursor.is_some() {
        let filter = OperationFilter {
            report_id: Some(report),
            ..OperationFilter::default()
        };
        return to_connection(operations::list(reading, &filter, true, page).await?);
    }
    let key = BeginningKey {
        report,
        size: page.size,
    };
    let found = Loader::<OfReports>::of(reading).load(key).await?;
    page::first_page(found.unwrap_or_default(), page.size)
}

type ExportOperations = Connection<Cursor, ExportOperation, EmptyFields, EmptyFields>;

fn to_connection(page: Page<ExportOperation>) -> Result<ExportOperations> {
    page::connection(page, EmptyFields, Ok)
}

/// Which export operations. What is left out does not limit the list.
#[derive(Default, InputObject)]
pub struct ExportOperationFilter {
    /// Those that stand here.
    status: Option<ExportStatus>,
    /// Those of this format.
    format: Option<ExportFormat>,
    /// Those of reports, or those of the ledger.
    origin: Option<ExportOrigin>,
    /// Those of this scope.
    scope_level: Option<ScopeLevel>,
    /// Those of this unit.
    scope_unit_id: Option<ID>,
    /// Those of this report period.
    report_period_id: Option<ID>,
    /// Those of this report.
    report_id: Option<ID>,
}

impl ExportOperationFilter {
    fn decode(self) -> Result<OperationFilter> {
        let decode = |kind: IdKind, id: Option<ID>, field| id.map(|id| kind.decode(&id, field)).transpose();
        Ok(OperationFilter {
            status: self.status,
            format: self.format,
            origin: self.origin,
            scope_level: self.scope_level,
            scope_id: decode(ORGANIZATIONAL_UNIT, self.scope_unit_id, "filter.scopeUnitId")?,
            report_period_id: decode(ids::REPORT_PERIOD, self.report_period_id, "filter.reportPeriodId")?,
            report_id: decode(ids::REPORT, self.report_id, "filter.reportId")?,
        })
    }
}

/// The order of export operations, by the time they were asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
pub enum ExportOperationOrder {
    /// The latest first.
    #[default]
    NewestFirst,
    /// The earliest first.
    OldestFirst,
}

/// Queries about exports.
#[derive(Default)]
pub struct ExportQuery;

#[Object]
impl ExportQuery {
    /// The organization's export operations. Coordinators see those of reports, org admins the ledger's as well.
    #[graphql(
        guard = "rights::READ_REPORTS",
        complexity = "page::cost(first, last, child_complexity)"
    )]
    async fn export_operations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which operations.")] filter: Option<ExportOperationFilter>,
        #[graphql(desc = "In which order; the newest first unless said otherwise.")] order_by: Option<
            ExportOperationOrder,
        >,
        #[graphql(desc = "Continue after this cursor.")] after: Option<String>,
        #[graphql(desc = "Continue before this cursor.")] before: Option<String>,
        #[graphql(desc = "Take this many from the beginning: 1 to 200, 50 unless said otherwise.")] first: Option<i32>,
        #[graphql(desc = "Take this many from the end: 1 to 200.")] last: Option<i32>,
    ) -> Result<ExportOperations> {
        let page = PageRequest::new(after, before, first, last)?;
        let filter = filter.unwrap_or_default().decode()?;
        let newest_first = order_by.unwrap_or_default() == ExportOperationOrder::NewestFirst;
        to_connection(operations::list(&*ctx.read().await?, &filter, newest_first, &page).await?)
    }

    /// One export operation; null where the caller can see no such operation.
    async fn export_operation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The operation's id.")] id: ID,
    ) -> Option<Result<ExportOperation>> {
        let found = async {
            let reading = ctx.read_with(rights::READ_REPORTS).await?;
            find_operation(&reading, ids::EXPORT_OPERATION.decode(&id, "id")?).await
        };
        found.await.transpose()
    }
}

/// Mutations of exports.
#[derive(Default)]
pub struct ExportMutation;

#[Object]
impl ExportMutation {
    /// Makes a link by which a file can be downloaded without a token, for fifteen minutes. It acts for whoever asked
    /// for it, as long as they may download the file; each download is counted and recorded.
    #[graphql(guard = "rights::DOWNLOAD_REPORT_EXPORTS")]
    async fn create_download_link(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which file.")] input: CreateDownloadLinkInput,
    ) -> Result<CreateDownloadLinkPayload> {
        let links = ctx.data_unchecked::<DownloadLinks>();
        let reading = ctx.read().await?;
        if matches!(input, CreateDownloadLinkInput::BufdirExportId(_)) {
            reading.actor().require(FileOrigin::Ledger.right())?;
        }
        let link = links.create(&reading, input.export()?).await?;
        Ok(CreateDownloadLinkPayload {
            url: link.url,
            expires_at: DateTime(link.expires_at),
        })
    }
}

/// A file, by its own id or by that of the export or run that made it.
#[derive(OneofObject)]
pub enum CreateDownloadLinkInput {
    /// The export operation's id.
    ExportOperationId(ID),
    /// The id of an export of the ledger.
    BufdirExportId(ID),
    /// The id of a custom report's run.
    CustomReportRunId(ID),
    /// The file's id.
    FileId(ID),
}

impl CreateDownloadLinkInput {
    /// A file's record has the id of the export or run that made it.
    fn export(&self) -> Result<Uuid> {
        match self {
            Self::ExportOperationId(id) => ids::EXPORT_OPERATION.decode(id, "input.exportOperationId"),
            Self::BufdirExportId(id) => ids::BUFDIR_EXPORT.decode(id, "input.bufdirExportId"),
            Self::CustomReportRunId(id) => ids::CUSTOM_REPORT_RUN.decode(id, "input.customReportRunId"),
            Self::FileId(id) => ids::FILE.decode(id, "input.fileId"),
        }
    }
}

/// A link to a file.
#[derive(SimpleObject)]
pub struct CreateDownloadLinkPayload {
    /// The address to download from, by GET.
    url: String,
    /// When the link stops working, UTC.
    expires_at: DateTime,
}
