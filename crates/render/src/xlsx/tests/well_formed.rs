//! Whether a workbook keeps the rules of its format (ECMA-376, part 1, 18.3 and 18.4), which reading libraries pass over.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;

/// Rows and cells ascend without a repeat, each cell lies in its row, and the shared strings and the styles that cells
/// name exist.
///
/// # Panics
///
/// When one of these doesn't hold.
pub fn assert_well_formed(workbook: &[u8]) {
    let parts = parts(workbook);
    let strings = parts
        .get("xl/sharedStrings.xml")
        .map_or(0, |part| children(part, "sst"));
    let styles = children(&parts["xl/styles.xml"], "cellXfs");
    let sheets = parts.iter().filter(|(name, _)| name.starts_with("xl/worksheets/sheet"));
    let mut checked = 0;
    for (name, part) in sheets {
        check_sheet(name, part, strings, styles);
        checked += 1;
    }
    assert_eq!(checked, children(&parts["xl/workbook.xml"], "sheets"));
}

/// The texts of the archive, by their names.
fn parts(workbook: &[u8]) -> BTreeMap<String, String> {
    let mut archive = ZipArchive::new(Cursor::new(workbook)).unwrap();
    let mut parts = BTreeMap::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        let mut part = String::new();
        file.read_to_string(&mut part).unwrap();
        let name = file.name().unwrap().into_owned();
        assert!(!parts.contains_key(&name), "{name} is in the archive twice");
        parts.insert(name, part);
    }
    parts
}

fn check_sheet(name: &str, part: &str, strings: usize, styles: usize) {
    let (mut row, mut column, mut is_string) = (0, 0, false);
    for event in events(part) {
        match event {
            Event::Start(element) | Event::Empty(element) if element.name().as_ref() == b"row" => {
                let number = attribute(&element, "r").unwrap().parse().unwrap();
                assert!(row < number, "{name}: row {number} comes after row {row}");
                (row, column) = (number, 0);
            }
            Event::Start(element) | Event::Empty(element) if element.name().as_ref() == b"c" => {
                let reference = attribute(&element, "r").unwrap();
                let (number, of_row) = place(&reference);
                assert!(
                    of_row == row && column < number,
                    "{name}: {reference} in row {row}, after column {column}"
                );
                column = number;
                let style = attribute(&element, "s").map_or(0, |style| style.parse().unwrap());
                assert!(style < styles, "{name}: {reference} has style {style} of {styles}");
                is_string = attribute(&element, "t").as_deref() == Some("s");
            }
            Event::Text(value) if is_string => {
                let string: usize = value.decode().unwrap().parse().unwrap();
                assert!(string < strings, "{name}: shared string {string} of {strings}");
            }
            Event::End(element) if element.name().as_ref() == b"c" => is_string = false,
            _ => {}
        }
    }
}

/// `AB12` is column 28 of row 12.
fn place(reference: &str) -> (u32, u32) {
    let digits = reference.find(|character: char| character.is_ascii_digit()).unwrap();
    let (letters, row) = reference.split_at(digits);
    let column = letters
        .bytes()
        .fold(0, |column, letter| column * 26 + u32::from(letter - b'A') + 1);
    (column, row.parse().unwrap())
}

/// How many elements are directly below the one element of that name.
fn children(part: &str, parent: &str) -> usize {
    let (mut depth, mut children) = (0, 0);
    for event in events(part) {
        match event {
            Event::Start(element) if depth > 0 || element.name().as_ref() == parent.as_bytes() => {
                children += usize::from(depth == 1);
                depth += 1;
            }
            Event::Empty(_) if depth == 1 => children += 1,
            Event::End(_) if depth > 0 => depth -= 1,
            _ => {}
        }
    }
    children
}

fn events(part: &str) -> impl Iterator<Item = Event<'_>> {
    let mut reader = Reader::from_str(part);
    std::iter::from_fn(move || match reader.read_event().unwrap() {
        Event::Eof => None,
        event => Some(event),
    })
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = element.try_get_attribute(name).unwrap()?;
    Some(String::from_utf8(attribute.value.into_owned()).unwrap())
}
