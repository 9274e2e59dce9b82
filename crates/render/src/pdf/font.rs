//! Noto Sans, regular and bold: measures text, and embeds the part of it that a document used.

use std::collections::{BTreeMap, BTreeSet};

use allsorts::{
    binary::read::ReadScope,
    font_data::FontData,
    subset::{CmapTarget, SubsetProfile},
};
use printpdf::{FontId, ParsedFont, PdfFont, PdfFontMap};
use sha2::{Digest, Sha256};

use crate::writer::RenderError;

/// The two faces that a document is set in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Bold,
}

impl Weight {
    /// The name of the font resource. Fixed, because printpdf's own ids are random.
    pub(super) fn resource(self) -> FontId {
        FontId(match self {
            Self::Regular => "Regular".to_owned(),
            Self::Bold => "Bold".to_owned(),
        })
    }

    fn postscript_name(self) -> &'static str {
        match self {
            Self::Regular => "NotoSans-Regular",
            Self::Bold => "NotoSans-Bold",
        }
    }

    fn program(self) -> &'static [u8] {
        match self {
            Self::Regular => notosans::REGULAR_TTF,
            Self::Bold => notosans::BOLD_TTF,
        }
    }
}

/// Both faces, and which of their characters were shown so far.
pub(super) struct Fonts {
    regular: Face,
    bold: Face,
}

impl Fonts {
    pub(super) fn load() -> Result<Self, RenderError> {
        Ok(Self {
            regular: Face::load(Weight::Regular)?,
            bold: Face::load(Weight::Bold)?,
        })
    }

    /// Whether both faces have a glyph for the character.
    pub(super) fn cover(&self, character: char) -> bool {
        self.regular.glyphs.contains_key(&character) && self.bold.glyphs.contains_key(&character)
    }

    /// How wide the text is in points, as viewers advance: by whole thousandths of the size.
    pub(super) fn width(&self, weight: Weight, size: f32, text: &str) -> f32 {
        points(self.advance(weight, text), size)
    }

    /// How wide the text is in thousandths of its size. Whole numbers, so that what is left of a text is exactly the
    /// whole less what was taken.
    pub(super) fn advance(&self, weight: Weight, text: &str) -> u64 {
        let face = self.face(weight);
        text.chars().map(|c| u64::from(face.advance(c))).sum()
    }

    /// Notes that the text is shown, so that its glyphs are embedded.
    pub(super) fn show(&mut self, weight: Weight, text: &str) {
        let face = match weight {
            Weight::Regular => &mut self.regular,
            Weight::Bold => &mut self.bold,
        };
        face.shown.extend(text.chars());
    }

    /// The faces cut down to the glyphs shown; a face that showed nothing is left out.
    pub(super) fn embed(&self) -> Result<PdfFontMap, RenderError> {
        let mut fonts = PdfFontMap::default();
        for face in [&self.regular, &self.bold] {
            if !face.shown.is_empty() {
                fonts.map.insert(face.weight.resource(), PdfFont::new(face.subset()?));
            }
        }
        Ok(fonts)
    }

    /// All characters shown so far, face by face.
    pub(super) fn shown(&self) -> impl Iterator<Item = (Weight, String)> {
        [&self.regular, &self.bold]
            .into_iter()
            .map(|face| (face.weight, face.shown.iter().collect()))
    }

    fn face(&self, weight: Weight) -> &Face {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Bold => &self.bold,
        }
    }
}

/// Thousandths of a size in points.
pub(super) fn points(thousandths: u64, size: f32) -> f32 {
    thousandths as f32 * size / 1000.0
}

struct Face {
    weight: Weight,
    parsed: ParsedFont,
    /// Glyph of each character, and its advance in thousandths of the size.
    glyphs: BTreeMap<char, (u16, u32)>,
    shown: BTreeSet<char>,
}

impl Face {
    fn load(weight: Weight) -> Result<Self, RenderError> {
        let parsed = ParsedFont::from_bytes(weight.program(), 0, &mut Vec::new())
            .ok_or_else(|| RenderError::Layout(format!("{} cannot be read", weight.postscript_name())))?;
        let parsed = in_thousandths(parsed);
        let glyphs = parsed
            .codepoint_to_glyph
            .iter()
            .filter(|(_, glyph)| **glyph != 0)
            .filter_map(|(&code, &glyph)| {
                let advance = u32::from(parsed.get_glyph_width(glyph)?);
                Some((char::from_u32(code)?, (glyph, advance)))
            })
            .collect();
        Ok(Self {
            weight,
            parsed,
            glyphs,
            shown: BTreeSet::new(),
        })
    }

    fn advance(&self, character: char) -> u32 {
        self.glyphs.get(&character).map_or(0, |(_, advance)| *advance)
    }

    /// printpdf embeds whole fonts when it is built without its layout engine, so the subset is made here and
    /// handed over as a font of its own, with the characters and widths under their new glyph numbers.
    fn subset(&self) -> Result<ParsedFont, RenderError> {
        let shown: BTreeMap<u16, char> = self
            .shown
            .iter()
            .filter_map(|c| self.glyphs.get(c).map(|(glyph, _)| (*glyph, *c)))
            .collect();
        // Glyph 0 must come first, and the rest are renumbered in the order given.
        let kept: Vec<u16> = std::iter::once(0).chain(shown.keys().copied()).collect();
        let mut font = self.parsed.clone();
        font.original_bytes = cut(self.weight.program(), &kept)?;
        font.font_name = Some(format!("{}+{}", subset_tag(&kept), self.weight.postscript_name()));
        font.codepoint_to_glyph.clear();
        font.glyph_widths.clear();
        for (new, old) in (0_u16..).zip(&kept) {
            font.glyph_widths
                .extend(self.parsed.get_glyph_width(*old).map(|width| (new, width)));
            font.codepoint_to_glyph
                .extend(shown.get(old).map(|c| (u32::from(*c), new)));
        }
        Ok(font)
    }
}

/// The font's measures in the unit that PDF counts in, rounded to the nearest. printpdf would round widths down, and
/// they must agree with the font program's.
fn in_thousandths(mut font: ParsedFont) -> ParsedFont {
    let em = f32::from(font.units_per_em.max(1));
    let scaled = |value: i16| (f32::from(value) * 1000.0 / em).round() as i16;
    for width in font.glyph_widths.values_mut() {
        *width = (f32::from(*width) * 1000.0 / em).round() as u16;
    }
    font.font_metrics.ascent = scaled(font.font_metrics.ascent);
    font.font_metrics.descent = scaled(font.font_metrics.descent);
    let metrics = &mut font.pdf_font_metrics;
    for edge in [
        &mut metrics.x_min,
        &mut metrics.y_min,
        &mut metrics.x_max,
        &mut metrics.y_max,
    ] {
        *edge = scaled(*edge);
    }
    metrics.units_per_em = 1000;
    font.units_per_em = 1000;
    font
}

fn cut(program: &[u8], kept: &[u16]) -> Result<Vec<u8>, RenderError> {
    let failed = |error: &dyn std::fmt::Display| RenderError::Layout(format!("the font cannot be cut down: {error}"));
    let data = ReadScope::new(program)
        .read::<FontData<'_>>()
        .map_err(|error| failed(&error))?;
    let provider = data.table_provider(0).map_err(|error| failed(&error))?;
    allsorts::subset::subset(&provider, kept, &SubsetProfile::Pdf, CmapTarget::Unicode).map_err(|error| failed(&error))
}

/// Six capital letters that tell this subset from others of the same font (ISO 32000-1, 9.6.4).
fn subset_tag(kept: &[u16]) -> String {
    let mut hash = Sha256::new();
    for glyph in kept {
        hash.update(glyph.to_be_bytes());
    }
    hash.finalize()
        .iter()
        .take(6)
        .map(|byte| char::from(b'A' + byte % 26))
        .collect()
}
