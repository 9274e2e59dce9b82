//! Rows of one file that must, or must not, say the same.

use std::collections::HashMap;

use super::problem::Problems;
use super::reader::SourceTable;

/// Refuses a row whose key an earlier row has; `key` gives what makes two cells the same.
pub(super) fn refuse_repeated(table: &SourceTable, column: usize, key: fn(&str) -> String, problems: &mut Problems) {
    let mut first_lines = HashMap::new();
    for (row, found) in table.rows.iter().enumerate() {
        let cell = table.cell(row, column);
        if cell.is_empty() {
            continue;
        }
        if let Some(line) = first_lines.get(&key(cell)) {
            problems.add(
                row,
                table.error(row, column, format!("\"{cell}\" stands on line {line} already")),
            );
        } else {
            first_lines.insert(key(cell), found.line);
        }
    }
}

/// Refuses what a further row of an activity says otherwise than the first; it may leave the cells empty.
pub(super) fn refuse_differing(table: &SourceTable, rows: &[usize], columns: &[usize], problems: &mut Problems) {
    let Some((first, others)) = rows.split_first() else {
        return;
    };
    for (row, column) in others
        .iter()
        .flat_map(|row| columns.iter().map(|column| (*row, *column)))
    {
        let cell = table.cell(row, column);
        if !cell.is_empty() && cell != table.cell(*first, column) {
            let line = table.rows[*first].line;
            let reason = format!("\"{cell}\" differs from line {line}, where the same activity begins");
            problems.add(row, table.error(row, column, reason));
        }
    }
}
