//! Running the migrations, and what the fixture of all other tests holds.

#![expect(clippy::disallowed_methods, reason = "a test looks behind the program")]

use std::borrow::Cow;
use std::time::Duration;

use bufdir_reports::kernel::migrate;
use graphile_worker::WorkerOptions;
use migration::{Migrator, MigratorTrait};
use sqlx::Row;

use crate::support::database;

#[tokio::test]
async fn migrating_again_changes_nothing() {
    let database = database().await;
    let catalogue = "select md5(string_agg(oid || relname, ',' order by oid)) as catalogue,
        (select count(*) from pg_policy) as policies from pg_class where relnamespace >= 2200";
    let before = sqlx::query(catalogue).fetch_one(database.superuser()).await.unwrap();

    let superuser = database.options(embedded_postgres::SUPERUSER);
    migrate::bootstrap(&superuser, superuser.get_database().unwrap())
        .await
        .unwrap();
    let owner = database.options(migrate::OWNER);
    let (one, other) = tokio::join!(migrate::run(&owner), migrate::run(&owner));
    one.unwrap();
    other.unwrap();

    let after = sqlx::query(catalogue).fetch_one(database.superuser()).await.unwrap();
    assert_eq!(before.get::<String, _>(0), after.get::<String, _>(0));
    assert_eq!(before.get::<i64, _>(1), after.get::<i64, _>(1));
}

#[tokio::test]
async fn the_committed_schema_is_what_the_migrations_make() {
    let database = database().await;
    let owner = database.options(migrate::OWNER);
    let described = migrate::describe(&owner).await.unwrap();
    assert!(
        described == include_str!("../../migration/schema.sql"),
        "migration/schema.sql is stale: run `make database`"
    );

    // Taken back and made again it is the same.
    Migrator::refresh(&database.owner()).await.unwrap();
    assert_eq!(migrate::describe(&owner).await.unwrap(), described);
}

#[tokio::test]
async fn the_app_has_no_need_of_the_owner_to_start_a_worker() {
    let database = database().await;
    let worker = WorkerOptions::default()
        .schema(migrate::QUEUE_SCHEMA)
        .pg_pool(database.app_outside_of_a_door())
        .poll_interval(Duration::from_secs(1))
        .listen_os_shutdown_signals(false)
        .init()
        .await;
    assert!(worker.is_ok(), "{:?}", worker.err());
}

/// The database here is a copy of a migrated one, as a restored backup is: what may be done to it was lost, and comes back.
#[tokio::test]
async fn the_app_makes_no_temporary_table_after_a_migration() {
    let database = database().await;
    let app = database.app_outside_of_a_door();
    sqlx::query("create temporary table copied ()")
        .execute(&app)
        .await
        .unwrap();
    migrate::run(&database.options(migrate::OWNER)).await.unwrap();
    for sql in ["create temporary table users ()", "create schema other"] {
        let refused = sqlx::query(sql).execute(&app).await.unwrap_err();
        let code = refused
            .as_database_error()
            .and_then(|error| error.code().map(Cow::into_owned));
        assert_eq!(code.as_deref(), Some("42501"), "{sql}: {refused}");
    }
}

#[tokio::test]
async fn the_server_logs_in_as_a_role_that_can_do_little() {
    let database = database().await;
    assert_eq!(database.app().role_too_strong().await.unwrap(), None);
    let owner = bufdir_reports::kernel::db::Database::open(database.options(migrate::OWNER), 1);
    assert!(
        owner
            .role_too_strong()
            .await
            .unwrap()
            .unwrap()
            .contains("owns the tables")
    );
}

#[tokio::test]
async fn an_activity_of_the_fixture_counts_its_days_and_participants() {
    let database = database().await;
    let organization = &database.fixture.hlf;
    let id = database
        .activity(organization)
        .kind("course")
        .mode("digital")
        .status("pending")
        .unit(organization.locals[1])
        .led_by(organization.peers[1])
        .day("2024-03-05", 60, &organization.contacts[..3], 0)
        .day("2024-03-06", 45, &organization.contacts[2..4], 7)
        .insert()
        .await;

    let scope = database
        .read(organization.coordinator, organization.slug)
        .await
        .unwrap();
    let row = scope
        .row(
            "select a.kind || ' ' || a.mode || ' ' || a.status as words, a.unit_id, a.leader_user_id,
                 (select sum(minutes) from activity_days d where d.organization_id = $1 and d.activity_id = a.id) as minutes,
                 (select sum(anonymous_participants) from activity_days d
                     where d.organization_id = $1 and d.activity_id = a.id) as anonymous,
                 (select count(distinct contact_id) from attendances t
                     where t.organization_id = $1 and t.activity_id = a.id) as contacts
             from activities a where a.organization_id = $1 and a.id = $2",
            [id.into()],
        )
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.try_get::<String>("", "words").unwrap(), "course digital pending");
    assert_eq!(
        row.try_get::<uuid::Uuid>("", "unit_id").unwrap(),
        organization.locals[1]
    );
    assert_eq!(
        row.try_get::<uuid::Uuid>("", "leader_user_id").unwrap(),
        organization.peers[1]
    );
    assert_eq!(row.try_get::<i64>("", "minutes").unwrap(), 105);
    assert_eq!(row.try_get::<i64>("", "anonymous").unwrap(), 7);
    assert_eq!(row.try_get::<i64>("", "contacts").unwrap(), 4);
}
