use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;

use chrono::TimeDelta;
use rstest::rstest;

use super::*;

const KEY: &str = "organization/2024/export/checksum.csv";

fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

async fn put(storage: &Storage, key: &str, bytes: &[u8]) -> Result<(), StorageError> {
    storage.put(key, file(bytes), bytes.len() as u64).await
}

fn storage(folder: &tempfile::TempDir) -> Storage {
    Storage::open(folder.path().to_str().unwrap(), []).unwrap()
}

/// Every file below the folder, hidden from listings or not.
fn files(folder: &FilePath) -> usize {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| if path.is_dir() { files(&path) } else { 1 })
        .sum()
}

#[rstest]
#[case(0)]
#[case(5)]
#[case(FOLDER_PART_BYTES)]
#[case(FOLDER_PART_BYTES + 1)]
#[case(3 * FOLDER_PART_BYTES + 7)]
#[tokio::test]
async fn what_is_put_is_what_is_got(#[case] size: usize) {
    let folder = tempfile::tempdir().unwrap();
    let bytes: Vec<u8> = (0..size).map(|index| (index % 251) as u8).collect();
    put(&storage(&folder), KEY, &bytes).await.unwrap();
    assert!(storage(&folder).get(KEY).await.unwrap() == bytes);
    assert_eq!(files(folder.path()), 1);
}

#[rstest]
#[case(5)]
#[case(FOLDER_PART_BYTES + 1)]
#[tokio::test]
async fn a_storage_that_cannot_be_written_to_refuses_and_keeps_nothing(#[case] size: usize) {
    let folder = tempfile::tempdir().unwrap();
    // A file stands where a folder is needed: that stops root too, whom permissions don't.
    fs::write(folder.path().join("organization"), "").unwrap();
    let refusal = put(&storage(&folder), KEY, &vec![1; size]).await.unwrap_err();
    assert!(matches!(refusal, StorageError::Refused(_)), "{refusal:?}");
    assert!(!refusal.is_transient());
    assert_eq!(files(folder.path()), 1);
}

/// Whoever else uses the machine reads none of the files, also where root runs the program.
#[tokio::test]
async fn a_folder_that_is_made_is_its_owners_alone() {
    let parent = tempfile::tempdir().unwrap();
    fs::set_permissions(parent.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let folder = parent.path().join("data/files");
    let location = folder.to_str().unwrap();
    put(&Storage::open(location, []).unwrap(), KEY, b"private")
        .await
        .unwrap();
    let mode = |path: &FilePath| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    // What lies beside it, such as Postgres, may be another user's.
    assert_ne!(mode(&parent.path().join("data")) & 0o001, 0);

    // An operator's own choice stands.
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o750)).unwrap();
    Storage::open(location, []).unwrap();
    assert_eq!(mode(&folder), 0o750);
}

#[tokio::test]
async fn a_second_put_replaces_the_object_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let storage = storage(&folder);
    put(&storage, KEY, b"longer than the second").await.unwrap();
    put(&storage, KEY, b"second").await.unwrap();
    assert_eq!(storage.get(KEY).await.unwrap(), "second");
}

#[tokio::test]
async fn a_missing_object_is_missing_and_may_be_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let storage = storage(&folder);
    assert!(matches!(storage.get(KEY).await, Err(StorageError::Missing)));
    storage.delete(KEY).await.unwrap();
}

#[tokio::test]
async fn listings_name_whole_objects_below_a_prefix() {
    let folder = tempfile::tempdir().unwrap();
    let storage = storage(&folder);
    for key in ["a/2024/x/1.csv", "a/2024/xy/2.csv", "b/2024/z/3.csv"] {
        put(&storage, key, b"bytes").await.unwrap();
    }
    fs::write(folder.path().join("a/2024/x/1.csv#1"), "half").unwrap();
    let keys: Vec<String> = storage
        .list("a/2024/x")
        .await
        .unwrap()
        .into_iter()
        .map(|object| object.key)
        .collect();
    assert_eq!(keys, ["a/2024/x/1.csv"]);
    let mut organizations = storage.top_folders().await.unwrap();
    organizations.sort();
    assert_eq!(organizations, ["a", "b"]);
}

#[tokio::test]
async fn uploads_that_were_cut_off_go_when_they_are_old() {
    let folder = tempfile::tempdir().unwrap();
    let storage = storage(&folder);
    put(&storage, KEY, b"whole").await.unwrap();
    fs::write(folder.path().join(format!("{KEY}#1")), "half").unwrap();
    let now: DateTime<Utc> = fs::metadata(folder.path().join(KEY))
        .unwrap()
        .modified()
        .unwrap()
        .into();

    let ours = |folder: &str| folder == "organization";
    for (top_folders, hours, removed) in [(ours as fn(&str) -> bool, -1, 0), (|_| false, 1, 0), (ours, 1, 1)] {
        let removing = storage.remove_cut_off_uploads(top_folders, now + TimeDelta::hours(hours));
        assert_eq!(removing.await.unwrap(), removed);
    }
    assert_eq!(files(folder.path()), 1);
    assert_eq!(storage.get(KEY).await.unwrap(), "whole");
}

#[tokio::test]
async fn a_folder_is_named_by_path_or_url_and_made_when_missing() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("new/files");
    let url = Url::from_file_path(&inner).unwrap();
    put(&Storage::open(url.as_str(), []).unwrap(), KEY, b"bytes")
        .await
        .unwrap();
    let same = Storage::open(inner.to_str().unwrap(), []).unwrap();
    assert_eq!(same.get(KEY).await.unwrap(), "bytes");
}

#[test]
fn another_kind_of_storage_is_refused_by_name() {
    let refusal = Storage::open("ftp://example.org/files", []).err().unwrap();
    assert!(refusal.to_string().contains("ftp://"), "{refusal}");
}

#[cfg(not(feature = "s3"))]
#[test]
fn a_bucket_needs_a_build_with_its_feature() {
    let refusal = Storage::open("s3://bucket/prefix", []).err().unwrap();
    assert!(
        refusal.to_string().contains("built with the feature \"s3\""),
        "{refusal}"
    );
}
