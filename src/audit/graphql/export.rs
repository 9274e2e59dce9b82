//! The export of the organization's log.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::enums::Language;

use super::log::AuditLogFilter;
use crate::audit::export::{self, AuditLogFormat, LogExport, NewLogExport};
use crate::audit::rights;
use crate::export::storage::Storage;
use crate::export::{DownloadLinks, StoredFile};
use crate::kernel::context::RequestExt;
use crate::kernel::error::Result;
use crate::kernel::scalar::DateTime;

/// Mutations of the log: it can be exported, and nothing else.
#[derive(Default)]
pub struct AuditMutation;

#[Object]
impl AuditMutation {
    /// Exports the organization's log, or what a filter leaves of it, oldest entry first, and gives a link to the file.
    /// The export is itself logged, and so is each download.
    #[graphql(guard = "rights::READ_WHOLE_LOG")]
    async fn export_audit_log(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to export.")] input: ExportAuditLogInput,
    ) -> Result<ExportAuditLogPayload> {
        let storage = ctx.data_unchecked::<Storage>();
        let exported = export::export(ctx.request(), storage, input.decode()?).await?;
        ExportAuditLogPayload::of(ctx, exported).await
    }
}

/// What to export of the log.
#[derive(InputObject)]
pub struct ExportAuditLogInput {
    /// The format of the file.
    format: AuditLogFormat,
    /// Which entries; all unless said otherwise.
    filter: Option<AuditLogFilter>,
    /// The language of a CSV file's headings; Norwegian (bokmål) unless said otherwise.
    #[graphql(default_with = "Language::Nb")]
    language: Language,
}

impl ExportAuditLogInput {
    fn decode(self) -> Result<NewLogExport> {
        Ok(NewLogExport {
            format: self.format,
            language: self.language,
            filter: self.filter.unwrap_or_default().decode("input.filter")?,
        })
    }
}

/// An exported log.
#[derive(SimpleObject)]
pub struct ExportAuditLogPayload {
    /// The stored file. `createDownloadLink` gives further links to it.
    file: StoredFile,
    /// How many entries it holds.
    entry_count: i64,
    /// The first entry's sequence; null when there are none.
    first_sequence: Option<i64>,
    /// The last entry's sequence; null when there are none.
    last_sequence: Option<i64>,
    /// The address to download from, by GET, without a token.
    url: String,
    /// When the link stops working, UTC.
    expires_at: DateTime,
}

impl ExportAuditLogPayload {
    async fn of(ctx: &Context<'_>, exported: LogExport) -> Result<Self> {
        let links = ctx.data_unchecked::<DownloadLinks>();
        let link = links.create(&*ctx.read().await?, exported.file.id).await?;
        Ok(Self {
            file: exported.file,
            entry_count: exported.extent.entries,
            first_sequence: exported.extent.first_sequence,
            last_sequence: exported.extent.last_sequence,
            url: link.url,
            expires_at: DateTime(link.expires_at),
        })
    }
}
