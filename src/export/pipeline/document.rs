//! What a caller of the pipeline hands over: everything that the file shows, in an order that no format may change.

use std::sync::atomic::{AtomicU64, Ordering};

use entity::enums::ExportFormat;
use render::{Cover, RenderError, Sheet, Sink};
use tokio_util::sync::CancellationToken;

use super::cancellation::check;
use crate::export::format::OutputFormat;

/// A file's content. The same document, format and renderer version give the same bytes (decisions.md, 5).
#[derive(Clone, Debug)]
pub struct Document {
    /// The file's name for people, without its extension: "Bufdir-rapport 2024 – Hørselsforbundet".
    pub file_stem: String,
    pub cover: Cover,
    /// What a workbook's sheets and a PDF's tables are.
    pub sheets: Vec<Sheet>,
    /// What a format shows that holds one table, such as CSV.
    pub long_form: Sheet,
    /// Distinct activities in the file's scope.
    pub activity_count: i32,
    /// Distinct participants in the file's scope.
    pub participant_count: i32,
    /// SHA-256 of the canonical form of the data behind the file.
    pub data_hash: [u8; 32],
}

impl Document {
    /// Rows that this format writes; what progress is measured by.
    pub fn row_count(&self, format: ExportFormat) -> u64 {
        self.sheets_of(format).iter().map(|sheet| sheet.rows.len() as u64).sum()
    }

    fn sheets_of(&self, format: ExportFormat) -> &[Sheet] {
        if format.file_format().holds_one_table() {
            std::slice::from_ref(&self.long_form)
        } else {
            &self.sheets
        }
    }
}

/// Renders the document. Blocks, for seconds with many rows; `written` counts the rows as they are written. Ends with
/// the next row, or page, once `cancelled` says so; a page only with a `CancellableSink`.
pub fn render(
    format: ExportFormat,
    document: &Document,
    sink: Box<dyn Sink + '_>,
    written: &AtomicU64,
    cancelled: &CancellationToken,
) -> Result<(), RenderError> {
    let sheets = document.sheets_of(format);
    render::render(format.file_format(), &document.cover, sheets, sink, || {
        check(cancelled)?;
        written.fetch_add(1, Ordering::Relaxed);
        Ok(())
    })
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Cursor;

    use render::{Cell, Column, ColumnKind, Locale, Table};
    use rstest::rstest;

    use super::*;

    fn sheet(name: &str, rows: Vec<Vec<Cell>>) -> Sheet {
        let columns = [("Felt", ColumnKind::Text), ("Verdi", ColumnKind::Integer)].map(|(header, kind)| Column {
            header: header.to_owned(),
            kind,
            width: 20,
        });
        let table = Table {
            name: name.to_owned(),
            caption: String::new(),
            columns: columns.into(),
        };
        Sheet { table, rows }
    }

    fn row(label: &str, value: i64) -> Vec<Cell> {
        vec![Cell::Text(label.to_owned()), Cell::Integer(value)]
    }

    /// Two sheets with one row each, and a long form of three rows.
    pub(in crate::export) fn sample() -> Document {
        Document {
            file_stem: "Bufdir-rapport 2024 – Hørselsforbundet".to_owned(),
            cover: Cover {
                title: "Rapport om likepersonsarbeid 2024".to_owned(),
                organization: "Hørselsforbundet".to_owned(),
                facts: vec![("Formatversjon".to_owned(), "2024-v2".to_owned())],
                notes: String::new(),
                json_members: serde_json::Map::new(),
                locale: Locale::Nb,
                watermark: None,
            },
            sheets: vec![
                sheet("Tall", vec![row("Tiltak", 12)]),
                sheet("Kontroll", vec![row("Sum", 12)]),
            ],
            long_form: sheet("Data", vec![row("Tiltak", 12), row("Grupper", 3), row("Kurs", 9)]),
            activity_count: 12,
            participant_count: 40,
            data_hash: [7; 32],
        }
    }

    fn bytes(format: ExportFormat, document: &Document) -> (Vec<u8>, u64) {
        let mut bytes = Vec::new();
        let written = AtomicU64::new(0);
        let never = CancellationToken::new();
        render(format, document, Box::new(Cursor::new(&mut bytes)), &written, &never).unwrap();
        (bytes, written.into_inner())
    }

    #[rstest]
    #[case(ExportFormat::Xlsx, b"PK", 2)]
    #[case(ExportFormat::Csv, b"\xEF\xBB\xBFFelt;Verdi\r\n", 3)]
    #[case(ExportFormat::Pdf, b"%PDF-", 2)]
    fn each_format_is_rendered_whole_and_the_same_every_time(
        #[case] format: ExportFormat,
        #[case] beginning: &[u8],
        #[case] rows: u64,
    ) {
        let document = sample();
        let (first, written) = bytes(format, &document);
        assert!(first.starts_with(beginning));
        assert_eq!((written, document.row_count(format)), (rows, rows));
        assert_eq!(first, bytes(format, &document).0);
    }

    #[test]
    fn a_row_that_does_not_fit_its_table_stops_the_file() {
        let mut document = sample();
        document.long_form.rows[1].pop();
        let written = AtomicU64::new(0);
        let result = render(
            ExportFormat::Csv,
            &document,
            Box::new(Cursor::new(Vec::new())),
            &written,
            &CancellationToken::new(),
        );
        assert!(matches!(result, Err(RenderError::Misuse(_))), "{result:?}");
    }
}
