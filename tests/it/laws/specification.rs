//! The tables that the specification describes have its columns and indexes, by its names.

use sqlx::{AssertSqlSafe, Row as _};

use super::names;
use crate::support::catalogue;

/// Column, Postgres type, whether the specification requires it.
type Column = (&'static str, &'static str, bool);

/// Index, columns.
type Index = (&'static str, &'static str);

const BUFDIR_REPORTS: [Column; 21] = [
    ("id", "uuid", true),
    ("organization_id", "uuid", true),
    ("reporting_period_start", "timestamp with time zone", true),
    ("reporting_period_end", "timestamp with time zone", true),
    ("status", "text", true),
    ("bufdir_format_version", "text", true),
    ("report_data", "jsonb", false),
    ("activity_count", "integer", false),
    ("participant_count", "integer", false),
    ("volunteer_count", "integer", false),
    ("total_hours", "numeric", false),
    ("generated_at", "timestamp with time zone", false),
    ("generated_by_user_id", "uuid", false),
    ("export_format", "text", false),
    ("exported_at", "timestamp with time zone", false),
    ("exported_by_user_id", "uuid", false),
    ("export_file_path", "text", false),
    ("failure_reason", "text", false),
    ("notes", "text", false),
    ("created_at", "timestamp with time zone", true),
    ("updated_at", "timestamp with time zone", true),
];

const BUFDIR_REPORT_INDEXES: [Index; 4] = [
    ("idx_bufdir_report_org_id", "organization_id"),
    (
        "idx_bufdir_report_org_period",
        "organization_id, reporting_period_start, reporting_period_end",
    ),
    ("idx_bufdir_report_status", "status"),
    ("idx_bufdir_report_created_at", "created_at"),
];

/// `file_size_bytes` is wider than an integer, for files of 2 GB and more.
const BUFDIR_EXPORT_AUDIT_LOG: [Column; 18] = [
    ("id", "uuid", true),
    ("organization_id", "uuid", true),
    ("triggered_by_user_id", "uuid", true),
    ("report_period_id", "uuid", true),
    ("status", "text", true),
    ("export_format", "text", true),
    ("scope_level", "text", true),
    ("scope_id", "uuid", false),
    ("file_url", "text", false),
    ("file_size_bytes", "bigint", false),
    ("activity_count", "integer", false),
    ("participant_count", "integer", false),
    ("bufdir_submission_reference", "text", false),
    ("error_message", "text", false),
    ("error_code", "text", false),
    ("column_schema_version", "text", false),
    ("created_at", "timestamp with time zone", true),
    ("completed_at", "timestamp with time zone", false),
];

const BUFDIR_EXPORT_AUDIT_LOG_INDEXES: [Index; 5] = [
    ("idx_bufdir_export_audit_log_org_created", "organization_id, created_at"),
    ("idx_bufdir_export_audit_log_org_status", "organization_id, status"),
    (
        "idx_bufdir_export_audit_log_report_period",
        "organization_id, report_period_id",
    ),
    ("idx_bufdir_export_audit_log_triggered_by", "triggered_by_user_id"),
    ("idx_bufdir_export_audit_log_created_at", "created_at"),
];

/// `file_size_bytes` is wider than an integer here too.
const BUFDIR_EXPORTS: [Column; 21] = [
    ("id", "uuid", true),
    ("organization_id", "uuid", true),
    ("generated_by_user_id", "uuid", true),
    ("report_period_start", "timestamp with time zone", true),
    ("report_period_end", "timestamp with time zone", true),
    ("status", "text", true),
    ("export_format", "text", true),
    ("schema_version", "text", true),
    ("activity_count", "integer", false),
    ("file_path", "text", false),
    ("file_size_bytes", "bigint", false),
    ("file_checksum", "text", false),
    ("download_count", "integer", true),
    ("last_downloaded_at", "timestamp with time zone", false),
    ("last_downloaded_by_user_id", "uuid", false),
    ("error_message", "text", false),
    ("metadata", "jsonb", false),
    ("generated_at", "timestamp with time zone", true),
    ("completed_at", "timestamp with time zone", false),
    ("created_at", "timestamp with time zone", true),
    ("updated_at", "timestamp with time zone", true),
];

const BUFDIR_EXPORTS_INDEXES: [Index; 5] = [
    ("idx_bufdir_exports_organization_id", "organization_id"),
    (
        "idx_bufdir_exports_organization_period",
        "organization_id, report_period_start, report_period_end",
    ),
    ("idx_bufdir_exports_generated_by", "generated_by_user_id"),
    ("idx_bufdir_exports_status", "status"),
    ("idx_bufdir_exports_generated_at", "generated_at"),
];

/// `filters` is required by a named CHECK, `filters_valid_json`.
const CUSTOM_REPORTS: [Column; 22] = [
    ("id", "uuid", true),
    ("organization_id", "uuid", true),
    ("created_by_user_id", "uuid", true),
    ("name", "text", true),
    ("description", "text", false),
    ("report_type", "text", true),
    ("filters", "jsonb", false),
    ("groupings", "jsonb", false),
    ("columns", "jsonb", true),
    ("output_format", "text", true),
    ("date_range_type", "text", true),
    ("date_from", "timestamp with time zone", false),
    ("date_to", "timestamp with time zone", false),
    ("is_scheduled", "boolean", true),
    ("schedule_cron", "text", false),
    ("last_run_at", "timestamp with time zone", false),
    ("last_run_status", "text", false),
    ("last_run_row_count", "integer", false),
    ("last_output_file_url", "text", false),
    ("is_active", "boolean", true),
    ("created_at", "timestamp with time zone", true),
    ("updated_at", "timestamp with time zone", true),
];

const CUSTOM_REPORTS_INDEXES: [Index; 4] = [
    ("idx_custom_reports_organization_id", "organization_id"),
    ("idx_custom_reports_created_by", "created_by_user_id"),
    ("idx_custom_reports_org_active", "organization_id, is_active"),
    ("idx_custom_reports_scheduled", "is_scheduled, is_active"),
];

/// What the trail shows of each event: when, what, who, in which role, and the report it belongs to.
const AUDIT_LOGS: [Column; 8] = [
    ("id", "uuid", true),
    ("organization_id", "uuid", true),
    ("created_at", "timestamp with time zone", true),
    ("action", "text", true),
    ("actor_user_id", "uuid", false),
    ("actor_name", "text", true),
    ("actor_role", "text", false),
    ("report_id", "uuid", false),
];

async fn holds(table: &str, columns: &[Column], indexes: &[Index]) {
    let sql = format!(
        "select a.attname::text, regexp_replace(format_type(a.atttypid, a.atttypmod), '\\(.*\\)', ''), a.attnotnull
         from pg_attribute a where a.attrelid = 'public.{table}'::regclass and a.attnum > 0 and not a.attisdropped"
    );
    let stored = sqlx::query(AssertSqlSafe(sql))
        .fetch_all(&mut catalogue().await)
        .await
        .unwrap();
    let stored: Vec<(String, String, bool)> = stored.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect();
    for (name, column_type, required) in columns {
        let column = ((*name).to_owned(), (*column_type).to_owned(), *required);
        assert!(stored.contains(&column), "{table}: {column:?} is not among {stored:#?}");
    }
    let sql = format!("select indexdef from pg_indexes where schemaname = 'public' and tablename = '{table}'");
    let stored = names(&sql).await;
    for (name, columns) in indexes {
        let expected = format!("INDEX {name} ON ");
        let index = stored.iter().find(|index| index.contains(&expected));
        let index = index.unwrap_or_else(|| panic!("{table}: no {name} among {stored:#?}"));
        assert!(index.ends_with(&format!("USING btree ({columns})")), "{index}");
    }
    let key = format!(
        "select pg_get_constraintdef(oid) from pg_constraint where contype = 'p' and conrelid = 'public.{table}'::regclass"
    );
    assert_eq!(names(&key).await, ["PRIMARY KEY (id)"], "{table}");
}

#[tokio::test]
async fn bufdir_reports_is_as_specified() {
    holds("bufdir_reports", &BUFDIR_REPORTS, &BUFDIR_REPORT_INDEXES).await;
}

#[tokio::test]
async fn bufdir_export_audit_log_is_as_specified() {
    holds(
        "bufdir_export_audit_log",
        &BUFDIR_EXPORT_AUDIT_LOG,
        &BUFDIR_EXPORT_AUDIT_LOG_INDEXES,
    )
    .await;
}

#[tokio::test]
async fn bufdir_exports_is_as_specified() {
    holds("bufdir_exports", &BUFDIR_EXPORTS, &BUFDIR_EXPORTS_INDEXES).await;
}

#[tokio::test]
async fn custom_reports_is_as_specified() {
    holds("custom_reports", &CUSTOM_REPORTS, &CUSTOM_REPORTS_INDEXES).await;
}

#[tokio::test]
async fn the_trail_can_show_what_is_specified() {
    holds("audit_logs", &AUDIT_LOGS, &[]).await;
}
