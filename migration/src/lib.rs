//! The ordered list of migrations. Each is a pair of plain SQL files, `sql/NNNN_name.{up,down}.sql`; to add one,
//! write the pair and append its name to the list below. A Bufdir format version is added as `formats/VERSION.json`.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::{DbErr, MigrationName, MigrationTrait, SchemaManager};
use sea_orm_migration::sea_orm::ConnectionTrait;

macro_rules! sql {
    ($name:literal) => {
        Box::new(SqlMigration {
            name: $name,
            up: include_str!(concat!("../sql/", $name, ".up.sql")),
            down: include_str!(concat!("../sql/", $name, ".down.sql")),
        })
    };
}

/// A format version is a document of `formats/` and a migration that adds it.
macro_rules! format_version {
    ($version:literal) => {
        Box::new(SqlMigration {
            name: concat!("0008_format_", $version),
            up: concat!(
                "select app.add_format_version($document$",
                include_str!(concat!("../formats/", $version, ".json")),
                "$document$::jsonb);"
            ),
            down: concat!("select app.remove_format_version('", $version, "');"),
        })
    };
}

/// Makes the cluster's roles. Run by a superuser, outside of any migration.
pub const BOOTSTRAP: &str = include_str!("../sql/bootstrap.sql");

/// Runs the list in order; each migration in a transaction of its own.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            sql!("0001_session"),
            sql!("0002_people"),
            sql!("0003_audit"),
            sql!("0004_activities"),
            sql!("0005_formats"),
            sql!("0006_reports"),
            sql!("0007_exports"),
            sql!("0008_format_versions"),
            format_version!("2023-v1"),
            format_version!("2024-v2"),
            sql!("0009_ledger"),
            sql!("0010_custom_reports"),
            sql!("0011_audit_export"),
            sql!("0012_guards"),
            sql!("0013_norwegian_order"),
            sql!("0014_custom_report_guards"),
            sql!("0015_bounds_and_locks"),
            sql!("0016_import_guards"),
            sql!("0017_people_by_index"),
            sql!("0018_files_and_actors"),
        ]
    }
}

struct SqlMigration {
    name: &'static str,
    up: &'static str,
    down: &'static str,
}

impl MigrationName for SqlMigration {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for SqlMigration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(self.up).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(self.down).await.map(drop)
    }
}
