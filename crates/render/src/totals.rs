//! What the rows of a file add up to, for whoever wants to check that none is missing.

use rust_decimal::Decimal;

use crate::table::{Cell, Column, ColumnKind, Table};

/// The number of rows, the sum of each column of numbers and how many of its cells are hidden, as far as they are written.
/// Numbers too small to show add nothing: their sum would tell them.
#[derive(Clone, Debug)]
pub struct ControlTotals {
    rows: u64,
    sums: Vec<Sum>,
}

/// A column's sum; none of a column that holds no numbers, or whose sum is longer than a decimal holds.
#[derive(Clone, Debug)]
struct Sum {
    header: String,
    integers: i128,
    decimals: Option<Decimal>,
    places: u32,
    hidden: u64,
}

/// What a column of numbers adds up to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ColumnSum<'a> {
    /// The column's place from the left; the first is 1.
    pub column: usize,
    pub header: &'a str,
    pub sum: Decimal,
    /// Cells too small to show, which the sum leaves out.
    pub hidden: u64,
}

impl ControlTotals {
    /// Nothing yet.
    pub fn of(table: &Table) -> Self {
        Self {
            rows: 0,
            sums: table.columns.iter().map(Sum::new).collect(),
        }
    }

    /// A row more.
    pub fn add(&mut self, cells: &[Cell]) {
        self.rows += 1;
        for (sum, cell) in self.sums.iter_mut().zip(cells) {
            sum.add(cell);
        }
    }

    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Of each column its sum, in the columns' order; none of those that have none.
    pub fn by_column(&self) -> impl Iterator<Item = Option<Decimal>> {
        self.sums.iter().map(Sum::value)
    }

    /// Of each column how many of its cells are hidden, in the columns' order.
    pub fn hidden_by_column(&self) -> impl Iterator<Item = u64> {
        self.sums.iter().map(|sum| sum.hidden)
    }

    /// How many cells are hidden.
    pub fn hidden(&self) -> u64 {
        self.hidden_by_column().sum()
    }

    /// The columns that have a sum.
    pub fn sums(&self) -> impl Iterator<Item = ColumnSum<'_>> {
        let numbered = self.sums.iter().enumerate();
        numbered.filter_map(|(index, sum)| {
            Some(ColumnSum {
                column: index + 1,
                header: &sum.header,
                sum: sum.value()?,
                hidden: sum.hidden,
            })
        })
    }
}

impl Sum {
    fn new(column: &Column) -> Self {
        Self {
            header: column.header.clone(),
            integers: 0,
            decimals: matches!(column.kind, ColumnKind::Integer | ColumnKind::Decimal(_)).then_some(Decimal::ZERO),
            places: match column.kind {
                ColumnKind::Decimal(places) => places,
                _ => 0,
            },
            hidden: 0,
        }
    }

    fn add(&mut self, cell: &Cell) {
        match cell {
            Cell::Integer(number) => self.integers += i128::from(*number),
            Cell::Decimal(number) => self.decimals = self.decimals.and_then(|sum| sum.checked_add(*number)),
            Cell::Suppressed => self.hidden += 1,
            Cell::Empty | Cell::Text(_) | Cell::Date(_) => {}
        }
    }

    fn value(&self) -> Option<Decimal> {
        let integers = Decimal::try_from_i128_with_scale(self.integers, 0).ok()?;
        let mut sum = self.decimals?.checked_add(integers)?;
        // The sum of nothing has no places by itself.
        if sum.is_zero() {
            sum.rescale(self.places);
        }
        Some(sum)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Two rows: a text, a whole number (once too small to show), hours.
    pub(crate) fn sample() -> (Table, Vec<Vec<Cell>>) {
        let columns = [
            ("Enhet", ColumnKind::Text),
            ("Personer", ColumnKind::Integer),
            ("Timer", ColumnKind::Decimal(2)),
        ];
        let columns = columns.map(|(header, kind)| Column {
            header: header.to_owned(),
            kind,
            width: 12,
        });
        let table = Table {
            name: "Data".to_owned(),
            caption: String::new(),
            columns: columns.into(),
        };
        let hours = |text: &str| Cell::Decimal(text.parse().unwrap());
        let rows = vec![
            vec![Cell::Text("Øst".to_owned()), Cell::Integer(12), hours("7.50")],
            vec![Cell::Text("=Vest".to_owned()), Cell::Suppressed, hours("1.25")],
        ];
        (table, rows)
    }

    #[test]
    fn columns_of_numbers_have_sums_and_texts_have_none() {
        let (table, rows) = sample();
        let mut totals = ControlTotals::of(&table);
        rows.iter().for_each(|row| totals.add(row));
        assert_eq!(totals.rows(), 2);
        let sums: Vec<_> = totals
            .sums()
            .map(|sum| (sum.column, sum.header, sum.sum.to_string(), sum.hidden))
            .collect();
        let expected = [(2, "Personer", "12".to_owned(), 1), (3, "Timer", "8.75".to_owned(), 0)];
        assert_eq!(sums, expected);
        let of_nothing: Vec<_> = ControlTotals::of(&table)
            .by_column()
            .flatten()
            .map(|sum| sum.to_string())
            .collect();
        assert_eq!(of_nothing, ["0", "0.00"]);
        assert_eq!(totals.hidden_by_column().collect::<Vec<_>>(), [0, 1, 0]);
        assert_eq!(
            totals.by_column().map(|sum| sum.is_some()).collect::<Vec<_>>(),
            [false, true, true]
        );
    }

    #[test]
    fn a_sum_that_no_decimal_holds_is_left_out() {
        let (table, mut rows) = sample();
        rows[0][2] = Cell::Decimal(Decimal::MAX);
        let mut totals = ControlTotals::of(&table);
        rows.iter().for_each(|row| totals.add(row));
        let headers: Vec<_> = totals.sums().map(|sum| sum.header).collect();
        assert_eq!(headers, ["Personer"]);
    }
}
