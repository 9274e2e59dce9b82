//! How a run ends: its result recorded in one transaction, and nothing left behind that no record names.

use entity::enums::AuditAction;
use serde_json::json;

use super::{Document, ExportCaller, ExportRun, folder};
use crate::export::failure::ExportFailure;
use crate::export::operations::{self, Product, StoredFile};
use crate::export::storage::remove_file;
use crate::kernel::audit_entry::AuditEntry;
use crate::kernel::error::{Error, Result};

impl<C: ExportCaller> ExportRun<'_, C> {
    /// File, operation, the caller's own rows and the trail: one transaction. An operation that another attempt ended
    /// meanwhile is left alone.
    pub(super) async fn record(&self, document: &Document, file: StoredFile) -> Result<(), ExportFailure> {
        let scope = self.write().await?;
        self.caller.lock(&scope, self.operation).await?;
        if !operations::lock_pending(&scope, self.operation.id).await? {
            return Ok(());
        }
        let product = Product {
            file,
            activity_count: document.activity_count,
            participant_count: document.participant_count,
        };
        operations::complete(&scope, self.operation.id, &product).await?;
        let mut entries = vec![self.entry_of_file(document, &product.file)];
        entries.extend(
            self.caller
                .record_completion(&scope, self.operation, &product.file)
                .await?,
        );
        Ok(scope.commit(entries).await?)
    }

    fn entry_of_file(&self, document: &Document, file: &StoredFile) -> AuditEntry {
        let message = format!("The file \"{}\" was stored.", file.file_name);
        self.entry(
            AuditAction::FileStored,
            message,
            json!({
                "file_id": file.id,
                "format": self.operation.format.as_str(),
                "size_bytes": file.size_bytes,
                "sha256": file.sha256.to_string(),
                "data_hash": hex::encode(document.data_hash),
                "renderer_version": file.renderer_version,
            }),
        )
    }

    fn entry(&self, action: AuditAction, message: String, details: serde_json::Value) -> AuditEntry {
        let entry = AuditEntry::new(action, "export", self.operation.id, message).with(details);
        match self.operation.report_id {
            Some(report) => entry.of_report(report),
            None => entry,
        }
    }

    /// Records the failure, then removes what was stored: no attempt can complete the operation any more.
    pub(super) async fn record_failure(&self, failure: &ExportFailure) -> Result<()> {
        let mut recorded = self.try_record_failure(failure, true).await;
        if let Err(Error::Unavailable(_)) = recorded {
            return recorded.map(drop);
        }
        if let Err(cause) = &recorded {
            tracing::error!(%cause, "the caller could not take note of a failed export; recording it without");
            recorded = self.try_record_failure(failure, false).await;
        }
        if recorded? {
            remove_file(&self.ctx.storage, &folder(self.operation)).await;
        }
        Ok(())
    }

    /// Whether this call ended the operation.
    async fn try_record_failure(&self, failure: &ExportFailure, with_caller: bool) -> Result<bool> {
        let scope = self.conclude().await?;
        if !operations::lock_pending(&scope, self.operation.id).await? {
            return Ok(false);
        }
        operations::fail(&scope, self.operation.id, failure).await?;
        let message = format!("The export failed: {}", failure.message);
        let details = json!({ "error_code": failure.code.as_str(), "format": self.operation.format.as_str() });
        let mut entries = vec![self.entry(AuditAction::ExportFailed, message, details)];
        if with_caller {
            entries.extend(self.caller.record_failure(&scope, self.operation, failure).await?);
        }
        scope.commit(entries).await?;
        Ok(true)
    }
}
