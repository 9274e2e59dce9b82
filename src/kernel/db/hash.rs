//! Hashes of JSON in the form that the database has the one implementation of.

use serde_json::Value as Json;

use super::bound::Scoped;
use super::scope::bind_organization;
use crate::kernel::error::{Error, Result};

/// SHA-256 of the value's canonical form, by `app.canonical_json`, which has the rules' and the log's hashes too.
pub async fn canonical_hash(scope: &impl Scoped, value: Json) -> Result<Vec<u8>> {
    let sql = "select sha256(convert_to(app.canonical_json($2), 'UTF8')) as hash where $1::uuid is not null";
    let statement = bind_organization(sql, scope.actor().organization_id, [value.into()]);
    let row = scope.query_one_raw(statement).await?;
    let row = row.ok_or_else(|| Error::internal("no hash"))?;
    Ok(row.try_get("", "hash")?)
}
