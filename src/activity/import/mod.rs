//! Loads units, members, contacts and activities from a file that an organization exported from a spreadsheet. The
//! columns are documented in docs/import.md; to add one, add it to its kind's list of [`SourceColumn`]s and to that page.
//!
//! Promises: every bad row is reported with line, column and reason; nothing is written unless all rows are good or bad
//! ones are to be skipped; the same file a second time changes nothing, not even a time of change. Units, members, contacts
//! and activities that a file does not name are left alone. An activity that it names is what its rows say: a day of it
//! that is stored and has no row is removed, and counted as such.

mod activities;
mod agreement;
mod contacts;
mod encoding;
mod entry;
mod header;
mod known;
mod members;
mod parse;
mod problem;
mod reader;
mod records;
mod units;
mod words;
mod write;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr};

pub use entry::RoleChange;
pub use header::SourceColumn;
pub use problem::RowError;

use problem::Problems;
use reader::SourceTable;

use crate::activity::store::import::wait_for_others;
use crate::kernel::db::{Upserted, WriteScope};

/// What a file lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportKind {
    Units,
    Members,
    Contacts,
    Activities,
}

impl ImportKind {
    pub const ALL: [Self; 4] = [Self::Units, Self::Members, Self::Contacts, Self::Activities];

    /// As the command line and the log call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Units => "units",
            Self::Members => "members",
            Self::Contacts => "contacts",
            Self::Activities => "activities",
        }
    }

    /// The columns that a file of this kind may have.
    pub fn columns(self) -> &'static [SourceColumn] {
        match self {
            Self::Units => units::COLUMNS,
            Self::Members => members::COLUMNS,
            Self::Contacts => contacts::COLUMNS,
            Self::Activities => activities::COLUMNS,
        }
    }
}

/// A file to import, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportFile<'a> {
    pub kind: ImportKind,
    /// The whole file, in any encoding that a spreadsheet writes.
    pub bytes: &'a [u8],
    /// Load the good rows although there are bad ones. An activity with one bad row is skipped whole.
    pub skip_bad: bool,
}

/// What the importer is at, for a progress bar: so many of a step's rows or activities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportProgress {
    pub step: ImportStep,
    pub done: usize,
    pub total: usize,
}

/// The steps in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportStep {
    Checking,
    Writing,
}

/// Takes notice of progress.
pub type OnProgress<'a> = &'a (dyn Fn(ImportProgress) + Sync);

/// What was done. Activities are counted by activity, `write_skipped` by row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub created: u64,
    pub updated: u64,
    pub unchanged: u64,
    pub skipped: u64,
    /// Days that updated activities had, and no longer have since the file has no row for them.
    pub days_removed: u64,
    /// Who gained, changed or lost a staff role; a file of members alone does that.
    pub roles: Vec<RoleChange>,
    /// What was wrong with the skipped rows.
    pub errors: Vec<RowError>,
    /// A file of the skipped rows, each with what is wrong in a last column; `None` where none was skipped.
    pub skipped_rows: Option<Vec<u8>>,
}

/// Why nothing was loaded.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file as a whole cannot be read, or its header is wrong. Not skippable.
    #[error("the file cannot be imported: {} problem(s) with the file itself or its header", .0.len())]
    File(Vec<RowError>),
    /// All that is wrong with rows, by line.
    #[error("nothing was imported: {} problem(s) were found", .0.len())]
    Rows(Vec<RowError>),
    #[error("the database refused the import")]
    Database(#[from] DbErr),
}

/// Imports one file into the entered organization.
///
/// One import at a time runs into an organization: another waits until the first one's transaction ends, and then sees
/// what that one wrote. `scope` is entered as the system: dropped on an error, it leaves nothing behind. `owner` is used for members alone, whose accounts are made by the owner's role; those made before a failure
/// stay, without a membership and so without access.
///
/// # Errors
/// [`ImportError::File`] and [`ImportError::Rows`] before anything is written; [`ImportError::Database`] at any time.
pub async fn run(
    scope: &WriteScope,
    owner: &impl ConnectionTrait,
    file: ImportFile<'_>,
    now: DateTime<Utc>,
    progress: OnProgress<'_>,
) -> Result<Outcome, ImportError> {
    let mut problems = Problems::default();
    let table = reader::read(file.bytes, file.kind.columns(), &mut problems).map_err(ImportError::File)?;
    wait_for_others(scope).await?;
    let import = ImportContext {
        scope,
        table: &table,
        now,
        progress,
    };
    let counts = match file.kind {
        ImportKind::Units => {
            let rows = units::check(&import, &mut problems).await?;
            let rows = keep_good(rows, &problems, file.skip_bad);
            units::write(&import, rows).await?
        }
        ImportKind::Members => {
            let rows = members::check(&import, &mut problems).await?;
            let rows = keep_good(rows, &problems, file.skip_bad);
            members::write(owner, &import, rows).await?
        }
        ImportKind::Contacts => {
            let rows = keep_good(contacts::check(&import, &mut problems), &problems, file.skip_bad);
            contacts::write(&import, rows).await?
        }
        ImportKind::Activities => {
            let rows = activities::check(&import, &mut problems).await?;
            write::write(&import, keep_good(rows, &problems, file.skip_bad)).await?
        }
    };
    conclude(&table, problems, file.skip_bad, counts)
}

/// What every step of an import works with.
struct ImportContext<'a> {
    scope: &'a WriteScope,
    table: &'a SourceTable,
    now: DateTime<Utc>,
    progress: OnProgress<'a>,
}

/// How many were written in which way, and whose rights changed with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Counts {
    created: u64,
    updated: u64,
    unchanged: u64,
    days_removed: u64,
    roles: Vec<RoleChange>,
}

impl Counts {
    /// Counts rows that were to be written.
    fn add(&mut self, rows: usize, written: Upserted) {
        self.created += written.created;
        self.updated += written.updated;
        self.unchanged += rows as u64 - written.created - written.updated;
    }
}

/// The rows to write: all, or none where a bad one forbids it.
fn keep_good<T>(good: Vec<T>, problems: &Problems, skip_bad: bool) -> Vec<T> {
    if problems.is_empty() || skip_bad { good } else { vec![] }
}

fn conclude(table: &SourceTable, problems: Problems, skip_bad: bool, counts: Counts) -> Result<Outcome, ImportError> {
    let done = Outcome {
        created: counts.created,
        updated: counts.updated,
        unchanged: counts.unchanged,
        days_removed: counts.days_removed,
        roles: counts.roles,
        ..Outcome::default()
    };
    if problems.is_empty() {
        return Ok(done);
    }
    if !skip_bad {
        return Err(ImportError::Rows(problems.into_errors()));
    }
    let skipped = problems.bad_rows().clone();
    let errors = problems.into_errors();
    Ok(Outcome {
        skipped: skipped.len() as u64,
        skipped_rows: Some(table.write_skipped(&skipped, &errors)),
        errors,
        ..done
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every header that a file may have stands in the documentation's table of its kind.
    #[test]
    fn every_column_is_documented() {
        let page = include_str!("../../../docs/import.md");
        for (kind, title) in ImportKind::ALL
            .into_iter()
            .zip(["## Units", "## Members", "## Contacts", "## Activities"])
        {
            let section = page.split(title).nth(1).unwrap().split("\n## ").next().unwrap();
            for name in kind.columns().iter().flat_map(|column| column.names) {
                assert!(section.contains(&format!("`{name}`")), "{kind:?}: {name}");
            }
        }
    }
}
