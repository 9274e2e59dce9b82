//! Where files are kept: a folder, or a bucket of an S3-compatible service. An object is there whole or not at all.
//!
//! Keys are `{organization}/{year}/{export}/{sha256}.{extension}`: attempts at one export that made different bytes cannot
//! overwrite each other, and an attempt that made the same bytes changes nothing.

#[cfg(feature = "s3")]
mod bucket;
pub mod cleanup;
mod file;
mod folder;

pub use file::{NewFile, file_folder, remove_file, store_file};

use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, WriteMultipart};
use tokio::io::AsyncReadExt;
use url::Url;

/// Files up to this size are put into a bucket in one request, larger ones in parts of it.
#[cfg(feature = "s3")]
const PART_BYTES: usize = 8 * 1024 * 1024;
/// The same for a folder, where a part is no request: small enough for the allocator to use it again.
const FOLDER_PART_BYTES: usize = 256 * 1024;
/// Parts on their way at once, which bounds the memory of an upload.
const PARTS_AT_ONCE: usize = 2;

/// Why the storage failed. What is displayed is for people; the cause is for the log.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    #[error("The storage has no such file.")]
    Missing,
    /// Full, read-only, no permission: trying again does not help.
    #[error("The file storage is full or cannot be written to.")]
    Refused(String),
    /// The service knows the server's keys not at all, or not for this.
    #[error("The file storage does not let the server in.")]
    Denied(String),
    #[error("The file storage's bucket does not exist.")]
    NoBucket(String),
    /// May pass.
    #[error("The file storage does not answer.")]
    Unavailable(String),
    #[error("{0}")]
    Location(String),
}

impl StorageError {
    /// What the log shows.
    pub fn cause(&self) -> &str {
        match self {
            Self::Missing => "no such object",
            Self::Refused(cause)
            | Self::Denied(cause)
            | Self::NoBucket(cause)
            | Self::Unavailable(cause)
            | Self::Location(cause) => cause,
        }
    }

    /// Whether another attempt a moment later makes sense.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

impl From<object_store::Error> for StorageError {
    fn from(error: object_store::Error) -> Self {
        let cause = error.to_string();
        match &error {
            // The same answer of 404; only its text tells them apart.
            object_store::Error::NotFound { .. } if cause.contains("NoSuchBucket") => Self::NoBucket(cause),
            object_store::Error::NotFound { .. } => Self::Missing,
            object_store::Error::Generic {
                store: "LocalFileSystem",
                ..
            } => Self::Refused(cause),
            object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. } => {
                Self::Denied(cause)
            }
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
    place: Place,
}

/// Where the objects are: uploads that were cut off lie there in ways that no listing of objects shows.
#[derive(Clone)]
enum Place {
    Folder(PathBuf),
    #[cfg(feature = "s3")]
    Bucket(bucket::Bucket),
}

impl Storage {
    /// Opens a folder (`file:///var/lib/files`, or its plain path; made when it is missing) or a bucket
    /// (`s3://bucket/prefix`, with the options of its service such as `aws_region`; the environment's `AWS_*` count
    /// where no option is given). Asks nothing of the service yet.
    ///
    /// # Errors
    ///
    /// [`StorageError::Location`] for a location of another kind and for options that cannot be,
    /// [`StorageError::Refused`] for a folder that cannot be made.
    pub fn open(
        location: &str,
        options: impl IntoIterator<Item = (&'static str, String)>,
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
        Ok(Self {
            store: Arc::new(folder::open(folder)?),
            place: Place::Folder(folder.to_owned()),
        })
    }

    #[cfg(feature = "s3")]
    fn bucket(url: &Url, options: impl IntoIterator<Item = (&'static str, String)>) -> Result<Self, StorageError> {
        let bucket = bucket::Bucket::open(url, options)?;
        Ok(Self {
            store: Arc::new(bucket.objects()),
            place: Place::Bucket(bucket),
        })
    }

    #[cfg(not(feature = "s3"))]
    fn bucket(_url: &Url, _options: impl IntoIterator<Item = (&'static str, String)>) -> Result<Self, StorageError> {
        let why = "Files in a bucket (s3://) need a program that was built with the feature \"s3\"; this one was not.";
        Err(StorageError::Location(why.to_owned()))
    }

    /// Stores a file's bytes from its beginning, whole or not at all.
    pub async fn put(&self, key: &str, file: std::fs::File, size: u64) -> Result<(), StorageError> {
        let mut reader = tokio::fs::File::from_std(file);
        tokio::io::AsyncSeekExt::rewind(&mut reader)
            .await
            .map_err(into_read_error)?;
        let part_bytes = self.part_bytes();
        if size <= part_bytes as u64 {
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes).await.map_err(into_read_error)?;
            self.store.put(&Path::from(key), bytes.into()).await?;
            return Ok(());
        }
        let upload = self.store.put_multipart(&Path::from(key)).await?;
        let mut upload = WriteMultipart::new_with_chunk_size(upload, part_bytes);
        if let Err(error) = put_parts(&mut upload, &mut reader, part_bytes).await {
            // What cannot be taken back now is ended by the clean-up.
            if let Err(cause) = upload.abort().await {
                tracing::warn!(%cause, "an upload that failed stays unfinished until the clean-up");
            }
            return Err(error);
        }
        upload.finish().await?;
        Ok(())
    }

    fn part_bytes(&self) -> usize {
        match self.place {
            Place::Folder(_) => FOLDER_PART_BYTES,
            #[cfg(feature = "s3")]
            Place::Bucket(_) => PART_BYTES,
        }
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

    /// Removes what uploads below these top folders left behind that were cut off and had begun before `older_than`;
    /// gives their number.
    pub async fn remove_cut_off_uploads(
        &self,
        top_folders: impl Fn(&str) -> bool + Send + 'static,
        older_than: DateTime<Utc>,
    ) -> Result<u64, StorageError> {
        match &self.place {
            Place::Folder(folder) => folder::remove_cut_off_uploads(folder, top_folders, older_than).await,
            #[cfg(feature = "s3")]
            Place::Bucket(bucket) => bucket.end_unfinished(top_folders, older_than).await,
        }
    }
}

async fn put_parts(
    upload: &mut WriteMultipart,
    reader: &mut tokio::fs::File,
    part_bytes: usize,
) -> Result<(), StorageError> {
    loop {
        let mut part = BytesMut::with_capacity(part_bytes);
        while part.len() < part_bytes && reader.read_buf(&mut part).await.map_err(into_read_error)? > 0 {}
        if part.is_empty() {
            return Ok(());
        }
        upload.wait_for_capacity(PARTS_AT_ONCE).await?;
        upload.put(part.freeze());
    }
}

fn into_read_error(cause: std::io::Error) -> StorageError {
    StorageError::Refused(format!("the rendered file: {cause}"))
}

#[cfg(test)]
mod tests;
