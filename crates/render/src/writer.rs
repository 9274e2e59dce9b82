//! The one interface of all file formats: a table begins, rows follow, the file is finished.

use std::io::{self, Seek, Write};

use crate::format::FileFormat;
use crate::limit::Limit;
use crate::table::{Cell, Cover, Sheet, Table};
use crate::totals::ControlTotals;
use crate::{csv, json, pdf, xlsx};

/// Identifies the layout of the files that this code writes. Raise it whenever a change alters a single byte of any
/// file: the same content must give the same bytes for the same renderer version (decisions.md, 5).
pub const RENDERER_VERSION: &str = "4";

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
    fn totals(&mut self, totals: &ControlTotals) -> Result<(), RenderError>;

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
    Io(#[from] io::Error),
}

impl RenderError {
    /// A limit, as a sentence that names the format; and the formats that hold more, whether they can be had or not.
    pub(crate) fn limit(sentence: impl Into<String>, beyond: &'static [FileFormat]) -> Self {
        let sentence = sentence.into();
        Self::LimitExceeded(Limit { sentence, beyond })
    }
}

/// Where a writer puts its bytes: a temporary file in production, a vector in tests. A sink that fails ends the writing; a
/// writer that works long without bytes to write flushes it now and then, to learn of that.
pub trait Sink: Write + Seek + Send {}
impl<T: Write + Seek + Send> Sink for T {}

/// Begins a file. What it shows of the cover is the format's own: see each format's module.
///
/// # Errors
///
/// [`RenderError::Io`] when the sink takes no bytes; [`RenderError::LimitExceeded`] when the cover alone is too long.
pub fn open<'a>(
    format: FileFormat,
    cover: &Cover,
    sink: Box<dyn Sink + 'a>,
) -> Result<Box<dyn Writer + 'a>, RenderError> {
    let (format, tables) = match format {
        FileFormat::Xlsx => (xlsx::open(cover, sink)?, usize::MAX),
        FileFormat::Csv => (csv::open(cover, sink)?, 1),
        FileFormat::Pdf => (pdf::open(cover, sink)?, usize::MAX),
        FileFormat::Json => (json::open(cover, sink)?, 1),
    };
    Ok(Box::new(CheckedWriter {
        format,
        tables,
        width: 0,
        failed: false,
    }))
}

/// Holds every format's callers to the order of calls and the width of rows.
struct CheckedWriter<'a> {
    format: Box<dyn Writer + 'a>,
    /// How many more tables the file takes.
    tables: usize,
    /// Columns of the table begun last; 0 before the first.
    width: usize,
    /// A row is missing: the file must not be finished.
    failed: bool,
}

impl CheckedWriter<'_> {
    fn call(
        &mut self,
        checked: Result<(), &'static str>,
        write: impl FnOnce(&mut dyn Writer) -> Result<(), RenderError>,
    ) -> Result<(), RenderError> {
        let written = checked
            .map_err(RenderError::Misuse)
            .and_then(|()| write(&mut *self.format));
        self.failed |= written.is_err();
        written
    }
}

impl Writer for CheckedWriter<'_> {
    fn begin_table(&mut self, table: &Table) -> Result<(), RenderError> {
        let checked = match (self.tables, table.columns.len()) {
            (0, _) => Err("the format holds one table"),
            (_, 0) => Err("a table has at least one column"),
            _ => Ok(()),
        };
        self.width = table.columns.len();
        self.tables = self.tables.saturating_sub(1);
        self.call(checked, |format| format.begin_table(table))
    }

    fn row(&mut self, cells: &[Cell]) -> Result<(), RenderError> {
        let checked = match self.width {
            0 => Err("a row comes before its table"),
            width if width != cells.len() => Err("a row is not as wide as its table"),
            _ => Ok(()),
        };
        self.call(checked, |format| format.row(cells))
    }

    fn totals(&mut self, totals: &ControlTotals) -> Result<(), RenderError> {
        self.call(Ok(()), |format| format.totals(totals))
    }

    fn finish(self: Box<Self>) -> Result<(), RenderError> {
        match (self.failed, self.width) {
            (true, _) => Err(RenderError::Misuse("a file that lacks a row is finished")),
            (_, 0) => Err(RenderError::Misuse("a file without a table is finished")),
            _ => self.format.finish(),
        }
    }
}

/// Writes a file of tables whose rows are all there. `before_row` is called before each row; what it fails by ends the
/// writing.
///
/// # Errors
///
/// The writer's, and [`RenderError::Misuse`] when the format has no place for so many tables.
pub fn render(
    format: FileFormat,
    cover: &Cover,
    sheets: &[Sheet],
    sink: Box<dyn Sink + '_>,
    mut before_row: impl FnMut() -> io::Result<()>,
) -> Result<(), RenderError> {
    let mut writer = open(format, cover, sink)?;
    for sheet in sheets {
        writer.begin_table(&sheet.table)?;
        for row in &sheet.rows {
            before_row()?;
            writer.row(row)?;
        }
    }
    writer.finish()
}
