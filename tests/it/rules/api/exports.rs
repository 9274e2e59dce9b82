//! What is asked of an export.

use serde_json::{Value, json};

use super::{broken, conflict, invalid};
use crate::support::graphql::opaque;
use crate::support::ids;
use crate::support::journey::journey;
use crate::support::rules;

#[tokio::test]
async fn scope_id_required_for_non_national() {
    let test = journey().await;
    let report = test.ready().await;
    let unit = opaque(ids::ORGANIZATIONAL_UNIT, test.hlf().region);
    for (level, unit) in [
        ("REGION", Value::Null),
        ("LOCAL", Value::Null),
        ("NATIONAL", json!(unit)),
    ] {
        let export = json!({ "reportId": report, "format": "CSV", "scopeLevel": level, "scopeUnitId": unit });
        let refused = test.refused("exportReport", export).await;
        let at_fault = invalid(rules::SCOPE_ID_REQUIRED_FOR_NON_NATIONAL, "input.scopeUnitId");
        assert_eq!(broken(&refused), at_fault, "{level}");
    }
}

#[tokio::test]
async fn scope_unit_has_its_level() {
    let test = journey().await;
    let report = test.ready().await;
    let hlf = test.hlf();
    for (level, unit) in [
        ("REGION", hlf.locals[0]),
        ("LOCAL", hlf.region),
        ("LOCAL", hlf.national),
    ] {
        let unit = opaque(ids::ORGANIZATIONAL_UNIT, unit);
        let export = json!({ "reportId": report, "format": "CSV", "scopeLevel": level, "scopeUnitId": unit });
        let refused = test.refused("exportReport", export).await;
        let at_fault = invalid(rules::SCOPE_UNIT_HAS_ITS_LEVEL, "input.scopeUnitId");
        assert_eq!(broken(&refused), at_fault, "{level}");
    }
}

/// The same report, scope and format; what differs in one of them goes on beside it, and so does the next one later.
#[tokio::test]
async fn one_pending_export() {
    let test = journey().await;
    let report = test.ready().await;
    let unit = opaque(ids::ORGANIZATIONAL_UNIT, test.hlf().region);
    let national = json!({ "reportId": report, "format": "CSV" });
    let regional = json!({ "reportId": report, "format": "CSV", "scopeLevel": "REGION", "scopeUnitId": unit });
    test.does("exportReport", national.clone()).await;
    test.does("exportReport", regional.clone()).await;
    test.does("exportReport", json!({ "reportId": report, "format": "PDF" }))
        .await;
    for again in [&national, &regional] {
        let refused = test.refused("exportReport", again.clone()).await;
        assert_eq!(broken(&refused), conflict(rules::ONE_PENDING_EXPORT));
    }
    let in_english = json!({ "reportId": report, "format": "CSV", "language": "EN" });
    let refused = test.refused("exportReport", in_english).await;
    assert_eq!(broken(&refused), conflict(rules::ONE_PENDING_EXPORT));
    test.settle().await;
    test.exports(national).await;
}

/// A link needs a file.
#[tokio::test]
async fn file_url_requires_complete_status() {
    let test = journey().await;
    let report = test.ready().await;
    let asked = test
        .does("exportReport", json!({ "reportId": report, "format": "CSV" }))
        .await;
    let link = json!({ "exportOperationId": asked["exportOperation"]["id"] });
    let refused = test.refused("createDownloadLink", link.clone()).await;
    assert_eq!(
        broken(&refused),
        ("INVALID", Some(rules::FILE_URL_REQUIRES_COMPLETE_STATUS), None)
    );
    test.settle().await;
    test.does("createDownloadLink", link).await;
}
