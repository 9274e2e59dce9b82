//! The demo data and the import against a real Postgres, as the application's role.

mod cluster;
mod demo;
