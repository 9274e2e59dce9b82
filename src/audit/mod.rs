//! Reading the audit log. The kernel writes it (`audit_entry`, `db`); nobody changes it.
//!
//! The report's trail is this log, filtered by the report, in the order of its sequence. The whole of it is for org
//! admins and support, to read and to export as a file ([`export`]).

pub mod batches;
mod export;
pub mod graphql;
pub mod ids;
pub mod rights;
pub mod rules;
mod store;

pub use store::{AuditEvent, LogFilter, TrailColumns, TrailFilter, first_of_reports, log, trail};
