//! The audit log: append-only, gapless, and chained by hashes that anybody can compute anew (docs/audit-format.md).

#![expect(clippy::disallowed_methods, reason = "a test looks behind the program")]

use bufdir_reports::kernel::audit_entry::AuditEntry;
use bufdir_reports::kernel::error::Result;
use bufdir_reports::kernel::migrate;
use chrono::{DateTime, SecondsFormat, Utc};
use embedded_postgres::SUPERUSER;
use entity::enums::AuditAction;
use futures::future::try_join_all;
use sea_orm::{QueryResult, TryGetable};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use uuid::Uuid;

use crate::support::rules;
use crate::support::{TestDatabase, database};

/// What the log's reader in Rust, SQL or any other language must cope with.
const AWKWARD: &str = "Årsrapport \"2024\" \\ 🦻\u{1}\u{7f}\n\t</script>";

async fn append(database: &TestDatabase, details: Value) -> Result<()> {
    let hlf = &database.fixture.hlf;
    let scope = database.write(hlf.coordinator, "hlf").await?;
    let entry = AuditEntry::new(AuditAction::FiguresChanged, "report_period", hlf.period, AWKWARD);
    scope.commit([entry.with(details)]).await
}

async fn append_some(database: &TestDatabase, count: usize) {
    for number in 0..count {
        append(database, json!({ "number": number })).await.unwrap();
    }
}

/// How many entries hold, and the first that does not.
async fn verify(database: &TestDatabase) -> (i64, Option<i64>) {
    let scope = database.read(database.fixture.hlf.admin, "hlf").await.unwrap();
    let row = scope
        .row("select * from app.verify_audit_chain($1)", [])
        .await
        .unwrap()
        .unwrap();
    (
        row.try_get("", "entries").unwrap(),
        row.try_get("", "broken_at").unwrap(),
    )
}

/// As the superuser and past the triggers, which is what it takes.
async fn tamper(database: &TestDatabase, sql: &str) {
    let mut connection = PgConnection::connect_with(&database.options(SUPERUSER)).await.unwrap();
    connection
        .execute("set session_replication_role = replica")
        .await
        .unwrap();
    let touched = connection.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
    assert_eq!(touched.rows_affected(), 1);
}

#[tokio::test]
async fn audit_trail_read_only() {
    let database = database().await;
    append_some(&database, 1).await;
    for role in [SUPERUSER, migrate::OWNER, migrate::APP] {
        let mut connection = PgConnection::connect_with(&database.options(role)).await.unwrap();
        for table in ["audit_logs", "audit_logs_2026", "audit_logs_default"] {
            for change in ["update TABLE set message = ''", "delete from TABLE", "truncate TABLE"] {
                let sql = change.replace("TABLE", table);
                // Row-level security hides the rows from their owner, and the default partition has none: nothing to refuse.
                let nothing_to_touch = role == migrate::OWNER || role == SUPERUSER && table == "audit_logs_default";
                match connection.execute(AssertSqlSafe(sql.clone())).await {
                    Ok(done) => {
                        assert!(nothing_to_touch && !sql.starts_with("truncate"), "{role}: {sql}");
                        assert_eq!(done.rows_affected(), 0, "{role}: {sql}");
                    }
                    Err(sqlx::Error::Database(refusal)) if role == migrate::APP => {
                        assert_eq!(refusal.code().as_deref(), Some("42501"), "{sql}: {refusal}");
                    }
                    Err(sqlx::Error::Database(refusal)) => {
                        assert_eq!(
                            refusal.constraint(),
                            Some(rules::AUDIT_TRAIL_READ_ONLY.name()),
                            "{role}: {sql}: {refusal}"
                        );
                    }
                    Err(error) => panic!("{role}: {sql}: {error}"),
                }
            }
        }
    }
    assert_eq!(verify(&database).await, (1, None));
}

#[tokio::test]
async fn eight_writers_at_once_leave_no_gap() {
    let database = database().await;
    let writers = (0..8).map(|_| async {
        for number in 0..10 {
            append(&database, json!({ "number": number })).await?;
        }
        Ok::<(), bufdir_reports::kernel::error::Error>(())
    });
    try_join_all(writers).await.unwrap();
    assert_eq!(verify(&database).await, (80, None));
}

#[tokio::test]
async fn a_rolled_back_write_leaves_no_gap() {
    let database = database().await;
    append_some(&database, 1).await;
    drop(database.write(database.fixture.hlf.coordinator, "hlf").await.unwrap());
    append(&database, json!({ "share": 0.5 })).await.unwrap_err();
    append_some(&database, 1).await;
    assert_eq!(verify(&database).await, (2, None));
}

#[tokio::test]
async fn canonical_numbers_are_integers() {
    let database = database().await;
    for number in [json!(0.5), json!(1_000_000_000_000_000_i64)] {
        let error = append(&database, json!({ "number": number })).await.unwrap_err();
        assert_eq!(error.broken_rule(), Some(rules::CANONICAL_NUMBERS_ARE_INTEGERS));
    }
    append(&database, json!({ "numbers": [0, -1, 999_999_999_999_999_i64] }))
        .await
        .unwrap();
}

#[tokio::test]
async fn each_organization_has_a_chain_of_its_own() {
    let database = database().await;
    append_some(&database, 2).await;
    let nhf = &database.fixture.nhf;
    let scope = database.write(nhf.coordinator, "nhf").await.unwrap();
    let entry = AuditEntry::new(AuditAction::FiguresChanged, "report_period", nhf.period, "First");
    scope.commit([entry]).await.unwrap();
    let scope = database.read(nhf.admin, "nhf").await.unwrap();
    let row = scope
        .row(
            "select max(sequence) as last from audit_logs where organization_id = $1",
            [],
        )
        .await;
    assert_eq!(row.unwrap().unwrap().try_get::<i64>("", "last").unwrap(), 1);
    assert_eq!(verify(&database).await, (2, None));
}

#[tokio::test]
async fn a_changed_entry_breaks_the_chain_where_it_stands() {
    let database = database().await;
    append_some(&database, 4).await;
    tamper(&database, "update audit_logs set message = 'other' where sequence = 2").await;
    assert_eq!(verify(&database).await, (2, Some(2)));
}

#[tokio::test]
async fn a_changed_entry_with_a_new_hash_breaks_the_chain_at_the_next() {
    let database = database().await;
    append_some(&database, 4).await;
    tamper(&database, "update audit_logs set message = 'other' where sequence = 2").await;
    tamper(
        &database,
        "update audit_logs as entry set hash = app.audit_hash(entry) where sequence = 2",
    )
    .await;
    assert_eq!(verify(&database).await, (3, Some(3)));
}

#[tokio::test]
async fn a_deleted_entry_is_missed_in_the_middle_and_at_the_end() {
    let database = database().await;
    append_some(&database, 4).await;
    tamper(&database, "delete from audit_logs where sequence = 4").await;
    assert_eq!(verify(&database).await, (3, Some(4)));
    tamper(&database, "delete from audit_logs where sequence = 2").await;
    assert_eq!(verify(&database).await, (2, Some(2)));
}

#[tokio::test]
async fn anybody_can_compute_the_hashes_anew() {
    let database = database().await;
    append(&database, json!({})).await.unwrap();
    let details = json!({ "b": [null, true, -7, "x"], "a": { "Z": 1, "a_b": AWKWARD, "aB": {} }, "hours": "12.50" });
    append(&database, details).await.unwrap();

    let scope = database.read(database.fixture.hlf.admin, "hlf").await.unwrap();
    let sql = "select * from audit_logs where organization_id = $1 order by sequence";
    let entries = scope.rows(sql, []).await.unwrap();
    assert_eq!(entries.len(), 2);
    let mut previous_hash = vec![0; 32];
    for entry in &entries {
        assert_eq!(get::<Vec<u8>>(entry, "previous_hash"), previous_hash);
        let hash = Sha256::digest(canonical(&document(entry)).as_bytes()).to_vec();
        assert_eq!(get::<Vec<u8>>(entry, "hash"), hash, "{}", canonical(&document(entry)));
        previous_hash = hash;
    }
}

fn get<T: TryGetable>(entry: &QueryResult, column: &str) -> T {
    entry.try_get("", column).unwrap()
}

fn document(entry: &QueryResult) -> Value {
    let created_at: DateTime<Utc> = get(entry, "created_at");
    json!({
        "version": 1,
        "id": get::<Uuid>(entry, "id"),
        "organization_id": get::<Uuid>(entry, "organization_id"),
        "sequence": get::<i64>(entry, "sequence"),
        "created_at": created_at.to_rfc3339_opts(SecondsFormat::Micros, true),
        "actor": {
            "kind": get::<String>(entry, "actor_kind"),
            "user_id": get::<Option<Uuid>>(entry, "actor_user_id"),
            "name": get::<String>(entry, "actor_name"),
            "role": get::<Option<String>>(entry, "actor_role"),
            "support_access_id": get::<Option<Uuid>>(entry, "support_access_id"),
        },
        "action": get::<String>(entry, "action"),
        "subject": { "type": get::<String>(entry, "subject_type"), "id": get::<Option<Uuid>>(entry, "subject_id") },
        "report_id": get::<Option<Uuid>>(entry, "report_id"),
        "message": get::<String>(entry, "message"),
        "details": get::<Value>(entry, "details"),
        "previous_hash": hex::encode(get::<Vec<u8>>(entry, "previous_hash")),
    })
}

/// RFC 8785, as far as the format needs it: keys are ASCII, numbers are integers.
pub fn canonical(value: &Value) -> String {
    match value {
        Value::Object(members) => format!("{{{}}}", canonical_members(members)),
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        scalar => scalar.to_string(),
    }
}

fn canonical_members(members: &Map<String, Value>) -> String {
    let mut members: Vec<_> = members.iter().collect();
    members.sort_by_key(|(key, _)| key.as_bytes());
    let members = members
        .iter()
        .map(|(key, item)| format!("\"{key}\":{}", canonical(item)));
    members.collect::<Vec<_>>().join(",")
}
