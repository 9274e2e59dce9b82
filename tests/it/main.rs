//! The integration tests: one binary, one Postgres, a database for each test.

mod audit_chain;
mod demo;
mod doors;
mod entities;
mod imports;
mod migrations;
mod support;
