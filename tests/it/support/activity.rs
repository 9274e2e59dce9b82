//! Builds an activity: what a test does not say is that of an approved conversation group that counts.

use chrono::NaiveDate;
use uuid::Uuid;

use super::database::TestDatabase;
use super::fixture::Organization;

/// An activity to be, of one day.
pub struct ActivityBuilder<'a> {
    database: &'a TestDatabase,
    organization: &'a Organization,
    kind: &'static str,
    mode: &'static str,
    status: &'static str,
    unit: Uuid,
    leader: Uuid,
    days: Vec<Day>,
}

struct Day {
    date: NaiveDate,
    minutes: i32,
    contacts: Vec<Uuid>,
    anonymous: i32,
}

impl TestDatabase {
    /// Begins an activity of the first local unit, led by the first peer.
    pub fn activity<'a>(&'a self, organization: &'a Organization) -> ActivityBuilder<'a> {
        ActivityBuilder {
            database: self,
            organization,
            kind: "group",
            mode: "in_person",
            status: "approved",
            unit: organization.locals[0],
            leader: organization.peers[0],
            days: Vec::new(),
        }
    }
}

impl ActivityBuilder<'_> {
    /// outreach, group (a conversation), course or other.
    pub fn kind(self, kind: &'static str) -> Self {
        Self { kind, ..self }
    }

    pub fn mode(self, mode: &'static str) -> Self {
        Self { mode, ..self }
    }

    pub fn status(self, status: &'static str) -> Self {
        Self { status, ..self }
    }

    pub fn unit(self, unit: Uuid) -> Self {
        Self { unit, ..self }
    }

    pub fn led_by(self, leader: Uuid) -> Self {
        Self { leader, ..self }
    }

    /// A day on which it took place, at 18:00, with who attended: contacts, and a number of anonymous ones.
    pub fn day(mut self, date: &str, minutes: i32, contacts: &[Uuid], anonymous: i32) -> Self {
        self.days.push(Day {
            date: date.parse().unwrap(),
            minutes,
            contacts: contacts.to_vec(),
            anonymous,
        });
        self
    }

    /// Inserts it as the superuser; gives its id.
    pub async fn insert(self) -> Uuid {
        let id = self.database.new_id();
        let mut transaction = self.database.superuser().begin().await.unwrap();
        sqlx::query(
            "insert into activities (organization_id, id, unit_id, kind, group_kind, mode, status, title,
                 leader_user_id, created_at, updated_at)
             values ($1, $2, $3, $4, case when $4 = 'group' then 'conversation' end, $5, $6, 'Samtalegruppe', $7, $8, $8)",
        )
        .bind(self.organization.id)
        .bind(id)
        .bind(self.unit)
        .bind(self.kind)
        .bind(self.mode)
        .bind(self.status)
        .bind(self.leader)
        .bind(self.database.now())
        .execute(&mut *transaction)
        .await
        .unwrap();
        for day in &self.days {
            day.insert(&mut transaction, self.organization.id, id).await;
        }
        transaction.commit().await.unwrap();
        id
    }
}

impl Day {
    async fn insert(&self, db: &mut sqlx::PgConnection, organization: Uuid, activity: Uuid) {
        sqlx::query(
            "insert into activity_days
                 (organization_id, activity_id, local_date, starts_at, minutes, anonymous_participants)
             values ($1, $2, $3, '18:00', $4, $5)",
        )
        .bind(organization)
        .bind(activity)
        .bind(self.date)
        .bind(self.minutes)
        .bind(self.anonymous)
        .execute(&mut *db)
        .await
        .unwrap();
        sqlx::query(
            "insert into attendances (organization_id, activity_id, local_date, contact_id)
             select $1, $2, $3, unnest($4::uuid[])",
        )
        .bind(organization)
        .bind(activity)
        .bind(self.date)
        .bind(&self.contacts)
        .execute(db)
        .await
        .unwrap();
    }
}
