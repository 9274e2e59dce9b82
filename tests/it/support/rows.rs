//! Rows that keep every rule, as INSERT statements of which a test changes one column.

use std::fmt::Display;

use serde_json::Value;
use uuid::Uuid;

use super::fixture::{Fixture, Organization};
use super::sandbox::{NOW, id};

/// The format version that new ones are made from.
pub const SHIPPED_FORMAT: &str = include_str!("../../../migration/formats/2024-v2.json");

/// A row to insert. Values are text that Postgres reads by the column's type; `None` is null.
#[derive(Clone)]
pub struct Row {
    table: &'static str,
    columns: Vec<(&'static str, Option<String>)>,
}

impl Row {
    pub fn new(table: &'static str, columns: &[(&'static str, &dyn Display)]) -> Self {
        let columns = columns
            .iter()
            .map(|(column, value)| (*column, Some(value.to_string())))
            .collect();
        Self { table, columns }
    }

    /// The same with another value.
    pub fn with(&self, column: &'static str, value: impl Display) -> Self {
        self.setting(column, Some(value.to_string()))
    }

    /// The same without a value.
    pub fn without(&self, column: &'static str) -> Self {
        self.setting(column, None)
    }

    pub fn insert(&self) -> String {
        let names: Vec<_> = self.columns.iter().map(|(column, _)| *column).collect();
        let values: Vec<_> = self
            .columns
            .iter()
            .map(|(_, value)| literal(value.as_deref()))
            .collect();
        format!(
            "insert into {} ({}) values ({})",
            self.table,
            names.join(", "),
            values.join(", ")
        )
    }

    fn setting(&self, column: &'static str, value: Option<String>) -> Self {
        let mut row = self.clone();
        row.columns.retain(|(known, _)| *known != column);
        row.columns.push((column, value));
        row
    }
}

fn literal(value: Option<&str>) -> String {
    value.map_or_else(|| "null".to_owned(), |value| format!("'{}'", value.replace('\'', "''")))
}

pub fn organization() -> Row {
    let columns: [(&str, &dyn Display); 4] = [
        ("id", &id()),
        ("slug", &"lhl"),
        ("name", &"LHL"),
        ("organization_number", &"300000002"),
    ];
    Row::new("organizations", &columns)
}

pub fn user() -> Row {
    Row::new(
        "users",
        &[("id", &id()), ("email", &"new@example.org"), ("name", &"New Person")],
    )
}

/// A user of another organization joins.
pub fn membership(fixture: &Fixture) -> Row {
    let columns: [(&str, &dyn Display); 3] = [
        ("organization_id", &fixture.hlf.id),
        ("user_id", &fixture.nhf.peers[0]),
        ("role", &"peer_mentor"),
    ];
    Row::new("memberships", &columns)
}

/// An hour from now on, for the fixture's global admin.
pub fn support_access(fixture: &Fixture) -> Row {
    let columns: [(&str, &dyn Display); 7] = [
        ("organization_id", &fixture.hlf.id),
        ("id", &id()),
        ("global_admin_user_id", &fixture.global_admin),
        ("reason", &"A figure is missing"),
        ("granted_by_user_id", &fixture.hlf.admin),
        ("valid_from", &NOW),
        ("valid_until", &"2026-03-02T10:00:00Z"),
    ];
    Row::new("support_access", &columns)
}

/// A local unit of the region.
pub fn unit(organization: &Organization) -> Row {
    let columns: [(&str, &dyn Display); 5] = [
        ("organization_id", &organization.id),
        ("id", &id()),
        ("parent_id", &organization.region),
        ("level", &"local"),
        ("name", &"Stord"),
    ];
    Row::new("organizational_units", &columns)
}

pub fn activity(organization: &Organization) -> Row {
    let columns: [(&str, &dyn Display); 11] = [
        ("organization_id", &organization.id),
        ("id", &id()),
        ("unit_id", &organization.locals[0]),
        ("kind", &"group"),
        ("group_kind", &"conversation"),
        ("mode", &"in_person"),
        ("status", &"approved"),
        ("title", &"Samtalegruppe"),
        ("leader_user_id", &organization.peers[0]),
        ("created_at", &NOW),
        ("updated_at", &NOW),
    ];
    Row::new("activities", &columns)
}

pub fn activity_day(organization: &Organization, activity: Uuid) -> Row {
    let columns: [(&str, &dyn Display); 4] = [
        ("organization_id", &organization.id),
        ("activity_id", &activity),
        ("local_date", &"2024-03-05"),
        ("minutes", &90),
    ];
    Row::new("activity_days", &columns)
}

pub fn participant_key(organization: &Organization) -> Row {
    let columns: [(&str, &dyn Display); 3] = [
        ("organization_id", &organization.id),
        ("basis_year", &2024),
        ("key", &format!("\\x{}", "ab".repeat(32))),
    ];
    Row::new("participant_keys", &columns)
}

/// For the years before the first version: the shipped one's fields and rules.
pub fn format_version() -> Row {
    let mut shipped: Value = serde_json::from_str(SHIPPED_FORMAT).unwrap();
    let [fields, rules] = ["fields", "rules"].map(|part| shipped[part].take());
    let columns: [(&str, &dyn Display); 5] = [
        ("version", &"1990-v1"),
        ("basis_years", &"[1990,1995)"),
        ("fields", &fields),
        ("rules", &rules),
        ("rules_hash", &"\\x"),
    ];
    Row::new("format_versions", &columns)
}

/// The first half of 2025.
pub fn period(organization: &Organization) -> Row {
    let columns: [(&str, &dyn Display); 8] = [
        ("organization_id", &organization.id),
        ("id", &id()),
        ("name", &"First half of 2025"),
        ("first_date", &"2025-01-01"),
        ("last_date", &"2025-06-30"),
        ("created_by_user_id", &organization.coordinator),
        ("created_at", &NOW),
        ("updated_at", &NOW),
    ];
    Row::new("report_periods", &columns)
}

pub fn figure(organization: &Organization) -> Row {
    let columns: [(&str, &dyn Display); 7] = [
        ("organization_id", &organization.id),
        ("report_period_id", &organization.period),
        ("field", &"ME01"),
        ("version", &1),
        ("value", &"1200"),
        ("entered_by_user_id", &organization.coordinator),
        ("entered_at", &NOW),
    ];
    Row::new("period_figures", &columns)
}

/// A pending record of the export ledger, asked for by the org admin.
pub fn ledger_record(organization: &Organization) -> Row {
    let columns: [(&str, &dyn Display); 12] = [
        ("id", &id()),
        ("organization_id", &organization.id),
        ("generated_by_user_id", &organization.admin),
        ("report_period_start", &"2023-12-31T23:00:00Z"),
        ("report_period_end", &"2024-12-31T22:59:59.999999Z"),
        ("status", &"pending"),
        ("export_format", &"xlsx"),
        ("schema_version", &"2024-v2"),
        ("generated_at", &NOW),
        ("created_at", &NOW),
        ("updated_at", &NOW),
        ("report_period_id", &organization.period),
    ];
    Row::new("bufdir_exports", &columns)
}

/// The org admin's definition of a custom report, without a schedule.
pub fn custom_report(organization: &Organization) -> Row {
    let columns: [(&str, &dyn Display); 11] = [
        ("id", &id()),
        ("organization_id", &organization.id),
        ("created_by_user_id", &organization.admin),
        ("name", &"Hours by month"),
        ("report_type", &"activities"),
        ("filters", &r#"{"version": 1}"#),
        ("columns", &r#"[{"key": "title"}]"#),
        ("output_format", &"csv"),
        ("date_range_type", &"last_month"),
        ("created_at", &NOW),
        ("updated_at", &NOW),
    ];
    Row::new("custom_reports", &columns)
}

/// The same, scheduled for every morning.
pub fn scheduled_report(organization: &Organization) -> Row {
    custom_report(organization)
        .with("is_scheduled", true)
        .with("schedule_cron", "0 6 * * *")
        .with("next_run_at", "2026-03-03T05:00:00Z")
}

/// A pending run that the org admin asked for.
pub fn custom_report_run(organization: &Organization, report: Uuid) -> Row {
    let columns: [(&str, &dyn Display); 12] = [
        ("organization_id", &organization.id),
        ("id", &id()),
        ("custom_report_id", &report),
        ("requested_by_user_id", &organization.admin),
        ("trigger", &"manual"),
        ("status", &"pending"),
        ("output_format", &"csv"),
        ("language", &"nb"),
        ("date_from", &"2026-02-01"),
        ("date_to", &"2026-02-28"),
        ("definition", &"{}"),
        ("created_at", &NOW),
    ];
    Row::new("custom_report_runs", &columns)
}

pub fn audit_entry(organization: &Organization) -> Row {
    let columns: [(&str, &dyn Display); 14] = [
        ("organization_id", &organization.id),
        ("id", &id()),
        ("sequence", &0),
        ("created_at", &NOW),
        ("actor_kind", &"user"),
        ("actor_user_id", &organization.coordinator),
        ("actor_name", &format!("coordinator {}", organization.slug)),
        ("actor_role", &"coordinator"),
        ("action", &"notes_changed"),
        ("subject_type", &"report"),
        ("message", &"Changed the notes."),
        ("details", &"{}"),
        ("previous_hash", &""),
        ("hash", &""),
    ];
    Row::new("audit_logs", &columns)
}

pub fn contact(organization: &Organization) -> Row {
    Row::new("contacts", &[("organization_id", &organization.id), ("id", &id())])
}
