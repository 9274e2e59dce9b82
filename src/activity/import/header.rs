//! A file's first row: which columns it has, and where.

use csv::StringRecord;

use super::problem::RowError;
use super::records;

/// A column that a file may have.
#[derive(Debug)]
pub struct SourceColumn {
    /// Accepted headers, whatever their case: the Norwegian name first, then the English one.
    pub names: &'static [&'static str],
    pub required: bool,
}

impl SourceColumn {
    pub const fn required(names: &'static [&'static str]) -> Self {
        Self { names, required: true }
    }

    pub const fn optional(names: &'static [&'static str]) -> Self {
        Self { names, required: false }
    }
}

/// Headers of the column that a file of skipped rows has more; it is not read.
pub(super) const ERROR_COLUMN: [&str; 2] = ["feil", "error"];

/// The delimiter under which the header names most columns that are known.
pub(super) fn sniff(text: &str, columns: &[SourceColumn]) -> u8 {
    let known = |delimiter: u8| {
        let header = records::header(text, delimiter);
        header.iter().filter(|name| find(columns, name).is_some()).count()
    };
    // The last of equals is taken: `;`, which a Norwegian spreadsheet writes.
    [b'\t', b',', b';']
        .into_iter()
        .max_by_key(|delimiter| known(*delimiter))
        .unwrap_or(b';')
}

fn find(columns: &[SourceColumn], name: &str) -> Option<usize> {
    let name = name.trim().to_lowercase();
    columns.iter().position(|column| column.names.contains(&name.as_str()))
}

/// Finds each column's place; an unknown header is refused, since it may be a known one mistyped.
pub(super) fn place(
    header: &StringRecord,
    line: u64,
    columns: &[SourceColumn],
) -> Result<Vec<Option<usize>>, Vec<RowError>> {
    let mut places = vec![None; columns.len()];
    let mut errors = vec![];
    let mut refuse = |column: &str, reason: String| {
        errors.push(RowError {
            line,
            column: column.to_owned(),
            reason,
        })
    };
    for (position, name) in header.iter().enumerate() {
        match find(columns, name) {
            Some(index) if places[index].is_some() => refuse(name, "the column is there twice".to_owned()),
            Some(index) => places[index] = Some(position),
            None if name.trim().is_empty() || is_error_column(name) => {}
            None => {
                let known: Vec<_> = columns.iter().map(|column| column.names[0]).collect();
                refuse(name, format!("the column is unknown; known are: {}", known.join(", ")));
            }
        }
    }
    for (column, _) in columns
        .iter()
        .zip(&places)
        .filter(|(column, place)| column.required && place.is_none())
    {
        refuse(
            column.names[0],
            format!(
                "the column is missing (also called \"{}\")",
                column.names.join("\", \"")
            ),
        );
    }
    if errors.is_empty() { Ok(places) } else { Err(errors) }
}

pub(super) fn is_error_column(name: &str) -> bool {
    ERROR_COLUMN.contains(&name.trim().to_lowercase().as_str())
}
