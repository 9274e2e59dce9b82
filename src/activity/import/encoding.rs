//! From bytes to text, whatever spreadsheet wrote them. Bytes that are no text in the file's encoding are refused with
//! their lines: what cannot be read cannot be imported.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

use super::parse::Reason;
use super::problem::RowError;

/// UTF-8 with or without a mark, UTF-16 with one ("Unicode text"), or what Excel calls CSV: Windows-1252.
///
/// # Errors
/// The lines with bytes that the file's encoding does not have, or that the file is no text at all.
pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Vec<RowError>> {
    refuse_workbook(bytes)?;
    match Encoding::for_bom(bytes) {
        Some((encoding, mark)) if encoding == UTF_8 => utf_8(&bytes[mark..]).map(Cow::Borrowed),
        Some((encoding, mark)) => {
            let unit = if encoding == encoding_rs::UTF_16LE {
                u16::from_le_bytes
            } else {
                u16::from_be_bytes
            };
            utf_16(&bytes[mark..], unit).map(Cow::Owned)
        }
        None => match utf_8(bytes) {
            Err(_) if is_windows_1252(bytes) => Ok(WINDOWS_1252.decode_without_bom_handling(bytes).0),
            decoded => decoded.map(Cow::Borrowed),
        },
    }
}

/// A spreadsheet's own file under a text file's name, which would be hundreds of lines of bytes that are no characters.
fn refuse_workbook(bytes: &[u8]) -> Result<(), Vec<RowError>> {
    let kind = match bytes {
        // A zip.
        [b'P', b'K', 3, 4, ..] => ".xlsx or .ods",
        // An OLE compound file.
        [0xd0, 0xcf, 0x11, 0xe0, ..] => ".xls",
        _ => return Ok(()),
    };
    Err(vec![RowError {
        line: 1,
        column: "file".to_owned(),
        reason: format!("is a workbook ({kind}) and no text; open it and save it as \"CSV UTF-8\""),
    }])
}

fn utf_8(bytes: &[u8]) -> Result<&str, Vec<RowError>> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text);
    }
    let mut errors: Vec<RowError> = vec![];
    let mut line = 1;
    for chunk in bytes.utf8_chunks() {
        line += line_ends(chunk.valid());
        // One for each line: where one byte is wrong, others often are.
        if let Some(byte) = chunk.invalid().first()
            && errors.last().is_none_or(|error| error.line != line)
        {
            let what = format!("the byte 0x{byte:02X}");
            errors.push(unreadable(line, &what, "UTF-8"));
        }
    }
    Err(errors)
}

fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Vec<RowError>> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len());
    for character in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        match character {
            Ok(character) => text.push(character),
            Err(half) => {
                let what = format!("half a character (0x{:04X})", half.unpaired_surrogate());
                return Err(vec![unreadable(1 + line_ends(&text), &what, "UTF-16")]);
            }
        }
    }
    if let [byte] = rest {
        let what = format!("a lone last byte 0x{byte:02X}");
        return Err(vec![unreadable(1 + line_ends(&text), &what, "UTF-16")]);
    }
    Ok(text)
}

fn unreadable(line: u64, what: &str, encoding: &str) -> RowError {
    RowError {
        line,
        column: "file".to_owned(),
        reason: format!("has {what}, which is no character in {encoding}; save the file as \"CSV UTF-8\" anew"),
    }
}

/// Whether bytes that are not UTF-8 are another encoding's, and not UTF-8 that was damaged. A character of several bytes
/// in UTF-8 is in Windows-1252 a letter and signs that hardly ever follow it; an `Ã` and a sign, as which `æ`, `ø` and `å`
/// would be read, never do in Norwegian.
fn is_windows_1252(bytes: &[u8]) -> bool {
    let (mut of_several_bytes, mut broken) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars().filter(|character| !character.is_ascii()) {
            if ('\u{c0}'..='\u{ff}').contains(&character) {
                return false;
            }
            of_several_bytes += 1;
        }
        broken += usize::from(!chunk.invalid().is_empty());
    }
    of_several_bytes < broken
}

/// How often a line ends in a text: by a line feed, a carriage return, or both.
pub(super) fn line_ends(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let ends = |at: &usize| bytes[*at] == b'\n' || (bytes[*at] == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
    (0..bytes.len()).filter(ends).count() as u64
}

/// Excel's own first line `sep=;` is no header.
pub(super) fn without_separator_hint(text: &str) -> (u64, &str) {
    let (first, rest) = text.split_at(text.find(['\r', '\n']).unwrap_or(text.len()));
    if !first.to_lowercase().starts_with("sep=") {
        return (0, text);
    }
    let rest = rest.strip_prefix("\r\n").or(rest.strip_prefix(['\r', '\n']));
    (1, rest.unwrap_or_default())
}

/// Refuses characters that no text is meant to have: they are left behind by a damaged file or a wrong encoding.
pub(super) fn refuse_unprintable(cell: &str) -> Result<(), Reason> {
    let unprintable = |character: &char| (character.is_control() && *character != '\t') || *character == '\u{fffd}';
    match cell.chars().find(unprintable) {
        None => Ok(()),
        Some('\u{fffd}') => Err("has the sign � in place of a character that was lost before".to_owned()),
        Some(character) => Err(format!(
            "has a character that cannot be shown (U+{:04X})",
            u32::from(character)
        )),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const MARK: &[u8] = b"\xef\xbb\xbf";

    fn refused_lines(bytes: &[u8]) -> Vec<u64> {
        let errors = decode(bytes).unwrap_err();
        errors.iter().map(|error| error.line).collect()
    }

    /// With a mark or without one: most of the file is UTF-8, so that is what it was meant to be.
    #[rstest]
    #[case::with_a_mark(MARK, b"sted\nBod\xff\nx\nMos\xffj\xf8en\n", &[2, 4])]
    #[case::without_one("sted\nBodø\nÅlesund\nMosj".as_bytes(), b"\xf8en\n", &[4])]
    #[case::as_many_broken_as_whole("sted\rBodø\r".as_bytes(), b"\xff\r\xff", &[3, 4])]
    fn damaged_utf_8_is_refused_with_its_lines(#[case] whole: &[u8], #[case] damaged: &[u8], #[case] lines: &[u64]) {
        assert_eq!(refused_lines(&[whole, damaged].concat()), lines);
    }

    #[rstest]
    #[case::half_a_character(&[0xff, 0xfe, b'a', 0, b'\n', 0, 0x00, 0xd8, b'b', 0], 2)]
    #[case::cut_off(&[0xfe, 0xff, 0, b'a', 0], 1)]
    fn damaged_unicode_text_is_refused_with_its_line(#[case] bytes: &[u8], #[case] line: u64) {
        assert_eq!(refused_lines(bytes), [line]);
    }

    #[rstest]
    #[case::xlsx(b"PK\x03\x04\x14\x00\x06\x00\x08\n\xff\n\xff\n", ".xlsx")]
    #[case::xls(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\n\xff\n\xff\n", ".xls")]
    fn a_workbook_is_refused_as_one(#[case] bytes: &[u8], #[case] kind: &str) {
        let errors = decode(bytes).unwrap_err();
        assert_eq!(errors.len(), 1);
        let said = errors[0].to_string();
        assert!(
            said.contains("workbook") && said.contains(kind) && said.contains("CSV UTF-8"),
            "{said}"
        );
    }

    /// `Ø”` is a character in UTF-8 as well; the rest tells.
    #[rstest]
    #[case(b"\xc5lesund;M\xf8re", "Ålesund;Møre")]
    #[case(b"\x84BR\xd8\x94;Bod\xf8;B\xe6rum", "„BRØ”;Bodø;Bærum")]
    fn windows_1252_stays_what_it_is(#[case] bytes: &[u8], #[case] text: &str) {
        assert_eq!(decode(bytes).unwrap(), text);
    }

    #[rstest]
    #[case("Kafé – \u{1f600}\tB", true)]
    #[case("a\u{0}", false)]
    #[case("a\u{85}b", false)]
    #[case("Bod\u{fffd}", false)]
    fn texts_are_printable(#[case] cell: &str, #[case] printable: bool) {
        assert_eq!(refuse_unprintable(cell).is_ok(), printable);
    }
}
