//! `bufdir-reports`: from approved peer-support activities to the report for Bufdir, exported and audited.

pub mod activity;
pub mod demo;
pub mod export;
