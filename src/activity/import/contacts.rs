//! Contacts: a reference and, if the organization wants it, a name.

use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use super::agreement::refuse_repeated;
use super::header::Column;
use super::problem::Problems;
use super::write::upsert;
use super::{Counts, Import, parse};
use crate::activity::bulk::column;
use crate::kernel::clock::new_id;

pub(super) const COLUMNS: &[Column] = &[
    Column {
        names: &["referanse", "reference", "external_ref"],
        required: true,
    },
    Column {
        names: &["navn", "name"],
        required: false,
    },
];
const REFERENCE: usize = 0;
const NAME: usize = 1;

pub(super) struct Contact {
    id: Uuid,
    reference: String,
    name: Option<String>,
}

pub(super) fn check(import: &Import<'_>, problems: &mut Problems) -> Vec<Contact> {
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

pub(super) async fn write(
    db: &impl ConnectionTrait,
    import: &Import<'_>,
    contacts: Vec<Contact>,
) -> Result<Counts, DbErr> {
    let sql = "insert into contacts as known (organization_id, id, name, external_ref, created_at)
        select $1, r.id, nullif(r.name, ''), r.reference, $2
        from unnest($3::uuid[], $4::text[], $5::text[]) as r (id, name, reference)
        on conflict (organization_id, external_ref) do update set name = excluded.name
        where known.name is distinct from excluded.name
        returning (known.xmax = 0) as created";
    upsert(db, import, &contacts, sql, |rows| {
        vec![
            import.organization.into(),
            import.now.into(),
            column(rows, |r| r.id),
            column(rows, |r| r.name.clone().unwrap_or_default()),
            column(rows, |r| r.reference.clone()),
        ]
    })
    .await
}
