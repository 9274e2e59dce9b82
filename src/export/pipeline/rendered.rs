//! A rendered file in a temporary place, with its size and checksum.

use std::fs::File;
use std::io::{Read, Seek};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use entity::enums::ExportFormat;
use render::RenderError;
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use super::cancellation::CancellableSink;
use super::document::{Document, render};

/// A rendered file. It has no name and vanishes with the process, however that ends.
pub struct RenderedFile {
    pub(in crate::export) file: File,
    pub size: u64,
    pub sha256: [u8; 32],
}

/// Renders into a temporary file. Blocks.
pub(super) fn render_document(
    format: ExportFormat,
    document: &Document,
    written: &AtomicU64,
    cancelled: &CancellationToken,
) -> Result<RenderedFile, RenderError> {
    render_to_file(|file| {
        let sink = Box::new(CancellableSink::new(file, cancelled));
        render(format, document, sink, written, cancelled)
    })
}

/// Writes into a temporary file and reads it back for its checksum: writers may seek, so that only the finished bytes
/// are the file's. Blocks.
///
/// # Errors
///
/// The writer's, and [`RenderError::Io`] when there is no room for a temporary file.
pub fn render_to_file(write: impl FnOnce(&mut File) -> Result<(), RenderError>) -> Result<RenderedFile, RenderError> {
    let mut file = tempfile::tempfile()?;
    write(&mut file)?;
    let (size, sha256) = checksum(&mut file)?;
    Ok(RenderedFile { file, size, sha256 })
}

/// Does the work, and reports every so often how many rows are written. An error of a report ends the work.
pub async fn report_progress<T, E, F: Future<Output = Result<(), E>>>(
    work: impl Future<Output = Result<T, E>>,
    written: &AtomicU64,
    every: Duration,
    report: impl Fn(u64) -> F,
) -> Result<T, E> {
    let mut work = pin!(work);
    loop {
        match tokio::time::timeout(every, &mut work).await {
            Ok(done) => return done,
            Err(_) => report(written.load(Ordering::Relaxed)).await?,
        }
    }
}

fn checksum(file: &mut File) -> std::io::Result<(u64, [u8; 32])> {
    file.rewind()?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    let mut size = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((size, digest.finalize().into()));
        }
        digest.update(&buffer[..read]);
        size += read as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::pipeline::document::tests::sample;

    #[test]
    fn size_and_checksum_are_those_of_the_finished_bytes() {
        for format in [ExportFormat::Xlsx, ExportFormat::Csv, ExportFormat::Pdf] {
            let mut rendered =
                render_document(format, &sample(), &AtomicU64::new(0), &CancellationToken::new()).unwrap();
            let mut bytes = Vec::new();
            rendered.file.rewind().unwrap();
            rendered.file.read_to_end(&mut bytes).unwrap();
            assert_eq!(rendered.size, bytes.len() as u64);
            assert_eq!(rendered.sha256, <[u8; 32]>::from(Sha256::digest(&bytes)));
        }
    }
}
