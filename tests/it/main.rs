//! The integration tests: one binary, one Postgres, a database for each test.

mod audit_chain;
mod changes;
mod doors;
mod entities;
mod jobs;
mod migrations;
mod support;
