//! The export ledger: the admin portal's exports, each an immutable record with counted downloads.
//!
//! A ledger export aggregates the period anew, from a read-only snapshot, and needs no report. It goes through the same
//! pipeline as the reports' exports ([`crate::export`]); what is its own is here: the record in `bufdir_exports`, the
//! snapshot, and the metadata that says what the file was made from. A completed record never changes; regenerating
//! makes a new one that names the one before. To add to the metadata: [`snapshot`], and its documentation in
//! `graphql.rs`.

pub mod graphql;
pub mod ids;
pub mod rights;
pub mod rules;
mod run;
mod snapshot;
mod store;

pub use run::RunLedgerExport;
pub use store::{BufdirExport, BufdirExportTotals, LedgerFilter, list, totals};

use std::collections::HashMap;

use entity::bufdir_exports;
use entity::enums::{AuditAction, ExportFormat, Language, LedgerStatus, ScopeLevel};
use sea_orm::ActiveValue::Set;
use serde_json::json;
use uuid::Uuid;

use crate::export::rules::ONE_PENDING_EXPORT;
use crate::export::{ExportSource, NewExport, begin};
use crate::format::rules::FORMAT_VERSION_COVERS_BASIS_YEAR;
use crate::kernel::audit_entry::AuditEntry;
use crate::kernel::context::Reading;
use crate::kernel::db::{ReadScope, WriteScope};
use crate::kernel::error::{Error, Result};
use crate::kernel::jobs;
use crate::kernel::loader::{Batch, Loader};
use crate::{format, report};

/// Bufdir's references to grants have some ten characters; this many are room enough for any.
const MAX_CODE_LENGTH: usize = 100;
const MAX_CODES: usize = 50;

/// The export by id; `None` where the actor can see no such export.
pub async fn find(reading: &Reading, id: Uuid) -> Result<Option<BufdirExport>> {
    if !rights::KEEP_LEDGER.held_by(reading.actor().standing) {
        return Ok(None);
    }
    Loader::<ExportsById>::of(reading).load(id).await
}

struct ExportsById;

impl Batch for ExportsById {
    type Key = Uuid;
    type Value = BufdirExport;

    async fn fetch(scope: &ReadScope, ids: &[Uuid]) -> Result<HashMap<Uuid, BufdirExport>> {
        let found = store::find_all(scope, ids).await?;
        Ok(found.into_iter().map(|export| (export.id, export)).collect())
    }
}

/// A ledger export to be.
#[derive(Clone, Debug)]
pub struct NewLedgerExport {
    pub report_period_id: Uuid,
    pub format: ExportFormat,
    pub scope_level: ScopeLevel,
    /// The unit of a regional or local export; none of a national one.
    pub scope_unit: Option<Uuid>,
    pub language: Language,
    /// Bufdir's references to the grants that the export is for.
    pub grant_reference_codes: Vec<String>,
}

/// Asks for an export; gives its id. The record is pending until a worker takes it up.
///
/// # Errors
///
/// `org_admin_only_access`, `period_must_not_be_future`, `format_version_covers_basis_year`,
/// `grant_reference_code_length`, an unknown period, and those of [`begin`].
pub async fn create(scope: WriteScope, new: NewLedgerExport) -> Result<Uuid> {
    scope.actor().require(rights::KEEP_LEDGER)?;
    request(scope, new, None).await
}

/// Asks for the same export anew, from the activities as they are now; gives the new record's id.
///
/// # Errors
///
/// Those of [`create`]; not found; `one_pending_export` while the former is under way.
pub async fn regenerate(scope: WriteScope, former: Uuid) -> Result<Uuid> {
    scope.actor().require(rights::KEEP_LEDGER)?;
    let (status, new) = store::find_request(&scope, former)
        .await?
        .ok_or(Error::NotFound("export of the ledger"))?;
    match status {
        LedgerStatus::Completed | LedgerStatus::Failed => request(scope, new, Some(former)).await,
        LedgerStatus::Pending | LedgerStatus::Generating => Err(Error::rule(ONE_PENDING_EXPORT)),
    }
}

async fn request(scope: WriteScope, new: NewLedgerExport, follows: Option<Uuid>) -> Result<Uuid> {
    let codes = check_codes(&new.grant_reference_codes)?;
    let period = report::find_period(&scope, new.report_period_id)
        .await?
        .ok_or(Error::NotFound("report period"))?;
    if period.ends_at.0 > scope.now() {
        return Err(Error::rule(rules::PERIOD_MUST_NOT_BE_FUTURE).at("input.reportPeriodId"));
    }
    let version = format::for_basis_year(&scope, period.basis_year).await?;
    let version = version.ok_or_else(|| Error::rule(FORMAT_VERSION_COVERS_BASIS_YEAR).at("input.reportPeriodId"))?;
    let export = NewExport {
        report_period_id: new.report_period_id,
        format: new.format,
        scope_level: new.scope_level,
        scope_id: new.scope_unit,
        language: new.language,
        format_version: version.version.clone(),
        source: ExportSource::Ledger,
    };
    let export_id = begin(&scope, &export).await?;
    let parameters = json!({
        "report_period_id": new.report_period_id, "scope_level": new.scope_level.as_str(), "scope_id": new.scope_unit,
        "export_format": new.format.as_str(), "language": new.language.as_str(),
    });
    let now = scope.now();
    let record = bufdir_exports::ActiveModel {
        id: Set(export_id),
        generated_by_user_id: Set(scope.actor().person()?),
        report_period_id: Set(period.id),
        report_period_start: Set(period.starts_at.0),
        report_period_end: Set(period.ends_at.0),
        status: Set(LedgerStatus::Pending),
        export_format: Set(new.format),
        schema_version: Set(version.version.clone()),
        metadata: Set(Some(json!({"parameters": parameters, "grant_reference_codes": codes}))),
        follows_export_id: Set(follows),
        generated_at: Set(now),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    };
    store::insert(&scope, record).await?;
    let job = RunLedgerExport {
        organization_id: scope.organization(),
        export_id,
    };
    jobs::enqueue(&scope, &job).await?;
    let message = format!(
        "Asked for an export of the ledger as {}, {}.",
        new.format.as_str(),
        new.scope_level.as_str()
    );
    let entry = AuditEntry::new(AuditAction::ExportStarted, "export", export_id, message).with(json!({
        "origin": "ledger", "parameters": parameters, "grant_reference_codes": codes, "follows_export_id": follows,
        "format_version": version.version,
    }));
    scope.commit([entry]).await?;
    Ok(export_id)
}

fn check_codes(codes: &[String]) -> Result<Vec<&str>> {
    let codes: Vec<&str> = codes.iter().map(|code| code.trim()).collect();
    let fits = |code: &&str| !code.is_empty() && code.chars().count() <= MAX_CODE_LENGTH;
    if codes.len() <= MAX_CODES && codes.iter().all(fits) {
        Ok(codes)
    } else {
        Err(Error::rule(rules::GRANT_REFERENCE_CODE_LENGTH).at("input.grantReferenceCodes"))
    }
}
