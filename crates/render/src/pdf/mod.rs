//! PDF: the report on paper, tagged for screen readers and fit for archives (PDF/A-2a).
//!
//! Rows are set as they come (`grid`, `flow`), each page with its words, rules and structure (`sheet`, `tree`). At
//! the end the page count is known: headers and footers are added, printpdf makes the pages, and `archive` adds with
//! lopdf what printpdf does not know: structure, metadata, colour, language. `file` writes the bytes.
//!
//! The font is Noto Sans, which covers Latin (Sami, Polish, Vietnamese and Kven letters included), Greek and
//! Cyrillic. Other scripts (Arabic, Tamil, Thai, Chinese ...) and emoji are printed as the replacement character,
//! and the text as it was is kept for readers as its actual text. Letters are not joined by a shaping engine:
//! combining marks that have no precomposed letter stand where the font puts them by default.
//!
//! Numbers are printed with thousands set apart, so a year belongs in a text cell.

mod archive;
mod block;
mod columns;
mod cover;
mod file;
mod flow;
mod font;
mod furniture;
mod grid;
mod pages;
mod paint;
mod sheet;
#[cfg(test)]
mod tests;
mod text;
mod tree;

use lopdf::Document;

use self::{
    archive::About, cover::set_cover, flow::Flow, font::Fonts, furniture::furniture, grid::Grid, pages::Pages,
    tree::Structure,
};
use crate::about;
use crate::format::FileFormat;
use crate::table::{Cell, Cover, Table};
use crate::totals::ControlTotals;
use crate::writer::{RenderError, Sink, Writer};

/// How many cells a PDF holds, header cells included: some fifty thousand rows of six columns. Pages wait in memory
/// until their number is known; at this limit they were measured to take 155 MB, and 200 MB with as much
/// text as allowed in the narrowest columns.
pub const MAX_CELLS: usize = 300_000;

/// How many bytes of text a PDF holds in its cells, facts and notes.
pub const MAX_TEXT: usize = 8 << 20;

/// How many bytes of text one cell holds; in a narrow column they fill hundreds of pages.
pub const MAX_CELL_TEXT: usize = 64 << 10;

/// How many pages a PDF holds: what keeps narrow columns, with a letter to the line, from filling the memory.
pub const MAX_PAGES: usize = 5_000;

/// What holds more than that.
const BEYOND: &[FileFormat] = &[FileFormat::Xlsx, FileFormat::Csv, FileFormat::Json];

/// Begins a PDF. Pages are A4, upright; a table whose usual values don't fit is set on pages on their side, and in
/// smaller type if it must be.
///
/// # Errors
/// [`RenderError::Layout`] when the font cannot be read. The writer's own calls answer
/// [`RenderError::LimitExceeded`] beyond [`MAX_CELLS`], [`MAX_TEXT`], [`MAX_CELL_TEXT`],
/// [`MAX_PAGES`], more columns than fit a page (21 of dates, 24 of text, 27 of numbers), headers taller than half a
/// page, or a number too wide for its column.
pub fn open<'a>(cover: &Cover, sink: Box<dyn Sink + 'a>) -> Result<Box<dyn Writer + 'a>, RenderError> {
    let mut load = Load::default();
    let facts = cover.facts.iter().map(|(label, value)| label.len() + value.len());
    load.add(0, cover.notes.len() + facts.sum::<usize>())?;
    let mut flow = Flow::new(Fonts::load()?);
    set_cover(&mut flow, cover);
    Ok(Box::new(PdfWriter {
        cover: cover.clone(),
        flow,
        grid: None,
        load,
        sink,
    }))
}

struct PdfWriter<'a> {
    cover: Cover,
    flow: Flow,
    /// The table that rows are being added to.
    grid: Option<Grid>,
    load: Load,
    sink: Box<dyn Sink + 'a>,
}

impl Writer for PdfWriter<'_> {
    fn begin_table(&mut self, table: &Table) -> Result<(), RenderError> {
        self.end_table();
        self.load.add(
            table.columns.len(),
            table.columns.iter().map(|column| column.header.len()).sum(),
        )?;
        self.grid = Some(Grid::begin(&mut self.flow, table)?);
        Ok(())
    }

    fn row(&mut self, cells: &[Cell]) -> Result<(), RenderError> {
        let texts = cells.iter().map(text_length);
        check_cell(texts.clone().max().unwrap_or(0))?;
        self.load.add(cells.len(), texts.sum())?;
        if let Some(grid) = &mut self.grid {
            grid.row(&mut self.flow, cells, self.cover.locale)?;
        }
        check_pages(self.flow.sheets.len())
    }

    fn totals(&mut self, totals: &ControlTotals) -> Result<(), RenderError> {
        self.begin_table(&about::table(self.cover.locale))?;
        for (label, value) in about::control(self.cover.locale, totals) {
            self.row(&[Cell::Text(label), value])?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), RenderError> {
        self.end_table();
        let about = About::new(&self.cover);
        let (document, structure) = make(self.flow, &self.cover, &about, &mut self.sink)?;
        file::write(document, structure.into_objects(), &mut self.sink)
    }
}

impl PdfWriter<'_> {
    fn end_table(&mut self) {
        if let Some(grid) = self.grid.take() {
            grid.end(&mut self.flow, self.cover.locale);
        }
    }
}

/// How much a document holds so far.
#[derive(Default)]
struct Load {
    cells: usize,
    text: usize,
}

impl Load {
    fn add(&mut self, cells: usize, text: usize) -> Result<(), RenderError> {
        self.cells += cells;
        self.text += text;
        if self.cells <= MAX_CELLS && self.text <= MAX_TEXT {
            return Ok(());
        }
        let text = MAX_TEXT >> 20;
        let sentence = format!("A PDF holds up to {MAX_CELLS} cells with {text} MiB of text.");
        Err(RenderError::limit(sentence, BEYOND))
    }
}

fn check_cell(text: usize) -> Result<(), RenderError> {
    if text <= MAX_CELL_TEXT {
        return Ok(());
    }
    let sentence = format!("A cell of a PDF holds up to {} KiB of text.", MAX_CELL_TEXT >> 10);
    // A sheet's cell holds less.
    Err(RenderError::limit(sentence, &[FileFormat::Csv, FileFormat::Json]))
}

fn check_pages(pages: usize) -> Result<(), RenderError> {
    if pages <= MAX_PAGES {
        return Ok(());
    }
    let sentence = format!("A PDF holds up to {MAX_PAGES} pages.");
    Err(RenderError::limit(sentence, BEYOND))
}

fn text_length(cell: &Cell) -> usize {
    match cell {
        Cell::Text(text) => text.len(),
        Cell::Empty | Cell::Integer(_) | Cell::Decimal(_) | Cell::Date(_) | Cell::Suppressed => 0,
    }
}

/// Makes the document of what was set. Before each page the sink is asked, by a flush, whether it still wants the file.
fn make(
    mut flow: Flow,
    cover: &Cover,
    about: &About,
    sink: &mut dyn Sink,
) -> Result<(Document, Structure), RenderError> {
    let sheets = std::mem::take(&mut flow.sheets);
    let total = sheets.len();
    let mut furnishings = Vec::with_capacity(total);
    for (index, sheet) in sheets.iter().enumerate() {
        sink.flush()?;
        furnishings.push(furniture(&mut flow.fonts, cover, sheet.size, index + 1, total));
    }
    let mut pages = Pages::new(&flow.fonts)?;
    let mut owners = Vec::with_capacity(total);
    for (mut sheet, furniture) in sheets.into_iter().zip(furnishings) {
        sink.flush()?;
        owners.push(std::mem::take(&mut sheet.owners));
        pages.add(paint::page(sheet, furniture))?;
    }
    let (mut document, pages) = pages.finish()?;
    let structure = flow.tree.into_structure(&mut document, pages, &owners);
    archive::conform(&mut document, about, structure.root(), &flow.bookmarks)?;
    document.compress();
    Ok((document, structure))
}
