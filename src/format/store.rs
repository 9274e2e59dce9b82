//! Reads format versions. They are written by migrations alone, which may be those of a newer program: each is read by
//! itself, so that one that this program doesn't understand is missed by nobody but whoever needs that one.

use std::sync::Arc;

use counting::{BasisYears, FormatVersion};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement, Value};
use serde_json::{Value as Json, json};

use crate::format::rules;
use crate::kernel::error::{Error, Result};

const SELECT: &str = "select version, lower(basis_years) as first_year, upper(basis_years) - 1 as last_year, \
    fields, rules, rules_hash from format_versions";

/// A version as it is stored.
#[derive(Clone, Debug)]
pub struct StoredVersion {
    pub version: String,
    pub basis_years: BasisYears,
    pub rules: Json,
    pub rules_hash: Vec<u8>,
    /// Nothing where this program cannot read it.
    format: Option<Arc<FormatVersion>>,
}

impl StoredVersion {
    /// Whether this program can count and show by it.
    pub fn is_readable(&self) -> bool {
        self.format.is_some()
    }

    /// The version, where this program can read it.
    ///
    /// # Errors
    ///
    /// `format_version_readable`; the log has the reason.
    pub fn format(&self) -> Result<Arc<FormatVersion>> {
        self.format.clone().ok_or_else(|| {
            let message = format!(
                "The format version {} cannot be read by this version of the program. Ask whoever runs the service to \
                 update it.",
                self.version
            );
            Error::rule_because(rules::FORMAT_VERSION_READABLE, message)
        })
    }
}

/// The version of that name.
///
/// # Errors
///
/// The database's, and `format_version_readable`.
pub async fn find(db: &impl ConnectionTrait, version: &str) -> Result<Option<Arc<FormatVersion>>> {
    one(db, "where version = $1", [version.into()]).await
}

/// The version that holds for a basis year. Where there is none, the rule `format_version_covers_basis_year` is broken.
///
/// # Errors
///
/// As [`find`].
pub async fn for_basis_year(db: &impl ConnectionTrait, year: i32) -> Result<Option<Arc<FormatVersion>>> {
    one(db, "where basis_years @> $1::integer", [year.into()]).await
}

/// Every version, by first basis year.
///
/// # Errors
///
/// The database's alone.
pub async fn list(db: &impl ConnectionTrait) -> Result<Vec<StoredVersion>> {
    let statement = Statement::from_string(DbBackend::Postgres, format!("{SELECT} order by first_year"));
    let rows = Row::find_by_statement(statement).all(db).await?;
    Ok(rows.into_iter().map(StoredVersion::from).collect())
}

async fn one(db: &impl ConnectionTrait, condition: &str, values: [Value; 1]) -> Result<Option<Arc<FormatVersion>>> {
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, format!("{SELECT} {condition}"), values);
    let row = Row::find_by_statement(statement).one(db).await?;
    row.map(|row| StoredVersion::from(row).format()).transpose()
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

impl From<Row> for StoredVersion {
    fn from(row: Row) -> Self {
        let basis_years = BasisYears {
            from: row.first_year,
            to: row.last_year,
        };
        let document = json!({
            "version": row.version, "basis_years": basis_years, "fields": row.fields, "rules": row.rules,
        });
        let format = FormatVersion::read(document, row.rules_hash.clone())
            .inspect_err(|error| tracing::error!(version = row.version, %error, "a format version cannot be read"));
        Self {
            version: row.version,
            basis_years,
            rules: row.rules,
            rules_hash: row.rules_hash,
            format: format.ok().map(Arc::new),
        }
    }
}
