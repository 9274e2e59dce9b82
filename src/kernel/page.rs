//! Keyset pagination for Relay connections: a page continues after a row's key, so that it costs the same wherever it
//! begins and no row is shown twice when others come in between.

use async_graphql::OutputType;
use async_graphql::connection::{Connection, Edge, EmptyFields};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sea_orm::sea_query::{ColumnType, Condition, Expr, ExprTrait, Keyword, Order};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, PartialModelTrait, QueryFilter, QueryOrder,
    QueryResult, QuerySelect, QueryTrait, Select, Statement, Value,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::kernel::db::ReadScope;
use crate::kernel::error::{Error, Result, sqlstate};
use crate::kernel::rules;

/// Entries of a page when the caller names no number.
const USUAL_SIZE: u64 = 50;
/// Entries of a page at most.
pub const GREATEST_SIZE: u64 = 200;

/// Where a row stands in its list: the ordering column as text, then the id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    pub key: String,
    pub id: Uuid,
}

impl Cursor {
    /// The opaque text that clients hand back.
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}|{}", self.id, self.key))
    }

    /// Where a row of a statement [`with_cursor`] stands.
    pub fn of(row: &QueryResult) -> Result<Self> {
        Ok(Self {
            key: row.try_get("", "page_key")?,
            id: row.try_get("", "page_id")?,
        })
    }

    fn decode(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (id, key) = std::str::from_utf8(&bytes).ok()?.split_once('|')?;
        Some(Self {
            key: key.to_owned(),
            id: id.parse().ok()?,
        })
    }
}

impl async_graphql::connection::CursorType for Cursor {
    type Error = &'static str;

    fn decode_cursor(text: &str) -> Result<Self, Self::Error> {
        Self::decode(text).ok_or(rules::CURSOR_MALFORMED.message())
    }

    fn encode_cursor(&self) -> String {
        self.encode()
    }
}

/// The page asked for, checked: from one end only, 1 to 200 entries.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PageRequest {
    pub size: u64,
    pub backward: bool,
    pub cursor: Option<(String, Uuid)>,
}

impl PageRequest {
    /// Reads Relay's four arguments.
    pub fn new(after: Option<String>, before: Option<String>, first: Option<i32>, last: Option<i32>) -> Result<Self> {
        let backward = last.is_some() || before.is_some();
        if backward && (first.is_some() || after.is_some()) {
            return Err(Error::rule(rules::PAGE_SIZE_LIMIT).at("first"));
        }
        let (size, cursor, name) = if backward {
            (last, before, "last")
        } else {
            (first, after, "first")
        };
        let size = match size {
            None => USUAL_SIZE,
            Some(size) => u64::try_from(size)
                .ok()
                .filter(|size| (1..=GREATEST_SIZE).contains(size))
                .ok_or_else(|| Error::rule(rules::PAGE_SIZE_LIMIT).at(name))?,
        };
        let cursor = match cursor {
            None => None,
            Some(text) => {
                let cursor = Cursor::decode(&text).ok_or_else(|| {
                    Error::rule(rules::CURSOR_MALFORMED).at(if backward { "before" } else { "after" })
                })?;
                Some((cursor.key, cursor.id))
            }
        };
        Ok(Self { size, backward, cursor })
    }
}

/// A list that can be paged: one SELECT, its filter, and the column that orders it. All of it is this crate's own text;
/// what a client sends arrives as bound values.
pub struct List<'a> {
    /// `select ... from ...` without a WHERE.
    pub select: &'a str,
    /// The WHERE clause; `organization_id = $1` at its beginning.
    pub filter: String,
    /// Bound from `$2` on.
    pub values: Vec<Value>,
    /// The ordering column and its type, for example `("created_at", "timestamptz")`.
    pub key: (&'static str, &'static str),
    /// The column that breaks ties, a uuid.
    pub id: &'static str,
    pub descending: bool,
}

/// What of a list is wanted; what is not set does not restrict it.
pub trait Filter {
    /// The condition over the table's columns. It binds values and names nothing that a client sent.
    fn condition(&self, scope: &ReadScope) -> Condition;
}

/// A list that can be paged: rows of an entity, ordered by one key and by id among equals.
pub struct Keyset<E: EntityTrait> {
    rows: Select<E>,
    key: Expr,
    key_type: &'static str,
    id: E::Column,
    descending: bool,
    omitted: Vec<&'static str>,
}

impl<E: EntityTrait> Keyset<E> {
    /// Orders by a column.
    pub fn by(rows: Select<E>, key: E::Column, id: E::Column) -> Self {
        let key_type = match key.def().get_column_type() {
            ColumnType::TimestampWithTimeZone => "timestamptz",
            ColumnType::Date => "date",
            ColumnType::BigInteger => "bigint",
            ColumnType::Integer => "integer",
            _ => "text",
        };
        Self::by_expr(rows, key.into_expr(), key_type, id)
    }

    /// Orders by an expression, whose type Postgres calls `key_type`.
    pub fn by_expr(rows: Select<E>, key: Expr, key_type: &'static str, id: E::Column) -> Self {
        Self {
            rows,
            key,
            key_type,
            id,
            descending: false,
            omitted: Vec::new(),
        }
    }

    /// From the greatest key downwards.
    pub fn descending(mut self, descending: bool) -> Self {
        self.descending = descending;
        self
    }

    /// Leaves large columns of the row unread where nobody asked for them: they are null then.
    pub fn omitting(mut self, columns: impl IntoIterator<Item = &'static str>) -> Self {
        self.omitted.extend(columns);
        self
    }

    /// Fetches a page; one row more than asked for tells whether there is a next one.
    pub async fn fetch<M: PartialModelTrait>(self, scope: &ReadScope, page: &PageRequest) -> Result<Page<M>> {
        let statement = self.statement::<M>(page);
        let found = scope.query_all_raw(statement).await;
        let rows = found.map_err(|error| refused_key(error, page))?;
        let rows = rows
            .iter()
            .map(|row| Ok((Cursor::of(row)?, M::from_query_result(row, "")?)));
        Page::new(rows.collect::<Result<_>>()?, page)
    }

    fn statement<M: PartialModelTrait>(self, page: &PageRequest) -> Statement {
        let mut rows = M::select_cols(self.rows.select_only());
        QuerySelect::query(&mut rows).exprs_mut_for_each(|column| {
            let alias = column.alias.as_ref().map(ToString::to_string);
            if alias.is_some_and(|alias| self.omitted.contains(&alias.as_str())) {
                column.expr = Expr::from(Keyword::Null);
            }
        });
        let downward = self.descending != page.backward;
        let id = self.id.into_expr();
        if let Some((key, row)) = &page.cursor {
            let here = Expr::tuple([self.key.clone(), id.clone()]);
            let there = Expr::tuple([
                Expr::val(key.as_str()).cast_as("text").cast_as(self.key_type),
                Expr::val(*row),
            ]);
            rows = rows.filter(if downward { here.lt(there) } else { here.gt(there) });
        }
        let order = if downward { Order::Desc } else { Order::Asc };
        let rows = rows
            .expr_as(self.key.clone().cast_as("text"), "page_key")
            .column_as(self.id, "page_id")
            .order_by(self.key, order.clone())
            .order_by(id, order)
            .limit(page.size + 1);
        rows.build(DbBackend::Postgres)
    }
}

/// A cursor of another list does not read as this list's key (SQLSTATE class 22).
fn refused_key(error: DbErr, page: &PageRequest) -> Error {
    let unreadable = sqlstate(&error).is_some_and(|state| state.starts_with("22"));
    if page.cursor.is_some() && unreadable {
        return Error::rule(rules::CURSOR_MALFORMED).at(if page.backward { "before" } else { "after" });
    }
    error.into()
}

/// The rows of one page, in the list's order.
pub struct Page<M> {
    pub rows: Vec<(Cursor, M)>,
    pub has_previous: bool,
    pub has_next: bool,
}

impl<M> Page<M> {
    /// The page of what was found, in the order of the statement: perhaps one row more than asked for.
    fn new(mut rows: Vec<(Cursor, M)>, page: &PageRequest) -> Result<Self> {
        let more = rows.len() as u64 > page.size;
        rows.truncate(usize::try_from(page.size).map_err(Error::internal)?);
        if page.backward {
            rows.reverse();
        }
        let continues = page.cursor.is_some();
        let (has_previous, has_next) = if page.backward {
            (more, continues)
        } else {
            (continues, more)
        };
        Ok(Self {
            rows,
            has_previous,
            has_next,
        })
    }
}

impl List<'_> {
    /// Fetches a page; one row more than asked for tells whether there is a next one.
    pub async fn fetch(mut self, scope: &ReadScope, page: &PageRequest) -> Result<Page<QueryResult>> {
        let sql = self.statement(page);
        let found = scope
            .rows(&sql, std::mem::take(&mut self.values))
            .await
            .map_err(|error| refused_cursor(error, page))?;
        let rows = found.into_iter().map(|row| Ok((Cursor::of(&row)?, row)));
        Page::new(rows.collect::<Result<_>>()?, page)
    }

    fn statement(&mut self, page: &PageRequest) -> String {
        let (key, key_type) = self.key;
        let id = self.id;
        let downward = self.descending != page.backward;
        let mut filter = self.filter.clone();
        if let Some((cursor_key, cursor_id)) = &page.cursor {
            let sign = if downward { "<" } else { ">" };
            let at = self.values.len() + 2;
            filter.push_str(&format!(
                " and ({key}, {id}) {sign} (${at}::text::{key_type}, ${})",
                at + 1
            ));
            self.values.push(cursor_key.clone().into());
            self.values.push((*cursor_id).into());
        }
        let direction = if downward { "desc" } else { "asc" };
        let select = with_cursor(self.select, key, id);
        format!(
            "{select} where {filter} order by {key} {direction}, {id} {direction} limit {}",
            page.size + 1
        )
    }
}

/// The `select ...` with the columns that [`Cursor::of`] reads.
pub fn with_cursor(select: &str, key: &str, id: &str) -> String {
    let columns = format!("select ({key})::text as page_key, {id} as page_id, ");
    select.replacen("select ", &columns, 1)
}

/// A cursor of another list does not read as this list's key: it is no such value, or one out of its type's range.
fn refused_cursor(error: Error, page: &PageRequest) -> Error {
    match error.sqlstate() {
        Some("22P02" | "22003" | "22007" | "22008") if page.cursor.is_some() => {
            Error::rule(rules::CURSOR_MALFORMED).at(if page.backward { "before" } else { "after" })
        }
        _ => error,
    }
}

/// Turns a page into a Relay connection.
pub fn connection<M, N: OutputType, F: async_graphql::ObjectType>(
    page: Page<M>,
    fields: F,
    mut node: impl FnMut(M) -> Result<N>,
) -> Result<Connection<Cursor, N, F, EmptyFields>> {
    let mut connection = Connection::with_additional_fields(page.has_previous, page.has_next, fields);
    for (cursor, row) in page.rows {
        connection.edges.push(Edge::new(cursor, node(row)?));
    }
    Ok(connection)
}

/// A connection of a list's first page, from its rows and, where there are more, one beyond them.
pub fn beginning<N: OutputType>(
    mut rows: Vec<(Cursor, N)>,
    size: u64,
) -> Result<Connection<Cursor, N, EmptyFields, EmptyFields>> {
    let size = usize::try_from(size).map_err(Error::internal)?;
    let mut connection = Connection::new(false, rows.len() > size);
    rows.truncate(size);
    connection.edges = rows.into_iter().map(|(cursor, node)| Edge::new(cursor, node)).collect();
    Ok(connection)
}

/// What a field costs whose statement reads a large part of an organization's rows: some few of them are an operation's
/// limit.
pub const LARGE_STATEMENT: usize = 10_000;

/// What a connection costs: each entry asked for costs what is selected of it. For `#[graphql(complexity = ...)]`.
pub fn cost(first: Option<i32>, last: Option<i32>, of_each: usize) -> usize {
    /// Beyond every limit, and far enough from `usize::MAX` for sums of such costs.
    const GREATEST: usize = 1 << 40;
    let usual = usize::try_from(USUAL_SIZE).unwrap_or(GREATEST);
    let entries = first.or(last).map_or(usual, |size| usize::try_from(size).unwrap_or(0));
    entries.saturating_mul(of_each).saturating_add(1).min(GREATEST)
}
