//! The integration tests: one binary, one Postgres, a database for each test that commits.

mod audit_chain;
mod audit_log;
mod changes;
mod custom_report_previews;
mod custom_report_runs;
mod custom_report_schedules;
mod custom_reports;
mod demo;
mod doors;
mod downloads;
mod entities;
mod erasure;
mod export_api;
mod export_failures;
mod exports;
mod imports;
mod isolation;
mod jobs;
mod killed_exports;
mod killed_workers;
mod laws;
mod ledger;
mod ledger_failures;
mod log_export;
mod migrations;
mod report_exports;
mod report_flow;
mod report_races;
mod rights;
mod rules;
#[cfg(feature = "s3")]
mod s3;
mod subscriptions;
mod support;
mod support_access;
mod websocket;
