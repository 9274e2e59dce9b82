//! The sheet that takes rows: what a table and its cells become in Excel's terms.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use rust_xlsxwriter::{Format, IgnoreError, Note, Worksheet, XlsxError};

use super::style::{Styles, column_format, decimal_format, fitting_width, header_width, height, lines, pad, width};
use super::{ROWS_PER_SHEET, into_render};
use crate::FileFormat;
use crate::formula::is_like_formula;
use crate::plain::{SUPPRESSED, decimal_text, remark_header, with_line_feeds};
use crate::table::{Cell, Column, ColumnKind, Cover, Table};
use crate::writer::RenderError;

/// What has none of a sheet's limits; a PDF has others.
const BEYOND: &[FileFormat] = &[FileFormat::Csv, FileFormat::Json];
const COLUMNS_PER_SHEET: usize = 16_384;
/// In UTF-16 units, as Excel counts.
const TEXT_UNITS: usize = 32_767;
/// A note holds less, because its author's name may stand before it.
const NOTE_UNITS: usize = 32_000;
/// The library keeps the height of each wrapped row in memory. A table with more of them is not for paper: its further
/// texts stand on one line, whole in their cells.
const WRAPPED_ROWS: u32 = 10_000;
/// Excel keeps 15 significant digits; a longer number is written as text, because a file never drops a digit.
const EXACT_BELOW: u128 = 1_000_000_000_000_000;
/// Excel's calendar has a 29 February 1900: a date before it means another day to other programs.
const FIRST_SHARED_DATE: NaiveDate = NaiveDate::from_ymd_opt(1900, 3, 1).expect("the day exists");
const LAST_DATE: NaiveDate = NaiveDate::from_ymd_opt(9999, 12, 31).expect("the day exists");

pub(super) struct OpenSheet {
    sheet: Worksheet,
    table: Table,
    next_row: u32,
    wrapped_rows: u32,
    /// Whether the last row's height was set. The header's always is.
    last_has_height: bool,
}

impl OpenSheet {
    /// Sets the sheet up and writes its header row.
    ///
    /// # Errors
    ///
    /// [`RenderError::LimitExceeded`] when the table is wider, or its caption or a header longer, than Excel takes.
    pub(super) fn open(
        mut sheet: Worksheet,
        name: String,
        table: Table,
        styles: &Styles,
        cover: &Cover,
    ) -> Result<Self, RenderError> {
        check_head(&table, cover)?;
        write_head(&mut sheet, name, &table, styles, cover).map_err(into_render)?;
        Ok(Self {
            sheet,
            table,
            next_row: 1,
            wrapped_rows: 0,
            last_has_height: true,
        })
    }

    pub(super) fn table(&self) -> &Table {
        &self.table
    }

    /// How many rows the sheet has, its header's included.
    pub(super) fn rows(&self) -> u32 {
        self.next_row
    }

    /// # Errors
    ///
    /// [`RenderError::LimitExceeded`] when a text is longer than a cell holds.
    pub(super) fn write_row(&mut self, cells: &[Cell], styles: &Styles, cover: &Cover) -> Result<(), RenderError> {
        let row = self.next_row;
        let wraps = self.give_height(cells).map_err(into_render)?;
        self.last_has_height = wraps;
        let mut index = 0;
        for (cell, column) in cells.iter().zip(&self.table.columns) {
            check_cell(cell)?;
            let place = CellPlace {
                row,
                index,
                column,
                wraps,
            };
            write_cell(&mut self.sheet, place, cell, styles, cover).map_err(into_render)?;
            index += 1;
        }
        if let Some(watermark) = &cover.watermark {
            self.sheet.write_string(row, index, watermark).map_err(into_render)?;
        }
        self.next_row += 1;
        Ok(())
    }

    /// Gives the next row the height that its texts need when wrapped, and says whether it wraps them.
    fn give_height(&mut self, cells: &[Cell]) -> Result<bool, XlsxError> {
        if self.wrapped_rows == WRAPPED_ROWS || self.next_row == ROWS_PER_SHEET - 1 {
            return Ok(false);
        }
        let columns = self.table.columns.iter();
        let most_lines = cells.iter().zip(columns).map(lines_of_cell).max();
        match most_lines {
            Some(most_lines) if most_lines > 1 => {
                self.sheet.set_row_height(self.next_row, height(most_lines))?;
                self.wrapped_rows += 1;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Ends the sheet: its filter needs the last row.
    pub(super) fn close(mut self, cover: &Cover) -> Result<Worksheet, RenderError> {
        let last_row = self.next_row - 1;
        let columns = self.table.columns.len() + usize::from(cover.watermark.is_some());
        let last_column = u16::try_from(columns - 1).expect("the table's width was checked");
        self.end(last_row, last_column).map_err(into_render)?;
        Ok(self.sheet)
    }

    fn end(&mut self, last_row: u32, last_column: u16) -> Result<(), XlsxError> {
        if self.last_has_height {
            self.add_empty_row()?;
        }
        self.sheet.autofilter(0, 0, last_row, last_column)?;
        if last_row > 0 {
            // Organization numbers and the like are texts on purpose, without a green triangle in each cell.
            let ignored = IgnoreError::NumberStoredAsText;
            self.sheet.ignore_error_range(1, 0, last_row, last_column, ignored)?;
        }
        Ok(())
    }

    /// An element without cells after the last row. The library (rust_xlsxwriter 0.102, constant memory) writes a last row
    /// that has a height of its own twice, and Excel may call such a sheet damaged.
    fn add_empty_row(&mut self) -> Result<(), XlsxError> {
        self.sheet.write_blank(self.next_row, 0, &Format::default())?;
        self.sheet.clear_cell(self.next_row, 0);
        Ok(())
    }
}

fn lines_of_cell((cell, column): (&Cell, &Column)) -> usize {
    match cell {
        Cell::Text(text) => lines(text, width(column)),
        _ => 1,
    }
}

fn check_head(table: &Table, cover: &Cover) -> Result<(), RenderError> {
    let columns = table.columns.len() + usize::from(cover.watermark.is_some());
    if columns > COLUMNS_PER_SHEET {
        let sentence = format!("An Excel sheet holds {COLUMNS_PER_SHEET} columns, and this table has {columns}.");
        return Err(RenderError::limit(sentence, BEYOND));
    }
    check_text(&table.caption, NOTE_UNITS, "note")?;
    for column in &table.columns {
        check_text(&column.header, TEXT_UNITS, "cell")?;
    }
    let watermark = cover.watermark.as_deref().unwrap_or_default();
    check_text(watermark, TEXT_UNITS, "cell")
}

fn check_cell(cell: &Cell) -> Result<(), RenderError> {
    match cell {
        Cell::Text(text) => check_text(text, TEXT_UNITS, "cell"),
        _ => Ok(()),
    }
}

fn check_text(text: &str, limit: usize, holder: &str) -> Result<(), RenderError> {
    // A text has at least as many bytes as units, so that counting is for the few long ones.
    if text.len() > limit && text.encode_utf16().count() > limit {
        let sentence = format!("An Excel {holder} holds {limit} characters, and a text is longer.");
        return Err(RenderError::limit(sentence, BEYOND));
    }
    Ok(())
}

fn write_head(
    sheet: &mut Worksheet,
    name: String,
    table: &Table,
    styles: &Styles,
    cover: &Cover,
) -> Result<(), XlsxError> {
    sheet.set_name(name)?;
    styles.set_up(sheet, cover)?;
    let mut index = 0;
    let mut most_lines = 1;
    for column in &table.columns {
        sheet.set_column_width(index, pad(width(column)))?;
        sheet.set_column_format(index, &column_format(column.kind))?;
        let header = styles.header(column.kind);
        sheet.write_string_with_format(0, index, &column.header, &header)?;
        most_lines = most_lines.max(lines(&column.header, header_width(column)));
        index += 1;
    }
    if let Some(watermark) = &cover.watermark {
        let header = remark_header(cover.locale);
        let width = fitting_width(watermark.chars().count(), header);
        sheet.set_column_width(index, pad(width))?;
        sheet.set_column_format(index, &styles.remark)?;
        sheet.write_string_with_format(0, index, header, &styles.remark_header)?;
    }
    sheet.set_row_height(0, height(most_lines))?;
    if !table.caption.is_empty() {
        let note = Note::new(with_line_feeds(&table.caption)).add_author_prefix(false);
        sheet.insert_note(0, 0, &note.set_author(&cover.organization))?;
    }
    Ok(())
}

/// Where a cell stands, and whether long texts are wrapped there.
#[derive(Clone, Copy)]
struct CellPlace<'a> {
    row: u32,
    index: u16,
    column: &'a Column,
    wraps: bool,
}

fn write_cell(
    sheet: &mut Worksheet,
    place: CellPlace<'_>,
    cell: &Cell,
    styles: &Styles,
    cover: &Cover,
) -> Result<(), XlsxError> {
    let CellPlace { row, index, column, .. } = place;
    match cell {
        Cell::Empty => {}
        Cell::Text(text) => write_text(sheet, place, text, styles)?,
        Cell::Integer(number) if u128::from(number.unsigned_abs()) >= EXACT_BELOW => {
            write_right(sheet, place, &number.to_string(), styles)?;
        }
        Cell::Integer(number) => write_integer(sheet, place, *number, styles)?,
        Cell::Decimal(number) => match exact(*number) {
            Some(value) => write_decimal(sheet, place, value, number.scale())?,
            None => {
                let text = decimal_text(*number, column.kind, cover.locale);
                write_right(sheet, place, &text, styles)?;
            }
        },
        Cell::Date(date) if (FIRST_SHARED_DATE..=LAST_DATE).contains(date) => {
            sheet.write_datetime_with_format(row, index, date, &styles.date)?;
        }
        Cell::Date(date) => write_right(sheet, place, &date.to_string(), styles)?,
        Cell::Suppressed => write_right(sheet, place, SUPPRESSED, styles)?,
    }
    Ok(())
}

/// Long texts are wrapped, so that paper shows them whole; [`WRAPPED_ROWS`] has the exception.
fn write_text(sheet: &mut Worksheet, place: CellPlace<'_>, text: &str, styles: &Styles) -> Result<(), XlsxError> {
    let CellPlace { row, index, column, .. } = place;
    let text = with_line_feeds(text);
    let text = text.as_ref();
    let wraps = place.wraps && lines(text, width(column)) > 1;
    match (wraps, is_like_formula(text)) {
        (false, false) => sheet.write_string(row, index, text)?,
        (true, false) => sheet.write_string_with_format(row, index, text, &styles.wrapped)?,
        (false, true) => sheet.write_string_with_format(row, index, text, &styles.guarded)?,
        (true, true) => sheet.write_string_with_format(row, index, text, &styles.guarded_wrapped)?,
    };
    Ok(())
}

/// Writes what stands for a number or a date, but as text.
fn write_right(sheet: &mut Worksheet, place: CellPlace<'_>, text: &str, styles: &Styles) -> Result<(), XlsxError> {
    sheet.write_string_with_format(place.row, place.index, text, &styles.right)?;
    Ok(())
}

/// A number in a column of another kind brings its own format; the column's serves all others.
fn write_integer(sheet: &mut Worksheet, place: CellPlace<'_>, number: i64, styles: &Styles) -> Result<(), XlsxError> {
    let value = number as f64;
    match place.column.kind {
        ColumnKind::Integer => sheet.write_number(place.row, place.index, value)?,
        _ => sheet.write_number_with_format(place.row, place.index, value, &styles.integer)?,
    };
    Ok(())
}

fn write_decimal(sheet: &mut Worksheet, place: CellPlace<'_>, value: f64, digits: u32) -> Result<(), XlsxError> {
    match place.column.kind {
        ColumnKind::Decimal(_) => sheet.write_number(place.row, place.index, value)?,
        _ => {
            let format = decimal_format(digits);
            sheet.write_number_with_format(place.row, place.index, value, &format)?
        }
    };
    Ok(())
}

/// The number as Excel holds it, when that keeps every digit.
fn exact(number: Decimal) -> Option<f64> {
    let significant = number.normalize().mantissa().unsigned_abs();
    if significant >= EXACT_BELOW {
        return None;
    }
    // Parsing rounds to the nearest double, from which 15 digits come back as they were; Decimal's own conversion
    // goes through a division.
    number.to_string().parse().ok()
}
