//! PDF: the report on paper, tagged for screen readers and fit for archives (PDF/A-2a).
//!
//! Rows are set as they come (`grid`, `flow`), each page with its words, rules and structure (`sheet`, `tree`). At
//! the end the page count is known: headers and footers are added, printpdf makes the pages, and `archive` adds with
//! lopdf what printpdf does not know: structure, metadata, colour, language, identity.
//!
//! The font is Noto Sans, which covers Latin (Sami, Polish, Vietnamese and Kven letters included), Greek and
//! Cyrillic. Other scripts (Arabic, Tamil, Thai, Chinese ...) and emoji are printed as the replacement character,
//! and the text as it was is kept for readers as its actual text. Letters are not joined by a shaping engine:
//! combining marks that have no precomposed letter stand where the font puts them by default.
//!
//! Numbers are printed with thousands set apart, so a year belongs in a text cell.

mod archive;
mod flow;
mod font;
mod grid;
mod sheet;
#[cfg(test)]
mod tests;
mod text;
mod tree;
mod xmp;

use lopdf::{Document, SaveOptions};
use printpdf::{Op, PdfDocument, PdfSaveOptions};
use sha2::{Digest, Sha256};

use self::{
    archive::About,
    flow::{Breaking, Flow, Header, MARGIN, Style},
    font::{Fonts, Weight},
    grid::Grid,
    sheet::{Artifact, Line, Sheet},
    text::presentable,
    tree::{DOCUMENT, Tag},
};
use super::{
    table::{Cell, Cover, Language, Table},
    writer::{RENDERER_VERSION, RenderError, Sink, Writer},
};

/// How many cells a PDF holds. The whole document is in memory until its last page is known.
pub const MOST_CELLS: usize = 120_000;

/// How many bytes of text a PDF holds in its cells.
pub const MOST_TEXT: usize = 8 << 20;

const TITLE: Style = Style {
    size: 21.0,
    leading: 27.0,
    padding: 2.0,
    above: 0.0,
};
const ORGANIZATION: Style = Style {
    size: 12.0,
    leading: 16.0,
    padding: 2.0,
    above: 0.0,
};
const FACT: Style = Style {
    size: 9.5,
    leading: 13.0,
    padding: 1.5,
    above: 0.0,
};
const NOTE: Style = Style {
    size: 10.0,
    leading: 14.0,
    padding: 0.0,
    above: 7.0,
};
/// Between the cover's parts.
const GAP: f32 = 12.0;
/// The most that labels take of the width, and what stands between label and value.
const LABEL_SHARE: f32 = 0.4;
const LABEL_GUTTER: f32 = 12.0;
const FURNITURE_SIZE: f32 = 8.0;
/// From the upper edge to the page header, and from the lower edge to the footer.
const HEADER_AT: f32 = 36.0;
const FOOTER_AT: f32 = 30.0;

/// Begins a PDF. Pages are A4, upright; a table whose usual values don't fit is set on pages on their side.
///
/// # Errors
/// [`RenderError::Layout`] when the font cannot be read. The writer's own calls answer
/// [`RenderError::LimitExceeded`] beyond [`MOST_CELLS`], [`MOST_TEXT`] or thirty columns.
pub fn open<'a>(
    cover: &Cover,
    sink: Box<dyn Sink + 'a>,
) -> Result<Box<dyn Writer + 'a>, RenderError> {
    let mut flow = Flow::new(Fonts::load()?);
    set_cover(&mut flow, cover);
    let mut content = Sha256::new();
    content.update(format!("{RENDERER_VERSION}{cover:?}"));
    Ok(Box::new(PdfWriter {
        cover: cover.clone(),
        flow,
        grid: None,
        content,
        cells: 0,
        text: 0,
        sink,
    }))
}

struct PdfWriter<'a> {
    cover: Cover,
    flow: Flow,
    /// The table that rows are being added to.
    grid: Option<Grid>,
    /// What the document's identity is made of.
    content: Sha256,
    cells: usize,
    text: usize,
    sink: Box<dyn Sink + 'a>,
}

impl Writer for PdfWriter<'_> {
    fn begin_table(&mut self, table: &Table) -> Result<(), RenderError> {
        self.end_table();
        self.content.update(format!("{table:?}"));
        self.count(
            table.columns.len(),
            table.columns.iter().map(|column| column.header.len()).sum(),
        )?;
        self.grid = Some(Grid::begin(&mut self.flow, table)?);
        Ok(())
    }

    fn row(&mut self, cells: &[Cell]) -> Result<(), RenderError> {
        match &self.grid {
            None => return Err(RenderError::Misuse("a row before the first table")),
            Some(grid) if grid.width() != cells.len() => {
                return Err(RenderError::Misuse(
                    "a row has as many cells as its table has columns",
                ));
            }
            Some(_) => {}
        }
        self.count(cells.len(), cells.iter().map(text_length).sum())?;
        self.content.update(format!("{cells:?}"));
        if let Some(grid) = &mut self.grid {
            grid.row(&mut self.flow, cells, self.cover.language);
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), RenderError> {
        self.end_table();
        let about = About {
            title: self.cover.title.clone(),
            organization: self.cover.organization.clone(),
            language: self.cover.language,
            digest: self.content.finalize().into(),
        };
        let mut document = make(self.flow, &self.cover, &about)?;
        let options = SaveOptions::builder()
            .use_object_streams(true)
            .use_xref_streams(true)
            .compression_level(6);
        document.save_with_options(&mut self.sink, options.build())?;
        self.sink.flush()?;
        Ok(())
    }
}

impl PdfWriter<'_> {
    fn end_table(&mut self) {
        if let Some(grid) = self.grid.take() {
            grid.end(&mut self.flow, self.cover.language);
        }
    }

    fn count(&mut self, cells: usize, text: usize) -> Result<(), RenderError> {
        self.cells += cells;
        self.text += text;
        if self.cells <= MOST_CELLS && self.text <= MOST_TEXT {
            return Ok(());
        }
        Err(RenderError::LimitExceeded(format!(
            "PDF holds up to {MOST_CELLS} cells with {} MiB of text; XLSX and CSV hold more",
            MOST_TEXT >> 20
        )))
    }
}

fn text_length(cell: &Cell) -> usize {
    match cell {
        Cell::Text(text) => text.len(),
        Cell::Empty | Cell::Integer(_) | Cell::Decimal(_) | Cell::Date(_) | Cell::Suppressed => 0,
    }
}

fn set_cover(flow: &mut Flow, cover: &Cover) {
    flow.paragraph(Tag::Title, &cover.title, Weight::Bold, TITLE);
    flow.paragraph(
        Tag::Paragraph,
        &cover.organization,
        Weight::Regular,
        ORGANIZATION,
    );
    if let Some(word) = &cover.watermark {
        // The word across the pages is not read aloud; here it is.
        flow.paragraph(Tag::Paragraph, word, Weight::Bold, ORGANIZATION);
    }
    if !cover.facts.is_empty() {
        flow.skip(GAP);
        set_facts(flow, &cover.facts);
    }
    flow.skip(GAP);
    for note in cover.notes.lines().filter(|line| !line.trim().is_empty()) {
        flow.paragraph(Tag::Paragraph, note, Weight::Regular, NOTE);
    }
}

fn set_facts(flow: &mut Flow, facts: &[(String, String)]) {
    let list = flow.tree.add(DOCUMENT, Tag::List);
    let widest = facts
        .iter()
        .map(|(label, _)| flow.fonts.width(Weight::Bold, FACT.size, label))
        .fold(0.0, f32::max)
        + 0.1;
    let label_width = widest.min(flow.width() * LABEL_SHARE);
    let indent = label_width + LABEL_GUTTER;
    for (label, value) in facts {
        let item = flow.tree.add(list, Tag::ListItem);
        let owner = flow.tree.add(item, Tag::Label);
        let label = flow.block(owner, label, Weight::Bold, FACT, MARGIN, label_width);
        let owner = flow.tree.add(item, Tag::ListBody);
        let width = flow.width() - indent;
        let value = flow.block(owner, value, Weight::Regular, FACT, MARGIN + indent, width);
        flow.place(
            &[label, value],
            FACT,
            Breaking::OnlyIfTaller,
            None::<&Header>,
        );
    }
}

/// Makes the document of what was set, and lets go of each form of it as soon as the next one stands.
fn make(mut flow: Flow, cover: &Cover, about: &About) -> Result<Document, RenderError> {
    let total = flow.sheets.len();
    let mut owners = Vec::with_capacity(total);
    let mut pdf = PdfDocument::new("");
    for (index, mut sheet) in std::mem::take(&mut flow.sheets).into_iter().enumerate() {
        let furniture = furniture(&mut flow.fonts, &sheet, cover, index + 1, total);
        owners.push(std::mem::take(&mut sheet.owners));
        pdf.pages.push(sheet.into_page(furniture));
    }
    pdf.resources.fonts = flow.fonts.embed()?;
    let mut warnings = Vec::new();
    let mut document =
        printpdf::serialize::to_lopdf_doc(&pdf, &PdfSaveOptions::default(), &mut warnings);
    drop(pdf);
    if let Some(warning) = warnings.first() {
        return Err(RenderError::Layout(format!("{warning:?}")));
    }
    document.compress();
    let pages: Vec<_> = document.page_iter().collect();
    let structure = flow.tree.write(&mut document, &pages, &owners);
    archive::conform(&mut document, about, structure, &flow.bookmarks)?;
    document.compress();
    Ok(document)
}

/// What stands on every page around its content.
fn furniture(
    fonts: &mut Fonts,
    sheet: &Sheet,
    cover: &Cover,
    number: usize,
    total: usize,
) -> Vec<Op> {
    let size = sheet.size;
    let mut ops = Vec::new();
    let mark = cover
        .watermark
        .as_deref()
        .map(|word| presentable(fonts, word).shown)
        .filter(|word| !word.is_empty());
    if let Some(word) = &mark {
        fonts.show(Weight::Bold, word);
        ops.extend(sheet::watermark(fonts, size, word));
        let x = size.width - MARGIN - fonts.width(Weight::Bold, FURNITURE_SIZE, word);
        let line = Line {
            x,
            y: size.height - HEADER_AT,
            text: word,
        };
        ops.extend(sheet::furniture(
            Artifact::Header,
            Weight::Bold,
            FURNITURE_SIZE,
            &line,
        ));
    }
    let marked = mark.map_or(0.0, |word| {
        fonts.width(Weight::Bold, FURNITURE_SIZE, &word) + LABEL_GUTTER
    });
    let heading = presentable(fonts, &format!("{} – {}", cover.organization, cover.title))
        .shown
        .replace('\n', " ");
    let heading = shortened(fonts, &heading, size.width - 2.0 * MARGIN - marked);
    fonts.show(Weight::Regular, &heading);
    let line = Line {
        x: MARGIN,
        y: size.height - HEADER_AT,
        text: &heading,
    };
    ops.extend(sheet::furniture(
        Artifact::Header,
        Weight::Regular,
        FURNITURE_SIZE,
        &line,
    ));

    let footer = page_number(cover.language, number, total);
    fonts.show(Weight::Regular, &footer);
    let x = size.width - MARGIN - fonts.width(Weight::Regular, FURNITURE_SIZE, &footer);
    let line = Line {
        x,
        y: FOOTER_AT,
        text: &footer,
    };
    ops.extend(sheet::furniture(
        Artifact::Footer,
        Weight::Regular,
        FURNITURE_SIZE,
        &line,
    ));
    ops
}

fn page_number(language: Language, number: usize, total: usize) -> String {
    match language {
        Language::Nb => format!("Side {number} av {total}"),
        Language::En => format!("Page {number} of {total}"),
    }
}

/// A running header has one line: it ends in an ellipsis where it is too long. The first page has the whole.
fn shortened(fonts: &Fonts, text: &str, width: f32) -> String {
    let wide = |text: &str| fonts.width(Weight::Regular, FURNITURE_SIZE, text) > width;
    if !wide(text) {
        return text.to_owned();
    }
    let mut kept: Vec<char> = text.chars().collect();
    while kept.pop().is_some() {
        let shorter = format!("{}…", kept.iter().collect::<String>().trim_end());
        if !wide(&shorter) {
            return shorter;
        }
    }
    String::new()
}
