//! The integration tests: one binary, one Postgres, a database for each test that commits.

mod audit_chain;
mod doors;
mod entities;
mod migrations;
mod rules;
mod support;
