//! What can be asked of the ledger, done with it and followed.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, Subscription};
use entity::enums::{ExportFormat, Language, LedgerStatus, ScopeLevel};
use futures::Stream;
use uuid::Uuid;

use super::{Exports, LedgerTotals};
use crate::kernel::context::{Reading, RequestExt};
use crate::kernel::error::{Error, Result};
use crate::kernel::follow::{Followed, follow};
use crate::kernel::id::IdKind;
use crate::kernel::page::{self, PageRequest};
use crate::kernel::right::Right;
use crate::kernel::scalar::DateTime;
use crate::ledger::{self, BufdirExport, LedgerFilter, NewLedgerExport, ids, rights};
use crate::organization::ids::{ORGANIZATIONAL_UNIT, PERSON};
use crate::report::ids::REPORT_PERIOD;

/// Which exports of the ledger. What is left out does not limit the list.
#[derive(Default, InputObject)]
pub struct BufdirExportFilter {
    /// Those that stand here.
    status: Option<LedgerStatus>,
    /// Those of this format.
    format: Option<ExportFormat>,
    /// Those of this report period.
    report_period_id: Option<ID>,
    /// Those that this person asked for.
    generated_by_id: Option<ID>,
    /// Those asked for from this instant on.
    from: Option<DateTime>,
    /// Those asked for before this instant.
    until: Option<DateTime>,
}

impl BufdirExportFilter {
    fn decode(self) -> Result<LedgerFilter> {
        let decode = |kind: IdKind, id: Option<ID>, field| id.map(|id| kind.decode(&id, field)).transpose();
        Ok(LedgerFilter {
            status: self.status,
            format: self.format,
            report_period: decode(REPORT_PERIOD, self.report_period_id, "filter.reportPeriodId")?,
            generated_by: decode(PERSON, self.generated_by_id, "filter.generatedById")?,
            from: self.from,
            until: self.until,
        })
    }
}

/// The order of the ledger, by the time exports were asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
pub enum BufdirExportOrder {
    /// The latest first.
    #[default]
    NewestFirst,
    /// The earliest first.
    OldestFirst,
}

/// Queries about the ledger.
#[derive(Default)]
pub struct LedgerQuery;

#[Object]
impl LedgerQuery {
    /// The export ledger, the latest first unless said otherwise.
    #[graphql(
        guard = "rights::KEEP_LEDGER",
        complexity = "page::cost(first, last, child_complexity)"
    )]
    async fn bufdir_exports(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which exports.")] filter: Option<BufdirExportFilter>,
        #[graphql(desc = "In which order.")] order_by: Option<BufdirExportOrder>,
        #[graphql(desc = "Continue after this cursor.")] after: Option<String>,
        #[graphql(desc = "Continue before this cursor.")] before: Option<String>,
        #[graphql(desc = "Take this many from the beginning: 1 to 200, 50 unless said otherwise.")] first: Option<i32>,
        #[graphql(desc = "Take this many from the end: 1 to 200.")] last: Option<i32>,
    ) -> Result<Exports> {
        let page = PageRequest::new(after, before, first, last)?;
        let filter = filter.unwrap_or_default().decode()?;
        let newest_first = order_by.unwrap_or_default() == BufdirExportOrder::NewestFirst;
        let found = ledger::list(&*ctx.read().await?, &filter, newest_first, &page).await?;
        page::connection(found, LedgerTotals(filter), Ok)
    }

    /// One export of the ledger; null where the caller can see no such export.
    async fn bufdir_export(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The export's id.")] id: ID,
    ) -> Option<Result<BufdirExport>> {
        let found = async {
            let reading = ctx.read_with(rights::KEEP_LEDGER).await?;
            ledger::find(&reading, ids::BUFDIR_EXPORT.decode(&id, "id")?).await
        };
        found.await.transpose()
    }
}

/// Mutations of the ledger.
#[derive(Default)]
pub struct LedgerMutation;

#[Object]
impl LedgerMutation {
    /// Asks for an export of the activities as they are now. It is pending until a worker has made the file: follow
    /// `bufdirExportUpdated`.
    #[graphql(guard = "rights::KEEP_LEDGER")]
    async fn create_bufdir_export(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to export.")] input: CreateBufdirExportInput,
    ) -> Result<BufdirExportPayload> {
        let export = ledger::create(ctx.write().await?, input.decode()?).await?;
        BufdirExportPayload::of(ctx, export).await
    }

    /// Asks for the same export anew. The former stays as it is; the new record names it.
    #[graphql(guard = "rights::KEEP_LEDGER")]
    async fn regenerate_bufdir_export(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which export.")] input: RegenerateBufdirExportInput,
    ) -> Result<BufdirExportPayload> {
        let former = ids::BUFDIR_EXPORT.decode(&input.id, "input.id")?;
        let export = ledger::regenerate(ctx.write().await?, former).await?;
        BufdirExportPayload::of(ctx, export).await
    }
}

/// What to export.
#[derive(InputObject)]
pub struct CreateBufdirExportInput {
    /// The report period; it has ended.
    report_period_id: ID,
    /// The format of the file.
    format: ExportFormat,
    /// How much of the organization; all of it unless said otherwise.
    #[graphql(default_with = "ScopeLevel::National")]
    scope_level: ScopeLevel,
    /// The unit of a regional or local export.
    scope_unit_id: Option<ID>,
    /// The language of the file; Norwegian (bokmål) unless said otherwise.
    #[graphql(default_with = "Language::Nb")]
    language: Language,
    /// Bufdir's references to the grants that the export is for; 50 at most, of 100 characters at most.
    #[graphql(default)]
    grant_reference_codes: Vec<String>,
}

impl CreateBufdirExportInput {
    fn decode(self) -> Result<NewLedgerExport> {
        let unit = self.scope_unit_id.as_ref();
        let unit = unit.map(|id| ORGANIZATIONAL_UNIT.decode(id, "input.scopeUnitId"));
        Ok(NewLedgerExport {
            report_period_id: REPORT_PERIOD.decode(&self.report_period_id, "input.reportPeriodId")?,
            format: self.format,
            scope_level: self.scope_level,
            scope_unit: unit.transpose()?,
            language: self.language,
            grant_reference_codes: self.grant_reference_codes,
        })
    }
}

/// Which export to make anew.
#[derive(InputObject)]
pub struct RegenerateBufdirExportInput {
    /// The export's id.
    id: ID,
}

/// An export as it now stands.
#[derive(SimpleObject)]
pub struct BufdirExportPayload {
    /// The export.
    bufdir_export: BufdirExport,
}

impl BufdirExportPayload {
    async fn of(ctx: &Context<'_>, export: Uuid) -> Result<Self> {
        let found = ledger::find(&*ctx.read().await?, export).await?;
        let bufdir_export = found.ok_or(Error::NotFound("export of the ledger"))?;
        Ok(Self { bufdir_export })
    }
}

impl Followed for BufdirExport {
    const RIGHT: Right = rights::KEEP_LEDGER;
    const NAME: &'static str = "export of the ledger";

    async fn find(reading: &Reading, id: Uuid) -> Result<Option<Self>> {
        ledger::find(reading, id).await
    }

    fn has_ended(&self) -> bool {
        matches!(self.status, LedgerStatus::Completed | LedgerStatus::Failed)
    }
}

/// Subscriptions to the ledger.
#[derive(Default)]
pub struct LedgerSubscription;

#[Subscription]
impl LedgerSubscription {
    /// The export now, and again whenever it or its progress changes, until it is completed or failed. Ends earlier when
    /// the token expires or the right to the ledger is lost.
    #[graphql(guard = "rights::KEEP_LEDGER")]
    async fn bufdir_export_updated<'ctx>(
        &self,
        ctx: &Context<'ctx>,
        #[graphql(desc = "The export's id.")] id: ID,
    ) -> Result<impl Stream<Item = Result<BufdirExport>> + 'ctx> {
        follow(ctx, ids::BUFDIR_EXPORT.decode(&id, "id")?).await
    }
}
