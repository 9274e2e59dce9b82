//! A table on paper: how wide its columns are, its header, and its rows.

use super::{
    BEYOND,
    block::{Block, Header, Style, height_of},
    flow::{Breaking, Flow, MARGIN, text_width},
    font::{Fonts, Weight},
    sheet::{LANDSCAPE, PORTRAIT, Size},
    text::{is_numeric, is_right_aligned, presentable, printed},
    tree::{DOCUMENT, ElementId, Tag},
};
use crate::export::{
    table::{Cell, Column, ColumnKind, Language, Table},
    writer::RenderError,
};

/// More columns than this would be narrower than a short word on a page on its side.
pub(super) const MOST_COLUMNS: usize = 30;
const CELL: Style = Style {
    size: 8.5,
    leading: 11.5,
    padding: 2.5,
    above: 0.0,
};
const HEADING: Style = Style {
    size: 13.0,
    leading: 17.0,
    padding: 2.0,
    above: 16.0,
};
const CAPTION: Style = Style {
    size: 9.5,
    leading: 13.0,
    padding: 2.0,
    above: 0.0,
};
/// Left and right of a cell's text.
const GUTTER: f32 = 4.0;
/// The width of a usual character, as a share of the size.
const USUAL_CHARACTER: f32 = 0.56;

/// A table that rows are being added to.
pub(super) struct Grid {
    element: ElementId,
    columns: Vec<Slot>,
    header: Header,
    rows: u64,
}

struct Slot {
    kind: ColumnKind,
    /// Of the text, without the gutters.
    x: f32,
    width: f32,
}

impl Grid {
    /// Sets the heading, the caption and the header row.
    pub(super) fn begin(flow: &mut Flow, table: &Table) -> Result<Self, RenderError> {
        check_columns(table)?;
        let wanted: Vec<Wanted> = table
            .columns
            .iter()
            .map(|column| Wanted::of(&flow.fonts, column))
            .collect();
        flow.turn(orientation(&wanted));
        let columns = slots(&table.columns, &wanted, flow.width());
        // Heading, caption, header and a first row stay together.
        flow.need(HEADING.above + height_of(2, HEADING) + height_of(2, CAPTION) + 2.0 * height_of(2, CELL));
        flow.skip(HEADING.above);
        flow.bookmark(&table.name);
        flow.paragraph(Tag::Heading, &table.name, Weight::Bold, Style { above: 0.0, ..HEADING });
        if !table.caption.is_empty() {
            flow.paragraph(Tag::Paragraph, &table.caption, Weight::Regular, CAPTION);
        }
        let element = flow.tree.add(DOCUMENT, Tag::Table);
        let header = header(flow, element, table, &columns);
        if header.height() > flow.height() / 2.0 {
            return Err(too_wide(table));
        }
        flow.need(header.height() + height_of(1, CELL));
        flow.header(&header, None);
        Ok(Self {
            element,
            columns,
            header,
            rows: 0,
        })
    }

    pub(super) fn width(&self) -> usize {
        self.columns.len()
    }

    pub(super) fn row(&mut self, flow: &mut Flow, cells: &[Cell], language: Language) {
        let row = flow.tree.add(self.element, Tag::TableRow);
        let mut blocks = Vec::with_capacity(cells.len());
        for (cell, slot) in cells.iter().zip(&self.columns) {
            let owner = flow.tree.add(row, Tag::DataCell);
            let text = printed(cell, slot.kind, language);
            let block = flow.block(owner, &text, Weight::Regular, CELL, slot.x, slot.width);
            blocks.push(Block {
                right: is_right_aligned(cell, slot.kind),
                ..block
            });
        }
        flow.place(&blocks, CELL, Breaking::OnlyIfTaller, Some(&self.header));
        flow.rule();
        self.rows += 1;
    }

    /// Ends the table; one without rows says so, since an empty header could be taken for a fault.
    pub(super) fn end(self, flow: &mut Flow, language: Language) {
        if self.rows == 0 {
            flow.paragraph(
                Tag::Paragraph,
                language.pick("Ingen rader.", "No rows."),
                Weight::Regular,
                CAPTION,
            );
        }
    }
}

fn check_columns(table: &Table) -> Result<(), RenderError> {
    match table.columns.len() {
        0 => Err(RenderError::Misuse("a table needs a column")),
        1..=MOST_COLUMNS => Ok(()),
        _ => Err(too_wide(table)),
    }
}

fn too_wide(table: &Table) -> RenderError {
    let sentence = format!(
        "The table \u{201C}{}\u{201D} is too wide for a page: a PDF takes up to {MOST_COLUMNS} columns whose headers fit \
         on half a page.",
        table.name
    );
    RenderError::limit(sentence, BEYOND)
}

fn header(flow: &mut Flow, table_element: ElementId, table: &Table, slots: &[Slot]) -> Header {
    let row = flow.tree.add(table_element, Tag::TableRow);
    let mut blocks = Vec::with_capacity(slots.len());
    for (column, slot) in table.columns.iter().zip(slots) {
        let owner = flow.tree.add(row, Tag::HeaderCell);
        let block = flow.block(owner, &column.header, Weight::Bold, CELL, slot.x, slot.width);
        blocks.push(Block {
            right: is_numeric(column.kind),
            ..block
        });
    }
    Header { blocks, style: CELL }
}

/// What a column asks for, gutters included.
struct Wanted {
    usual: f32,
    /// The longest word of its header, which should not be broken.
    least: f32,
}

impl Wanted {
    fn of(fonts: &Fonts, column: &Column) -> Self {
        let header = presentable(fonts, &column.header).shown;
        let longest = header
            .split_whitespace()
            .map(|word| fonts.width(Weight::Bold, CELL.size, word))
            .fold(0.0, f32::max);
        let least = longest + 2.0 * GUTTER + 0.1;
        let usual = f32::from(column.width.max(1)) * CELL.size * USUAL_CHARACTER + 2.0 * GUTTER;
        Self {
            usual: usual.max(least),
            least,
        }
    }
}

/// Upright if the usual values fit, else on its side.
fn orientation(wanted: &[Wanted]) -> Size {
    let usual: f32 = wanted.iter().map(|wanted| wanted.usual).sum();
    if usual <= text_width(PORTRAIT) {
        PORTRAIT
    } else {
        LANDSCAPE
    }
}

fn slots(columns: &[Column], wanted: &[Wanted], whole: f32) -> Vec<Slot> {
    let mut x = MARGIN;
    columns
        .iter()
        .zip(shares(wanted, whole))
        .map(|(column, width)| {
            let slot = Slot {
                kind: column.kind,
                x: x + GUTTER,
                width: width - 2.0 * GUTTER,
            };
            x += width;
            slot
        })
        .collect()
}

/// Shares the width out in proportion to the usual values; no column falls below its header's longest word as long as
/// all those words fit.
fn shares(wanted: &[Wanted], whole: f32) -> Vec<f32> {
    let usual: f32 = wanted.iter().map(|wanted| wanted.usual).sum();
    let least: f32 = wanted.iter().map(|wanted| wanted.least).sum();
    if usual <= whole || least >= whole {
        return wanted.iter().map(|wanted| wanted.usual * whole / usual).collect();
    }
    let share = (whole - least) / (usual - least);
    wanted
        .iter()
        .map(|wanted| wanted.least + (wanted.usual - wanted.least) * share)
        .collect()
}
