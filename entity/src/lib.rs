//! The tables of `migration/sql`, one module per table and named as the table: columns, enums and the relations that
//! joins go along. No queries and no resolvers: those belong to the slices of the API. The enums alone derive
//! GraphQL's `Enum`, so that a value has one list, one documentation and one spelling from the schema to the column.
//!
//! Instants are UTC, dates and times of day are local to Europe/Oslo, hashes are SHA-256. What the app may not read
//! (the audit chain's heads) has no entity. `tests/it/entities.rs` compares each entity and enum with the migrated database.
//!
//! To add a table: write its migration, a module here, its tenant in `tenancy.rs`, and its line in that test.

#![expect(
    clippy::disallowed_methods,
    reason = "what SeaORM's macro writes finds rows by itself; nobody calls it"
)]

pub mod activities;
pub mod activity_co_leaders;
pub mod activity_co_units;
pub mod activity_days;
pub mod attendances;
pub mod audit_logs;
pub mod bufdir_export_audit_log;
pub mod bufdir_exports;
pub mod bufdir_reports;
pub mod contacts;
pub mod custom_report_runs;
pub mod custom_reports;
pub mod enums;
pub mod files;
pub mod format_versions;
pub mod frozen_days;
pub mod frozen_unit_figures;
pub mod job_progress;
pub mod memberships;
pub mod organizational_units;
pub mod organizations;
pub mod participant_keys;
pub mod pending_exports;
pub mod period_figures;
pub mod report_generations;
pub mod report_periods;
pub mod report_warnings;
pub mod support_access;
pub mod tenancy;
pub mod users;
