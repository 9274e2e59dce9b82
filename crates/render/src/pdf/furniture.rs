//! What stands on every page around its content: header, footer and watermark. None of it is read aloud.

use super::{
    flow::MARGIN,
    font::{Fonts, Weight, points},
    paint::rounded,
    sheet::{Artifact, Size},
    text::presentable,
};
use crate::table::{Cover, Locale};

const SIZE: f32 = 8.0;
const SHADE: f32 = 0.35;
/// From the upper edge to the page header, and from the lower edge to the footer, in points.
const HEADER_AT: f32 = 36.0;
const FOOTER_AT: f32 = 30.0;
/// Between the heading and the mark at its right.
const GAP: f32 = 12.0;
const WATERMARK_SHADE: f32 = 0.91;
/// How much of the diagonal the watermark may take.
const WATERMARK_SHARE: f32 = 0.75;
const MAX_WATERMARK_SIZE: f32 = 150.0;

/// A piece of text and where it stands.
pub(super) struct Furnishing {
    pub(super) kind: Artifact,
    pub(super) shade: f32,
    pub(super) weight: Weight,
    pub(super) size: f32,
    pub(super) matrix: [f32; 6],
    pub(super) text: String,
}

/// Everything around the content of one page, whose glyphs count as shown.
pub(super) fn furniture(fonts: &mut Fonts, cover: &Cover, page: Size, number: usize, total: usize) -> Vec<Furnishing> {
    let mark = cover
        .watermark
        .as_deref()
        .map(|word| one_line(fonts, word))
        .filter(|word| !word.is_empty());
    let mut pieces = Vec::new();
    let mut heading_width = page.width - 2.0 * MARGIN;
    if let Some(word) = mark {
        pieces.push(watermark(fonts, page, &word));
        let y = page.height - HEADER_AT;
        let piece = at_right(fonts, Artifact::Header, Weight::Bold, y, page, word);
        heading_width -= fonts.width(Weight::Bold, SIZE, &piece.text) + GAP;
        pieces.push(piece);
    }
    pieces.push(heading(fonts, cover, page, heading_width));
    let footer = page_number(cover.locale, number, total);
    pieces.push(at_right(
        fonts,
        Artifact::Footer,
        Weight::Regular,
        FOOTER_AT,
        page,
        footer,
    ));
    for piece in &pieces {
        fonts.show(piece.weight, &piece.text);
    }
    pieces
}

fn heading(fonts: &Fonts, cover: &Cover, page: Size, width: f32) -> Furnishing {
    let whole = one_line(fonts, &format!("{} – {}", cover.organization, cover.title));
    Furnishing {
        kind: Artifact::Header,
        shade: SHADE,
        weight: Weight::Regular,
        size: SIZE,
        matrix: upright(MARGIN, page.height - HEADER_AT),
        text: shortened(fonts, &whole, width),
    }
}

fn at_right(fonts: &Fonts, kind: Artifact, weight: Weight, y: f32, page: Size, text: String) -> Furnishing {
    let x = page.width - MARGIN - fonts.width(weight, SIZE, &text);
    Furnishing {
        kind,
        shade: SHADE,
        weight,
        size: SIZE,
        matrix: upright(x, y),
        text,
    }
}

/// The word across the page, from the lower left towards the upper right.
fn watermark(fonts: &Fonts, page: Size, word: &str) -> Furnishing {
    // A square root is the same on every machine; sine and cosine are not.
    let diagonal = (page.width * page.width + page.height * page.height).sqrt();
    let (cos, sin) = (page.width / diagonal, page.height / diagonal);
    let at_one_point = fonts.width(Weight::Bold, 1.0, word);
    let size = (diagonal * WATERMARK_SHARE / at_one_point.max(0.1)).min(MAX_WATERMARK_SIZE);
    // From the middle of the page back by half the word's length, and down by a third of its height.
    let (half, drop) = (at_one_point * size / 2.0, size / 3.0);
    let x = page.width / 2.0 - half * cos + drop * sin;
    let y = page.height / 2.0 - half * sin - drop * cos;
    let matrix = [fine(cos), fine(sin), fine(-sin), fine(cos), rounded(x), rounded(y)];
    Furnishing {
        kind: Artifact::Watermark,
        shade: WATERMARK_SHADE,
        weight: Weight::Bold,
        size: rounded(size),
        matrix,
        text: word.to_owned(),
    }
}

fn upright(x: f32, y: f32) -> [f32; 6] {
    [1.0, 0.0, 0.0, 1.0, rounded(x), rounded(y)]
}

/// A direction needs more digits than a place.
fn fine(value: f32) -> f32 {
    (value * 10_000.0).round() / 10_000.0
}

fn page_number(locale: Locale, number: usize, total: usize) -> String {
    match locale {
        Locale::Nb => format!("Side {number} av {total}"),
        Locale::En => format!("Page {number} of {total}"),
    }
}

fn one_line(fonts: &Fonts, text: &str) -> String {
    presentable(fonts, text).shown.replace('\n', " ")
}

/// A running header has one line: it ends in an ellipsis where it is too long. The first page has the whole.
pub(super) fn shortened(fonts: &Fonts, text: &str, width: f32) -> String {
    let fits = |thousandths| points(thousandths, SIZE) <= width;
    let advance = |text: &str| fonts.advance(Weight::Regular, text);
    if fits(advance(text)) {
        return text.to_owned();
    }
    let ellipsis = advance("…");
    if !fits(ellipsis) {
        return String::new();
    }
    let (mut used, mut end) = (ellipsis, 0);
    for (position, character) in text.char_indices() {
        let after = position + character.len_utf8();
        used += advance(&text[position..after]);
        if !fits(used) {
            break;
        }
        // The ellipsis stands right behind a word.
        if !character.is_whitespace() {
            end = after;
        }
    }
    format!("{}…", &text[..end])
}
