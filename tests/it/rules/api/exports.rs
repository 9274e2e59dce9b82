//! What is asked of an export.

use ::bufdir_reports::kernel::id::Kind;
use ::bufdir_reports::kernel::rule::Rule;
use serde_json::{Value, json};

use super::{broken, conflict, invalid};
use crate::support::graphql::opaque;
use crate::support::journey::journey;

#[tokio::test]
async fn scope_id_required_for_non_national() {
    let test = journey().await;
    let report = test.ready().await;
    let unit = opaque(Kind::OrganizationalUnit, test.hlf().region);
    for (level, unit) in [
        ("REGION", Value::Null),
        ("LOCAL", Value::Null),
        ("NATIONAL", json!(unit)),
    ] {
        let export = json!({ "reportId": report, "format": "CSV", "scopeLevel": level, "scopeUnitId": unit });
        let refused = test.refused("exportReport", export).await;
        let at_fault = invalid(Rule::ScopeIdRequiredForNonNational, "input.scopeUnitId");
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
        let unit = opaque(Kind::OrganizationalUnit, unit);
        let export = json!({ "reportId": report, "format": "CSV", "scopeLevel": level, "scopeUnitId": unit });
        let refused = test.refused("exportReport", export).await;
        let at_fault = invalid(Rule::ScopeUnitHasItsLevel, "input.scopeUnitId");
        assert_eq!(broken(&refused), at_fault, "{level}");
    }
}

/// The same report, scope and format; what differs in one of them goes on beside it, and so does the next one later.
#[tokio::test]
async fn one_pending_export() {
    let test = journey().await;
    let report = test.ready().await;
    let unit = opaque(Kind::OrganizationalUnit, test.hlf().region);
    let national = json!({ "reportId": report, "format": "CSV" });
    let regional = json!({ "reportId": report, "format": "CSV", "scopeLevel": "REGION", "scopeUnitId": unit });
    test.does("exportReport", national.clone()).await;
    test.does("exportReport", regional.clone()).await;
    test.does("exportReport", json!({ "reportId": report, "format": "PDF" }))
        .await;
    for again in [&national, &regional] {
        let refused = test.refused("exportReport", again.clone()).await;
        assert_eq!(broken(&refused), conflict(Rule::OnePendingExport));
    }
    let in_english = json!({ "reportId": report, "format": "CSV", "language": "EN" });
    let refused = test.refused("exportReport", in_english).await;
    assert_eq!(broken(&refused), conflict(Rule::OnePendingExport));
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
        ("INVALID", Some(Rule::FileUrlRequiresCompleteStatus), None)
    );
    test.settle().await;
    test.does("createDownloadLink", link).await;
}
