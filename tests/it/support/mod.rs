//! What the tests stand on.
//!
//! [`database`] gives a test a database of its own with a small fixture in it. Fixtures are written by a superuser, past
//! row-level security; what is asserted goes through the app's role and the doors.
//!
//! [`journey::Journey`] goes through the API and workers, [`graphql::GraphQl`] through the API alone.
//!
//! [`Sandbox`] is for what need not be committed to be seen: the rules of the database.

mod activity;
pub mod calls;
mod cluster;
pub mod custom_report;
pub mod custom_report_run;
mod database;
pub mod download;
pub mod export;
pub mod fetch;
mod fixture;
pub mod graphql;
pub mod ids;
pub mod introspection;
pub mod journey;
pub mod norwegian;
pub mod report;
pub mod rows;
#[cfg(feature = "s3")]
pub mod rules;
pub mod s3;
mod sandbox;
pub mod statements;
#[path = "../../../crates/render/src/xlsx/tests/well_formed.rs"]
pub mod workbook;
pub mod worker;

pub use database::{TestDatabase, caller, database};
pub use fixture::Organization;
pub use sandbox::{NOW, Sandbox, catalogue, id};
