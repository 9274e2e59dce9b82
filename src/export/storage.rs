//! Where files are kept: a folder, or a bucket of an S3-compatible service. An object is there whole or not at all.
//!
//! Keys are `{organization}/{year}/{export}/{sha256}.{ending}`: attempts at one export that made different bytes cannot
//! overwrite each other, and an attempt that made the same bytes changes nothing.

use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, WriteMultipart};
use tokio::io::AsyncReadExt;
use url::Url;

/// Files up to this size are put in one request, larger ones in parts of it.
const PART_BYTES: usize = 8 * 1024 * 1024;
/// Parts on their way at once, which bounds the memory of an upload.
const PARTS_AT_ONCE: usize = 2;

/// Why the storage did not do as it was told. What is displayed is for people; the cause is for the log.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    #[error("The storage has no such file.")]
    Missing,
    /// Full, read-only, no permission: trying again does not help.
    #[error("The file storage is full or cannot be written to.")]
    Refused(String),
    /// May pass.
    #[error("The file storage does not answer.")]
    Unavailable(String),
    #[error("{0}")]
    Location(String),
}

impl StorageError {
    /// What the log is told.
    pub fn cause(&self) -> &str {
        match self {
            Self::Missing => "no such object",
            Self::Refused(cause) | Self::Unavailable(cause) | Self::Location(cause) => cause,
        }
    }

    /// Whether another attempt a moment later makes sense.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

impl From<object_store::Error> for StorageError {
    fn from(error: object_store::Error) -> Self {
        let cause = error.to_string();
        match &error {
            object_store::Error::NotFound { .. } => Self::Missing,
            object_store::Error::Generic {
                store: "LocalFileSystem",
                ..
            }
            | object_store::Error::PermissionDenied { .. }
            | object_store::Error::Unauthenticated { .. } => Self::Refused(cause),
            _ => Self::Unavailable(cause),
        }
    }
}

/// An object as a listing shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredObject {
    pub key: String,
    /// UTC, by the storage's clock.
    pub modified_at: DateTime<Utc>,
}

/// The object store; cheap to clone.
#[derive(Clone)]
pub struct Storage {
    store: Arc<dyn ObjectStore>,
    /// The folder, when the store is one: uploads that a crash cut off lie there under names that no listing shows.
    folder: Option<PathBuf>,
}

impl Storage {
    /// Opens a folder (`file:///var/lib/files`, or its plain path; made when it is missing) or a bucket
    /// (`s3://bucket/prefix`, with the feature `s3` and the options of its service such as `aws_region`).
    ///
    /// # Errors
    ///
    /// [`StorageError::Location`] for a location of another kind, [`StorageError::Refused`] for a folder that cannot be
    /// made.
    pub fn open<'a>(
        location: &str,
        options: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, StorageError> {
        match Url::parse(location) {
            Ok(url) if url.scheme() == "file" => {
                let folder = url.to_file_path();
                Self::folder(&folder.map_err(|()| StorageError::Location(format!("{location} names no folder.")))?)
            }
            Ok(url) if url.scheme() == "s3" => Self::bucket(&url, options),
            // A scheme of one letter is a drive.
            Ok(url) if url.scheme().len() > 1 => Err(StorageError::Location(format!(
                "Files are kept in a folder (file://) or a bucket (s3://), not in {}://.",
                url.scheme()
            ))),
            _ => Self::folder(FilePath::new(location)),
        }
    }

    fn folder(folder: &FilePath) -> Result<Self, StorageError> {
        std::fs::create_dir_all(folder)
            .map_err(|cause| StorageError::Refused(format!("{}: {cause}", folder.display())))?;
        // Synced to disk: a record that is committed must not outlive its file when the power fails.
        let store = LocalFileSystem::new_with_prefix(folder)?
            .with_fsync(true)
            .with_automatic_cleanup(true);
        Ok(Self {
            store: Arc::new(store),
            folder: Some(folder.to_owned()),
        })
    }

    #[cfg(feature = "s3")]
    fn bucket<'a>(url: &Url, options: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, StorageError> {
        use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};

        let mut builder = AmazonS3Builder::new()
            .with_url(url.as_str())
            .with_retry(object_store::RetryConfig {
                // Someone is waiting for the answer.
                max_retries: 3,
                retry_timeout: std::time::Duration::from_secs(10),
                ..Default::default()
            });
        for (key, value) in options {
            let key: AmazonS3ConfigKey = key
                .parse()
                .map_err(|_| StorageError::Location(format!("The storage has no option \"{key}\".")))?;
            builder = builder.with_config(key, value);
        }
        let bucket = builder
            .build()
            .map_err(|cause| StorageError::Location(cause.to_string()))?;
        let prefix = Path::from_url_path(url.path()).map_err(|cause| StorageError::Location(cause.to_string()))?;
        Ok(Self {
            store: Arc::new(object_store::prefix::PrefixStore::new(bucket, prefix)),
            folder: None,
        })
    }

    #[cfg(not(feature = "s3"))]
    fn bucket<'a>(url: &Url, _options: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, StorageError> {
        Err(StorageError::Location(format!(
            "{url} needs a program that was built with the feature \"s3\"."
        )))
    }

    /// Stores a file's bytes from its beginning, whole or not at all.
    pub async fn put(&self, key: &str, file: std::fs::File, size: u64) -> Result<(), StorageError> {
        let mut reader = tokio::fs::File::from_std(file);
        let read_failed = |cause: std::io::Error| StorageError::Refused(format!("the rendered file: {cause}"));
        tokio::io::AsyncSeekExt::rewind(&mut reader)
            .await
            .map_err(read_failed)?;
        if size <= PART_BYTES as u64 {
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes).await.map_err(read_failed)?;
            self.store.put(&Path::from(key), bytes.into()).await?;
            return Ok(());
        }
        let mut upload =
            WriteMultipart::new_with_chunk_size(self.store.put_multipart(&Path::from(key)).await?, PART_BYTES);
        loop {
            let mut part = BytesMut::with_capacity(PART_BYTES);
            while part.len() < PART_BYTES && reader.read_buf(&mut part).await.map_err(read_failed)? > 0 {}
            if part.is_empty() {
                break;
            }
            upload.wait_for_capacity(PARTS_AT_ONCE).await?;
            upload.put(part.freeze());
        }
        upload.finish().await?;
        Ok(())
    }

    /// All bytes of an object.
    pub async fn get(&self, key: &str) -> Result<Bytes, StorageError> {
        Ok(self.store.get(&Path::from(key)).await?.bytes().await?)
    }

    /// An object's bytes, piece by piece.
    pub async fn stream(&self, key: &str) -> Result<BoxStream<'static, Result<Bytes, StorageError>>, StorageError> {
        let object = self.store.get(&Path::from(key)).await?;
        Ok(object.into_stream().map_err(StorageError::from).boxed())
    }

    /// Removes an object; one that is not there is no error.
    pub async fn delete(&self, key: &str) -> Result<(), StorageError> {
        match self.store.delete(&Path::from(key)).await.map_err(StorageError::from) {
            Ok(()) | Err(StorageError::Missing) => Ok(()),
            Err(other) => Err(other),
        }
    }

    /// All objects below a prefix that ends at a `/` of their keys.
    pub async fn list(&self, prefix: &str) -> Result<Vec<StoredObject>, StorageError> {
        let found = self.store.list(Some(&Path::from(prefix)));
        let objects = found.map_ok(|object| StoredObject {
            key: object.location.to_string(),
            modified_at: object.last_modified,
        });
        Ok(objects.try_collect().await?)
    }

    /// The first parts of all keys: the organizations that have files.
    pub async fn top_folders(&self) -> Result<Vec<String>, StorageError> {
        let listed = self.store.list_with_delimiter(None).await?;
        Ok(listed.common_prefixes.iter().map(ToString::to_string).collect())
    }

    /// Removes what uploads to a folder left behind when a crash cut them off before `older_than`. A bucket's own
    /// rules do that for its unfinished uploads.
    pub async fn remove_cut_off_uploads(&self, older_than: DateTime<Utc>) -> Result<u64, StorageError> {
        let Some(folder) = self.folder.clone() else {
            return Ok(0);
        };
        let removed = tokio::task::spawn_blocking(move || remove_staged(&folder, older_than.into()));
        removed
            .await
            .map_err(|cause| StorageError::Unavailable(cause.to_string()))?
            .map_err(|cause| StorageError::Refused(cause.to_string()))
    }
}

/// `LocalFileSystem` writes to `name#1`, `name#2` and so on, and renames when all bytes are there.
fn remove_staged(folder: &FilePath, older_than: std::time::SystemTime) -> std::io::Result<u64> {
    let mut removed = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let name = entry.file_name();
        let staged = name
            .to_string_lossy()
            .rsplit_once('#')
            .is_some_and(|(_, number)| !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit()));
        if kind.is_dir() {
            removed += remove_staged(&entry.path(), older_than)?;
        } else if kind.is_file() && staged && entry.metadata()?.modified()? < older_than {
            std::fs::remove_file(entry.path())?;
            removed += 1;
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests;
