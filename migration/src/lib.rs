//! The ordered list of migrations. Each is a pair of plain SQL files, `sql/NNNN_name.{up,down}.sql`. What they amount to,
//! table by table, is `schema.sql`.
//!
//! Migrations are only ever added: databases have run those that are here, and would never run a changed one. To change
//! the schema, write the next pair, append its name to the tables' part of the list below, and write `schema.sql` anew by
//! `make database`. A Bufdir format version is `formats/VERSION.json` and the next number in the list's other part.

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

/// The JSON Schema that the database holds format versions against. A version that needs more of it comes after a further
/// migration of this kind, which replaces it.
macro_rules! format_schema {
    ($number:literal) => {
        Box::new(SqlMigration {
            name: concat!("format_", $number, "_schema"),
            up: concat!(
                "create or replace function app.format_version_schema() returns jsonb language sql immutable parallel safe\n",
                "return $json$",
                include_str!("../formats/format-version.schema.json"),
                "$json$::jsonb;"
            ),
            down: "drop function app.format_version_schema;",
        })
    };
}

/// A format version is a document of `formats/` and a migration that adds it, numbered apart from the tables'.
macro_rules! format_version {
    ($number:literal, $version:literal) => {
        Box::new(SqlMigration {
            name: concat!("format_", $number, "_", $version),
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

/// Selects the database as migrated, as one text (`schema.sql`).
pub const DESCRIBE: &str = include_str!("../sql/describe.sql");

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
            sql!("0008_ledger"),
            sql!("0009_custom_reports"),
            sql!("0010_search_path"),
            sql!("0011_typed_text"),
            format_schema!("0000"),
            format_version!("0001", "2023-v1"),
            format_version!("0002", "2024-v2"),
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
    #[expect(clippy::disallowed_methods, reason = "a migration is plain SQL")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(self.up).await.map(drop)
    }

    #[expect(clippy::disallowed_methods, reason = "a migration is plain SQL")]
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(self.down).await.map(drop)
    }
}
