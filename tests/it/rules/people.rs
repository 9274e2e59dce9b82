//! Organizations, users, memberships, support access, units.

#![expect(clippy::disallowed_methods, reason = "a test looks behind the program")]

use bufdir_reports::kernel::actor::Standing;

use crate::support::rules;
use crate::support::{NOW, Sandbox, database, report, rows};

#[tokio::test]
async fn organization_slug_unique() {
    let sandbox = Sandbox::owner().await;
    sandbox.allows(&rows::organization().insert()).await;
    sandbox
        .refuses(
            rules::ORGANIZATION_SLUG_UNIQUE,
            &rows::organization().with("slug", "hlf").insert(),
        )
        .await;
}

#[tokio::test]
async fn organization_slug_valid() {
    let sandbox = Sandbox::owner().await;
    for slug in ["lhl", "lhl-2", &"a".repeat(63)] {
        sandbox.allows(&rows::organization().with("slug", slug).insert()).await;
    }
    for slug in ["", "LHL", "l hl", "-lhl", "lhl-", "l--hl", &"a".repeat(64)] {
        sandbox
            .refuses(
                rules::ORGANIZATION_SLUG_VALID,
                &rows::organization().with("slug", slug).insert(),
            )
            .await;
    }
}

#[tokio::test]
async fn organization_name_not_empty() {
    let sandbox = Sandbox::owner().await;
    sandbox.allows(&rows::organization().insert()).await;
    sandbox
        .refuses(
            rules::ORGANIZATION_NAME_NOT_EMPTY,
            &rows::organization().with("name", " ").insert(),
        )
        .await;
}

#[tokio::test]
async fn organization_number_valid() {
    let sandbox = Sandbox::owner().await;
    sandbox.allows(&rows::organization().insert()).await;
    // The check digit's remainder may be 1, which no digit stands for: then no number begins so.
    for number in ["123456785", "310471011"] {
        let row = rows::organization().with("organization_number", number);
        sandbox.allows(&row.insert()).await;
    }
    for number in [
        "12345678",
        "1234567890",
        "30000000x",
        "300000003",
        "912345678",
        "987654321",
    ] {
        let row = rows::organization().with("organization_number", number);
        sandbox.refuses(rules::ORGANIZATION_NUMBER_VALID, &row.insert()).await;
    }
}

/// The door refuses as well (`doors.rs`); here someone was let in before the organization became inactive.
#[tokio::test]
async fn organization_must_exist_and_be_active() {
    let database = database().await;
    let hlf = &database.fixture.hlf;
    let insert = report::report_row(hlf).insert();
    let scope = database.write(hlf.coordinator, "hlf").await.unwrap();
    database
        .arrange("update organizations set is_active = false where slug = 'hlf'")
        .await;
    let error = scope
        .run(&format!("{insert} returning $1::uuid"), [])
        .await
        .unwrap_err();
    assert_eq!(error.broken_rule(), Some(rules::ORGANIZATION_MUST_EXIST_AND_BE_ACTIVE));

    database
        .arrange("update organizations set is_active = true where slug = 'hlf'")
        .await;
    let scope = database.write(hlf.coordinator, "hlf").await.unwrap();
    assert_eq!(scope.run(&format!("{insert} returning $1::uuid"), []).await.unwrap(), 1);

    let sandbox = Sandbox::entered(Standing::Coordinator).await;
    let nowhere = report::report_row(sandbox.hlf()).with("organization_id", crate::support::id());
    sandbox
        .refuses(rules::ORGANIZATION_MUST_EXIST_AND_BE_ACTIVE, &nowhere.insert())
        .await;
}

#[tokio::test]
async fn user_email_unique() {
    let sandbox = Sandbox::owner().await;
    sandbox.allows(&rows::user().insert()).await;
    let known = rows::user().with("email", "admin@hlf.example.org");
    sandbox.refuses(rules::USER_EMAIL_UNIQUE, &known.insert()).await;
}

#[tokio::test]
async fn user_email_valid() {
    let sandbox = Sandbox::owner().await;
    sandbox.allows(&rows::user().insert()).await;
    for email in ["", "nobody", "New@example.org", "new @example.org", "a@b@c"] {
        sandbox
            .refuses(rules::USER_EMAIL_VALID, &rows::user().with("email", email).insert())
            .await;
    }
}

#[tokio::test]
async fn user_name_not_empty() {
    let sandbox = Sandbox::owner().await;
    sandbox.allows(&rows::user().insert()).await;
    sandbox
        .refuses(rules::USER_NAME_NOT_EMPTY, &rows::user().with("name", " ").insert())
        .await;
}

#[tokio::test]
async fn membership_role_valid() {
    let sandbox = Sandbox::entered(Standing::System).await;
    for role in ["peer_mentor", "coordinator", "org_admin"] {
        sandbox
            .allows(&rows::membership(&sandbox.fixture).with("role", role).insert())
            .await;
    }
    for role in ["global_admin", "system", "authenticated", ""] {
        let row = rows::membership(&sandbox.fixture).with("role", role);
        sandbox.refuses(rules::MEMBERSHIP_ROLE_VALID, &row.insert()).await;
    }
}

#[tokio::test]
async fn organization_keeps_an_admin() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let (admin, coordinator) = (sandbox.hlf().admin, sandbox.hlf().coordinator);
    let sets = |what: &str, whom| format!("update memberships set {what} where user_id = '{whom}'");
    let demotions = [sets("role = 'peer_mentor'", admin), sets("is_active = false", admin)];
    for demotion in &demotions {
        sandbox.refuses(rules::ORGANIZATION_KEEPS_AN_ADMIN, demotion).await;
    }
    sandbox.allows(&sets("peer_trained_on = '2020-01-01'", admin)).await;
    // In whatever order, one follows another.
    let promotion = sets("role = 'org_admin'", coordinator);
    sandbox.allows(&format!("{}; {promotion}", demotions[0])).await;
    sandbox.does(&promotion).await;
    for demotion in &demotions {
        sandbox.allows(demotion).await;
    }
    let all = "update memberships set is_active = false where role = 'org_admin'";
    sandbox.refuses(rules::ORGANIZATION_KEEPS_AN_ADMIN, all).await;
}

#[tokio::test]
async fn peer_approval_start_before_end() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let until = rows::membership(&sandbox.fixture).with("peer_approved_until", "2024-06-30");
    sandbox
        .allows(&until.with("peer_approved_from", "2024-06-30").insert())
        .await;
    sandbox
        .refuses(
            rules::PEER_APPROVAL_START_BEFORE_END,
            &until.with("peer_approved_from", "2024-07-01").insert(),
        )
        .await;
    sandbox
        .refuses(rules::PEER_APPROVAL_START_BEFORE_END, &until.insert())
        .await;
}

#[tokio::test]
async fn support_access_granted_by_org_admin() {
    let sandbox = Sandbox::entered(Standing::OrgAdmin).await;
    let grant = rows::support_access(&sandbox.fixture);
    sandbox.allows(&grant.insert()).await;
    let for_another = grant.with("granted_by_user_id", sandbox.hlf().coordinator);
    sandbox
        .refuses(rules::SUPPORT_ACCESS_GRANTED_BY_ORG_ADMIN, &for_another.insert())
        .await;
    for standing in [
        Standing::PeerMentor,
        Standing::Coordinator,
        Standing::Support,
        Standing::System,
    ] {
        sandbox.becomes(standing).await;
        let row = rows::support_access(&sandbox.fixture);
        sandbox
            .refuses(rules::SUPPORT_ACCESS_GRANTED_BY_ORG_ADMIN, &row.insert())
            .await;
    }
}

#[tokio::test]
async fn support_access_for_global_admin() {
    let sandbox = Sandbox::entered(Standing::OrgAdmin).await;
    let grant = rows::support_access(&sandbox.fixture);
    sandbox.allows(&grant.insert()).await;
    for other in [sandbox.hlf().coordinator, sandbox.fixture.nhf.admin] {
        sandbox
            .refuses(
                rules::SUPPORT_ACCESS_FOR_GLOBAL_ADMIN,
                &grant.with("global_admin_user_id", other).insert(),
            )
            .await;
    }
}

#[tokio::test]
async fn support_access_only_revoked() {
    let sandbox = Sandbox::entered(Standing::OrgAdmin).await;
    sandbox.does(&rows::support_access(&sandbox.fixture).insert()).await;
    let admin = sandbox.hlf().admin;
    let revocation = format!("revoked_at = '{NOW}', revoked_by_user_id = '{admin}'");
    let revoke = format!("update support_access set {revocation}");
    sandbox.allows(&revoke).await;
    for change in ["reason = 'Other'", "valid_until = valid_until + interval '1 hour'"] {
        let longer = format!("update support_access set {change}");
        sandbox.refuses(rules::SUPPORT_ACCESS_ONLY_REVOKED, &longer).await;
        sandbox
            .refuses(rules::SUPPORT_ACCESS_ONLY_REVOKED, &format!("{longer}, {revocation}"))
            .await;
    }
    sandbox.does(&revoke).await;
    sandbox.refuses(rules::SUPPORT_ACCESS_ONLY_REVOKED, &revoke).await;
    let anew = "update support_access set revoked_at = null, revoked_by_user_id = null";
    sandbox.refuses(rules::SUPPORT_ACCESS_ONLY_REVOKED, anew).await;
}

#[tokio::test]
async fn support_access_reason_not_empty() {
    let sandbox = Sandbox::entered(Standing::OrgAdmin).await;
    let grant = rows::support_access(&sandbox.fixture);
    sandbox.allows(&grant.insert()).await;
    sandbox
        .refuses(
            rules::SUPPORT_ACCESS_REASON_NOT_EMPTY,
            &grant.with("reason", " ").insert(),
        )
        .await;
}

#[tokio::test]
async fn support_access_at_most_30_days() {
    let sandbox = Sandbox::entered(Standing::OrgAdmin).await;
    let grant = rows::support_access(&sandbox.fixture);
    sandbox
        .allows(&grant.with("valid_until", "2026-04-01T09:00:00Z").insert())
        .await;
    for until in ["2026-04-01T09:00:01Z", NOW, "2026-03-01T09:00:00Z"] {
        sandbox
            .refuses(
                rules::SUPPORT_ACCESS_AT_MOST_30_DAYS,
                &grant.with("valid_until", until).insert(),
            )
            .await;
    }
}

#[tokio::test]
async fn support_access_revocation_complete() {
    let sandbox = Sandbox::entered(Standing::OrgAdmin).await;
    let admin = sandbox.hlf().admin;
    let grant = rows::support_access(&sandbox.fixture);
    sandbox.does(&grant.insert()).await;
    let at = format!("update support_access set revoked_at = '{NOW}'");
    sandbox.allows(&format!("{at}, revoked_by_user_id = '{admin}'")).await;
    sandbox.refuses(rules::SUPPORT_ACCESS_REVOCATION_COMPLETE, &at).await;
    let by_nobody_yet = rows::support_access(&sandbox.fixture).with("revoked_by_user_id", admin);
    sandbox
        .refuses(rules::SUPPORT_ACCESS_REVOCATION_COMPLETE, &by_nobody_yet.insert())
        .await;
}

#[tokio::test]
async fn unit_level_valid() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let unit = rows::unit(sandbox.hlf());
    sandbox.allows(&unit.insert()).await;
    sandbox
        .refuses(rules::UNIT_LEVEL_VALID, &unit.with("level", "county").insert())
        .await;
}

#[tokio::test]
async fn unit_name_not_empty() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let unit = rows::unit(sandbox.hlf());
    sandbox.allows(&unit.insert()).await;
    sandbox
        .refuses(rules::UNIT_NAME_NOT_EMPTY, &unit.with("name", " ").insert())
        .await;
}

#[tokio::test]
async fn unit_level_below_parent() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let hlf = sandbox.hlf();
    let unit = rows::unit(hlf);
    sandbox.allows(&unit.with("parent_id", hlf.national).insert()).await;
    sandbox
        .refuses(
            rules::UNIT_LEVEL_BELOW_PARENT,
            &unit.with("parent_id", hlf.locals[0]).insert(),
        )
        .await;
    sandbox
        .refuses(rules::UNIT_LEVEL_BELOW_PARENT, &unit.with("level", "region").insert())
        .await;
    let moved = format!(
        "update organizational_units set parent_id = '{}' where id = '{}'",
        hlf.locals[0], hlf.locals[1]
    );
    sandbox.refuses(rules::UNIT_LEVEL_BELOW_PARENT, &moved).await;
    // The region has local units below it.
    let lowered = format!(
        "update organizational_units set level = 'local' where id = '{}'",
        hlf.region
    );
    sandbox.refuses(rules::UNIT_LEVEL_BELOW_PARENT, &lowered).await;
}

#[tokio::test]
async fn national_unit_is_the_root() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let unit = rows::unit(sandbox.hlf());
    sandbox.allows(&unit.insert()).await;
    sandbox
        .refuses(rules::NATIONAL_UNIT_IS_THE_ROOT, &unit.without("parent_id").insert())
        .await;
    sandbox
        .refuses(
            rules::NATIONAL_UNIT_IS_THE_ROOT,
            &unit.with("level", "national").insert(),
        )
        .await;
}

#[tokio::test]
async fn one_national_unit() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let unit = rows::unit(sandbox.hlf());
    sandbox.allows(&unit.insert()).await;
    let second = unit.with("level", "national").without("parent_id");
    sandbox.refuses(rules::ONE_NATIONAL_UNIT, &second.insert()).await;
}

mod organizational_units {
    use super::*;

    #[tokio::test]
    async fn county_known() {
        let sandbox = Sandbox::entered(Standing::System).await;
        let unit = rows::unit(sandbox.hlf());
        sandbox.allows(&unit.insert()).await;
        sandbox.allows(&unit.with("county", "Vestland").insert()).await;
        for spelling in ["vestland", "Vestland fylke", "Bergen", ""] {
            let row = unit.with("county", spelling);
            sandbox.refuses(rules::COUNTY_KNOWN, &row.insert()).await;
        }
    }
}

#[tokio::test]
async fn unit_external_ref_unique() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let unit = rows::unit(sandbox.hlf()).with("external_ref", "L-1");
    sandbox.does(&unit.insert()).await;
    let other = unit.with("id", crate::support::id());
    sandbox.refuses(rules::UNIT_EXTERNAL_REF_UNIQUE, &other.insert()).await;
    sandbox.allows(&other.without("external_ref").insert()).await;
}
