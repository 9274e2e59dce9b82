//! Reading the audit log. The kernel writes it (`audit_entry`, `db`); nobody changes it.
//!
//! The report's trail is this log, filtered by the report, in the order of its sequence.

pub mod batches;
pub mod graphql;
mod store;

pub use store::{AuditRow, TrailFilter, first_of_reports, trail};
