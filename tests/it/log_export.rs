//! The export of the organization's whole log: what is in the file, and what is recorded of it. Who gets it: `access`.

mod access;

use std::collections::BTreeSet;
use std::time::Duration;

use axum::http::StatusCode;
use bufdir_reports::kernel::audit_entry::AuditEntry;
use chrono::TimeDelta;
use entity::enums::AuditAction;
use futures::TryStreamExt;
use rstest::rstest;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::audit_chain::canonical;
use crate::support::graphql::{data, opaque};
use crate::support::ids;
use crate::support::journey::{Journey, journey};

pub const EXPORT: &str = "mutation ($input: ExportAuditLogInput!) { exportAuditLog(input: $input) {
    url expiresAt entryCount firstSequence lastSequence file { id fileName sizeBytes sha256 mediaType downloadCount } } }";
const AWKWARD: &str = "Årsrapport \"2024\" \\ 🦻\u{1}\u{7f}\n\t</script>\u{2028};";

/// Three entries of HLF, a day apart, and one of NHF; what they are about.
pub async fn written() -> (Journey, Uuid) {
    let journey = journey().await;
    let database = &journey.database;
    let (hlf, nhf) = (&database.fixture.hlf, &database.fixture.nhf);
    let subject = database.new_id();
    for (user, organization, action, about, message) in [
        (hlf.admin, "hlf", AuditAction::ExportStarted, "export", "=1+1"),
        (hlf.coordinator, "hlf", AuditAction::NotesChanged, "report", AWKWARD),
        (hlf.coordinator, "hlf", AuditAction::FileDownloaded, "file", "three"),
        (nhf.admin, "nhf", AuditAction::NotesChanged, "report", "elsewhere"),
    ] {
        let scope = database.write(user, organization).await.unwrap();
        let details =
            json!({ "b": [null, true, -7, "x"], "a": { "Z": 1, "a_b": AWKWARD, "aB": {} }, "hours": "12.50" });
        let entry = AuditEntry::new(action, about, subject, message).with(details);
        scope.commit([entry]).await.unwrap();
        database.clock.advance(TimeDelta::days(1));
    }
    (journey, subject)
}

pub async fn answer(journey: &Journey, user: Uuid, input: Value) -> Value {
    journey.api.run(user, "hlf", EXPORT, json!({ "input": input })).await
}

pub async fn exported(journey: &Journey, input: Value) -> Value {
    data(answer(journey, journey.hlf().admin, input).await)["exportAuditLog"].clone()
}

/// The exported file's text, by its link.
pub async fn text(journey: &Journey, exported: &Value) -> String {
    let (status, bytes) = journey.fetched(exported["url"].as_str().unwrap()).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(exported["file"]["sha256"], hex::encode(Sha256::digest(&bytes)));
    assert_eq!(exported["file"]["sizeBytes"], bytes.len());
    String::from_utf8(bytes).unwrap()
}

pub fn lines(text: &str) -> Vec<Value> {
    text.split_terminator('\n')
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// HLF's last entry.
pub async fn last_entry(journey: &Journey) -> Value {
    let sql = "select to_jsonb(a) from audit_logs a where organization_id = $1 order by sequence desc limit 1";
    sqlx::query_scalar(sql)
        .bind(journey.hlf().id)
        .fetch_one(journey.database.superuser())
        .await
        .unwrap()
}

/// By whoever has the file and docs/audit-format.md, and nothing else.
#[tokio::test]
async fn anybody_can_compute_the_chain_anew_from_the_file() {
    let (journey, _) = written().await;
    let exported = exported(&journey, json!({ "format": "JSON_LINES" })).await;
    let lines = lines(&text(&journey, &exported).await);
    assert_eq!(lines.len(), 3);
    let mut previous = "0".repeat(64);
    for (number, line) in lines.into_iter().enumerate() {
        let Value::Object(mut entry) = line else {
            panic!("{line}")
        };
        let hash = entry.remove("hash").unwrap();
        assert_eq!(entry["sequence"], number + 1);
        assert_eq!(entry["organization_id"], journey.hlf().id.to_string());
        assert_eq!(entry["previous_hash"], previous);
        let computed = hex::encode(Sha256::digest(canonical(&Value::Object(entry))));
        assert_eq!(hash, computed);
        previous = computed;
    }
    assert_eq!(last_entry(&journey).await["action"], "file_downloaded");
}

#[tokio::test]
async fn an_export_is_logged_with_what_it_held() {
    let (journey, _) = written().await;
    let filter = json!({ "types": ["NOTES_CHANGED", "FILE_DOWNLOADED"], "from": "2026-03-01T00:00:00+01:00" });
    let exported = exported(&journey, json!({ "format": "JSON_LINES", "filter": filter })).await;
    assert_eq!(exported["entryCount"], 2);
    assert_eq!(
        (&exported["firstSequence"], &exported["lastSequence"]),
        (&json!(2), &json!(3))
    );
    assert_eq!(exported["file"]["fileName"], "Revisjonslogg HLF 2026-03-06.jsonl");
    assert_eq!(exported["file"]["mediaType"], "application/jsonl; charset=utf-8");
    let entry = last_entry(&journey).await;
    assert_eq!(entry["action"], "audit_log_exported");
    assert_eq!(entry["actor_user_id"], journey.hlf().admin.to_string());
    let file = ids::FILE
        .decode(&exported["file"]["id"].as_str().unwrap().into(), "id")
        .unwrap();
    assert_eq!(entry["subject_id"], file.to_string());
    assert_eq!(
        entry["details"],
        json!({
            "format": "json_lines", "language": "nb", "entries": 2, "first_sequence": 2, "last_sequence": 3,
            "filter": { "actions": ["notes_changed", "file_downloaded"], "from": "2026-02-28T23:00:00.000000Z" },
            "sha256": exported["file"]["sha256"], "size_bytes": exported["file"]["sizeBytes"],
        })
    );

    text(&journey, &exported).await;
    let downloaded = last_entry(&journey).await;
    assert_eq!(
        (&downloaded["action"], &downloaded["subject_id"]),
        (&json!("file_downloaded"), &entry["subject_id"])
    );
    let counted = "select download_count from files where id = $1";
    let counted: i64 = sqlx::query_scalar(counted)
        .bind(file)
        .fetch_one(journey.database.superuser())
        .await
        .unwrap();
    assert_eq!(counted, 1);
    // A further link to the same file.
    let mutation = "mutation ($id: ID!) { createDownloadLink(input: { fileId: $id }) { url } }";
    let id = json!({ "id": exported["file"]["id"] });
    let again = data(journey.api.run(journey.hlf().admin, "hlf", mutation, id).await);
    let (status, _) = journey
        .fetched(again["createDownloadLink"]["url"].as_str().unwrap())
        .await;
    assert_eq!(status, StatusCode::OK);
}

/// The file holds what the list shows, whatever the filter.
#[tokio::test]
async fn the_filters_are_those_of_the_list() {
    let (journey, subject) = written().await;
    let hlf = journey.hlf();
    let mut seen = BTreeSet::new();
    for filter in [
        json!({}),
        json!({ "types": ["NOTES_CHANGED", "EXPORT_STARTED"] }),
        json!({ "types": [] }),
        json!({ "actorId": opaque(ids::PERSON, hlf.admin), "until": "2026-03-04T00:00:00Z" }),
        json!({ "actorKind": "WORKER" }),
        json!({ "subjectType": "report" }),
        json!({ "subjectId": opaque(ids::EXPORT_OPERATION, subject) }),
        json!({ "from": "2026-03-03T09:00:00Z", "until": "2026-03-03T09:00:00.000001Z" }),
    ] {
        let list = "query ($filter: AuditLogFilter) { auditLog(filter: $filter, orderBy: OLDEST_FIRST) { nodes { sequence } } }";
        let listed = journey
            .api
            .run(hlf.admin, "hlf", list, json!({ "filter": filter }))
            .await;
        let listed = data(listed)["auditLog"]["nodes"].clone();
        let exported = exported(&journey, json!({ "format": "JSON_LINES", "filter": filter })).await;
        let lines = lines(&text(&journey, &exported).await);
        let sequences: Vec<_> = lines
            .iter()
            .map(|line| json!({ "sequence": line["sequence"] }))
            .collect();
        assert_eq!(listed, json!(sequences), "{filter}");
        assert_eq!(exported["entryCount"], sequences.len(), "{filter}");
        seen.insert(sequences.len());
    }
    assert!(seen.len() > 2, "filters that leave different entries: {seen:?}");
}

#[tokio::test]
async fn a_log_without_such_entries_is_a_file_that_says_so() {
    let (journey, _) = written().await;
    for (format, content) in [("JSON_LINES", 0), ("CSV", 1)] {
        let input = json!({ "format": format, "filter": { "actorKind": "OPERATOR" } });
        let exported = exported(&journey, input).await;
        assert_eq!(exported["entryCount"], 0);
        assert_eq!(
            (&exported["firstSequence"], &exported["lastSequence"]),
            (&Value::Null, &Value::Null)
        );
        assert_eq!(text(&journey, &exported).await.lines().count(), content, "{format}");
        assert_eq!(exported["file"]["downloadCount"], 0);
    }
}

#[rstest]
#[case::norwegian("NB", ';', "Nummer", "Revisjonslogg HLF 2026-03-06.csv")]
#[case::english("EN", ',', "Sequence", "Audit log HLF 2026-03-06.csv")]
#[tokio::test]
async fn a_spreadsheet_reads_texts_and_no_formulas(
    #[case] language: &str,
    #[case] separator: char,
    #[case] heading: &str,
    #[case] name: &str,
) {
    let (journey, _) = written().await;
    let exported = exported(&journey, json!({ "format": "CSV", "language": language })).await;
    assert_eq!(exported["file"]["fileName"], name);
    let text = text(&journey, &exported).await;
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(u8::try_from(separator).unwrap())
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    assert_eq!(reader.headers().unwrap().get(0), Some(heading));
    let rows: Vec<_> = reader.records().map(|row| row.unwrap()).collect();
    let messages: Vec<_> = rows.iter().map(|row| row.get(3).unwrap()).collect();
    assert_eq!(messages, ["'=1+1", AWKWARD, "three"]);
    assert_eq!(rows[0].get(15).map(str::len), Some(64));
    assert_eq!(
        rows[1].get(14),
        rows[0].get(15),
        "each names the hash of the one before"
    );
}

/// 200 MB of messages pass through a few megabytes of memory, into the file and out of it.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_long_log_is_exported_in_little_memory() {
    let journey = journey().await;
    // Past the triggers: the chain is another test's matter, and takes its time.
    let sql = format!(
        "set local session_replication_role = replica;
         insert into audit_logs (organization_id, id, sequence, created_at, actor_kind, actor_name, action, subject_type,
             message, details, previous_hash, hash)
         select '{}', (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid,
             n, at, 'operator', 'operator', 'data_imported', 'organization', repeat('x', 4000), jsonb_build_object('n', n),
             sha256('a'), sha256('b')
         from generate_series(1, 50000) n, lateral (select timestamptz '2026-01-01' + n * interval '1 second') as t (at)",
        journey.hlf().id
    );
    journey.database.arrange(sql).await;
    let before = resident_megabytes();
    let (exported, exporting) = watched(exported(&journey, json!({ "format": "JSON_LINES" }))).await;
    assert_eq!(
        (&exported["entryCount"], &exported["lastSequence"]),
        (&json!(50_000), &json!(50_000))
    );
    assert!(exported["file"]["sizeBytes"].as_i64().unwrap() > 200_000_000);
    let (sha256, downloading) = watched(async {
        let response = journey.get(exported["url"].as_str().unwrap()).await;
        assert_eq!(
            response.headers()["content-length"],
            exported["file"]["sizeBytes"].to_string()
        );
        let mut body = response.into_body().into_data_stream();
        let mut digest = Sha256::new();
        while let Some(chunk) = body.try_next().await.unwrap() {
            digest.update(&chunk);
        }
        hex::encode(digest.finalize())
    })
    .await;
    assert_eq!(exported["file"]["sha256"], sha256);
    // Other tests of the same process take their share; all entries at once would take more than twice as much.
    for greatest in [exporting, downloading] {
        assert!(greatest < before + 100, "grew from {before} to {greatest} MB");
    }
}

/// What the future gives, and the most megabytes that this process had in memory meanwhile.
#[cfg(target_os = "linux")]
async fn watched<T>(future: impl Future<Output = T>) -> (T, u64) {
    tokio::pin!(future);
    let mut greatest = 0;
    loop {
        tokio::select! {
            output = &mut future => return (output, greatest.max(resident_megabytes())),
            () = tokio::time::sleep(Duration::from_millis(5)) => greatest = greatest.max(resident_megabytes()),
        }
    }
}

#[cfg(target_os = "linux")]
fn resident_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}
