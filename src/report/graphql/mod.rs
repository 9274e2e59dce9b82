//! Reports in GraphQL: resolvers of few lines that call the slice's use cases.

mod figure;
mod frozen_day;
mod generation;
mod inputs;
mod mutation;
pub mod node;
mod period;
mod query;
mod report;
mod subscription;

pub use figure::{Figure, FormatVersionNode};
pub use mutation::ReportMutation;
pub use query::ReportQuery;
pub use subscription::ReportSubscription;

use async_graphql::connection::{Connection, EmptyFields};

use crate::kernel::page::Cursor;
pub use crate::report::{FrozenDay, Generation, Report, ReportPeriod};

/// A Relay connection without fields of its own.
pub type List<N> = Connection<Cursor, N, EmptyFields, EmptyFields>;
