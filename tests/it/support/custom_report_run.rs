//! Runs of custom reports, as HLF's people have them.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::graphql::{data, opaque};
use super::journey::{Journey, journey};
use crate::support::ids;

/// What tests look at of a run.
pub const RUN: &str =
    "id status trigger dueAt format dateFrom dateTo rowsSoFar rowCount controlTotals { column label sum hiddenCells }
    errorCode errorMessage requestedBy { name } startedAt completedAt cancelRequestedAt
    file { id fileName mediaType sizeBytes sha256 downloadCount }";

impl Journey {
    /// A definition of HLF's admin, past the API: hours of 2024 by unit as CSV, with these columns otherwise; its id.
    pub async fn custom_report(&self, otherwise: Value) -> Uuid {
        let organization = self.hlf();
        let id = self.database.new_id();
        let mut row = json!({
            "id": id, "organization_id": organization.id, "created_by_user_id": organization.admin, "name": "Timer per enhet",
            "report_type": "activities", "filters": { "version": 1 }, "groupings": [{ "by": "area" }],
            "columns": [{ "key": "hours", "aggregation": "sum" }], "output_format": "csv", "date_range_type": "fixed",
            "date_from": "2023-12-31T23:00:00Z", "date_to": "2024-12-31T22:59:59.999999Z", "is_scheduled": false,
            "is_active": true, "created_at": self.database.now(), "updated_at": self.database.now(), "language": "nb",
            "schedule_failures": 0,
        });
        let (Value::Object(row), Value::Object(otherwise)) = (&mut row, otherwise) else {
            panic!("columns are an object")
        };
        row.extend(otherwise);
        let row = Value::Object(row.clone()).to_string().replace('\'', "''");
        self.database
            .arrange(format!(
                "set local session_replication_role = replica;
                 insert into custom_reports select * from jsonb_populate_record(null::custom_reports, '{row}')"
            ))
            .await;
        id
    }

    /// The same with a schedule that comes due first at this time.
    pub async fn scheduled(&self, cron: &str, next: &str) -> Uuid {
        self.custom_report(json!({
            "is_scheduled": true, "schedule_cron": cron, "next_run_at": next, "date_range_type": "last_7_days",
            "date_from": null, "date_to": null,
        }))
        .await
    }

    /// A column of a definition, as text.
    pub async fn of_definition(&self, report: Uuid, column: &str) -> Option<String> {
        sqlx::query_scalar(AssertSqlSafe(format!(
            "select {column}::text from custom_reports where id = $1"
        )))
        .bind(report)
        .fetch_one(self.database.superuser())
        .await
        .unwrap()
    }

    /// What someone in HLF is answered to `runCustomReport`.
    pub async fn tries_to_run(&self, user: Uuid, report: Uuid, otherwise: Value) -> Value {
        let mutation = format!(
            "mutation ($input: RunCustomReportInput!) {{ runCustomReport(input: $input) {{ customReportRun {{ {RUN} }} }} }}"
        );
        let mut input = json!({ "id": opaque(ids::CUSTOM_REPORT, report) });
        input
            .as_object_mut()
            .unwrap()
            .extend(otherwise.as_object().unwrap().clone());
        self.api.run(user, "hlf", &mutation, json!({ "input": input })).await
    }

    /// A pending run that HLF's coordinator asked for; its id.
    pub async fn asked_to_run(&self, report: Uuid, otherwise: Value) -> String {
        let answer = data(self.tries_to_run(self.hlf().coordinator, report, otherwise).await);
        let run = &answer["runCustomReport"]["customReportRun"];
        assert_eq!(run["status"], "PENDING", "{run}");
        run["id"].as_str().unwrap().to_owned()
    }

    /// A run that has ended.
    pub async fn ran(&self, report: Uuid, otherwise: Value) -> Value {
        let run = self.asked_to_run(report, otherwise).await;
        self.settle().await;
        self.shown_run(&run).await
    }

    pub async fn shown_run(&self, run: &str) -> Value {
        let query = format!("query ($id: ID!) {{ customReportRun(id: $id) {{ {RUN} }} }}");
        self.asks(&query, json!({ "id": run })).await["customReportRun"].clone()
    }

    /// What someone in HLF is answered to `cancelCustomReportRun`.
    pub async fn tries_to_cancel(&self, user: Uuid, run: &str) -> Value {
        let mutation = format!(
            "mutation ($id: ID!) {{ cancelCustomReportRun(input: {{ id: $id }}) {{ customReportRun {{ {RUN} }} }} }}"
        );
        self.api.run(user, "hlf", &mutation, json!({ "id": run })).await
    }

    /// Status and due time of all runs, in the order of those.
    pub async fn due_runs(&self) -> Vec<(String, DateTime<Utc>)> {
        sqlx::query_as("select status, due_at from custom_report_runs where due_at is not null order by due_at")
            .fetch_all(self.database.superuser())
            .await
            .unwrap()
    }

    /// Actions of HLF's log about custom reports, runs and files, in order.
    pub async fn custom_report_trail(&self) -> Vec<(String, String)> {
        let sql = "select action, actor_kind from audit_logs
            where subject_type in ('custom_report', 'custom_report_run', 'file') order by sequence";
        sqlx::query_as(sql).fetch_all(self.database.superuser()).await.unwrap()
    }

    /// What someone in HLF is answered to a link to the run's file.
    pub async fn tries_to_link(&self, user: Uuid, run: &str) -> Value {
        let mutation = "mutation ($id: ID!) { createDownloadLink(input: { customReportRunId: $id }) { url } }";
        self.api.run(user, "hlf", mutation, json!({ "id": run })).await
    }
}

/// HLF with two activity-days, of 90 and of 45 minutes, in two units.
pub async fn with_activities() -> Journey {
    let journey = journey().await;
    let hlf = journey.hlf();
    let group = |minutes| {
        let activity = journey.database.activity(hlf);
        activity.day("2024-03-05", minutes, &hlf.contacts[..6], 0)
    };
    group(90).insert().await;
    group(45).unit(hlf.locals[1]).insert().await;
    journey
}

/// The uuid of a run that clients know by this id.
pub fn run_id(run: &str) -> Uuid {
    ids::CUSTOM_REPORT_RUN.decode(&run.into(), "id").unwrap()
}
