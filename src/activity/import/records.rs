//! From text to records, each with the line on which it begins.

use csv::{ReaderBuilder, StringRecord};

use super::problem::RowError;

/// Records with the physical line on which each begins. The reader's own line would be that of the blank lines before.
pub(super) fn records(
    text: &str,
    delimiter: u8,
    skipped_lines: u64,
) -> Result<Vec<(u64, StringRecord)>, Vec<RowError>> {
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut lines = Lines {
        bytes: text.as_bytes(),
        at: 0,
        line: 1 + skipped_lines,
    };
    let mut records = vec![];
    loop {
        let start = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
        let line = lines.line_of(start);
        let mut record = StringRecord::new();
        match reader.read_record(&mut record) {
            Ok(true) => records.push((line, record)),
            Ok(false) => return Ok(records),
            Err(error) => {
                return Err(vec![RowError {
                    line,
                    column: "file".to_owned(),
                    reason: error.to_string(),
                }]);
            }
        }
    }
}

/// Counts lines as the reader moves on.
struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of the first byte from `start` on that does not end a line. A lone carriage return ends one, too.
    fn line_of(&mut self, start: usize) -> u64 {
        while let Some(byte) = self.bytes.get(self.at) {
            let ends_line = *byte == b'\n' || (*byte == b'\r' && self.bytes.get(self.at + 1) != Some(&b'\n'));
            if self.at >= start && !matches!(byte, b'\n' | b'\r') {
                break;
            }
            self.line += u64::from(ends_line);
            self.at += 1;
        }
        self.line
    }
}
