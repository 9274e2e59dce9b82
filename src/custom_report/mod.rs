//! Custom reports: an org admin says which columns, filters and groupings; anybody who may read reports runs them.
//!
//! A [`Definition`] is a closed shape, checked against a whitelist on save and again on each run. Nothing of Bufdir's
//! tables can be named in it, and nothing that it says reaches SQL but as a bound parameter. To add a column: its line in
//! the whitelist of its report type.

pub mod compile;
pub mod definition;
mod edit;
pub mod graphql;
pub mod json_schema;
pub mod range;
pub mod result;
pub mod schedule;
pub mod source;
mod store;
pub mod stored;
pub mod valid;

pub use definition::Definition;
pub use edit::{Changes, NewCustomReport, create, delete, duplicate, transfer, update};
pub use range::{DateRange, LocalDates};

/// A definition as the database has it.
pub type Record = entity::custom_reports::Model;
