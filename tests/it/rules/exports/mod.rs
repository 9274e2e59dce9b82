//! The append-only record of export operations (`bufdir_export_audit_log`).

mod reached;
mod recorded;
mod requested;

use bufdir_reports::kernel::actor::Standing;
use uuid::Uuid;

use crate::support::report::{Report, file};
use crate::support::{NOW, Sandbox, id};

/// A report that is ready, and the coordinator who is about to export it.
async fn ready() -> (Sandbox, Report) {
    let sandbox = Sandbox::entered(Standing::System).await;
    let report = sandbox.report("ready").await;
    sandbox.becomes(Standing::Coordinator).await;
    (sandbox, report)
}

/// A pending export, and the service that is about to record its result.
async fn pending() -> (Sandbox, Export) {
    let (sandbox, report) = ready().await;
    let export = Export {
        id: sandbox.pending_export(&report).await,
        file: id(),
    };
    sandbox.enters_the_export_audit_service().await;
    sandbox
        .does(&file(sandbox.hlf()).with("id", export.file).insert())
        .await;
    (sandbox, export)
}

struct Export {
    id: Uuid,
    file: Uuid,
}

impl Export {
    fn update(&self, assignments: &str) -> String {
        format!(
            "update bufdir_export_audit_log set {assignments} where id = '{}'",
            self.id
        )
    }

    fn completion(&self) -> String {
        format!(
            "status = 'complete', completed_at = '{NOW}', file_url = 'reports/1.xlsx', file_size_bytes = 9000,
             file_id = '{}', activity_count = 1, participant_count = 2",
            self.file
        )
    }
}

const FAILURE: &str = "status = 'failed', completed_at = '2026-03-02T09:00:00Z', error_code = 'RENDER_FAILED',
    error_message = 'The file could not be made.'";
