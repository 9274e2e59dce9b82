//! Tables of typed cells, laid out as CSV, JSON, XLSX or PDF/A.
//!
//! A [`Cover`] says what a file is about; [`Table`]s with rows of [`Cell`]s follow. [`open`] gives the [`Writer`] of a
//! [`FileFormat`], which takes rows one by one, so that a million of them need no memory (a PDF excepted, which waits for
//! its number of pages); [`render`] writes tables whose rows are all there. Bytes go to a [`Sink`].
//!
//! The same input gives the same bytes: no clock, no random id, no hash map's order. [`RENDERER_VERSION`] names the layout,
//! for those who compare files. What a format cannot hold is a [`RenderError`], never a file that lacks rows.
//!
//! Nothing here knows where the data came from. To add a format: a module with a [`Writer`], its row in `format.rs`, its
//! line in [`open`].

mod about;
mod csv;
mod format;
mod formula;
mod json;
mod limit;
mod pdf;
mod plain;
mod table;
mod totals;
mod writer;
mod xlsx;

pub use format::FileFormat;
pub use limit::Limit;
pub use pdf::MAX_CELLS as MAX_PDF_CELLS;
pub use table::{Cell, Column, ColumnKind, Cover, Locale, Sheet, Table};
pub use totals::{ColumnSum, ControlTotals};
pub use writer::{RENDERER_VERSION, RenderError, Sink, Writer, open, render};
