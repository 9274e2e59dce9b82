//! A report taken through its life by the API and by workers, as people do it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bufdir_reports::custom_report::RunCustomReport;
use bufdir_reports::export::storage::Storage;
use bufdir_reports::kernel::db::Database;
use bufdir_reports::kernel::jobs::{Recovery, Runner, Services};
use bufdir_reports::ledger::RunLedgerExport;
use bufdir_reports::report::{GenerateReport, RunReportExport};
use chrono::TimeDelta;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::database::{TestDatabase, database};
use super::fixture::Organization;
use super::graphql::{GraphQl, Refusal, data, opaque, refusal};
use super::workbook::assert_well_formed;
use crate::support::ids;

/// Tables that the API writes, by which it shows that nothing changed.
const WRITTEN: [&str; 14] = [
    "report_periods",
    "period_figures",
    "bufdir_reports",
    "report_generations",
    "report_warnings",
    "frozen_days",
    "bufdir_export_audit_log",
    "bufdir_exports",
    "pending_exports",
    "custom_reports",
    "custom_report_runs",
    "files",
    "job_progress",
    "audit_logs",
];

const OPERATION: &str = "query ($id: ID!) { exportOperation(id: $id) {
    status errorCode errorMessage file { id fileName sizeBytes sha256 } requestedBy { name } participantCount
    scopeUnit { name } submissionReference } }";

/// The API, workers and a storage over one database. People act in HLF where nothing else is said.
pub struct Journey {
    pub database: TestDatabase,
    pub api: GraphQl,
    pub storage: Storage,
    pub folder: TempDir,
}

/// Starts with the fixture alone: the period 2024, no activities.
pub async fn journey() -> Journey {
    let database = database().await;
    let folder = tempfile::tempdir().unwrap();
    let storage = Storage::open(folder.path().to_str().unwrap(), []).unwrap();
    Journey {
        api: GraphQl::storing(&database, storage.clone()),
        storage,
        folder,
        database,
    }
}

impl Journey {
    pub fn hlf(&self) -> &Organization {
        &self.database.fixture.hlf
    }

    /// The fixture's period, as clients know it.
    pub fn period(&self) -> String {
        opaque(ids::REPORT_PERIOD, self.hlf().period)
    }

    /// What a query answers to HLF's coordinator.
    pub async fn asks(&self, query: &str, variables: Value) -> Value {
        data(self.api.run(self.hlf().coordinator, "hlf", query, variables).await)
    }

    /// HLF's coordinator does something that has to succeed. A second goes by, as it does between people's steps.
    pub async fn does(&self, mutation: &str, input: Value) -> Value {
        self.does_as(self.hlf().coordinator, mutation, input).await
    }

    pub async fn does_as(&self, user: Uuid, mutation: &str, input: Value) -> Value {
        self.database.clock.advance(TimeDelta::seconds(1));
        let answer = data(self.api.mutate(user, "hlf", mutation, input).await);
        answer[mutation].clone()
    }

    /// HLF's coordinator tries something that has to be refused, and that changes nothing.
    pub async fn refused(&self, mutation: &str, input: Value) -> Refusal {
        self.refused_to(self.hlf().coordinator, "hlf", mutation, input).await
    }

    pub async fn refused_to(&self, user: Uuid, organization: &str, mutation: &str, input: Value) -> Refusal {
        let before = self.state().await;
        let answer = self.api.mutate(user, organization, mutation, input.clone()).await;
        assert_eq!(answer["data"], Value::Null, "{mutation} {input}");
        assert_eq!(
            self.state().await,
            before,
            "refused, and yet changed: {mutation} {input}"
        );
        refusal(&answer)
    }

    /// All rows that the API writes, and what waits in the queue.
    pub async fn state(&self) -> Value {
        let tables = WRITTEN.map(|table| {
            format!("'{table}', (select jsonb_agg(to_jsonb(t) order by to_jsonb(t)::text) from {table} t)")
        });
        let queue = "'queue', (select count(*) from graphile_worker._private_jobs)";
        let sql = format!("select jsonb_build_object({}, {queue})", tables.join(", "));
        sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_one(self.database.superuser())
            .await
            .unwrap()
    }

    /// Workers for reports and the ledger, which take a silent worker for dead after two seconds.
    pub fn runner(&self, database: Database) -> Runner {
        let services = Services::default().with(self.storage.clone());
        Runner::new(database, Arc::clone(&self.database.clock) as _, services)
            .job::<GenerateReport>()
            .job::<RunReportExport>()
            .job::<RunLedgerExport>()
            .job::<RunCustomReport>()
            .recovery(Recovery {
                heartbeat: Duration::from_millis(200),
                patience: Duration::from_secs(2),
                sweep: Duration::from_millis(200),
            })
    }

    /// Lets workers do all that waits: until no generation and no export is under way.
    pub async fn settle(&self) {
        self.works_until(
            "select (select count(*) from bufdir_reports where status in ('pending', 'generating'))
                + (select count(*) from bufdir_export_audit_log where status = 'pending')
                + (select count(*) from custom_report_runs where status in ('pending', 'running')) = 0",
        )
        .await;
    }

    /// Lets workers work until the condition, a boolean query, holds.
    pub async fn works_until(&self, condition: &'static str) {
        let shutdown = CancellationToken::new();
        let working = tokio::spawn(self.runner(self.database.app().clone()).run(shutdown.clone(), 4));
        self.reaches(condition).await;
        shutdown.cancel();
        working.await.unwrap();
    }

    /// The ledger's export of 2024 as its admin asks for it; its id.
    pub async fn asks_for_ledger_export(&self, format: &str) -> String {
        let input = json!({ "reportPeriodId": self.period(), "format": format });
        let mutation = "mutation ($input: CreateBufdirExportInput!) { createBufdirExport(input: $input) {
            bufdirExport { id } } }";
        let asked = self
            .api
            .run(self.hlf().admin, "hlf", mutation, json!({ "input": input }));
        let id = &data(asked.await)["createBufdirExport"]["bufdirExport"]["id"];
        id.as_str().unwrap().to_owned()
    }

    /// Waits until the condition, a boolean query, holds.
    pub async fn reaches(&self, condition: &'static str) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !sqlx::query_scalar::<_, bool>(condition)
            .fetch_one(self.database.superuser())
            .await
            .unwrap()
        {
            assert!(Instant::now() < deadline, "never: {condition}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// A conversation group of three contacts that counts, on a day of 2024; its id.
    pub async fn counted_activity(&self, date: &str) -> Uuid {
        let hlf = self.hlf();
        let activity = self.database.activity(hlf);
        activity.day(date, 90, &hlf.contacts[..3], 0).insert().await
    }

    /// One activity of each verdict that a few can show, one pending, one rejected.
    pub async fn activities_of_each_sort(&self) {
        let hlf = self.hlf();
        let group = || self.database.activity(hlf);
        let contacts = &hlf.contacts;
        group().day("2024-03-05", 90, &contacts[..3], 0).insert().await;
        group().day("2024-03-12", 90, &contacts[..3], 1).insert().await;
        group().day("2024-03-19", 30, &contacts[..3], 0).insert().await;
        group().day("2024-03-26", 90, &contacts[..2], 0).insert().await;
        let call = group().kind("outreach").mode("phone");
        call.day("2024-04-02", 20, &contacts[3..4], 0).insert().await;
        group()
            .status("pending")
            .day("2024-05-07", 90, &contacts[4..8], 0)
            .insert()
            .await;
        group()
            .status("rejected")
            .day("2024-05-14", 90, &contacts[8..], 0)
            .insert()
            .await;
    }

    /// Types in all figures that Bufdir requires.
    pub async fn figures_typed_in(&self, period: &str) {
        let integer = |field: &str, value: i32| json!({ "field": field, "value": { "integer": value } });
        let document = |field: &str| json!({ "field": field, "value": { "document": { "reference": "arkiv/1" } } });
        let figures = json!([
            integer("OR01", 1200),
            integer("OR02", 12),
            integer("OR03", 4),
            integer("OR04", 3),
            document("VE01"),
            document("VE02"),
            document("VE03"),
        ]);
        self.does(
            "setPeriodFigures",
            json!({ "reportPeriodId": period, "figures": figures }),
        )
        .await;
    }

    /// The period's report, generated; its id.
    pub async fn generated(&self, period: &str) -> String {
        let asked = self.does("generateReport", json!({ "reportPeriodId": period })).await;
        self.settle().await;
        asked["report"]["id"].as_str().unwrap().to_owned()
    }

    /// HLF's report of 2024 with two counted activities, all figures, and no warning.
    pub async fn ready(&self) -> String {
        self.counted_activity("2024-03-05").await;
        self.counted_activity("2024-04-09").await;
        self.figures_typed_in(&self.period()).await;
        let report = self.generated(&self.period()).await;
        assert_eq!(self.status(&report).await, "READY");
        report
    }

    /// The same, exported.
    pub async fn exported(&self) -> String {
        let report = self.ready().await;
        self.exports(json!({ "reportId": report, "format": "CSV" })).await;
        assert_eq!(self.status(&report).await, "EXPORTED");
        report
    }

    /// HLF's coordinator exports; the complete operation with its id.
    pub async fn exports(&self, input: Value) -> Value {
        self.exports_as(self.hlf().coordinator, input).await
    }

    pub async fn exports_as(&self, user: Uuid, input: Value) -> Value {
        let asked = self.does_as(user, "exportReport", input).await;
        self.settle().await;
        let operation = self.operation(&asked["exportOperation"]["id"]).await;
        assert_eq!(operation["status"], "COMPLETE", "{operation}");
        operation
    }

    /// An export operation as it is now, with its id.
    pub async fn operation(&self, id: &Value) -> Value {
        let mut operation = self.asks(OPERATION, json!({ "id": id })).await["exportOperation"].clone();
        operation["id"] = id.clone();
        operation
    }

    /// The bytes of a complete export's file, as the storage has them. A workbook keeps its format's rules.
    pub async fn file(&self, operation: &Value) -> Vec<u8> {
        let file = ids::FILE
            .decode(&operation["file"]["id"].as_str().unwrap().into(), "id")
            .unwrap();
        let key: String = sqlx::query_scalar("select storage_key from files where id = $1")
            .bind(file)
            .fetch_one(self.database.superuser())
            .await
            .unwrap();
        let bytes: Vec<u8> = self.storage.get(&key).await.unwrap().into();
        if bytes.starts_with(b"PK") {
            assert_well_formed(&bytes);
        }
        bytes
    }

    pub async fn status(&self, report: &str) -> String {
        let report = self.report(report, "status").await;
        report["status"].as_str().unwrap().to_owned()
    }

    /// Some fields of a report.
    pub async fn report(&self, report: &str, fields: &str) -> Value {
        let query = format!("query ($id: ID!) {{ report(id: $id) {{ {fields} }} }}");
        self.asks(&query, json!({ "id": report })).await["report"].clone()
    }

    /// The report's trail in its order: type, actor's kind, name and role, message, code of a warning.
    pub async fn trail(&self, report: &str) -> Vec<Value> {
        let fields = "auditTrail(first: 200) { nodes {
            sequence time type message warningCode details actor { kind name role } } }";
        let trail = self.report(report, fields).await;
        trail["auditTrail"]["nodes"].as_array().unwrap().clone()
    }
}
