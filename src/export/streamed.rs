//! A file whose rows come one by one: they pass from the database to the writer in small heaps, a few at a time, so that
//! a million of them need no more memory than a hundred.

use std::fs::File;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use entity::enums::CustomOutputFormat;
use futures::{Stream, TryStreamExt};
use serde_json::{Map, Value as Json};
use tokio::sync::mpsc::{self, Receiver, Sender};

use super::failure::ExportFailure;
use super::names::FileFormat;
use super::rendered::{self, Rendered};
use super::stoppable::{Stoppable, blocking};
use super::table::{Cell, Cover, Table};
use super::totals::Totals;
use super::writer::{RenderError, Sink, Writer};
use super::{csv, json, pdf, xlsx};

/// Rows that are handed over together: each handing over costs.
const HEAP: usize = 512;
/// Heaps that wait for the writer.
const HEAPS: usize = 4;

/// What a file shows beside its rows.
#[derive(Clone, Debug)]
pub struct StreamedDocument {
    /// The file's name for people, without its ending.
    pub file_stem: String,
    /// Its facts are printed in each format but JSON.
    pub cover: Cover,
    pub table: Table,
    /// What JSON prints of the cover: the first members of its object.
    pub json_head: Map<String, Json>,
}

enum Heap {
    Rows(Vec<Vec<Cell>>),
    /// All rows are there. Without it they were cut off.
    End,
}

/// Renders the rows as they come, with what they add up to; `written` counts them. Dropped it stops, and nothing is left.
///
/// # Errors
///
/// That of the rows, if they fail; else the writer's.
pub async fn render_streamed(
    document: StreamedDocument,
    format: FileFormat,
    rows: impl Stream<Item = Result<Vec<Cell>, ExportFailure>>,
    written: Arc<AtomicU64>,
) -> Result<(Rendered, Totals), ExportFailure> {
    let (sender, receiver) = mpsc::channel(HEAPS);
    let offered = FileFormat::offered::<CustomOutputFormat>();
    let rendering = blocking(&offered, move |stopped| {
        let mut totals = Totals::of(&document.table);
        let lay_out = |file: &mut File| {
            let sink = Box::new(Stoppable::new(file, stopped));
            lay_out(&document, format, receiver, sink, &mut totals, &written)
        };
        Ok((rendered::lay_out(lay_out)?, totals))
    });
    let (handed_over, rendered) = tokio::join!(hand_over(rows, sender), rendering);
    handed_over?;
    rendered
}

/// Ends early, without an error, when the writer takes no more: then it is the writer that has one.
async fn hand_over(
    rows: impl Stream<Item = Result<Vec<Cell>, ExportFailure>>,
    sender: Sender<Heap>,
) -> Result<(), ExportFailure> {
    let mut heaps = pin!(rows.try_ready_chunks(HEAP));
    while let Some(heap) = heaps.try_next().await.map_err(|lost| lost.1)? {
        if sender.send(Heap::Rows(heap)).await.is_err() {
            return Ok(());
        }
    }
    let _ = sender.send(Heap::End).await;
    Ok(())
}

fn lay_out(
    document: &StreamedDocument,
    format: FileFormat,
    mut heaps: Receiver<Heap>,
    sink: Box<dyn Sink + '_>,
    totals: &mut Totals,
    written: &AtomicU64,
) -> Result<(), RenderError> {
    let mut writer = open(document, format, sink)?;
    writer.begin_table(&document.table)?;
    loop {
        match heaps.blocking_recv() {
            Some(Heap::Rows(rows)) => write(writer.as_mut(), &rows, totals)?,
            Some(Heap::End) => break,
            None => return Err(RenderError::Misuse("the rows were cut off")),
        }
        written.store(totals.rows(), Ordering::Relaxed);
    }
    writer.totals(totals)?;
    writer.finish()
}

fn write(writer: &mut (dyn Writer + '_), rows: &[Vec<Cell>], totals: &mut Totals) -> Result<(), RenderError> {
    for row in rows {
        writer.row(row)?;
        totals.add(row);
    }
    Ok(())
}

fn open<'a>(
    document: &StreamedDocument,
    format: FileFormat,
    sink: Box<dyn Sink + 'a>,
) -> Result<Box<dyn Writer + 'a>, RenderError> {
    match format {
        FileFormat::Xlsx => xlsx::open(&document.cover, sink),
        FileFormat::Csv => csv::open(&document.cover, sink),
        FileFormat::Pdf => pdf::open(&document.cover, sink),
        FileFormat::Json => json::open(&document.json_head, document.cover.language, sink),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Seek};

    use futures::stream;
    use rstest::rstest;

    use super::*;
    use crate::export::failure::FailureCode;
    use crate::export::table::Language;
    use crate::export::totals::tests::sample;

    fn document() -> StreamedDocument {
        StreamedDocument {
            file_stem: "Timer".to_owned(),
            cover: Cover {
                title: "Timer".to_owned(),
                organization: "Hørselsforbundet".to_owned(),
                facts: vec![("Datoer".to_owned(), "2024-01-01 – 2024-12-31".to_owned())],
                notes: String::new(),
                language: Language::Nb,
                watermark: None,
            },
            table: sample().0,
            json_head: Map::new(),
        }
    }

    async fn rendered(
        format: FileFormat,
        rows: Vec<Result<Vec<Cell>, ExportFailure>>,
    ) -> Result<(Vec<u8>, u64), ExportFailure> {
        let written = Arc::new(AtomicU64::new(0));
        let (mut file, totals) = render_streamed(document(), format, stream::iter(rows), Arc::clone(&written)).await?;
        assert_eq!(written.load(Ordering::Relaxed), totals.rows());
        let mut bytes = Vec::new();
        file.file.rewind().unwrap();
        file.file.read_to_end(&mut bytes).unwrap();
        Ok((bytes, totals.rows()))
    }

    #[tokio::test]
    async fn a_csv_says_below_its_rows_what_it_is() {
        let rows = sample().1.into_iter().map(Ok).collect();
        let (bytes, count) = rendered(FileFormat::Csv, rows).await.unwrap();
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
    #[case(FileFormat::Xlsx, b"PK")]
    #[case(FileFormat::Csv, b"\xEF\xBB\xBF")]
    #[case(FileFormat::Pdf, b"%PDF-")]
    #[case(FileFormat::Json, b"{")]
    #[tokio::test]
    async fn more_rows_than_a_heap_come_through_whole(#[case] format: FileFormat, #[case] beginning: &[u8]) {
        let row = sample().1.remove(0);
        let rows = || std::iter::repeat_n(Ok(row.clone()), 3 * HEAP + 1).collect();
        let (bytes, count) = rendered(format, rows()).await.unwrap();
        assert!(bytes.starts_with(beginning));
        assert_eq!(count, 3 * HEAP as u64 + 1);
        assert_eq!(rendered(format, rows()).await.unwrap().0, bytes);
    }

    #[tokio::test]
    async fn rows_that_fail_make_no_file() {
        let lost = ExportFailure::lasting(FailureCode::TimedOut, "Too long.");
        let rows = vec![Ok(sample().1.remove(0)), Err(lost.clone())];
        assert_eq!(rendered(FileFormat::Csv, rows).await.unwrap_err(), lost);
    }

    #[tokio::test]
    async fn a_writer_that_takes_no_more_tells_why() {
        let rows = std::iter::repeat_n(Ok(sample().1.remove(0)), pdf::MOST_CELLS / 3 + 1).collect();
        let failure = rendered(FileFormat::Pdf, rows).await.unwrap_err();
        assert_eq!(failure.code, FailureCode::LimitExceeded);
        assert!(
            failure.message.ends_with("XLSX, CSV and JSON hold more."),
            "{}",
            failure.message
        );
    }
}
