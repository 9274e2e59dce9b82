//! A stored object on its way to a reader: read once, verified against its record's checksum, and held until it is sent.
//! Small ones are held in memory; large ones, as a log of many years, in a temporary file that vanishes with the response.

use std::io::{self, SeekFrom};
use std::ops::Range;

use axum::body::Body;
use bytes::Bytes;
use futures::TryStreamExt;
use sha2::{Digest, Sha256};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use tokio_util::io::ReaderStream;

use super::response::DownloadRefusal;
use crate::export::operations::StoredFile;
use crate::export::storage::{Storage, StorageError};

/// Larger files are held in a temporary file.
const MAX_BYTES_IN_MEMORY: i64 = 8 * 1024 * 1024;
/// What is read of a temporary file at a time.
const CHUNK_BYTES: usize = 64 * 1024;

/// The object's bytes, which are those that the record names.
pub(super) struct VerifiedFile {
    held: Held,
    pub(super) size: usize,
}

enum Held {
    Memory(Bytes),
    Temporary(File),
}

impl VerifiedFile {
    /// Reads the object once.
    ///
    /// # Errors
    ///
    /// `FILE_CHANGED`, `FILE_MISSING`, and `STORAGE_UNAVAILABLE`, also where there is no room to hold it.
    pub(super) async fn read(storage: &Storage, file: &StoredFile) -> Result<Self, DownloadRefusal> {
        let read = if file.size_bytes <= MAX_BYTES_IN_MEMORY {
            in_memory(storage, &file.storage_key).await
        } else {
            in_temporary_file(storage, &file.storage_key).await
        };
        let (verified, found) = read.map_err(unreadable)?;
        if found[..] == file.sha256.0[..] {
            Ok(verified)
        } else {
            Err(DownloadRefusal::FileChanged {
                found: hex::encode(found),
            })
        }
    }

    /// The bytes of this range, which lies within the file.
    pub(super) async fn body(self, range: Range<usize>) -> io::Result<Body> {
        match self.held {
            Held::Memory(bytes) => Ok(Body::from(bytes.slice(range))),
            Held::Temporary(mut file) => {
                file.seek(SeekFrom::Start(range.start as u64)).await?;
                let part = file.take(range.len() as u64);
                Ok(Body::from_stream(ReaderStream::with_capacity(part, CHUNK_BYTES)))
            }
        }
    }
}

async fn in_memory(storage: &Storage, key: &str) -> Result<(VerifiedFile, [u8; 32]), StorageError> {
    let bytes = storage.get(key).await?;
    let found = Sha256::digest(&bytes).into();
    let size = bytes.len();
    let held = Held::Memory(bytes);
    Ok((VerifiedFile { held, size }, found))
}

async fn in_temporary_file(storage: &Storage, key: &str) -> Result<(VerifiedFile, [u8; 32]), StorageError> {
    let no_room = |cause: io::Error| StorageError::Unavailable(format!("a temporary file for a download: {cause}"));
    let mut chunks = storage.stream(key).await?;
    let mut file = File::from_std(tempfile::tempfile().map_err(no_room)?);
    let mut digest = Sha256::new();
    let mut size = 0;
    while let Some(chunk) = chunks.try_next().await? {
        digest.update(&chunk);
        size += chunk.len();
        file.write_all(&chunk).await.map_err(no_room)?;
    }
    file.flush().await.map_err(no_room)?;
    let held = Held::Temporary(file);
    Ok((VerifiedFile { held, size }, digest.finalize().into()))
}

fn unreadable(error: StorageError) -> DownloadRefusal {
    if matches!(error, StorageError::Missing) {
        return DownloadRefusal::FileMissing;
    }
    tracing::error!(cause = error.cause(), "a file could not be read from the storage");
    DownloadRefusal::StorageUnavailable
}

#[cfg(test)]
impl VerifiedFile {
    pub(super) fn of(content: &'static str) -> Self {
        Self {
            held: Held::Memory(Bytes::from(content)),
            size: content.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use rstest::rstest;

    use super::*;

    const CONTENT: &[u8] = b"0123456789";

    /// The range, held in either way.
    async fn part(range: Range<usize>) -> [Bytes; 2] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("key"), CONTENT).unwrap();
        let storage = Storage::open(folder.path().to_str().unwrap(), []).unwrap();
        let (memory, of_memory) = in_memory(&storage, "key").await.unwrap();
        let (temporary, of_temporary) = in_temporary_file(&storage, "key").await.unwrap();
        assert_eq!((memory.size, temporary.size), (CONTENT.len(), CONTENT.len()));
        assert_eq!(of_memory, of_temporary);
        let memory = to_bytes(memory.body(range.clone()).await.unwrap(), 100).await;
        let temporary = to_bytes(temporary.body(range).await.unwrap(), 100).await;
        [memory.unwrap(), temporary.unwrap()]
    }

    #[rstest]
    #[case::whole(0..10)]
    #[case::beginning(0..1)]
    #[case::end(9..10)]
    #[case::within(3..7)]
    #[case::nothing(0..0)]
    #[tokio::test]
    async fn a_range_is_the_same_from_memory_and_from_a_temporary_file(#[case] range: Range<usize>) {
        let expected = Bytes::from_static(CONTENT).slice(range.clone());
        assert_eq!(part(range).await, [expected.clone(), expected]);
    }
}
