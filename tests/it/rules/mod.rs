//! One test for each rule that the database enforces, named as the rule: what breaks it is refused by that name, and the
//! same statement without the offence passes. A rule on two tables has a test for each, in a module named as the table.
//!
//! To add a rule: its slice's `rules.rs`, the constraint, the test here; `tests/it/laws.rs` holds the three together.

mod activities;
mod api;
mod audit;
mod custom_reports;
mod exports;
mod formats;
mod generations;
mod ledger;
mod people;
mod periods;
mod report_columns;
mod reports;
mod stored_files;
mod tenants;
mod texts;
mod typed_texts;
mod warnings;
