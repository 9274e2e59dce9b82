//! Erasing who took part in a year: what goes, what stays, and by the command.

use std::process::Command;

use bufdir_reports::kernel::migrate;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use crate::support::journey::{Journey, journey};

/// Runs the command as an operator would.
fn erase(test: &Journey, organization: &str, more: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_bufdir-reports"))
        .args(["erase-participants", "--organization", organization, "--year", "2024"])
        .args(more)
        .env("DATABASE_URL", test.database.url(migrate::APP))
        .env("DATABASE_OWNER_URL", test.database.url(migrate::OWNER))
        .output()
        .unwrap();
    (output.status.success(), String::from_utf8(output.stderr).unwrap())
}

async fn one(test: &Journey, sql: &str) -> Value {
    let sql = format!("select to_jsonb(t) from ({sql}) t");
    let found = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(test.database.superuser());
    found.await.unwrap()
}

const LEFT: &str = "select (select count(*) from attendances where local_date < '2025-01-01') as of_the_year,
    (select count(*) from attendances where local_date >= '2025-01-01') as of_others,
    (select count(*) from contacts) as contacts,
    (select count(*) from participant_keys where key is null and erased_at is not null) as erased,
    (select count(*) from audit_logs where action = 'participants_erased') as entries";

#[tokio::test]
async fn a_year_is_erased_once_and_its_reports_stay() {
    let test = journey().await;
    let report = test.ready().await;
    let hlf = test.hlf();
    let later = test.database.activity(hlf);
    later.day("2025-01-07", 90, &hlf.contacts[..1], 0).insert().await;
    let before = one(&test, LEFT).await;
    assert_eq!(before["of_the_year"], 6);

    let (done, said) = erase(&test, "hlf", &[]);
    assert!(
        !done && said.contains("6 attendances, 2 contacts, the year's key"),
        "{said}"
    );
    assert_eq!(one(&test, LEFT).await, before);

    let (done, said) = erase(&test, "hlf", &["--yes"]);
    assert!(done, "{said}");
    let after = one(&test, LEFT).await;
    let contacts = before["contacts"].as_i64().unwrap() - 2;
    let left = json!({ "of_the_year": 0, "of_others": 1, "contacts": contacts, "erased": 1, "entries": 1 });
    assert_eq!(after, left);
    let entry = "select actor_kind, message, details from audit_logs where action = 'participants_erased'";
    assert_eq!(
        one(&test, entry).await,
        json!({ "actor_kind": "operator", "message": "Erased the participants of 2024.",
            "details": { "basis_year": 2024, "attendances": 6, "contacts": 2 } })
    );

    let (done, said) = erase(&test, "hlf", &["--yes"]);
    assert!(done && said.contains("erased already"), "{said}");
    assert_eq!(one(&test, LEFT).await, after);

    // What was reported is as it was, and is still exported.
    let figures = test.report(&report, "participantCount status").await;
    assert_eq!(figures, json!({ "participantCount": 3, "status": "READY" }));
    test.exports(json!({ "reportId": report, "format": "CSV" })).await;
    assert_eq!(test.status(&report).await, "EXPORTED");
}

#[tokio::test]
async fn an_erasure_waits_for_a_generation_under_way() {
    let test = journey().await;
    test.counted_activity("2024-03-05").await;
    test.does("generateReport", json!({ "reportPeriodId": test.period() }))
        .await;
    let before = one(&test, LEFT).await;
    let (done, said) = erase(&test, "hlf", &["--yes"]);
    assert!(
        !done && said.contains("A report of the year is being generated."),
        "{said}"
    );
    assert_eq!(one(&test, LEFT).await, before);
}

#[tokio::test]
async fn an_unknown_organization_is_named() {
    let (done, said) = erase(&journey().await, "nobody", &["--yes"]);
    assert!(!done && said.contains("There is no organization nobody."), "{said}");
}

/// Exports and generations lock the report, then its period. Were it the other way round, two could wait for each other.
#[tokio::test]
async fn an_erasure_locks_in_the_order_of_everybody_else() {
    let test = journey().await;
    test.ready().await;
    let mut exporting = test.database.superuser().begin().await.unwrap();
    let report = "select from bufdir_reports for no key update";
    sqlx::query(report).fetch_one(&mut *exporting).await.unwrap();
    let erasing = sqlx::query("update participant_keys set key = null, erased_at = now()");
    let exporting = async {
        test.reaches("select exists (select from pg_locks where not granted and locktype = 'transactionid')")
            .await;
        let period = "select from report_periods where basis_year = 2024 for update nowait";
        sqlx::query(period).fetch_all(&mut *exporting).await.unwrap();
        exporting.commit().await.unwrap();
    };
    let (erased, ()) = tokio::join!(erasing.execute(test.database.superuser()), exporting);
    assert_eq!(erased.unwrap().rows_affected(), 1);
}
