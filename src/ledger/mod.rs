//! The export ledger: the admin portal's exports, each an immutable record with counted downloads.
//!
//! A ledger export aggregates the period anew, from a read-only snapshot, and needs no report. It goes through the same
//! pipeline as the reports' exports ([`crate::export`]); what is its own is here: the record in `bufdir_exports`, the
//! snapshot, and the metadata that says what the file was made from. A completed record never changes; regenerating
//! makes a new one that names the one before. To add to the metadata: [`snapshot`], and its documentation in
//! `graphql.rs`.

pub mod graphql;
mod run;
mod snapshot;
mod store;

pub use run::RunLedgerExport;

use entity::enums::{AuditAction, ExportFormat, Language, LedgerStatus, ScopeLevel};
use serde_json::json;
use uuid::Uuid;

use self::store::NewRecord;
use crate::export::{NewExport, Source, begin};
use crate::format;
use crate::kernel::actor::Right;
use crate::kernel::audit_entry::AuditEntry;
use crate::kernel::db::WriteScope;
use crate::kernel::error::{Error, Result};
use crate::kernel::jobs;
use crate::kernel::rule::Rule;

/// Bufdir's references to grants have some ten characters; this many are room enough for any.
const LONGEST_CODE: usize = 100;
const MOST_CODES: usize = 50;

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
    scope.actor().require(Right::KeepLedger)?;
    ask(scope, new, None).await
}

/// Asks for the same export anew, from the activities as they are now; gives the new record's id.
///
/// # Errors
///
/// Those of [`create`]; not found; `one_pending_export` while the former is under way.
pub async fn regenerate(scope: WriteScope, former: Uuid) -> Result<Uuid> {
    scope.actor().require(Right::KeepLedger)?;
    let (status, new) = store::asked_for(&scope, former)
        .await?
        .ok_or(Error::NotFound("export of the ledger"))?;
    match status {
        LedgerStatus::Completed | LedgerStatus::Failed => ask(scope, new, Some(former)).await,
        LedgerStatus::Pending | LedgerStatus::Generating => Err(Error::rule(Rule::OnePendingExport)),
    }
}

async fn ask(scope: WriteScope, new: NewLedgerExport, follows: Option<Uuid>) -> Result<Uuid> {
    let codes = checked_codes(&new.grant_reference_codes)?;
    let period = store::find_period(&scope, new.report_period_id)
        .await?
        .ok_or(Error::NotFound("report period"))?;
    if period.ends_at > scope.now() {
        return Err(Error::rule(Rule::PeriodMustNotBeFuture).at("input.reportPeriodId"));
    }
    let version = format::for_basis_year(&scope, period.basis_year).await?;
    let version = version.ok_or_else(|| Error::rule(Rule::FormatVersionCoversBasisYear).at("input.reportPeriodId"))?;
    let export = NewExport {
        report_period_id: new.report_period_id,
        format: new.format,
        scope_level: new.scope_level,
        scope_id: new.scope_unit,
        language: new.language,
        format_version: version.version.clone(),
        source: Source::Ledger,
    };
    let export_id = begin(&scope, &export).await?;
    let parameters = json!({
        "report_period_id": new.report_period_id, "scope_level": new.scope_level.as_str(), "scope_id": new.scope_unit,
        "export_format": new.format.as_str(), "language": new.language.as_str(),
    });
    let record = NewRecord {
        id: export_id,
        follows,
        period: &period,
        format: new.format,
        format_version: &version.version,
        metadata: json!({"parameters": parameters, "grant_reference_codes": codes}),
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

fn checked_codes(codes: &[String]) -> Result<Vec<&str>> {
    let codes: Vec<&str> = codes.iter().map(|code| code.trim()).collect();
    let fits = |code: &&str| !code.is_empty() && code.chars().count() <= LONGEST_CODE;
    if codes.len() <= MOST_CODES && codes.iter().all(fits) {
        Ok(codes)
    } else {
        Err(Error::rule(Rule::GrantReferenceCodeLength).at("input.grantReferenceCodes"))
    }
}
