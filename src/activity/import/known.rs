//! What the organization has already, by the names that files use.

use std::collections::HashMap;

use entity::enums::{Role, UnitLevel};
use sea_orm::{ActiveEnum, ConnectionTrait, DbErr, QueryResult, Statement, Value};
use uuid::Uuid;

use super::parse::Reason;

/// All rows of a statement.
pub(super) async fn rows(db: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Result<Vec<QueryResult>, DbErr> {
    db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values))
        .await
}

/// A text column's value as one of a closed set.
pub(super) fn word<T: ActiveEnum<Value = String>>(row: &QueryResult, column: &str) -> Result<T, DbErr> {
    T::try_from_value(&row.try_get::<String>("", column)?)
}

/// A unit that the database has.
#[derive(Clone, Debug)]
pub(super) struct KnownUnit {
    pub id: Uuid,
    pub external_ref: Option<String>,
    pub level: UnitLevel,
    pub name: String,
    pub county: Option<String>,
}

/// The organization's units.
pub(super) struct Units {
    pub all: Vec<KnownUnit>,
    by_ref: HashMap<String, usize>,
    by_name: HashMap<String, Vec<usize>>,
}

impl Units {
    pub async fn load(db: &impl ConnectionTrait, organization: Uuid) -> Result<Self, DbErr> {
        let sql = "select id, external_ref, level, name, county from organizational_units where organization_id = $1";
        let mut units = Self {
            all: vec![],
            by_ref: HashMap::new(),
            by_name: HashMap::new(),
        };
        for row in rows(db, sql, vec![organization.into()]).await? {
            units.add(KnownUnit {
                id: row.try_get("", "id")?,
                external_ref: row.try_get("", "external_ref")?,
                level: word(&row, "level")?,
                name: row.try_get("", "name")?,
                county: row.try_get("", "county")?,
            });
        }
        Ok(units)
    }

    fn add(&mut self, unit: KnownUnit) {
        let index = self.all.len();
        if let Some(reference) = &unit.external_ref {
            self.by_ref.insert(reference.clone(), index);
        }
        self.by_name.entry(unit.name.to_lowercase()).or_default().push(index);
        self.all.push(unit);
    }

    pub fn by_ref(&self, reference: &str) -> Option<&KnownUnit> {
        self.by_ref.get(reference).map(|index| &self.all[*index])
    }

    /// The unit of this reference or, where there is none, the only one of this name.
    pub fn find(&self, text: &str) -> Result<&KnownUnit, Reason> {
        if let Some(unit) = self.by_ref(text) {
            return Ok(unit);
        }
        match self.by_name.get(&text.to_lowercase()).map(Vec::as_slice) {
            Some([index]) => Ok(&self.all[*index]),
            Some(_) => Err(format!("several units are called \"{text}\": write the reference")),
            None => Err(format!("no unit has the reference or name \"{text}\"")),
        }
    }
}

/// The organization's members by e-mail address.
pub(super) struct Members(HashMap<String, (Uuid, Role)>);

impl Members {
    pub async fn load(db: &impl ConnectionTrait, organization: Uuid) -> Result<Self, DbErr> {
        let sql = "select u.email, u.id, m.role from memberships m join users u on u.id = m.user_id
            where m.organization_id = $1";
        let mut members = HashMap::new();
        for row in rows(db, sql, vec![organization.into()]).await? {
            members.insert(row.try_get("", "email")?, (row.try_get("", "id")?, word(&row, "role")?));
        }
        Ok(Self(members))
    }

    /// Any member, active or not: who led an activity may have left since.
    pub fn find(&self, email: &str) -> Result<Uuid, Reason> {
        let member = self.0.get(&email.to_lowercase());
        member
            .map(|(user, _)| *user)
            .ok_or_else(|| format!("no member has the e-mail address \"{email}\""))
    }

    /// Someone who may confirm what a coordinator confirms.
    pub fn find_coordinator(&self, email: &str) -> Result<Uuid, Reason> {
        match self.0.get(&email.to_lowercase()) {
            Some((_, Role::PeerMentor)) => Err(format!("\"{email}\" is no coordinator")),
            _ => self.find(email),
        }
    }
}

/// The organization's contacts by reference.
pub(super) struct Contacts(HashMap<String, Uuid>);

impl Contacts {
    pub async fn load(db: &impl ConnectionTrait, organization: Uuid) -> Result<Self, DbErr> {
        let sql = "select external_ref, id from contacts where organization_id = $1 and external_ref is not null";
        let rows = rows(db, sql, vec![organization.into()]).await?;
        let pairs = rows
            .iter()
            .map(|row| Ok((row.try_get("", "external_ref")?, row.try_get("", "id")?)));
        pairs.collect::<Result<_, DbErr>>().map(Self)
    }

    pub fn find(&self, reference: &str) -> Result<Uuid, Reason> {
        let contact = self.0.get(reference).copied();
        contact.ok_or_else(|| format!("no contact has the reference \"{reference}\"; import contacts first"))
    }
}
