//! Report periods and their figures.

use ::bufdir_reports::kernel::actor::Standing;

use crate::support::rules;
use crate::support::{Sandbox, report, rows};

#[tokio::test]
async fn period_name_not_empty() {
    let sandbox = Sandbox::entered(Standing::Coordinator).await;
    let period = rows::period(sandbox.hlf());
    sandbox.allows(&period.insert()).await;
    sandbox
        .refuses(rules::PERIOD_NAME_NOT_EMPTY, &period.with("name", " ").insert())
        .await;
}

mod report_periods {
    use super::*;

    #[tokio::test]
    async fn period_start_before_end() {
        let sandbox = Sandbox::entered(Standing::Coordinator).await;
        let period = rows::period(sandbox.hlf());
        sandbox.allows(&period.with("last_date", "2025-01-01").insert()).await;
        let backwards = period.with("first_date", "2025-01-02").with("last_date", "2025-01-01");
        sandbox
            .refuses(rules::PERIOD_START_BEFORE_END, &backwards.insert())
            .await;
    }
}

#[tokio::test]
async fn period_within_one_year() {
    let sandbox = Sandbox::entered(Standing::Coordinator).await;
    let period = rows::period(sandbox.hlf());
    sandbox.allows(&period.with("last_date", "2025-12-31").insert()).await;
    sandbox
        .refuses(
            rules::PERIOD_WITHIN_ONE_YEAR,
            &period.with("last_date", "2026-01-01").insert(),
        )
        .await;
}

#[tokio::test]
async fn unique_period_per_organization() {
    let sandbox = Sandbox::entered(Standing::Coordinator).await;
    let period = rows::period(sandbox.hlf()).with("first_date", "2024-01-01");
    sandbox.allows(&period.with("last_date", "2024-12-30").insert()).await;
    sandbox
        .refuses(
            rules::UNIQUE_PERIOD_PER_ORGANIZATION,
            &period.with("last_date", "2024-12-31").insert(),
        )
        .await;
}

#[tokio::test]
async fn report_period_keeps_its_dates() {
    let sandbox = Sandbox::entered(Standing::Coordinator).await;
    let period = sandbox.hlf().period;
    let shorten = format!("update report_periods set last_date = '2024-12-30' where id = '{period}'");
    sandbox.allows(&shorten).await;
    sandbox.does(&report::report_row(sandbox.hlf()).insert()).await;
    sandbox.refuses(rules::REPORT_PERIOD_KEEPS_ITS_DATES, &shorten).await;
    sandbox
        .allows(&format!(
            "update report_periods set name = 'Year 2024' where id = '{period}'"
        ))
        .await;
}

#[tokio::test]
async fn figure_version_positive() {
    let sandbox = Sandbox::entered(Standing::Coordinator).await;
    let figure = rows::figure(sandbox.hlf());
    sandbox.allows(&figure.insert()).await;
    sandbox
        .refuses(rules::FIGURE_VERSION_POSITIVE, &figure.with("version", 0).insert())
        .await;
}

/// Reports of a year, first or further, and exports of the ledger.
mod bufdir_reports {
    use super::*;

    #[tokio::test]
    async fn participants_of_the_year_erased() {
        let sandbox = Sandbox::entered(Standing::Coordinator).await;
        let ask = report::report_row(sandbox.hlf()).insert();
        sandbox.allows(&ask).await;
        sandbox.does(&erased(2023)).await;
        sandbox.allows(&ask).await;
        sandbox.does(&erased(2024)).await;
        sandbox.refuses(rules::PARTICIPANTS_OF_THE_YEAR_ERASED, &ask).await;
        drop(sandbox);

        for (status, again) in [("failed", "failure_reason = null, "), ("ready", "")] {
            let sandbox = Sandbox::entered(Standing::System).await;
            let report = sandbox.report(status).await;
            let ask_again = report.update(&format!("{again}status = 'pending'"));
            sandbox.allows(&ask_again).await;
            sandbox.does(&erased(2024)).await;
            sandbox
                .refuses(rules::PARTICIPANTS_OF_THE_YEAR_ERASED, &ask_again)
                .await;
            sandbox.allows(&report.update("notes = 'Still kept'")).await;
        }
    }

    #[tokio::test]
    async fn asked_for_by_who_entered() {
        let sandbox = Sandbox::entered(Standing::Coordinator).await;
        let hlf = sandbox.hlf();
        let own = report::report_row(hlf);
        sandbox.allows(&own.insert()).await;
        let other = own.with("requested_by_user_id", hlf.admin);
        sandbox.refuses(rules::ASKED_FOR_BY_WHO_ENTERED, &other.insert()).await;
        let report = sandbox.report("ready").await;
        sandbox.becomes(Standing::OrgAdmin).await;
        let still_the_coordinators = report.update("status = 'pending'");
        sandbox
            .refuses(rules::ASKED_FOR_BY_WHO_ENTERED, &still_the_coordinators)
            .await;
        let own = format!("status = 'pending', requested_by_user_id = '{}'", hlf.admin);
        sandbox.allows(&report.update(&own)).await;
        let shifted = format!("requested_by_user_id = '{}'", hlf.second_coordinator);
        sandbox
            .refuses(rules::ASKED_FOR_BY_WHO_ENTERED, &report.update(&shifted))
            .await;
    }
}

mod bufdir_exports {
    use super::*;

    #[tokio::test]
    async fn participants_of_the_year_erased() {
        let sandbox = Sandbox::entered(Standing::OrgAdmin).await;
        let ask = rows::ledger_record(sandbox.hlf()).insert();
        sandbox.allows(&ask).await;
        sandbox.does(&erased(2024)).await;
        sandbox.refuses(rules::PARTICIPANTS_OF_THE_YEAR_ERASED, &ask).await;
    }
}

/// Enters as the system to erase the year, and leaves as who was there.
fn erased(year: i32) -> String {
    format!(
        "do $$ declare who text := current_setting('app.role'); begin
             perform set_config('app.role', 'system', true);
             insert into participant_keys (organization_id, basis_year, erased_at)
             values (app.organization_id(), {year}, app.now());
             perform set_config('app.role', who, true);
         end $$; select 1"
    )
}
