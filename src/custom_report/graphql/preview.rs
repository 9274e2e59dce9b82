//! The first rows of a definition, for a table on screen.

use async_graphql::{Object, SimpleObject};
use render::Cell;

use super::source::CustomReportValueKind;
use crate::custom_report::PreviewRows;
use crate::custom_report::compile::OutputColumn;
use crate::kernel::scalar::{Date, Decimal};

pub struct CustomReportPreview(pub PreviewRows);

/// The first rows that a definition yields.
#[Object]
impl CustomReportPreview {
    /// The columns: those of the groupings first.
    async fn columns(&self) -> Vec<CustomReportPreviewColumn> {
        self.0.columns.iter().map(CustomReportPreviewColumn::of).collect()
    }

    /// The rows.
    async fn rows(&self) -> Vec<CustomReportRow<'_>> {
        self.0.rows.iter().map(|cells| CustomReportRow(cells)).collect()
    }

    /// Whether there are more rows than these.
    async fn has_more(&self) -> bool {
        self.0.more
    }
}

/// A column of a preview.
#[derive(SimpleObject)]
pub struct CustomReportPreviewColumn {
    /// The column's key; of a grouping, what it is by: `user`, `area`, `date`, `organization`, `kind`, `mode`.
    key: &'static str,
    /// The header.
    header: String,
    /// What its cells hold. Choices, ids, and yes or no are shown as texts.
    kind: CustomReportValueKind,
    /// Whether its cells are names of groups.
    is_grouping: bool,
    /// Whether small numbers in it are not shown, because it counts persons or depends on how many there are.
    counts_persons: bool,
}

impl CustomReportPreviewColumn {
    fn of(column: &OutputColumn) -> Self {
        Self {
            key: column.key,
            header: column.header.clone(),
            kind: column.kind().into(),
            is_grouping: column.is_grouping,
            counts_persons: column.counts_persons,
        }
    }
}

pub struct CustomReportRow<'a>(&'a [Cell]);

/// A row of a preview.
#[Object]
impl CustomReportRow<'_> {
    /// A cell for each column, in their order.
    #[graphql(complexity = "10 * child_complexity")]
    async fn cells(&self) -> Vec<CustomReportCell> {
        self.0.iter().map(CustomReportCell::of).collect()
    }
}

/// A cell: the field of its column's kind has the value, and none does where it is empty or not shown.
#[derive(Default, SimpleObject)]
pub struct CustomReportCell {
    /// A text, or the label of a choice.
    text: Option<String>,
    /// A whole number.
    integer: Option<i64>,
    /// An exact decimal number.
    decimal: Option<Decimal>,
    /// A local date.
    date: Option<Date>,
    /// Whether it is not shown, because it is about 1 to 4 persons or an average of fewer than 5; files have `<5`.
    suppressed: bool,
}

impl CustomReportCell {
    fn of(cell: &Cell) -> Self {
        let mut shown = Self::default();
        match cell {
            Cell::Empty => {}
            Cell::Text(text) => shown.text = Some(text.clone()),
            Cell::Integer(number) => shown.integer = Some(*number),
            Cell::Decimal(number) => shown.decimal = Some(Decimal(*number)),
            Cell::Date(date) => shown.date = Some(Date(*date)),
            Cell::Suppressed => shown.suppressed = true,
        }
        shown
    }
}
