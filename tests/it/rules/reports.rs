//! The report: its identity, its way from pending to exported, and who may take it there.

use ::bufdir_reports::kernel::actor::Standing;
use ::bufdir_reports::kernel::rule::Rule;
use rstest::rstest;

use crate::support::report::{exported_columns, exported_entry, report_row};
use crate::support::rules;
use crate::support::{Sandbox, id, rows};

mod bufdir_reports {
    use super::*;

    #[tokio::test]
    async fn id_is_valid_uuid() {
        let sandbox = Sandbox::entered(Standing::Coordinator).await;
        let report = report_row(sandbox.hlf());
        sandbox.allows(&report.insert()).await;
        let version_4 = report.with("id", "5f0c1f9e-31f5-4b5e-8a54-0f2f5c1b7a11");
        sandbox.refuses(rules::ID_IS_VALID_UUID, &version_4.insert()).await;
    }

    /// The dates are the period's, by a foreign key; the check answers before it.
    #[tokio::test]
    async fn period_start_before_end() {
        let sandbox = Sandbox::entered(Standing::Coordinator).await;
        let report = report_row(sandbox.hlf());
        sandbox.allows(&report.insert()).await;
        let backwards = report.with("reporting_period_end", "2023-12-31T23:00:00Z");
        sandbox
            .refuses(rules::PERIOD_START_BEFORE_END, &backwards.insert())
            .await;
    }

    #[tokio::test]
    async fn activity_count_non_negative() {
        counts(rules::ACTIVITY_COUNT_NON_NEGATIVE, "activity_count").await;
    }

    #[tokio::test]
    async fn participant_count_non_negative() {
        counts(rules::PARTICIPANT_COUNT_NON_NEGATIVE, "participant_count").await;
    }

    #[tokio::test]
    async fn volunteer_count_non_negative() {
        counts(rules::VOLUNTEER_COUNT_NON_NEGATIVE, "volunteer_count").await;
    }

    #[tokio::test]
    async fn total_hours_non_negative() {
        counts(rules::TOTAL_HOURS_NON_NEGATIVE, "total_hours").await;
    }

    async fn counts(rule: Rule, column: &'static str) {
        let sandbox = Sandbox::entered(Standing::Coordinator).await;
        let report = report_row(sandbox.hlf());
        sandbox.allows(&report.with(column, 0).insert()).await;
        sandbox.refuses(rule, &report.with(column, -1).insert()).await;
    }
}

#[tokio::test]
async fn period_not_entirely_in_future() {
    let sandbox = Sandbox::entered(Standing::Coordinator).await;
    let hlf = sandbox.hlf();
    let report_of = |first: &str, last: &str, start: &str, end: &str| {
        let period = rows::period(hlf)
            .with("id", id())
            .with("first_date", first)
            .with("last_date", last);
        let report = report_row(hlf)
            .with("reporting_period_start", start)
            .with("reporting_period_end", end);
        (period, report)
    };
    let begun = report_of(
        "2026-03-02",
        "2026-12-31",
        "2026-03-01T23:00:00Z",
        "2026-12-31T22:59:59.999999Z",
    );
    let tomorrow = report_of(
        "2026-03-03",
        "2026-12-31",
        "2026-03-02T23:00:00Z",
        "2026-12-31T22:59:59.999999Z",
    );
    for ((period, report), has_begun) in [(begun, true), (tomorrow, false)] {
        let period_id = id();
        sandbox.does(&period.with("id", period_id).insert()).await;
        let insert = report.with("report_period_id", period_id).insert();
        if has_begun {
            sandbox.allows(&insert).await;
        } else {
            sandbox.refuses(rules::PERIOD_NOT_ENTIRELY_IN_FUTURE, &insert).await;
        }
    }
}

#[tokio::test]
async fn unique_report_per_org_per_period() {
    let sandbox = Sandbox::entered(Standing::Coordinator).await;
    let report = report_row(sandbox.hlf());
    sandbox.does(&report.insert()).await;
    sandbox
        .refuses(
            rules::UNIQUE_REPORT_PER_ORG_PER_PERIOD,
            &report.with("id", id()).insert(),
        )
        .await;
    let period = id();
    sandbox
        .does(&rows::period(sandbox.hlf()).with("id", period).insert())
        .await;
    let of_another_period = report
        .with("id", id())
        .with("report_period_id", period)
        .with("reporting_period_start", "2024-12-31T23:00:00Z")
        .with("reporting_period_end", "2025-06-30T21:59:59.999999Z");
    sandbox.allows(&of_another_period.insert()).await;
}

/// The transitions answer first; without them the column's own check holds.
#[tokio::test]
async fn report_status_is_valid_enum() {
    let sandbox = Sandbox::superuser().await;
    sandbox
        .run("set local session_replication_role = replica")
        .await
        .unwrap();
    let report = report_row(sandbox.hlf());
    for status in ["pending", "generating"] {
        sandbox.allows(&report.with("status", status).insert()).await;
    }
    sandbox
        .refuses(
            rules::REPORT_STATUS_IS_VALID_ENUM,
            &report.with("status", "submitted").insert(),
        )
        .await;
}

/// Each way that is not in the state machine is refused; those in it are walked by the other tests.
#[rstest]
#[case::pending("pending", &["ready", "exported", "failed"])]
#[case::generating("generating", &["pending", "exported"])]
#[case::ready("ready", &["generating", "failed"])]
#[case::exported("exported", &["generating", "ready", "failed"])]
#[case::failed("failed", &["generating", "ready", "exported"])]
#[tokio::test]
async fn status_transition_valid(#[case] from: &str, #[case] refused: &[&str]) {
    let sandbox = Sandbox::entered(Standing::System).await;
    let report = sandbox.report(from).await;
    for to in refused {
        let sql = report.update(&format!("status = '{to}'"));
        sandbox.refuses(rules::STATUS_TRANSITION_VALID, &sql).await;
    }
    if from == "pending" {
        for begun in ["generating", "ready", "exported", "failed"] {
            let row = report_row(sandbox.hlf()).with("id", id()).with("status", begun);
            sandbox.refuses(rules::STATUS_TRANSITION_VALID, &row.insert()).await;
        }
    }
}

#[tokio::test]
async fn role_required_for_generation() {
    let sandbox = Sandbox::entered(Standing::Coordinator).await;
    let hlf = sandbox.hlf();
    sandbox.allows(&report_row(hlf).insert()).await;
    for person in [hlf.peers[0], sandbox.fixture.nhf.admin, sandbox.fixture.global_admin] {
        let row = report_row(hlf).with("requested_by_user_id", person);
        sandbox
            .refuses(rules::ROLE_REQUIRED_FOR_GENERATION, &row.insert())
            .await;
    }
    let report = sandbox.report("ready").await;
    let again = |person| report.update(&format!("status = 'pending', requested_by_user_id = '{person}'"));
    sandbox.allows(&again(hlf.coordinator)).await;
    sandbox
        .refuses(rules::ROLE_REQUIRED_FOR_GENERATION, &again(hlf.peers[0]))
        .await;
}

/// Whoever was switched off as a person, whatever their membership says, generates nothing.
#[tokio::test]
async fn an_inactive_person_generates_nothing() {
    let superuser = Sandbox::superuser().await;
    superuser.becomes(Standing::Coordinator).await;
    let row = report_row(superuser.hlf()).insert();
    superuser.allows(&row).await;
    let switched_off = format!(
        "update users set is_active = false where id = '{}'",
        superuser.hlf().coordinator
    );
    superuser.does(&switched_off).await;
    superuser.refuses(rules::ROLE_REQUIRED_FOR_GENERATION, &row).await;
}

#[tokio::test]
async fn role_required_for_export() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let hlf = sandbox.hlf();
    let report = sandbox.report("ready").await;
    sandbox.does(&exported_entry(hlf, report.id).insert()).await;
    sandbox.allows(&report.update(&exported_columns(hlf))).await;
    for person in [hlf.peers[0], sandbox.fixture.nhf.admin, sandbox.fixture.global_admin] {
        let by_another = exported_columns(hlf).replace(&hlf.coordinator.to_string(), &person.to_string());
        sandbox
            .refuses(rules::ROLE_REQUIRED_FOR_EXPORT, &report.update(&by_another))
            .await;
    }
}

#[tokio::test]
async fn reopening_requires_org_admin() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let report = sandbox.report("exported").await;
    let reopen = report.update("status = 'pending'");
    sandbox.refuses(rules::REOPENING_REQUIRES_ORG_ADMIN, &reopen).await;
    sandbox.becomes(Standing::Coordinator).await;
    sandbox.refuses(rules::REOPENING_REQUIRES_ORG_ADMIN, &reopen).await;
    sandbox.becomes(Standing::OrgAdmin).await;
    let by_the_admin = format!("status = 'pending', requested_by_user_id = '{}'", sandbox.hlf().admin);
    sandbox.allows(&report.update(&by_the_admin)).await;
}

#[tokio::test]
async fn report_identity_immutable() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let report = sandbox.report("pending").await;
    sandbox.allows(&report.update("notes = 'A note'")).await;
    let nhf = &sandbox.fixture.nhf;
    for change in [
        format!("id = '{}'", id()),
        format!("organization_id = '{}'", nhf.id),
        format!("report_period_id = '{}'", nhf.period),
        "reporting_period_start = '2024-01-02T00:00:00Z'".to_owned(),
        "reporting_period_end = '2024-06-02T00:00:00Z'".to_owned(),
        "created_at = '2024-01-02T00:00:00Z'".to_owned(),
    ] {
        sandbox
            .refuses(rules::REPORT_IDENTITY_IMMUTABLE, &report.update(&change))
            .await;
    }
}

/// The app has no grant to delete, and the owner sees no rows; what is left is a superuser.
#[tokio::test]
async fn reports_are_permanent() {
    let sandbox = Sandbox::superuser().await;
    sandbox.becomes(Standing::Coordinator).await;
    sandbox.does(&report_row(sandbox.hlf()).insert()).await;
    sandbox
        .refuses(rules::REPORTS_ARE_PERMANENT, "delete from bufdir_reports")
        .await;
    sandbox
        .refuses(rules::REPORTS_ARE_PERMANENT, "truncate bufdir_reports cascade")
        .await;
}
