//! The file that `import --skip-bad` writes. It is opened before anything is loaded and written before anything is
//! committed, so that no row is lost between the two: what is not in the database is in the file.

use std::fs::{File, Metadata, OpenOptions};
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::Failure;

/// The opened file; dropped before it is kept, it is as it was before.
pub(super) struct SkippedRows {
    path: PathBuf,
    file: File,
    is_new: bool,
    is_kept: bool,
}

impl SkippedRows {
    /// Opens the file for the rows that `input` has and the import skips.
    ///
    /// # Errors
    /// A file that can't be written, that is the input itself, or whose content would be lost.
    pub fn open(path: &Path, input: &Path) -> Result<Self, Failure> {
        let there = std::fs::metadata(path).ok();
        if let Some(reason) = there.as_ref().and_then(|there| objection(there, input)) {
            return Err(format!("--skip-bad {}: {reason}", path.display()).into());
        }
        let opened = OpenOptions::new().write(true).create(true).truncate(false).open(path);
        let file = opened.map_err(|error| format!("--skip-bad {}: {error}", path.display()))?;
        Ok(Self {
            path: path.to_owned(),
            file,
            is_new: there.is_none(),
            is_kept: false,
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the rows down to the disk.
    ///
    /// # Errors
    /// A disk that is full, and whatever else keeps a file from being written.
    pub fn write(&mut self, rows: &[u8]) -> Result<(), Failure> {
        let written = self.file.write_all(rows).and_then(|()| self.flush());
        written.map_err(|error| {
            let path = self.path.display();
            format!("nothing was imported: the skipped rows could not be written to {path}: {error}").into()
        })
    }

    /// Lets the file stay as it was written.
    pub fn keep(mut self) {
        self.is_kept = true;
    }

    /// Pipes and terminals have nothing to flush.
    fn flush(&self) -> std::io::Result<()> {
        if self.is_regular() {
            self.file.sync_all()
        } else {
            Ok(())
        }
    }

    fn is_regular(&self) -> bool {
        self.file.metadata().is_ok_and(|metadata| metadata.is_file())
    }
}

impl Drop for SkippedRows {
    fn drop(&mut self) {
        if self.is_kept || !self.is_regular() {
            return;
        }
        let undone = if self.is_new {
            std::fs::remove_file(&self.path)
        } else {
            self.file.set_len(0)
        };
        if let Err(error) = undone {
            eprintln!("{} is left over and of no use: {error}", self.path.display());
        }
    }
}

fn objection(there: &Metadata, input: &Path) -> Option<&'static str> {
    if !there.is_file() {
        return None;
    }
    let is_input = std::fs::metadata(input).is_ok_and(|input| (input.dev(), input.ino()) == (there.dev(), there.ino()));
    if is_input {
        Some("is the very file that is imported; the skipped rows need another")
    } else if there.len() > 0 {
        Some("is there already, and what it holds would be lost; name another file, or remove it")
    } else {
        None
    }
}
