//! Entries of the audit log. That they can be neither changed nor deleted, and how they are chained: `audit_chain.rs`.

use bufdir_reports::kernel::actor::Standing;
use uuid::Uuid;

use crate::support::rows::Row;
use crate::support::rules;
use crate::support::{NOW, Sandbox, id, rows};

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
            .refuses(rules::ID_IS_VALID_UUID, &entry.with("id", version_4).insert())
            .await;
    }
}

#[tokio::test]
async fn audit_actor_kind_valid() {
    let sandbox = Sandbox::entered(Standing::Support).await;
    let entry = rows::audit_entry(sandbox.hlf());
    sandbox.allows(&insert(&by_support(&sandbox))).await;
    sandbox.becomes(Standing::Coordinator).await;
    sandbox.allows(&entry.insert()).await;
    sandbox.becomes(Standing::System).await;
    for kind in ["worker", "schedule", "import", "operator"] {
        sandbox.allows(&entry.with("actor_kind", kind).insert()).await;
    }
    sandbox
        .refuses(rules::AUDIT_ACTOR_KIND_VALID, &entry.with("actor_kind", "cat").insert())
        .await;
}

#[tokio::test]
async fn audit_action_valid() {
    let sandbox = Sandbox::entered(Standing::Coordinator).await;
    let entry = rows::audit_entry(sandbox.hlf());
    sandbox.allows(&entry.with("action", "a".repeat(64)).insert()).await;
    for action in ["", "Exported", "re-exported", "_exported", &"a".repeat(65)] {
        sandbox
            .refuses(rules::AUDIT_ACTION_VALID, &entry.with("action", action).insert())
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
            .refuses(
                rules::AUDIT_ID_CARRIES_ITS_TIME,
                &entry.with("created_at", other).insert(),
            )
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
            rules::AUDIT_ACTOR_IS_WHO_ENTERED,
            &entry
                .with("actor_user_id", hlf.admin)
                .with("actor_name", "admin hlf")
                .insert(),
        )
        .await;
    for forged in [
        entry.without("actor_user_id").with("actor_kind", "operator"),
        entry.with("actor_kind", "support"),
        entry.with("actor_kind", "worker"),
    ] {
        sandbox
            .refuses(rules::AUDIT_ACTOR_IS_WHO_ENTERED, &forged.insert())
            .await;
    }
    // Someone in support says so.
    sandbox.becomes(Standing::Support).await;
    let by_support = by_support(&sandbox);
    sandbox.allows(&insert(&by_support)).await;
    for forged in [
        by_support.without("support_access_id"),
        by_support.with("actor_kind", "user"),
    ] {
        sandbox
            .refuses(rules::AUDIT_ACTOR_IS_WHO_ENTERED, &insert(&forged))
            .await;
    }
}

/// A temporary table that bears a table's name comes first for the session, and for no function. The tests' databases let
/// the app make one; a migrated database does not (`migrations`).
#[tokio::test]
async fn a_temporary_table_forges_no_name() {
    let sandbox = Sandbox::entered(Standing::Coordinator).await;
    let hlf = sandbox.hlf();
    for table in ["users", "memberships", "organizations", "audit_logs"] {
        let copied = format!("create temporary table {table} as table public.{table} with no data");
        sandbox.run(&copied).await.unwrap();
    }
    let coordinator = hlf.coordinator;
    sandbox
        .does(&format!(
            "insert into users (id, name, is_active) values ('{coordinator}', 'Forged', true)"
        ))
        .await;
    let entry = rows::audit_entry(hlf);
    let into = insert(&entry).replacen("insert into audit_logs", "insert into public.audit_logs", 1);
    sandbox.does(&into).await;
    sandbox.becomes(Standing::System).await;
    let bears = "select from public.audit_logs where actor_name = 'coordinator hlf' and actor_role = 'coordinator'";
    assert_eq!(sandbox.attempt(bears).await.unwrap(), 1);
}

/// Whatever a statement says of whoever acts, the entry bears the name and the role that the database knows.
#[tokio::test]
async fn an_entry_bears_the_name_and_role_of_who_entered() {
    let sandbox = Sandbox::entered(Standing::Coordinator).await;
    let hlf = sandbox.hlf();
    let forged = rows::audit_entry(hlf)
        .with("actor_name", "admin hlf")
        .with("actor_role", "org_admin");
    let by_coordinator = stored(&sandbox, &forged).await;
    sandbox.becomes(Standing::Support).await;
    let by_support = by_support(&sandbox);
    let by_support = stored(&sandbox, &by_support.with("actor_name", "admin hlf")).await;
    // A worker is no person, and acts for one, who may have asked in support and be no member.
    sandbox.becomes(Standing::System).await;
    let forged = forged.with("actor_kind", "worker");
    let by_worker = stored(&sandbox, &forged).await;
    for as_a_person in ["user", "support"] {
        let refused = insert(&forged.with("actor_kind", as_a_person));
        sandbox.refuses(rules::AUDIT_ACTOR_IS_WHO_ENTERED, &refused).await;
    }
    let enters = |person: &str| format!("select app.enter_system('{}', {person}, '{NOW}')", hlf.id);
    let global_admin = sandbox.fixture.global_admin;
    sandbox.does(&enters(&format!("'{global_admin}'"))).await;
    let for_support = stored(&sandbox, &forged.with("actor_user_id", global_admin)).await;
    sandbox.does(&enters("null")).await;
    let for_nobody = stored(&sandbox, &forged.without("actor_user_id")).await;

    for (entry, name, role) in [
        (by_coordinator, "coordinator hlf", "'coordinator'"),
        (by_support, "Global Admin", "'support'"),
        (by_worker, "coordinator hlf", "'coordinator'"),
        (for_support, "Global Admin", "null"),
        (for_nobody, "worker", "null"),
    ] {
        let bears = format!(
            "select from audit_logs where id = '{entry}' and actor_name = '{name}'
                and actor_role is not distinct from {role}"
        );
        assert_eq!(sandbox.attempt(&bears).await.unwrap(), 1, "{name}, {role}");
    }
}

async fn stored(sandbox: &Sandbox, entry: &Row) -> Uuid {
    let id = id();
    sandbox.does(&insert(&entry.with("id", id))).await;
    id
}

/// An entry of the global admin who has entered in support.
fn by_support(sandbox: &Sandbox) -> Row {
    rows::audit_entry(sandbox.hlf())
        .with("actor_kind", "support")
        .with("actor_user_id", sandbox.fixture.global_admin)
        .with("actor_name", "Global Admin")
        .with("actor_role", "support")
        .with("support_access_id", GRANT)
}

/// Stands for the grant by which somebody has entered.
const GRANT: &str = "GRANT";

fn insert(entry: &Row) -> String {
    entry.insert().replace("'GRANT'", "app.support_access_id()")
}

#[tokio::test]
async fn audit_person_has_name_and_role() {
    // By no door, where nothing is known of who acts but the id.
    let sandbox = Sandbox::superuser().await;
    let (entry, person) = (rows::audit_entry(sandbox.hlf()), sandbox.hlf().coordinator);
    sandbox
        .run(&format!("set local app.user_id = '{person}'"))
        .await
        .unwrap();
    sandbox.allows(&entry.insert()).await;
    sandbox
        .allows(&entry.without("actor_role").with("actor_kind", "worker").insert())
        .await;
    sandbox
        .refuses(
            rules::AUDIT_PERSON_HAS_NAME_AND_ROLE,
            &entry.without("actor_role").insert(),
        )
        .await;
    sandbox
        .refuses(
            rules::AUDIT_PERSON_HAS_NAME_AND_ROLE,
            &entry.with("actor_name", " ").insert(),
        )
        .await;
}
