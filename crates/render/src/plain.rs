//! What the plain formats, CSV and XLSX, print alike.

use std::borrow::Cow;

use rust_decimal::Decimal;

use crate::table::{ColumnKind, Locale};

/// How a number of persons too small to show is printed (decisions.md, 8).
pub(super) const SUPPRESSED: &str = "<5";

/// The header of the column that repeats the watermark in every row.
///
/// Neither format has a place for a watermark that survives sorting, filtering and copying, other than the rows. The
/// column stands last, so that what reads the columns by position works on a test organization's file as on any other.
pub(super) fn remark_header(locale: Locale) -> &'static str {
    locale.pick("Merknad", "Remark")
}

/// A text whose lines end in line feeds, however they were typed. A workbook would print `_x000D_` for a carriage return.
pub(super) fn with_line_feeds(text: &str) -> Cow<'_, str> {
    match text.contains('\r') {
        true => text.replace("\r\n", "\n").replace('\r', "\n").into(),
        false => text.into(),
    }
}

/// A decimal number without grouping: with the column's digits after the separator, or more where the value has
/// more, because a file never drops a digit. The separator is the language's.
pub(super) fn decimal_text(value: Decimal, kind: ColumnKind, locale: Locale) -> String {
    let mut value = value;
    if let ColumnKind::Decimal(digits) = kind
        && value.scale() < digits
    {
        value.rescale(digits);
    }
    if value.is_zero() {
        value.set_sign_positive(true);
    }
    match locale {
        Locale::Nb => value.to_string().replace('.', ","),
        Locale::En => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn lines_end_in_line_feeds() {
        assert_eq!(with_line_feeds("a\r\nb\rc\n\nd\r\r\n"), "a\nb\nc\n\nd\n\n");
    }

    #[rstest]
    #[case::padded("7.5", ColumnKind::Decimal(2), "7,50")]
    #[case::whole("7", ColumnKind::Decimal(2), "7,00")]
    #[case::never_cut("7.125", ColumnKind::Decimal(2), "7,125")]
    #[case::negative("-1234.5", ColumnKind::Decimal(1), "-1234,5")]
    #[case::negative_zero("-0", ColumnKind::Decimal(2), "0,00")]
    #[case::own_digits("7.50", ColumnKind::Mixed, "7,50")]
    fn decimal_has_the_columns_digits(#[case] value: &str, #[case] kind: ColumnKind, #[case] text: &str) {
        let value = value.parse().unwrap();
        assert_eq!(decimal_text(value, kind, Locale::Nb), text);
        assert_eq!(decimal_text(value, kind, Locale::En), text.replace(',', "."));
    }
}
