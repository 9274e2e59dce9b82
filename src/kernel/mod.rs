//! What every slice stands on, and what knows no domain: the door to the database, who acts, errors by rule, pages,
//! loaders, jobs. To add to it, ask first whether two slices need it; what one alone needs belongs there.

pub mod actor;
pub mod audit_entry;
pub mod changes;
pub mod clock;
pub mod context;
pub mod db;
pub mod declared;
pub mod error;
pub mod follow;
pub mod id;
pub mod jobs;
pub mod loader;
pub mod local_time;
pub mod migrate;
pub mod page;
pub mod right;
pub mod rights;
pub mod rule;
pub mod rules;
pub mod scalar;
pub mod text;
