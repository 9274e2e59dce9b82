//! Records of the ledger end with their exports, whatever happens.

use serde_json::{Value, json};

use crate::support::graphql::data;
use crate::support::journey::{Journey, journey};

const ENDED: &str = "select not exists (select from bufdir_exports where status in ('pending', 'generating'))";

async fn shown(journey: &Journey, id: &str) -> Value {
    let query = "query ($id: ID!) { bufdirExport(id: $id) {
        status errorMessage operation { status errorCode errorMessage } } }";
    let answer = journey.api.run(journey.hlf().admin, "hlf", query, json!({ "id": id }));
    data(answer.await)["bufdirExport"].clone()
}

async fn demote_admin(journey: &Journey, role: &str) {
    let admin = journey.hlf().admin;
    let sql = format!("update memberships set role = '{role}' where user_id = '{admin}'");
    journey.database.arrange(sql).await;
}

#[tokio::test]
async fn an_organization_that_is_deactivated_leaves_no_record_pending() {
    let journey = journey().await;
    let export = journey.asks_for_ledger_export("CSV").await;
    journey
        .database
        .arrange("update organizations set is_active = false where slug = 'hlf'")
        .await;
    journey.works_until(ENDED).await;
    journey
        .database
        .arrange("update organizations set is_active = true where slug = 'hlf'")
        .await;
    let shown = shown(&journey, &export).await;
    assert_eq!(shown["status"], "FAILED");
    assert_eq!(shown["operation"]["errorCode"], "RIGHT_LOST");
    assert_eq!(shown["errorMessage"], shown["operation"]["errorMessage"]);
    let attempts = "select count(*) from audit_logs where action = 'export_failed'";
    let failures: i64 = sqlx::query_scalar(attempts)
        .fetch_one(journey.database.superuser())
        .await
        .unwrap();
    assert_eq!(failures, 1);
}

/// The export's failure is told at once; the record takes it as soon as it can.
#[tokio::test]
async fn a_record_that_refused_a_failure_takes_it_later() {
    let journey = journey().await;
    let export = journey.asks_for_ledger_export("CSV").await;
    demote_admin(&journey, "coordinator").await;
    journey
        .database
        .arrange(
            "create function refuse() returns trigger language plpgsql as $$ begin raise 'refused'; end $$;
             create trigger refuse before update on bufdir_exports for each row when (new.status = 'failed')
                 execute function refuse()",
        )
        .await;
    journey
        .works_until(
            "select exists (select from bufdir_export_audit_log where status = 'failed')
            and exists (select from graphile_worker._private_jobs where last_error is not null)",
        )
        .await;
    demote_admin(&journey, "org_admin").await;
    let refused = shown(&journey, &export).await;
    assert_eq!(
        (&refused["status"], &refused["operation"]["status"]),
        (&json!("GENERATING"), &json!("FAILED"))
    );

    journey.database.arrange("drop function refuse cascade").await;
    journey.works_until(ENDED).await;
    let taken = shown(&journey, &export).await;
    assert_eq!(taken["status"], "FAILED");
    assert_eq!(taken["operation"], refused["operation"]);
    assert_eq!(taken["errorMessage"], taken["operation"]["errorMessage"]);
    let sql = "select message from audit_logs where action = 'export_failed' order by sequence";
    let told: Vec<String> = sqlx::query_scalar(sql)
        .fetch_all(journey.database.superuser())
        .await
        .unwrap();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[1].starts_with("The ledger took note of the export's failure: "));
}
