//! A table on paper: its heading, its header, and its rows.

use super::{
    BEYOND,
    block::{Block, Header, Style, height_of},
    columns::{Layout, Slot},
    flow::{Breaking, Flow},
    font::Weight,
    text::{format_cell, is_numeric, is_right_aligned},
    tree::{DOCUMENT, ElementId, Tag},
};
use crate::{
    table::{Cell, Locale, Table},
    writer::RenderError,
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
/// A table that rows are being added to.
pub(super) struct Grid {
    element: ElementId,
    columns: Vec<Slot>,
    style: Style,
    header: Header,
    rows: u64,
}

impl Grid {
    /// Sets the heading, the caption and the header row.
    pub(super) fn begin(flow: &mut Flow, table: &Table) -> Result<Self, RenderError> {
        let layout = Layout::of(&flow.fonts, table)?;
        flow.turn(layout.page);
        // Heading, caption, header and a first row stay together.
        flow.need(HEADING.above + height_of(2, HEADING) + height_of(2, CAPTION) + 2.0 * height_of(2, layout.cell));
        flow.skip(HEADING.above);
        flow.bookmark(&table.name);
        flow.paragraph(Tag::Heading, &table.name, Weight::Bold, Style { above: 0.0, ..HEADING });
        if !table.caption.is_empty() {
            flow.paragraph(Tag::Paragraph, &table.caption, Weight::Regular, CAPTION);
        }
        let element = flow.tree.add(DOCUMENT, Tag::Table);
        let header = header(flow, element, &layout);
        if header.height() > flow.height() / 2.0 {
            return Err(headers_too_long(table));
        }
        flow.need(header.height() + height_of(1, layout.cell));
        flow.header(&header, None);
        Ok(Self {
            element,
            columns: layout.slots,
            style: layout.cell,
            header,
            rows: 0,
        })
    }

    /// Sets a row.
    ///
    /// # Errors
    /// [`RenderError::LimitExceeded`] for a number too wide for its column.
    pub(super) fn row(&mut self, flow: &mut Flow, cells: &[Cell], locale: Locale) -> Result<(), RenderError> {
        let row = flow.tree.add(self.element, Tag::TableRow);
        let mut blocks = Vec::with_capacity(cells.len());
        for (cell, slot) in cells.iter().zip(&self.columns) {
            let owner = flow.tree.add(row, Tag::DataCell);
            blocks.push(self.block(flow, owner, cell, slot, locale)?);
        }
        flow.place(&blocks, self.style, Breaking::OnlyIfTaller, Some(&self.header));
        flow.rule();
        self.rows += 1;
        Ok(())
    }

    fn block(
        &self,
        flow: &mut Flow,
        owner: ElementId,
        cell: &Cell,
        slot: &Slot,
        locale: Locale,
    ) -> Result<Block, RenderError> {
        let text = format_cell(cell, slot.kind, locale);
        let block = match cell {
            Cell::Empty | Cell::Text(_) => flow.block(owner, &text, Weight::Regular, self.style, slot.x, slot.width),
            Cell::Integer(_) | Cell::Decimal(_) | Cell::Date(_) | Cell::Suppressed => flow
                .figure(owner, text, self.style, slot.x, slot.width)
                .ok_or_else(|| number_too_wide(slot))?,
        };
        Ok(Block {
            right: is_right_aligned(cell, slot.kind),
            ..block
        })
    }

    /// Ends the table; one without rows says so, since an empty header could be taken for a fault.
    pub(super) fn end(self, flow: &mut Flow, locale: Locale) {
        if self.rows == 0 {
            flow.paragraph(
                Tag::Paragraph,
                locale.pick("Ingen rader.", "No rows."),
                Weight::Regular,
                CAPTION,
            );
        }
    }
}

fn headers_too_long(table: &Table) -> RenderError {
    let sentence = format!(
        "The headers of the table \u{201C}{}\u{201D} are too long for a PDF page: they may take half of it.",
        table.name
    );
    RenderError::limit(sentence, BEYOND)
}

fn number_too_wide(slot: &Slot) -> RenderError {
    let sentence = format!(
        "A number in the column \u{201C}{}\u{201D} is too wide for its place on a PDF page; fewer columns leave more room.",
        slot.header
    );
    RenderError::limit(sentence, BEYOND)
}

fn header(flow: &mut Flow, table: ElementId, layout: &Layout) -> Header {
    let row = flow.tree.add(table, Tag::TableRow);
    let mut blocks = Vec::with_capacity(layout.slots.len());
    for slot in &layout.slots {
        let owner = flow.tree.add(row, Tag::HeaderCell);
        let block = flow.block(owner, &slot.header, Weight::Bold, layout.header, slot.x, slot.width);
        blocks.push(Block {
            right: is_numeric(slot.kind),
            ..block
        });
    }
    Header {
        blocks,
        style: layout.header,
    }
}
