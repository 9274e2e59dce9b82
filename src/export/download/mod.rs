//! `GET /files/<token>/<name>`: sends a stored file to whoever holds a good link.
//!
//! The link is checked, then the right of the user it names, as it is now. The object is read once, its checksum
//! compared with the record's, the counters and the trail's entry are committed, and those very bytes are sent: no file
//! leaves whose download is not recorded, and none that was changed in storage. Counted is each GET that begins at the
//! first byte; a HEAD, and a range that continues one, are neither counted nor recorded (decisions.md, 10).

mod content_disposition;
pub mod link;
mod range;
mod response;
mod verified;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use axum::routing::get;
use chrono::{DateTime, Utc};
use entity::enums::{ActorKind, AuditAction};
use serde_json::json;
use uuid::Uuid;

use self::link::{Link, LinkError, LinkKey};
use self::range::Part;
use self::response::DownloadRefusal;
use self::verified::VerifiedFile;
use super::operations::StoredFile;
use super::storage::Storage;
use super::store;
use crate::export::{rights, rules};
use crate::kernel::actor::Actor;
use crate::kernel::audit_entry::AuditEntry;
use crate::kernel::clock::Clock;
use crate::kernel::db::{Caller, Database, ReadScope, WriteScope};
use crate::kernel::error::{Error, Result};
use crate::kernel::right::Right;

/// What downloads work with.
#[derive(Clone)]
pub struct DownloadState {
    pub database: Database,
    pub clock: Arc<dyn Clock>,
    pub storage: Storage,
    pub key: LinkKey,
}

/// What links are made with.
#[derive(Clone, Debug)]
pub struct DownloadLinks {
    pub key: LinkKey,
    /// The address by which clients reach the server, without a slash at its end.
    pub address: String,
}

/// A link as a client gets it.
#[derive(Clone, Debug)]
pub struct DownloadLink {
    pub url: String,
    /// UTC.
    pub expires_at: DateTime<Utc>,
}

impl DownloadLinks {
    /// A link to the file of an export or of a custom report's run, for whoever reads, under the grant by which they are in, if any.
    ///
    /// # Errors
    ///
    /// Not found, and `file_url_requires_complete_status` for what has no file (yet).
    pub async fn create(&self, scope: &ReadScope, export: Uuid) -> Result<DownloadLink> {
        let actor = scope.actor();
        // What every download needs; the ledger's need more.
        actor.require(rights::DOWNLOAD_REPORT_EXPORTS)?;
        let Some(stored) = store::exported_file(scope, export).await? else {
            return Err(if store::is_without_file(scope, export).await? {
                Error::rule(rules::FILE_URL_REQUIRES_COMPLETE_STATUS)
            } else {
                Error::NotFound("file")
            });
        };
        actor.require(stored.right)?;
        let user = actor.person()?;
        let link = Link::new(
            stored.file.id,
            actor.organization_id,
            user,
            actor.support_access_id,
            scope.now(),
        );
        let path = self.key.path(&link, &stored.file.file_name);
        Ok(DownloadLink {
            url: format!("{}{path}", self.address.trim_end_matches('/')),
            expires_at: link.expires_at,
        })
    }
}

/// The route of downloads; mounted at the root, since links name it whole.
pub fn router(state: DownloadState) -> Router {
    Router::new()
        .route("/files/{token}/{name}", get(download))
        .with_state(state)
}

/// The name in the path is for tools that name files by it; what counts is in the token.
async fn download(
    State(state): State<DownloadState>,
    Path((token, _name)): Path<(String, String)>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    match respond(&state, &token, &method, &headers).await {
        Ok(response) => response,
        Err(refusal) => refusal.response(),
    }
}

async fn respond(
    state: &DownloadState,
    token: &str,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Response, DownloadRefusal> {
    let link = state
        .key
        .verify(token, state.clock.now())
        .map_err(|error| match error {
            LinkError::Invalid => DownloadRefusal::LinkInvalid,
            LinkError::Expired => DownloadRefusal::LinkExpired,
        })?;
    let stored = match find(state, &link).await {
        Ok(stored) => stored,
        Err(refusal) => return Err(refuse(state, &link, None, refusal).await),
    };
    if method == Method::HEAD {
        return response::head(&stored.file);
    }
    let verified = match VerifiedFile::read(&state.storage, &stored.file).await {
        Ok(verified) => verified,
        Err(refusal) => return Err(refuse(state, &link, Some(&stored), refusal).await),
    };
    let part = response::requested_part(headers, &stored.file, verified.size);
    if is_download(state, &link, &stored, &part).await?
        && let Err(refusal) = record(state, &link, &stored).await
    {
        return Err(refuse(state, &link, Some(&stored), refusal).await);
    }
    response::send(&stored.file, verified, part).await
}

/// Whether to count and record it. A range that goes on with what this person began under this link's lifetime is not a
/// download of its own; one that goes on with nothing is, or a file could be had unrecorded from its second byte on.
async fn is_download(
    state: &DownloadState,
    link: &Link,
    stored: &Stored,
    part: &Part,
) -> Result<bool, DownloadRefusal> {
    match part {
        Part::Unsatisfiable => Ok(false),
        Part::Whole => Ok(true),
        Part::Bytes(range) if range.start == 0 => Ok(true),
        Part::Bytes(_) => {
            let scope = state
                .database
                .read(&caller(link), state.clock.now())
                .await
                .map_err(DownloadRefusal::of_entering)?;
            let begun = store::record_download(&scope, stored, link.user_id, link.made_at()).await;
            begun.map(|begun| !begun).map_err(DownloadRefusal::of_database)
        }
    }
}

/// What a file is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileOrigin {
    Report,
    Ledger,
    CustomReport,
    AuditLog,
}

/// The right that a file's download needs: that of the slice whose file it is, which the edge knows.
pub trait FileRight {
    fn right(self) -> Right;
}

/// A file, what its download needs (the ledger's and the log's are for fewer people than a report's), and the report
/// whose trail tells of it.
pub(super) struct Stored {
    pub(super) file: StoredFile,
    pub(super) right: Right,
    pub(super) report_id: Option<Uuid>,
}

/// Enters as the link's user and finds the file, as long as both may be.
async fn find(state: &DownloadState, link: &Link) -> Result<Stored, DownloadRefusal> {
    let scope = state
        .database
        .read(&caller(link), state.clock.now())
        .await
        .map_err(DownloadRefusal::of_entering)?;
    let found = store::exported_file(&scope, link.file_id)
        .await
        .map_err(DownloadRefusal::of_database)?;
    let stored = found.ok_or(DownloadRefusal::RightLost)?;
    check_right(scope.actor(), link, stored.right)?;
    Ok(stored)
}

fn caller(link: &Link) -> Caller {
    Caller {
        user_id: link.user_id,
        organization: Some(link.organization_id.to_string()),
    }
}

/// The right as it is now, under the grant under which the link was made or as a member, as then.
fn check_right(actor: &Actor, link: &Link, right: Right) -> Result<(), DownloadRefusal> {
    let same_entry = actor.support_access_id == link.support_access_id;
    if same_entry && right.held_by(actor.standing) {
        Ok(())
    } else {
        Err(DownloadRefusal::RightLost)
    }
}

/// Counts the download and puts it into the trail, with the right checked in that same transaction.
async fn record(state: &DownloadState, link: &Link, stored: &Stored) -> Result<(), DownloadRefusal> {
    let scope = state
        .database
        .write(&caller(link), state.clock.now())
        .await
        .map_err(DownloadRefusal::of_entering)?;
    check_right(scope.actor(), link, stored.right)?;
    count(scope, stored).await.map_err(|cause| {
        tracing::error!(%cause, "a download could not be recorded");
        DownloadRefusal::NotRecorded
    })
}

async fn count(scope: WriteScope, stored: &Stored) -> Result<()> {
    store::count_download(&scope, stored.file.id, scope.actor().person()?).await?;
    let message = format!("The file \"{}\" was downloaded.", stored.file.file_name);
    let downloaded = entry(AuditAction::FileDownloaded, Some(stored), stored.file.id, message)
        .with(json!({ "sha256": stored.file.sha256.to_string(), "size_bytes": stored.file.size_bytes }));
    scope.commit([downloaded]).await
}

fn entry(action: AuditAction, stored: Option<&Stored>, file: Uuid, message: String) -> AuditEntry {
    let entry = AuditEntry::new(action, "file", file, message);
    match stored.and_then(|stored| stored.report_id) {
        Some(report) => entry.of_report(report),
        None => entry,
    }
}

/// Puts a refusal of a genuine link into the trail, as far as the database still takes it; gives the refusal back.
async fn refuse(
    state: &DownloadState,
    link: &Link,
    stored: Option<&Stored>,
    refusal: DownloadRefusal,
) -> DownloadRefusal {
    if let Err(cause) = record_refusal(state, link, stored, &refusal).await {
        tracing::error!(%cause, reason = refusal.code(), "a refused download could not be recorded");
    }
    refusal
}

/// Recorded on the user's behalf: they may no longer be let in themselves.
async fn record_refusal(
    state: &DownloadState,
    link: &Link,
    stored: Option<&Stored>,
    refusal: &DownloadRefusal,
) -> Result<()> {
    let now = state.clock.now();
    let scope = state
        .database
        .work(ActorKind::Worker, link.organization_id, Some(link.user_id), now)
        .await?;
    let message = format!("A download was refused: {}", refusal.message());
    let details = json!({ "reason": refusal.code(), "support_access_id": link.support_access_id });
    let mut entries = vec![entry(AuditAction::DownloadRefused, stored, link.file_id, message).with(details)];
    if let Some(found) = refusal.integrity_finding() {
        let expected = stored.map(|stored| stored.file.sha256.to_string());
        let details = json!({ "intact": false, "expected_sha256": expected, "found_sha256": found });
        let message = "The stored file is not the one that was exported.".to_owned();
        entries.insert(
            0,
            entry(AuditAction::IntegrityChecked, stored, link.file_id, message).with(details),
        );
    }
    scope.commit(entries).await
}

impl DownloadRefusal {
    /// The door says who may not enter, and why; a link's holder is told only that it no longer works.
    fn of_entering(error: Error) -> Self {
        match error {
            Error::Unauthenticated(_) | Error::Forbidden { .. } | Error::NotFound(_) | Error::NoSuch { .. } => {
                Self::RightLost
            }
            other => Self::of_database(other),
        }
    }

    fn of_database(error: Error) -> Self {
        if !matches!(error, Error::Unavailable(_)) {
            tracing::error!(cause = %error, "a download failed for an unforeseen reason");
        }
        Self::DatabaseUnavailable
    }
}
