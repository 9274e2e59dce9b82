//! Files: from a report's or a ledger's data to stored, checksummed bytes and back to a reader by a signed link.
//!
//! One pipeline with two callers ([`pipeline::ExportCaller`]): a caller says what the file shows and what else is
//! written when it is stored; everything between is here, once. [`operations`] holds the record of each export,
//! [`download`] sends what was stored. How tables become bytes is the crate `render`'s. To add a format: a writer there,
//! its value in `entity::enums`, and in the CHECK of the columns that hold it.

mod answer;
mod checked;
pub mod cleanup;
pub mod document;
pub mod download;
pub mod failure;
mod format;
pub mod graphql;
pub mod keep;
pub mod link;
mod names;
pub mod operations;
pub mod pipeline;
mod range;
pub mod rendered;
mod stoppable;
pub mod storage;
mod store;
mod streamed;

pub use document::Document;
pub use download::{DownloadLinks, DownloadState, router};
pub use failure::{ExportFailure, FailureCode};
pub use format::{OutputFormat, locale};
pub use operations::{NewExport, Operation, Source, StoredFile, begin, grant_holds, record_file};
pub use pipeline::{ExportCaller, PipelineContext, give_up, run};
pub use rendered::{Rendered, telling};
pub use streamed::{StreamedDocument, render_streamed};
