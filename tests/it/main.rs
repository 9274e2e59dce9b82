//! The integration tests: one binary, one Postgres, a database for each test that commits.

mod audit_chain;
mod changes;
mod demo;
mod doors;
mod downloads;
mod entities;
mod export_api;
mod export_failures;
mod exports;
mod imports;
mod jobs;
mod laws;
mod migrations;
mod report_flow;
mod rules;
mod support;
