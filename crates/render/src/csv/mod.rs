//! CSV: one table, one line per row, for programs and spreadsheets alike.
//!
//! Lines end in CRLF and cells are quoted as RFC 4180 has it. Both languages begin with a byte order mark: without
//! it Excel reads Norwegian letters wrongly, whatever the file's language. Norwegian files have `;` and the decimal
//! comma, English ones `,` and the decimal point (decisions.md, 10). Dates are ISO 8601, numbers have no grouping.
//!
//! What a file of streamed rows says of itself stands below the rows: an empty line, then a line `# label: value` for
//! each, in the first column (in quotes where the separator is part of it), so that each line is as wide as the others and
//! no column of numbers gets a number more. No other text begins with `#`: it would get an apostrophe, as formulas do.
//!
//! Texts that a spreadsheet could take for a formula get a leading apostrophe; see `formula.rs`. That holds for a
//! spreadsheet that splits the file by its own separator: opened with another one, a text can come apart.

use std::io::Write;

use csv::{Terminator, WriterBuilder};

use crate::about;
use crate::formula::neutralize;
use crate::plain::{SUPPRESSED, decimal_text, remark_header, with_line_feeds};
use crate::table::{Cell, ColumnKind, Cover, Locale, Table};
use crate::totals::ControlTotals;
use crate::writer::{RenderError, Sink, Writer};

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// What a line begins with that says something of the file.
const REMARK: char = '#';

/// Rows pass through so many bytes of memory, however many they are.
const BUFFER_BYTES: usize = 64 * 1024;

/// Opens a CSV file of the cover's language. Of the cover it prints the watermark, as a last column, and with the totals
/// the facts.
///
/// # Errors
///
/// [`RenderError::Io`] when the sink takes no bytes.
pub fn open<'a>(cover: &Cover, mut sink: Box<dyn Sink + 'a>) -> Result<Box<dyn Writer + 'a>, RenderError> {
    sink.write_all(BYTE_ORDER_MARK)?;
    let cover = cover.clone();
    let separator = match cover.locale {
        Locale::Nb => b';',
        Locale::En => b',',
    };
    let lines = WriterBuilder::new()
        .delimiter(separator)
        .terminator(Terminator::CRLF)
        .buffer_capacity(BUFFER_BYTES)
        .from_writer(sink);
    Ok(Box::new(CsvWriter {
        lines,
        cover,
        columns: Vec::new(),
    }))
}

struct CsvWriter<'a> {
    lines: csv::Writer<Box<dyn Sink + 'a>>,
    cover: Cover,
    /// Empty until the table begins.
    columns: Vec<ColumnKind>,
}

impl Writer for CsvWriter<'_> {
    fn begin_table(&mut self, table: &Table) -> Result<(), RenderError> {
        self.columns = table.columns.iter().map(|column| column.kind).collect();
        for column in &table.columns {
            self.write_text(&column.header)?;
        }
        if self.cover.watermark.is_some() {
            self.write_text(remark_header(self.cover.locale))?;
        }
        self.end_line()
    }

    fn row(&mut self, cells: &[Cell]) -> Result<(), RenderError> {
        for (index, cell) in cells.iter().enumerate() {
            self.write_cell(cell, self.columns[index])?;
        }
        self.end_row()
    }

    fn totals(&mut self, totals: &ControlTotals) -> Result<(), RenderError> {
        let cells = vec![Cell::Empty; self.columns.len()];
        self.row(&cells)?;
        for (label, value) in about::all(&self.cover, totals) {
            let value = format_cell(&value, ColumnKind::Mixed, self.cover.locale);
            let remark = with_line_feeds(&format!("{REMARK} {label}: {value}")).replace('\n', " ");
            self.write_raw(&remark)?;
            cells[1..].iter().try_for_each(|_| self.write_raw(""))?;
            self.end_row()?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), RenderError> {
        Ok(self.lines.flush()?)
    }
}

impl CsvWriter<'_> {
    fn write_cell(&mut self, cell: &Cell, kind: ColumnKind) -> Result<(), RenderError> {
        match cell {
            Cell::Text(text) => self.write_text(text),
            other => self.write_raw(&format_cell(other, kind, self.cover.locale)),
        }
    }

    /// Writes what somebody typed. Nothing of it looks like the remarks below the rows.
    fn write_text(&mut self, text: &str) -> Result<(), RenderError> {
        if text.starts_with(REMARK) {
            return self.write_raw(&format!("'{text}"));
        }
        self.write_raw(&neutralize(text))
    }

    /// Writes what this code printed, a number or a date.
    fn write_raw(&mut self, printed: &str) -> Result<(), RenderError> {
        Ok(self.lines.write_field(printed).map_err(into_io)?)
    }

    /// Every row bears the watermark, below the header that stands for it.
    fn end_row(&mut self) -> Result<(), RenderError> {
        if let Some(watermark) = &self.cover.watermark {
            let watermark = neutralize(watermark);
            self.lines.write_field(watermark.as_bytes()).map_err(into_io)?;
        }
        self.end_line()
    }

    fn end_line(&mut self) -> Result<(), RenderError> {
        Ok(self.lines.write_record(None::<&[u8]>).map_err(into_io)?)
    }
}

fn format_cell(cell: &Cell, kind: ColumnKind, locale: Locale) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text.clone(),
        Cell::Integer(number) => number.to_string(),
        Cell::Decimal(number) => decimal_text(*number, kind, locale),
        Cell::Date(date) => date.to_string(),
        Cell::Suppressed => SUPPRESSED.to_owned(),
    }
}

/// The library's other errors are about records of unequal width, which are checked before it sees them.
fn into_io(error: csv::Error) -> std::io::Error {
    error.into()
}

#[cfg(test)]
mod tests;
