//! Export operations: the rows of `bufdir_export_audit_log`, from `pending` to `complete` or `failed`, once.
//!
//! This is the export audit service of the specification: `complete` and `fail` are the only code that records a result,
//! and the database refuses it from anywhere else. Both callers of the pipeline use it, the report's exports and the
//! ledger's.

use std::collections::HashMap;

use async_graphql::SimpleObject;
use entity::enums::{ExportFormat, ExportOrigin, ExportStatus, Language, ScopeLevel};
use sea_orm::DerivePartialModel;
use uuid::Uuid;

use super::failure::ExportFailure;
use super::store;
pub use super::store::{find, grant_holds, list};
use crate::export::rules;
use crate::kernel::db::{ReadScope, WriteScope};
use crate::kernel::error::{Error, Result};
use crate::kernel::jobs::clear_progress;
use crate::kernel::loader::Batch;
use crate::kernel::page::Cursor;
use crate::kernel::scalar::{DateTime, Sha256};

/// An export: asked for, carried out by a job, and ended with a stored file or with the reason why there is none.
#[derive(Clone, Debug, PartialEq, DerivePartialModel, SimpleObject)]
#[sea_orm(entity = "entity::bufdir_export_audit_log::Entity")]
#[graphql(complex)]
pub struct ExportOperation {
    #[graphql(skip)]
    pub id: Uuid,
    #[graphql(skip)]
    pub organization_id: Uuid,
    #[sea_orm(from_col = "triggered_by_user_id")]
    #[graphql(skip)]
    pub requested_by: Uuid,
    #[graphql(skip)]
    pub report_period_id: Uuid,
    /// Where the export stands.
    pub status: ExportStatus,
    /// The format of the file.
    #[sea_orm(from_col = "export_format")]
    pub format: ExportFormat,
    /// How much of the organization the file covers.
    pub scope_level: ScopeLevel,
    #[graphql(skip)]
    pub scope_id: Option<Uuid>,
    /// Whether it exports a report, or belongs to the export ledger.
    pub origin: ExportOrigin,
    #[graphql(skip)]
    pub report_id: Option<Uuid>,
    #[sea_orm(from_col = "report_generation_id")]
    #[graphql(skip)]
    pub generation_id: Option<Uuid>,
    /// The language of the file.
    pub language: Language,
    #[graphql(skip)]
    pub support_access_id: Option<Uuid>,
    /// Distinct activities in the file; null unless complete.
    pub activity_count: Option<i32>,
    #[graphql(skip)]
    pub participant_count: Option<i32>,
    /// The reference typed in when this file was handed in at Bufdir; null otherwise.
    #[sea_orm(from_col = "bufdir_submission_reference")]
    pub submission_reference: Option<String>,
    #[graphql(skip)]
    pub error_code: Option<String>,
    /// Why it failed, for people; null unless it did.
    pub error_message: Option<String>,
    /// The version of Bufdir's format by which the file is made.
    #[sea_orm(from_col = "column_schema_version")]
    pub format_version: Option<String>,
    /// When it was asked for, UTC.
    pub created_at: DateTime,
    /// When it ended, UTC; null while it is pending.
    pub completed_at: Option<DateTime>,
    /// The stored file of a complete export. `createDownloadLink` makes an address for it.
    #[sea_orm(nested)]
    pub file: Option<StoredFile>,
    /// How far the export is; null before it begins and once it has ended.
    #[sea_orm(nested)]
    pub progress: Option<ExportProgress>,
}

/// A stored file. It never changes; only its downloads are counted.
#[derive(Clone, Debug, PartialEq, Eq, DerivePartialModel, SimpleObject)]
#[sea_orm(entity = "entity::files::Entity")]
#[graphql(complex, name = "ExportFile")]
pub struct StoredFile {
    /// That of the export that made it.
    #[graphql(skip)]
    pub id: Uuid,
    /// The name under which it is downloaded.
    pub file_name: String,
    /// Its media type (MIME type).
    pub media_type: String,
    /// Its size in bytes.
    pub size_bytes: i64,
    /// The checksum of its bytes; compared before each download.
    pub sha256: Sha256,
    #[graphql(skip)]
    pub storage_key: String,
    #[graphql(skip)]
    pub renderer_version: String,
    /// Downloads so far. The continuation of a broken one is not counted.
    pub download_count: i64,
    /// When it was last downloaded, UTC; null if never.
    pub last_downloaded_at: Option<DateTime>,
}

/// How far an export is.
#[derive(Clone, Debug, PartialEq, Eq, DerivePartialModel, SimpleObject)]
#[sea_orm(entity = "entity::job_progress::Entity")]
pub struct ExportProgress {
    /// What it is doing: loading, rendering, storing, recording.
    pub step: String,
    /// From 0 to 100.
    pub percent: i16,
}

/// An export to be.
#[derive(Clone, Debug)]
pub struct NewExport {
    pub report_period_id: Uuid,
    pub format: ExportFormat,
    pub scope_level: ScopeLevel,
    /// The unit of a regional or local export; none of a national one.
    pub scope_id: Option<Uuid>,
    pub language: Language,
    pub format_version: String,
    pub source: ExportSource,
}

/// Whose export it is: the report's, of one generation, or the ledger's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportSource {
    Report { report_id: Uuid, generation_id: Uuid },
    Ledger,
}

impl ExportSource {
    pub fn origin(self) -> ExportOrigin {
        match self {
            Self::Report { .. } => ExportOrigin::Report,
            Self::Ledger => ExportOrigin::Ledger,
        }
    }
}

/// Which operations a list shows; what is `None` does not limit it.
#[derive(Clone, Debug, Default)]
pub struct OperationFilter {
    pub status: Option<ExportStatus>,
    pub format: Option<ExportFormat>,
    pub origin: Option<ExportOrigin>,
    pub scope_level: Option<ScopeLevel>,
    pub scope_id: Option<Uuid>,
    pub report_period_id: Option<Uuid>,
    pub report_id: Option<Uuid>,
}

/// What the pipeline made: the file's record, and the counts that go into the operation's.
#[derive(Clone, Debug)]
pub struct Product {
    pub file: StoredFile,
    pub activity_count: i32,
    pub participant_count: i32,
}

/// Records that the acting person asks for an export; gives the operation's id. The caller enqueues the job and commits
/// with the entry `export_started` in the same transaction.
///
/// # Errors
///
/// `scope_id_required_for_non_national`, `scope_unit_has_its_level`, an unknown unit, `one_pending_export`, and the
/// database's rules for new exports.
pub async fn begin(scope: &WriteScope, export: &NewExport) -> Result<Uuid> {
    check_unit(scope, export.scope_level, export.scope_id).await?;
    let id = scope.new_id();
    store::insert(scope, id, scope.actor().person()?, export).await?;
    Ok(id)
}

async fn check_unit(scope: &WriteScope, level: ScopeLevel, unit: Option<Uuid>) -> Result<()> {
    let Some(unit) = unit else {
        return match level {
            ScopeLevel::National => Ok(()),
            ScopeLevel::Region | ScopeLevel::Local => {
                Err(Error::rule(rules::SCOPE_ID_REQUIRED_FOR_NON_NATIONAL).at("input.scopeUnitId"))
            }
        };
    };
    if level == ScopeLevel::National {
        return Err(Error::rule(rules::SCOPE_ID_REQUIRED_FOR_NON_NATIONAL).at("input.scopeUnitId"));
    }
    match store::unit_level(scope, unit).await? {
        None => Err(Error::NotFound("organizational unit")),
        Some(found) if found.as_str() == level.as_str() => Ok(()),
        Some(_) => Err(Error::rule(rules::SCOPE_UNIT_HAS_ITS_LEVEL).at("input.scopeUnitId")),
    }
}

/// Operations by id.
pub(super) struct ById;

impl Batch for ById {
    type Key = Uuid;
    type Value = ExportOperation;

    async fn fetch(scope: &ReadScope, ids: &[Uuid]) -> Result<HashMap<Uuid, ExportOperation>> {
        let found = store::find_all(scope, ids).await?;
        Ok(found.into_iter().map(|operation| (operation.id, operation)).collect())
    }
}

/// The newest operations of each of these reports, newest first, with one more than asked for where there are more.
pub(super) struct OfReports;

/// A report, and how many of its newest operations.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct BeginningKey {
    pub report: Uuid,
    pub size: u64,
}

impl Batch for OfReports {
    type Key = BeginningKey;
    type Value = Vec<(Cursor, ExportOperation)>;

    async fn fetch(scope: &ReadScope, keys: &[BeginningKey]) -> Result<HashMap<BeginningKey, Self::Value>> {
        let mut sizes: HashMap<u64, Vec<Uuid>> = HashMap::new();
        for key in keys {
            sizes.entry(key.size).or_default().push(key.report);
        }
        let mut found: HashMap<BeginningKey, Self::Value> = HashMap::new();
        for (size, reports) in sizes {
            for (cursor, operation) in store::newest_of_reports(scope, &reports, size + 1).await? {
                let Some(report) = operation.report_id else { continue };
                let beginning = found.entry(BeginningKey { report, size }).or_default();
                beginning.push((cursor, operation));
            }
        }
        Ok(found)
    }
}

/// Records a stored file, which whatever made it names in the same transaction.
pub async fn record_file(scope: &WriteScope, file: &StoredFile) -> Result<()> {
    store::insert_file(scope, file, false).await
}

/// Records a stored file of the audit log. The caller commits with the entry `audit_log_exported`.
///
/// # Errors
///
/// The database's; at the commit `log_export_audited` without that entry.
pub async fn record_log_file(scope: &WriteScope, file: &StoredFile) -> Result<()> {
    store::insert_file(scope, file, true).await
}

/// Locks the operation for this transaction; whether it is still pending, so that one attempt alone records its result.
pub(super) async fn lock_pending(scope: &WriteScope, id: Uuid) -> Result<bool> {
    Ok(store::lock_status(scope, id).await? == Some(ExportStatus::Pending))
}

/// Records the stored file and completes the operation, which [`lock_pending`] locked.
pub(super) async fn complete(scope: &WriteScope, id: Uuid, product: &Product) -> Result<()> {
    record_file(scope, &product.file).await?;
    store::enter_service(scope).await?;
    store::complete(scope, id, product).await?;
    clear_progress(scope, id).await
}

/// Records why the operation, which [`lock_pending`] locked, failed.
pub(super) async fn fail(scope: &WriteScope, id: Uuid, failure: &ExportFailure) -> Result<()> {
    store::enter_service(scope).await?;
    store::fail(scope, id, failure).await?;
    clear_progress(scope, id).await
}
