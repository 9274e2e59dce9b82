//! The demo loads once, whole, and the same every time.

use bufdir_reports::audit_entry::AuditEntry;
use bufdir_reports::db::{Caller, Database};
use bufdir_reports::demo::{self, DemoSettings, Loaded, Organization, Plan};
use chrono::{DateTime, Utc};
use entity::enums::{ActorKind, AuditAction};
use sea_orm::{ConnectionTrait, Statement};

use crate::support::{TestDatabase, database};

pub fn now() -> DateTime<Utc> {
    "2026-11-21T08:00:00Z".parse().unwrap()
}

/// Loads one organization as the command does.
async fn load(database: &Database, organization: &Organization) -> (Option<Loaded>, usize) {
    let scope = database
        .work(ActorKind::Operator, organization.id, None, now())
        .await
        .unwrap();
    let loaded = demo::load_organization(&scope, organization, &|_| ()).await.unwrap();
    if loaded.is_some() {
        scope.commit([entry(organization)]).await.unwrap();
    }
    let admin = Caller {
        user_id: organization.admin,
        organization: Some(organization.slug.to_owned()),
    };
    let scope = database.write(&admin, now()).await.unwrap();
    let figures = demo::load_figures(&scope, organization).await.unwrap();
    scope.commit([entry(organization)]).await.unwrap();
    (loaded, figures)
}

fn entry(organization: &Organization) -> AuditEntry {
    AuditEntry::new(
        AuditAction::DemoDataLoaded,
        "organization",
        organization.id,
        "Demo data loaded",
    )
}

/// Loads the whole demo.
pub async fn load_all(database: &TestDatabase, activities: u64) -> Plan {
    let plan = demo::plan(&DemoSettings {
        activities,
        ..DemoSettings::default()
    });
    demo::provision(&database.owner(), &plan).await.unwrap();
    for organization in &plan.organizations {
        load(database.app(), organization).await;
    }
    demo::analyze(&database.owner()).await.unwrap();
    plan
}

/// One number of the entered organization.
pub async fn number(database: &Database, organization: &Organization, sql: &str) -> i64 {
    let scope = database
        .work_read(ActorKind::Operator, organization.id, None, now())
        .await
        .unwrap();
    let statement = Statement::from_sql_and_values(sea_orm::DbBackend::Postgres, sql, [organization.id.into()]);
    scope
        .query_one_raw(statement)
        .await
        .unwrap()
        .unwrap()
        .try_get_by_index(0)
        .unwrap()
}

#[tokio::test]
async fn the_demo_loads_once_and_whole() {
    let database = database().await;
    let plan = load_all(&database, 5_000).await;
    let large = &plan.organizations[0];
    let count = async |sql| number(database.app(), large, sql).await;

    assert_eq!(
        count("select count(*) from activities where organization_id = $1").await,
        3_300
    );
    assert_eq!(
        count("select count(*) from organizational_units where organization_id = $1 and level = 'local'").await,
        180
    );
    assert_eq!(
        count("select count(*) from memberships where organization_id = $1 and role = 'peer_mentor'").await,
        571
    );
    assert_eq!(
        count("select count(distinct status) from activities where organization_id = $1").await,
        3
    );
    assert_eq!(
        count("select count(*) from report_periods where organization_id = $1").await,
        3
    );

    demo::provision(&database.owner(), &plan).await.unwrap();
    for organization in &plan.organizations {
        assert_eq!(load(database.app(), organization).await, (None, 0));
    }
    assert_eq!(
        count("select count(*) from activities where organization_id = $1").await,
        3_300
    );
}

/// Whoever makes the demo anew, on another machine or another day, finds the same rows under the same ids.
#[tokio::test]
async fn the_same_seed_gives_the_same_rows() {
    let (one, other) = (database().await, database().await);
    let plan = load_all(&one, 1_000).await;
    load_all(&other, 1_000).await;
    for organization in &plan.organizations {
        for table in [
            "activities",
            "activity_days",
            "attendances",
            "memberships",
            "organizational_units",
            "contacts",
        ] {
            let sql = format!("select sum(hashtext(t::text)) from {table} t where organization_id = $1");
            let sums = (
                number(one.app(), organization, &sql).await,
                number(other.app(), organization, &sql).await,
            );
            assert_eq!(sums.0, sums.1, "{} {table}", organization.slug);
        }
    }
}
