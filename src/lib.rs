//! `bufdir-reports`: from approved peer-support activities to the report for Bufdir, exported and audited.

pub mod auth;
pub mod clock;
pub mod export;
pub mod local_time;
pub mod secret;
