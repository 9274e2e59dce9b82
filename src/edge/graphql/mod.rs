//! The edge: merges the slices' roots into one schema, with its limits and its one mapping of errors.
//!
//! To add a slice: its query, mutation and subscription go into the three lists below, its node types into
//! [`node::Node`].

pub mod error;
mod execution;
mod limits;
mod node;
mod nulls;
mod operation;
mod question;
mod typed_text;
mod types;
mod unsent;

use async_graphql::{MergedObject, MergedSubscription, SchemaBuilder};

pub use self::execution::{Builder, Schema};
pub use self::limits::Limits;
use self::node::NodeQuery;
use crate::audit::AuditEvent;
use crate::audit::graphql::{AuditMutation, AuditQuery};
use crate::custom_report::graphql::{
    CustomReportMutation, CustomReportQuery, CustomReports, RunMutation, RunQuery, RunSubscription, Runs,
};
use crate::export::ExportOperation;
use crate::export::graphql::{ExportMutation, ExportQuery, ExportSubscription};
use crate::ledger::graphql::{Exports, LedgerMutation, LedgerQuery, LedgerSubscription};
use crate::organization::{OrganizationMutation, OrganizationQuery, SupportAccess, Unit};
use crate::report::graphql::{FrozenDay, List, Report, ReportMutation, ReportPeriod, ReportQuery, ReportSubscription};

/// Everything that can be asked.
#[derive(Default, MergedObject)]
pub struct Query(
    NodeQuery,
    OrganizationQuery,
    ReportQuery,
    ExportQuery,
    AuditQuery,
    LedgerQuery,
    CustomReportQuery,
    RunQuery,
);

/// Everything that can be done.
#[derive(Default, MergedObject)]
pub struct Mutation(
    OrganizationMutation,
    ReportMutation,
    ExportMutation,
    LedgerMutation,
    CustomReportMutation,
    RunMutation,
    AuditMutation,
);

/// Everything that can be followed.
#[derive(Default, MergedSubscription)]
pub struct Subscription(
    ReportSubscription,
    ExportSubscription,
    LedgerSubscription,
    RunSubscription,
);

type Engine = async_graphql::Schema<Query, Mutation, Subscription>;

/// The schema, to be finished with what its resolvers share: [`crate::kernel::changes::Changes`],
/// [`crate::export::DownloadLinks`] and [`crate::export::storage::Storage`]. What a request needs comes with it as
/// [`crate::kernel::context::RequestContext`].
pub fn schema(limits: Limits) -> Builder {
    Builder::new(limits)
}

fn engine() -> SchemaBuilder<Query, Mutation, Subscription> {
    Engine::build(Query::default(), Mutation::default(), Subscription::default())
        .override_output_type_description::<List<AuditEvent>>("A page of events.")
        .override_output_type_description::<List<ExportOperation>>("A page of export operations.")
        .override_output_type_description::<List<FrozenDay>>("A page of activity-days.")
        .override_output_type_description::<List<Report>>("A page of reports.")
        .override_output_type_description::<List<ReportPeriod>>("A page of report periods.")
        .override_output_type_description::<CustomReports>("A page of custom reports.")
        .override_output_type_description::<Runs>("A page of a custom report's runs.")
        .override_output_type_description::<Exports>("A page of the export ledger.")
        .override_output_type_description::<List<SupportAccess>>("A page of grants of support access.")
        .override_output_type_description::<List<Unit>>("A page of units.")
}
