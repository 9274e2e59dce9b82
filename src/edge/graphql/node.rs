//! Relay's `node` and `nodes`: from an opaque id to what it names, by asking the slice that owns the type.

use async_graphql::{Context, ID, Interface, Object};
use futures::future::try_join_all;

use crate::activity::ids::ACTIVITY;
use crate::audit::ids::AUDIT_EVENT;
use crate::custom_report::graphql::{CustomReport, CustomReportRun, find_custom_report, find_run};
use crate::custom_report::ids::{CUSTOM_REPORT, CUSTOM_REPORT_RUN};
use crate::export::ExportOperation;
use crate::export::graphql::find_operation;
use crate::export::ids::{EXPORT_OPERATION, FILE};
use crate::export::rights::READ_REPORTS;
use crate::kernel::context::RequestExt;
use crate::kernel::error::{Error, Result};
use crate::kernel::page::MAX_PAGE_SIZE;
use crate::kernel::{id, rights, rules};
use crate::ledger::ids::BUFDIR_EXPORT;
use crate::ledger::{self, BufdirExport};
use crate::organization::ids::{ORGANIZATION, ORGANIZATIONAL_UNIT, PERSON, SUPPORT_ACCESS};
use crate::organization::{self, Organization, Person, SupportAccess, Unit};
use crate::report::graphql::{self as report, Generation, Report, ReportPeriod};
use crate::report::ids::{REPORT, REPORT_GENERATION, REPORT_PERIOD};

/// Whatever has an id.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "An opaque id, unique over all types."))]
pub enum Node {
    Organization(Organization),
    Person(Person),
    Unit(Unit),
    ReportPeriod(ReportPeriod),
    Report(Report),
    Generation(Generation),
    ExportOperation(ExportOperation),
    SupportAccess(SupportAccess),
    BufdirExport(BufdirExport),
    CustomReport(CustomReport),
    CustomReportRun(CustomReportRun),
}

/// The fields that Relay asks for.
#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// What an id names; null where the caller can see no such thing.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "An id that this API gave.")] id: ID,
    ) -> Option<Result<Node>> {
        let found = async {
            ctx.read_with(rights::ENTER).await?;
            find(ctx, &id).await
        };
        found.await.transpose()
    }

    /// What each of these ids names, in their order; null where the caller can see no such thing.
    #[graphql(guard = "rights::ENTER", complexity = "ids.len() * child_complexity + 1")]
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Ids that this API gave, 200 at most.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        if ids.len() as u64 > MAX_PAGE_SIZE {
            return Err(Error::rule(rules::PAGE_SIZE_LIMIT).at("ids"));
        }
        try_join_all(ids.iter().map(|id| find(ctx, id))).await
    }
}

async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<Node>> {
    use organization::node;
    let (kind, uuid) = id::decode(id)?;
    Ok(match kind {
        ORGANIZATION => node::organization(ctx, uuid).await?.map(Node::Organization),
        PERSON => node::person_by_id(ctx, uuid).await?.map(Node::Person),
        ORGANIZATIONAL_UNIT => node::unit_by_id(ctx, uuid).await?.map(Node::Unit),
        REPORT_PERIOD => report::node::period(ctx, uuid).await?.map(Node::ReportPeriod),
        REPORT => report::node::report(ctx, uuid).await?.map(Node::Report),
        REPORT_GENERATION => report::node::generation(ctx, uuid).await?.map(Node::Generation),
        EXPORT_OPERATION => {
            let reading = ctx.read_with(READ_REPORTS).await?;
            find_operation(&reading, uuid).await?.map(Node::ExportOperation)
        }
        // Parts of a report or an export: they are reached from there.
        SUPPORT_ACCESS => node::support_access_by_id(ctx, uuid).await?.map(Node::SupportAccess),
        BUFDIR_EXPORT => ledger::find(&*ctx.read().await?, uuid).await?.map(Node::BufdirExport),
        CUSTOM_REPORT => find_custom_report(&*ctx.read().await?, uuid)
            .await?
            .map(Node::CustomReport),
        CUSTOM_REPORT_RUN => find_run(&*ctx.read().await?, uuid).await?.map(Node::CustomReportRun),
        FILE | AUDIT_EVENT | ACTIVITY => None,
        unknown => return Err(Error::internal(format!("no node of {}", unknown.type_name()))),
    })
}
