//! Custom reports: an org admin says which columns, filters and groupings; anybody who may read reports runs them.
//!
//! A [`Definition`] is a closed shape, checked against a whitelist on save and again on each run. Nothing of Bufdir's
//! tables can be named in it, and nothing that it says reaches SQL but as a bound parameter. To add a column: its line in
//! the whitelist of its report type ([`source`]).

pub mod compile;
pub mod definition;
mod edit;
mod expressions;
pub mod graphql;
pub mod ids;
pub mod json_schema;
pub mod range;
pub mod result;
pub mod rights;
pub mod rules;
pub mod run;
pub mod schedule;
pub mod scheduler;
pub mod source;
mod store;
pub mod stored;
mod trail;
pub mod valid;

pub use definition::Definition;
pub use edit::{DefinitionChanges, NewCustomReport, create, delete, duplicate, transfer, update};
pub use range::{DateRange, LocalDates};
pub use result::PreviewRows;
pub use run::RunCustomReport;
pub use store::{CustomReportOrderField, DefinitionFilter, list};

use std::collections::{BTreeMap, BTreeSet};

use entity::enums::Language;
use uuid::Uuid;

use self::valid::{CheckedDefinition, NamedId};
use crate::kernel::db::{ReadScope, Scoped};
use crate::kernel::error::{Error, Result};
use crate::kernel::id::IdKind;
use crate::kernel::local_time::oslo_date;
use crate::organization::ids::{ORGANIZATIONAL_UNIT, PERSON};

/// A definition as the database has it.
pub type Record = entity::custom_reports::Model;

/// The definition, a deleted one too; `None` where the caller can see no such definition.
pub async fn find(scope: &ReadScope, id: Uuid) -> Result<Option<Record>> {
    if !rights::READ_CUSTOM_REPORTS.held_by(scope.actor().standing) {
        return Ok(None);
    }
    store::find(scope, id).await
}

/// The first so many rows that a definition yields now.
///
/// # Errors
///
/// Those of [`valid::check`], `report_too_costly`, and not found for an id that the organization does not have.
pub async fn preview(
    scope: &ReadScope,
    definition: &Definition,
    range: DateRange,
    language: Language,
    first: u32,
) -> Result<PreviewRows> {
    scope.actor().require(rights::READ_CUSTOM_REPORTS)?;
    let checked = valid::check(definition)?;
    check_ids(scope, &checked).await?;
    let dates = range.on(oslo_date(scope.now()));
    let compiled = compile::compile(scope, &checked, dates, language);
    result::preview(scope, &compiled, language, first).await
}

/// The names of the units and people whose ids the definition's conditions have.
async fn names(scope: &ReadScope, checked: &CheckedDefinition) -> Result<BTreeMap<Uuid, String>> {
    let mut names = store::unit_names(scope, ids(checked, ORGANIZATIONAL_UNIT)).await?;
    names.extend(store::people_names(scope, ids(checked, PERSON)).await?);
    Ok(names)
}

/// Refuses an id that the organization does not have, at its path: to look it up and to find nothing would say so too, but
/// a report that is always empty is a mistake that nobody is told of. Another organization's is as unknown as any.
async fn check_ids(scope: &impl Scoped, checked: &CheckedDefinition) -> Result<()> {
    let units = store::unit_names(scope, ids(checked, ORGANIZATIONAL_UNIT)).await?;
    refuse_unknown(named(checked, ORGANIZATIONAL_UNIT), &units, "organizational unit")?;
    let people = store::people_names(scope, ids(checked, PERSON)).await?;
    refuse_unknown(named(checked, PERSON), &people, "person")
}

fn named(checked: &CheckedDefinition, kind: IdKind) -> impl Iterator<Item = &NamedId> {
    checked.ids().iter().filter(move |named| named.kind == kind)
}

fn ids(checked: &CheckedDefinition, kind: IdKind) -> BTreeSet<Uuid> {
    named(checked, kind).map(|named| named.id).collect()
}

fn refuse_unknown<'a>(
    mut named: impl Iterator<Item = &'a NamedId>,
    known: &BTreeMap<Uuid, String>,
    what: &'static str,
) -> Result<()> {
    match named.find(|named| !known.contains_key(&named.id)) {
        Some(unknown) => Err(Error::NotFound(what).at(unknown.path.as_str())),
        None => Ok(()),
    }
}
