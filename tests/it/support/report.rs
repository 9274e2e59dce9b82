//! Reports in each status, with what hangs on them, within a sandbox.

use std::fmt::Display;

use bufdir_reports::kernel::actor::Standing;
use uuid::Uuid;

use super::fixture::{Fixture, Organization};
use super::rows::{self, Row};
use super::sandbox::{NOW, Sandbox, id};

/// The data of the generation, as all reports here have it.
pub const DATA: &str = r#"{"GA01": 1}"#;

/// SHA-256 of [`DATA`]'s canonical form.
const DATA_HASH: &str = "\\xb039ba322dc5c6698ee57d18867afd29fd7ed8f428c8cf58ddb01b643c5f11e0";

/// The report of 2024 and its first generation.
pub struct Report {
    pub id: Uuid,
    pub generation: Uuid,
}

impl Report {
    pub fn update(&self, assignments: &str) -> String {
        format!("update bufdir_reports set {assignments} where id = '{}'", self.id)
    }

    pub fn update_generation(&self, assignments: &str) -> String {
        format!(
            "update report_generations set {assignments} where id = '{}'",
            self.generation
        )
    }
}

/// What a completed generation writes into the report's columns.
pub fn ready_columns(organization: &Organization) -> String {
    format!(
        "status = 'ready', current_generation = 1, report_data = '{DATA}', activity_count = 1, participant_count = 2,
         volunteer_count = 1, total_hours = 1.5, generated_at = '{NOW}', generated_by_user_id = '{}'",
        organization.coordinator
    )
}

/// What a national export writes into the report's columns.
pub fn exported_columns(organization: &Organization) -> String {
    format!(
        "status = 'exported', export_format = 'xlsx', exported_at = '{NOW}', exported_by_user_id = '{}',
         export_file_path = 'reports/1.xlsx'",
        organization.coordinator
    )
}

/// The trail's entry without which no export commits.
pub fn exported_entry(organization: &Organization, report: Uuid) -> Row {
    rows::audit_entry(organization)
        .with("actor_kind", "worker")
        .with("action", "exported")
        .with("report_id", report)
        .with("message", "Exported as xlsx.")
}

impl Sandbox {
    /// Takes the report of 2024 to the status as the application does, and stays entered as the system.
    pub async fn report(&self, status: &str) -> Report {
        let hlf = self.hlf();
        let report = Report {
            id: id(),
            generation: id(),
        };
        self.becomes(Standing::Coordinator).await;
        self.does(&report_row(hlf).with("id", report.id).insert()).await;
        self.becomes(Standing::System).await;
        if status == "pending" {
            return report;
        }
        self.does(&report.update("status = 'generating'")).await;
        match status {
            "generating" => return report,
            "failed" => {
                self.does(&report.update("status = 'failed', failure_reason = 'It failed.'"))
                    .await;
                return report;
            }
            _ => {}
        }
        self.does(&generation(hlf, report.id).with("id", report.generation).insert())
            .await;
        self.does(&report.update(&ready_columns(hlf))).await;
        if status == "exported" {
            self.does(&report.update(&exported_columns(hlf))).await;
            self.does(&exported_entry(hlf, report.id).insert()).await;
        }
        report
    }

    /// A pending national export of the report's generation; its id.
    pub async fn pending_export(&self, report: &Report) -> Uuid {
        let export_id = id();
        self.does(&export(self.hlf(), report).with("id", export_id).insert())
            .await;
        export_id
    }

    /// Opens the way for a worker to record an export's result.
    pub async fn enters_the_export_audit_service(&self) {
        self.becomes(Standing::System).await;
        self.does("select app.enter_export_audit_service()").await;
    }
}

/// The report of 2024, asked for by the coordinator.
pub fn report_row(organization: &Organization) -> Row {
    let columns: [(&str, &dyn Display); 10] = [
        ("organization_id", &organization.id),
        ("id", &id()),
        ("report_period_id", &organization.period),
        ("reporting_period_start", &"2023-12-31T23:00:00Z"),
        ("reporting_period_end", &"2024-12-31T22:59:59.999999Z"),
        ("status", &"pending"),
        ("bufdir_format_version", &"2024-v2"),
        ("requested_by_user_id", &organization.coordinator),
        ("created_at", &NOW),
        ("updated_at", &NOW),
    ];
    Row::new("bufdir_reports", &columns)
}

pub fn generation(organization: &Organization, report: Uuid) -> Row {
    let columns: [(&str, &dyn Display); 19] = [
        ("organization_id", &organization.id),
        ("id", &id()),
        ("report_id", &report),
        ("number", &1),
        ("format_version", &"2024-v2"),
        ("rules_hash", &"\\x01"),
        ("report_data", &DATA),
        ("data_hash", &DATA_HASH),
        ("activity_count", &1),
        ("participant_count", &2),
        ("volunteer_count", &1),
        ("total_hours", &"1.5"),
        ("pending_activities", &0),
        ("rejected_activities", &0),
        ("verdict_days", &r#"{"COUNTED": 1}"#),
        ("organization_name", &"HLF"),
        ("period_name", &"2024"),
        ("generated_at", &NOW),
        ("generated_by_user_id", &organization.coordinator),
    ];
    Row::new("report_generations", &columns)
}

pub fn warning(organization: &Organization, generation: Uuid) -> Row {
    let columns: [(&str, &dyn Display); 6] = [
        ("organization_id", &organization.id),
        ("generation_id", &generation),
        ("code", &"overlapping_activities"),
        ("message_nb", &"To aktiviteter overlapper."),
        ("message_en", &"Two activities overlap."),
        ("raised_at", &NOW),
    ];
    Row::new("report_warnings", &columns)
}

pub fn frozen_day(organization: &Organization, generation: Uuid) -> Row {
    let columns: [(&str, &dyn Display); 14] = [
        ("organization_id", &organization.id),
        ("generation_id", &generation),
        ("activity_id", &id()),
        ("local_date", &"2024-03-05"),
        ("kind", &"group"),
        ("mode", &"in_person"),
        ("unit_id", &organization.locals[0]),
        ("unit_name", &"Bergen"),
        ("minutes", &90),
        ("participants", &2),
        ("anonymous_participants", &0),
        ("verdict", &"COUNTED"),
        ("activity_status", &"approved"),
        ("content_hash", &"\\x01"),
    ];
    Row::new("frozen_days", &columns)
}

pub fn unit_figures(organization: &Organization, generation: Uuid) -> Row {
    let columns: [(&str, &dyn Display); 10] = [
        ("organization_id", &organization.id),
        ("generation_id", &generation),
        ("unit_id", &organization.locals[0]),
        ("unit_name", &"Bergen"),
        ("level", &"local"),
        ("activity_count", &1),
        ("participant_count", &2),
        ("volunteer_count", &1),
        ("total_hours", &"1.5"),
        ("figures", &"{}"),
    ];
    Row::new("frozen_unit_figures", &columns)
}

pub fn progress(organization: &Organization) -> Row {
    let columns: [(&str, &dyn Display); 5] = [
        ("organization_id", &organization.id),
        ("subject_id", &id()),
        ("step", &"counting"),
        ("percent", &10),
        ("updated_at", &NOW),
    ];
    Row::new("job_progress", &columns)
}

pub fn file(organization: &Organization) -> Row {
    let columns: [(&str, &dyn Display); 9] = [
        ("organization_id", &organization.id),
        ("id", &id()),
        ("file_name", &"HLF 2024.xlsx"),
        (
            "media_type",
            &"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        ("size_bytes", &9000),
        ("sha256", &format!("\\x{}", "ab".repeat(32))),
        ("storage_key", &"reports/1.xlsx"),
        ("renderer_version", &"1"),
        ("created_at", &NOW),
    ];
    Row::new("files", &columns)
}

/// A pending national export, asked for by the coordinator.
pub fn export(organization: &Organization, report: &Report) -> Row {
    let columns: [(&str, &dyn Display); 13] = [
        ("organization_id", &organization.id),
        ("id", &id()),
        ("triggered_by_user_id", &organization.coordinator),
        ("report_period_id", &organization.period),
        ("status", &"pending"),
        ("export_format", &"xlsx"),
        ("scope_level", &"national"),
        ("created_at", &NOW),
        ("origin", &"report"),
        ("report_id", &report.id),
        ("report_generation_id", &report.generation),
        ("language", &"nb"),
        ("column_schema_version", &"2024-v2"),
    ];
    Row::new("bufdir_export_audit_log", &columns)
}

/// As the ledger's pipeline has it: of no report.
pub fn ledger_export(organization: &Organization) -> Row {
    let none = Report {
        id: Uuid::nil(),
        generation: Uuid::nil(),
    };
    export(organization, &none)
        .with("origin", "ledger")
        .with("triggered_by_user_id", organization.admin)
        .without("report_id")
        .without("report_generation_id")
}

pub fn pending_export(organization: &Organization, report: &Report) -> Row {
    let columns: [(&str, &dyn Display); 5] = [
        ("organization_id", &organization.id),
        ("export_id", &id()),
        ("report_id", &report.id),
        ("scope_level", &"national"),
        ("export_format", &"xlsx"),
    ];
    Row::new("pending_exports", &columns)
}

/// Statements that put a row into each tenant table that the fixture leaves empty.
pub fn one_of_each(fixture: &Fixture, organization: &Organization) -> Vec<String> {
    let Organization {
        id: of,
        admin,
        coordinator,
        ..
    } = organization;
    let report = Report {
        id: id(),
        generation: id(),
    };
    let (activity, contact) = (id(), organization.contacts[0]);
    let custom_report = id();
    let enter = |person| format!("select app.enter('{person}', '{of}', '{NOW}')");
    let enter_system = format!("select app.enter_system('{of}', '{coordinator}', '{NOW}')");
    let grant = rows::support_access(fixture)
        .with("organization_id", of)
        .with("granted_by_user_id", admin);
    let to_activity =
        format!("insert into {{}} (organization_id, activity_id, {{}}) values ('{of}', '{activity}', {{}})");
    let attached = |table: &str, columns: &str, values: String| {
        to_activity
            .replacen("{}", table, 1)
            .replacen("{}", columns, 1)
            .replacen("{}", &values, 1)
    };
    vec![
        enter(admin),
        grant.insert(),
        rows::ledger_record(organization).insert(),
        rows::custom_report(organization).with("id", custom_report).insert(),
        rows::custom_report_run(organization, custom_report).insert(),
        enter_system,
        rows::activity(organization).with("id", activity).insert(),
        attached("activity_co_leaders", "user_id", format!("'{}'", organization.peers[1])),
        attached("activity_co_units", "unit_id", format!("'{}'", organization.locals[1])),
        rows::activity_day(organization, activity).insert(),
        attached(
            "attendances",
            "local_date, contact_id",
            format!("'2024-03-05', '{contact}'"),
        ),
        rows::participant_key(organization).insert(),
        rows::figure(organization).insert(),
        report_row(organization).with("id", report.id).insert(),
        generation(organization, report.id)
            .with("id", report.generation)
            .insert(),
        frozen_day(organization, report.generation).insert(),
        unit_figures(organization, report.generation).insert(),
        progress(organization).insert(),
        file(organization).insert(),
        export(organization, &report).insert(),
        warning(organization, report.generation).insert(),
        exported_entry(organization, report.id).insert(),
    ]
}
