//! From text to records, each with the line on which it begins. Stricter than a usual reader, which takes a quote that is
//! never closed, and text after a closing one, as they come: whole rows would vanish into a cell.

use std::borrow::Cow;

use csv::StringRecord;

use super::encoding::line_ends;
use super::parse::Reason;
use super::problem::RowError;

/// The records of a text, blank lines passed over, each with the physical line on which it begins.
///
/// # Errors
/// The first cell whose quotes are wrong: what follows it cannot be told apart.
pub(super) fn records(
    text: &str,
    delimiter: u8,
    skipped_lines: u64,
) -> Result<Vec<(u64, StringRecord)>, Vec<RowError>> {
    let mut reader = Reader {
        rest: text,
        line: 1 + skipped_lines,
        delimiter: char::from(delimiter),
    };
    let mut records: Vec<(u64, StringRecord)> = vec![];
    while reader.passes_blank_lines() {
        let (line, mut record) = (reader.line, StringRecord::new());
        loop {
            let begins = reader.line;
            match reader.cell() {
                Ok(cell) => record.push_field(&cell),
                Err(reason) => {
                    let header = records.first().and_then(|(_, header)| header.get(record.len()));
                    let column = header.unwrap_or("file").trim().to_owned();
                    return Err(vec![RowError {
                        line: begins,
                        column,
                        reason,
                    }]);
                }
            }
            if !reader.passes_delimiter() {
                break;
            }
        }
        records.push((line, record));
    }
    Ok(records)
}

/// The cells of a text's first record, as far as they can be read.
pub(super) fn header(text: &str, delimiter: u8) -> StringRecord {
    let mut reader = Reader {
        rest: text,
        line: 1,
        delimiter: char::from(delimiter),
    };
    let mut header = StringRecord::new();
    if reader.passes_blank_lines() {
        while let Ok(cell) = reader.cell() {
            header.push_field(&cell);
            if !reader.passes_delimiter() {
                break;
            }
        }
    }
    header
}

struct Reader<'a> {
    rest: &'a str,
    /// The physical line on which the rest begins.
    line: u64,
    delimiter: char,
}

impl<'a> Reader<'a> {
    /// Goes to the next line that is not empty; whether there is one.
    fn passes_blank_lines(&mut self) -> bool {
        let blank = self.rest.len() - self.rest.trim_start_matches(['\r', '\n']).len();
        self.take(blank);
        !self.rest.is_empty()
    }

    fn passes_delimiter(&mut self) -> bool {
        let passes = self.rest.starts_with(self.delimiter);
        if passes {
            self.take(self.delimiter.len_utf8());
        }
        passes
    }

    /// The cell at which the rest begins, without its quotes. A quote within a cell that has none around it is text.
    fn cell(&mut self) -> Result<Cow<'a, str>, Reason> {
        if self.rest.starts_with('"') {
            return self.quoted_cell();
        }
        let cell = self.to_the_end();
        if cell.trim_start().starts_with('"') {
            return Err("begins with space before its quote; delete the space".to_owned());
        }
        Ok(Cow::Borrowed(cell))
    }

    fn quoted_cell(&mut self) -> Result<Cow<'a, str>, Reason> {
        let begins = self.line;
        let mut cell = Cow::Borrowed("");
        loop {
            self.take(1);
            let Some(length) = self.rest.find('"') else {
                return Err(
                    "begins with a quote that is never closed, so that all rows below would be part of it; close it, or \
                     write each quote that belongs to the text twice"
                        .to_owned(),
                );
            };
            cell += self.take(length);
            self.take(1);
            if !self.rest.starts_with('"') {
                break;
            }
            cell += "\"";
        }
        let closes = self.line;
        let after = self.to_the_end().trim();
        if after.is_empty() {
            return Ok(cell);
        }
        let reason = if closes == begins {
            format!("has \"{after}\" after its closing quote; write each quote that belongs to the text twice")
        } else {
            format!(
                "begins with a quote that is not closed before line {closes}, where \"{after}\" follows; close it where \
                 the cell ends, or write each quote that belongs to the text twice"
            )
        };
        Err(reason)
    }

    /// What stands before the next delimiter or line end.
    fn to_the_end(&mut self) -> &'a str {
        let end = self.rest.find([self.delimiter, '\r', '\n']).unwrap_or(self.rest.len());
        self.take(end)
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.line += line_ends(taken);
        self.rest = rest;
        taken
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert_eq, proptest};
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::never_closed("navn;sted\na;b\nc;\"d\ne;f\n", 3, "sted", "never closed")]
    #[case::closed_by_the_text_of_a_later_row(
        "navn;sted\na;\"b\nc;\"Kafe\"\n",
        2,
        "sted",
        "before line 3, where \"Kafe\""
    )]
    #[case::text_after_it("navn;sted\n\"a\" b;c\n", 2, "navn", "has \"b\" after its closing quote")]
    #[case::a_line_below("navn;sted\n\"a\nb\";\"c", 3, "sted", "never closed")]
    #[case::space_before_it("navn;sted\na; \"b;c\"\n", 2, "sted", "space before its quote")]
    #[case::in_the_header("\"navn;sted\na;b\n", 1, "file", "never closed")]
    fn wrong_quotes_are_refused(#[case] text: &str, #[case] line: u64, #[case] column: &str, #[case] reason: &str) {
        let errors = records(text, b';', 0).unwrap_err();
        assert_eq!((errors[0].line, errors[0].column.as_str()), (line, column));
        assert!(errors[0].reason.contains(reason), "{}", errors[0].reason);
    }

    #[rstest]
    #[case("a;\"b;\"\"c\"\"\" ;d\n", &["a", "b;\"c\"", "d"])]
    #[case("a;Kurs \"Mestring\";\n", &["a", "Kurs \"Mestring\"", ""])]
    #[case("\r\n\r\n\"\";", &["", ""])]
    fn cells_are_as_they_were_written(#[case] text: &str, #[case] cells: &[&str]) {
        let records = records(text, b';', 0).unwrap();
        assert_eq!(records.len(), 1);
        assert_eq!(records[0].1.iter().collect::<Vec<_>>(), cells);
    }

    proptest! {
        /// Whatever a writer of CSV quotes is read as it was.
        #[test]
        fn what_is_written_is_read(rows in proptest::collection::vec(proptest::collection::vec("[a\";\r\n ]{0,6}", 2..4), 1..4)) {
            let mut writer = csv::WriterBuilder::new().delimiter(b';').quote_style(csv::QuoteStyle::Always)
                .flexible(true).from_writer(vec![]);
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let read: Vec<Vec<String>> = records(&text, b';', 0).unwrap()
                .into_iter().map(|(_, record)| record.iter().map(str::to_owned).collect()).collect();
            prop_assert_eq!(read, rows);
        }
    }
}
