//! Report periods and their figures.

use bufdir_reports::actor::Standing;
use bufdir_reports::rule::Rule;

use crate::support::{Sandbox, report, rows};

#[tokio::test]
async fn period_name_not_empty() {
    let sandbox = Sandbox::entered(Standing::Coordinator).await;
    let period = rows::period(sandbox.hlf());
    sandbox.allows(&period.insert()).await;
    sandbox
        .refuses(Rule::PeriodNameNotEmpty, &period.with("name", " ").insert())
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
        sandbox.refuses(Rule::PeriodStartBeforeEnd, &backwards.insert()).await;
    }
}

#[tokio::test]
async fn period_within_one_year() {
    let sandbox = Sandbox::entered(Standing::Coordinator).await;
    let period = rows::period(sandbox.hlf());
    sandbox.allows(&period.with("last_date", "2025-12-31").insert()).await;
    sandbox
        .refuses(
            Rule::PeriodWithinOneYear,
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
            Rule::UniquePeriodPerOrganization,
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
    sandbox.refuses(Rule::ReportPeriodKeepsItsDates, &shorten).await;
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
        .refuses(Rule::FigureVersionPositive, &figure.with("version", 0).insert())
        .await;
}
