//! What a file is made of, whatever its format: a cover, then tables of typed cells.
//!
//! A caller fills these in and a [`Writer`](crate::Writer) lays them out.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::{Map, Value as Json};

/// The language of a file's own words, and with it the CSV dialect and the way numbers are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Locale {
    /// Norwegian bokmål.
    Nb,
    /// English.
    En,
}

impl Locale {
    /// The BCP 47 tag that documents carry.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Nb => "nb-NO",
            Self::En => "en-GB",
        }
    }

    /// Picks the word of this language.
    pub fn pick<'a>(self, nb: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Nb => nb,
            Self::En => en,
        }
    }
}

/// What stands on a file before its tables: the first page of a PDF, the document properties of a workbook.
#[derive(Clone, Debug)]
pub struct Cover {
    /// For example "Rapport om likepersonsarbeid 2024".
    pub title: String,
    /// The organization's name.
    pub organization: String,
    /// Lines of "label: value" that say what the file is (period, format version, report and generation, hash).
    pub facts: Vec<(String, String)>,
    /// Free text below the facts; may hold several paragraphs, empty when there is none.
    pub notes: String,
    /// The same for programs: the first members of a JSON file's object.
    pub json_members: Map<String, Json>,
    pub locale: Locale,
    /// Printed across every page and sheet: `TEST` for the test organization, and what marks a working paper.
    pub watermark: Option<String>,
}

/// How a column's cells are typed, aligned and formatted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    Text,
    Integer,
    /// A decimal number with so many digits after the separator.
    Decimal(u32),
    /// A local date (Europe/Oslo), printed as ISO 8601.
    Date,
    /// Cells of any kind, as in a list of figures whose values are numbers and texts by turns.
    Mixed,
}

/// One column of a table.
#[derive(Clone, Debug)]
pub struct Column {
    pub header: String,
    pub kind: ColumnKind,
    /// The share of the width, in characters of a usual value; layouts that must fit a page scale by it.
    pub width: u16,
}

/// A table's head; its rows follow one by one, so that a million of them need no memory.
#[derive(Clone, Debug)]
pub struct Table {
    /// The sheet's name and the heading on paper; at most 31 characters, none of `[]:*?/\`.
    pub name: String,
    /// One sentence under the heading; may be empty.
    pub caption: String,
    pub columns: Vec<Column>,
}

/// A table with all its rows.
#[derive(Clone, Debug)]
pub struct Sheet {
    pub table: Table,
    pub rows: Vec<Vec<Cell>>,
}

/// One value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Empty,
    Text(String),
    Integer(i64),
    Decimal(Decimal),
    Date(NaiveDate),
    /// A number of persons too small to show, printed as `<5`.
    Suppressed,
}
