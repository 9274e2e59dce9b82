//! Puts blocks of text one below the other, and begins a new page where one is full.

use super::{
    block::{Block, Header, Style, height_of, most_lines},
    font::{Fonts, Weight},
    sheet::{Artifact, Fill, Line, PORTRAIT, PageContent, Role, Size, TextRun},
    text::{TextMeasure, presentable},
    tree::{ElementId, StructureTree, Tag},
};

/// Left and right margins, in points.
pub(super) const MARGIN: f32 = 50.0;
/// From the upper edge to the first line, and from the last line to the lower edge; header and footer stand between.
const TOP: f32 = 62.0;
const BOTTOM: f32 = 54.0;
const RULE: f32 = 0.4;
const RULE_SHADE: f32 = 0.72;
const HEADER_SHADE: f32 = 0.93;

/// Whether a row may go on on the next page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Breaking {
    /// At any line: running text.
    Anywhere,
    /// Only when it is taller than a page: rows of a table.
    OnlyIfTaller,
}

/// An entry of the outline: where a table begins.
pub(super) struct Bookmark {
    pub(super) title: String,
    pub(super) page: u32,
    pub(super) top: f32,
}

/// The document so far.
pub(super) struct Flow {
    pub(super) fonts: Fonts,
    pub(super) tree: StructureTree,
    pub(super) sheets: Vec<PageContent>,
    pub(super) bookmarks: Vec<Bookmark>,
    /// The upper edge of what is still free on the last page, from the lower edge of the paper.
    cursor: f32,
}

impl Flow {
    pub(super) fn new(fonts: Fonts) -> Self {
        let sheets = vec![PageContent::new(PORTRAIT)];
        Self {
            fonts,
            tree: StructureTree::new(),
            sheets,
            bookmarks: Vec::new(),
            cursor: PORTRAIT.height - TOP,
        }
    }

    /// The size of the page that is being filled.
    pub(super) fn size(&self) -> Size {
        self.sheets.last().expect("there is always a page").size
    }

    /// How wide text may be.
    pub(super) fn width(&self) -> f32 {
        text_width(self.size())
    }

    /// How high the free part of the page is.
    pub(super) fn room(&self) -> f32 {
        self.cursor - BOTTOM
    }

    /// How high the free part of an empty page is.
    pub(super) fn height(&self) -> f32 {
        self.size().height - TOP - BOTTOM
    }

    fn is_fresh(&self) -> bool {
        self.room() >= self.height()
    }

    pub(super) fn begin_page(&mut self, size: Size) {
        self.sheets.push(PageContent::new(size));
        self.cursor = size.height - TOP;
    }

    /// Goes on upright or on its side: on this page if nothing changes, else on a new one.
    pub(super) fn turn(&mut self, size: Size) {
        if self.size() != size {
            self.begin_page(size);
        }
    }

    /// Begins a new page unless so much is free.
    pub(super) fn need(&mut self, height: f32) {
        if self.room() < height && !self.is_fresh() {
            self.begin_page(self.size());
        }
    }

    pub(super) fn bookmark(&mut self, title: &str) {
        let page = self.page();
        self.bookmarks.push(Bookmark {
            title: title.to_owned(),
            page,
            top: self.cursor,
        });
    }

    fn page(&self) -> u32 {
        u32::try_from(self.sheets.len() - 1).expect("the limit on cells keeps the number small")
    }

    fn sheet(&mut self) -> &mut PageContent {
        self.sheets.last_mut().expect("there is always a page")
    }

    /// Makes a block of a text: breaks it, in smaller type where a figure in it would break, and where the font lacks
    /// some of it, keeps the whole for readers.
    pub(super) fn block(
        &mut self,
        owner: ElementId,
        text: &str,
        weight: Weight,
        style: Style,
        x: f32,
        width: f32,
    ) -> Block {
        let text = presentable(&self.fonts, text);
        let owner = match text.actual {
            Some(actual) => self.tree.add_replaced(owner, actual),
            None => owner,
        };
        let measure = TextMeasure {
            fonts: &self.fonts,
            weight,
            size: style.size,
            width,
        };
        let measure = measure.for_figures_in(&text.shown);
        Block {
            owner,
            lines: measure.lines(&text.shown),
            x,
            width,
            size: measure.size,
            weight,
            right: false,
        }
    }

    /// Makes a block of one line that never breaks, in smaller type where it must be; none if that were too small.
    pub(super) fn figure(&self, owner: ElementId, text: String, style: Style, x: f32, width: f32) -> Option<Block> {
        let weight = Weight::Regular;
        let measure = TextMeasure {
            fonts: &self.fonts,
            weight,
            size: style.size,
            width,
        };
        Some(Block {
            owner,
            size: measure.fitting(&text)?,
            lines: vec![text],
            x,
            width,
            weight,
            right: false,
        })
    }

    /// Running text over the whole width.
    pub(super) fn paragraph(&mut self, tag: Tag, text: &str, weight: Weight, style: Style) {
        let owner = self.tree.add(super::tree::DOCUMENT, tag);
        let block = self.block(owner, text, weight, style, MARGIN, self.width());
        self.skip(style.above);
        self.place(&[block], style, Breaking::Anywhere, None);
    }

    /// Leaves room, unless the page has just begun.
    pub(super) fn skip(&mut self, height: f32) {
        if !self.is_fresh() {
            self.cursor -= height;
        }
    }

    /// Places blocks side by side. On each page that is begun for them the header comes first.
    pub(super) fn place(&mut self, blocks: &[Block], style: Style, breaking: Breaking, header: Option<&Header>) {
        let total = most_lines(blocks);
        let whole = height_of(total, style);
        let largest = self.height() - header.map_or(0.0, Header::height);
        if breaking == Breaking::OnlyIfTaller && whole > self.room() && whole <= largest {
            self.continue_on_new_page(header);
        }
        let mut from = 0;
        loop {
            let fitting = self.lines_that_fit(style);
            if fitting == 0 && total > 0 {
                self.continue_on_new_page(header);
                continue;
            }
            let to = total.min(from + fitting);
            self.draw(blocks, from, to, style, None);
            from = to;
            if from == total {
                return;
            }
        }
    }

    fn continue_on_new_page(&mut self, header: Option<&Header>) {
        self.begin_page(self.size());
        if let Some(header) = header {
            self.header(header, Some(Artifact::RepeatedRow));
        }
    }

    fn lines_that_fit(&self, style: Style) -> usize {
        let lines = ((self.room() - 2.0 * style.padding) / style.leading).floor();
        // Negative when the page is full, and far below the bounds of any integer.
        if lines < 1.0 { 0 } else { lines as usize }
    }

    /// Draws a table's header row, with its band and the rule below.
    pub(super) fn header(&mut self, header: &Header, artifact: Option<Artifact>) {
        let height = header.height();
        self.fill(HEADER_SHADE, self.cursor - height, height);
        self.draw(&header.blocks, 0, header.lines(), header.style, artifact);
        self.rule();
    }

    /// Draws a thin line across the page.
    pub(super) fn rule(&mut self) {
        self.fill(RULE_SHADE, self.cursor, RULE);
    }

    fn draw(&mut self, blocks: &[Block], from: usize, to: usize, style: Style, artifact: Option<Artifact>) {
        let first = self.cursor - style.padding - (style.leading - style.size) / 2.0 - style.size * 0.8;
        for block in blocks {
            let lines = &block.lines[from.min(block.lines.len())..to.min(block.lines.len())];
            if !lines.is_empty() {
                self.draw_block(block, lines, first, style, artifact);
            }
        }
        self.cursor -= height_of(to - from, style);
    }

    fn draw_block(&mut self, block: &Block, lines: &[String], first: f32, style: Style, artifact: Option<Artifact>) {
        let mut placed = Vec::with_capacity(lines.len());
        let mut y = first;
        for text in lines {
            self.fonts.show(block.weight, text);
            placed.push(Line {
                x: block.x + self.indent(block, text),
                y,
                text: text.as_str().into(),
            });
            y -= style.leading;
        }
        let role = match artifact {
            Some(kind) => Role::Artifact(kind),
            None => self.content(block.owner),
        };
        self.sheet().runs.push(TextRun {
            role,
            weight: block.weight,
            size: block.size,
            lines: placed,
        });
    }

    fn indent(&self, block: &Block, text: &str) -> f32 {
        if !block.right {
            return 0.0;
        }
        let width = self.fonts.width(block.weight, block.size, text.trim_end_matches(' '));
        block.width - width
    }

    /// Ties the next piece of this page to its element.
    fn content(&mut self, owner: ElementId) -> Role {
        let page = self.page();
        let number = self.sheet().number(owner);
        self.tree.own(owner, page, number);
        Role::Content(self.tree.tag(owner), number)
    }

    fn fill(&mut self, shade: f32, y: f32, height: f32) {
        let width = self.width();
        self.sheet().fills.push(Fill {
            shade,
            x: MARGIN,
            y,
            width,
            height,
        });
    }
}

/// How wide text may be on a page of this size.
pub(super) fn text_width(size: Size) -> f32 {
    size.width - 2.0 * MARGIN
}
