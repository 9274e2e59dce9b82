//! One page under construction: its rules, its words, and which structure element owns which of them.

use super::{
    font::Weight,
    tree::{ElementId, Tag},
};

/// The width and height of a page, in points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Size {
    pub(super) width: f32,
    pub(super) height: f32,
}

/// A4 upright.
pub(super) const PORTRAIT: Size = Size {
    width: 595.28,
    height: 841.89,
};

/// A4 on its side, for tables that are too wide.
pub(super) const LANDSCAPE: Size = Size {
    width: PORTRAIT.height,
    height: PORTRAIT.width,
};

/// What a piece of the page is to a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Content: the tag of its element, and its number on the page.
    Content(Tag, u32),
    /// Not content: what repeats on every page, and is not read aloud.
    Artifact(Artifact),
}

/// The kinds of artifact (ISO 32000-1, 14.8.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Artifact {
    Header,
    Footer,
    Watermark,
    /// A table's header row on the pages after its first.
    RepeatedRow,
    Rules,
}

/// A line of text and where its baseline begins, in points from the lower left corner.
pub(super) struct Line {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) text: Box<str>,
}

/// Lines that belong together, set in one font.
pub(super) struct TextRun {
    pub(super) role: Role,
    pub(super) weight: Weight,
    pub(super) size: f32,
    pub(super) lines: Vec<Line>,
}

/// A filled rectangle behind the words.
pub(super) struct Fill {
    /// Grey: 0 is black, 1 is white.
    pub(super) shade: f32,
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) width: f32,
    pub(super) height: f32,
}

/// A page that is being filled. It holds no more than it must: all pages wait for the last one, because the footer
/// says how many there are and the fonts are cut down to what all of them show.
pub(super) struct PageContent {
    pub(super) size: Size,
    /// The owners of the marked sequences, by their numbers.
    pub(super) owners: Vec<ElementId>,
    pub(super) fills: Vec<Fill>,
    pub(super) runs: Vec<TextRun>,
}

impl PageContent {
    pub(super) fn new(size: Size) -> Self {
        Self {
            size,
            owners: Vec::new(),
            fills: Vec::new(),
            runs: Vec::new(),
        }
    }

    /// The number of the next marked sequence, which the element will own.
    pub(super) fn number(&mut self, owner: ElementId) -> u32 {
        let number = u32::try_from(self.owners.len()).expect("a page holds fewer lines than that");
        self.owners.push(owner);
        number
    }
}
