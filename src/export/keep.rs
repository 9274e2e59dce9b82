//! A file that is laid out, put into the storage: the step that exports of reports, of the ledger and of the audit log
//! share. Its key holds its checksum, so that attempts never overwrite each other's bytes.

use std::time::Duration;

use chrono::{DateTime, Utc};
use render::RENDERER_VERSION;
use uuid::Uuid;

use super::names;
use super::operations::StoredFile;
use super::rendered::Rendered;
use super::storage::{Storage, StorageError};
use super::store;
use crate::kernel::db::WriteScope;
use crate::kernel::error::Result;

/// Pauses before the second and the third attempt at the storage.
const STORAGE_PAUSES: [Duration; 2] = [Duration::from_millis(500), Duration::from_millis(1500)];

/// A file to be stored.
#[derive(Clone, Debug)]
pub struct NewFile<'a> {
    pub id: Uuid,
    /// Made by [`folder`].
    pub folder: String,
    /// The name for people, without its extension.
    pub stem: &'a str,
    pub extension: &'a str,
    pub media_type: &'a str,
}

/// Where one file's objects lie: `{organization}/{year}/{file}/`. The year is of `made_at`, UTC.
pub fn folder(organization: Uuid, made_at: DateTime<Utc>, file: Uuid) -> String {
    format!("{organization}/{}/{file}/", made_at.format("%Y"))
}

/// Stores the file, with patience for a storage that does not answer at once; gives its record to be.
///
/// # Errors
///
/// The storage's.
pub async fn keep(storage: &Storage, new: &NewFile<'_>, rendered: &Rendered) -> Result<StoredFile, StorageError> {
    let sha256 = rendered.sha256.to_vec();
    let key = format!("{}{}.{}", new.folder, hex::encode(&sha256), new.extension);
    put_patiently(storage, &key, rendered).await?;
    Ok(StoredFile {
        id: new.id,
        file_name: names::file_name(new.stem, new.extension),
        media_type: new.media_type.to_owned(),
        size_bytes: i64::try_from(rendered.size).map_err(|cause| StorageError::Refused(cause.to_string()))?,
        sha256,
        storage_key: key,
        renderer_version: RENDERER_VERSION.to_owned(),
        download_count: 0,
        last_downloaded_at: None,
    })
}

async fn put_patiently(storage: &Storage, key: &str, rendered: &Rendered) -> Result<(), StorageError> {
    for pause in STORAGE_PAUSES {
        match put(storage, key, rendered).await {
            Err(error) if error.may_pass() => {
                tracing::warn!(cause = error.cause(), "the storage does not answer; trying again");
                tokio::time::sleep(pause).await;
            }
            result => return result,
        }
    }
    put(storage, key, rendered).await
}

async fn put(storage: &Storage, key: &str, rendered: &Rendered) -> Result<(), StorageError> {
    let file = rendered
        .file
        .try_clone()
        .map_err(|cause| StorageError::Refused(cause.to_string()))?;
    storage.put(key, file, rendered.size).await
}

/// Removes the objects of one file, once nothing can name them any more. What stays is left to [`super::cleanup`].
pub async fn remove(storage: &Storage, folder: &str) {
    let removed = async {
        for object in storage.list(folder).await? {
            storage.delete(&object.key).await?;
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

/// Records a stored file of the audit log. The caller commits with the entry `audit_log_exported`.
///
/// # Errors
///
/// The database's; at the commit `log_export_audited` without that entry.
pub async fn record_log_file(scope: &WriteScope, file: &StoredFile) -> Result<()> {
    store::insert_file(scope, file, true).await
}
