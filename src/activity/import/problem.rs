//! What is wrong with a file, row by row.

use std::collections::BTreeSet;
use std::fmt;

/// One thing that is wrong: where, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowError {
    /// The line of the file on which the row begins, counted from 1; the header's is 1.
    pub line: u64,
    /// The column as the file's own header names it.
    pub column: String,
    /// In words for people.
    pub reason: String,
}

impl fmt::Display for RowError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}, {}: {}", self.line, self.column, self.reason)
    }
}

/// All that is wrong, and which rows must not be loaded for it.
#[derive(Debug, Default)]
pub(super) struct Problems {
    errors: Vec<RowError>,
    /// Indices of rows that are wrong, or belong to an activity one of whose rows is.
    bad_rows: BTreeSet<usize>,
}

impl Problems {
    pub fn add(&mut self, row: usize, error: RowError) {
        self.errors.push(error);
        self.bad_rows.insert(row);
    }

    /// Keeps a row from being loaded that is not wrong itself.
    pub fn spoil(&mut self, row: usize) {
        self.bad_rows.insert(row);
    }

    pub fn is_bad(&self, row: usize) -> bool {
        self.bad_rows.contains(&row)
    }

    pub fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    pub fn bad_rows(&self) -> &BTreeSet<usize> {
        &self.bad_rows
    }

    /// The errors in the order of the file's lines.
    pub fn into_errors(mut self) -> Vec<RowError> {
        self.errors.sort();
        self.errors
    }
}
