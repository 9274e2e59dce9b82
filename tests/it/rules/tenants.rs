//! Isolation of tenants, table by table: who sees, changes or adds what, in one's own organization and in another's.

use std::collections::BTreeMap;

use bufdir_reports::kernel::actor::Standing;
use bufdir_reports::kernel::migrate;
use proptest::prelude::{ProptestConfig, any};
use proptest::sample::select;
use proptest::test_runner::TestRunner;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row as _};
use uuid::Uuid;

use crate::support::{NOW, Organization, Sandbox, TestDatabase, database};

const STANDINGS: [Standing; 5] = [
    Standing::PeerMentor,
    Standing::Coordinator,
    Standing::OrgAdmin,
    Standing::Support,
    Standing::System,
];

/// Of a peer mentor's organization, what a peer mentor sees: the units, and nothing of reports or activities.
const SEEN_BY_PEER_MENTORS: [&str; 2] = ["memberships", "organizational_units"];

/// A row of every tenant table in both organizations, committed.
async fn filled() -> TestDatabase {
    let database = database().await;
    for organization in [&database.fixture.hlf, &database.fixture.nhf] {
        let sql = crate::support::report::one_of_each(&database.fixture, organization);
        database.arrange(sql.join(";\n")).await;
    }
    database
}

/// Every table of `public` with an `organization_id`, partitions apart, that the app may read.
async fn tenant_tables(connection: &mut PgConnection) -> Vec<String> {
    let sql = "select c.relname::text from pg_class c join pg_attribute a on a.attrelid = c.oid
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
            and a.attname = 'organization_id' and has_table_privilege('bufdir_app', c.oid, 'select') order by 1";
    let tables: Vec<String> = sqlx::query_scalar(sql).fetch_all(connection).await.unwrap();
    assert!(tables.len() >= 21, "{tables:?}");
    tables
}

async fn app(database: &TestDatabase) -> PgConnection {
    PgConnection::connect_with(&database.options(migrate::APP))
        .await
        .unwrap()
}

/// The statement that enters the organization as someone of this standing.
fn entry(database: &TestDatabase, organization: &Organization, standing: Standing) -> String {
    let person = match standing {
        Standing::PeerMentor => organization.peers[0],
        Standing::Coordinator => organization.coordinator,
        Standing::OrgAdmin => organization.admin,
        Standing::Support => database.fixture.global_admin,
        Standing::System => {
            return format!(
                "select app.enter_system('{}', '{}', '{NOW}')",
                organization.id, organization.coordinator
            );
        }
    };
    format!("select app.enter('{person}', '{}', '{NOW}')", organization.id)
}

async fn seen(connection: &mut PgConnection, enter: &str, table: &str) -> BTreeMap<Uuid, i64> {
    let mut transaction = connection.begin().await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(enter.to_owned()))
        .execute(&mut *transaction)
        .await
        .unwrap();
    let sql = format!("select organization_id, count(*) from {table} group by organization_id");
    let rows = sqlx::query(AssertSqlSafe(sql))
        .fetch_all(&mut *transaction)
        .await
        .unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// What each standing is to see of its own organization, by decisions.md's table of rights.
fn sees(standing: Standing, table: &str) -> bool {
    match standing {
        Standing::PeerMentor => SEEN_BY_PEER_MENTORS.contains(&table),
        Standing::Coordinator => !["support_access", "bufdir_exports"].contains(&table),
        Standing::Support => table != "participant_keys",
        Standing::OrgAdmin | Standing::System => true,
    }
}

#[tokio::test]
async fn each_standing_sees_its_own_organization_and_no_other() {
    let database = filled().await;
    let mut connection = app(&database).await;
    let hlf = &database.fixture.hlf;
    for table in tenant_tables(&mut connection).await {
        for standing in STANDINGS {
            let seen = seen(&mut connection, &entry(&database, hlf, standing), &table).await;
            let organizations: Vec<_> = seen.keys().copied().filter(|id| *id != hlf.id).collect();
            // One's own memberships and grants are visible before any organization is entered, and a global admin has
            // a grant of the other organization too.
            let own_elsewhere = standing == Standing::Support && table == "support_access";
            assert_eq!(
                organizations.is_empty(),
                !own_elsewhere,
                "{standing:?} sees {organizations:?} in {table}"
            );
            assert_eq!(
                seen.contains_key(&hlf.id),
                sees(standing, &table),
                "{standing:?} in {table}: {seen:?}"
            );
        }
    }
}

/// The same from any side: whoever enters whichever organization sees that one's rows, or none.
#[test]
fn any_entry_shows_one_organization_at_most() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let database = runtime.block_on(filled());
    let mut connection = runtime.block_on(app(&database));
    let tables = runtime.block_on(tenant_tables(&mut connection));
    let connection = tokio::sync::Mutex::new(connection);
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 300,
        failure_persistence: None,
        ..Default::default()
    });
    let cases = (select(tables), select(&STANDINGS[..4]), any::<bool>(), any::<bool>());
    let outcome = runner.run(&cases, |(table, standing, of_hlf, into_hlf)| {
        let organizations = |is_hlf| {
            if is_hlf {
                &database.fixture.hlf
            } else {
                &database.fixture.nhf
            }
        };
        let person = entry(&database, organizations(of_hlf), standing);
        let (from, into) = (organizations(of_hlf).id.to_string(), organizations(into_hlf).id);
        let enter = person.replace(&from, &into.to_string());
        runtime.block_on(async {
            let mut connection = connection.lock().await;
            let mut transaction = connection.begin().await.unwrap();
            let entered = sqlx::raw_sql(AssertSqlSafe(enter)).execute(&mut *transaction).await;
            let belongs = of_hlf == into_hlf || standing == Standing::Support;
            assert_eq!(entered.is_ok(), belongs, "{standing:?}");
            if !belongs {
                return;
            }
            let own_elsewhere = if table == "support_access" {
                "and global_admin_user_id <> app.user_id()"
            } else {
                ""
            };
            let sql = format!("select count(*) from {table} where organization_id <> '{into}' {own_elsewhere}");
            let foreign: i64 = sqlx::query_scalar(AssertSqlSafe(sql))
                .fetch_one(&mut *transaction)
                .await
                .unwrap();
            assert_eq!(foreign, 0, "{standing:?} in {table}");
        });
        Ok(())
    });
    outcome.unwrap();
}

#[tokio::test]
async fn nobody_changes_or_deletes_another_organizations_rows() {
    let database = filled().await;
    let mut connection = app(&database).await;
    let (hlf, nhf) = (&database.fixture.hlf, &database.fixture.nhf);
    for table in tenant_tables(&mut connection).await {
        for standing in STANDINGS {
            for change in [
                "update TABLE set organization_id = organization_id",
                "delete from TABLE",
            ] {
                let mut transaction = connection.begin().await.unwrap();
                let enter = entry(&database, hlf, standing);
                sqlx::raw_sql(AssertSqlSafe(enter))
                    .execute(&mut *transaction)
                    .await
                    .unwrap();
                let sql = format!(
                    "{} where organization_id = '{}'",
                    change.replace("TABLE", &table),
                    nhf.id
                );
                match sqlx::raw_sql(AssertSqlSafe(sql.clone()))
                    .execute(&mut *transaction)
                    .await
                {
                    Ok(done) => assert_eq!(done.rows_affected(), 0, "{standing:?}: {sql}"),
                    Err(error) => assert_eq!(state(&error), "42501", "{standing:?}: {sql}: {error}"),
                }
            }
        }
    }
}

/// Each row of the organization, offered again under another's id by someone who has entered the first.
#[tokio::test]
async fn nobody_adds_rows_to_another_organization() {
    let database = filled().await;
    let mut connection = app(&database).await;
    let (hlf, nhf) = (&database.fixture.hlf, &database.fixture.nhf);
    let inserts = crate::support::report::one_of_each(&database.fixture, nhf);
    for insert in inserts.iter().filter(|sql| sql.starts_with("insert")) {
        for standing in STANDINGS {
            let mut transaction = connection.begin().await.unwrap();
            let enter = entry(&database, hlf, standing);
            sqlx::raw_sql(AssertSqlSafe(enter))
                .execute(&mut *transaction)
                .await
                .unwrap();
            let outcome = sqlx::raw_sql(AssertSqlSafe(insert.clone()))
                .execute(&mut *transaction)
                .await;
            let error = outcome.expect_err(insert);
            // By a policy or a grant, or by a trigger that finds nothing of that organization. Never for being a
            // duplicate, which would tell what exists there.
            assert!(
                ["42501", "23514"].contains(&state(&error).as_str()),
                "{standing:?}: {insert}: {error}"
            );
        }
    }
}

fn state(error: &sqlx::Error) -> String {
    let refusal = error.as_database_error().unwrap_or_else(|| panic!("{error}"));
    refusal.code().unwrap_or_default().into_owned()
}

/// Peer mentors have no access to reports: not even to try.
#[tokio::test]
async fn peer_mentors_write_nothing_of_reports() {
    let sandbox = Sandbox::entered(Standing::PeerMentor).await;
    let hlf = sandbox.hlf();
    for insert in crate::support::report::one_of_each(&sandbox.fixture, hlf) {
        if insert.starts_with("insert into audit_logs") || !insert.starts_with("insert") {
            continue;
        }
        let error = sandbox.attempt(&insert).await.expect_err(&insert);
        assert_eq!(error.code(), "FORBIDDEN", "{insert}: {error}");
    }
}

/// Only the worker adds generations and what they freeze; whoever reads reports may not make them up.
#[tokio::test]
async fn only_workers_add_what_is_frozen() {
    use crate::support::report::{frozen_day, generation, unit_figures};
    let sandbox = Sandbox::entered(Standing::System).await;
    let report = sandbox.report("ready").await;
    let hlf = sandbox.hlf();
    for row in [
        generation(hlf, report.id).with("number", 2),
        frozen_day(hlf, report.generation),
        unit_figures(hlf, report.generation),
    ] {
        sandbox.becomes(Standing::System).await;
        sandbox.allows(&row.insert()).await;
        for standing in [
            Standing::PeerMentor,
            Standing::Coordinator,
            Standing::OrgAdmin,
            Standing::Support,
        ] {
            sandbox.becomes(standing).await;
            let error = sandbox.attempt(&row.insert()).await.expect_err(&row.insert());
            assert_eq!(error.code(), "FORBIDDEN", "{standing:?}: {error}");
        }
    }
}

/// Neither by reading nor by a blind change, for which no row need be visible.
#[tokio::test]
async fn coordinators_do_not_reach_the_ledgers_exports() {
    use crate::support::report::ledger_export;
    let sandbox = Sandbox::entered(Standing::OrgAdmin).await;
    let ledger = ledger_export(sandbox.hlf());
    sandbox.does(&ledger.insert()).await;
    let blind = "update bufdir_export_audit_log set error_message = null";
    assert_eq!(sandbox.attempt(blind).await.unwrap(), 1);
    sandbox.becomes(Standing::Coordinator).await;
    assert_eq!(sandbox.attempt("select from bufdir_export_audit_log").await.unwrap(), 0);
    assert_eq!(sandbox.attempt(blind).await.unwrap(), 0);
    let error = sandbox
        .attempt(&ledger.with("id", crate::support::id()).insert())
        .await
        .unwrap_err();
    assert_eq!(error.code(), "FORBIDDEN", "{error}");
}
