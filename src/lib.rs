//! `bufdir-reports`: from approved peer-support activities to the report for Bufdir, exported and audited.
//!
//! Imports run one way: entity <- crates <- kernel <- slices <- edge (docs/architecture.md).

pub mod kernel;

// The slices: a domain whole, its resolvers included.
pub mod activity;
pub mod audit;
pub mod custom_report;
pub mod export;
pub mod format;
pub mod ledger;
pub mod organization;
pub mod report;

pub mod edge;
