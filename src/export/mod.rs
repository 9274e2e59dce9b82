//! Files: from a report's, a ledger's or a custom report's data to stored, checksummed bytes, and back to a reader by a
//! signed link.
//!
//! [`pipeline`] loads and renders; [`storage`] stores and cleans up; [`download`] sends what was stored; [`operations`]
//! holds the record of each export, and alone writes its result. A caller of the pipeline ([`ExportCaller`]) says what the
//! file shows and what else is written when it is stored. How tables become bytes is the crate `render`'s.
//!
//! To add a format: its writer in `render`, its value in `entity::enums` (in the enum of what can be had as such a file),
//! and the list in the database: `app.is_export_format` or `app.is_custom_output_format`.

pub mod download;
mod failure;
mod format;
pub mod graphql;
pub mod ids;
pub mod operations;
mod pipeline;
pub mod rights;
pub mod rules;
pub mod storage;
mod store;

pub use download::{DownloadLinks, DownloadState, router};
pub use failure::{ExportFailure, FailureCode};
pub use format::{OutputFormat, locale};
pub use operations::{
    ExportOperation, ExportSource, NewExport, StoredFile, begin, grant_holds, record_file, record_log_file,
};
pub use pipeline::{
    Document, ExportCaller, PipelineContext, RenderedFile, StreamedDocument, give_up, render_rows, render_to_file,
    report_progress, run,
};
