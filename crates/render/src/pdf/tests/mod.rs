//! What a PDF must be, read back with lopdf.

mod archive;
mod content;
mod figures;

use std::collections::BTreeMap;
use std::io::Cursor;

use lopdf::{Dictionary, Document, Object, ObjectId, content::Content};

use super::font::Weight;
use crate::{
    FileFormat,
    table::{Cell, Column, ColumnKind, Cover, Locale, Table},
    writer::{RenderError, Writer, open},
};

pub(super) fn cover() -> Cover {
    Cover {
        title: "Rapport 2024".to_owned(),
        organization: "Foreningen for blåbær & ærfugl".to_owned(),
        facts: vec![("Periode".to_owned(), "2024-01-01 til 2024-12-31".to_owned())],
        notes: String::new(),
        json_members: serde_json::Map::new(),
        locale: Locale::Nb,
        watermark: Some("TEST".to_owned()),
    }
}

pub(super) fn column(header: &str, kind: ColumnKind, width: u16) -> Column {
    Column {
        header: header.to_owned(),
        kind,
        width,
    }
}

pub(super) fn table(columns: Vec<Column>) -> Table {
    Table {
        name: "Aktiviteter".to_owned(),
        caption: "Alle i perioden.".to_owned(),
        columns,
    }
}

pub(super) fn two_columns() -> Table {
    table(vec![
        column("Enhet", ColumnKind::Text, 30),
        column("Timer", ColumnKind::Integer, 10),
    ])
}

pub(super) fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

/// Writes a file and returns its bytes.
pub(super) fn render(
    cover: &Cover,
    fill: impl FnOnce(&mut dyn Writer) -> Result<(), RenderError>,
) -> Result<Vec<u8>, RenderError> {
    let mut bytes = Vec::new();
    let mut writer = open(FileFormat::Pdf, cover, Box::new(Cursor::new(&mut bytes)))?;
    fill(&mut *writer)?;
    writer.finish()?;
    Ok(bytes)
}

/// A file of one table with the given number of rows.
pub(super) fn with_rows(rows: i64) -> Vec<u8> {
    render(&cover(), |writer| {
        writer.begin_table(&two_columns())?;
        (0..rows).try_for_each(|row| writer.row(&[text("Tromsø lokallag"), Cell::Integer(row)]))
    })
    .unwrap()
}

/// A file read back.
pub(super) struct Read {
    pub(super) document: Document,
    pub(super) pages: Vec<ObjectId>,
}

impl Read {
    pub(super) fn new(bytes: &[u8]) -> Self {
        let document = Document::load_mem(bytes).unwrap();
        let pages = document.page_iter().collect();
        Self { document, pages }
    }

    pub(super) fn get<'a>(&'a self, dictionary: &'a Dictionary, key: &str) -> &'a Object {
        let object = dictionary.get(key.as_bytes()).unwrap_or_else(|_| panic!("no {key}"));
        self.document.dereference(object).unwrap().1
    }

    pub(super) fn catalog(&self) -> &Dictionary {
        self.document.catalog().unwrap()
    }

    pub(super) fn page(&self, number: usize) -> &Dictionary {
        self.document.get_dictionary(self.pages[number]).unwrap()
    }

    pub(super) fn operations(&self, page: usize) -> Vec<lopdf::content::Operation> {
        let content = self.document.get_page_content(self.pages[page]);
        Content::decode(&content).unwrap().operations
    }

    /// All elements of the structure, each behind those that hold it.
    pub(super) fn elements(&self) -> Vec<&Dictionary> {
        let root = self.get(self.catalog(), "StructTreeRoot").as_dict().unwrap();
        let mut found = Vec::new();
        self.collect(self.get(root, "K"), &mut found);
        found
    }

    fn collect<'a>(&'a self, kid: &'a Object, found: &mut Vec<&'a Dictionary>) {
        match self.document.dereference(kid).unwrap().1 {
            Object::Array(kids) => kids.iter().for_each(|kid| self.collect(kid, found)),
            Object::Dictionary(element) if element.has(b"S") => {
                found.push(element);
                if let Ok(kids) = element.get(b"K") {
                    self.collect(kids, found);
                }
            }
            _ => {}
        }
    }

    pub(super) fn tagged(&self, tag: &str) -> Vec<&Dictionary> {
        let name = tag.as_bytes();
        self.elements()
            .into_iter()
            .filter(|element| element.get(b"S").unwrap().as_name().unwrap() == name)
            .collect()
    }

    /// The page's marked sequences as pairs of tag and text; what is content and what is an artifact.
    pub(super) fn sequences(&self, page: usize) -> Vec<(String, String)> {
        let maps = self.to_unicode();
        let (mut font, mut found) = (String::new(), Vec::<(String, String)>::new());
        for operation in self.operations(page) {
            match operation.operator.as_str() {
                "BDC" => found.push((name(&operation.operands[0]), String::new())),
                "Tf" => font = name(&operation.operands[0]),
                "Tj" => {
                    let codes = operation.operands[0].as_str().unwrap();
                    let shown = codes.chunks(2).map(|code| maps[&font][code].as_str());
                    found.last_mut().unwrap().1.extend(shown);
                }
                _ => {}
            }
        }
        found
    }

    /// The page's marked sequences of text, line by line as they stand there.
    pub(super) fn shown(&self, page: usize) -> Vec<Shown> {
        let maps = self.to_unicode();
        let (mut font, mut place, mut found) = ((String::new(), 0.0), (0.0, 0.0), Vec::<Shown>::new());
        for operation in self.operations(page) {
            let operands = operation.operands;
            match operation.operator.as_str() {
                "BDC" => found.push(Shown::tagged(name(&operands[0]))),
                "Tf" => font = (name(&operands[0]), operands[1].as_float().unwrap()),
                "Td" | "Tm" => {
                    let last = operands.len() - 2;
                    place = (
                        operands[last].as_float().unwrap(),
                        operands[last + 1].as_float().unwrap(),
                    );
                }
                "Tj" => {
                    let codes = operands[0].as_str().unwrap().chunks(2);
                    let sequence = found.last_mut().unwrap();
                    if font.0 == "Bold" {
                        sequence.weight = Weight::Bold;
                    }
                    sequence.lines.push(ShownLine {
                        x: place.0,
                        y: place.1,
                        size: font.1,
                        text: codes.map(|code| maps[&font.0][code].as_str()).collect(),
                    });
                }
                _ => {}
            }
        }
        found
    }

    /// All the document's content with the given tag, in order.
    pub(super) fn texts(&self, tag: &str) -> Vec<String> {
        (0..self.pages.len())
            .flat_map(|page| self.sequences(page))
            .filter(|(found, _)| found == tag)
            .map(|(_, text)| text)
            .collect()
    }

    pub(super) fn fonts(&self) -> Vec<(String, &Dictionary)> {
        let resources = self.get(self.page(0), "Resources").as_dict().unwrap();
        let fonts = self.get(resources, "Font").as_dict().unwrap();
        fonts
            .iter()
            .map(|(key, font)| {
                let font = self.document.dereference(font).unwrap().1.as_dict().unwrap();
                (String::from_utf8(key.clone()).unwrap(), font)
            })
            .collect()
    }

    fn to_unicode(&self) -> BTreeMap<String, BTreeMap<Vec<u8>, String>> {
        self.fonts()
            .into_iter()
            .map(|(key, font)| {
                let map = self.get(font, "ToUnicode").as_stream().unwrap();
                let map = map.decompressed_content().unwrap_or(map.content.clone());
                (key, read_map(&String::from_utf8(map).unwrap()))
            })
            .collect()
    }
}

/// A marked sequence as it stands on a page.
pub(super) struct Shown {
    pub(super) tag: String,
    pub(super) weight: Weight,
    pub(super) lines: Vec<ShownLine>,
}

impl Shown {
    fn tagged(tag: String) -> Self {
        Self {
            tag,
            weight: Weight::Regular,
            lines: Vec::new(),
        }
    }
}

/// Its baseline begins at `x` and `y`.
pub(super) struct ShownLine {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) size: f32,
    pub(super) text: String,
}

fn read_map(map: &str) -> BTreeMap<Vec<u8>, String> {
    map.lines()
        .filter_map(|line| line.strip_prefix('<')?.strip_suffix('>')?.split_once("> <"))
        .filter(|(_, text)| *text != "FFFF")
        .map(|(code, text)| {
            let units = hex::decode(text).unwrap();
            let units = units.chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            let text = char::decode_utf16(units).map(Result::unwrap).collect();
            (hex::decode(code).unwrap(), text)
        })
        .collect()
}

pub(super) fn name(object: &Object) -> String {
    String::from_utf8(object.as_name().unwrap().to_vec()).unwrap()
}
