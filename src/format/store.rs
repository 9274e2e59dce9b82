//! Reads format versions. They are written by migrations alone, which may be those of a newer program: each is read by
//! itself, so that one that this program doesn't understand is missed by nobody but whoever needs that one.

use std::sync::Arc;

use counting::{BasisYears, FormatVersion};
use entity::format_versions::{Column, Entity as FormatVersions};
use sea_orm::sea_query::extension::postgres::PgBinOper;
use sea_orm::sea_query::{Expr, ExprTrait, Func};
use sea_orm::{ColumnTrait, ConnectionTrait, DerivePartialModel, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value as Json, json};

use crate::format::rules;
use crate::kernel::error::{Error, Result};

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
    one(db, Column::Version.eq(version)).await
}

/// The version that holds for a basis year. Where there is none, the rule `format_version_covers_basis_year` is broken.
///
/// # Errors
///
/// As [`find`].
pub async fn for_basis_year(db: &impl ConnectionTrait, year: i32) -> Result<Option<Arc<FormatVersion>>> {
    let years = Column::BasisYears.into_expr();
    one(db, years.binary(PgBinOper::Contains, Expr::val(year))).await
}

/// Every version, by first basis year.
///
/// # Errors
///
/// The database's alone.
#[expect(
    clippy::disallowed_methods,
    reason = "format versions are read outside of doors as well"
)]
pub async fn list(db: &impl ConnectionTrait) -> Result<Vec<StoredVersion>> {
    let versions = FormatVersions::find().order_by_asc(first_year());
    let rows: Vec<VersionRow> = versions.into_partial_model().all(db).await?;
    Ok(rows.into_iter().map(StoredVersion::from).collect())
}

#[expect(
    clippy::disallowed_methods,
    reason = "format versions are read outside of doors as well"
)]
async fn one(db: &impl ConnectionTrait, condition: Expr) -> Result<Option<Arc<FormatVersion>>> {
    let versions = FormatVersions::find().filter(condition);
    let row = versions.into_partial_model::<VersionRow>().one(db).await?;
    row.map(|row| StoredVersion::from(row).format()).transpose()
}

fn first_year() -> Expr {
    Func::lower(Column::BasisYears.into_expr()).into()
}

/// None while the range has no end, which is exclusive.
fn last_year() -> Expr {
    Expr::from(Func::upper(Column::BasisYears.into_expr())).sub(1)
}

#[derive(DerivePartialModel)]
#[sea_orm(entity = "FormatVersions")]
struct VersionRow {
    version: String,
    #[sea_orm(from_expr = "first_year()")]
    first_year: i32,
    #[sea_orm(from_expr = "last_year()")]
    last_year: Option<i32>,
    fields: Json,
    rules: Json,
    rules_hash: Vec<u8>,
}

impl From<VersionRow> for StoredVersion {
    fn from(row: VersionRow) -> Self {
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
