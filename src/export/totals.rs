//! What the rows of a file add up to, for whoever wants to check that none is missing.

use rust_decimal::Decimal;

use super::table::{Cell, Column, ColumnKind, Table};

/// The number of rows and the sum of each column of numbers, as far as they are written. Numbers too small to show add
/// nothing: their sum would tell them.
#[derive(Clone, Debug)]
pub struct Totals {
    rows: u64,
    sums: Vec<Sum>,
}

/// A column's sum; none of a column that holds no numbers, or whose sum is longer than a decimal holds.
#[derive(Clone, Debug)]
struct Sum {
    header: String,
    kind: ColumnKind,
    integers: i128,
    decimals: Option<Decimal>,
}

impl Totals {
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

    /// Header, kind and sum of the columns that have one.
    pub fn sums(&self) -> impl Iterator<Item = (&str, ColumnKind, Decimal)> {
        let sums = self.sums.iter();
        sums.filter_map(|sum| Some((sum.header.as_str(), sum.kind, sum.value()?)))
    }
}

impl Sum {
    fn new(column: &Column) -> Self {
        Self {
            header: column.header.clone(),
            kind: column.kind,
            integers: 0,
            decimals: matches!(column.kind, ColumnKind::Integer | ColumnKind::Decimal(_)).then_some(Decimal::ZERO),
        }
    }

    fn add(&mut self, cell: &Cell) {
        match cell {
            Cell::Integer(number) => self.integers += i128::from(*number),
            Cell::Decimal(number) => self.decimals = self.decimals.and_then(|sum| sum.checked_add(*number)),
            Cell::Empty | Cell::Text(_) | Cell::Date(_) | Cell::Suppressed => {}
        }
    }

    fn value(&self) -> Option<Decimal> {
        let integers = Decimal::try_from_i128_with_scale(self.integers, 0).ok()?;
        self.decimals?.checked_add(integers)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Two rows: a text, a whole number (once too small to show), hours.
    pub(in crate::export) fn sample() -> (Table, Vec<Vec<Cell>>) {
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
        let mut totals = Totals::of(&table);
        rows.iter().for_each(|row| totals.add(row));
        assert_eq!(totals.rows(), 2);
        let sums: Vec<_> = totals
            .sums()
            .map(|(header, _, sum)| (header, sum.to_string()))
            .collect();
        assert_eq!(sums, [("Personer", "12".to_owned()), ("Timer", "8.75".to_owned())]);
        assert_eq!(
            totals.by_column().map(|sum| sum.is_some()).collect::<Vec<_>>(),
            [false, true, true]
        );
    }

    #[test]
    fn a_sum_that_no_decimal_holds_is_left_out() {
        let (table, mut rows) = sample();
        rows[0][2] = Cell::Decimal(Decimal::MAX);
        let mut totals = Totals::of(&table);
        rows.iter().for_each(|row| totals.add(row));
        assert_eq!(
            totals.sums().map(|(header, ..)| header).collect::<Vec<_>>(),
            ["Personer"]
        );
    }
}
