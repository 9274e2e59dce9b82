//! What a definition may hold.

use bufdir_reports::kernel::actor::Standing;
use bufdir_reports::kernel::rule::Rule;

use super::{RAN, SWITCHED_OFF, scheduled, unscheduled, update};
use crate::support::rows::{custom_report, scheduled_report};
use crate::support::rules;
use crate::support::{Sandbox, id};

const FIXED: [(&str, &str); 3] = [
    ("date_range_type", "fixed"),
    ("date_from", "2023-12-31T23:00:00Z"),
    ("date_to", "2024-12-31T22:59:59.999999Z"),
];

/// The rule lets these values of a column pass and not those.
async fn of_a_column(rule: Rule, column: &'static str, allowed: &[&str], refused: &[&str]) {
    let sandbox = Sandbox::entered(Standing::OrgAdmin).await;
    let row = custom_report(sandbox.hlf());
    for value in allowed {
        sandbox.allows(&row.with(column, value).insert()).await;
    }
    for value in refused {
        sandbox.refuses(rule, &row.with(column, value).insert()).await;
    }
}

async fn refuses_null(rule: Rule, column: &'static str) {
    let sandbox = Sandbox::entered(Standing::OrgAdmin).await;
    let row = custom_report(sandbox.hlf());
    sandbox.refuses(rule, &row.without(column).insert()).await;
}

#[tokio::test]
async fn id_is_valid_uuid() {
    let random = "8f4f1c9e-5d3a-4c1f-9a52-0b8d1c2e3f40";
    of_a_column(rules::ID_IS_VALID_UUID, "id", &[&id().to_string()], &[random]).await;
}

#[tokio::test]
async fn name_not_empty() {
    of_a_column(rules::NAME_NOT_EMPTY, "name", &["x"], &["", " \t\n"]).await;
    refuses_null(rules::NAME_NOT_EMPTY, "name").await;
}

#[tokio::test]
async fn custom_report_name_length() {
    let (long, longer) = ("å".repeat(200), "å".repeat(201));
    of_a_column(rules::CUSTOM_REPORT_NAME_LENGTH, "name", &[&long], &[&longer]).await;
}

#[tokio::test]
async fn custom_report_description_length() {
    let (long, longer) = ("å".repeat(5000), "å".repeat(5001));
    of_a_column(
        rules::CUSTOM_REPORT_DESCRIPTION_LENGTH,
        "description",
        &[&long],
        &[&longer],
    )
    .await;
}

#[tokio::test]
async fn valid_report_type() {
    let types = ["activities", "peer_mentors", "participants", "units"];
    of_a_column(rules::VALID_REPORT_TYPE, "report_type", &types, &["bufdir_reports", ""]).await;
}

#[tokio::test]
async fn filters_valid_json() {
    let allowed = [r#"{"version": 1, "where": {"all": []}}"#, r#"{"version": 2}"#];
    let refused = [
        r#"[]"#,
        r#""x""#,
        "null",
        "{}",
        r#"{"version": 0}"#,
        r#"{"version": "a"}"#,
    ];
    of_a_column(rules::FILTERS_VALID_JSON, "filters", &allowed, &refused).await;
    refuses_null(rules::FILTERS_VALID_JSON, "filters").await;
}

#[tokio::test]
async fn groupings_are_an_array() {
    of_a_column(
        rules::GROUPINGS_ARE_AN_ARRAY,
        "groupings",
        &["[]"],
        &["{}", "1", "null"],
    )
    .await;
}

#[tokio::test]
async fn columns_not_empty() {
    of_a_column(
        rules::COLUMNS_NOT_EMPTY,
        "columns",
        &["[1]"],
        &["[]", "{}", "1", "null"],
    )
    .await;
    refuses_null(rules::COLUMNS_NOT_EMPTY, "columns").await;
}

#[tokio::test]
async fn valid_output_format() {
    let formats = ["xlsx", "csv", "pdf", "json"];
    of_a_column(
        rules::VALID_OUTPUT_FORMAT,
        "output_format",
        &formats,
        &["CSV", "html", ""],
    )
    .await;
    refuses_null(rules::VALID_OUTPUT_FORMAT, "output_format").await;
}

#[tokio::test]
async fn export_language_valid() {
    of_a_column(rules::EXPORT_LANGUAGE_VALID, "language", &["nb", "en"], &["no", ""]).await;
}

#[tokio::test]
async fn valid_date_range_type() {
    let ranges = [
        "last_7_days",
        "last_30_days",
        "last_quarter",
        "last_year",
        "month_to_date",
        "year_to_date",
    ];
    of_a_column(
        rules::VALID_DATE_RANGE_TYPE,
        "date_range_type",
        &ranges,
        &["last_8_days", ""],
    )
    .await;
}

#[tokio::test]
async fn fixed_range_requires_dates() {
    let sandbox = Sandbox::entered(Standing::OrgAdmin).await;
    let rolling = custom_report(sandbox.hlf());
    let fixed = FIXED
        .iter()
        .fold(rolling.clone(), |row, (column, value)| row.with(column, value));
    sandbox.allows(&fixed.insert()).await;
    let reversed = fixed.with("date_from", "2024-12-31T23:00:00Z");
    let unwanted = rolling.with("date_from", FIXED[1].1);
    for row in [fixed.without("date_from"), fixed.without("date_to"), reversed, unwanted] {
        sandbox.refuses(rules::FIXED_RANGE_REQUIRES_DATES, &row.insert()).await;
    }
}

#[tokio::test]
async fn fixed_range_is_whole_days() {
    let sandbox = Sandbox::entered(Standing::OrgAdmin).await;
    let row = custom_report(sandbox.hlf());
    let fixed = FIXED.iter().fold(row, |row, (column, value)| row.with(column, value));
    let one_day_of_summer = fixed
        .with("date_from", "2024-06-30T22:00:00Z")
        .with("date_to", "2024-07-01T21:59:59.999999Z");
    sandbox.allows(&one_day_of_summer.insert()).await;
    for (column, value) in [
        ("date_from", "2024-01-01T00:00:00Z"),
        ("date_to", "2024-12-31T23:59:59.999999Z"),
    ] {
        sandbox
            .refuses(rules::FIXED_RANGE_IS_WHOLE_DAYS, &fixed.with(column, value).insert())
            .await;
    }
}

#[tokio::test]
async fn valid_cron_expression() {
    let sandbox = Sandbox::entered(Standing::OrgAdmin).await;
    let row = scheduled_report(sandbox.hlf());
    for expression in [
        "0 6 * * *",
        "*/15 7-16 * * MON-FRI",
        "0 0 1 jan,JUL *",
        " 5 4 * * 7 ",
        "0 8 * * SAT-SUN",
        "10-50/20 0-23/1 01 dec 0-7",
    ] {
        sandbox.allows(&row.with("schedule_cron", expression).insert()).await;
    }
    for expression in [
        "",
        "0 6 * *",
        "0 0 6 * * *",
        "@daily",
        "60 6 * * *",
        "0 24 * * *",
        "0 6 32 * *",
        "0 6 0 * *",
        "0 6 * 13 *",
        "0 6 * * 8",
        "0 6 * * *; drop",
        "*/0 * * * *",
        "0 MON * * *",
        "0 6 1,,2 * *",
        "*/100 * * * *",
        "*,5 * * * *",
        "007 6 * * *",
        "5/10 * * * *",
        "0 22-2 * * *",
        "0 6 * * FRI-MON",
        "0 0 L * *",
        "0 0 * * 5#2",
        "0 8 15W * *",
        "0 8 1 * ?",
    ] {
        sandbox
            .refuses(
                rules::VALID_CRON_EXPRESSION,
                &row.with("schedule_cron", expression).insert(),
            )
            .await;
    }
}

/// What a former version took can still be switched off, and all else of the report be changed; it is not switched on.
#[tokio::test]
async fn a_schedule_of_a_former_version_is_switched_off_and_never_on() {
    let superuser = Sandbox::superuser().await;
    superuser.becomes(Standing::OrgAdmin).await;
    let report = id();
    superuser
        .does(&scheduled_report(superuser.hlf()).with("id", report).insert())
        .await;
    let former = format!(
        "set local session_replication_role = replica; {}; set local session_replication_role = origin",
        update(report, "schedule_cron = '0 6 L * *'")
    );
    superuser.run(&former).await.unwrap();
    superuser.does(&update(report, "name = 'Another'")).await;
    superuser.becomes(Standing::System).await;
    superuser.does(&update(report, SWITCHED_OFF)).await;
    superuser.becomes(Standing::OrgAdmin).await;
    let on = "is_scheduled = true, next_run_at = app.now(), schedule_failures = 0, schedule_disabled_reason = null";
    superuser
        .refuses(rules::VALID_CRON_EXPRESSION, &update(report, on))
        .await;
    superuser
        .allows(&update(report, &format!("schedule_cron = '0 6 1 * *', {on}")))
        .await;
}

#[tokio::test]
async fn schedule_requires_cron() {
    let sandbox = Sandbox::entered(Standing::OrgAdmin).await;
    let row = scheduled_report(sandbox.hlf());
    sandbox.allows(&row.insert()).await;
    sandbox
        .refuses(rules::SCHEDULE_REQUIRES_CRON, &row.without("schedule_cron").insert())
        .await;
}

#[tokio::test]
async fn cron_requires_schedule() {
    let (sandbox, report) = scheduled().await;
    sandbox.allows(&update(report, SWITCHED_OFF)).await;
    let unscheduled = "is_scheduled = false, next_run_at = null";
    sandbox
        .refuses(rules::CRON_REQUIRES_SCHEDULE, &update(report, unscheduled))
        .await;
}

#[tokio::test]
async fn disabled_schedule_is_off() {
    let (sandbox, report) = scheduled().await;
    for refused in [
        "schedule_disabled_reason = 'x'",
        &SWITCHED_OFF.replace("It failed five times.", " "),
    ] {
        sandbox
            .refuses(rules::DISABLED_SCHEDULE_IS_OFF, &update(report, refused))
            .await;
    }
}

#[tokio::test]
async fn next_run_exactly_of_schedules() {
    let sandbox = Sandbox::entered(Standing::OrgAdmin).await;
    let rule = rules::NEXT_RUN_EXACTLY_OF_SCHEDULES;
    sandbox
        .refuses(rule, &scheduled_report(sandbox.hlf()).without("next_run_at").insert())
        .await;
    let without_schedule = custom_report(sandbox.hlf()).with("next_run_at", "2026-03-03T05:00:00Z");
    sandbox.refuses(rule, &without_schedule.insert()).await;
    let (sandbox, report) = scheduled().await;
    sandbox.becomes(Standing::OrgAdmin).await;
    sandbox.refuses(rule, &update(report, "is_active = false")).await;
    sandbox
        .allows(&update(report, "is_active = false, next_run_at = null"))
        .await;
}

#[tokio::test]
async fn schedule_failures_non_negative() {
    let (sandbox, report) = scheduled().await;
    sandbox.allows(&update(report, "schedule_failures = 1")).await;
    sandbox
        .refuses(
            rules::SCHEDULE_FAILURES_NON_NEGATIVE,
            &update(report, "schedule_failures = -1"),
        )
        .await;
}

#[tokio::test]
async fn valid_last_run_status() {
    let (sandbox, report) = unscheduled().await;
    let with = |status: &str| {
        update(
            report,
            &format!("last_run_at = app.now(), last_run_status = '{status}'"),
        )
    };
    for status in ["pending", "running", "succeeded", "failed", "cancelled"] {
        sandbox.allows(&with(status)).await;
    }
    sandbox.refuses(rules::VALID_LAST_RUN_STATUS, &with("complete")).await;
}

#[tokio::test]
async fn last_run_row_count_non_negative() {
    let (sandbox, report) = unscheduled().await;
    let with = |count: i32| update(report, &RAN.replace("12", &count.to_string()));
    sandbox.allows(&with(0)).await;
    sandbox.refuses(rules::LAST_RUN_ROW_COUNT_NON_NEGATIVE, &with(-1)).await;
}

#[tokio::test]
async fn last_run_is_complete() {
    let (sandbox, report) = unscheduled().await;
    for lacking in [
        "last_run_at = app.now()",
        "last_run_status = 'failed'",
        "last_run_row_count = 1",
    ] {
        sandbox
            .refuses(rules::LAST_RUN_IS_COMPLETE, &update(report, lacking))
            .await;
    }
}

#[tokio::test]
async fn file_url_max_length() {
    let (sandbox, report) = unscheduled().await;
    let with = |length: usize| update(report, &RAN.replace("a/2026/b.csv", &"a".repeat(length)));
    sandbox.allows(&with(2048)).await;
    sandbox.refuses(rules::FILE_URL_MAX_LENGTH, &with(2049)).await;
}
