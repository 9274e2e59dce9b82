//! Files: from a report's or a ledger's data to stored, checksummed bytes and back to a reader by a signed link.
//!
//! One pipeline with two callers ([`pipeline::ExportCaller`]): a caller says what the file shows and what else is
//! written when it is stored; everything between is here, once. [`operations`] holds the record of each export,
//! [`download`] sends what was stored. To add a format: a [`writer::Writer`], its line in [`document::render`], its
//! ending and media type in `names.rs`.

mod about;
mod answer;
mod checked;
pub mod cleanup;
pub mod csv;
pub mod document;
pub mod download;
pub mod failure;
mod formula;
pub mod graphql;
pub mod json;
pub mod keep;
mod limit;
pub mod link;
mod names;
pub mod operations;
pub mod pdf;
pub mod pipeline;
mod plain;
mod range;
pub mod rendered;
mod stoppable;
pub mod storage;
mod store;
mod streamed;
pub mod table;
pub mod totals;
pub mod writer;
pub mod xlsx;

pub use document::{Document, Sheet};
pub use download::{DownloadLinks, DownloadState, router};
pub use failure::{ExportFailure, FailureCode};
pub use names::FileFormat;
pub use operations::{NewExport, Operation, Source, StoredFile, begin, grant_holds, record_file};
pub use pipeline::{ExportCaller, PipelineContext, give_up, run};
pub use rendered::{Rendered, telling};
pub use streamed::{StreamedDocument, render_streamed};
pub use totals::Totals;
