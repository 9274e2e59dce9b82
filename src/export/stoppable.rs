//! A file that nobody waits for any more is not written on: whoever writes it hears of that from its sink.

use std::io::{self, Seek, SeekFrom, Write};

use render::{FileFormat, RenderError};
use tokio_util::sync::CancellationToken;

use super::failure::{ExportFailure, FailureCode};

/// Lays a file out, which blocks, on a thread of its own. When nobody waits for it any more (its time is up, the process
/// ends) the token tells it, and a [`Stoppable`] sink passes that on; what it then fails by nobody is told either.
///
/// # Errors
///
/// The work's, to somebody who may have the file in one of these formats.
pub(super) async fn blocking<T: Send + 'static>(
    offered: &[FileFormat],
    work: impl FnOnce(&CancellationToken) -> Result<T, RenderError> + Send + 'static,
) -> Result<T, ExportFailure> {
    let stopped = CancellationToken::new();
    let told = stopped.clone();
    let _when_dropped = stopped.drop_guard();
    match tokio::task::spawn_blocking(move || work(&told)).await {
        Ok(done) => done.map_err(|error| ExportFailure::rendering(error, offered)),
        Err(panic) => Err(ExportFailure::unforeseen(FailureCode::RenderFailed, &panic)),
    }
}

/// Takes bytes, and answers a flush, until the token is cancelled.
pub(super) struct Stoppable<'a, S> {
    inner: S,
    stopped: &'a CancellationToken,
}

impl<'a, S> Stoppable<'a, S> {
    pub(super) fn new(inner: S, stopped: &'a CancellationToken) -> Self {
        Self { inner, stopped }
    }
}

impl<S: Write> Write for Stoppable<'_, S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        check(self.stopped)?;
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        check(self.stopped)?;
        self.inner.flush()
    }
}

impl<S: Seek> Seek for Stoppable<'_, S> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

/// Fails once nobody waits for the file any more.
pub(super) fn check(stopped: &CancellationToken) -> io::Result<()> {
    if stopped.is_cancelled() {
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
    use crate::export::document::{render, tests::sample};

    #[tokio::test]
    async fn work_that_nobody_waits_for_ends() {
        let (ended, hears) = mpsc::channel();
        let work = blocking(&[], move |stopped: &CancellationToken| {
            let mut sink = Stoppable::new(io::sink(), stopped);
            let stopped = loop {
                if let Err(error) = sink.write_all(b"row") {
                    break error;
                }
            };
            ended.send(stopped.to_string()).expect("the test waits");
            Ok(())
        });
        tokio::time::timeout(Duration::from_millis(50), work).await.unwrap_err();
        let told = tokio::task::spawn_blocking(move || hears.recv_timeout(Duration::from_secs(20)));
        assert_eq!(told.await.unwrap().unwrap(), "nobody waits for the file any more");
    }

    /// Told before the first row, between two, and when all rows are there and pages or sheets are made of them.
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
            let sink = Box::new(Stoppable::new(&mut bytes, &stopped));
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
