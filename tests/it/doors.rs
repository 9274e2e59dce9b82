//! The tenant's door: who gets in where, and that nothing is to be seen outside of it.

#![expect(clippy::disallowed_methods, reason = "a test prepares its database")]

use bufdir_reports::kernel::audit_entry::AuditEntry;
use bufdir_reports::kernel::db::Database;
use bufdir_reports::kernel::error::Error;
use bufdir_reports::kernel::migrate;
use chrono::TimeDelta;
use entity::enums::{ActorKind, AuditAction, Role};
use rstest::rstest;
use sea_orm::ConnectionTrait;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

use crate::support::rules;
use crate::support::{TestDatabase, caller, database};

async fn refusal(database: &TestDatabase, user: Uuid, organization: impl ToString) -> Error {
    match database.read(user, organization).await {
        Ok(scope) => panic!("entered {} as {:?}", scope.organization(), scope.actor().standing),
        Err(error) => error,
    }
}

#[tokio::test]
async fn an_inactive_or_unknown_user_is_unauthenticated() {
    let database = database().await;
    let hlf = &database.fixture.hlf;
    let unknown = refusal(&database, database.new_id(), "hlf").await;
    assert!(matches!(unknown, Error::Unauthenticated(_)), "{unknown:?}");

    database.read(hlf.coordinator, "hlf").await.unwrap();
    database
        .arrange(format!(
            "update users set is_active = false where id = '{}'",
            hlf.coordinator
        ))
        .await;
    let inactive = refusal(&database, hlf.coordinator, "hlf").await;
    assert!(matches!(inactive, Error::Unauthenticated(_)), "{inactive:?}");
}

#[tokio::test]
async fn an_inactive_membership_opens_nothing() {
    let database = database().await;
    let coordinator = database.fixture.hlf.coordinator;
    database
        .arrange(format!(
            "update memberships set is_active = false where user_id = '{coordinator}'"
        ))
        .await;
    let error = refusal(&database, coordinator, "hlf").await;
    assert_eq!(error.broken_rule(), Some(rules::ORGANIZATION_UNKNOWN));
}

#[tokio::test]
async fn an_inactive_organization_opens_to_nobody() {
    let database = database().await;
    let hlf = &database.fixture.hlf;
    database
        .arrange("update organizations set is_active = false where slug = 'hlf'")
        .await;
    let error = refusal(&database, hlf.coordinator, "hlf").await;
    assert_eq!(error.broken_rule(), Some(rules::ORGANIZATION_MUST_EXIST_AND_BE_ACTIVE));
    let work = database
        .app()
        .work(ActorKind::Worker, hlf.id, Some(hlf.coordinator), database.now());
    let error = work.await.map(|_| ()).unwrap_err();
    assert_eq!(error.broken_rule(), Some(rules::ORGANIZATION_MUST_EXIST_AND_BE_ACTIVE));
}

#[tokio::test]
async fn a_member_of_two_organizations_names_the_one_meant() {
    let database = database().await;
    let (hlf, nhf) = (&database.fixture.hlf, &database.fixture.nhf);
    let unnamed = caller(hlf.coordinator, None);
    let only = database.app().read(&unnamed, database.now()).await.unwrap();
    assert_eq!(only.organization(), hlf.id);

    let join = "insert into memberships (organization_id, user_id, role) values";
    database
        .arrange(format!("{join} ('{}', '{}', 'org_admin')", nhf.id, hlf.coordinator))
        .await;
    let error = database
        .app()
        .read(&unnamed, database.now())
        .await
        .map(|_| ())
        .unwrap_err();
    assert_eq!(error.broken_rule(), Some(rules::ORGANIZATION_REQUIRED));
    let named = database.read(hlf.coordinator, "nhf").await.unwrap();
    assert_eq!(
        (named.organization(), named.actor().role),
        (nhf.id, Some(Role::OrgAdmin))
    );
}

#[tokio::test]
async fn an_organization_is_named_by_slug_or_id() {
    let database = database().await;
    let hlf = &database.fixture.hlf;
    for name in [
        hlf.slug.to_owned(),
        hlf.id.to_string(),
        hlf.id.to_string().to_uppercase(),
    ] {
        let scope = database.read(hlf.coordinator, name).await.unwrap();
        assert_eq!(scope.organization(), hlf.id);
    }
}

#[tokio::test]
async fn the_door_tells_the_test_organization_from_the_others() {
    let database = database().await;
    for (organization, is_test) in [(&database.fixture.test, true), (&database.fixture.hlf, false)] {
        let member = database.read(organization.admin, organization.slug).await.unwrap();
        assert_eq!(member.actor().is_test_organization, is_test);
        let worker = database
            .app()
            .work(ActorKind::Worker, organization.id, None, database.now());
        assert_eq!(worker.await.unwrap().actor().is_test_organization, is_test);
    }
}

#[tokio::test]
async fn another_organization_answers_as_one_that_does_not_exist() {
    let database = database().await;
    let coordinator = database.fixture.hlf.coordinator;
    for organization in ["nhf", "no-such"] {
        let error = refusal(&database, coordinator, organization).await;
        assert_eq!(error.broken_rule(), Some(rules::ORGANIZATION_UNKNOWN));
    }
    let error = refusal(&database, database.fixture.global_admin, "hlf").await;
    assert_eq!(error.broken_rule(), Some(rules::ORGANIZATION_UNKNOWN));
}

#[tokio::test]
async fn support_access_opens_within_its_window_and_until_it_is_revoked() {
    let database = database().await;
    let hlf = &database.fixture.hlf;
    let global_admin = database.fixture.global_admin;
    let granted = database.now();
    let scope = database.write(hlf.admin, "hlf").await.unwrap();
    let grant = scope.new_id();
    scope
        .run(
            "insert into support_access (organization_id, id, global_admin_user_id, reason, granted_by_user_id,
                 valid_from, valid_until) values ($1, $2, $3, 'A figure is missing', $4, $5, $6)",
            [
                grant.into(),
                global_admin.into(),
                hlf.admin.into(),
                (granted + TimeDelta::hours(1)).into(),
                (granted + TimeDelta::hours(3)).into(),
            ],
        )
        .await
        .unwrap();
    let entry = AuditEntry::new(AuditAction::SupportAccessGranted, "support_access", grant, "Granted");
    scope.commit([entry]).await.unwrap();

    assert!(database.read(global_admin, "hlf").await.is_err(), "before the window");
    database.clock.advance(TimeDelta::hours(1));
    let inside = database.read(global_admin, "hlf").await.unwrap();
    assert_eq!(inside.actor().kind, ActorKind::Support);
    assert_eq!(inside.actor().support_access_id, Some(grant));
    assert!(database.read(global_admin, "nhf").await.is_err(), "elsewhere");
    database.clock.advance(TimeDelta::hours(2));
    assert!(database.read(global_admin, "hlf").await.is_err(), "after the window");

    database.clock.advance(TimeDelta::hours(-1));
    let revoke =
        "update support_access set revoked_at = '2026-03-02T10:30:00Z', revoked_by_user_id = granted_by_user_id";
    database.read(global_admin, "hlf").await.unwrap();
    database.arrange(revoke).await;
    assert!(database.read(global_admin, "hlf").await.is_err(), "revoked");
}

#[tokio::test]
async fn what_the_door_sets_is_gone_after_the_commit() {
    let database = database().await;
    let hlf = &database.fixture.hlf;
    let mut connection = PgConnection::connect_with(&database.options(migrate::APP))
        .await
        .unwrap();
    let contacts = "select count(*) from contacts";

    let mut transaction = connection.begin().await.unwrap();
    sqlx::query("select app.enter($1, 'hlf', now())")
        .bind(hlf.coordinator)
        .execute(&mut *transaction)
        .await
        .unwrap();
    let inside: i64 = sqlx::query_scalar(contacts).fetch_one(&mut *transaction).await.unwrap();
    assert_eq!(inside, 12);
    transaction.commit().await.unwrap();

    let outside: i64 = sqlx::query_scalar(contacts).fetch_one(&mut connection).await.unwrap();
    assert_eq!(outside, 0);
    let left: Vec<String> = sqlx::query_scalar(
        "select name from unnest('{organization_id,user_id,role,support_access_id,now}'::text[]) name
         where coalesce(current_setting('app.' || name, true), '') <> ''",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert_eq!(left, Vec::<String>::new());
}

/// The tables that the app may read, those of no tenant apart.
async fn readable_tables(connection: &mut PgConnection) -> Vec<String> {
    let sql = "select oid::regclass::text from pg_class
        where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
            and has_table_privilege('bufdir_app', oid, 'select') and relname <> 'format_versions'";
    let tables: Vec<String> = sqlx::query_scalar(sql).fetch_all(connection).await.unwrap();
    assert!(tables.len() > 20, "{tables:?}");
    tables
}

#[tokio::test]
async fn nothing_is_to_be_seen_outside_of_a_door() {
    let database = database().await;
    let mut connection = PgConnection::connect_with(&database.options(migrate::APP))
        .await
        .unwrap();
    for table in readable_tables(&mut connection).await {
        let seen: i64 = sqlx::query_scalar(AssertSqlSafe(format!("select count(*) from {table}")))
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(seen, 0, "{table}");
    }
}

#[tokio::test]
async fn tenant_isolation() {
    let database = database().await;
    let hlf = &database.fixture.hlf;
    for organization in [hlf, &database.fixture.nhf] {
        let activity = database
            .activity(organization)
            .day("2024-03-05", 60, &organization.contacts, 0);
        activity.insert().await;
    }
    let mut connection = PgConnection::connect_with(&database.options(migrate::APP))
        .await
        .unwrap();
    let mut with_rows = Vec::new();
    for table in readable_tables(&mut connection).await {
        let column = match table.as_str() {
            "organizations" => "id",
            "users" => "(select m.organization_id from memberships m where m.user_id = users.id)",
            _ => "organization_id",
        };
        let sql = format!("select count(*) filter (where {column} = $1) as own, count(*) as all from {table}");
        let scope = database.read(hlf.admin, "hlf").await.unwrap();
        let row = scope.row(&sql, []).await.unwrap().unwrap();
        let (own, all): (i64, i64) = (row.try_get("", "own").unwrap(), row.try_get("", "all").unwrap());
        // An org admin sees global admins by name, to grant them support access.
        let foreign = i64::from(table == "users");
        assert_eq!(all - own, foreign, "{table}");
        if own > 0 {
            with_rows.push(table);
        }
    }
    assert!(with_rows.contains(&"attendances".to_owned()), "{with_rows:?}");
}

#[tokio::test]
async fn a_transaction_in_which_a_statement_failed_does_not_commit() {
    let database = database().await;
    let hlf = &database.fixture.hlf;
    let scope = database.write(hlf.coordinator, "hlf").await.unwrap();
    scope.execute_unprepared("select 1 / 0").await.unwrap_err();
    let entry = AuditEntry::new(AuditAction::NotesChanged, "organization", hlf.id, "Lost");
    assert!(matches!(scope.commit([entry]).await, Err(Error::Internal(_))));

    let scope = database.write(hlf.coordinator, "hlf").await.unwrap();
    assert!(scope.commit([]).await.is_err(), "a write without an audit entry");
}

#[tokio::test]
async fn a_database_that_is_down_is_unavailable_and_no_more() {
    let nowhere = Database::open(sqlx::postgres::PgConnectOptions::new().socket("/nonexistent"), 1);
    assert!(matches!(nowhere.ping().await, Err(Error::Unavailable(_))));
}

/// Deadlock, lost race, a lock waited for in vain: the database answers, and whoever asked may try again at once.
#[rstest]
#[case("40P01")]
#[case("40001")]
#[case("55P03")]
#[tokio::test]
async fn whoever_lost_a_race_is_told_so(#[case] state: &str) {
    let database = database().await;
    let scope = database.write(database.fixture.hlf.coordinator, "hlf").await.unwrap();
    let raise = format!("do $$ begin raise exception 'in the way' using errcode = '{state}'; end $$");
    let error = Error::from(scope.execute_unprepared(&raise).await.unwrap_err());
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
    let expected = "Someone else changed the same at the same moment. Nothing was changed here; try again now.";
    assert_eq!(error.to_string(), expected);
}
