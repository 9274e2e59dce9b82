//! Where the objects of one export, or of one run of a custom report, lie in the storage; and putting a file there.

use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::failure::{ExportFailure, FailureCode};
use super::names::{self, FileFormat};
use super::operations::StoredFile;
use super::rendered::Rendered;
use super::storage::{Storage, StorageError};
use super::writer::RENDERER_VERSION;

/// Pauses before the second and the third attempt at the storage.
const PAUSES: [Duration; 2] = [Duration::from_millis(500), Duration::from_millis(1500)];

/// The objects of one export or run.
pub struct Deposit<'a> {
    storage: &'a Storage,
    /// Of the export or run, and so of its file.
    id: Uuid,
    folder: String,
}

impl<'a> Deposit<'a> {
    pub fn of(storage: &'a Storage, organization: Uuid, id: Uuid, created_at: DateTime<Utc>) -> Self {
        Self {
            storage,
            id,
            folder: format!("{organization}/{}/{id}/", created_at.format("%Y")),
        }
    }

    /// Stores the rendered file under its checksum; gives its record to be.
    ///
    /// # Errors
    ///
    /// `STORAGE_UPLOAD_FAILED` once the storage has refused it, or has not answered three times.
    pub async fn store(
        &self,
        file_stem: &str,
        format: FileFormat,
        rendered: &Rendered,
    ) -> Result<StoredFile, ExportFailure> {
        let key = format!("{}{}.{}", self.folder, hex::encode(rendered.sha256), format.ending());
        for pause in PAUSES.map(Some).into_iter().chain([None]) {
            match (self.put(&key, rendered).await, pause) {
                (Err(error), Some(pause)) if error.may_pass() => {
                    tracing::warn!(cause = error.cause(), "the storage does not answer; trying again");
                    tokio::time::sleep(pause).await;
                }
                (result, _) => {
                    result?;
                    break;
                }
            }
        }
        Ok(StoredFile {
            id: self.id,
            file_name: names::file_name(file_stem, format),
            media_type: format.media_type().to_owned(),
            size_bytes: i64::try_from(rendered.size)
                .map_err(|cause| ExportFailure::unforeseen(FailureCode::RenderFailed, &cause))?,
            sha256: rendered.sha256.to_vec(),
            storage_key: key,
            renderer_version: RENDERER_VERSION.to_owned(),
            download_count: 0,
            last_downloaded_at: None,
        })
    }

    async fn put(&self, key: &str, rendered: &Rendered) -> Result<(), StorageError> {
        let file = rendered.file.try_clone();
        let file = file.map_err(|cause| StorageError::Refused(cause.to_string()))?;
        self.storage.put(key, file, rendered.size).await
    }

    /// Removes all objects, once no attempt can name them any more. What stays is left to [`super::cleanup`].
    pub async fn remove(&self) {
        let removed = async {
            for object in self.storage.list(&self.folder).await? {
                self.storage.delete(&object.key).await?;
            }
            Ok::<_, StorageError>(())
        };
        if let Err(error) = removed.await {
            tracing::warn!(
                cause = error.cause(),
                "what was stored in vain stays until the clean-up"
            );
        }
    }
}
