//! The integration tests: one binary, one Postgres, a database for each test that commits.

mod audit_chain;
mod changes;
mod demo;
mod doors;
mod entities;
mod imports;
mod jobs;
mod laws;
mod migrations;
mod rules;
mod support;
