//! Two organizations and the test organization, alike: units, people, contacts, the report period 2024.

use bufdir_reports::kernel::clock::new_id;
use chrono::{DateTime, Utc};
use sqlx::PgPool;
use uuid::Uuid;

#[derive(Clone)]
pub struct Fixture {
    pub hlf: Organization,
    pub nhf: Organization,
    /// The test organization.
    pub test: Organization,
    /// A member nowhere.
    pub global_admin: Uuid,
}

/// All people are active members; the peers are trained (2020) and approved from 2020 on.
#[derive(Clone)]
pub struct Organization {
    pub id: Uuid,
    pub slug: &'static str,
    pub admin: Uuid,
    pub coordinator: Uuid,
    pub second_coordinator: Uuid,
    pub peers: Vec<Uuid>,
    pub national: Uuid,
    /// In Vestland.
    pub region: Uuid,
    /// Both below the region.
    pub locals: [Uuid; 2],
    pub contacts: Vec<Uuid>,
    /// The calendar year 2024.
    pub period: Uuid,
}

/// Inserts the fixture as the superuser.
pub async fn insert(superuser: &PgPool, now: DateTime<Utc>) -> Fixture {
    let global_admin = new_id(now);
    let mut transaction = superuser.begin().await.unwrap();
    person(
        &mut transaction,
        global_admin,
        "global.admin@example.org",
        "Global Admin",
        true,
    )
    .await;
    let fixture = Fixture {
        hlf: organization(&mut transaction, "hlf", "300000010", now).await,
        nhf: organization(&mut transaction, "nhf", "300000029", now).await,
        test: organization(&mut transaction, "test", "300000037", now).await,
        global_admin,
    };
    transaction.commit().await.unwrap();
    fixture
}

async fn organization(
    db: &mut sqlx::PgConnection,
    slug: &'static str,
    number: &str,
    now: DateTime<Utc>,
) -> Organization {
    let make = |count: usize| -> Vec<Uuid> { (0..count).map(|_| new_id(now)).collect() };
    let organization = Organization {
        id: new_id(now),
        slug,
        admin: new_id(now),
        coordinator: new_id(now),
        second_coordinator: new_id(now),
        peers: make(3),
        national: new_id(now),
        region: new_id(now),
        locals: [new_id(now), new_id(now)],
        contacts: make(12),
        period: new_id(now),
    };
    sqlx::query(
        "insert into organizations (id, slug, name, organization_number, is_test) values ($1, $2, $3, $4, $2 = 'test')",
    )
    .bind(organization.id)
    .bind(slug)
    .bind(slug.to_uppercase())
    .bind(number)
    .execute(&mut *db)
    .await
    .unwrap();
    units(db, &organization).await;
    people(db, &organization).await;
    contacts(db, &organization).await;
    period(db, &organization, now).await;
    organization
}

async fn units(db: &mut sqlx::PgConnection, organization: &Organization) {
    let region = Some(organization.region);
    for (id, parent, level, name) in [
        (organization.national, None, "national", "Norge"),
        (organization.region, Some(organization.national), "region", "Vest"),
        (organization.locals[0], region, "local", "Bergen"),
        (organization.locals[1], region, "local", "Voss"),
    ] {
        sqlx::query(
            "insert into organizational_units (organization_id, id, parent_id, level, name, county)
             values ($1, $2, $3, $4, $5, case when $4 <> 'national' then 'Vestland' end)",
        )
        .bind(organization.id)
        .bind(id)
        .bind(parent)
        .bind(level)
        .bind(name)
        .execute(&mut *db)
        .await
        .unwrap();
    }
}

async fn people(db: &mut sqlx::PgConnection, organization: &Organization) {
    let staff = [
        (organization.admin, "org_admin", "admin".to_owned()),
        (organization.coordinator, "coordinator", "coordinator".to_owned()),
        (organization.second_coordinator, "coordinator", "second".to_owned()),
    ];
    let peers = organization.peers.iter().enumerate();
    let peers = peers.map(|(index, id)| (*id, "peer_mentor", format!("peer{index}")));
    for (id, role, name) in staff.into_iter().chain(peers) {
        let email = format!("{name}@{}.example.org", organization.slug);
        person(db, id, &email, &format!("{name} {}", organization.slug), false).await;
        sqlx::query(
            "insert into memberships (organization_id, user_id, role, peer_approved_from, peer_trained_on)
             select $1, $2, $3, day, day
             from (select case when $3 = 'peer_mentor' then date '2020-01-01' end) as peer (day)",
        )
        .bind(organization.id)
        .bind(id)
        .bind(role)
        .execute(&mut *db)
        .await
        .unwrap();
    }
}

async fn person(db: &mut sqlx::PgConnection, id: Uuid, email: &str, name: &str, is_global_admin: bool) {
    sqlx::query("insert into users (id, email, name, is_global_admin) values ($1, $2, $3, $4)")
        .bind(id)
        .bind(email)
        .bind(name)
        .bind(is_global_admin)
        .execute(db)
        .await
        .unwrap();
}

async fn contacts(db: &mut sqlx::PgConnection, organization: &Organization) {
    sqlx::query("insert into contacts (organization_id, id) select $1, unnest($2::uuid[])")
        .bind(organization.id)
        .bind(&organization.contacts)
        .execute(db)
        .await
        .unwrap();
}

async fn period(db: &mut sqlx::PgConnection, organization: &Organization, now: DateTime<Utc>) {
    sqlx::query(
        "insert into report_periods
             (organization_id, id, name, first_date, last_date, created_by_user_id, created_at, updated_at)
         values ($1, $2, '2024', '2024-01-01', '2024-12-31', $3, $4, $4)",
    )
    .bind(organization.id)
    .bind(organization.period)
    .bind(organization.coordinator)
    .bind(now)
    .execute(db)
    .await
    .unwrap();
}
