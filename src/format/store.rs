//! Reads format versions. They are written by migrations alone.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult, Statement, Value};
use serde_json::Value as Json;

use super::fields;
use super::version::{BasisYears, FormatVersion};

const SELECT: &str = "select version, lower(basis_years) as first_year, upper(basis_years) - 1 as last_year, \
    fields, rules, rules_hash from format_versions";

/// The version of that name.
///
/// # Errors
/// The database's, or `DbErr::Custom` for a stored version that this code does not understand.
pub async fn find(db: &impl ConnectionTrait, version: &str) -> Result<Option<FormatVersion>, DbErr> {
    one(db, "where version = $1", [version.into()]).await
}

/// The version that holds for a basis year. Where there is none, the rule `format_version_covers_basis_year` is broken.
///
/// # Errors
/// As [`find`].
pub async fn for_basis_year(db: &impl ConnectionTrait, year: i32) -> Result<Option<FormatVersion>, DbErr> {
    one(db, "where basis_years @> $1::integer", [year.into()]).await
}

/// Every version, by first basis year.
///
/// # Errors
/// As [`find`].
pub async fn list(db: &impl ConnectionTrait) -> Result<Vec<FormatVersion>, DbErr> {
    let statement = Statement::from_string(DbBackend::Postgres, format!("{SELECT} order by first_year"));
    Row::find_by_statement(statement)
        .all(db)
        .await?
        .into_iter()
        .map(FormatVersion::try_from)
        .collect()
}

async fn one(db: &impl ConnectionTrait, condition: &str, values: [Value; 1]) -> Result<Option<FormatVersion>, DbErr> {
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, format!("{SELECT} {condition}"), values);
    Row::find_by_statement(statement)
        .one(db)
        .await?
        .map(FormatVersion::try_from)
        .transpose()
}

#[derive(FromQueryResult)]
struct Row {
    version: String,
    first_year: i32,
    last_year: Option<i32>,
    fields: Json,
    rules: Json,
    rules_hash: Vec<u8>,
}

impl TryFrom<Row> for FormatVersion {
    type Error = DbErr;

    fn try_from(row: Row) -> Result<Self, DbErr> {
        let unreadable = |error: serde_json::Error| DbErr::Custom(format!("format version {}: {error}", row.version));
        let format = Self {
            basis_years: BasisYears {
                from: row.first_year,
                to: row.last_year,
            },
            fields: serde_json::from_value(row.fields).map_err(unreadable)?,
            rules: serde_json::from_value(row.rules).map_err(unreadable)?,
            rules_hash: row.rules_hash,
            version: row.version.clone(),
        };
        if let Some(id) = fields::unknown_counted_field(&format) {
            return Err(DbErr::Custom(format!(
                "format version {}: no code counts the field {id}",
                row.version
            )));
        }
        Ok(format)
    }
}
