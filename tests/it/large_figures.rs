//! Figures that are larger than any organization has had.

use serde_json::{Value, json};

use crate::support::Organization;
use crate::support::graphql::value_of;
use crate::support::journey::journey;

/// More attendances than a 32-bit integer holds, from the counting to the file.
#[tokio::test]
async fn figures_beyond_32_bits_are_shown_and_exported() {
    let test = journey().await;
    test.database.arrange(many_attendances(test.hlf(), 22_000)).await;
    let figure = |shown: &Value| value_of(&shown["figures"], "field", "PE01")["value"].clone();
    let preview = "query ($id: ID!) { reportPreview(reportPeriodId: $id) { figures { field value } } }";
    let preview = test.asks(preview, json!({ "id": test.period() })).await;
    assert_eq!(figure(&preview["reportPreview"]), "2200000000");
    test.figures_typed_in(&test.period()).await;
    let report = test.generated(&test.period()).await;
    let shown = test.report(&report, "status figures { field value }").await;
    assert_eq!(
        (&shown["status"], figure(&shown)),
        (&json!("READY"), json!("2200000000"))
    );
    let exported = test
        .exports(json!({ "reportId": report, "format": "CSV", "acceptedWarnings": ["LARGE_ANONYMOUS_SHARE"] }))
        .await;
    assert_eq!(exported["status"], "COMPLETE");
}

/// A group's meetings with 100,000 anonymous participants each, which all count.
fn many_attendances(organization: &Organization, meetings: u32) -> String {
    let Organization { id, locals, peers, .. } = organization;
    let (unit, leader) = (locals[0], peers[0]);
    format!(
        "insert into activities (organization_id, id, unit_id, kind, group_kind, mode, status, title, place,
             leader_user_id, newcomers_confirmed_by, created_at, updated_at)
         select '{id}', md5('meeting' || n)::uuid, '{unit}', 'group', 'conversation', 'in_person', 'approved', '',
             n::text, '{leader}', '{leader}', now(), now()
         from generate_series(1, {meetings}) n;
         insert into activity_days (organization_id, activity_id, local_date, minutes, anonymous_participants)
         select '{id}', md5('meeting' || n)::uuid, date '2024-01-01' + n % 366, 90, 100000
         from generate_series(1, {meetings}) n"
    )
}
