//! From bytes to text, whatever spreadsheet wrote them.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// UTF-8 with or without a mark, UTF-16 with one ("Unicode text"), or what Excel calls CSV: Windows-1252.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let encoding = match Encoding::for_bom(bytes) {
        Some((encoding, _)) => encoding,
        None if std::str::from_utf8(bytes).is_ok() => UTF_8,
        None => WINDOWS_1252,
    };
    encoding.decode_with_bom_removal(bytes).0
}

/// Excel's own first line `sep=;` is no header.
pub(super) fn without_separator_hint(text: &str) -> (u64, &str) {
    match text.split_once('\n') {
        Some((first, rest)) if first.to_lowercase().starts_with("sep=") => (1, rest),
        _ => (0, text),
    }
}
