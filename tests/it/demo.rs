//! The demo loads once, whole, and the same every time.

#![expect(clippy::disallowed_methods, reason = "a test looks behind the program")]

use bufdir_reports::edge::demo::{self, DemoOrganization, DemoSettings, Loaded, Plan, YEARS};
use bufdir_reports::format::{self, CountedPeriod};
use bufdir_reports::kernel::audit_entry::AuditEntry;
use bufdir_reports::kernel::db::{Caller, Database};
use chrono::{DateTime, NaiveDate, Utc};
use counting::{Counted, FieldSource};
use entity::enums::{ActorKind, AuditAction, Verdict};
use sea_orm::{ConnectionTrait, Iterable, Statement};

use crate::support::{TestDatabase, database};

pub fn now() -> DateTime<Utc> {
    "2026-11-21T08:00:00Z".parse().unwrap()
}

/// Loads one organization as the command does.
async fn load(database: &Database, organization: &DemoOrganization) -> (Option<Loaded>, usize) {
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

fn entry(organization: &DemoOrganization) -> AuditEntry {
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
#[expect(clippy::disallowed_methods, reason = "a test looks behind the program")]
pub async fn number(database: &Database, organization: &DemoOrganization, sql: &str) -> i64 {
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

/// A year of the organization, counted as for its report.
async fn count(database: &TestDatabase, organization: &DemoOrganization, year: i32) -> Counted {
    let scope = database
        .app()
        .work(ActorKind::Operator, organization.id, None, now())
        .await
        .unwrap();
    let format = format::for_basis_year(&scope, year).await.unwrap().unwrap();
    let period = CountedPeriod {
        organization_id: organization.id,
        first_date: NaiveDate::from_ymd_opt(year, 1, 1).unwrap(),
        last_date: NaiveDate::from_ymd_opt(year, 12, 31).unwrap(),
    };
    format::preview(&scope, &period, &format, None).await.unwrap()
}

/// The reader of a demo report sees every verdict, and what most warnings are about.
#[tokio::test]
async fn every_verdict_occurs_in_each_year_of_the_large_organizations() {
    let database = database().await;
    let plan = load_all(&database, 20_000).await;
    for (organization, year) in plan.organizations[..2].iter().flat_map(|o| YEARS.map(|year| (o, year))) {
        let counted = count(&database, organization, year).await;
        for verdict in Verdict::iter() {
            let days = counted.days_by_verdict.get(&verdict).copied().unwrap_or(0);
            assert!(days > 0, "{} {year}: no day is {verdict:?}", organization.slug);
        }
        let days: i64 = counted.days_by_verdict.values().sum();
        let share = counted.days_by_verdict[&Verdict::Counted] * 100 / days;
        assert!(
            (40..95).contains(&share),
            "{} {year}: {share} % are counted",
            organization.slug
        );
        assert!(counted.pending_activities > 0 && counted.rejected_activities > 0);
        assert!(counted.overlapping_days > 0 && counted.co_organised_activities > 0);
    }
}

/// 2023 can be reported without a warning about figures; 2024 lacks one; of 2025 all are left to the reader.
#[tokio::test]
async fn one_required_figure_of_2024_is_missing() {
    let database = database().await;
    let plan = load_all(&database, 100).await;
    for organization in &plan.organizations {
        assert_eq!(missing_figures(&database, organization, 2023).await, [""; 0]);
        assert_eq!(missing_figures(&database, organization, 2024).await, ["VE03"]);
        assert_eq!(missing_figures(&database, organization, 2025).await.len(), 7);
    }
}

/// Required fields of the year's format that nobody has typed in.
async fn missing_figures(database: &TestDatabase, organization: &DemoOrganization, year: i32) -> Vec<String> {
    let scope = database
        .app()
        .work(ActorKind::Operator, organization.id, None, now())
        .await
        .unwrap();
    let format = format::for_basis_year(&scope, year).await.unwrap().unwrap();
    let sql = "select distinct f.field from period_figures f join report_periods p
            on p.organization_id = $1 and p.id = f.report_period_id
        where f.organization_id = $1 and p.basis_year = $2";
    let rows = scope.rows(sql, [year.into()]).await.unwrap();
    let typed: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    assert!(typed.iter().all(|field| {
        format
            .field(field)
            .is_some_and(|field| field.source == FieldSource::Typed)
    }));
    let required = format
        .fields
        .iter()
        .filter(|field| field.required && field.source == FieldSource::Typed);
    let ids = required.map(|field| field.id.clone());
    ids.filter(|field| !typed.contains(field)).collect()
}
