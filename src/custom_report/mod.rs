//! Custom reports: an org admin says which columns, filters and groupings; anybody who may read reports runs them.
//!
//! A [`Definition`] is a closed shape, checked against a whitelist on save and again on each run. Nothing of Bufdir's
//! tables can be named in it, and nothing that it says reaches SQL but as a bound parameter. To add a column: its line in
//! the whitelist of its report type.

pub mod definition;
pub mod range;
pub mod schedule;

pub use definition::Definition;
pub use range::{DateRange, LocalDates};
