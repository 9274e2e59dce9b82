//! From a checked definition to one SELECT. Its text is made of the whitelist's expressions alone: values are bound,
//! headers never leave this program, and numbers in the text are the compiler's own.

use std::collections::BTreeSet;

use entity::enums::UnitLevel;
use sea_orm::Value;

use super::definition::{Aggregation, DatePeriod, Grouping, Operator, Order};
use super::range::LocalDates;
use super::source::{self, Choice, Field, FieldKind, GroupingBy};
use super::valid::{Checked, CheckedColumn, CheckedCondition, Typed};
use crate::export::table::{ColumnKind, Language};
use crate::id::Kind;

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
                counts_persons: field.counts_persons,
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

    fn condition(&mut self) -> String {
        let mut sql = String::new();
        let names_status = self.checked.columns.iter().any(|column| column.field.key == "status")
            || self
                .checked
                .condition
                .as_ref()
                .is_some_and(|condition| names(condition, "status"));
        if let Some(approved) = self.checked.source.approved().filter(|_| !names_status) {
            sql.push_str(&format!(" and {approved}"));
        }
        if let Some(condition) = &self.checked.condition {
            let compiled = self.compiled(condition);
            sql.push_str(&format!(" and {compiled}"));
        }
        sql
    }

    /// True or false, never unknown: an empty cell fulfils `is_empty`, `not_equals` and `not_in` alone.
    fn compiled(&mut self, condition: &CheckedCondition) -> String {
        match condition {
            CheckedCondition::All(parts) => self.joined(parts, " and ", "true"),
            CheckedCondition::Any(parts) => self.joined(parts, " or ", "false"),
            CheckedCondition::Not(part) => format!("(not {})", self.compiled(part)),
            CheckedCondition::Compare {
                field,
                operator,
                values,
            } => {
                self.joins.extend(field.joins());
                let bound: Vec<_> = values.iter().map(|value| self.bind(value)).collect();
                format!("({})", comparison(field, *operator, &bound))
            }
        }
    }

    fn joined(&mut self, parts: &[CheckedCondition], word: &str, of_none: &str) -> String {
        let parts: Vec<_> = parts.iter().map(|part| self.compiled(part)).collect();
        if parts.is_empty() {
            of_none.to_owned()
        } else {
            format!("({})", parts.join(word))
        }
    }

    fn bind(&mut self, value: &Typed) -> String {
        let (value, cast): (Value, &str) = match value {
            Typed::Text(text) => (text.clone().into(), "text"),
            Typed::Integer(number) => ((*number).into(), "bigint"),
            Typed::Decimal(number) => ((*number).into(), "numeric"),
            Typed::Date(date) => ((*date).into(), "date"),
            Typed::Boolean(truth) => ((*truth).into(), "boolean"),
            Typed::Id(id) => ((*id).into(), "uuid"),
        };
        self.values.push(value);
        // `$1` is the organization.
        format!("${}::{cast}", self.values.len() + 1)
    }
}

/// Stands for a number that is not shown; persons and their hours are never fewer than none.
pub(super) const HIDDEN: &str = "-1";

/// When a column's number is not shown, because it tells of 1 to 4 persons (decisions, 8); never where it is of the whole
/// organization. An average is hidden by its sum, which it would give away where the number of rows is known.
fn few(checked: &Checked, column: &CheckedColumn, expression: &str) -> Option<String> {
    if !column.field.counts_persons || !checked.is_finer_than_the_organization() {
        return None;
    }
    let persons = match (checked.source.persons(), column.aggregation) {
        (Some(persons), _) => format!("count(distinct {persons})"),
        (None, Some(Aggregation::Average)) => aggregated(column.field, Aggregation::Sum),
        (None, _) => expression.to_owned(),
    };
    Some(format!("{persons} between 1 and 4"))
}

fn names(condition: &CheckedCondition, key: &str) -> bool {
    match condition {
        CheckedCondition::All(parts) | CheckedCondition::Any(parts) => parts.iter().any(|part| names(part, key)),
        CheckedCondition::Not(part) => names(part, key),
        CheckedCondition::Compare { field, .. } => field.key == key,
    }
}

fn comparison(field: &Field, operator: Operator, bound: &[String]) -> String {
    let sql = field.sql();
    let list = bound.join(", ");
    let first = bound.first().map(String::as_str).unwrap_or_default();
    if field.includes_units_below() && !bound.is_empty() {
        let below = bound
            .iter()
            .map(|unit| format!("{sql} in (select app.unit_subtree($1, {unit}))"));
        let below = below.collect::<Vec<_>>().join(" or ");
        return match operator {
            Operator::NotEquals | Operator::NotIn => format!("not ({below})"),
            _ => below,
        };
    }
    match operator {
        Operator::Equals => known(&format!("{sql} = {first}")),
        Operator::NotEquals => format!("{sql} is distinct from {first}"),
        Operator::In => known(&format!("{sql} in ({list})")),
        Operator::NotIn => format!("not {}", known(&format!("{sql} in ({list})"))),
        Operator::LessThan => known(&format!("{sql} < {first}")),
        Operator::AtMost => known(&format!("{sql} <= {first}")),
        Operator::GreaterThan => known(&format!("{sql} > {first}")),
        Operator::AtLeast => known(&format!("{sql} >= {first}")),
        Operator::Between => known(&format!("{sql} between {}", bound.join(" and "))),
        Operator::Contains => known(&format!("strpos({}, {}) > 0", folded(sql), folded(first))),
        Operator::StartsWith => known(&format!("starts_with({}, {})", folded(sql), folded(first))),
        Operator::IsEmpty => format!("({sql}) is null"),
        Operator::IsNotEmpty => format!("({sql}) is not null"),
    }
}

/// In small letters, Norwegian ones too, whatever the database's own locale.
fn folded(text: &str) -> String {
    format!("lower(({text}) collate app.norwegian)")
}

fn known(condition: &str) -> String {
    format!("coalesce({condition}, false)")
}

fn plain(field: &Field) -> String {
    let sql = field.sql();
    match field.kind {
        FieldKind::Text | FieldKind::Choice(_) => format!("({sql})::text"),
        FieldKind::Integer => format!("({sql})::bigint"),
        FieldKind::Decimal | FieldKind::Date | FieldKind::Boolean | FieldKind::Id(_) => sql.to_owned(),
    }
}

fn aggregated(field: &Field, aggregation: Aggregation) -> String {
    let (summed, divisor) = field.summed();
    let is_decimal = matches!(field.kind, FieldKind::Decimal);
    match aggregation {
        Aggregation::Count => format!("count({})", field.sql()),
        Aggregation::CountDistinct => format!("count(distinct {})", field.identity()),
        Aggregation::Sum if is_decimal => format!("round(coalesce(sum({summed}), 0)::numeric / {divisor}, 2)"),
        Aggregation::Sum => format!("coalesce(sum({summed}), 0)::bigint"),
        // Of whole numbers, and rounded once.
        Aggregation::Average => format!("round(sum({summed})::numeric / nullif(count({summed}) * {divisor}, 0), 2)"),
        Aggregation::Minimum => extreme("min", field),
        Aggregation::Maximum => extreme("max", field),
    }
}

fn extreme(function: &str, field: &Field) -> String {
    let sql = field.sql();
    match field.kind {
        FieldKind::Integer => format!("{function}({sql})::bigint"),
        _ => format!("{function}({sql})"),
    }
}

fn reading(field: &Field, aggregation: Option<Aggregation>) -> Reading {
    match (aggregation, field.kind) {
        (Some(Aggregation::Count | Aggregation::CountDistinct), _) => Reading::Integer,
        (Some(Aggregation::Average), _) => Reading::Decimal,
        (_, FieldKind::Text) => Reading::Text,
        (_, FieldKind::Integer) => Reading::Integer,
        (_, FieldKind::Decimal) => Reading::Decimal,
        (_, FieldKind::Date) => Reading::Date,
        (_, FieldKind::Boolean) => Reading::Boolean,
        (_, FieldKind::Choice(choices)) => Reading::Choice(choices),
        (_, FieldKind::Id(kind)) => Reading::Id(kind),
    }
}

fn column_kind(reading: Reading) -> ColumnKind {
    match reading {
        Reading::Integer => ColumnKind::Integer,
        Reading::Decimal => ColumnKind::Decimal(2),
        Reading::Date => ColumnKind::Date,
        Reading::Text | Reading::Boolean | Reading::Choice(_) | Reading::Id(_) => ColumnKind::Text,
    }
}

/// Hidden numbers sort as one, between none and five, because their order would tell them apart.
fn sorted(expression: &str, reading: Reading, few: Option<&str>, order: Order) -> String {
    let sorted = match (reading, few) {
        (Reading::Text, _) => format!("{expression} collate app.norwegian"),
        (Reading::Choice(choices), _) => choice_place(expression, choices),
        (_, Some(few)) => format!("case when {few} then 1 else {expression} end"),
        (_, None) => expression.to_owned(),
    };
    let direction = match order {
        Order::Ascending => "asc",
        Order::Descending => "desc",
    };
    format!("{sorted} {direction} nulls last")
}

fn choice_place(expression: &str, choices: &[Choice]) -> String {
    let values: Vec<_> = choices.iter().map(|choice| format!("'{}'", choice.value)).collect();
    format!("array_position(array[{}], {expression})", values.join(", "))
}

fn header_of(field: &Field, aggregation: Option<Aggregation>, language: Language) -> String {
    let label = field.label.of(language);
    let of = |nb, en| format!("{label} ({})", language.pick(nb, en));
    match aggregation {
        None => label.to_owned(),
        // What can be made into one thing alone is called by its name.
        Some(_) if field.aggregations.len() == 1 => label.to_owned(),
        Some(Aggregation::Count) => of("antall", "count"),
        Some(Aggregation::CountDistinct) => of("antall ulike", "distinct"),
        Some(Aggregation::Sum) => of("sum", "sum"),
        Some(Aggregation::Average) => of("snitt", "average"),
        Some(Aggregation::Minimum) => of("minst", "minimum"),
        Some(Aggregation::Maximum) => of("størst", "maximum"),
    }
}

fn key_of(by: GroupingBy) -> &'static str {
    match by {
        GroupingBy::User => "user",
        GroupingBy::Area => "area",
        GroupingBy::Date => "date",
        GroupingBy::Organization => "organization",
        GroupingBy::Kind => "kind",
        GroupingBy::Mode => "mode",
    }
}

/// A grouping's expressions.
struct Group {
    shown: String,
    /// Tells groups of the same name apart.
    id: Option<String>,
    sorted: String,
    joins: Vec<&'static str>,
    header: String,
    kind: ColumnKind,
    reading: Reading,
}

impl Group {
    fn of(grouping: &Grouping, user_id: &'static str, language: Language) -> Self {
        let header = GroupingBy::from(grouping).label().of(language);
        match grouping {
            Grouping::User => Self::named("l.name", user_id, &["user"], header),
            Grouping::Area { level } => {
                let (id, name, joins) = source::area(*level);
                Self::named(name, id, joins, area_header(*level, language))
            }
            Grouping::Organization => Self::named("o.name", "o.id", &[], header),
            Grouping::Date { period } => Self::dated(*period, language),
            Grouping::Kind => Self::chosen("a.kind", source::kinds(), header),
            Grouping::Mode => Self::chosen("a.mode", source::modes(), header),
        }
    }

    fn named(name: &str, id: &str, joins: &[&'static str], header: &str) -> Self {
        Self {
            shown: name.to_owned(),
            id: Some(id.to_owned()),
            sorted: format!("({name}) collate app.norwegian"),
            joins: joins.to_vec(),
            header: header.to_owned(),
            kind: ColumnKind::Text,
            reading: Reading::Text,
        }
    }

    fn chosen(sql: &str, choices: &'static [Choice], header: &str) -> Self {
        Self {
            shown: sql.to_owned(),
            id: None,
            sorted: choice_place(sql, choices),
            joins: Vec::new(),
            header: header.to_owned(),
            kind: ColumnKind::Text,
            reading: Reading::Choice(choices),
        }
    }

    fn dated(period: DatePeriod, language: Language) -> Self {
        let (format, nb, en) = match period {
            DatePeriod::Day => ("", "Dato", "Date"),
            DatePeriod::Week => ("IYYY\"-W\"IW", "Uke", "Week"),
            DatePeriod::Month => ("YYYY-MM", "Måned", "Month"),
            DatePeriod::Quarter => ("YYYY\"-Q\"Q", "Kvartal", "Quarter"),
            DatePeriod::Year => ("YYYY", "År", "Year"),
        };
        let (shown, kind, reading) = if period == DatePeriod::Day {
            ("d.local_date".to_owned(), ColumnKind::Date, Reading::Date)
        } else {
            let text = format!("to_char(d.local_date, '{format}')");
            (text, ColumnKind::Text, Reading::Text)
        };
        Self {
            sorted: shown.clone(),
            shown,
            id: None,
            joins: Vec::new(),
            header: language.pick(nb, en).to_owned(),
            kind,
            reading,
        }
    }
}

fn area_header(level: Option<UnitLevel>, language: Language) -> &'static str {
    match level {
        None => language.pick("Enhet", "Unit"),
        Some(UnitLevel::National) => language.pick("Nasjonalt ledd", "National body"),
        Some(UnitLevel::Region) => language.pick("Region", "Region"),
        Some(UnitLevel::Local) => language.pick("Lokallag", "Local branch"),
    }
}
