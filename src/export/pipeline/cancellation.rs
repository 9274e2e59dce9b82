//! Rendering stops when nobody waits for the file any more: its sink fails then.

use std::io::{self, Seek, SeekFrom, Write};

use render::{FileFormat, RenderError};
use tokio_util::sync::CancellationToken;

use crate::export::failure::{ExportFailure, FailureCode};

/// Renders a file, which blocks, on a thread of its own. When this future is dropped (its time is up, the process ends)
/// the token is cancelled, and a [`CancellableSink`] makes the work fail, with an error that nobody sees.
///
/// # Errors
///
/// The work's, to somebody who may have the file in one of these formats.
pub(super) async fn render_in_background<T: Send + 'static>(
    offered: &[FileFormat],
    work: impl FnOnce(&CancellationToken) -> Result<T, RenderError> + Send + 'static,
) -> Result<T, ExportFailure> {
    let cancelled = CancellationToken::new();
    let token = cancelled.clone();
    let _cancels_when_dropped = cancelled.drop_guard();
    match tokio::task::spawn_blocking(move || work(&token)).await {
        Ok(done) => done.map_err(|error| ExportFailure::rendering(error, offered)),
        Err(panic) => Err(ExportFailure::unforeseen(FailureCode::RenderFailed, &panic)),
    }
}

/// Takes bytes, and answers a flush, until the token is cancelled.
pub(super) struct CancellableSink<'a, S> {
    inner: S,
    cancelled: &'a CancellationToken,
}

impl<'a, S> CancellableSink<'a, S> {
    pub(super) fn new(inner: S, cancelled: &'a CancellationToken) -> Self {
        Self { inner, cancelled }
    }
}

impl<S: Write> Write for CancellableSink<'_, S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        check(self.cancelled)?;
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        check(self.cancelled)?;
        self.inner.flush()
    }
}

impl<S: Seek> Seek for CancellableSink<'_, S> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

/// Fails once nobody waits for the file any more.
pub(super) fn check(cancelled: &CancellationToken) -> io::Result<()> {
    if cancelled.is_cancelled() {
        // Not `Interrupted`, after which writing is tried again.
        return Err(io::Error::other("nobody waits for the file any more"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;
    use std::sync::mpsc;
    use std::time::Duration;

    use entity::enums::ExportFormat;
    use rstest::rstest;

    use super::*;
    use crate::export::pipeline::document::{render, tests::sample};

    #[tokio::test]
    async fn work_that_nobody_waits_for_ends() {
        let (ended, hears) = mpsc::channel();
        let work = render_in_background(&[], move |stopped: &CancellationToken| {
            let mut sink = CancellableSink::new(io::sink(), stopped);
            let stopped = loop {
                if let Err(error) = sink.write_all(b"row") {
                    break error;
                }
            };
            ended.send(stopped.to_string()).expect("the test waits");
            Ok(())
        });
        tokio::time::timeout(Duration::from_millis(50), work).await.unwrap_err();
        let error = tokio::task::spawn_blocking(move || hears.recv_timeout(Duration::from_secs(20)));
        assert_eq!(error.await.unwrap().unwrap(), "nobody waits for the file any more");
    }

    /// Cancelled before the first row, between two, and when all rows are there and pages or sheets are made of them.
    #[rstest]
    #[case(ExportFormat::Xlsx)]
    #[case(ExportFormat::Csv)]
    #[case(ExportFormat::Pdf)]
    fn each_format_stops(#[case] format: ExportFormat) {
        let stopped = CancellationToken::new();
        let attempt = |rows| {
            let mut document = sample();
            document.sheets.truncate(1);
            document.sheets[0].rows.truncate(rows);
            document.long_form.rows.truncate(rows);
            let written = AtomicU64::new(0);
            let mut bytes = io::Cursor::new(Vec::new());
            let sink = Box::new(CancellableSink::new(&mut bytes, &stopped));
            (
                render(format, &document, sink, &written, &stopped),
                written.into_inner(),
            )
        };
        assert!(matches!(attempt(1), (Ok(()), 1)));
        stopped.cancel();
        assert!(matches!(attempt(1), (Err(RenderError::Io(_)), 0)));
        assert!(matches!(attempt(0), (Err(RenderError::Io(_)), 0)));
    }
}
