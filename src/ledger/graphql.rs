//! The export ledger in GraphQL.

mod roots;

pub use roots::{LedgerMutation, LedgerQuery, LedgerSubscription};

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{ComplexObject, Context, ID, Object};

use super::{BufdirExport, BufdirExportTotals, LedgerFilter};
use crate::export::ExportOperation;
use crate::export::graphql::find_operation;
use crate::kernel::context::RequestExt;
use crate::kernel::error::Result;
use crate::kernel::page::Cursor;
use crate::ledger;
use crate::ledger::ids;
use crate::organization::Person;
use crate::organization::node::person_by_id;
use crate::report::ids::REPORT_PERIOD;

/// A page of the ledger, with what the whole filtered list adds up to.
pub type Exports = Connection<Cursor, BufdirExport, LedgerTotals, EmptyFields>;

#[ComplexObject]
impl BufdirExport {
    /// An opaque id.
    pub async fn id(&self) -> ID {
        ids::BUFDIR_EXPORT.encode(self.id)
    }

    /// The report period's id.
    async fn report_period_id(&self) -> ID {
        REPORT_PERIOD.encode(self.report_period_id)
    }

    /// Who last downloaded it; null if nobody did.
    async fn last_downloaded_by(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        person_by_id(ctx, self.last_downloaded_by_user_id).await.transpose()
    }

    /// Who asked for it; null where the caller sees no such person.
    async fn generated_by(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        person_by_id(ctx, self.generated_by_user_id).await.transpose()
    }

    /// The export that this one was made instead of; null of a first one.
    #[graphql(complexity = "5 + child_complexity")]
    async fn follows(&self, ctx: &Context<'_>) -> Option<Result<BufdirExport>> {
        let former = self.follows_export_id?;
        let found = async { ledger::find(&*ctx.read().await?, former).await };
        found.await.transpose()
    }

    /// Its operation: scope, language, progress, error code and file.
    #[graphql(complexity = "5 + child_complexity")]
    async fn operation(&self, ctx: &Context<'_>) -> Option<Result<ExportOperation>> {
        let found = async { find_operation(&*ctx.read().await?, self.id).await };
        found.await.transpose()
    }
}

pub struct LedgerTotals(LedgerFilter);

/// What the whole list adds up to, beyond the page.
#[Object]
impl LedgerTotals {
    /// What the whole list adds up to, beyond the page.
    #[graphql(complexity = "5 + child_complexity")]
    async fn totals(&self, ctx: &Context<'_>) -> Result<BufdirExportTotals> {
        ledger::totals(&*ctx.read().await?, &self.0).await
    }
}
