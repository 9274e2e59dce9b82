//! Stored files.

use bufdir_reports::kernel::actor::Standing;

use crate::support::report::file;
use crate::support::rules;
use crate::support::{NOW, Sandbox, id, rows};

mod files {
    use super::*;

    #[tokio::test]
    async fn file_size_bytes_non_negative() {
        let sandbox = Sandbox::entered(Standing::System).await;
        let file = file(sandbox.hlf());
        sandbox.allows(&file.with("size_bytes", 0).insert()).await;
        sandbox
            .refuses(
                rules::FILE_SIZE_BYTES_NON_NEGATIVE,
                &file.with("size_bytes", -1).insert(),
            )
            .await;
    }

    #[tokio::test]
    async fn file_url_max_length() {
        let sandbox = Sandbox::entered(Standing::System).await;
        let file = file(sandbox.hlf());
        sandbox
            .allows(&file.with("storage_key", "k".repeat(2048)).insert())
            .await;
        sandbox
            .refuses(
                rules::FILE_URL_MAX_LENGTH,
                &file.with("storage_key", "k".repeat(2049)).insert(),
            )
            .await;
    }
}

#[tokio::test]
async fn file_checksum_format() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let file = file(sandbox.hlf());
    sandbox.allows(&file.insert()).await;
    for bytes in [0, 31, 33] {
        let row = file.with("sha256", format!("\\x{}", "ab".repeat(bytes)));
        sandbox.refuses(rules::FILE_CHECKSUM_FORMAT, &row.insert()).await;
    }
}

#[tokio::test]
async fn download_count_non_negative() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let file = file(sandbox.hlf());
    sandbox.allows(&file.with("download_count", 0).insert()).await;
    sandbox
        .refuses(
            rules::DOWNLOAD_COUNT_NON_NEGATIVE,
            &file.with("download_count", -1).insert(),
        )
        .await;
}

#[tokio::test]
async fn completed_export_is_immutable() {
    let sandbox = Sandbox::superuser().await;
    let hlf = sandbox.hlf();
    sandbox.does(&file(hlf).insert()).await;
    let downloaded = format!(
        "update files set download_count = download_count + 1, last_downloaded_at = '{NOW}',
         last_downloaded_by_user_id = '{}'",
        hlf.coordinator
    );
    sandbox.allows(&downloaded).await;
    sandbox.does(&downloaded).await;
    for change in [
        "sha256 = sha256('')",
        "size_bytes = 1",
        "storage_key = ''",
        "file_name = ''",
        "download_count = 0",
    ] {
        sandbox
            .refuses(
                rules::COMPLETED_EXPORT_IS_IMMUTABLE,
                &format!("update files set {change}"),
            )
            .await;
    }
    sandbox
        .refuses(rules::COMPLETED_EXPORT_IS_IMMUTABLE, "delete from files")
        .await;
    sandbox
        .refuses(rules::COMPLETED_EXPORT_IS_IMMUTABLE, "truncate files cascade")
        .await;
}

/// Down to the checksum: an entry that tells of another file does not stand for this one.
#[tokio::test]
async fn log_export_audited() {
    let sandbox = Sandbox::entered(Standing::OrgAdmin).await;
    let (hlf, id) = (sandbox.hlf(), id());
    let file = file(hlf).with("id", id).with("of_audit_log", true);
    let entry = rows::audit_entry(hlf)
        .with("actor_user_id", hlf.admin)
        .with("actor_name", "admin hlf")
        .with("actor_role", "org_admin")
        .with("action", "audit_log_exported")
        .with("subject_type", "file")
        .with("subject_id", id)
        .with("details", format!("{{\"sha256\": \"{}\"}}", "ab".repeat(32)));
    sandbox.refuses(rules::LOG_EXPORT_AUDITED, &file.insert()).await;
    for other in [
        entry.with("action", "file_stored"),
        entry.with("subject_id", crate::support::id()),
        entry.with("details", format!("{{\"sha256\": \"{}\"}}", "cd".repeat(32))),
    ] {
        let both = format!("{}; {}", other.insert(), file.insert());
        sandbox.refuses(rules::LOG_EXPORT_AUDITED, &both).await;
    }
    sandbox.allows(&format!("{}; {}", entry.insert(), file.insert())).await;
    // Other files have entries of other kinds.
    sandbox.allows(&file.with("of_audit_log", false).insert()).await;
}
