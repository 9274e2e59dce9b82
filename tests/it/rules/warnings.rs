//! Warnings of a generation, and their acceptance.

use bufdir_reports::kernel::actor::Standing;

use crate::support::report::warning;
use crate::support::rules;
use crate::support::{NOW, Organization, Sandbox};

/// Accepts all warnings, as the coordinator.
pub fn accept(organization: &Organization) -> String {
    let coordinator = organization.coordinator;
    format!(
        "update report_warnings set accepted_at = '{NOW}', accepted_by_user_id = '{coordinator}',
         accepted_by_role = 'coordinator'"
    )
}

#[tokio::test]
async fn warning_code_valid() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let report = sandbox.report("ready").await;
    let warning = warning(sandbox.hlf(), report.generation);
    sandbox
        .allows(&warning.with("code", "missing_required_bufdir_fields_warning").insert())
        .await;
    sandbox
        .refuses(
            rules::WARNING_CODE_VALID,
            &warning.with("code", "too_many_vowels").insert(),
        )
        .await;
}

#[tokio::test]
async fn warning_accepted_once() {
    let sandbox = Sandbox::superuser().await;
    let report = sandbox.report("ready").await;
    let hlf = sandbox.hlf();
    sandbox.does(&warning(hlf, report.generation).insert()).await;
    sandbox.allows(&accept(hlf)).await;
    let rewording = format!("{}, message_nb = 'Alt er bra.'", accept(hlf));
    sandbox.refuses(rules::WARNING_ACCEPTED_ONCE, &rewording).await;
    sandbox
        .refuses(rules::WARNING_ACCEPTED_ONCE, "delete from report_warnings")
        .await;
    sandbox
        .refuses(rules::WARNING_ACCEPTED_ONCE, "truncate report_warnings")
        .await;
    sandbox.does(&accept(hlf)).await;
    sandbox.refuses(rules::WARNING_ACCEPTED_ONCE, &accept(hlf)).await;
}

/// Drift alone is measured anew, and what it found then is not yet accepted.
#[tokio::test]
async fn drift_measured_anew_takes_the_place_of_what_was_accepted() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let report = sandbox.report("ready").await;
    let hlf = sandbox.hlf();
    let drift = warning(hlf, report.generation).with("code", "activities_changed_since_generation");
    sandbox.does(&drift.insert()).await;
    sandbox.does(&warning(hlf, report.generation).insert()).await;
    sandbox.does(&accept(hlf)).await;
    let unaccepted = "accepted_at = null, accepted_by_user_id = null, accepted_by_role = null";
    let of_drift = "where code = 'activities_changed_since_generation'";
    let measured = "update report_warnings set message_nb = 'To.', details = '{\"added\": 2}'";
    sandbox.allows(&format!("{measured}, {unaccepted} {of_drift}")).await;
    for refused in [
        format!("{measured} {of_drift}"),
        format!("{measured}, {unaccepted} where code <> 'activities_changed_since_generation'"),
        format!("update report_warnings set {unaccepted} {of_drift}"),
        format!("{measured}, {unaccepted}, raised_at = raised_at - interval '1 day' {of_drift}"),
    ] {
        sandbox.refuses(rules::WARNING_ACCEPTED_ONCE, &refused).await;
    }
}

#[tokio::test]
async fn warning_acceptance_is_complete() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let report = sandbox.report("ready").await;
    let hlf = sandbox.hlf();
    sandbox.does(&warning(hlf, report.generation).insert()).await;
    sandbox.allows(&accept(hlf)).await;
    for missing in ["accepted_at", "accepted_by_user_id", "accepted_by_role"] {
        let kept: Vec<_> = ["accepted_at", "accepted_by_user_id", "accepted_by_role"]
            .into_iter()
            .filter(|column| *column != missing)
            .map(|column| match column {
                "accepted_at" => format!("accepted_at = '{NOW}'"),
                "accepted_by_user_id" => format!("accepted_by_user_id = '{}'", hlf.coordinator),
                _ => "accepted_by_role = 'coordinator'".to_owned(),
            })
            .collect();
        let sql = format!("update report_warnings set {}", kept.join(", "));
        sandbox.refuses(rules::WARNING_ACCEPTANCE_IS_COMPLETE, &sql).await;
    }
}
