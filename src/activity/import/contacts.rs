//! Contacts: a reference and, if the organization wants it, a name.

use entity::contacts;
use sea_orm::ActiveValue::Set;
use sea_orm::DbErr;
use uuid::Uuid;

use super::agreement::refuse_repeated;
use super::header::SourceColumn;
use super::problem::Problems;
use super::write::upsert;
use super::{Counts, ImportContext, parse};
use crate::activity::store::import::upsert_contacts;
use crate::kernel::clock::new_id;

pub(super) const COLUMNS: &[SourceColumn] = &[
    SourceColumn::required(&["referanse", "reference", "external_ref"]),
    SourceColumn::optional(&["navn", "name"]),
];
const REFERENCE: usize = 0;
const NAME: usize = 1;

pub(super) struct Contact {
    id: Uuid,
    reference: String,
    name: Option<String>,
}

pub(super) fn check(import: &ImportContext<'_>, problems: &mut Problems) -> Vec<Contact> {
    let table = import.table;
    refuse_repeated(table, REFERENCE, str::to_owned, problems);
    let mut contacts = vec![];
    for row in 0..table.rows.len() {
        let reference = table.value(row, REFERENCE, problems, parse::text(200));
        let name = table.value(row, NAME, problems, parse::text(200));
        if let Some(reference) = reference.filter(|_| !problems.is_bad(row)) {
            contacts.push(Contact {
                id: new_id(import.now),
                reference,
                name,
            });
        }
    }
    contacts
}

pub(super) async fn write(import: &ImportContext<'_>, contacts: Vec<Contact>) -> Result<Counts, DbErr> {
    upsert(import, &contacts, async |batch| {
        let rows = batch.iter().map(|contact| contacts::ActiveModel {
            id: Set(contact.id),
            name: Set(contact.name.clone()),
            external_ref: Set(Some(contact.reference.clone())),
            created_at: Set(import.now),
            ..Default::default()
        });
        upsert_contacts(import.scope, rows).await
    })
    .await
}
