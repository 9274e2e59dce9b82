//! `bufdir-reports`: from approved peer-support activities to the report for Bufdir, exported and audited.
//!
//! Imports run one way: entity <- kernel <- slices <- edge (docs/architecture.md).

// The kernel: knows no domain.
pub mod actor;
pub mod audit_entry;
pub mod auth;
pub mod clock;
pub mod context;
pub mod db;
pub mod error;
mod guard;
pub mod id;
pub mod local_time;
pub mod page;
pub mod rule;
pub mod secret;

// The slices: a domain whole, its resolvers included.
pub mod export;
