//! Who defines custom reports, and what may change of one.

use bufdir_reports::kernel::actor::Standing;

use super::{RAN, SWITCHED_OFF, scheduled, unscheduled, update};
use crate::support::rows::{custom_report, custom_report_run, scheduled_report};
use crate::support::rules;
use crate::support::{Sandbox, id};

#[tokio::test]
async fn org_admin_only_create() {
    let sandbox = Sandbox::entered(Standing::OrgAdmin).await;
    let rule = rules::ORG_ADMIN_ONLY_CREATE;
    let report = id();
    let row = custom_report(sandbox.hlf()).with("id", report);
    let coordinators = row.with("created_by_user_id", sandbox.hlf().coordinator);
    sandbox.refuses(rule, &coordinators.insert()).await;
    sandbox.does(&row.insert()).await;
    let renamed = update(report, "name = 'Another'");
    sandbox.allows(&renamed).await;
    for standing in [Standing::Coordinator, Standing::PeerMentor] {
        sandbox.becomes(standing).await;
        sandbox.refuses(rule, &coordinators.with("id", id()).insert()).await;
        assert_eq!(sandbox.attempt(&renamed).await.unwrap(), 0, "{standing:?}");
    }
    sandbox.becomes(Standing::System).await;
    for refused in [
        &coordinators.with("id", id()).insert(),
        &renamed,
        &update(report, "is_active = false"),
    ] {
        sandbox.refuses(rule, refused).await;
    }
}

/// A global admin defines reports under the grant of support access, which the row keeps.
#[tokio::test]
async fn support_defines_under_its_grant() {
    let sandbox = Sandbox::entered(Standing::Support).await;
    let row = custom_report(sandbox.hlf()).with("created_by_user_id", sandbox.fixture.global_admin);
    sandbox.refuses(rules::ORG_ADMIN_ONLY_CREATE, &row.insert()).await;
    let granted = row.with("created_under_support_access_id", "GRANT").insert();
    sandbox
        .allows(&granted.replace("'GRANT'", "app.support_access_id()"))
        .await;
}

/// A worker may switch a schedule off, and nobody but a person switches one on.
#[tokio::test]
async fn a_worker_switches_schedules_off_alone() {
    let (sandbox, report) = scheduled().await;
    sandbox.allows(&update(report, RAN)).await;
    sandbox
        .allows(&update(
            report,
            "next_run_at = next_run_at + interval '1 day', schedule_failures = 1",
        ))
        .await;
    sandbox.does(&update(report, SWITCHED_OFF)).await;
    let on_again = update(
        report,
        "is_scheduled = true, next_run_at = app.now(), schedule_failures = 0, schedule_disabled_reason = null",
    );
    sandbox.refuses(rules::ORG_ADMIN_ONLY_CREATE, &on_again).await;
    sandbox.becomes(Standing::OrgAdmin).await;
    sandbox.allows(&on_again).await;
}

#[tokio::test]
async fn run_result_written_by_worker() {
    let (sandbox, report) = scheduled().await;
    sandbox.allows(&update(report, RAN)).await;
    sandbox.becomes(Standing::OrgAdmin).await;
    let rule = rules::RUN_RESULT_WRITTEN_BY_WORKER;
    for change in [RAN, "schedule_failures = 1", SWITCHED_OFF] {
        sandbox.refuses(rule, &update(report, change)).await;
    }
    let row = custom_report(sandbox.hlf());
    let ran = row
        .with("last_run_at", "2026-03-01T00:00:00Z")
        .with("last_run_status", "failed");
    for row in [ran, row.with("schedule_failures", 1)] {
        sandbox.refuses(rule, &row.insert()).await;
    }
}

#[tokio::test]
async fn custom_report_identity_immutable() {
    let (sandbox, report) = unscheduled().await;
    sandbox.becomes(Standing::OrgAdmin).await;
    let (another, nhf) = (id(), sandbox.fixture.nhf.id);
    for change in [
        format!("id = '{another}'"),
        format!("organization_id = '{nhf}'"),
        "created_at = created_at - interval '1 day'".to_owned(),
    ] {
        sandbox
            .refuses(rules::CUSTOM_REPORT_IDENTITY_IMMUTABLE, &update(report, &change))
            .await;
    }
}

#[tokio::test]
async fn custom_report_owner_is_staff() {
    let (sandbox, report) = unscheduled().await;
    sandbox.becomes(Standing::OrgAdmin).await;
    let to = |person| update(report, &format!("created_by_user_id = '{person}'"));
    sandbox.allows(&to(sandbox.hlf().second_coordinator)).await;
    for person in [
        sandbox.hlf().peers[0],
        sandbox.fixture.nhf.admin,
        sandbox.fixture.global_admin,
    ] {
        sandbox.refuses(rules::CUSTOM_REPORT_OWNER_IS_STAFF, &to(person)).await;
    }
    sandbox.becomes(Standing::Support).await;
    let taken = update(report, "created_under_support_access_id = app.support_access_id()");
    sandbox.refuses(rules::CUSTOM_REPORT_OWNER_IS_STAFF, &taken).await;
}

/// Whoever was switched off as a person owns nothing new, whatever their membership says.
#[tokio::test]
async fn an_inactive_person_gets_no_custom_report() {
    let superuser = Sandbox::superuser().await;
    superuser.becomes(Standing::OrgAdmin).await;
    let (report, hlf) = (id(), superuser.hlf().clone());
    let row = custom_report(&hlf);
    superuser.does(&row.with("id", report).insert()).await;
    let handed_over = update(report, &format!("created_by_user_id = '{}'", hlf.second_coordinator));
    superuser.allows(&handed_over).await;
    let switched_off = format!(
        "update users set is_active = false where id in ('{}', '{}')",
        hlf.second_coordinator, hlf.admin
    );
    superuser.does(&switched_off).await;
    for refused in [handed_over, row.with("id", id()).insert()] {
        superuser.refuses(rules::CUSTOM_REPORT_OWNER_IS_STAFF, &refused).await;
    }
}

#[tokio::test]
async fn custom_report_stays_deleted() {
    let (sandbox, report) = unscheduled().await;
    sandbox.becomes(Standing::OrgAdmin).await;
    sandbox.does(&update(report, "is_active = false")).await;
    for change in ["is_active = true", "name = 'Another'"] {
        sandbox
            .refuses(rules::CUSTOM_REPORT_STAYS_DELETED, &update(report, change))
            .await;
    }
    sandbox.becomes(Standing::System).await;
    sandbox.allows(&update(report, RAN)).await;
}

#[tokio::test]
async fn custom_report_never_deleted() {
    let superuser = Sandbox::superuser().await;
    superuser.becomes(Standing::OrgAdmin).await;
    superuser.does(&custom_report(superuser.hlf()).insert()).await;
    for change in ["delete from custom_reports", "truncate custom_reports cascade"] {
        superuser.refuses(rules::CUSTOM_REPORT_NEVER_DELETED, change).await;
    }
}

/// Neither read nor run by another organization's people.
#[tokio::test]
async fn org_scoped_access() {
    let superuser = Sandbox::superuser().await;
    superuser.becomes(Standing::OrgAdmin).await;
    let (hlf, nhf) = (superuser.hlf().clone(), superuser.fixture.nhf.clone());
    let report = id();
    let foreign = custom_report(&nhf)
        .with("id", report)
        .with("created_by_user_id", hlf.admin);
    superuser.does(&foreign.insert()).await;
    let foreign_run = custom_report_run(&nhf, report).with("requested_by_user_id", hlf.admin);
    superuser.does(&foreign_run.insert()).await;
    let app = "set local role bufdir_app; ";
    for table in ["custom_reports", "custom_report_runs"] {
        let seen = superuser.attempt(&format!("{app}select from {table}")).await.unwrap();
        assert_eq!(seen, 0, "{table}");
    }
    let runs = [
        foreign_run.with("id", id()),
        custom_report_run(&hlf, report),
        foreign.with("id", id()),
    ];
    for row in runs {
        let attempt = superuser.attempt(&format!("{app}{}", row.insert())).await;
        assert!(attempt.is_err(), "{}", row.insert());
    }
}

/// Schedules of all organizations are found, by ids alone, when they are due and neither switched off nor deleted.
#[tokio::test]
async fn due_schedules_are_found_across_organizations() {
    let superuser = Sandbox::superuser().await;
    superuser.becomes(Standing::OrgAdmin).await;
    let (hlf, nhf) = (superuser.hlf().clone(), superuser.fixture.nhf.clone());
    for row in [
        scheduled_report(&hlf),
        scheduled_report(&nhf).with("created_by_user_id", hlf.admin),
        scheduled_report(&hlf).with("next_run_at", "2026-03-04T05:00:00Z"),
        custom_report(&hlf),
        scheduled_report(&hlf).with("is_active", false).without("next_run_at"),
    ] {
        superuser.does(&row.insert()).await;
    }
    let due = |at: &str| format!("set local role bufdir_app; select from app.due_custom_reports('{at}')");
    for (at, expected) in [
        ("2026-03-03T04:59:59Z", 0),
        ("2026-03-03T05:00:00Z", 2),
        ("2026-03-05T00:00:00Z", 3),
    ] {
        assert_eq!(superuser.attempt(&due(at)).await.unwrap(), expected, "{at}");
    }
}
