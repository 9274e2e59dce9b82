//! Generations, what they froze, and the confirmation of their submission.

use bufdir_reports::kernel::actor::Standing;

use crate::support::report::{frozen_day, generation, unit_figures, warning};
use crate::support::rules;
use crate::support::{NOW, Organization, Sandbox, id, rows};

/// What `confirmSubmission` writes.
pub fn submission(organization: &Organization) -> String {
    format!(
        "submitted_at = '{NOW}', submitted_by_user_id = '{}', submitted_by_role = 'coordinator',
         submitted_data_hash = data_hash, submission_reference = 'REF 1'",
        organization.coordinator
    )
}

#[tokio::test]
async fn generation_number_positive() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let report = sandbox.report("generating").await;
    let row = generation(sandbox.hlf(), report.id);
    sandbox.allows(&row.insert()).await;
    sandbox
        .refuses(rules::GENERATION_NUMBER_POSITIVE, &row.with("number", 0).insert())
        .await;
}

#[tokio::test]
async fn generation_number_unique() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let report = sandbox.report("ready").await;
    let row = generation(sandbox.hlf(), report.id);
    sandbox.allows(&row.with("number", 2).insert()).await;
    sandbox.refuses(rules::GENERATION_NUMBER_UNIQUE, &row.insert()).await;
}

#[tokio::test]
async fn generation_hash_of_its_data() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let report = sandbox.report("generating").await;
    let row = generation(sandbox.hlf(), report.id);
    sandbox.allows(&row.insert()).await;
    sandbox
        .refuses(
            rules::GENERATION_HASH_OF_ITS_DATA,
            &row.with("report_data", r#"{"GA01": 2}"#).insert(),
        )
        .await;
    sandbox
        .refuses(
            rules::GENERATION_HASH_OF_ITS_DATA,
            &row.with("data_hash", "\\x01").insert(),
        )
        .await;
}

#[tokio::test]
async fn generation_immutable() {
    let sandbox = Sandbox::superuser().await;
    let report = sandbox.report("exported").await;
    sandbox
        .allows(&report.update_generation(&submission(sandbox.hlf())))
        .await;
    for change in [
        "report_data = '{}'",
        "activity_count = 7",
        "rules_hash = ''",
        "number = 2",
        "generated_at = now()",
    ] {
        sandbox
            .refuses(rules::GENERATION_IMMUTABLE, &report.update_generation(change))
            .await;
    }
    sandbox
        .refuses(rules::GENERATION_IMMUTABLE, "delete from report_generations")
        .await;
    sandbox
        .refuses(rules::GENERATION_IMMUTABLE, "truncate report_generations cascade")
        .await;
}

#[tokio::test]
async fn asked_for_by_who_entered() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let report = sandbox.report("generating").await;
    let row = generation(sandbox.hlf(), report.id);
    sandbox.allows(&row.insert()).await;
    let other = row.with("generated_by_user_id", sandbox.hlf().admin);
    sandbox.refuses(rules::ASKED_FOR_BY_WHO_ENTERED, &other.insert()).await;
}

mod frozen_days {
    use super::*;

    #[tokio::test]
    async fn frozen_data_immutable() {
        let sandbox = Sandbox::superuser().await;
        let report = sandbox.report("ready").await;
        sandbox
            .does(&frozen_day(sandbox.hlf(), report.generation).insert())
            .await;
        sandbox
            .refuses(rules::FROZEN_DATA_IMMUTABLE, "update frozen_days set minutes = 1")
            .await;
        sandbox
            .refuses(rules::FROZEN_DATA_IMMUTABLE, "delete from frozen_days")
            .await;
        sandbox
            .refuses(rules::FROZEN_DATA_IMMUTABLE, "truncate frozen_days")
            .await;
    }
}

mod frozen_unit_figures {
    use super::*;

    #[tokio::test]
    async fn frozen_data_immutable() {
        let sandbox = Sandbox::superuser().await;
        let report = sandbox.report("ready").await;
        sandbox
            .does(&unit_figures(sandbox.hlf(), report.generation).insert())
            .await;
        sandbox
            .refuses(
                rules::FROZEN_DATA_IMMUTABLE,
                "update frozen_unit_figures set activity_count = 2",
            )
            .await;
        sandbox
            .refuses(rules::FROZEN_DATA_IMMUTABLE, "delete from frozen_unit_figures")
            .await;
        sandbox
            .refuses(rules::FROZEN_DATA_IMMUTABLE, "truncate frozen_unit_figures")
            .await;
    }
}

mod period_figures {
    use super::*;

    #[tokio::test]
    async fn frozen_data_immutable() {
        let sandbox = Sandbox::superuser().await;
        let figure = rows::figure(sandbox.hlf());
        sandbox.does(&figure.insert()).await;
        sandbox
            .allows(&figure.with("version", 2).with("value", "1300").insert())
            .await;
        sandbox
            .refuses(rules::FROZEN_DATA_IMMUTABLE, "update period_figures set value = '1'")
            .await;
        sandbox
            .refuses(rules::FROZEN_DATA_IMMUTABLE, "delete from period_figures")
            .await;
        sandbox
            .refuses(rules::FROZEN_DATA_IMMUTABLE, "truncate period_figures")
            .await;
    }
}

#[tokio::test]
async fn verdict_valid() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let report = sandbox.report("ready").await;
    let day = frozen_day(sandbox.hlf(), report.generation);
    for verdict in ["COUNTED", "TOO_SHORT", "SAME_DAY_SAME_PARTICIPANTS"] {
        sandbox.allows(&day.with("verdict", verdict).insert()).await;
    }
    sandbox
        .refuses(rules::VERDICT_VALID, &day.with("verdict", "PENDING").insert())
        .await;
}

#[tokio::test]
async fn counted_apart_for_its_mode() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let report = sandbox.report("ready").await;
    let apart = frozen_day(sandbox.hlf(), report.generation).with("counted_apart", "true");
    sandbox
        .allows(&apart.with("verdict", "MODE_NOT_COUNTED").insert())
        .await;
    sandbox
        .refuses(rules::COUNTED_APART_FOR_ITS_MODE, &apart.insert())
        .await;
}

#[tokio::test]
async fn only_approved_activities_included() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let report = sandbox.report("ready").await;
    let day = frozen_day(sandbox.hlf(), report.generation);
    sandbox.allows(&day.insert()).await;
    for status in ["pending", "rejected"] {
        sandbox
            .refuses(
                rules::ONLY_APPROVED_ACTIVITIES_INCLUDED,
                &day.with("activity_status", status).insert(),
            )
            .await;
    }
}

#[tokio::test]
async fn submission_is_complete() {
    let sandbox = Sandbox::entered(Standing::Coordinator).await;
    let report = sandbox.report("exported").await;
    let submission = submission(sandbox.hlf());
    sandbox.allows(&report.update_generation(&submission)).await;
    for column in [
        "submitted_at",
        "submitted_by_user_id",
        "submitted_by_role",
        "submitted_data_hash",
    ] {
        let without = report.update_generation(&leave_out(&submission, column));
        sandbox.refuses(rules::SUBMISSION_IS_COMPLETE, &without).await;
    }
    let reference_alone = report.update_generation("submission_reference = 'REF 1'");
    sandbox.refuses(rules::SUBMISSION_IS_COMPLETE, &reference_alone).await;
}

fn leave_out(assignments: &str, column: &str) -> String {
    let kept = assignments
        .split(',')
        .filter(|assignment| !assignment.trim().starts_with(column));
    kept.collect::<Vec<_>>().join(",")
}

#[tokio::test]
async fn submission_of_the_generated_data() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let report = sandbox.report("exported").await;
    let submission = submission(sandbox.hlf());
    sandbox.allows(&report.update_generation(&submission)).await;
    let of_other_data = submission.replace("= data_hash", "= sha256('other')");
    sandbox
        .refuses(
            rules::SUBMISSION_OF_THE_GENERATED_DATA,
            &report.update_generation(&of_other_data),
        )
        .await;
}

mod report_generations {
    use super::*;

    #[tokio::test]
    async fn submission_reference_length() {
        let sandbox = Sandbox::entered(Standing::System).await;
        let report = sandbox.report("exported").await;
        let with_reference = |length| {
            let submission = submission(sandbox.hlf()).replace("REF 1", &"9".repeat(length));
            report.update_generation(&submission)
        };
        sandbox.allows(&with_reference(1)).await;
        sandbox.allows(&with_reference(200)).await;
        sandbox
            .refuses(rules::SUBMISSION_REFERENCE_LENGTH, &with_reference(0))
            .await;
        sandbox
            .refuses(rules::SUBMISSION_REFERENCE_LENGTH, &with_reference(201))
            .await;
    }

    #[tokio::test]
    async fn warnings_must_be_accepted() {
        let sandbox = Sandbox::entered(Standing::System).await;
        let report = sandbox.report("exported").await;
        let hlf = sandbox.hlf();
        sandbox.does(&warning(hlf, report.generation).insert()).await;
        let confirm = report.update_generation(&submission(hlf));
        sandbox.refuses(rules::WARNINGS_MUST_BE_ACCEPTED, &confirm).await;
        sandbox.does(&crate::rules::warnings::accept(hlf)).await;
        sandbox.allows(&confirm).await;
    }
}

#[tokio::test]
async fn submission_confirmed_once() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let report = sandbox.report("exported").await;
    let confirm = report.update_generation(&submission(sandbox.hlf()));
    sandbox.does(&confirm).await;
    sandbox.refuses(rules::SUBMISSION_CONFIRMED_ONCE, &confirm).await;
    sandbox
        .refuses(
            rules::SUBMISSION_CONFIRMED_ONCE,
            &report.update_generation("submission_reference = 'REF 2'"),
        )
        .await;
}

#[tokio::test]
async fn submission_requires_exported_report() {
    let sandbox = Sandbox::entered(Standing::System).await;
    let report = sandbox.report("ready").await;
    let confirm = report.update_generation(&submission(sandbox.hlf()));
    sandbox
        .refuses(rules::SUBMISSION_REQUIRES_EXPORTED_REPORT, &confirm)
        .await;
    drop(sandbox);
    let sandbox = Sandbox::entered(Standing::System).await;
    let report = sandbox.report("exported").await;
    sandbox
        .allows(&report.update_generation(&submission(sandbox.hlf())))
        .await;
    let other = id();
    let unpublished = generation(sandbox.hlf(), report.id).with("id", other).with("number", 2);
    sandbox.does(&unpublished.insert()).await;
    let confirm = report.update_generation(&submission(sandbox.hlf()));
    let confirm = confirm.replace(&report.generation.to_string(), &other.to_string());
    sandbox
        .refuses(rules::SUBMISSION_REQUIRES_EXPORTED_REPORT, &confirm)
        .await;
    let born_confirmed = generation(sandbox.hlf(), report.id)
        .with("number", 3)
        .with("submitted_at", NOW)
        .with("submitted_by_user_id", sandbox.hlf().coordinator)
        .with("submitted_by_role", "coordinator");
    let hash = "sha256(convert_to(app.canonical_json('{\"GA01\": 1}'), 'UTF8'))";
    let insert = born_confirmed
        .with("submitted_data_hash", "HASH")
        .insert()
        .replace("'HASH'", hash);
    sandbox
        .refuses(rules::SUBMISSION_REQUIRES_EXPORTED_REPORT, &insert)
        .await;
}

/// As in `hlf`, which confirms above; the test organization differs by its flag alone.
#[tokio::test]
async fn test_organization_cannot_submit() {
    let sandbox = Sandbox::superuser().await;
    let report = sandbox.report("exported").await;
    let confirm = report.update_generation(&submission(sandbox.hlf()));
    sandbox.allows(&confirm).await;
    sandbox
        .does(&format!(
            "update organizations set is_test = true where id = '{}'",
            sandbox.hlf().id
        ))
        .await;
    sandbox.refuses(rules::TEST_ORGANIZATION_CANNOT_SUBMIT, &confirm).await;
}
