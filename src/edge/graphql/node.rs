//! Relay's `node` and `nodes`: from an opaque id to what it names, by asking the slice that owns the type.

use async_graphql::{Context, ID, Interface, Object};
use futures::future::try_join_all;

use crate::custom_report::graphql::{CustomReport, CustomReportRun, find_custom_report, find_run};
use crate::export::graphql::{ExportOperation, find_operation};
use crate::kernel::actor::Right;
use crate::kernel::context::RequestExt;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::{self, Kind};
use crate::kernel::page::GREATEST_SIZE;
use crate::kernel::rule::Rule;
use crate::ledger::{self, BufdirExport};
use crate::organization::{self, Organization, Person, SupportAccess, Unit};
use crate::report::graphql::{self as report, Generation, Report, ReportPeriod};

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
            ctx.read_with(Right::Enter).await?;
            find(ctx, &id).await
        };
        found.await.transpose()
    }

    /// What each of these ids names, in their order; null where the caller can see no such thing.
    #[graphql(guard = "Right::Enter", complexity = "ids.len() * child_complexity + 1")]
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Ids that this API gave, 200 at most.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        if ids.len() as u64 > GREATEST_SIZE {
            return Err(Error::rule(Rule::PageSizeLimit).at("ids"));
        }
        try_join_all(ids.iter().map(|id| find(ctx, id))).await
    }
}

async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<Node>> {
    use organization::node;
    let (kind, uuid) = id::decode_any(id)?;
    Ok(match kind {
        Kind::Organization => node::organization(ctx, uuid).await?.map(Node::Organization),
        Kind::Person => node::person_by_id(ctx, uuid).await?.map(Node::Person),
        Kind::OrganizationalUnit => node::unit_by_id(ctx, uuid).await?.map(Node::Unit),
        Kind::ReportPeriod => report::node::period(ctx, uuid).await?.map(Node::ReportPeriod),
        Kind::Report => report::node::report(ctx, uuid).await?.map(Node::Report),
        Kind::ReportGeneration => report::node::generation(ctx, uuid).await?.map(Node::Generation),
        Kind::ExportOperation => {
            let reading = ctx.read_with(Right::ReadReports).await?;
            find_operation(&reading, uuid).await?.map(Node::ExportOperation)
        }
        // Parts of a report or an export: they are reached from there.
        Kind::SupportAccess => node::support_access_by_id(ctx, uuid).await?.map(Node::SupportAccess),
        Kind::BufdirExport => ledger::find(&*ctx.read().await?, uuid).await?.map(Node::BufdirExport),
        Kind::CustomReport => find_custom_report(&*ctx.read().await?, uuid)
            .await?
            .map(Node::CustomReport),
        Kind::CustomReportRun => find_run(&*ctx.read().await?, uuid).await?.map(Node::CustomReportRun),
        Kind::File | Kind::AuditEvent | Kind::Activity => None,
    })
}
