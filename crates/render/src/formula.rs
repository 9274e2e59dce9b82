//! Text that a spreadsheet could take for a formula.
//!
//! Names and notes come from many hands. A spreadsheet runs a CSV cell that begins with `=`, `+`, `-` or `@`, and
//! such a formula can read other cells and send them away (OWASP, "CSV injection"). decisions.md, 10 has such
//! texts neutralised, and numbers, negative ones too, left alone: numbers never pass through here, because a cell
//! that holds a number is typed as one.

use std::borrow::Cow;

/// What makes a spreadsheet read a formula, with the full-width and small forms that some locales fold into them.
const TRIGGERS: [char; 12] = ['=', '+', '-', '@', '＝', '＋', '－', '＠', '﹦', '﹢', '﹣', '﹫'];

/// Characters that a spreadsheet may drop at the start of a cell, so that what follows them comes first.
const LEADING_CONTROLS: [char; 3] = ['\t', '\r', '\n'];

/// Whether a spreadsheet could take the text for a formula: at once, or after dropping what stands invisibly before.
pub(super) fn is_like_formula(text: &str) -> bool {
    text.starts_with(LEADING_CONTROLS) || text.trim_start_matches(is_blank).starts_with(TRIGGERS)
}

/// The text as it may stand in a CSV cell: a leading apostrophe makes a spreadsheet read text.
///
/// The apostrophe is part of the file: whoever reads the CSV by program drops it where a trigger follows. A text
/// that itself begins with an apostrophe and a trigger cannot be told from a neutralised one.
pub(super) fn neutralize(text: &str) -> Cow<'_, str> {
    if is_like_formula(text) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// White space, control characters and characters without width.
fn is_blank(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || matches!(
            character,
            '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}'
        )
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::equals("=1+1")]
    #[case::plus("+4712345678")]
    #[case::minus("-2")]
    #[case::minus_formula("-2+3+cmd|' /C calc'!A0")]
    #[case::at("@SUM(A1)")]
    #[case::tab("\tx")]
    #[case::carriage_return("\rx")]
    #[case::line_feed("\nx")]
    #[case::only_a_tab("\t")]
    #[case::after_spaces("  =1+1")]
    #[case::after_a_tab("\t=1+1")]
    #[case::after_a_hard_space("\u{A0}=1+1")]
    #[case::after_a_byte_order_mark("\u{FEFF}=1+1")]
    #[case::after_a_zero_width_space("\u{200B}@x")]
    #[case::after_a_control("\u{1}=1")]
    #[case::full_width_equals("＝1+1")]
    #[case::full_width_plus("＋1")]
    #[case::full_width_minus("－1")]
    #[case::full_width_at("＠SUM(A1)")]
    #[case::small_equals("﹦1")]
    fn text_like_a_formula_gets_an_apostrophe(#[case] text: &str) {
        assert_eq!(neutralize(text), format!("'{text}"));
    }

    #[rstest]
    #[case::empty("")]
    #[case::space(" ")]
    #[case::word("Østfold")]
    #[case::sum_within("a=b")]
    #[case::hyphenated("Nord-Trøndelag")]
    #[case::address("a@b.no")]
    #[case::apostrophe("'s Gravenhage")]
    #[case::number("12,5")]
    #[case::suppressed("<5")]
    #[case::dash_of_a_text("– ingen –")]
    fn other_text_stays_as_it_is(#[case] text: &str) {
        assert_eq!(neutralize(text), text);
    }
}
