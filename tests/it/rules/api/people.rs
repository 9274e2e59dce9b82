//! Who may come in, and who may do what there.

use rstest::rstest;
use serde_json::json;

use super::{asks_in_vain, broken, forbidden};
use crate::support::graphql::{opaque, refusal};
use crate::support::ids;
use crate::support::journey::journey;
use crate::support::rules;

const VIEWER: &str = "{ viewer { organization { slug } } }";

#[tokio::test]
async fn organization_required() {
    let test = journey().await;
    let (coordinator, nhf) = (test.hlf().coordinator, test.database.fixture.nhf.id);
    let alone = test.api.run_without_organization(coordinator, VIEWER).await;
    assert_eq!(alone["data"]["viewer"]["organization"]["slug"], "hlf");
    let joins = format!(
        "insert into memberships (organization_id, user_id, role) values ('{nhf}', '{coordinator}', 'coordinator')"
    );
    test.database.arrange(joins).await;
    let refused = refusal(&test.api.run_without_organization(coordinator, VIEWER).await);
    assert_eq!(broken(&refused), ("INVALID", Some(rules::ORGANIZATION_REQUIRED), None));
}

#[rstest]
#[case::of_others("nhf")]
#[case::that_is_nowhere("nobody")]
#[case::that_is_no_name("' or true --")]
#[tokio::test]
async fn organization_unknown(#[case] organization: &str) {
    let test = journey().await;
    let input = json!({ "name": "2025", "firstDate": "2025-01-01", "lastDate": "2025-12-31" });
    let refused = test
        .refused_to(test.hlf().coordinator, organization, "createReportPeriod", input)
        .await;
    assert_eq!(broken(&refused), forbidden(rules::ORGANIZATION_UNKNOWN));
}

#[tokio::test]
async fn organization_must_exist_and_be_active() {
    let test = journey().await;
    test.database
        .arrange("update organizations set is_active = false where slug = 'hlf'")
        .await;
    let generate = json!({ "reportPeriodId": test.period() });
    let refused = test.refused("generateReport", generate).await;
    assert_eq!(
        broken(&refused),
        forbidden(rules::ORGANIZATION_MUST_EXIST_AND_BE_ACTIVE)
    );
}

#[tokio::test]
async fn role_required() {
    let test = journey().await;
    let peer = test.hlf().peers[0];
    let refused = asks_in_vain(&test, peer, "{ reports { nodes { id } } }", json!({})).await;
    assert_eq!(broken(&refused), forbidden(rules::ROLE_REQUIRED));
    let input = json!({ "name": "2025", "firstDate": "2025-01-01", "lastDate": "2025-12-31" });
    let refused = test.refused_to(peer, "hlf", "createReportPeriod", input).await;
    assert_eq!(broken(&refused), forbidden(rules::ROLE_REQUIRED));
}

#[tokio::test]
async fn role_required_for_generation() {
    let test = journey().await;
    let peer = test.hlf().peers[0];
    let generate = json!({ "reportPeriodId": test.period() });
    let refused = test.refused_to(peer, "hlf", "generateReport", generate).await;
    assert_eq!(broken(&refused), forbidden(rules::ROLE_REQUIRED_FOR_GENERATION));
    let report = json!({ "reportId": test.ready().await });
    for again in ["retryReport", "regenerateReport"] {
        let refused = test.refused_to(peer, "hlf", again, report.clone()).await;
        assert_eq!(
            broken(&refused),
            forbidden(rules::ROLE_REQUIRED_FOR_GENERATION),
            "{again}"
        );
    }
}

#[tokio::test]
async fn role_required_for_export() {
    let test = journey().await;
    let peer = test.hlf().peers[0];
    let report = test.exported().await;
    let export = json!({ "reportId": report, "format": "CSV" });
    let file = test.exports(export.clone()).await["id"].clone();
    for (mutation, input) in [
        ("exportReport", export),
        ("confirmSubmission", json!({ "reportId": report })),
        ("createDownloadLink", json!({ "exportOperationId": file })),
    ] {
        let refused = test.refused_to(peer, "hlf", mutation, input).await;
        assert_eq!(
            broken(&refused),
            forbidden(rules::ROLE_REQUIRED_FOR_EXPORT),
            "{mutation}"
        );
    }
}

#[tokio::test]
async fn reopening_requires_org_admin() {
    let test = journey().await;
    let report = test.exported().await;
    let reopening = json!({ "reportId": report, "reason": "Wrong" });
    let refused = test.refused("reopenReport", reopening).await;
    assert_eq!(broken(&refused), forbidden(rules::REOPENING_REQUIRES_ORG_ADMIN));
}

/// Not found, without a rule that would tell that it exists; tests/it/isolation.rs tries all arguments.
#[tokio::test]
async fn tenant_isolation() {
    let test = journey().await;
    let report = test.ready().await;
    let stranger = test.database.fixture.nhf.admin;
    let period = opaque(ids::REPORT_PERIOD, test.hlf().period);
    for (mutation, input) in [
        ("generateReport", json!({ "reportPeriodId": period })),
        ("exportReport", json!({ "reportId": report, "format": "CSV" })),
        ("updateReportNotes", json!({ "reportId": report, "notes": "Mine" })),
    ] {
        let refused = test.refused_to(stranger, "nhf", mutation, input).await;
        assert_eq!(broken(&refused), ("NOT_FOUND", None, None), "{mutation}");
    }
}
