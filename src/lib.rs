//! `bufdir-reports`: from approved peer-support activities to the report for Bufdir, exported and audited.
//!
//! Imports run one way: entity <- kernel <- slices <- edge (docs/architecture.md).

// The kernel: knows no domain.
pub mod actor;
pub mod audit_entry;
pub mod auth;
pub mod changes;
pub mod clock;
pub mod context;
pub mod db;
pub mod error;
pub mod follow;
pub mod guard;
pub mod id;
pub mod jobs;
pub mod loader;
pub mod local_time;
pub mod migrate;
pub mod page;
pub mod postgres;
pub mod rule;
pub mod scalar;
pub mod secret;

// The slices: a domain whole, its resolvers included.
pub mod activity;
pub mod audit;
pub mod custom_report;
pub mod export;
pub mod format;
pub mod ledger;
pub mod organization;
pub mod report;

// The edge: merges the slices, and serves them.
pub mod cli;
pub mod config;
pub mod demo;
pub mod graphql;
pub mod http;
