//! The header that carries a file's name to a browser.

use std::fmt::Write;

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
    use super::*;

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
