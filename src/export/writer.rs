//! The one interface of all file formats: a table begins, rows follow, the file is finished.

use std::io::Write;

use super::limit::Limit;
use super::names::FileFormat;
use super::table::{Cell, Cover, Table};
use super::totals::Totals;

/// Identifies the layout of the files that this code writes. Raise it whenever a change alters a single byte of any
/// file: the same content must give the same bytes for the same renderer version (decisions.md, 5).
pub const RENDERER_VERSION: &str = "3";

/// Lays tables out in one file format.
///
/// The bytes depend on what is passed in alone: no clock, no random ids, no hash map order. A writer gives every row
/// or an error, never a file that lacks rows.
pub trait Writer: Send {
    /// Begins the next table; the one before ends here.
    fn begin_table(&mut self, table: &Table) -> Result<(), RenderError>;

    /// Writes one row of the table begun last; it has as many cells as the table has columns.
    fn row(&mut self, cells: &[Cell]) -> Result<(), RenderError>;

    /// Prints what the rows add up to and, where the format has no cover page, what the cover says. Comes after the last
    /// row, once, and only in files that do not bring tables of their own for it.
    fn totals(&mut self, totals: &Totals) -> Result<(), RenderError>;

    /// Ends the last table and writes out whatever is still held back.
    fn finish(self: Box<Self>) -> Result<(), RenderError>;
}

/// Why a file could not be made.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The format cannot hold that much.
    #[error("{}", .0.sentence)]
    LimitExceeded(Limit),
    /// The caller broke the order of calls or the width of a row.
    #[error("the tables do not fit the format: {0}")]
    Misuse(&'static str),
    #[error("the file could not be laid out: {0}")]
    Layout(String),
    #[error("the file could not be written: {0}")]
    Io(#[from] std::io::Error),
}

impl RenderError {
    /// A limit, as a sentence that names the format; and the formats that hold more, whether they can be had or not.
    pub(super) fn limit(sentence: impl Into<String>, beyond: &'static [FileFormat]) -> Self {
        let sentence = sentence.into();
        Self::LimitExceeded(Limit { sentence, beyond })
    }
}

/// Where a writer puts its bytes: a temporary file in production, a vector in tests.
pub trait Sink: Write + std::io::Seek + Send {}
impl<T: Write + std::io::Seek + Send> Sink for T {}

/// Constructor shape of every format: the cover comes first because it stands first in the file.
pub type OpenWriter<'a> = fn(&Cover, Box<dyn Sink + 'a>) -> Result<Box<dyn Writer + 'a>, RenderError>;
