//! Makes the database what the code expects: roles and database once per cluster, then the ordered migrations, then the
//! job queue's own schema with what the app may do there. Running any of it again changes nothing.

use graphile_worker::WorkerUtils;
use migration::{Migrator, MigratorTrait};
use sea_orm::SqlxPostgresConnector;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, Executor};

use crate::kernel::error::{Error, Result};

/// The role that owns the schema and migrates it.
pub const OWNER: &str = "bufdir_owner";
/// The role that the server logs in as.
pub const APP: &str = "bufdir_app";
/// Where the job queue lives.
pub const QUEUE_SCHEMA: &str = "graphile_worker";

/// Any number, the same in each version: whoever migrates holds this advisory lock, so that two servers that start at
/// once take turns.
const MIGRATION_LOCK: i64 = 0x6275_6664_6972;

/// Makes the cluster's roles and the database, owned by [`OWNER`].
///
/// `superuser` logs in to any database of the cluster.
///
/// # Errors
/// `Unavailable` when the cluster does not answer, `Internal` when the role may not do this.
pub async fn bootstrap(superuser: &PgConnectOptions, database: &str) -> Result<()> {
    let mut connection = PgConnection::connect_with(superuser).await?;
    lock(&mut connection).await?;
    connection.execute(migration::BOOTSTRAP).await?;
    let exists: bool = sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
        .bind(database)
        .fetch_one(&mut connection)
        .await?;
    if !exists {
        let name: String = sqlx::query_scalar("select quote_ident($1)")
            .bind(database)
            .fetch_one(&mut connection)
            .await?;
        let create = format!("create database {name} owner {OWNER} encoding 'UTF8' template template0");
        connection.execute(AssertSqlSafe(create)).await?;
    }
    Ok(connection.close().await?)
}

/// Brings the database up to this version's schema. `owner` logs in as [`OWNER`].
///
/// # Errors
/// `Unavailable` when the database does not answer, `Internal` when a migration fails; that one has changed nothing then.
pub async fn run(owner: &PgConnectOptions) -> Result<()> {
    let mut turn = PgConnection::connect_with(owner).await?;
    lock(&mut turn).await?;
    let pool = PgPoolOptions::new()
        .max_connections(2)
        .connect_with(owner.clone())
        .await?;
    Migrator::up(&SqlxPostgresConnector::from_sqlx_postgres_pool(pool.clone()), None).await?;
    migrate_queue(&pool).await?;
    pool.execute(NO_TEMPORARY_TABLES).await?;
    pool.close().await;
    Ok(turn.close().await?)
}

/// `migration/schema.sql`: what a migrated database holds, without the job queue's schema. `owner` logs in as [`OWNER`].
///
/// # Errors
/// `Unavailable` when the database does not answer.
pub async fn describe(owner: &PgConnectOptions) -> Result<String> {
    let options = owner.clone().options([("search_path", "public"), ("jit", "off")]);
    let mut connection = PgConnection::connect_with(&options).await?;
    let described: String = sqlx::query_scalar(migration::DESCRIBE)
        .fetch_one(&mut connection)
        .await?;
    connection.close().await?;
    Ok(format!("{DESCRIBED}{described}"))
}

const DESCRIBED: &str = "\
-- The database as migrated: each table with all that is on it, then the functions. For reading. Made by `make database`
-- from the migrations (sql/), which have the reasons and are what makes a database.

";

/// Held until the connection closes.
async fn lock(connection: &mut PgConnection) -> Result<()> {
    sqlx::query("select pg_advisory_lock($1)")
        .bind(MIGRATION_LOCK)
        .execute(connection)
        .await?;
    Ok(())
}

async fn migrate_queue(pool: &PgPool) -> Result<()> {
    WorkerUtils::new(pool.clone(), QUEUE_SCHEMA)
        .migrate()
        .await
        .map_err(Error::internal)?;
    pool.execute(QUEUE_GRANTS).await?;
    Ok(())
}

/// The queue's tables have row-level security without a policy, so that only their owner sees rows. They hold ids and
/// no tenant's data; the app may do what a worker does there, and nothing to the list of the queue's migrations.
///
/// A worker that starts looks whether those are up to date, for which reading the list is enough.
const QUEUE_GRANTS: &str = "
do $$
declare
    queue_table regclass;
begin
    grant usage on schema graphile_worker to bufdir_app;
    grant execute on all functions in schema graphile_worker to bufdir_app;
    grant usage on all sequences in schema graphile_worker to bufdir_app;
    grant select on graphile_worker.migrations to bufdir_app;
    for queue_table in
        select oid from pg_class
        where relnamespace = 'graphile_worker'::regnamespace and relkind = 'r' and relname like '\\_private\\_%'
    loop
        execute format('grant select, insert, update, delete on %s to bufdir_app', queue_table);
        if not exists (select from pg_policy where polrelid = queue_table and polname = 'worker') then
            execute format('create policy worker on %s to bufdir_app using (true) with check (true)', queue_table);
        end if;
    end loop;
end
$$";

/// Postgres lets everybody make temporary tables, which come before others of the same name. Not a migration, since a
/// database that was restored from a backup has the migrations without this.
const NO_TEMPORARY_TABLES: &str = "
do $$
begin
    execute format('revoke temporary, create on database %I from public', current_database());
end
$$";
