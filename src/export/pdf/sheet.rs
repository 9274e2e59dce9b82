//! One page under construction: its rules, its words, and which structure element owns which of them.

use std::collections::BTreeMap;

use printpdf::{
    Color, DictItem, Greyscale, Mm, Op, PaintMode, PdfFontHandle, PdfPage, Pt, Rect, TextItem,
    TextMatrix,
};

use super::{
    font::{Fonts, Weight},
    tree::{ElementId, Tag},
};

/// Shades of grey; 0 is black.
pub(super) const BLACK: f32 = 0.0;
const FURNITURE: f32 = 0.35;
const WATERMARK: f32 = 0.9;
/// Kept clear at both ends of the diagonal that the watermark runs along.
const WATERMARK_SHARE: f32 = 0.75;
const WATERMARK_LARGEST: f32 = 150.0;

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
    /// Content, in this place of the structure.
    Content(ElementId, Tag),
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
pub(super) struct Line<'a> {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) text: &'a str,
}

/// A page that is being filled.
pub(super) struct Sheet {
    pub(super) size: Size,
    /// The owners of the marked sequences, by their numbers.
    pub(super) owners: Vec<ElementId>,
    shapes: Vec<Op>,
    words: Vec<Op>,
    /// The font that the words are set in at this point.
    font: Option<(Weight, f32)>,
}

impl Sheet {
    pub(super) fn new(size: Size) -> Self {
        Self {
            size,
            owners: Vec::new(),
            shapes: Vec::new(),
            words: Vec::new(),
            font: None,
        }
    }

    /// Draws a filled rectangle behind the words.
    pub(super) fn fill(&mut self, shade: f32, x: f32, y: f32, width: f32, height: f32) {
        self.shapes.push(colour(shade));
        let rectangle = Rect {
            x: points(x),
            y: points(y),
            width: points(width),
            height: points(height),
            mode: Some(PaintMode::Fill),
            winding_order: None,
        };
        self.shapes.push(Op::DrawRectangle { rectangle });
    }

    /// Shows lines as one marked sequence, and returns its number when it is content.
    pub(super) fn show(
        &mut self,
        role: Role,
        weight: Weight,
        size: f32,
        lines: &[Line<'_>],
    ) -> Option<u32> {
        let number = match role {
            Role::Content(owner, tag) => {
                let number =
                    u32::try_from(self.owners.len()).expect("a page holds fewer lines than that");
                self.owners.push(owner);
                self.words.push(begin(
                    tag.name(),
                    [("MCID", DictItem::Int(i64::from(number)))],
                ));
                Some(number)
            }
            Role::Artifact(kind) => {
                self.words.push(begin_artifact(kind));
                None
            }
        };
        if self.font != Some((weight, size)) {
            self.words.push(set_font(weight, size));
            self.font = Some((weight, size));
        }
        self.words.extend(lines.iter().flat_map(|line| {
            [
                Op::SetTextMatrix {
                    matrix: TextMatrix::Translate(points(line.x), points(line.y)),
                },
                show_text(line.text),
            ]
        }));
        self.words.push(Op::EndMarkedContent);
        number
    }

    /// The finished page: rules at the bottom, the watermark over them, header and footer, and the words on top.
    pub(super) fn into_page(self, furniture: Vec<Op>) -> PdfPage {
        let mut ops =
            Vec::with_capacity(self.shapes.len() + self.words.len() + furniture.len() + 5);
        if !self.shapes.is_empty() {
            ops.push(begin_artifact(Artifact::Rules));
            ops.extend(self.shapes);
            ops.push(Op::EndMarkedContent);
        }
        ops.extend(furniture);
        ops.extend([colour(BLACK), Op::StartTextSection]);
        ops.extend(self.words);
        ops.push(Op::EndTextSection);
        PdfPage::new(
            Mm::from(points(self.size.width)),
            Mm::from(points(self.size.height)),
            ops,
        )
    }
}

/// A line of the page header or footer.
pub(super) fn furniture(kind: Artifact, weight: Weight, size: f32, line: &Line<'_>) -> Vec<Op> {
    let place = TextMatrix::Translate(points(line.x), points(line.y));
    artifact_text(kind, FURNITURE, set_font(weight, size), place, line.text)
}

/// The word across the page, from the lower left towards the upper right.
pub(super) fn watermark(fonts: &Fonts, page: Size, word: &str) -> Vec<Op> {
    let diagonal = page.width.hypot(page.height);
    let (cos, sin) = (page.width / diagonal, page.height / diagonal);
    let at_one_point = fonts.width(Weight::Bold, 1.0, word);
    let size = (diagonal * WATERMARK_SHARE / at_one_point.max(0.1)).min(WATERMARK_LARGEST);
    // From the middle of the page back by half the word's length, and down by a third of its height.
    let (half, drop) = (at_one_point * size / 2.0, size / 3.0);
    let x = page.width / 2.0 - half * cos + drop * sin;
    let y = page.height / 2.0 - half * sin - drop * cos;
    let place = TextMatrix::Raw([
        fine(cos),
        fine(sin),
        fine(-sin),
        fine(cos),
        rounded(x),
        rounded(y),
    ]);
    artifact_text(
        Artifact::Watermark,
        WATERMARK,
        set_font(Weight::Bold, rounded(size)),
        place,
        word,
    )
}

fn artifact_text(kind: Artifact, shade: f32, font: Op, matrix: TextMatrix, text: &str) -> Vec<Op> {
    vec![
        begin_artifact(kind),
        colour(shade),
        Op::StartTextSection,
        font,
        Op::SetTextMatrix { matrix },
        show_text(text),
        Op::EndTextSection,
        Op::EndMarkedContent,
    ]
}

fn begin_artifact(kind: Artifact) -> Op {
    let name = |name: &str| DictItem::Name(name.as_bytes().to_vec());
    let pagination = |subtype| {
        begin(
            "Artifact",
            [("Type", name("Pagination")), ("Subtype", name(subtype))],
        )
    };
    match kind {
        Artifact::Header => pagination("Header"),
        Artifact::Footer => pagination("Footer"),
        Artifact::Watermark => pagination("Watermark"),
        Artifact::RepeatedRow => begin("Artifact", [("Type", name("Pagination"))]),
        Artifact::Rules => begin("Artifact", [("Type", name("Layout"))]),
    }
}

fn begin<const N: usize>(tag: &str, properties: [(&str, DictItem); N]) -> Op {
    let map: BTreeMap<_, _> = properties
        .map(|(key, value)| (key.to_owned(), value))
        .into();
    Op::BeginMarkedContentWithProperties {
        tag: tag.to_owned(),
        properties: DictItem::Dict { map },
    }
}

fn set_font(weight: Weight, size: f32) -> Op {
    Op::SetFont {
        font: PdfFontHandle::External(weight.resource()),
        size: Pt(size),
    }
}

fn show_text(text: &str) -> Op {
    Op::ShowText {
        items: vec![TextItem::Text(text.to_owned())],
    }
}

fn colour(shade: f32) -> Op {
    Op::SetFillColor {
        col: Color::Greyscale(Greyscale::new(shade, None)),
    }
}

fn points(value: f32) -> Pt {
    Pt(rounded(value))
}

/// Hundredths of a point are finer than any printer, and keep the file short.
fn rounded(value: f32) -> f32 {
    (value * 100.0).round() / 100.0
}

/// A direction needs more digits than a place.
fn fine(value: f32) -> f32 {
    (value * 10_000.0).round() / 10_000.0
}
