//! From a checked definition to one SELECT: the whitelist's expressions, put together. A client's values are bound, its
//! headers never leave this program, and what is written out are the program's own constants.

mod condition;
mod group;
mod value;

use entity::enums::Language;
use render::ColumnKind;
use std::collections::BTreeSet;

use sea_orm::sea_query::{self, Expr, NullOrdering, SelectStatement};

use self::group::{Group, key_of};
pub(super) use self::value::header_of;
use self::value::{HIDDEN, aggregate, few, order_of, reading, sort_key, value_of};
use super::expressions::{either, literal};
use super::range::LocalDates;
use super::source::{Choice, GroupingBy, Join, ReportExtent};
use super::valid::CheckedDefinition;
use crate::kernel::db::ReadScope;
use crate::kernel::id::IdKind;

/// A SELECT, and how its rows are read.
#[derive(Clone, Debug)]
pub struct Compiled {
    select: SelectStatement,
    limit: Option<u32>,
    columns: Vec<OutputColumn>,
}

/// A column of the result.
#[derive(Clone, Debug)]
pub struct OutputColumn {
    /// The field's key, or what a grouping is by: `user`, `area`, `date`, `organization`, `kind`, `mode`.
    pub key: &'static str,
    pub header: String,
    /// Whether it holds a number of persons, or what depends on one: small ones are not shown.
    pub counts_persons: bool,
    /// Whether its cells are names of groups.
    pub is_grouping: bool,
    pub(super) reading: CellKind,
}

impl OutputColumn {
    pub fn kind(&self) -> ColumnKind {
        match self.reading {
            CellKind::Integer => ColumnKind::Integer,
            CellKind::Decimal => ColumnKind::Decimal(2),
            CellKind::Date => ColumnKind::Date,
            CellKind::Text | CellKind::Boolean | CellKind::Choice(_) | CellKind::Id(_) => ColumnKind::Text,
        }
    }
}

/// How a cell is read from its row.
#[derive(Clone, Copy, Debug)]
pub(super) enum CellKind {
    Text,
    Integer,
    Decimal,
    Date,
    Boolean,
    Choice(&'static [Choice]),
    Id(IdKind),
}

impl Compiled {
    pub fn columns(&self) -> &[OutputColumn] {
        &self.columns
    }

    /// The statement; of the definition's rows the first so many.
    pub fn select(&self, first: Option<u32>) -> SelectStatement {
        let mut select = self.select.clone();
        if let Some(limit) = [self.limit, first].into_iter().flatten().min() {
            select.limit(limit.into());
        }
        select
    }

    /// The definition's own limit.
    pub fn limit(&self) -> Option<u32> {
        self.limit
    }
}

/// Compiles a checked definition for these dates; `language` is that of headers and of choices' names.
pub fn compile(scope: &ReadScope, checked: &CheckedDefinition, dates: LocalDates, language: Language) -> Compiled {
    let extent = ReportExtent { scope, dates };
    let mut compiler = Compiler {
        checked,
        language,
        select: (checked.source.rows)(&extent),
        joins: BTreeSet::new(),
        columns: Vec::new(),
    };
    let group_order = compiler.add_groupings();
    compiler.add_columns();
    compiler.add_order(group_order);
    compiler.add_conditions(&extent);
    checked.source.join(&mut compiler.select, &compiler.joins, &extent);
    Compiled {
        select: compiler.select,
        limit: checked.limit(),
        columns: compiler.columns,
    }
}

struct Compiler<'a> {
    checked: &'a CheckedDefinition,
    language: Language,
    select: SelectStatement,
    joins: BTreeSet<Join>,
    columns: Vec<OutputColumn>,
}

impl Compiler<'_> {
    /// Gives what the groupings order rows by.
    fn add_groupings(&mut self) -> Vec<Expr> {
        let mut order = Vec::new();
        for grouping in self.checked.groupings() {
            let group = Group::of(grouping, self.checked.source, self.language);
            self.joins.extend(group.joins);
            self.select.expr(group.shown.clone());
            order.push(group.sorted);
            // People and units of the same name are several all the same.
            order.extend(group.id.clone());
            self.select.add_group_by(std::iter::once(group.shown).chain(group.id));
            self.columns.push(OutputColumn {
                key: key_of(GroupingBy::from(grouping)),
                header: group.header,
                counts_persons: false,
                is_grouping: true,
                reading: group.reading,
            });
        }
        order
    }

    fn add_columns(&mut self) {
        let CheckedDefinition { source, columns, .. } = self.checked;
        for column in columns {
            let field = column.field;
            self.joins.extend(field.joins());
            let value = match column.aggregation {
                Some(aggregation) => aggregate(field, aggregation),
                None => value_of(field),
            };
            let reading = reading(field, column.aggregation);
            let few = few(self.checked, column, &value);
            if let Some(order) = column.order {
                let key = sort_key(value.clone(), reading, few.clone());
                self.order_by(key, order_of(order));
            }
            self.select.expr(match few {
                Some(few) => either(few, literal(HIDDEN), value),
                None => value,
            });
            let header = column.label.clone();
            self.columns.push(OutputColumn {
                key: field.key,
                header: header.unwrap_or_else(|| header_of(field, column.aggregation, self.language)),
                counts_persons: source.counts_persons(field, column.aggregation),
                is_grouping: false,
                reading,
            });
        }
    }

    /// Behind the columns' own order.
    fn add_order(&mut self, groups: Vec<Expr>) {
        let is_aggregated = self.checked.is_aggregated;
        let row_key = self.checked.source.row_key.iter().filter(|_| !is_aggregated);
        for key in groups.iter().chain(row_key) {
            self.order_by(key.clone(), sea_query::Order::Asc);
        }
    }

    fn order_by(&mut self, key: Expr, order: sea_query::Order) {
        self.select.order_by_expr_with_nulls(key, order, NullOrdering::Last);
    }
}
