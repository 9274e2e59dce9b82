//! Pieces of text before they have a place on a page.

use super::{font::Weight, tree::ElementId};

/// How a block is set, in points.
#[derive(Clone, Copy)]
pub(super) struct Style {
    pub(super) size: f32,
    pub(super) leading: f32,
    /// Above the first and below the last line.
    pub(super) padding: f32,
    pub(super) above: f32,
}

/// Text in a column of the page.
pub(super) struct Block {
    pub(super) owner: ElementId,
    pub(super) lines: Vec<String>,
    pub(super) x: f32,
    pub(super) width: f32,
    /// The style's, or less where a figure would not fit.
    pub(super) size: f32,
    pub(super) weight: Weight,
    pub(super) right: bool,
}

/// The row that stands at the head of a table on each of its pages.
pub(super) struct Header {
    pub(super) blocks: Vec<Block>,
    pub(super) style: Style,
}

impl Header {
    pub(super) fn height(&self) -> f32 {
        height_of(self.lines(), self.style)
    }

    pub(super) fn lines(&self) -> usize {
        most_lines(&self.blocks)
    }
}

/// How many lines the longest of the blocks has.
pub(super) fn most_lines(blocks: &[Block]) -> usize {
    blocks.iter().map(|block| block.lines.len()).max().unwrap_or(0)
}

/// How high so many lines stand.
pub(super) fn height_of(lines: usize, style: Style) -> f32 {
    lines as f32 * style.leading + 2.0 * style.padding
}
