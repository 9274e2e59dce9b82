//! Entries of the audit log. That they can be neither changed nor deleted, and how they are chained: `audit_chain.rs`.

use bufdir_reports::actor::Standing;
use bufdir_reports::rule::Rule;

use crate::support::{Sandbox, rows};

mod audit_logs {
    use super::*;

    #[tokio::test]
    async fn id_is_valid_uuid() {
        let sandbox = Sandbox::entered(Standing::Coordinator).await;
        let entry = rows::audit_entry(sandbox.hlf());
        sandbox.allows(&entry.insert()).await;
        // Of the right milliseconds, and of version 4.
        let id = crate::support::id().to_string();
        let version_4 = format!("{}4{}", &id[..14], &id[15..]);
        sandbox
            .refuses(Rule::IdIsValidUuid, &entry.with("id", version_4).insert())
            .await;
    }
}

#[tokio::test]
async fn audit_actor_kind_valid() {
    let sandbox = Sandbox::entered(Standing::Coordinator).await;
    let entry = rows::audit_entry(sandbox.hlf());
    for kind in ["user", "support", "worker", "schedule", "import", "operator"] {
        sandbox.allows(&entry.with("actor_kind", kind).insert()).await;
    }
    sandbox
        .refuses(Rule::AuditActorKindValid, &entry.with("actor_kind", "cat").insert())
        .await;
}

#[tokio::test]
async fn audit_action_valid() {
    let sandbox = Sandbox::entered(Standing::Coordinator).await;
    let entry = rows::audit_entry(sandbox.hlf());
    sandbox.allows(&entry.with("action", "a".repeat(64)).insert()).await;
    for action in ["", "Exported", "re-exported", "_exported", &"a".repeat(65)] {
        sandbox
            .refuses(Rule::AuditActionValid, &entry.with("action", action).insert())
            .await;
    }
}

#[tokio::test]
async fn audit_id_carries_its_time() {
    let sandbox = Sandbox::entered(Standing::Coordinator).await;
    let entry = rows::audit_entry(sandbox.hlf());
    sandbox
        .allows(&entry.with("created_at", "2026-03-02T09:00:00.000999Z").insert())
        .await;
    for other in ["2026-03-02T09:00:00.001Z", "2025-03-02T09:00:00Z"] {
        sandbox
            .refuses(Rule::AuditIdCarriesItsTime, &entry.with("created_at", other).insert())
            .await;
    }
}

#[tokio::test]
async fn audit_actor_is_who_entered() {
    let sandbox = Sandbox::entered(Standing::Coordinator).await;
    let hlf = sandbox.hlf();
    let entry = rows::audit_entry(hlf);
    sandbox.allows(&entry.insert()).await;
    sandbox
        .refuses(
            Rule::AuditActorIsWhoEntered,
            &entry.with("actor_user_id", hlf.admin).insert(),
        )
        .await;
    let nobody = entry.without("actor_user_id").with("actor_kind", "operator");
    sandbox.refuses(Rule::AuditActorIsWhoEntered, &nobody.insert()).await;
    // Someone in support says so.
    sandbox.becomes(Standing::Support).await;
    let by_support = entry
        .with("actor_user_id", sandbox.fixture.global_admin)
        .with("actor_role", "support");
    sandbox
        .refuses(Rule::AuditActorIsWhoEntered, &by_support.insert())
        .await;
    let grant = by_support.with("support_access_id", "GRANT").insert();
    sandbox
        .allows(&grant.replace("'GRANT'", "app.support_access_id()"))
        .await;
}

#[tokio::test]
async fn audit_person_has_name_and_role() {
    let sandbox = Sandbox::entered(Standing::Coordinator).await;
    let entry = rows::audit_entry(sandbox.hlf());
    sandbox
        .allows(&entry.without("actor_role").with("actor_kind", "worker").insert())
        .await;
    sandbox
        .refuses(Rule::AuditPersonHasNameAndRole, &entry.without("actor_role").insert())
        .await;
    sandbox
        .refuses(Rule::AuditPersonHasNameAndRole, &entry.with("actor_name", " ").insert())
        .await;
}
