//! A document is looked at before it is parsed: the parser keeps a hundred times a text's size in memory, and goes down
//! one frame of the stack with each bracket.

/// What a text amounts to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Text {
    /// Names, numbers, strings and punctuation marks.
    pub tokens: usize,
    /// Brackets of any kind within each other.
    pub brackets: usize,
}

impl Text {
    /// Reads as the parser does where that accepts the text; one that it refuses may measure anything.
    pub fn of(document: &str) -> Self {
        let (mut found, mut open) = (Self::default(), 0_usize);
        let mut rest = document.as_bytes();
        let mut blocks_end = true;
        while let Some(&first) = rest.first() {
            let (tokens, length) = match first {
                b' ' | b'\t' | b'\n' | b'\r' | b',' => (0, 1),
                b'#' => (0, until(rest, |byte| matches!(byte, b'\n' | b'\r'))),
                b'"' => (1, string(rest, &mut blocks_end)),
                b'{' | b'[' | b'(' => {
                    open += 1;
                    found.brackets = found.brackets.max(open);
                    (1, 1)
                }
                b'}' | b']' | b')' => {
                    open = open.saturating_sub(1);
                    (1, 1)
                }
                // To the parser 000 is three numbers.
                b'0' => (1, 1),
                b'.' => (1, until(rest, |byte| byte != b'.').min(3)),
                _ => (1, until(rest, |byte| !is_of_a_word(byte)).max(1)),
            };
            found.tokens += tokens;
            rest = &rest[length..];
        }
        found
    }
}

fn is_of_a_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// How many bytes come before the first that ends it, or all.
fn until(text: &[u8], ends: impl Fn(u8) -> bool) -> usize {
    text.iter().position(|byte| ends(*byte)).unwrap_or(text.len())
}

const BLOCK: &[u8] = br#"""""#;

/// The length of the string that the text begins with, its quotes included.
fn string(text: &[u8], blocks_end: &mut bool) -> usize {
    if !text.starts_with(BLOCK) {
        return closed(text, b"\"", b"\\", 2).unwrap_or(text.len());
    }
    let block = blocks_end.then(|| closed(text, BLOCK, br#"\""""#, 4)).flatten();
    // Where this one has no end no later one has: to look for it each time could take long.
    *blocks_end = block.is_some();
    // Then it is no block, but an empty string and what follows.
    block.unwrap_or(2)
}

/// The length up to the second `quotes`; `escape` hides so many bytes, itself included.
fn closed(text: &[u8], quotes: &[u8], escape: &[u8], hidden: usize) -> Option<usize> {
    let mut at = quotes.len();
    while at < text.len() {
        if text[at..].starts_with(escape) {
            at += hidden;
        } else if text[at..].starts_with(quotes) {
            return Some(at + quotes.len());
        } else {
            at += 1;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::nothing(" ,\t\r\n# a { comment", 0, 0)]
    #[case::fields("{ a b { c } }", 7, 2)]
    #[case::arguments("{ a(x: [1, -25], y: $z) @skip(if: true) }", 23, 3)]
    #[case::spreads("{...f...g}", 6, 1)]
    #[case::fraction("1.5e+3", 5, 0)]
    #[case::zeros("[000]", 5, 1)]
    #[case::string(r#"{ a(x: "{ \" {") }"#, 8, 2)]
    #[case::block_string(r#"{ a(x: """{ " \""" \ { """) }"#, 8, 2)]
    #[case::empty_strings(r#""" """""""#, 2, 0)]
    #[case::left_open(r#"{ "abc { \"#, 2, 1)]
    #[case::block_left_open(r#"""" \""" { [""#, 3, 0)]
    #[case::no_block(r#"["""x", {{"#, 5, 3)]
    #[case::comment_in_between("{ a # }\n b }", 4, 1)]
    #[case::no_grammar("}}} é {", 6, 1)]
    fn a_text_is_measured_without_its_strings_and_comments(
        #[case] document: &str,
        #[case] tokens: usize,
        #[case] brackets: usize,
    ) {
        assert_eq!(Text::of(document), Text { tokens, brackets });
    }

    /// Each of these begins a block as far as what stands before it goes; none has an end.
    #[test]
    fn blocks_without_an_end_are_not_looked_through_time_and_again() {
        let begun = Instant::now();
        let document = format!("\"{}", r#" x\""""""#.repeat(200_000));
        assert!(Text::of(&document).tokens > 200_000);
        assert!(begun.elapsed() < Duration::from_secs(2));
    }
}
