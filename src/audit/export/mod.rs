//! The export of the organization's log, or of a part of it, as one file.
//!
//! Rows are streamed from one snapshot into a temporary file, so that memory stays the same however long the log is;
//! checksum, storage, record, link and download are those of every file ([`crate::export`]). The export is itself logged,
//! in the transaction that records its file (decisions.md, 9), and the database holds the two together.

mod content;

pub use content::AuditLogFormat;

use entity::enums::{AuditAction, Language};
use std::pin::pin;

use futures::TryStreamExt;
use serde_json::{Value as Json, json};
use tokio::sync::mpsc::{Sender, channel};
use uuid::Uuid;

use self::content::LogContent;
use super::store::{self, AuditEvent, LogFilter};
use crate::audit::rights;
use crate::export::storage::{NewFile, Storage, StorageError, file_folder, store_file};
use crate::export::{RenderedFile, StoredFile, record_log_file, render_to_file};
use crate::kernel::audit_entry::AuditEntry;
use crate::kernel::clock::new_id;
use crate::kernel::context::RequestContext;
use crate::kernel::db::ReadScope;
use crate::kernel::error::{Error, Result};
use crate::organization::entered_organization;

/// Entries handed to the writer at a time.
const BATCH: usize = 500;
/// Batches between reader and writer, which bounds what is in memory.
const BATCHES: usize = 4;

/// An export of the log to be.
#[derive(Clone, Debug)]
pub struct NewLogExport {
    pub format: AuditLogFormat,
    /// Of a CSV file's headings and separators; JSON lines have the log's own names.
    pub language: Language,
    pub filter: LogFilter,
}

/// What an exported file holds of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    pub entries: i64,
    /// None without entries.
    pub first_sequence: Option<i64>,
    pub last_sequence: Option<i64>,
}

/// A stored export of the log.
#[derive(Clone, Debug)]
pub struct LogExport {
    pub file: StoredFile,
    pub extent: Extent,
}

/// Exports the log in the order of its sequence. A file without entries says that there are none.
///
/// A stored file whose record fails is left to the clean-up of the storage: whether a commit that was cut off took place
/// cannot be known here.
///
/// # Errors
///
/// `role_required`; not found when the filter names somebody or something that the organization doesn't know;
/// [`Error::Unavailable`] when the storage does not take the file.
pub async fn export(request: &RequestContext, storage: &Storage, new: NewLogExport) -> Result<LogExport> {
    let scope = request.snapshot().await?;
    scope.actor().require(rights::READ_WHOLE_LOG)?;
    store::check_named(&scope, &new.filter).await?;
    let id = new_id(scope.now());
    let organization = entered_organization(&scope).await?.name;
    let (rendered, extent) = written(&scope, &new, &organization).await?;
    let file = NewFile {
        id,
        folder: file_folder(scope.organization(), scope.now(), id),
        stem: &content::file_stem(new.language, &organization, scope.now()),
        extension: new.format.extension(),
        media_type: new.format.media_type(),
    };
    drop(scope);
    let file = store_file(storage, &file, &rendered).await.map_err(log_unstored)?;
    record(request, &new, &file, extent).await?;
    Ok(LogExport { file, extent })
}

async fn written(scope: &ReadScope, new: &NewLogExport, organization: &str) -> Result<(RenderedFile, Extent)> {
    let (sender, mut batches) = channel(BATCHES);
    let content = LogContent {
        format: new.format,
        language: new.language,
        organization_id: scope.organization(),
        organization: organization.to_owned(),
        is_test: scope.actor().is_test_organization,
    };
    let writing = tokio::task::spawn_blocking(move || {
        let next = || batches.blocking_recv();
        render_to_file(|file| content.write(file, next))
    });
    let extent = read(scope, &new.filter, sender).await?;
    let rendered = writing.await.map_err(Error::internal)?;
    let rendered = rendered.map_err(|cause| {
        tracing::error!(%cause, "the log could not be written to a file");
        Error::Unavailable("The server has no room to lay the file out. Tell its operator, then export again.".into())
    })?;
    Ok((rendered, extent))
}

/// Reads all entries and hands them to the writer; stops early when that has given up, whose error is then the one that
/// counts.
async fn read(scope: &ReadScope, filter: &LogFilter, writer: Sender<Vec<AuditEvent>>) -> Result<Extent> {
    let mut extent = Extent::default();
    let mut rows = pin!(store::whole_log(scope, filter).await?);
    let mut batch = Vec::with_capacity(BATCH);
    while let Some(row) = rows.try_next().await? {
        extent.entries += 1;
        extent.first_sequence.get_or_insert(row.sequence);
        extent.last_sequence = Some(row.sequence);
        batch.push(row);
        if batch.len() == BATCH
            && writer
                .send(std::mem::replace(&mut batch, Vec::with_capacity(BATCH)))
                .await
                .is_err()
        {
            return Ok(extent);
        }
    }
    // A writer that has given up says why itself.
    let _ = writer.send(batch).await;
    Ok(extent)
}

fn log_unstored(error: StorageError) -> Error {
    tracing::error!(cause = error.cause(), "an export of the log could not be stored");
    Error::Unavailable(format!("{error} Tell the server's operator, then export again."))
}

/// The file's record and the entry that tells of it, in one transaction, with the right checked anew.
async fn record(request: &RequestContext, new: &NewLogExport, file: &StoredFile, extent: Extent) -> Result<()> {
    let scope = request.write().await?;
    scope.actor().require(rights::READ_WHOLE_LOG)?;
    record_log_file(&scope, file).await?;
    let message = format!(
        "Exported {} entries of the log to the file \"{}\".",
        extent.entries, file.file_name
    );
    let entry = AuditEntry::new(AuditAction::AuditLogExported, "file", file.id, message).with(json!({
        "format": new.format.as_str(),
        "language": new.language.as_str(),
        "filter": describe(&new.filter),
        "entries": extent.entries,
        "first_sequence": extent.first_sequence,
        "last_sequence": extent.last_sequence,
        "sha256": file.sha256.to_string(),
        "size_bytes": file.size_bytes,
    }));
    scope.commit([entry]).await
}

/// The filter as the log keeps it: what did not limit the export is left out.
fn describe(filter: &LogFilter) -> Json {
    let id = |id: Option<Uuid>| id.map(|id| json!(id));
    let instant = |instant: Option<chrono::DateTime<chrono::Utc>>| instant.map(|at| json!(content::instant(at)));
    let actions = filter.actions.as_ref().map(|actions| json!(actions));
    let limits = [
        ("actions", actions),
        ("actor_kind", filter.actor_kind.map(|kind| json!(kind))),
        ("actor_user_id", id(filter.actor)),
        ("support_access_id", id(filter.support_access)),
        ("subject_type", filter.subject_type.as_ref().map(|name| json!(name))),
        ("subject_id", id(filter.subject)),
        ("from", instant(filter.from)),
        ("until", instant(filter.until)),
    ];
    let named = limits
        .into_iter()
        .filter_map(|(name, limit)| Some((name.to_owned(), limit?)));
    Json::Object(named.collect())
}
