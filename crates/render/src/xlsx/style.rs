//! How a workbook looks: cell formats, column widths, print setup and document properties.

use chrono::NaiveDate;
use rust_xlsxwriter::{Color, DocProperties, Format, FormatAlign, FormatBorder, Worksheet, XlsxError};

use crate::table::{Column, ColumnKind, Cover, Locale};

const HEADER_FILL: u32 = 0x00D9_E2F3;
const WARNING_RED: u32 = 0x00C0_0000;
const PAPER_A4: u8 = 9;

/// Widths in characters: narrower is hard to read, wider leaves no room for the next column.
const MIN_WIDTH: u16 = 8;
const MAX_WIDTH: u16 = 60;
/// Room beside a value: the indent of texts, and what some letters are wider than a digit.
const PADDING: u16 = 2;
/// In points, of the usual font; a row is 409 points high at most, whatever its texts.
const LINE_HEIGHT: f64 = 15.0;
const MAX_ROW_HEIGHT: f64 = 409.0;
/// The button of the autofilter covers so many characters of a header.
const FILTER_BUTTON: u16 = 3;
/// In bytes: a page of text.
const MAX_COMMENT_BYTES: usize = 4_000;
/// Excel's number formats have no more decimals.
const MAX_DECIMALS: u32 = 30;

/// Cell formats that differ from their column's; made once, because a format is large.
pub(super) struct Styles {
    pub(super) wrapped: Format,
    pub(super) guarded: Format,
    pub(super) guarded_wrapped: Format,
    pub(super) right: Format,
    pub(super) date: Format,
    pub(super) integer: Format,
    pub(super) remark: Format,
    pub(super) remark_header: Format,
    header: Format,
    marked: bool,
}

impl Styles {
    /// The styles of a file, whose headers are red when it has a watermark.
    pub(super) fn new(cover: &Cover) -> Self {
        let header = Format::new()
            .set_bold()
            .set_text_wrap()
            .set_align(FormatAlign::VerticalCenter)
            .set_border_bottom(FormatBorder::Thin);
        let red = header
            .clone()
            .set_background_color(Color::RGB(WARNING_RED))
            .set_font_color(Color::White);
        let marked = cover.watermark.is_some();
        Self {
            wrapped: texts().set_text_wrap(),
            guarded: texts().set_quote_prefix(),
            guarded_wrapped: texts().set_quote_prefix().set_text_wrap(),
            right: top().set_align(FormatAlign::Right),
            date: column_format(ColumnKind::Date),
            integer: column_format(ColumnKind::Integer),
            remark: texts().set_font_color(Color::RGB(WARNING_RED)),
            header: if marked {
                red.clone()
            } else {
                header.set_background_color(Color::RGB(HEADER_FILL))
            },
            remark_header: left(red),
            marked,
        }
    }

    /// A header stands over its column's values: right over numbers.
    pub(super) fn header(&self, kind: ColumnKind) -> Format {
        match kind {
            ColumnKind::Integer | ColumnKind::Decimal(_) | ColumnKind::Date => {
                self.header.clone().set_align(FormatAlign::Right)
            }
            ColumnKind::Text | ColumnKind::Mixed => left(self.header.clone()),
        }
    }

    /// Sets up a new sheet: frozen header, A4 landscape as wide as the page, header and footer in print.
    pub(super) fn set_up(&self, sheet: &mut Worksheet, cover: &Cover) -> Result<(), XlsxError> {
        sheet
            .set_freeze_panes(1, 0)?
            .set_repeat_rows(0, 0)?
            .set_landscape()
            .set_paper_size(PAPER_A4)
            .set_print_fit_to_pages(1, 0)
            .set_print_gridlines(true)
            .set_header(page_header(cover))
            .set_footer(page_footer(cover.locale));
        if self.marked {
            sheet.set_tab_color(Color::RGB(WARNING_RED));
        }
        Ok(())
    }
}

/// The format of a column's cells, which those without a format of their own take.
pub(super) fn column_format(kind: ColumnKind) -> Format {
    match kind {
        ColumnKind::Text | ColumnKind::Mixed => texts(),
        ColumnKind::Integer => top().set_num_format("#,##0"),
        ColumnKind::Decimal(digits) => decimal_format(digits),
        ColumnKind::Date => top().set_num_format("yyyy-mm-dd"),
    }
}

/// Grouped thousands and so many decimals; the reader's own settings give the separators.
pub(super) fn decimal_format(digits: u32) -> Format {
    let digits = digits.min(MAX_DECIMALS);
    if digits == 0 {
        return column_format(ColumnKind::Integer);
    }
    let zeros = "0".repeat(digits as usize);
    top().set_num_format(format!("#,##0.{zeros}"))
}

fn top() -> Format {
    Format::new().set_align(FormatAlign::Top)
}

fn texts() -> Format {
    left(top())
}

/// The indent keeps a text apart from the number on its left.
fn left(format: Format) -> Format {
    format.set_align(FormatAlign::Left).set_indent(1)
}

/// The characters that a column shows in a line: its usual value or its header's longest word.
pub(super) fn width(column: &Column) -> u16 {
    fitting_width(usize::from(column.width), &column.header)
}

/// The width that a usual value and a header need, within what a sheet can show.
pub(super) fn fitting_width(value: usize, header: &str) -> u16 {
    let words = header.split_whitespace().map(|word| word.chars().count());
    let header = words.max().unwrap_or(0) + usize::from(FILTER_BUTTON);
    u16::try_from(value.max(header))
        .unwrap_or(MAX_WIDTH)
        .clamp(MIN_WIDTH, MAX_WIDTH)
}

/// The characters of a header that a column shows in a line, beside the button.
pub(super) fn header_width(column: &Column) -> u16 {
    width(column) - FILTER_BUTTON
}

/// The column width, in Excel's characters, that shows so many characters in a line.
pub(super) fn pad(width: u16) -> u16 {
    width + PADDING
}

/// How many lines a text takes in a column of so many characters.
///
/// LibreOffice does not heighten the rows of a file that leaves their heights open, and prints wrapped texts over each
/// other; so the heights are reckoned here.
pub(super) fn lines(text: &str, width: u16) -> usize {
    let width = usize::from(width);
    if text.len() <= width && !text.contains('\n') {
        return 1;
    }
    text.split('\n').map(|line| wrapped(line, width)).sum()
}

/// How many lines one line becomes when it is broken between words, and within words that are too long.
fn wrapped(line: &str, width: usize) -> usize {
    let mut lines = 1;
    let mut used = 0;
    for word in line.split(' ') {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > width {
            lines += 1;
            used = 0;
        }
        used += usize::from(used > 0) + length;
        while used > width {
            lines += 1;
            used -= width;
        }
    }
    lines
}

/// The height in points of a row of so many lines. What is higher than Excel's rows is whole in the cell all the same.
pub(super) fn height(lines: usize) -> f64 {
    (lines as f64 * LINE_HEIGHT).min(MAX_ROW_HEIGHT)
}

/// Who made the file and what it is. The times are fixed, because the same content must give the same bytes.
pub(super) fn properties(cover: &Cover) -> DocProperties {
    DocProperties::new()
        .set_title(&cover.title)
        .set_author(&cover.organization)
        .set_company(&cover.organization)
        .set_comment(comment(cover))
        .set_status(cover.watermark.as_deref().unwrap_or_default())
        .set_creation_datetime(&NaiveDate::default())
}

/// The facts, as far as a property's field can show them; where it ends in dots, the rest stands in a table alone.
fn comment(cover: &Cover) -> String {
    let mut comment = String::new();
    for (label, value) in &cover.facts {
        if comment.len() + label.len() + value.len() > MAX_COMMENT_BYTES {
            return comment + "…";
        }
        comment += &format!("{label}: {value}\n");
    }
    comment.trim_end_matches('\n').to_owned()
}

/// Title, watermark and organization on every printed page; Excel takes 255 UTF-16 units for the three.
fn page_header(cover: &Cover) -> String {
    let title = print_text(&cover.title, 100);
    let organization = print_text(&cover.organization, 60);
    match &cover.watermark {
        // The code for bold ends the colour's, which would go on with a watermark that begins like a hex digit.
        Some(watermark) => {
            let watermark = print_text(watermark, 50);
            format!("&L{title}&C&KC00000&B{watermark}&R{organization}")
        }
        None => format!("&L{title}&R{organization}"),
    }
}

/// The sheet's name and the page's number.
fn page_footer(locale: Locale) -> String {
    let pages = locale.pick("Side &P av &N", "Page &P of &N");
    format!("&L&A&R{pages}")
}

/// Text within a page header, of at most so many UTF-16 units; what is too long ends in an ellipsis, and stands whole
/// in the document properties. `&` begins a code there and is doubled; `&[` would stay one even so.
fn print_text(text: &str, units: usize) -> String {
    let mut printed = String::new();
    let mut left = units;
    for character in text.chars() {
        let piece = match character {
            '&' => "&&".to_owned(),
            '[' if printed.ends_with('&') => " [".to_owned(),
            control if control.is_control() => " ".to_owned(),
            other => other.to_string(),
        };
        let length = piece.encode_utf16().count();
        if length >= left {
            printed.push('…');
            return printed;
        }
        left -= length;
        printed.push_str(&piece);
    }
    printed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn print_text_keeps_codes_out_and_within_the_limit() {
        assert_eq!(print_text("Ola & Kari", 50), "Ola && Kari");
        assert_eq!(print_text("&[Page]", 50), "&& [Page]");
        assert_eq!(print_text("to\nlinjer", 50), "to linjer");
        assert_eq!(print_text(&"æ".repeat(200), 100), "æ".repeat(99) + "…");
    }

    #[test]
    fn longest_page_header_stays_below_excels_limit() {
        let cover = Cover {
            title: "&".repeat(300),
            organization: "🏔".repeat(300),
            facts: Vec::new(),
            notes: String::new(),
            json_members: serde_json::Map::new(),
            locale: Locale::Nb,
            watermark: Some("A".repeat(300)),
        };
        assert!(page_header(&cover).encode_utf16().count() <= 255);
    }

    #[test]
    fn text_takes_the_lines_that_its_words_need() {
        assert_eq!(lines("", 10), 1);
        assert_eq!(lines("ti tegn ææ", 10), 1);
        assert_eq!(lines("elleve tegn", 10), 2);
        assert_eq!(lines("to\nlinjer", 10), 2);
        assert_eq!(lines("likepersonaktiviteter", 10), 3);
        assert_eq!(lines("og likepersonaktiviteter på Ås", 10), 4);
        assert_eq!(height(2), 30.0);
        assert_eq!(height(1000), 409.0);
    }

    #[test]
    fn column_is_as_wide_as_its_headers_longest_word() {
        assert_eq!(fitting_width(4, "Antall likepersonaktiviteter"), 24);
        assert_eq!(fitting_width(30, "Navn"), 30);
        assert_eq!(fitting_width(0, "År"), 8);
        assert_eq!(fitting_width(500, "Notat"), 60);
    }
}
