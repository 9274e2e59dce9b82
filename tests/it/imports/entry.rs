//! What the log says of an import.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::AssertSqlSafe;

use super::*;

async fn entries(place: &Place) -> Vec<Value> {
    let sql = "select to_jsonb(a) from audit_logs a where action = 'data_imported' order by sequence";
    let rows = sqlx::query_scalar(sql).fetch_all(place.database.superuser());
    rows.await.unwrap()
}

async fn user(place: &Place, email: &str) -> String {
    let sql = format!("select id::text from users where email = '{email}'");
    let id = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(place.database.superuser());
    id.await.unwrap()
}

#[tokio::test]
async fn the_log_says_which_file_was_imported() {
    let place = Place::with_demo_data().await;
    let text = file(&[GOOD]);
    place.import(ImportKind::Activities, &text, false, now()).await.unwrap();
    // What changes nothing leaves no entry.
    place.import(ImportKind::Activities, &text, false, now()).await.unwrap();
    let entries = entries(&place).await;
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0]["message"], "A file of activities was imported.");
    let expected = json!({
        "kind": "activities", "sha256": hex::encode(Sha256::digest(&text)),
        "created": 1, "updated": 0, "skipped": 0, "days_removed": 0,
    });
    assert_eq!(entries[0]["details"], expected);
}

/// So that somebody who made themselves an admin is found by the log alone.
#[tokio::test]
async fn the_log_says_whose_staff_role_was_gained_changed_or_lost() {
    let place = Place::with_demo_data().await;
    let header = "e-post,navn,rolle,aktiv\n";
    let text = format!(
        "{header}a@horsel.example,Anna Aas,koordinator,ja\nb@horsel.example,Bo Bø,koordinator,ja\n\
         c@horsel.example,Cato Co,koordinator,ja\nd@horsel.example,Dag Dahl,likeperson,ja\n\
         e@horsel.example,Eli Eng,administrator,nei\nf@horsel.example,Fia Fo,koordinator,ja\n"
    );
    place.import(ImportKind::Members, &text, false, now()).await.unwrap();
    let later = format!(
        "{header}a@horsel.example,Anna Aas,administrator,ja\nb@horsel.example,Bo Bø,likeperson,ja\n\
         c@horsel.example,Cato Co,koordinator,nei\nd@horsel.example,Dag Dahl,koordinator,ja\n\
         e@horsel.example,Eli Eng,likeperson,ja\nf@horsel.example,Fia Fo,koordinator,ja\n"
    );
    place.import(ImportKind::Members, &later, false, now()).await.unwrap();

    let mut ids = vec![];
    for letter in ["a", "b", "c", "d", "e", "f"] {
        ids.push(user(&place, &format!("{letter}@horsel.example")).await);
    }
    let change =
        |index: usize, from: Option<&str>, to: Option<&str>| json!({ "user_id": ids[index], "from": from, "to": to });
    let entries = entries(&place).await;
    let staff = Some("coordinator");
    assert_eq!(
        entries[0]["details"]["roles"],
        json!([
            change(0, None, staff),
            change(1, None, staff),
            change(2, None, staff),
            change(5, None, staff)
        ])
    );
    assert_eq!(
        entries[1]["details"]["roles"],
        json!([
            change(0, staff, Some("org_admin")),
            change(1, staff, None),
            change(2, staff, None),
            change(3, None, staff),
        ])
    );
    for entry in &entries {
        let written = entry.to_string();
        assert!(!written.contains("Anna") && !written.contains('@'), "{written}");
    }
}
