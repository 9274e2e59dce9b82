//! A file whose rows come one by one: they pass from the database to the writer in small batches, a few at a time, so that
//! a million of them need no more memory than a hundred.

use std::fs::File;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use entity::enums::CustomOutputFormat;
use futures::{Stream, TryStreamExt};
use render::{Cell, ControlTotals, Cover, RenderError, Sink, Table, Writer};
use tokio::sync::mpsc::{self, Receiver, Sender};

use super::cancellation::{CancellableSink, render_in_background};
use super::rendered::{RenderedFile, render_to_file};
use crate::export::failure::ExportFailure;
use crate::export::format::OutputFormat;

/// Rows per message: each message costs.
const BATCH_SIZE: usize = 512;
/// Batches that wait for the writer.
const QUEUED_BATCHES: usize = 4;

/// What a file shows beside its rows.
#[derive(Clone, Debug)]
pub struct StreamedDocument {
    /// The file's name for people, without its extension.
    pub file_stem: String,
    pub cover: Cover,
    pub table: Table,
}

enum RowBatch {
    Rows(Vec<Vec<Cell>>),
    /// All rows are there. Without it they were cut off.
    End,
}

/// Renders the rows as they come, with what they add up to; `written` counts them. Dropped it stops, and nothing is left.
///
/// # Errors
///
/// That of the rows, if they fail; else the writer's.
pub async fn render_rows(
    document: StreamedDocument,
    format: CustomOutputFormat,
    rows: impl Stream<Item = Result<Vec<Cell>, ExportFailure>>,
    written: Arc<AtomicU64>,
) -> Result<(RenderedFile, ControlTotals), ExportFailure> {
    let (sender, receiver) = mpsc::channel(QUEUED_BATCHES);
    let offered = CustomOutputFormat::list_offered();
    let rendering = render_in_background(&offered, move |cancelled| {
        let mut totals = ControlTotals::of(&document.table);
        let render = |file: &mut File| {
            let sink = Box::new(CancellableSink::new(file, cancelled));
            render(&document, format, receiver, sink, &mut totals, &written)
        };
        Ok((render_to_file(render)?, totals))
    });
    let (sent, rendered) = tokio::join!(send_batches(rows, sender), rendering);
    sent?;
    rendered
}

/// Ends early, without an error, when the writer takes no more: then it is the writer that has one.
async fn send_batches(
    rows: impl Stream<Item = Result<Vec<Cell>, ExportFailure>>,
    sender: Sender<RowBatch>,
) -> Result<(), ExportFailure> {
    let mut batches = pin!(rows.try_ready_chunks(BATCH_SIZE));
    while let Some(batch) = batches.try_next().await.map_err(|lost| lost.1)? {
        if sender.send(RowBatch::Rows(batch)).await.is_err() {
            return Ok(());
        }
    }
    let _ = sender.send(RowBatch::End).await;
    Ok(())
}

fn render(
    document: &StreamedDocument,
    format: CustomOutputFormat,
    mut batches: Receiver<RowBatch>,
    sink: Box<dyn Sink + '_>,
    totals: &mut ControlTotals,
    written: &AtomicU64,
) -> Result<(), RenderError> {
    let mut writer = render::open(format.file_format(), &document.cover, sink)?;
    writer.begin_table(&document.table)?;
    loop {
        match batches.blocking_recv() {
            Some(RowBatch::Rows(rows)) => write(writer.as_mut(), &rows, totals)?,
            Some(RowBatch::End) => break,
            None => return Err(RenderError::Misuse("the rows were cut off")),
        }
        written.store(totals.rows(), Ordering::Relaxed);
    }
    writer.totals(totals)?;
    writer.finish()
}

fn write(writer: &mut (dyn Writer + '_), rows: &[Vec<Cell>], totals: &mut ControlTotals) -> Result<(), RenderError> {
    for row in rows {
        writer.row(row)?;
        totals.add(row);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Seek};

    use futures::stream;
    use render::{Column, ColumnKind, Locale, MAX_PDF_CELLS};
    use rstest::rstest;

    use super::*;
    use crate::export::failure::FailureCode;

    /// Two rows: a text, a whole number (once too small to show), hours.
    fn sample() -> (Table, Vec<Vec<Cell>>) {
        let columns = [
            ("Enhet", ColumnKind::Text),
            ("Personer", ColumnKind::Integer),
            ("Timer", ColumnKind::Decimal(2)),
        ];
        let columns = columns.map(|(header, kind)| Column {
            header: header.to_owned(),
            kind,
            width: 12,
        });
        let table = Table {
            name: "Data".to_owned(),
            caption: String::new(),
            columns: columns.into(),
        };
        let hours = |text: &str| Cell::Decimal(text.parse().unwrap());
        let rows = vec![
            vec![Cell::Text("Øst".to_owned()), Cell::Integer(12), hours("7.50")],
            vec![Cell::Text("=Vest".to_owned()), Cell::Suppressed, hours("1.25")],
        ];
        (table, rows)
    }

    fn document() -> StreamedDocument {
        StreamedDocument {
            file_stem: "Timer".to_owned(),
            cover: Cover {
                title: "Timer".to_owned(),
                organization: "Hørselsforbundet".to_owned(),
                facts: vec![("Datoer".to_owned(), "2024-01-01 – 2024-12-31".to_owned())],
                notes: String::new(),
                json_members: serde_json::Map::new(),
                locale: Locale::Nb,
                watermark: None,
            },
            table: sample().0,
        }
    }

    async fn rendered(
        format: CustomOutputFormat,
        rows: Vec<Result<Vec<Cell>, ExportFailure>>,
    ) -> Result<(Vec<u8>, u64), ExportFailure> {
        let written = Arc::new(AtomicU64::new(0));
        let (mut file, totals) = render_rows(document(), format, stream::iter(rows), Arc::clone(&written)).await?;
        assert_eq!(written.load(Ordering::Relaxed), totals.rows());
        let mut bytes = Vec::new();
        file.file.rewind().unwrap();
        file.file.read_to_end(&mut bytes).unwrap();
        Ok((bytes, totals.rows()))
    }

    #[tokio::test]
    async fn a_csv_says_below_its_rows_what_it_is() {
        let rows = sample().1.into_iter().map(Ok).collect();
        let (bytes, count) = rendered(CustomOutputFormat::Csv, rows).await.unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let expected = [
            "\u{FEFF}Enhet;Personer;Timer",
            "Øst;12;7,50",
            "'=Vest;<5;1,25",
            ";;",
            "# Datoer: 2024-01-01 – 2024-12-31;;",
            "# Antall rader: 2;;",
            "# Kontrollsum Personer: 12;;",
            "# Kontrollsum Timer: 8,75;;",
            "# Antall celler med <5: 1;;",
            "# <5 betyr: et tall som gjelder 1 til 4 personer, eller et gjennomsnitt på under 5 personer, og som derfor ikke vises. Kontrollsummene er uten disse cellene.;;",
        ];
        assert_eq!(text.lines().collect::<Vec<_>>(), expected);
        assert_eq!(count, 2);
    }

    #[rstest]
    #[case(CustomOutputFormat::Xlsx, b"PK")]
    #[case(CustomOutputFormat::Csv, b"\xEF\xBB\xBF")]
    #[case(CustomOutputFormat::Pdf, b"%PDF-")]
    #[case(CustomOutputFormat::Json, b"{")]
    #[tokio::test]
    async fn more_rows_than_a_batch_come_through_whole(#[case] format: CustomOutputFormat, #[case] beginning: &[u8]) {
        let row = sample().1.remove(0);
        let rows = || std::iter::repeat_n(Ok(row.clone()), 3 * BATCH_SIZE + 1).collect();
        let (bytes, count) = rendered(format, rows()).await.unwrap();
        assert!(bytes.starts_with(beginning));
        assert_eq!(count, 3 * BATCH_SIZE as u64 + 1);
        assert_eq!(rendered(format, rows()).await.unwrap().0, bytes);
    }

    #[tokio::test]
    async fn rows_that_fail_make_no_file() {
        let lost = ExportFailure::permanent(FailureCode::TimedOut, "Too long.");
        let rows = vec![Ok(sample().1.remove(0)), Err(lost.clone())];
        assert_eq!(rendered(CustomOutputFormat::Csv, rows).await.unwrap_err(), lost);
    }

    #[tokio::test]
    async fn a_writer_that_takes_no_more_says_why() {
        let rows = std::iter::repeat_n(Ok(sample().1.remove(0)), MAX_PDF_CELLS / 3 + 1).collect();
        let failure = rendered(CustomOutputFormat::Pdf, rows).await.unwrap_err();
        assert_eq!(failure.code, FailureCode::LimitExceeded);
        assert!(
            failure.message.ends_with("XLSX, CSV and JSON hold more."),
            "{}",
            failure.message
        );
    }
}
