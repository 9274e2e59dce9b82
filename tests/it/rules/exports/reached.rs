//! Who sees, creates and changes the record, and that nobody deletes it.

use bufdir_reports::kernel::actor::Standing;

use super::{Export, FAILURE, ready};
use crate::support::report::{export, ledger_export};
use crate::support::rules;
use crate::support::{NOW, Sandbox, id};

#[tokio::test]
async fn append_only_immutability() {
    let sandbox = Sandbox::superuser().await;
    let report = sandbox.report("ready").await;
    let export = Export {
        id: sandbox.pending_export(&report).await,
        file: id(),
    };
    sandbox.enters_the_export_audit_service().await;
    let hlf = sandbox.hlf();
    let other = report.generation;
    for change in [
        format!("id = '{}'", id()),
        format!("organization_id = '{}'", sandbox.fixture.nhf.id),
        format!("triggered_by_user_id = '{}'", hlf.admin),
        format!("report_period_id = '{}'", sandbox.fixture.nhf.period),
        "export_format = 'pdf'".to_owned(),
        format!("scope_level = 'region', scope_id = '{}'", hlf.region),
        "created_at = created_at - interval '1 microsecond'".to_owned(),
        format!("report_id = '{other}'"),
        "origin = 'ledger'".to_owned(),
        "language = 'en'".to_owned(),
    ] {
        sandbox
            .refuses(rules::APPEND_ONLY_IMMUTABILITY, &export.update(&change))
            .await;
    }
    for table in ["bufdir_export_audit_log", "bufdir_export_audit_log_2026"] {
        sandbox
            .refuses(rules::APPEND_ONLY_IMMUTABILITY, &format!("delete from {table}"))
            .await;
        sandbox
            .refuses(rules::APPEND_ONLY_IMMUTABILITY, &format!("truncate {table}"))
            .await;
    }
    sandbox.allows(&export.update(FAILURE)).await;
}

/// Row-level security: what is another organization's, or the ledger's for a coordinator, is not there.
#[tokio::test]
async fn organization_scoped_access() {
    let (sandbox, report) = ready().await;
    let hlf = sandbox.hlf();
    sandbox.does(&export(hlf, &report).insert()).await;
    sandbox.becomes(Standing::OrgAdmin).await;
    sandbox.does(&ledger_export(hlf).insert()).await;
    let all = "select from bufdir_export_audit_log";
    for (standing, seen) in [
        (Standing::PeerMentor, 0),
        (Standing::Coordinator, 1),
        (Standing::OrgAdmin, 2),
        (Standing::Support, 2),
        (Standing::System, 2),
    ] {
        sandbox.becomes(standing).await;
        assert_eq!(sandbox.attempt(all).await.unwrap(), seen, "{standing:?}");
    }
    let nhf = &sandbox.fixture.nhf;
    let enter = format!("select app.enter('{}', 'nhf', '{NOW}')", nhf.admin);
    sandbox.run(&enter).await.unwrap();
    assert_eq!(sandbox.attempt(all).await.unwrap(), 0);
    let change = "update bufdir_export_audit_log set bufdir_submission_reference = 'REF'";
    assert_eq!(sandbox.attempt(change).await.unwrap(), 0);
}

#[tokio::test]
async fn coordinator_or_admin_required_to_create() {
    let (sandbox, report) = ready().await;
    let hlf = sandbox.hlf();
    let export = export(hlf, &report);
    sandbox.allows(&export.insert()).await;
    sandbox.becomes(Standing::OrgAdmin).await;
    sandbox
        .allows(&export.with("triggered_by_user_id", hlf.admin).insert())
        .await;
    for person in [hlf.peers[0], sandbox.fixture.nhf.admin, sandbox.fixture.global_admin] {
        let row = export.with("triggered_by_user_id", person);
        sandbox
            .refuses(rules::COORDINATOR_OR_ADMIN_REQUIRED_TO_CREATE, &row.insert())
            .await;
    }
    sandbox.becomes(Standing::PeerMentor).await;
    sandbox
        .refuses(rules::COORDINATOR_OR_ADMIN_REQUIRED_TO_CREATE, &export.insert())
        .await;
}

#[tokio::test]
async fn export_status_written_by_service() {
    let (sandbox, report) = ready().await;
    let export = Export {
        id: sandbox.pending_export(&report).await,
        file: id(),
    };
    let fail = export.update(FAILURE);
    let service = "select app.enter_export_audit_service()";
    for standing in [Standing::Coordinator, Standing::OrgAdmin] {
        sandbox.becomes(standing).await;
        sandbox.refuses(rules::EXPORT_STATUS_WRITTEN_BY_SERVICE, &fail).await;
        sandbox.refuses(rules::EXPORT_STATUS_WRITTEN_BY_SERVICE, service).await;
    }
    sandbox.becomes(Standing::System).await;
    sandbox.refuses(rules::EXPORT_STATUS_WRITTEN_BY_SERVICE, &fail).await;
    sandbox.enters_the_export_audit_service().await;
    sandbox.allows(&fail).await;
}
