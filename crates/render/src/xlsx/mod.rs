//! XLSX: a workbook with a sheet per table.
//!
//! Each sheet begins with its header row, so that programs read it as they read a CSV, and screen readers find the
//! column names; the row is frozen, filtered and repeated in print. A table's caption is a note on the first header. A
//! table that is longer than a sheet goes on in a further one.
//!
//! Texts are typed as texts and never run. One that looks like a formula also carries Excel's mark for text, so that
//! editing the cell doesn't turn it into one; saving the sheet as CSV from a spreadsheet loses both, which is why
//! the CSV writer neutralises.
//!
//! Rows wait in unnamed temporary files, one per sheet, in the system's folder for them (`TMPDIR`), and are
//! compressed by [`finish`](Writer::finish).

mod sheet;
mod sheet_names;
mod style;

use std::io::{self, BufWriter, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use rust_xlsxwriter::{Workbook, XlsxError};

use self::sheet::OpenSheet;
use self::sheet_names::SheetNames;
use self::style::{Styles, properties};
use crate::about;
use crate::table::{Cell, Cover, Table};
use crate::totals::ControlTotals;
use crate::writer::{RenderError, Sink, Writer};

/// Excel's limit; the header's row is one of them.
const ROWS_PER_SHEET: u32 = 1_048_576;
/// Compressing is half of a large workbook's time. This takes half of the time that the usual 6 does, and the file is a
/// sixth larger.
const COMPRESSION: u8 = 3;

/// Opens a workbook. The cover gives the document properties, the printed header and the watermark, which is printed
/// on each page and stands in each row's last column; what else the file must say of itself is a table.
///
/// # Errors
///
/// None: the temporary files are made when a table begins.
pub fn open<'a>(cover: &Cover, sink: Box<dyn Sink + 'a>) -> Result<Box<dyn Writer + 'a>, RenderError> {
    Ok(open_with_rows(cover, sink, ROWS_PER_SHEET))
}

/// As [`open`], with sheets of so many rows.
fn open_with_rows<'a>(cover: &Cover, sink: Box<dyn Sink + 'a>, rows_per_sheet: u32) -> Box<dyn Writer + 'a> {
    let mut workbook = Workbook::new();
    workbook.set_properties(&properties(cover));
    workbook.set_zip_compression_level(COMPRESSION);
    Box::new(XlsxWriter {
        workbook,
        sink,
        styles: Styles::new(cover),
        names: SheetNames::new(cover.locale),
        cover: cover.clone(),
        rows_per_sheet,
        current: None,
    })
}

struct XlsxWriter<'a> {
    workbook: Workbook,
    sink: Box<dyn Sink + 'a>,
    styles: Styles,
    names: SheetNames,
    cover: Cover,
    rows_per_sheet: u32,
    current: Option<OpenSheet>,
}

impl Writer for XlsxWriter<'_> {
    fn begin_table(&mut self, table: &Table) -> Result<(), RenderError> {
        without_panic(|| {
            self.close_sheet()?;
            self.open_sheet(table.clone())
        })
    }

    fn row(&mut self, cells: &[Cell]) -> Result<(), RenderError> {
        without_panic(|| {
            self.make_room()?;
            match &mut self.current {
                Some(open) => open.write_row(cells, &self.styles, &self.cover),
                None => Err(RenderError::Misuse("a row comes before its table")),
            }
        })
    }

    fn totals(&mut self, totals: &ControlTotals) -> Result<(), RenderError> {
        self.begin_table(&about::table(self.cover.locale))?;
        for (label, value) in about::all(&self.cover, totals) {
            self.row(&[Cell::Text(label), value])?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), RenderError> {
        without_panic(|| {
            self.close_sheet()?;
            let mut sink = BufWriter::new(&mut self.sink);
            self.workbook.save_to_writer(&mut sink).map_err(into_render)?;
            Ok(sink.flush()?)
        })
    }
}

impl XlsxWriter<'_> {
    fn open_sheet(&mut self, table: Table) -> Result<(), RenderError> {
        let sheet = self
            .workbook
            .new_worksheet_with_constant_memory()
            .map_err(into_render)?;
        let name = self.names.claim(&table.name);
        let open = OpenSheet::open(sheet, name, table, &self.styles, &self.cover)?;
        self.current = Some(open);
        Ok(())
    }

    /// Goes on in a further sheet of the same table when the current one is full.
    fn make_room(&mut self) -> Result<(), RenderError> {
        let full = self.current.take_if(|open| open.rows() == self.rows_per_sheet);
        if let Some(full) = full {
            let table = full.table().clone();
            self.workbook.push_worksheet(full.close(&self.cover)?);
            self.open_sheet(table)?;
        }
        Ok(())
    }

    fn close_sheet(&mut self) -> Result<(), RenderError> {
        if let Some(open) = self.current.take() {
            self.workbook.push_worksheet(open.close(&self.cover)?);
        }
        Ok(())
    }
}

/// The library panics when a temporary file takes no more, as on a full disk; that must fail the export, not the
/// worker. What a panic leaves half done doesn't matter, because the file can't be finished after it.
fn without_panic<T>(write: impl FnOnce() -> Result<T, RenderError>) -> Result<T, RenderError> {
    catch_unwind(AssertUnwindSafe(write)).unwrap_or_else(|_| {
        Err(RenderError::Io(io::Error::other(
            "a temporary file of the workbook takes no more",
        )))
    })
}

fn into_render(error: XlsxError) -> RenderError {
    match error {
        XlsxError::IoError(error) | XlsxError::TempFileError(_, error) => RenderError::Io(error),
        other => RenderError::Layout(other.to_string()),
    }
}

#[cfg(test)]
mod tests;
