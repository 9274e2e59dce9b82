//! The entities against the migrated database: the same columns, types, keys and values on both sides.

use std::collections::BTreeSet;

use sea_orm::sea_query::ColumnType;
use sea_orm::{
    ActiveEnum, ColumnTrait, ConnectionTrait, DatabaseConnection, EntityTrait, Iterable, PrimaryKeyToColumn, Statement,
};

/// Tables without an entity: the app cannot read the chain's heads; the migrations' own list belongs to the migrator.
const WITHOUT_ENTITY: [&str; 2] = ["audit_heads", "seaql_migrations"];

use crate::support::database;

/// Compares every entity and every enum with the database's catalogue, and names every difference.
#[tokio::test]
async fn entities_match_the_catalogue() {
    let test_database = database().await;
    let database = &test_database.owner();
    let declared = declared_tables();
    let mut differences = compare_tables(database, &declared).await;
    for declared_enum in declared_enums() {
        differences.extend(compare_values(database, &declared_enum).await);
    }
    assert!(
        differences.is_empty(),
        "entities and database differ:\n{}",
        differences.join("\n")
    );
}

/// A column as both sides are compared: table, column, Postgres type, whether null is allowed, whether in the key.
type Column = (String, String, String, bool, bool);

fn declared_tables() -> BTreeSet<Column> {
    macro_rules! columns_of {
        ($($table:ident),+ $(,)?) => {
            [$(columns::<entity::$table::Entity>()),+].into_iter().flatten().collect()
        };
    }
    columns_of![
        activities,
        activity_co_leaders,
        activity_co_units,
        activity_days,
        attendances,
        audit_logs,
        bufdir_export_audit_log,
        bufdir_exports,
        bufdir_reports,
        contacts,
        custom_report_runs,
        custom_reports,
        files,
        format_versions,
        frozen_days,
        frozen_unit_figures,
        job_progress,
        memberships,
        organizational_units,
        organizations,
        participant_keys,
        pending_exports,
        period_figures,
        report_generations,
        report_periods,
        report_warnings,
        support_access,
        users,
    ]
}

fn columns<E: EntityTrait>() -> Vec<Column> {
    let key: Vec<String> = E::PrimaryKey::iter().map(|part| name(&part.into_column())).collect();
    E::Column::iter()
        .map(|column| {
            let definition = column.def();
            let in_key = key.contains(&name(&column));
            let postgres_type = postgres_type(definition.get_column_type());
            (
                E::default().table_name().to_owned(),
                name(&column),
                postgres_type,
                definition.is_null(),
                in_key,
            )
        })
        .collect()
}

fn name<C: sea_orm::IdenStatic>(column: &C) -> String {
    column.as_str().to_owned()
}

/// The name under which `pg_type` knows a column's type.
fn postgres_type(column_type: &ColumnType) -> String {
    match column_type {
        ColumnType::Uuid => "uuid",
        ColumnType::String(_) | ColumnType::Text => "text",
        ColumnType::Boolean => "bool",
        ColumnType::SmallInteger => "int2",
        ColumnType::Integer => "int4",
        ColumnType::BigInteger => "int8",
        ColumnType::Decimal(_) => "numeric",
        ColumnType::Date => "date",
        ColumnType::Time => "time",
        ColumnType::TimestampWithTimeZone => "timestamptz",
        ColumnType::JsonBinary => "jsonb",
        ColumnType::VarBinary(_) | ColumnType::Blob => "bytea",
        ColumnType::Custom(name) => return name.to_string(),
        other => return format!("{other:?}"),
    }
    .to_owned()
}

/// From `pg_catalog`, since `information_schema` shows a role only what it has been granted.
async fn compare_tables(database: &DatabaseConnection, declared: &BTreeSet<Column>) -> Vec<String> {
    let rows = query(
        database,
        "select t.relname::text, c.attname::text, y.typname::text, not c.attnotnull,
             exists (select from pg_index i where i.indrelid = t.oid and i.indisprimary and c.attnum = any (i.indkey))
         from pg_class t join pg_attribute c on c.attrelid = t.oid join pg_type y on y.oid = c.atttypid
         where t.relnamespace = 'public'::regnamespace and t.relkind in ('r', 'p') and not t.relispartition
             and c.attnum > 0 and not c.attisdropped",
    )
    .await;
    let stored: BTreeSet<Column> = rows
        .iter()
        .map(|row| {
            let field = |index| row.try_get_by_index::<String>(index).unwrap();
            let flag = |index| row.try_get_by_index::<bool>(index).unwrap();
            (field(0), field(1), field(2), flag(3), flag(4))
        })
        .filter(|(table, ..)| !WITHOUT_ENTITY.contains(&table.as_str()))
        .collect();
    let only_declared = declared
        .difference(&stored)
        .map(|column| format!("only in the entity: {column:?}"));
    let only_stored = stored
        .difference(declared)
        .map(|column| format!("only in the database: {column:?}"));
    only_declared.chain(only_stored).collect()
}

/// An enum's values, and the named CHECKs that list the same.
struct DeclaredEnum {
    values: BTreeSet<String>,
    checks: &'static [(&'static str, &'static str)],
}

/// `AuditAction` is absent: its CHECK fixes the form of an action, since new ones come with new code.
fn declared_enums() -> Vec<DeclaredEnum> {
    vec![
        declared::<entity::enums::Role>(&[("memberships", "membership_role_valid")]),
        declared::<entity::enums::UnitLevel>(&[("organizational_units", "unit_level_valid")]),
        declared::<entity::enums::ActorKind>(&[("audit_logs", "audit_actor_kind_valid")]),
        declared::<entity::enums::ActivityKind>(&[("activities", "activity_kind_valid")]),
        declared::<entity::enums::ActivityMode>(&[("activities", "activity_mode_valid")]),
        declared::<entity::enums::ActivityStatus>(&[("activities", "activity_status_valid")]),
        declared::<entity::enums::Verdict>(&[("frozen_days", "verdict_valid")]),
        declared::<entity::enums::ReportStatus>(&[("bufdir_reports", "report_status_is_valid_enum")]),
        declared::<entity::enums::WarningCode>(&[("report_warnings", "warning_code_valid")]),
        declared::<entity::enums::ExportFormat>(&[
            ("bufdir_reports", "valid_export_format"),
            ("bufdir_export_audit_log", "export_format_is_valid_enum"),
            ("bufdir_exports", "valid_export_format"),
        ]),
        declared::<entity::enums::ExportStatus>(&[("bufdir_export_audit_log", "export_status_is_valid_enum")]),
        declared::<entity::enums::LedgerStatus>(&[("bufdir_exports", "ledger_status_is_valid_enum")]),
        declared::<entity::enums::ScopeLevel>(&[("bufdir_export_audit_log", "scope_level_is_valid_enum")]),
        declared::<entity::enums::ExportOrigin>(&[("bufdir_export_audit_log", "export_origin_valid")]),
        declared::<entity::enums::Language>(&[
            ("bufdir_export_audit_log", "export_language_valid"),
            ("custom_reports", "export_language_valid"),
            ("custom_report_runs", "export_language_valid"),
        ]),
        declared::<entity::enums::CustomReportType>(&[("custom_reports", "valid_report_type")]),
        declared::<entity::enums::CustomOutputFormat>(&[
            ("custom_reports", "valid_output_format"),
            ("custom_report_runs", "valid_output_format"),
        ]),
        declared::<entity::enums::DateRangeType>(&[("custom_reports", "valid_date_range_type")]),
        declared::<entity::enums::RunStatus>(&[
            ("custom_reports", "valid_last_run_status"),
            ("custom_report_runs", "run_status_valid"),
        ]),
        declared::<entity::enums::RunTrigger>(&[("custom_report_runs", "run_trigger_valid")]),
        with_condition::<entity::enums::GroupKind>(&[("activities", "activity_group_kind_valid")], "group"),
    ]
}

fn declared<E: ActiveEnum<Value = String>>(checks: &'static [(&'static str, &'static str)]) -> DeclaredEnum {
    DeclaredEnum {
        values: E::values().into_iter().collect(),
        checks,
    }
}

/// For a CHECK that names, beside the values, one of another column on which they depend.
fn with_condition<E: ActiveEnum<Value = String>>(
    checks: &'static [(&'static str, &'static str)],
    condition: &str,
) -> DeclaredEnum {
    let mut declared = declared::<E>(checks);
    declared.values.insert(condition.to_owned());
    declared
}

async fn compare_values(database: &DatabaseConnection, declared: &DeclaredEnum) -> Vec<String> {
    let mut differences = Vec::new();
    for (table, check) in declared.checks {
        let values = checked_values(database, table, check).await;
        if values != declared.values {
            differences.push(format!(
                "{check} on {table} allows {values:?}, the enum has {:?}",
                declared.values
            ));
        }
    }
    differences
}

/// The text literals of a CHECK and of the functions that it calls; none when there is no such CHECK, which then differs
/// from any enum.
async fn checked_values(database: &DatabaseConnection, table: &str, check: &str) -> BTreeSet<String> {
    let sql = format!(
        "select distinct literal[1] from pg_constraint
             cross join lateral (
                 select pg_get_constraintdef(pg_constraint.oid) union all
                 select coalesce(pg_get_function_sqlbody(pg_proc.oid), prosrc)
                 from pg_depend join pg_proc on refclassid = 'pg_proc'::regclass and refobjid = pg_proc.oid
                 where classid = 'pg_constraint'::regclass and objid = pg_constraint.oid
             ) as written (text)
             cross join regexp_matches(text, '''([^'']*)''', 'g') literal
         where conname = '{check}' and conrelid = 'public.{table}'::regclass and contype = 'c'"
    );
    query(database, &sql)
        .await
        .iter()
        .map(|row| row.try_get_by_index::<String>(0).unwrap())
        .collect()
}

#[expect(clippy::disallowed_methods, reason = "a test looks at the catalogue")]
async fn query(database: &DatabaseConnection, sql: &str) -> Vec<sea_orm::QueryResult> {
    database
        .query_all_raw(Statement::from_string(database.get_database_backend(), sql))
        .await
        .unwrap()
}
