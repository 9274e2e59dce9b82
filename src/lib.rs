//! `bufdir-reports`: from approved peer-support activities to the report for Bufdir, exported and audited.

pub mod export;
pub mod postgres;
