//! Counting by Bufdir's format: which versions are stored, and the one SQL statement that counts by their rules.
//!
//! A version is data (the crate `counting` says what may stand in it). To add one, write `migration/formats/VERSION.json`
//! and append it to the list of migrations; it is then chosen for the basis years that it names. Code is needed only for
//! a measure of a new meaning (`measure.rs`, `sql/figures.sql`) or a rule of a new sort (`sql/verdicts.sql`,
//! docs/counting.md), beside the crate.

pub mod breakdown;
mod measure;
pub mod rules;
mod statement;
mod store;

pub use breakdown::{Breakdown, Breakdowns};
pub use statement::{CountedPeriod, Drift, drift, freeze, preview};
pub use store::{StoredVersion, find, for_basis_year, list};
