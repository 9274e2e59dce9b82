//! From a file's bytes to a table of cells, whatever spreadsheet wrote it.

use std::collections::BTreeSet;

use csv::{StringRecord, WriterBuilder};

use super::encoding::{decode, line_ends, refuse_unprintable, without_separator_hint};
use super::header::{ERROR_COLUMN, SourceColumn, is_error_column, place, sniff};
use super::parse::Reason;
use super::problem::{Problems, RowError};
use super::records;

/// A file that was read: rows of cells, found by the index of their column's definition.
#[derive(Debug)]
pub(super) struct SourceTable {
    columns: &'static [SourceColumn],
    header: StringRecord,
    /// For each column's definition its place in the file.
    places: Vec<Option<usize>>,
    pub rows: Vec<SourceRow>,
    delimiter: u8,
}

#[derive(Debug)]
pub(super) struct SourceRow {
    /// The physical line on which it begins.
    pub line: u64,
    record: StringRecord,
}

/// Reads the whole file.
///
/// # Errors
/// What is wrong with the header or the file as a whole; rows are not judged here, but for having more cells than the
/// header, or cells of several lines.
pub(super) fn read(
    bytes: &[u8],
    columns: &'static [SourceColumn],
    problems: &mut Problems,
) -> Result<SourceTable, Vec<RowError>> {
    let text = decode(bytes)?;
    let (skipped_lines, text) = without_separator_hint(&text);
    let delimiter = sniff(text, columns);
    let mut records = records::records(text, delimiter, skipped_lines)?.into_iter();
    let Some((line, header)) = records.next() else {
        return Err(vec![RowError {
            line: 1,
            column: "header".to_owned(),
            reason: "the file is empty".to_owned(),
        }]);
    };
    let places = place(&header, line, columns)?;
    let rows = records
        .map(|(line, record)| SourceRow { line, record })
        .filter(|row| !row.is_blank())
        .collect();
    let table = SourceTable {
        columns,
        header,
        places,
        rows,
        delimiter,
    };
    table.refuse_surplus_cells(problems);
    table.refuse_cells_of_several_lines(problems);
    Ok(table)
}

impl SourceRow {
    fn is_blank(&self) -> bool {
        self.record.iter().all(|cell| cell.trim().is_empty())
    }
}

impl SourceTable {
    fn refuse_surplus_cells(&self, problems: &mut Problems) {
        for (index, row) in self.rows.iter().enumerate() {
            if row
                .record
                .iter()
                .skip(self.header.len())
                .any(|cell| !cell.trim().is_empty())
            {
                let reason = "has more cells than the header; is a cell with the delimiter not quoted?".to_owned();
                problems.add(
                    index,
                    RowError {
                        line: row.line,
                        column: "row".to_owned(),
                        reason,
                    },
                );
            }
        }
    }

    /// No cell is meant to hold a line end, and one that does has most often swallowed the rows below: a quote was opened
    /// in it that another row's quote closed.
    fn refuse_cells_of_several_lines(&self, problems: &mut Problems) {
        for (index, row) in self.rows.iter().enumerate() {
            let mut line = row.line;
            for (place, cell) in row.record.iter().enumerate() {
                let last = line + line_ends(cell);
                if has_several_lines(cell) {
                    let reason = format!(
                        "goes on to line {last}; write it on one line, or close its quote if the rows below do not \
                         belong to it"
                    );
                    let column = self.header.get(place).unwrap_or("row").trim().to_owned();
                    problems.add(
                        index,
                        RowError {
                            line: row.line,
                            column,
                            reason,
                        },
                    );
                }
                line = last;
            }
        }
    }

    /// A cell without the space around it; empty where the file does not have the column.
    pub fn cell(&self, row: usize, column: usize) -> &str {
        let place = self.places[column];
        place
            .and_then(|place| self.rows[row].record.get(place))
            .unwrap_or_default()
            .trim()
    }

    pub fn error(&self, row: usize, column: usize, reason: impl Into<Reason>) -> RowError {
        let name = self.places[column].and_then(|place| self.header.get(place));
        let column = name.unwrap_or(self.columns[column].names[0]).trim().to_owned();
        RowError {
            line: self.rows[row].line,
            column,
            reason: reason.into().replace(['\r', '\n'], " "),
        }
    }

    /// A cell's value, `None` where it is empty or wrong; what is wrong is noted.
    pub fn value<T>(
        &self,
        row: usize,
        column: usize,
        problems: &mut Problems,
        parse: impl Fn(&str) -> Result<T, Reason>,
    ) -> Option<T> {
        let cell = self.cell(row, column);
        let parsed = match cell {
            "" if self.columns[column].required => Err("is empty".to_owned()),
            "" => return None,
            // Noted when the file was read.
            _ if has_several_lines(cell) => return None,
            _ => refuse_unprintable(cell).and_then(|()| parse(cell)),
        };
        parsed
            .map_err(|reason| problems.add(row, self.error(row, column, reason)))
            .ok()
    }

    /// A file of the bad rows as they were, each with what is wrong in a column of its own, to be corrected and imported.
    pub fn write_skipped(&self, rows: &BTreeSet<usize>, errors: &[RowError]) -> Vec<u8> {
        let mut writer = WriterBuilder::new()
            .delimiter(self.delimiter)
            .flexible(true)
            .from_writer(vec![]);
        let error_place = self.header.iter().position(is_error_column);
        let new_column = error_place.is_none().then_some(ERROR_COLUMN[0]);
        writer
            .write_record(self.header.iter().chain(new_column))
            .expect(IN_MEMORY);
        for row in rows.iter().map(|row| &self.rows[*row]) {
            let reasons = reasons_of(row.line, errors);
            let mut cells: Vec<&str> = row.record.iter().collect();
            // A row may have fewer cells than the header; surplus ones are kept, since they are what is wrong.
            cells.resize(cells.len().max(self.header.len()), "");
            match error_place {
                Some(place) => cells[place] = &reasons,
                None => cells.push(&reasons),
            }
            writer.write_record(cells).expect(IN_MEMORY);
        }
        let rows = writer.into_inner().expect(IN_MEMORY);
        [b"\xef\xbb\xbf".as_slice(), &rows].concat()
    }
}

const IN_MEMORY: &str = "writing to memory does not fail";

fn has_several_lines(cell: &str) -> bool {
    cell.trim().contains(['\r', '\n'])
}

fn reasons_of(line: u64, errors: &[RowError]) -> String {
    let from = errors.partition_point(|error| error.line < line);
    let of_line = errors[from..].iter().take_while(|error| error.line == line);
    let reasons: Vec<_> = of_line
        .map(|error| format!("{}: {}", error.column, error.reason))
        .collect();
    if reasons.is_empty() {
        "belongs to an activity with a bad row".to_owned()
    } else {
        reasons.join(". ")
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const COLUMNS: &[SourceColumn] = &[
        SourceColumn::required(&["navn", "name"]),
        SourceColumn::optional(&["fylke", "county"]),
    ];

    fn table(bytes: &[u8]) -> SourceTable {
        let mut problems = Problems::default();
        let table = read(bytes, COLUMNS, &mut problems).unwrap();
        assert!(problems.is_empty());
        table
    }

    fn utf_16(text: &str) -> Vec<u8> {
        [0xfeff]
            .into_iter()
            .chain(text.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect()
    }

    #[rstest]
    #[case::utf_8("navn;fylke\nÅse;Møre\n".as_bytes().to_vec())]
    #[case::with_a_mark("\u{feff}navn;fylke\nÅse;Møre\n".as_bytes().to_vec())]
    #[case::windows_1252(b"navn;fylke\r\n\xc5se;M\xf8re\r\n".to_vec())]
    #[case::unicode_text(utf_16("navn\tfylke\r\nÅse\tMøre\r\n"))]
    #[case::commas("Name,County\nÅse,Møre".as_bytes().to_vec())]
    #[case::separator_hint("sep=;\r\nnavn;fylke\r\nÅse;Møre\r\n".as_bytes().to_vec())]
    #[case::separator_hint_of_an_old_mac("sep=;\rnavn;fylke\rÅse;Møre\r".as_bytes().to_vec())]
    #[case::columns_turned("FYLKE ; Navn\nMøre; Åse \n".as_bytes().to_vec())]
    #[case::quoted("\"navn\";\"fylke\"\n\"Åse\";\"Møre\"\n".as_bytes().to_vec())]
    fn whatever_spreadsheet_wrote_it(#[case] bytes: Vec<u8>) {
        let table = table(&bytes);
        assert_eq!(
            (table.rows.len(), table.cell(0, 0), table.cell(0, 1)),
            (1, "Åse", "Møre")
        );
    }

    /// Line numbers are those that an editor shows, past quoted line ends and blank lines.
    #[rstest]
    #[case("\n")]
    #[case("\r\n")]
    #[case("\r")]
    fn lines_are_physical(#[case] end: &str) {
        let text = ["navn;fylke", "a;b", "", "\"c", "\";e", ";", "f;g"].join(end);
        let table = table(text.as_bytes());
        let lines: Vec<_> = table.rows.iter().map(|row| row.line).collect();
        assert_eq!(lines, [2, 4, 7]);
        assert_eq!(table.cell(2, 0), "f");
    }

    #[rstest]
    #[case::empty("", "header", 1)]
    #[case::missing("fylke\nx", "navn", 1)]
    #[case::unknown("navn;fylkke\nx;y", "fylkke", 1)]
    #[case::twice("navn;name\nx;y", "name", 1)]
    fn a_wrong_header_is_refused(#[case] text: &str, #[case] column: &str, #[case] line: u64) {
        let errors = read(text.as_bytes(), COLUMNS, &mut Problems::default()).unwrap_err();
        assert_eq!(
            errors
                .iter()
                .map(|error| (error.column.as_str(), error.line))
                .collect::<Vec<_>>(),
            [(column, line)]
        );
    }

    #[test]
    fn surplus_cells_are_a_problem_of_their_row() {
        let mut problems = Problems::default();
        read(b"navn;fylke\na;b;c\nd;e;\n", COLUMNS, &mut problems).unwrap();
        assert_eq!(
            problems
                .into_errors()
                .iter()
                .map(|error| error.line)
                .collect::<Vec<_>>(),
            [2]
        );
    }

    /// The quote that opens the second row's cell is closed by one of the fourth row.
    #[test]
    fn a_cell_that_swallowed_rows_is_a_problem_of_its_row() {
        let mut problems = Problems::default();
        let table = read(b"navn;fylke\na;\"b\nc;d\ne;f\"\ng;h\n", COLUMNS, &mut problems).unwrap();
        assert_eq!(table.value(0, 1, &mut problems, |cell| Ok(cell.to_owned())), None);
        let errors = problems.into_errors();
        assert_eq!(errors.len(), 1);
        assert_eq!((errors[0].line, errors[0].column.as_str()), (2, "fylke"));
        assert!(errors[0].reason.contains("line 4"), "{}", errors[0].reason);
    }

    #[test]
    fn skipped_rows_are_written_with_their_reasons_and_can_be_read_again() {
        let mut problems = Problems::default();
        let table = read("navn;fylke\na;b\n;Møre\n".as_bytes(), COLUMNS, &mut problems).unwrap();
        table.value(1, 0, &mut problems, |cell| Ok(cell.to_owned()));
        let rows = problems.bad_rows().clone();
        let skipped = table.write_skipped(&rows, &problems.into_errors());
        assert_eq!(
            String::from_utf8(skipped.clone()).unwrap(),
            "\u{feff}navn;fylke;feil\n;Møre;navn: is empty\n"
        );
        let again = read(&skipped, COLUMNS, &mut Problems::default()).unwrap();
        assert_eq!(again.cell(0, 1), "Møre");
    }
}
