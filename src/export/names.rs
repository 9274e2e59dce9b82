//! File names: good Norwegian ones for people, and the header that carries them to a browser.

use std::fmt::Write;

/// Bytes of a name, its extension included: what common file systems hold, less room for a browser's "(1)".
const MAX_NAME_BYTES: usize = 200;

/// A name that every common file system takes: no separators, no control characters, no dots or blanks at its ends.
pub fn file_name(stem: &str, extension: &str) -> String {
    let printable: String = stem
        .chars()
        .map(|letter| match letter {
            '/' | '\\' | ':' | '|' => '-',
            '"' | '*' | '?' | '<' | '>' => ' ',
            letter if letter.is_control() || is_direction_mark(letter) => ' ',
            letter => letter,
        })
        .collect();
    let mut name = printable.split_whitespace().collect::<Vec<_>>().join(" ");
    while name.len() > MAX_NAME_BYTES - extension.len() - 1 {
        name.pop();
    }
    let name = name.trim_matches(['.', ' ']);
    let name = if name.is_empty() { "Bufdir" } else { name };
    format!("{name}.{extension}")
}

/// Marks that turn the direction of writing, by which a name could show another extension than it has.
fn is_direction_mark(letter: char) -> bool {
    matches!(letter, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// `Content-Disposition` as RFC 6266 has it: an ASCII name for old readers, the real one for all others.
pub fn content_disposition(name: &str) -> String {
    format!(
        "attachment; filename=\"{}\"; filename*=UTF-8''{}",
        ascii(name),
        percent_encoded(name)
    )
}

/// The name with Norwegian letters spelled out and all other letters that are not ASCII replaced.
fn ascii(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    for letter in name.chars() {
        match letter {
            'æ' | 'ä' => plain.push_str("ae"),
            'ø' | 'ö' => plain.push_str("oe"),
            'å' => plain.push_str("aa"),
            'Æ' | 'Ä' => plain.push_str("Ae"),
            'Ø' | 'Ö' => plain.push_str("Oe"),
            'Å' => plain.push_str("Aa"),
            '–' | '—' => plain.push('-'),
            // A percent sign in the plain name makes some browsers decode it.
            '"' | '\\' | '%' => plain.push('_'),
            letter if letter.is_ascii() && !letter.is_ascii_control() => plain.push(letter),
            _ => plain.push('_'),
        }
    }
    plain
}

/// RFC 8187's encoding, which is also safe as a segment of a URL's path.
pub fn percent_encoded(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("writing to a String cannot fail");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(
        "Bufdir-rapport 2024 – Hørselsforbundet",
        "Bufdir-rapport 2024 – Hørselsforbundet.xlsx"
    )]
    #[case("Norges/Handikap: \"A\"\u{202E}\r\n  B.", "Norges-Handikap- A B.xlsx")]
    #[case("../..", "-.xlsx")]
    #[case(" . ", "Bufdir.xlsx")]
    fn a_name_is_what_a_file_system_takes(#[case] stem: &str, #[case] name: &str) {
        assert_eq!(file_name(stem, "xlsx"), name);
    }

    #[test]
    fn a_long_name_is_cut_between_letters_and_keeps_its_extension() {
        let name = file_name(&"ø".repeat(500), "pdf");
        assert!(name.len() <= MAX_NAME_BYTES && name.len() > MAX_NAME_BYTES - 3);
        assert!(name.ends_with("ø.pdf"));
    }

    #[test]
    fn the_header_carries_the_name_twice() {
        assert_eq!(
            content_disposition("Bufdir-rapport 2024 – Hørselsforbundet.xlsx"),
            "attachment; filename=\"Bufdir-rapport 2024 - Hoerselsforbundet.xlsx\"; \
             filename*=UTF-8''Bufdir-rapport%202024%20%E2%80%93%20H%C3%B8rselsforbundet.xlsx"
        );
    }

    #[test]
    fn nothing_in_a_name_breaks_out_of_the_header() {
        let header = content_disposition("a\"; x=\"b\\\r\n%41é.csv");
        assert_eq!(
            header,
            "attachment; filename=\"a_; x=_b____41_.csv\"; filename*=UTF-8''a%22%3B%20x%3D%22b%5C%0D%0A%2541%C3%A9.csv"
        );
    }
}
