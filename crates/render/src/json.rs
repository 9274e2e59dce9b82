//! JSON: one object, for programs. What the file is about comes first, then `columns`, `rows`, `row_count`,
//! `control_totals` and `hidden_cells`; rows, totals and the numbers of hidden cells are arrays in the columns' order.
//!
//! Whole numbers are numbers; decimals are texts with the column's digits, because most programs would read a fraction as
//! a float; dates are ISO 8601, empty cells null. A number of persons too small to show is `{"value": null, "below": 5}`.
//! Each row stands on a line of its own.

use std::io::{BufWriter, Write};

use rust_decimal::Decimal;
use serde_json::{Map, Value as Json, json};

use crate::about;
use crate::table::{Cell, ColumnKind, Cover, Locale, Table};
use crate::totals::ControlTotals;
use crate::writer::{RenderError, Sink, Writer};

/// Rows pass through so many bytes of memory, however many they are.
const BUFFER_BYTES: usize = 64 * 1024;

/// Opens a JSON file. Its object begins with the cover's members for programs; what it says in words is in the cover's
/// language.
///
/// # Errors
///
/// [`RenderError::Io`] when the sink takes no bytes.
pub fn open<'a>(cover: &Cover, sink: Box<dyn Sink + 'a>) -> Result<Box<dyn Writer + 'a>, RenderError> {
    let mut sink = BufWriter::with_capacity(BUFFER_BYTES, sink);
    sink.write_all(b"{")?;
    for (key, value) in &cover.json_members {
        writeln!(sink, "{}:{value},", Json::from(key.as_str()))?;
    }
    Ok(Box::new(JsonWriter {
        sink,
        locale: cover.locale,
        columns: Vec::new(),
        rows: 0,
        totals: Map::new(),
    }))
}

struct JsonWriter<'a> {
    sink: BufWriter<Box<dyn Sink + 'a>>,
    locale: Locale,
    /// Empty until the table begins.
    columns: Vec<ColumnKind>,
    rows: u64,
    /// The object's last members.
    totals: Map<String, Json>,
}

impl Writer for JsonWriter<'_> {
    fn begin_table(&mut self, table: &Table) -> Result<(), RenderError> {
        self.columns = table.columns.iter().map(|column| column.kind).collect();
        let columns = table.columns.iter();
        let columns: Json = columns
            .map(|column| json!({ "label": column.header, "type": type_name(column.kind) }))
            .collect();
        Ok(write!(self.sink, "\"columns\":{columns},\n\"rows\":[")?)
    }

    fn row(&mut self, cells: &[Cell]) -> Result<(), RenderError> {
        self.sink.write_all(if self.rows == 0 { b"\n[" } else { b",\n[" })?;
        for (index, cell) in cells.iter().enumerate() {
            if index > 0 {
                self.sink.write_all(b",")?;
            }
            self.write_cell(cell, self.columns[index])?;
        }
        self.rows += 1;
        Ok(self.sink.write_all(b"]")?)
    }

    fn totals(&mut self, totals: &ControlTotals) -> Result<(), RenderError> {
        let kinds = self.columns.iter();
        let sums = totals.by_column().zip(kinds).map(|(sum, kind)| match (sum, kind) {
            (Some(sum), ColumnKind::Integer) if sum.scale() == 0 => whole(sum),
            (Some(sum), kind) => Json::from(decimal_text(sum, *kind)),
            (None, _) => Json::Null,
        });
        let hidden = json!({
            "count": totals.hidden(),
            "by_column": totals.hidden_by_column().collect::<Vec<_>>(),
            "meaning": about::meaning(self.locale),
        });
        self.totals.insert("control_totals".to_owned(), sums.collect());
        self.totals.insert("hidden_cells".to_owned(), hidden);
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), RenderError> {
        write!(self.sink, "\n],\n\"row_count\":{}", self.rows)?;
        for (key, value) in &self.totals {
            write!(self.sink, ",\n{}:{value}", Json::from(key.as_str()))?;
        }
        self.sink.write_all(b"}\n")?;
        Ok(self.sink.flush()?)
    }
}

impl JsonWriter<'_> {
    fn write_cell(&mut self, cell: &Cell, kind: ColumnKind) -> Result<(), RenderError> {
        match cell {
            Cell::Empty => self.sink.write_all(b"null")?,
            Cell::Text(text) => serde_json::to_writer(&mut self.sink, text).map_err(std::io::Error::from)?,
            Cell::Integer(number) => write!(self.sink, "{number}")?,
            Cell::Decimal(number) => write!(self.sink, "\"{}\"", decimal_text(*number, kind))?,
            Cell::Date(date) => write!(self.sink, "\"{date}\"")?,
            Cell::Suppressed => self.sink.write_all(b"{\"value\":null,\"below\":5}")?,
        }
        Ok(())
    }
}

fn type_name(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Text => "text",
        ColumnKind::Integer => "integer",
        ColumnKind::Decimal(_) => "decimal",
        ColumnKind::Date => "date",
        ColumnKind::Mixed => "mixed",
    }
}

/// A whole sum as a number where JSON's readers keep it, else as a text.
fn whole(sum: Decimal) -> Json {
    i64::try_from(sum).map_or_else(|_| Json::from(sum.to_string()), Json::from)
}

fn decimal_text(value: Decimal, kind: ColumnKind) -> String {
    crate::plain::decimal_text(value, kind, Locale::En)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::totals::tests::sample;
    use crate::{FileFormat, writer};

    fn cover(json_members: Json) -> Cover {
        Cover {
            title: String::new(),
            organization: String::new(),
            facts: Vec::new(),
            notes: String::new(),
            json_members: serde_json::from_value(json_members).unwrap(),
            locale: Locale::En,
            watermark: None,
        }
    }

    fn written(rows: &[Vec<Cell>]) -> String {
        let (table, _) = sample();
        let cover = cover(json!({ "definition": { "name": "\"Timer\"\n" } }));
        let mut bytes = Vec::new();
        let mut writer = writer::open(FileFormat::Json, &cover, Box::new(Cursor::new(&mut bytes))).unwrap();
        writer.begin_table(&table).unwrap();
        let mut totals = ControlTotals::of(&table);
        for row in rows {
            writer.row(row).unwrap();
            totals.add(row);
        }
        writer.totals(&totals).unwrap();
        writer.finish().unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_file_is_one_object_with_each_row_on_its_line() {
        let (_, rows) = sample();
        let text = written(&rows);
        let file: Json = serde_json::from_str(&text).unwrap();
        assert_eq!(
            file,
            json!({
                "definition": { "name": "\"Timer\"\n" },
                "columns": [
                    { "label": "Enhet", "type": "text" }, { "label": "Personer", "type": "integer" },
                    { "label": "Timer", "type": "decimal" },
                ],
                "rows": [["Øst", 12, "7.50"], ["=Vest", { "value": null, "below": 5 }, "1.25"]],
                "row_count": 2,
                "control_totals": [null, 12, "8.75"],
                "hidden_cells": { "count": 1, "by_column": [0, 1, 0], "meaning": about::meaning(Locale::En) },
            })
        );
        assert!(text.contains("\n[\"Øst\",12,\"7.50\"],\n[\"=Vest\""), "{text}");
    }

    #[test]
    fn no_rows_are_an_empty_array() {
        let file: Json = serde_json::from_str(&written(&[])).unwrap();
        assert_eq!(file["rows"], json!([]));
        assert_eq!(file["control_totals"], json!([null, 0, "0.00"]));
        assert_eq!(file["hidden_cells"]["count"], 0);
    }

    #[test]
    fn every_kind_of_cell_is_read_back() {
        let date = Cell::Date("2024-12-31".parse().unwrap());
        let rows = [
            vec![date, Cell::Empty, Cell::Decimal("-0.005".parse().unwrap())],
            vec![
                Cell::Text("\u{1}\"\\".to_owned()),
                Cell::Integer(i64::MIN),
                Cell::Integer(3),
            ],
        ];
        let file: Json = serde_json::from_str(&written(&rows)).unwrap();
        assert_eq!(
            file["rows"],
            json!([["2024-12-31", null, "-0.005"], ["\u{1}\"\\", i64::MIN, 3]])
        );
    }

    #[test]
    fn a_file_that_lacks_a_row_is_not_finished() {
        let (table, mut rows) = sample();
        rows[0].pop();
        let mut writer = writer::open(FileFormat::Json, &cover(json!({})), Box::new(Cursor::new(Vec::new()))).unwrap();
        assert!(matches!(writer.row(&rows[1]), Err(RenderError::Misuse(_))));
        let mut writer = writer::open(FileFormat::Json, &cover(json!({})), Box::new(Cursor::new(Vec::new()))).unwrap();
        writer.begin_table(&table).unwrap();
        assert!(matches!(writer.row(&rows[0]), Err(RenderError::Misuse(_))));
        assert!(matches!(writer.finish(), Err(RenderError::Misuse(_))));
    }
}
