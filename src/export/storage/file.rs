//! Storing a rendered file: the step that exports of reports, of the ledger, of custom reports and of the audit log share.
//! A key holds the checksum, so that attempts never overwrite each other's bytes.

use std::time::Duration;

use chrono::{DateTime, Utc};
use render::RENDERER_VERSION;
use uuid::Uuid;

use super::{Storage, StorageError};
use crate::export::operations::StoredFile;
use crate::export::pipeline::RenderedFile;
use crate::kernel::scalar::Sha256;

/// Bytes of a name, its extension included: what common file systems hold, less room for a browser's "(1)".
const MAX_NAME_BYTES: usize = 200;
/// Pauses before the second and the third attempt at the storage.
const RETRY_PAUSES: [Duration; 2] = [Duration::from_millis(500), Duration::from_millis(1500)];

/// A file to be stored.
#[derive(Clone, Debug)]
pub struct NewFile<'a> {
    pub id: Uuid,
    /// Made by [`file_folder`].
    pub folder: String,
    /// The name for people, without its extension.
    pub stem: &'a str,
    pub extension: &'a str,
    pub media_type: &'a str,
}

/// Where one file's objects lie: `{organization}/{year}/{file}/`. The year is of `made_at`, UTC.
pub fn file_folder(organization: Uuid, made_at: DateTime<Utc>, file: Uuid) -> String {
    format!("{organization}/{}/{file}/", made_at.format("%Y"))
}

/// Stores the file, with patience for a storage that does not answer at once; gives its record to be.
///
/// # Errors
///
/// The storage's.
pub async fn store_file(
    storage: &Storage,
    new: &NewFile<'_>,
    rendered: &RenderedFile,
) -> Result<StoredFile, StorageError> {
    let sha256 = Sha256(rendered.sha256.to_vec());
    let key = format!("{}{sha256}.{}", new.folder, new.extension);
    put_with_retries(storage, &key, rendered).await?;
    Ok(StoredFile {
        id: new.id,
        file_name: file_name(new.stem, new.extension),
        media_type: new.media_type.to_owned(),
        size_bytes: i64::try_from(rendered.size).map_err(|cause| StorageError::Refused(cause.to_string()))?,
        sha256,
        storage_key: key,
        renderer_version: RENDERER_VERSION.to_owned(),
        download_count: 0,
        last_downloaded_at: None,
    })
}

async fn put_with_retries(storage: &Storage, key: &str, rendered: &RenderedFile) -> Result<(), StorageError> {
    for pause in RETRY_PAUSES {
        match put(storage, key, rendered).await {
            Err(error) if error.is_transient() => {
                tracing::warn!(cause = error.cause(), "the storage does not answer; trying again");
                tokio::time::sleep(pause).await;
            }
            result => return result,
        }
    }
    put(storage, key, rendered).await
}

async fn put(storage: &Storage, key: &str, rendered: &RenderedFile) -> Result<(), StorageError> {
    let file = rendered
        .file
        .try_clone()
        .map_err(|cause| StorageError::Refused(cause.to_string()))?;
    storage.put(key, file, rendered.size).await
}

/// Removes the objects of one file, once nothing can name them any more. What stays is left to [`super::cleanup`].
pub async fn remove_file(storage: &Storage, folder: &str) {
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

/// A name that every common file system takes: no separators, no control characters, no dots or blanks at its ends.
fn file_name(stem: &str, extension: &str) -> String {
    let printable: String = stem
        .chars()
        .map(|letter| match letter {
            '/' | '\\' | ':' | '|' => '-',
            '"' | '*' | '?' | '<' | '>' => ' ',
            letter if letter.is_control() || is_direction_mark(letter) => ' ',
            letter => letter,
        })
        .collect();
    let mut name = printable.split_whitespace().collect::<Vec<_>>().join(" ");
    while name.len() > MAX_NAME_BYTES - extension.len() - 1 {
        name.pop();
    }
    let name = name.trim_matches(['.', ' ']);
    let name = if name.is_empty() { "Bufdir" } else { name };
    format!("{name}.{extension}")
}

/// Marks that turn the direction of writing, by which a name could show another extension than it has.
fn is_direction_mark(letter: char) -> bool {
    matches!(letter, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(
        "Bufdir-rapport 2024 – Hørselsforbundet",
        "Bufdir-rapport 2024 – Hørselsforbundet.xlsx"
    )]
    #[case("Norges/Handikap: \"A\"\u{202E}\r\n  B.", "Norges-Handikap- A B.xlsx")]
    #[case("../..", "-.xlsx")]
    #[case(" . ", "Bufdir.xlsx")]
    fn a_name_is_what_a_file_system_takes(#[case] stem: &str, #[case] name: &str) {
        assert_eq!(file_name(stem, "xlsx"), name);
    }

    #[test]
    fn a_long_name_is_cut_between_letters_and_keeps_its_extension() {
        let name = file_name(&"ø".repeat(500), "pdf");
        assert!(name.len() <= MAX_NAME_BYTES && name.len() > MAX_NAME_BYTES - 3);
        assert!(name.ends_with("ø.pdf"));
    }
}
