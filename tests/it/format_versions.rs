//! Versions of Bufdir's format that this program does not ship: one that it cannot read, and one with other fields.

use serde_json::{Value, json};

use crate::support::graphql::{opaque, refusal, value_of};
use crate::support::ids;
use crate::support::journey::{Journey, journey};
use crate::support::rows::SHIPPED_FORMAT;
use crate::support::rules;

const PREVIEW: &str =
    "query ($id: ID!) { reportPreview(reportPeriodId: $id) { formatVersion figures { field value } } }";

/// As a newer program's migration would have stored it, for the year 2022.
pub async fn store_unreadable(test: &Journey) {
    let sql = "set local session_replication_role = replica;
        insert into format_versions (version, basis_years, fields, rules, rules_hash)
        values ('2022-v9', '[2022,2023)', '[{\"id\": \"AK01\", \"source\": {\"weighed\": 2}}]', '{\"scales\": 1}', '\\x00')";
    test.database.arrange(sql).await;
}

#[tokio::test]
async fn a_version_that_cannot_be_read_costs_no_other_year_its_answers() {
    let test = journey().await;
    let report = test.ready().await;
    let figures = test.report(&report, "figures { field value }").await;
    let preview = test.asks(PREVIEW, json!({ "id": test.period() })).await;
    store_unreadable(&test).await;

    let versions = test.asks(
        "{ formatVersions { version isReadable firstBasisYear rules fields { id } } }",
        json!({}),
    );
    let versions = versions.await["formatVersions"].clone();
    assert_eq!(versions.as_array().unwrap().len(), 3);
    assert_eq!(
        versions[0],
        json!({ "version": "2022-v9", "isReadable": false, "firstBasisYear": 2022, "rules": { "scales": 1 }, "fields": [] })
    );
    assert_eq!(value_of(&versions, "version", "2024-v2")["isReadable"], true);
    assert_eq!(test.report(&report, "figures { field value }").await, figures);
    assert_eq!(test.asks(PREVIEW, json!({ "id": test.period() })).await, preview);
    test.exports(json!({ "reportId": report, "format": "CSV" })).await;
    assert_eq!(ledger_export(&test).await, "COMPLETED");
    let year = json!({ "name": "2023", "firstDate": "2023-01-01", "lastDate": "2023-12-31" });
    let year = test.does("createReportPeriod", year).await["reportPeriod"]["id"].clone();
    let report = test.generated(year.as_str().unwrap()).await;
    assert_eq!(test.status(&report).await, "READY");
}

/// A report that a newer program generated is there, and its figures and files are told to be out of reach.
#[tokio::test]
async fn a_report_of_a_version_that_cannot_be_read_says_so() {
    let test = journey().await;
    let report = test.ready().await;
    let unreadable = "set local session_replication_role = replica;
        update format_versions set rules = '{}' where version = '2024-v2'";
    test.database.arrange(unreadable).await;

    assert_eq!(test.status(&report).await, "READY");
    let query = "query ($id: ID!) { report(id: $id) { figures { field } } }";
    let answer = test
        .api
        .run(test.hlf().coordinator, "hlf", query, json!({ "id": report }))
        .await;
    let refusal = refusal(&answer);
    assert_eq!(refusal.rule.as_deref(), Some(rules::FORMAT_VERSION_READABLE.name()));
    assert!(refusal.message.contains("2024-v2"), "{}", refusal.message);

    let asked = test
        .does("exportReport", json!({ "reportId": report, "format": "CSV" }))
        .await;
    test.settle().await;
    let operation = test.operation(&asked["exportOperation"]["id"]).await;
    assert_eq!(operation["status"], "FAILED", "{operation}");
    assert_eq!(operation["errorCode"], "MAPPING_INCOMPLETE", "{operation}");
    assert!(
        operation["errorMessage"].as_str().unwrap().contains("2024-v2"),
        "{operation}"
    );
}

/// No AK06, another sum, and a figure of another source: what a file needs of a field is in the version's data.
#[tokio::test]
async fn a_version_with_other_fields_is_generated_and_exported() {
    let test = journey().await;
    replace_2024(&test, |version| {
        let fields = version["fields"].as_array_mut().unwrap();
        fields.retain(|field| field["id"] != "AK06");
        let peers = fields.iter_mut().find(|field| field["id"] == "OR05").unwrap();
        peers["source"] = json!("typed");
        peers["required"] = json!(false);
        fields.push(json!({
            "id": "PE09", "label": { "nb": "Kursdager og deltakere", "en": "Course days and people" }, "type": "integer",
            "source": { "computed": ["AK05", "PE02"] }, "required": true,
        }));
        let compared = version["rules"]["warnings"]["year_on_year_fields"].as_array_mut().unwrap();
        compared.retain(|field| field != "AK06");
    })
    .await;
    let report = test.ready().await;
    let shown = test.report(&report, "figures { field value source }").await;
    let sum = value_of(&shown["figures"], "field", "PE09");
    assert_eq!(sum, &json!({ "field": "PE09", "value": "3", "source": "COMPUTED" }));
    assert_eq!(value_of(&shown["figures"], "field", "OR05")["source"], "TYPED_IN");

    for format in ["CSV", "XLSX", "PDF"] {
        test.exports(json!({ "reportId": report, "format": format })).await;
    }
    let csv = test.exports(json!({ "reportId": report, "format": "CSV" })).await;
    let csv = String::from_utf8(test.file(&csv).await).unwrap();
    assert!(csv.contains("PE09;Kursdager og deltakere;3;"), "{csv}");
    assert!(!csv.contains("AK06"), "{csv}");

    // A sum with few persons in it is not shown of a unit either.
    let unit = opaque(ids::ORGANIZATIONAL_UNIT, test.hlf().locals[0]);
    let paper = json!({ "reportId": report, "format": "CSV", "scopeLevel": "LOCAL", "scopeUnitId": unit });
    let paper = test.exports(paper).await;
    let paper = String::from_utf8(test.file(&paper).await).unwrap();
    assert!(paper.contains("PE09;Kursdager og deltakere;<5;"), "{paper}");
    assert_eq!(ledger_export(&test).await, "COMPLETED");
}

/// A total that does not add up is no file's.
#[tokio::test]
async fn a_report_whose_sums_do_not_hold_is_not_exported() {
    let test = journey().await;
    let report = test.ready().await;
    let wrong = "set local session_replication_role = replica;
        update report_generations set report_data = jsonb_set(report_data, '{AK04}', '7')";
    test.database.arrange(wrong).await;
    let asked = test
        .does("exportReport", json!({ "reportId": report, "format": "CSV" }))
        .await;
    test.settle().await;
    let operation = test.operation(&asked["exportOperation"]["id"]).await;
    assert_eq!(operation["errorCode"], "AGGREGATION_FAILED", "{operation}");
}

/// The status of a ledger export of 2024 once workers are done with it.
async fn ledger_export(test: &Journey) -> String {
    let id = test.asks_for_ledger_export("CSV").await;
    test.settle().await;
    let query = "query ($id: ID!) { bufdirExport(id: $id) { status } }";
    let answer = test.api.run(test.hlf().admin, "hlf", query, json!({ "id": id })).await;
    answer["data"]["bufdirExport"]["status"].as_str().unwrap().to_owned()
}

/// Puts another version in the place of the shipped one, the way that a migration does.
async fn replace_2024(test: &Journey, change: impl FnOnce(&mut Value)) {
    let mut version: Value = serde_json::from_str(SHIPPED_FORMAT).unwrap();
    change(&mut version);
    let sql = format!(
        "set local session_replication_role = replica;
         delete from format_versions where version = '2024-v2';
         set local session_replication_role = origin;
         select app.add_format_version($version${version}$version$);"
    );
    test.database.arrange(sql).await;
}
