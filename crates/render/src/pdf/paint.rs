//! A finished sheet in printpdf's operations.

use std::collections::BTreeMap;

use printpdf::{Color, DictItem, Greyscale, Mm, Op, PaintMode, PdfFontHandle, PdfPage, Pt, Rect, TextItem, TextMatrix};

use super::{
    font::Weight,
    furniture::Furnishing,
    sheet::{Artifact, Fill, PageContent, Role, TextRun},
};

const BLACK: f32 = 0.0;

/// The page: rules at the bottom, the watermark over them, header and footer, and the words on top.
pub(super) fn page(sheet: PageContent, furniture: Vec<Furnishing>) -> PdfPage {
    let mut ops = Vec::new();
    if !sheet.fills.is_empty() {
        ops.push(begin_artifact(Artifact::Rules));
        ops.extend(sheet.fills.iter().flat_map(fill));
        ops.push(Op::EndMarkedContent);
    }
    ops.extend(furniture.into_iter().flat_map(furnish));
    ops.extend([colour(BLACK), Op::StartTextSection]);
    let mut font = None;
    for run in sheet.runs {
        show(run, &mut font, &mut ops);
    }
    ops.push(Op::EndTextSection);
    PdfPage::new(
        Mm::from(points(sheet.size.width)),
        Mm::from(points(sheet.size.height)),
        ops,
    )
}

fn fill(fill: &Fill) -> [Op; 2] {
    let rectangle = Rect {
        x: points(fill.x),
        y: points(fill.y),
        width: points(fill.width),
        height: points(fill.height),
        mode: Some(PaintMode::Fill),
        winding_order: None,
    };
    [colour(fill.shade), Op::DrawRectangle { rectangle }]
}

fn show(run: TextRun, font: &mut Option<(Weight, f32)>, ops: &mut Vec<Op>) {
    ops.push(match run.role {
        Role::Content(tag, number) => begin(tag.name(), [("MCID", DictItem::Int(i64::from(number)))]),
        Role::Artifact(kind) => begin_artifact(kind),
    });
    if *font != Some((run.weight, run.size)) {
        ops.push(set_font(run.weight, run.size));
        *font = Some((run.weight, run.size));
    }
    for line in run.lines {
        let matrix = TextMatrix::Translate(points(line.x), points(line.y));
        ops.extend([Op::SetTextMatrix { matrix }, show_text(&line.text)]);
    }
    ops.push(Op::EndMarkedContent);
}

/// A page that shows the texts and nothing else, so that printpdf describes the fonts for all of them.
pub(super) fn specimen(texts: impl Iterator<Item = (Weight, String)>) -> PdfPage {
    let mut ops = vec![Op::StartTextSection];
    ops.extend(texts.flat_map(|(weight, text)| [set_font(weight, 1.0), show_text(&text)]));
    ops.push(Op::EndTextSection);
    PdfPage::new(Mm(1.0), Mm(1.0), ops)
}

/// Text outside the content, anywhere on the page and at any angle.
fn furnish(piece: Furnishing) -> Vec<Op> {
    let matrix = TextMatrix::Raw(piece.matrix);
    vec![
        begin_artifact(piece.kind),
        colour(piece.shade),
        Op::StartTextSection,
        set_font(piece.weight, piece.size),
        Op::SetTextMatrix { matrix },
        show_text(&piece.text),
        Op::EndTextSection,
        Op::EndMarkedContent,
    ]
}

fn begin_artifact(kind: Artifact) -> Op {
    let name = |name: &str| DictItem::Name(name.as_bytes().to_vec());
    let pagination = |subtype| begin("Artifact", [("Type", name("Pagination")), ("Subtype", name(subtype))]);
    match kind {
        Artifact::Header => pagination("Header"),
        Artifact::Footer => pagination("Footer"),
        Artifact::Watermark => pagination("Watermark"),
        Artifact::RepeatedRow => begin("Artifact", [("Type", name("Pagination"))]),
        Artifact::Rules => begin("Artifact", [("Type", name("Layout"))]),
    }
}

fn begin<const N: usize>(tag: &str, properties: [(&str, DictItem); N]) -> Op {
    let map: BTreeMap<_, _> = properties.map(|(key, value)| (key.to_owned(), value)).into();
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
pub(super) fn rounded(value: f32) -> f32 {
    (value * 100.0).round() / 100.0
}
