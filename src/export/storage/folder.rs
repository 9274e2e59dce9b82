//! A folder as storage.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use object_store::local::LocalFileSystem;

use super::StorageError;

/// Makes it when it is missing.
pub(super) fn open(folder: &Path) -> Result<LocalFileSystem, StorageError> {
    make(folder).map_err(|cause| StorageError::Refused(format!("{}: {cause}", folder.display())))?;
    // Synced to disk: a record that is committed must not outlive its file when the power fails.
    Ok(LocalFileSystem::new_with_prefix(folder)?
        .with_fsync(true)
        .with_automatic_cleanup(true))
}

/// The machine's other users have no business with the files. Those above keep the usual mode, since the data folder also
/// holds the embedded Postgres, whose user has to pass; so a umask for the whole program would not do. A folder that is
/// there keeps the mode that somebody gave it.
fn make(folder: &Path) -> std::io::Result<()> {
    folder.parent().map_or(Ok(()), std::fs::create_dir_all)?;
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(_) if folder.is_dir() => Ok(()),
        made => made,
    }
}

pub(super) async fn remove_cut_off_uploads(
    folder: &Path,
    top_folders: impl Fn(&str) -> bool + Send + 'static,
    older_than: DateTime<Utc>,
) -> Result<u64, StorageError> {
    let folder = folder.to_owned();
    let removed = tokio::task::spawn_blocking(move || remove_below(&folder, top_folders, older_than.into()));
    removed
        .await
        .map_err(|cause| StorageError::Unavailable(cause.to_string()))?
        .map_err(|cause| StorageError::Refused(cause.to_string()))
}

fn remove_below(folder: &Path, top_folders: impl Fn(&str) -> bool, older_than: SystemTime) -> std::io::Result<u64> {
    let mut removed = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() && entry.file_name().to_str().is_some_and(&top_folders) {
            removed += remove_staged(&entry.path(), older_than)?;
        }
    }
    Ok(removed)
}

/// `LocalFileSystem` writes to `name#1`, `name#2` and so on, and renames when all bytes are there.
fn remove_staged(folder: &Path, older_than: SystemTime) -> std::io::Result<u64> {
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
