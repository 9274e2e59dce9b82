//! Custom reports: their definitions' columns, who changes them, and their runs.

mod changes;
mod definitions;
mod runs;

use bufdir_reports::kernel::actor::Standing;
use uuid::Uuid;

use crate::support::rows::{Row, custom_report, scheduled_report};
use crate::support::{Sandbox, id};

/// What a worker records of a run that it made.
const RAN: &str = "last_run_at = app.now(), last_run_status = 'succeeded', last_run_row_count = 12,
    last_output_file_url = 'a/2026/b.csv'";
/// What a worker does after failures in a row.
const SWITCHED_OFF: &str = "is_scheduled = false, next_run_at = null, schedule_failures = 5,
    schedule_disabled_reason = 'It failed five times.'";

fn update(report: Uuid, assignments: &str) -> String {
    format!("update custom_reports set {assignments} where id = '{report}'")
}

/// A definition of the org admin's, and the sandbox entered as a worker.
async fn defined(row: impl Fn(&Sandbox) -> Row) -> (Sandbox, Uuid) {
    let sandbox = Sandbox::entered(Standing::OrgAdmin).await;
    let report = id();
    sandbox.does(&row(&sandbox).with("id", report).insert()).await;
    sandbox.becomes(Standing::System).await;
    (sandbox, report)
}

async fn unscheduled() -> (Sandbox, Uuid) {
    defined(|sandbox| custom_report(sandbox.hlf())).await
}

async fn scheduled() -> (Sandbox, Uuid) {
    defined(|sandbox| scheduled_report(sandbox.hlf())).await
}
