//! What the organization has already, by the names that files use.

use std::collections::HashMap;

use entity::enums::Role;
use sea_orm::DbErr;
use uuid::Uuid;

use super::parse::Reason;
use crate::activity::store::import::{self as store, KnownUnit};
use crate::kernel::db::WriteScope;

/// The organization's units.
pub(super) struct KnownUnits {
    pub all: Vec<KnownUnit>,
    by_ref: HashMap<String, usize>,
    by_name: HashMap<String, Vec<usize>>,
}

impl KnownUnits {
    pub async fn load(scope: &WriteScope) -> Result<Self, DbErr> {
        let mut units = Self {
            all: vec![],
            by_ref: HashMap::new(),
            by_name: HashMap::new(),
        };
        for unit in store::find_units(scope).await? {
            units.add(unit);
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
    pub async fn load(scope: &WriteScope) -> Result<Self, DbErr> {
        let members = store::find_members(scope).await?.into_iter();
        Ok(Self(members.map(|(email, user, role)| (email, (user, role))).collect()))
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
    pub async fn load(scope: &WriteScope) -> Result<Self, DbErr> {
        store::find_contacts(scope).await.map(Self)
    }

    pub fn find(&self, reference: &str) -> Result<Uuid, Reason> {
        let contact = self.0.get(reference).copied();
        contact.ok_or_else(|| format!("no contact has the reference \"{reference}\"; import contacts first"))
    }
}
