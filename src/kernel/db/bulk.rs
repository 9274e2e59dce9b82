//! Many rows in one statement. Each column travels as an array, of which `unnest` makes rows again: `COPY FROM` is
//! refused under row-level security, and one parameter for each value would be 65,535 of them at most and a new
//! statement for each number of rows. Some thousand rows at a time keep memory and round trips low.

use entity::tenancy::OfOrganization;
use sea_orm::sea_query::{
    BinOper, Expr, ExprTrait, Func, InsertStatement, OnConflict, Query, SelectStatement, TableRef,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IdenStatic, Iterable, PrimaryKeyToColumn,
    QueryTrait, Value,
};

use super::WriteScope;

/// Rows for one table, column by column. What the first one leaves unset all leave to the database.
pub struct Bulk<E: EntityTrait> {
    columns: Vec<E::Column>,
    rows: SelectStatement,
}

/// How many rows were written in which way; those that were so already are not among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Upserted {
    pub created: u64,
    pub updated: u64,
}

impl WriteScope {
    /// Rows of the entered organization, whichever they name.
    ///
    /// # Errors
    /// As [`Bulk::new`].
    pub fn bulk<A>(&self, rows: impl IntoIterator<Item = A>) -> Result<Bulk<A::Entity>, DbErr>
    where
        A: ActiveModelTrait,
        A::Entity: OfOrganization,
    {
        Bulk::new(rows.into_iter().map(|row| self.own(row)))
    }
}

impl<E: EntityTrait> Bulk<E> {
    /// Rows as they are: for the owner, who enters no organization.
    ///
    /// # Errors
    /// `DbErr::Custom` where a row leaves a column unset that the first one sets.
    pub fn new<A: ActiveModelTrait<Entity = E>>(rows: impl IntoIterator<Item = A>) -> Result<Self, DbErr> {
        let mut rows: Vec<A> = rows.into_iter().collect();
        let is_set = |column: &E::Column| rows.first().is_some_and(|row| !row.is_not_set(*column));
        let columns: Vec<E::Column> = E::Column::iter().filter(is_set).collect();
        let (mut arrays, mut selected) = (Query::select(), Query::select());
        for column in &columns {
            let values = rows.iter_mut().map(|row| row.take(*column).into_value());
            let values = values.collect::<Option<Vec<_>>>();
            let mut values = values.ok_or_else(|| DbErr::Custom(format!("a row without {}", column.as_str())))?;
            if !column.def().is_null() {
                selected.column(*column);
            } else {
                // An array binds no nulls: which values are there is an array of its own.
                let is_given = format!("{}_is_given", column.as_str());
                arrays.expr_as(unnest(take_nulls(&mut values)), is_given.clone());
                selected.expr_as(Expr::case(Expr::col(is_given), Expr::col(*column)), *column);
            }
            arrays.expr_as(unnest(values), *column);
        }
        let rows = selected.from_subquery(arrays, "arrays").to_owned();
        Ok(Self { columns, rows })
    }

    /// Inserts the rows.
    ///
    /// # Errors
    /// The database's, with the name of the rule that a row breaks.
    pub async fn insert(self, db: &impl ConnectionTrait) -> Result<(), DbErr> {
        if !self.columns.is_empty() {
            db.execute(&self.into_insert()?).await?;
        }
        Ok(())
    }

    /// Inserts those of the rows that are not there yet.
    ///
    /// # Errors
    /// The database's, with the name of the rule that a row breaks.
    pub async fn insert_missing(self, db: &impl ConnectionTrait) -> Result<(), DbErr> {
        if !self.columns.is_empty() {
            let mut insert = self.into_insert()?;
            db.execute(insert.on_conflict(OnConflict::new().do_nothing().to_owned()))
                .await?;
        }
        Ok(())
    }

    /// Inserts the rows, or updates those of the same key which differ in one of the `compared` columns; then the
    /// `touched` ones follow.
    ///
    /// # Errors
    /// The database's, with the name of the rule that a row breaks.
    pub async fn upsert(
        self,
        db: &impl ConnectionTrait,
        key: impl IntoIterator<Item = E::Column>,
        compared: &[E::Column],
        touched: &[E::Column],
    ) -> Result<Upserted, DbErr> {
        if self.columns.is_empty() {
            return Ok(Upserted::default());
        }
        let columns = compared.iter().copied();
        let stored = Expr::tuple(columns.clone().map(|column| column.into_expr()));
        let excluded = Expr::tuple(columns.clone().map(|column| Expr::col(("excluded", column))));
        let mut conflict = OnConflict::columns(key);
        conflict
            .update_columns(columns.chain(touched.iter().copied()))
            .action_and_where(stored.binary(BinOper::Custom("is distinct from"), excluded));
        // A row that this statement inserted has no former version.
        let is_new = Expr::col("xmax").eq(Expr::cust("0"));
        let mut insert = self.into_insert()?;
        insert.on_conflict(conflict).returning(Query::returning().expr(is_new));
        let written = db.query_all(&insert).await?;
        let mut upserted = Upserted::default();
        for row in written {
            if row.try_get_by_index(0)? {
                upserted.created += 1;
            } else {
                upserted.updated += 1;
            }
        }
        Ok(upserted)
    }

    /// Writes the rows over those of the same primary key.
    ///
    /// # Errors
    /// The database's, with the name of the rule that a row breaks.
    pub async fn update(self, scope: &WriteScope) -> Result<(), DbErr>
    where
        E: OfOrganization,
    {
        if self.columns.is_empty() {
            return Ok(());
        }
        let key: Vec<_> = E::PrimaryKey::iter().map(|part| part.into_column().as_str()).collect();
        let mut update = scope.update::<E>();
        let statement = QueryTrait::query(&mut update);
        statement.from(TableRef::SubQuery(Box::new(self.rows), "new".into()));
        for column in self.columns {
            let new = Expr::col(("new", column));
            if key.contains(&column.as_str()) {
                statement.and_where(column.into_expr().eq(new));
            } else {
                statement.value(column, new);
            }
        }
        update.exec(scope).await.map(drop)
    }

    fn into_insert(self) -> Result<InsertStatement, DbErr> {
        let mut insert = Query::insert();
        insert.into_table(E::default().table_ref()).columns(self.columns);
        let insert = insert.select_from(self.rows);
        insert
            .map(|insert| insert.to_owned())
            .map_err(|error| DbErr::Custom(error.to_string()))
    }
}

/// Puts something in the nulls' places; gives where there was none.
fn take_nulls(values: &mut [Value]) -> Vec<Value> {
    let given = values.iter_mut().map(|value| {
        let is_given = *value != value.as_null();
        if !is_given {
            *value = value.dummy_value();
        }
        is_given.into()
    });
    given.collect()
}

/// The values, of which there is one at least, as rows.
fn unnest(values: Vec<Value>) -> Expr {
    let array_type = values
        .first()
        .map_or(sea_orm::sea_query::ArrayType::Bool, Value::array_type);
    Func::cust("unnest")
        .arg(Value::Array(array_type, Some(Box::new(values))))
        .into()
}
