//! What Postgres writes in its messages is neither compared nor shown: with another `lc_messages` nothing changes.

use std::process::Command;

use bufdir_reports::kernel::error::Error;
use bufdir_reports::kernel::rule::Rule;
use rstest::rstest;
use serde_json::json;
use sqlx::{AssertSqlSafe, Executor};

use crate::support::journey::journey;
use crate::support::rules;
use crate::support::{TestDatabase, database, norwegian};

/// These tests, and others that refuse by constraint, trigger, policy and malformed value, once more in Norwegian.
/// `POSTGRES_IN_NORWEGIAN=1 cargo test --test it rules::` has all of them so.
#[cfg(target_env = "gnu")]
#[test]
fn nothing_changes_in_norwegian() {
    if norwegian::asked_for() {
        return;
    }
    let tests = [
        "messages::",
        "rules::api::input",
        "rules::reports",
        "rules::people",
        "doors::",
    ];
    let run = Command::new(std::env::current_exe().unwrap())
        .args(tests)
        .env(norwegian::VARIABLE, "1")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{told}\n{}", String::from_utf8_lossy(&run.stderr));
    assert!(told.contains("postgres_writes_its_own_language ... ok"), "{told}");
}

#[tokio::test]
async fn postgres_writes_its_own_language() {
    let database = database().await;
    let mut written = Vec::new();
    for sql in [
        "select 1 / 0",
        "update organizations set name = ''",
        "select 'today'::uuid",
    ] {
        let refused = database.superuser().execute(sql).await.unwrap_err();
        written.push(refused.as_database_error().unwrap().message().to_owned());
    }
    let expected = if norwegian::asked_for() {
        [
            "deling på null",
            "ny rad i relasjonen «organizations» bryter kontrollskranken «organization_name_not_empty»",
            "ugyldig skrivemåte for typen uuid: «today»",
        ]
    } else {
        [
            "division by zero",
            "new row for relation \"organizations\" violates check constraint \"organization_name_not_empty\"",
            "invalid input syntax for type uuid: \"today\"",
        ]
    };
    assert_eq!(written, expected);
}

#[rstest]
#[case::a_check("update organizations set name = ''", rules::ORGANIZATION_NAME_NOT_EMPTY)]
#[case::a_unique_key("update organizations set slug = 'hlf'", rules::ORGANIZATION_SLUG_UNIQUE)]
#[case::a_trigger("select app.refuse('generation_immutable')", rules::GENERATION_IMMUTABLE)]
#[case::a_nul("select convert_from('\\x00', 'UTF8')", rules::TEXT_WITHOUT_CONTROL_CHARACTERS)]
#[tokio::test]
async fn a_refusal_says_what_its_rule_says(#[case] sql: &str, #[case] rule: Rule) {
    let refused = refusal(&database().await, sql).await;
    assert_eq!(
        (refused.broken_rule(), refused.to_string()),
        (Some(rule), rule.message().to_owned())
    );
}

#[tokio::test]
async fn a_trigger_may_say_something_else() {
    let sql = "select app.refuse('generation_immutable', 'A generation is never deleted.')";
    let refused = refusal(&database().await, sql).await;
    assert_eq!(refused.broken_rule(), Some(rules::GENERATION_IMMUTABLE));
    assert_eq!(refused.to_string(), "A generation is never deleted.");
}

#[tokio::test]
async fn what_no_rule_foresees_keeps_its_sqlstate() {
    let refused = refusal(&database().await, "select 1 / 0").await;
    assert_eq!((refused.code(), refused.sqlstate()), ("INTERNAL", Some("22012")));
}

#[tokio::test]
async fn a_client_reads_nothing_of_what_postgres_writes() {
    let test = journey().await;
    let units = "{ organizationalUnits { nodes { name } } }";
    let rename = "alter table organizational_units rename column name to called";
    let revoke = "revoke select on organizational_units from bufdir_app";
    for (sql, code, message) in [
        (revoke, "FORBIDDEN", "You may not do this."),
        (
            rename,
            "INTERNAL",
            "Something went wrong here. Tell the operator this id: ",
        ),
    ] {
        test.database.arrange(sql).await;
        let answer = test.api.run(test.hlf().coordinator, "hlf", units, json!({})).await;
        let error = &answer["errors"][0];
        assert_eq!(error["extensions"]["code"], code, "{answer}");
        assert!(error["message"].as_str().unwrap().starts_with(message), "{answer}");
    }
}

async fn refusal(database: &TestDatabase, sql: &str) -> Error {
    database
        .superuser()
        .execute(AssertSqlSafe(sql))
        .await
        .unwrap_err()
        .into()
}
