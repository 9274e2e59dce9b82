//! Words on paper: what the font cannot show, how cells are printed, and where lines break.

use rust_decimal::{Decimal, RoundingStrategy};

use super::font::{Fonts, Weight, points};
use crate::table::{Cell, ColumnKind, Locale};

/// Stands for a character that the font lacks.
pub(super) const REPLACEMENT: char = '\u{FFFD}';

/// Behind these a word breaks first if it is wider than the line.
pub(super) const BREAKS: [char; 3] = ['-', '\u{2013}', '/'];

/// Figures are not set smaller than this, in points.
const SMALLEST_FIGURE: f32 = 4.0;

/// The most bytes of a figure in a text; what is longer (a UUID, a link) is a word.
const MAX_FIGURE_BYTES: usize = 32;

/// A text made fit for the font.
pub(super) struct Presentable {
    /// What is printed.
    pub(super) shown: String,
    /// The text as it was, when the font lacks some of it: readers get it as the replacement's actual text.
    pub(super) actual: Option<String>,
}

/// The longest actual text, in UTF-16 units: a string has at most 32,767 bytes (ISO 19005-2, 6.1.13).
const MAX_ACTUAL_TEXT: usize = 16_000;

/// Replaces what the font lacks and drops what has no shape (controls, joiners, soft hyphens). A text of more than
/// 16,000 characters is not kept as actual text; readers then get the replacements.
pub(super) fn presentable(fonts: &Fonts, text: &str) -> Presentable {
    let meant: String = text.replace("\r\n", "\n").chars().filter_map(printable).collect();
    let shown: String = meant.chars().map(|c| shown_as(fonts, c)).collect();
    // The replacement itself may be in the text; then there is nothing to tell.
    let lost = shown.matches(REPLACEMENT).count() > meant.matches(REPLACEMENT).count();
    let kept = lost && meant.encode_utf16().count() <= MAX_ACTUAL_TEXT;
    let actual = kept.then(|| meant.chars().map(without_private_use).collect());
    Presentable { shown, actual }
}

fn printable(character: char) -> Option<char> {
    match character {
        '\n' | '\r' | '\u{2028}' | '\u{2029}' => Some('\n'),
        '\t' => Some(' '),
        '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' => None,
        c if c.is_control() => None,
        c => Some(c),
    }
}

fn shown_as(fonts: &Fonts, character: char) -> char {
    match character {
        '\n' => '\n',
        // The font lacks the hyphen that forbids a break; lines break at spaces as long as words fit, so the plain one
        // does.
        '\u{2011}' => '-',
        c if fonts.cover(without_private_use(c)) => without_private_use(c),
        _ => REPLACEMENT,
    }
}

/// Private use characters mean nothing outside the program that made them, and PDF/A-2a refuses them as text.
fn without_private_use(character: char) -> char {
    match character {
        '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFF}' => REPLACEMENT,
        c => c,
    }
}

/// A cell as it is printed.
pub(super) fn format_cell(cell: &Cell, kind: ColumnKind, locale: Locale) -> String {
    match (cell, kind) {
        (Cell::Empty, _) => String::new(),
        (Cell::Text(text), _) => text.clone(),
        (Cell::Integer(number), ColumnKind::Decimal(places)) => decimal(Decimal::from(*number), places, locale),
        (Cell::Integer(number), _) => group_digits(&number.to_string(), locale),
        (Cell::Decimal(number), ColumnKind::Decimal(places)) => decimal(*number, places, locale),
        (Cell::Decimal(number), _) => decimal(*number, number.scale(), locale),
        (Cell::Date(date), _) => date.format("%Y-%m-%d").to_string(),
        (Cell::Suppressed, _) => "<5".to_owned(),
    }
}

/// Whether a cell stands at the right edge of its column: numbers do, and so does everything below a number's header.
pub(super) fn is_right_aligned(cell: &Cell, kind: ColumnKind) -> bool {
    match cell {
        Cell::Integer(_) | Cell::Decimal(_) | Cell::Suppressed => true,
        Cell::Empty | Cell::Text(_) | Cell::Date(_) => is_numeric(kind),
    }
}

/// Whether a column holds numbers alone.
pub(super) fn is_numeric(kind: ColumnKind) -> bool {
    matches!(kind, ColumnKind::Integer | ColumnKind::Decimal(_))
}

fn decimal(number: Decimal, places: u32, locale: Locale) -> String {
    let rounded = number.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
    // What rounds to nothing is not negative.
    let rounded = if rounded.is_zero() { Decimal::ZERO } else { rounded };
    let places = usize::try_from(places).unwrap_or(usize::MAX).min(28);
    let digits = format!("{rounded:.places$}");
    match digits.split_once('.') {
        Some((whole, fraction)) => format!("{}{}{fraction}", group_digits(whole, locale), locale.pick(",", ".")),
        None => group_digits(&digits, locale),
    }
}

/// Sets the thousands apart: `1 234 567` with spaces that do not break, or `1,234,567`.
fn group_digits(digits: &str, locale: Locale) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |digits| ("-", digits));
    let separator = locale.pick("\u{A0}", ",");
    let mut out = sign.to_owned();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push_str(separator);
        }
        out.push(digit);
    }
    out
}

/// The measure that lines are broken to.
#[derive(Clone, Copy)]
pub(super) struct TextMeasure<'a> {
    pub(super) fonts: &'a Fonts,
    pub(super) weight: Weight,
    pub(super) size: f32,
    /// In points.
    pub(super) width: f32,
}

impl TextMeasure<'_> {
    /// The size at which a text fits the width as one line, this one or a smaller; none where it could not be read.
    pub(super) fn fitting(&self, text: &str) -> Option<f32> {
        let advance = self.fonts.advance(self.weight, text);
        if points(advance, self.size) <= self.width {
            return Some(self.size);
        }
        // In tenths of a point, rounded down.
        let size = (self.width * 10_000.0 / advance as f32).floor() / 10.0;
        (size >= SMALLEST_FIGURE).then_some(size)
    }

    /// The same in a size at which the figures in a text don't break, as far as there is one.
    pub(super) fn for_figures_in(self, text: &str) -> Self {
        let figures = text.split([' ', '\n']).filter(|word| is_figure(word));
        let size = figures
            .filter_map(|figure| self.fitting(figure))
            .fold(self.size, f32::min);
        Self { size, ..self }
    }

    /// Breaks a text into lines, at spaces, and inside words that are wider than the line. Every line but the last
    /// ends in the space that it broke at, so that words stay apart when the text is read out of the file.
    pub(super) fn lines(&self, text: &str) -> Vec<String> {
        let mut lines = Vec::new();
        for paragraph in text.trim_end().split('\n') {
            if let Some(line) = lines.last_mut() {
                end_with_space(line);
            }
            self.break_paragraph(paragraph, &mut lines);
        }
        if text.trim_end().is_empty() { Vec::new() } else { lines }
    }

    fn break_paragraph(&self, paragraph: &str, lines: &mut Vec<String>) {
        let mut line = String::new();
        let mut used = 0.0;
        for word in paragraph.split_inclusive(' ') {
            if used + self.of(word.trim_end_matches(' ')) > self.width && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
                used = 0.0;
            }
            let rest = if line.is_empty() {
                self.break_word(word, lines)
            } else {
                word
            };
            line.push_str(rest);
            used += self.of(rest);
        }
        lines.push(line);
    }

    /// Puts all but the last part of an overlong word on lines of their own, and returns that last part.
    fn break_word<'w>(&self, word: &'w str, lines: &mut Vec<String>) -> &'w str {
        let mut rest = word;
        // Measured once and then counted down: each line would measure all that follows it.
        let mut left = self.fonts.advance(self.weight, word.trim_end_matches(' '));
        while points(left, self.size) > self.width {
            let at = self.last_fitting_break(rest);
            let Some((now, later)) = rest.split_at_checked(at).filter(|(_, later)| !later.is_empty()) else {
                break;
            };
            left = left.saturating_sub(self.fonts.advance(self.weight, now));
            lines.push(now.to_owned());
            rest = later;
        }
        rest
    }

    /// The byte behind the longest part that fits: one letter at least, with the marks that stand on it.
    fn last_fitting_break(&self, word: &str) -> usize {
        let mut used = 0.0;
        let mut buffer = [0; 4];
        for (position, character) in word.char_indices() {
            let advance = self.of(character.encode_utf8(&mut buffer));
            if position > 0 && advance > 0.0 && used + advance > self.width {
                return better_break(word, position);
            }
            used += advance;
        }
        word.len()
    }

    fn of(&self, text: &str) -> f32 {
        self.fonts.width(self.weight, self.size, text)
    }
}

/// Whether a word is a year, a month, a number of any kind: digits for the most part.
fn is_figure(word: &str) -> bool {
    if word.is_empty() || word.len() > MAX_FIGURE_BYTES {
        return false;
    }
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    digits * 2 >= word.chars().count()
}

/// Where a word breaks that can break at a byte or before: behind a hyphen, else not between digits.
fn better_break(word: &str, latest: usize) -> usize {
    let now = &word[..latest];
    if let Some((at, hyphen)) = now.char_indices().rev().find(|(at, c)| *at > 0 && BREAKS.contains(c)) {
        return at + hyphen.len_utf8();
    }
    let before = now.trim_end_matches(|c: char| c.is_ascii_digit());
    if before.is_empty() || !word[latest..].starts_with(|c: char| c.is_ascii_digit()) {
        return latest;
    }
    before.len()
}

fn end_with_space(line: &mut String) {
    if !line.ends_with(' ') {
        line.push(' ');
    }
}
