//! One call, or a few, of each root field of the schema, with who may make it. A new field has to be decided here:
//! tests/it/rights.rs compares these with the schema.

use bufdir_reports::kernel::id::IdKind;
use serde_json::{Value, json};

use super::custom_report;
use super::fixture::Organization;
use super::graphql::{data, opaque};
use super::journey::Journey;
use crate::support::ids;

/// A row of the rights' table (decisions, 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// The organization itself and one's own place in it.
    Enter,
    /// Reports; reading, previewing and running custom reports has the same line.
    Read,
    /// Periods, figures and notes; generations, exports and submissions have the same line.
    Work,
    Reopen,
    Download,
    /// The ledger, custom reports' definitions, the whole log, and who was let in for support.
    Ledger,
    /// Granting and revoking support access.
    Grant,
}

/// A root field and what is asked of it.
pub struct Call {
    pub root: &'static str,
    pub field: &'static str,
    pub row: Row,
    pub selection: &'static str,
    /// Arguments by which whoever has the right gets an answer, or a refusal as INVALID or CONFLICT.
    pub arguments: fn(&World) -> Vec<Value>,
}

/// Things of one organization, as clients know them.
pub struct World {
    pub period: String,
    pub report: String,
    pub export: String,
    pub file: String,
    pub ledger_export: String,
    pub custom_report: String,
    /// Another one, for whoever may delete it.
    pub spare_report: String,
    pub custom_report_run: String,
    /// A grant of support access, revoked.
    pub grant: String,
    pub global_admin: String,
    pub local_unit: String,
    pub person: String,
    pub organization: String,
}

const fn call(
    root: &'static str,
    field: &'static str,
    row: Row,
    selection: &'static str,
    arguments: fn(&World) -> Vec<Value>,
) -> Call {
    Call {
        root,
        field,
        row,
        selection,
        arguments,
    }
}

const REPORT: &str = "{ report { id status } }";
const PERIOD: &str = "{ reportPeriod { id name } }";
const EXPORT: &str = "{ exportOperation { id status } }";
const LEDGER_EXPORT: &str = "{ bufdirExport { id status } }";
const RUN: &str = "{ customReportRun { id status } }";
const CUSTOM_REPORT: &str = "{ customReport { id isActive } }";
const GRANT: &str = "{ supportAccess { id isActive } }";
const LIST: &str = "{ nodes { id } }";

fn input(input: Value) -> Vec<Value> {
    vec![json!({ "input": input })]
}

fn nothing(_: &World) -> Vec<Value> {
    vec![json!({})]
}

/// All root fields.
pub const CALLS: &[Call] = &[
    call("query", "viewer", Row::Enter, "{ id role rights }", nothing),
    call("query", "organization", Row::Enter, "{ id slug }", nothing),
    call("query", "organizationalUnits", Row::Enter, LIST, |world| {
        vec![json!({}), json!({ "parentId": world.local_unit })]
    }),
    call("query", "node", Row::Enter, "{ id }", |world| {
        let ids = [&world.person, &world.organization, &world.local_unit];
        ids.map(|id| json!({ "id": id })).into()
    }),
    call("query", "nodes", Row::Enter, "{ id }", |world| {
        vec![json!({ "ids": [world.person, world.local_unit] })]
    }),
    call("query", "formatVersions", Row::Read, "{ version }", nothing),
    call("query", "reportPeriods", Row::Read, LIST, nothing),
    call("query", "reports", Row::Read, LIST, nothing),
    call("query", "report", Row::Read, "{ id status }", |world| {
        vec![json!({ "id": world.report })]
    }),
    call("query", "reportPreview", Row::Read, "{ activityCount }", |world| {
        vec![json!({ "reportPeriodId": world.period })]
    }),
    call("query", "exportOperations", Row::Read, LIST, |world| {
        let filters = [
            json!({ "reportId": world.report }),
            json!({ "reportPeriodId": world.period }),
            json!({ "scopeUnitId": world.local_unit }),
        ];
        filters.map(|filter| json!({ "filter": filter })).into()
    }),
    call("query", "exportOperation", Row::Read, "{ id status }", |world| {
        vec![json!({ "id": world.export })]
    }),
    call("query", "supportAccess", Row::Ledger, LIST, nothing),
    call("query", "auditLog", Row::Ledger, LIST, |world| {
        let filters = [
            json!({ "actorId": world.person }),
            json!({ "supportAccessId": world.grant }),
            json!({ "subjectId": world.report }),
        ];
        filters.map(|filter| json!({ "filter": filter })).into()
    }),
    call(
        "mutation",
        "exportAuditLog",
        Row::Ledger,
        "{ url entryCount }",
        |world| {
            let filters = [
                json!({ "actorId": world.person }),
                json!({ "supportAccessId": world.grant }),
                json!({ "subjectId": world.report }),
            ];
            let inputs = filters.map(|filter| json!({ "input": { "format": "JSON_LINES", "filter": filter } }));
            inputs.into()
        },
    ),
    call("query", "bufdirExports", Row::Ledger, LIST, |world| {
        let filters = [
            json!({ "reportPeriodId": world.period }),
            json!({ "generatedById": world.person }),
        ];
        filters.map(|filter| json!({ "filter": filter })).into()
    }),
    call("query", "bufdirExport", Row::Ledger, "{ id status }", |world| {
        vec![json!({ "id": world.ledger_export })]
    }),
    call("query", "customReports", Row::Read, LIST, |world| {
        vec![json!({}), json!({ "filter": { "createdById": world.person } })]
    }),
    call("query", "customReport", Row::Read, "{ id isActive }", |world| {
        vec![json!({ "id": world.custom_report })]
    }),
    call("query", "customReportSources", Row::Read, "{ reportType }", nothing),
    call(
        "query",
        "previewCustomReport",
        Row::Read,
        "{ rows { cells { text } } }",
        |world| {
            vec![json!({
                "definition": custom_report::of_unit(&world.local_unit), "dateRange": { "type": "LAST_YEAR" },
            })]
        },
    ),
    call("query", "nextRuns", Row::Read, "", |_| {
        vec![json!({ "cron": "0 6 * * *" })]
    }),
    call("mutation", "createCustomReport", Row::Ledger, CUSTOM_REPORT, |world| {
        let mut new = custom_report::created();
        new["definition"] = custom_report::of_unit(&world.local_unit);
        input(new)
    }),
    call("mutation", "updateCustomReport", Row::Ledger, CUSTOM_REPORT, |world| {
        let definition = custom_report::of_unit(&world.local_unit);
        input(json!({ "id": world.custom_report, "definition": definition }))
    }),
    call(
        "mutation",
        "duplicateCustomReport",
        Row::Ledger,
        CUSTOM_REPORT,
        |world| input(json!({ "id": world.custom_report })),
    ),
    call(
        "mutation",
        "transferCustomReport",
        Row::Ledger,
        CUSTOM_REPORT,
        |world| input(json!({ "id": world.custom_report, "personId": world.person })),
    ),
    call("mutation", "deleteCustomReport", Row::Ledger, CUSTOM_REPORT, |world| {
        input(json!({ "id": world.spare_report }))
    }),
    call("mutation", "createBufdirExport", Row::Ledger, LEDGER_EXPORT, |world| {
        input(json!({
            "reportPeriodId": world.period, "format": "CSV", "scopeLevel": "LOCAL", "scopeUnitId": world.local_unit,
        }))
    }),
    call(
        "mutation",
        "regenerateBufdirExport",
        Row::Ledger,
        LEDGER_EXPORT,
        |world| input(json!({ "id": world.ledger_export })),
    ),
    call("mutation", "grantSupportAccess", Row::Grant, GRANT, |world| {
        input(json!({
            "globalAdmin": { "id": world.global_admin }, "reason": " ", "validUntil": "2026-03-04T09:00:00Z",
        }))
    }),
    call("mutation", "revokeSupportAccess", Row::Grant, GRANT, |world| {
        input(json!({ "id": world.grant }))
    }),
    call("mutation", "createReportPeriod", Row::Work, PERIOD, |_| {
        input(json!({ "name": "", "firstDate": "2025-01-01", "lastDate": "2025-12-31" }))
    }),
    call("mutation", "updateReportPeriod", Row::Work, PERIOD, |world| {
        input(json!({ "id": world.period, "name": "" }))
    }),
    call("mutation", "setPeriodFigures", Row::Work, PERIOD, |world| {
        input(json!({ "reportPeriodId": world.period, "figures": [] }))
    }),
    call("mutation", "generateReport", Row::Work, REPORT, |world| {
        input(json!({ "reportPeriodId": world.period }))
    }),
    call("mutation", "retryReport", Row::Work, REPORT, |world| {
        input(json!({ "reportId": world.report }))
    }),
    call("mutation", "regenerateReport", Row::Work, REPORT, |world| {
        input(json!({ "reportId": world.report }))
    }),
    call("mutation", "reopenReport", Row::Reopen, REPORT, |world| {
        input(json!({ "reportId": world.report, "reason": "Wrong" }))
    }),
    call("mutation", "updateReportNotes", Row::Work, REPORT, |world| {
        input(json!({ "reportId": world.report, "notes": "Remarks" }))
    }),
    call("mutation", "exportReport", Row::Work, EXPORT, |world| {
        let paper = json!({ "scopeLevel": "LOCAL", "scopeUnitId": world.local_unit });
        let Value::Object(mut export) = paper else {
            unreachable!()
        };
        export.extend([
            ("reportId".into(), json!(world.report)),
            ("format".into(), json!("CSV")),
        ]);
        input(Value::Object(export))
    }),
    call("mutation", "confirmSubmission", Row::Work, EXPORT, |world| {
        input(json!({ "reportId": world.report, "exportOperationId": world.export }))
    }),
    call("mutation", "createDownloadLink", Row::Download, "{ url }", |world| {
        let operation = input(json!({ "exportOperationId": world.export }));
        let file = input(json!({ "fileId": world.file }));
        [operation, file].concat()
    }),
    call("mutation", "createDownloadLink", Row::Ledger, "{ url }", |world| {
        input(json!({ "bufdirExportId": world.ledger_export }))
    }),
    call("query", "customReportRun", Row::Read, "{ id status }", |world| {
        vec![json!({ "id": world.custom_report_run })]
    }),
    call("mutation", "runCustomReport", Row::Read, RUN, |world| {
        input(json!({ "id": world.custom_report }))
    }),
    call("mutation", "cancelCustomReportRun", Row::Read, RUN, |world| {
        input(json!({ "id": world.custom_report_run }))
    }),
    call("mutation", "createDownloadLink", Row::Download, "{ url }", |world| {
        input(json!({ "customReportRunId": world.custom_report_run }))
    }),
    call(
        "subscription",
        "customReportRunUpdated",
        Row::Read,
        "{ id status }",
        |world| vec![json!({ "id": world.custom_report_run })],
    ),
    call(
        "subscription",
        "bufdirExportUpdated",
        Row::Ledger,
        "{ id status }",
        |world| vec![json!({ "id": world.ledger_export })],
    ),
    call("subscription", "reportUpdated", Row::Read, "{ id status }", |world| {
        vec![json!({ "id": world.report })]
    }),
    call(
        "subscription",
        "exportOperationUpdated",
        Row::Read,
        "{ id status }",
        |world| vec![json!({ "id": world.export })],
    ),
];

impl Journey {
    /// Reports of the organizations, exported, with what hangs on them.
    pub async fn worlds(&self, organizations: &[&Organization]) -> Vec<World> {
        let mut asked = Vec::new();
        for organization in organizations {
            let period = opaque(ids::REPORT_PERIOD, organization.period);
            let generate = json!({ "reportPeriodId": period });
            let report = self.done(organization, "generateReport", generate).await;
            asked.push(report["report"]["id"].as_str().unwrap().to_owned());
        }
        self.settle().await;
        let mut worlds = Vec::new();
        for (organization, report) in organizations.iter().zip(asked) {
            let accepted = ["MISSING_REQUIRED_BUFDIR_FIELDS_WARNING"];
            let export = json!({ "reportId": report, "format": "CSV", "acceptedWarnings": accepted });
            let export = self.done(organization, "exportReport", export).await;
            let export = export["exportOperation"]["id"].as_str().unwrap().to_owned();
            let ledger_export = self.kept(organization).await;
            let custom_report = self.defined(organization).await;
            let spare_report = self.defined(organization).await;
            let custom_report_run = self.run_in(organization, &custom_report).await;
            let grant = self.let_in_and_out(organization).await;
            let (_, uuid) = bufdir_reports::kernel::id::decode(&export.as_str().into()).unwrap();
            worlds.push(World {
                period: opaque(ids::REPORT_PERIOD, organization.period),
                report,
                export,
                file: opaque(ids::FILE, uuid),
                ledger_export,
                custom_report,
                spare_report,
                custom_report_run,
                grant,
                global_admin: opaque(ids::PERSON, self.database.fixture.global_admin),
                local_unit: opaque(ids::ORGANIZATIONAL_UNIT, organization.locals[0]),
                person: opaque(ids::PERSON, organization.coordinator),
                organization: opaque(ids::ORGANIZATION, organization.id),
            });
        }
        self.settle().await;
        worlds
    }

    /// An export of the ledger.
    async fn kept(&self, organization: &Organization) -> String {
        let period = opaque(ids::REPORT_PERIOD, organization.period);
        let input = json!({ "reportPeriodId": period, "format": "CSV" });
        let answer = self
            .administered(organization, "createBufdirExport", LEDGER_EXPORT, input)
            .await;
        answer["bufdirExport"]["id"].as_str().unwrap().to_owned()
    }

    /// A run of a custom report.
    async fn run_in(&self, organization: &Organization, report: &str) -> String {
        let input = json!({ "id": report });
        let answer = self.administered(organization, "runCustomReport", RUN, input).await;
        answer["customReportRun"]["id"].as_str().unwrap().to_owned()
    }

    /// A custom report.
    async fn defined(&self, organization: &Organization) -> String {
        let answer = self
            .administered(
                organization,
                "createCustomReport",
                CUSTOM_REPORT,
                custom_report::created(),
            )
            .await;
        answer["customReport"]["id"].as_str().unwrap().to_owned()
    }

    /// A grant of support access that lets nobody in any more.
    async fn let_in_and_out(&self, organization: &Organization) -> String {
        let input = json!({
            "globalAdmin": { "email": "global.admin@example.org" }, "reason": "help",
            "validUntil": self.database.now() + chrono::TimeDelta::hours(1),
        });
        let granted = self
            .administered(organization, "grantSupportAccess", GRANT, input)
            .await;
        let grant = granted["supportAccess"]["id"].as_str().unwrap().to_owned();
        self.administered(organization, "revokeSupportAccess", GRANT, json!({ "id": grant }))
            .await;
        grant
    }

    async fn administered(&self, organization: &Organization, mutation: &str, selection: &str, input: Value) -> Value {
        let taken = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        let document = format!("mutation ($input: {taken}!) {{ {mutation}(input: $input) {selection} }}");
        let arguments = json!({ "input": input });
        let answer = self
            .api
            .run(organization.admin, organization.slug, &document, arguments)
            .await;
        data(answer)[mutation].clone()
    }

    async fn done(&self, organization: &Organization, mutation: &str, input: Value) -> Value {
        let coordinator = organization.coordinator;
        data(self.api.mutate(coordinator, organization.slug, mutation, input).await)[mutation].clone()
    }
}

impl World {
    /// The id of this type.
    pub fn id(&self, kind: IdKind) -> &str {
        match kind {
            ids::REPORT_PERIOD => &self.period,
            ids::REPORT => &self.report,
            ids::EXPORT_OPERATION => &self.export,
            ids::FILE => &self.file,
            ids::BUFDIR_EXPORT => &self.ledger_export,
            ids::CUSTOM_REPORT => &self.custom_report,
            ids::CUSTOM_REPORT_RUN => &self.custom_report_run,
            ids::SUPPORT_ACCESS => &self.grant,
            ids::ORGANIZATIONAL_UNIT => &self.local_unit,
            ids::PERSON => &self.person,
            ids::ORGANIZATION => &self.organization,
            other => panic!("no {other:?} in this world"),
        }
    }
}
