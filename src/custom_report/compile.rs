//! From a checked definition to one SELECT. Its text is made of the whitelist's expressions alone: values are bound,
//! headers never leave this program, and numbers in the text are the compiler's own.

mod condition;
mod group;
mod value;

use entity::enums::Language;
use render::ColumnKind;
use std::collections::BTreeSet;

use sea_orm::Value;

use self::group::{Group, key_of};
pub(super) use self::value::header_of;
use self::value::{HIDDEN, aggregated, column_kind, few, plain, reading, sorted};
use super::definition::Grouping;
use super::range::LocalDates;
use super::source::{Choice, GroupingBy};
use super::valid::Checked;
use crate::kernel::id::Kind;

/// A SELECT, and how its rows are read.
#[derive(Clone, Debug)]
pub struct Compiled {
    sql: String,
    values: Vec<Value>,
    limit: Option<u32>,
    columns: Vec<OutputColumn>,
}

/// A column of the result.
#[derive(Clone, Debug)]
pub struct OutputColumn {
    /// The field's key, or what a grouping is by: `user`, `area`, `date`, `organization`, `kind`, `mode`.
    pub key: &'static str,
    pub header: String,
    pub kind: ColumnKind,
    /// Whether it holds a number of persons, or what depends on one: small ones are not shown.
    pub counts_persons: bool,
    /// Whether its cells are names of groups.
    pub is_grouping: bool,
    pub(super) reading: Reading,
}

/// How a cell is read from its row.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reading {
    Text,
    Integer,
    Decimal,
    Date,
    Boolean,
    Choice(&'static [Choice]),
    Id(Kind),
}

impl Compiled {
    pub fn columns(&self) -> &[OutputColumn] {
        &self.columns
    }

    /// The statement for `$1`, the organization, and [`Compiled::values`]; of the definition's rows the first so many.
    pub fn sql(&self, first: Option<u32>) -> String {
        let limit = [self.limit, first].into_iter().flatten().min();
        match limit {
            Some(limit) => format!("{} limit {limit}", self.sql),
            None => self.sql.clone(),
        }
    }

    /// What the statement binds from `$2` on.
    pub fn values(&self) -> Vec<Value> {
        self.values.clone()
    }

    /// The definition's own limit.
    pub fn limit(&self) -> Option<u32> {
        self.limit
    }
}

/// Compiles a checked definition for these dates; `language` is that of headers and of choices' names.
pub fn compile(checked: &Checked, dates: LocalDates, language: Language) -> Compiled {
    let mut statement = SelectBuilder::new(checked, dates, language);
    for grouping in checked.groupings() {
        statement.group_by(grouping);
    }
    statement.columns();
    statement.order();
    statement.finish()
}

struct SelectBuilder<'a> {
    checked: &'a Checked,
    language: Language,
    joins: BTreeSet<&'static str>,
    select: Vec<String>,
    groups: Vec<String>,
    /// How the groupings order rows; behind the columns' own order.
    group_order: Vec<String>,
    order: Vec<String>,
    columns: Vec<OutputColumn>,
    values: Vec<Value>,
}

impl<'a> SelectBuilder<'a> {
    fn new(checked: &'a Checked, dates: LocalDates, language: Language) -> Self {
        Self {
            checked,
            language,
            joins: BTreeSet::new(),
            select: Vec::new(),
            groups: Vec::new(),
            group_order: Vec::new(),
            order: Vec::new(),
            columns: Vec::new(),
            values: vec![dates.from.into(), dates.to.into()],
        }
    }

    fn group_by(&mut self, grouping: &Grouping) {
        let by = GroupingBy::from(grouping);
        let group = Group::of(grouping, self.checked.source.user_id(), self.language);
        self.joins.extend(group.joins);
        self.select.push(group.shown.clone());
        self.group_order.push(format!("{} nulls last", group.sorted));
        self.groups.push(group.shown);
        if let Some(id) = group.id {
            // People and units of the same name are several all the same.
            self.group_order.push(format!("{id} nulls last"));
            self.groups.push(id);
        }
        self.columns.push(OutputColumn {
            key: key_of(by),
            header: group.header,
            kind: group.kind,
            counts_persons: false,
            is_grouping: true,
            reading: group.reading,
        });
    }

    fn columns(&mut self) {
        for column in &self.checked.columns {
            let field = column.field;
            self.joins.extend(field.joins());
            let expression = match column.aggregation {
                Some(aggregation) => aggregated(field, aggregation),
                None => plain(field),
            };
            let reading = reading(field, column.aggregation);
            let few = few(self.checked, column, &expression);
            if let Some(order) = column.order {
                self.order.push(sorted(&expression, reading, few.as_deref(), order));
            }
            self.select.push(match few {
                Some(few) => format!("case when {few} then {HIDDEN} else {expression} end"),
                None => expression,
            });
            let header = column.label.clone();
            self.columns.push(OutputColumn {
                key: field.key,
                header: header.unwrap_or_else(|| header_of(field, column.aggregation, self.language)),
                kind: column_kind(reading),
                counts_persons: self.checked.source.counts_persons(field, column.aggregation),
                is_grouping: false,
                reading,
            });
        }
    }

    fn order(&mut self) {
        self.order.append(&mut self.group_order);
        if !self.checked.is_aggregated {
            self.order
                .extend(self.checked.source.row_key().iter().map(|key| (*key).to_owned()));
        }
    }

    fn finish(mut self) -> Compiled {
        let condition = self.condition();
        let mut sql = format!(
            "select {} {}{condition}",
            self.select
                .iter()
                .enumerate()
                .map(|(place, shown)| format!("{shown} as c{place}"))
                .collect::<Vec<_>>()
                .join(", "),
            self.checked.source.relation(&self.joins),
        );
        if self.checked.is_aggregated && self.groups.is_empty() {
            // Of no rows there is still a total, except of the test organization's (`test_org_excluded_from_output`).
            sql.push_str(" having exists (select from organizations where id = $1 and not is_test)");
        }
        for (word, parts) in [("group by", &self.groups), ("order by", &self.order)] {
            if !parts.is_empty() {
                sql.push_str(&format!(" {word} {}", parts.join(", ")));
            }
        }
        Compiled {
            sql,
            values: self.values,
            limit: self.checked.limit(),
            columns: self.columns,
        }
    }
}
