//! Keyset pagination for Relay connections: a page continues after a row's key, so that it costs the same wherever it
//! begins and no row is shown twice when others come in between.

use async_graphql::OutputType;
use async_graphql::connection::{Connection, Edge, EmptyFields};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sea_orm::sea_query::{ColumnType, Condition, Expr, ExprTrait, Keyword, Order};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, PartialModelTrait, QueryFilter, QueryOrder,
    QueryResult, QuerySelect, QueryTrait, Select, Statement,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::kernel::db::ReadScope;
use crate::kernel::error::{Error, Result, sqlstate};
use crate::kernel::rules;

/// Entries of a page when the caller names no number.
const DEFAULT_PAGE_SIZE: u64 = 50;
/// Entries of a page at most.
pub const MAX_PAGE_SIZE: u64 = 200;

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

    /// Where a row of a [`Keyset`] stands.
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
            None => DEFAULT_PAGE_SIZE,
            Some(size) => u64::try_from(size)
                .ok()
                .filter(|size| (1..=MAX_PAGE_SIZE).contains(size))
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

    /// All rows in the list's order, each with its place: for lists that are bounded otherwise.
    pub async fn fetch_all<M: PartialModelTrait>(self, scope: &ReadScope) -> Result<Vec<(Cursor, M)>> {
        let downward = self.descending;
        let rows = scope
            .query_all_raw(self.select::<M>(downward).build(DbBackend::Postgres))
            .await?;
        rows.iter()
            .map(|row| Ok((Cursor::of(row)?, M::from_query_result(row, "")?)))
            .collect()
    }

    fn statement<M: PartialModelTrait>(self, page: &PageRequest) -> Statement {
        let downward = self.descending != page.backward;
        let after = page.cursor.as_ref().map(|(key, row)| {
            let here = Expr::tuple([self.key.clone(), self.id.into_expr()]);
            let there = Expr::tuple([
                Expr::val(key.as_str()).cast_as("text").cast_as(self.key_type),
                Expr::val(*row),
            ]);
            if downward { here.lt(there) } else { here.gt(there) }
        });
        let rows = self.select::<M>(downward).filter(Condition::all().add_option(after));
        rows.limit(page.size + 1).build(DbBackend::Postgres)
    }

    fn select<M: PartialModelTrait>(self, downward: bool) -> Select<E> {
        let mut rows = M::select_cols(self.rows.select_only());
        QuerySelect::query(&mut rows).exprs_mut_for_each(|column| {
            let alias = column.alias.as_ref().map(ToString::to_string);
            if alias.is_some_and(|alias| self.omitted.contains(&alias.as_str())) {
                column.expr = Expr::from(Keyword::Null);
            }
        });
        let order = if downward { Order::Desc } else { Order::Asc };
        rows.expr_as(self.key.clone().cast_as("text"), "page_key")
            .column_as(self.id, "page_id")
            .order_by(self.key, order.clone())
            .order_by(self.id, order)
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
pub fn first_page<N: OutputType>(
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
    const MAX_COST: usize = 1 << 40;
    let usual = usize::try_from(DEFAULT_PAGE_SIZE).unwrap_or(MAX_COST);
    let entries = first.or(last).map_or(usual, |size| usize::try_from(size).unwrap_or(0));
    entries.saturating_mul(of_each).saturating_add(1).min(MAX_COST)
}
