//! Members: who may log in, as what, and how a peer mentor's approval and training stand.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use entity::enums::Role;
use entity::{memberships, users};
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use super::agreement::refuse_repeated;
use super::entry::RoleChange;
use super::header::SourceColumn;
use super::problem::Problems;
use super::write::upsert;
use super::{Counts, ImportContext, parse, words};
use crate::activity::store::import as store;
use crate::kernel::clock::new_id;

pub(super) const COLUMNS: &[SourceColumn] = &[
    SourceColumn::required(&["e-post", "epost", "email", "e-mail"]),
    SourceColumn::required(&["navn", "name"]),
    SourceColumn::required(&["rolle", "role"]),
    SourceColumn::optional(&["godkjent fra", "approved from", "approved_from"]),
    SourceColumn::optional(&["godkjent til", "approved until", "approved_until"]),
    SourceColumn::optional(&["opplært", "trained on", "trained_on"]),
    SourceColumn::optional(&["aktiv", "active"]),
];
const EMAIL: usize = 0;
const NAME: usize = 1;
const ROLE: usize = 2;
const APPROVED_FROM: usize = 3;
const APPROVED_UNTIL: usize = 4;
const TRAINED_ON: usize = 5;
const ACTIVE: usize = 6;

/// The roles that reach beyond one's own activities.
const STAFF: [Role; 2] = [Role::Coordinator, Role::OrgAdmin];

pub(super) struct Member {
    row: usize,
    email: String,
    name: String,
    role: Role,
    approved_from: Option<NaiveDate>,
    approved_until: Option<NaiveDate>,
    trained_on: Option<NaiveDate>,
    is_active: bool,
}

pub(super) async fn check(import: &ImportContext<'_>, problems: &mut Problems) -> Result<Vec<Member>, DbErr> {
    refuse_repeated(import.table, EMAIL, str::to_lowercase, problems);
    let mut members: Vec<Member> = (0..import.table.rows.len())
        .filter_map(|row| check_row(import, row, problems))
        .collect();
    let admins = store::find_active_admins(import.scope).await?;
    if leaves_no_admin(&admins, &members) {
        for member in members.iter().filter(|member| admins.contains(&member.email)) {
            let column = if member.role == Role::OrgAdmin { ACTIVE } else { ROLE };
            let reason = "leaves the organization without an active administrator; name another one first";
            problems.add(member.row, import.table.error(member.row, column, reason));
        }
        members.retain(|member| !admins.contains(&member.email));
    }
    Ok(members)
}

/// Whether all of the organization's admins are made something else, and nobody is made one.
fn leaves_no_admin(admins: &HashSet<String>, members: &[Member]) -> bool {
    let is_admin = |member: &Member| member.role == Role::OrgAdmin && member.is_active;
    let demoted = members.iter().filter(|member| admins.contains(&member.email));
    !admins.is_empty() && !members.iter().any(is_admin) && demoted.count() == admins.len()
}

fn check_row(import: &ImportContext<'_>, row: usize, problems: &mut Problems) -> Option<Member> {
    let table = import.table;
    let email = table.value(row, EMAIL, problems, parse::email);
    let name = table.value(row, NAME, problems, parse::text(200));
    let role = table.value(row, ROLE, problems, words::role);
    let approved_from = table.value(row, APPROVED_FROM, problems, parse::date);
    let approved_until = table.value(row, APPROVED_UNTIL, problems, parse::date);
    let trained_on = table.value(row, TRAINED_ON, problems, parse::date);
    let is_active = table.value(row, ACTIVE, problems, words::flag).unwrap_or(true);
    let reason = match (approved_from, approved_until) {
        (Some(from), Some(until)) if until < from => Some("lies before the approval's first day"),
        (None, Some(_)) => Some("is given without the approval's first day"),
        _ => None,
    };
    if let Some(reason) = reason {
        problems.add(row, table.error(row, APPROVED_UNTIL, reason));
    }
    if problems.is_bad(row) {
        return None;
    }
    Some(Member {
        row,
        email: email?,
        name: name?,
        role: role?,
        approved_from,
        approved_until,
        trained_on,
        is_active,
    })
}

pub(super) async fn write(
    owner: &impl ConnectionTrait,
    import: &ImportContext<'_>,
    members: Vec<Member>,
) -> Result<Counts, DbErr> {
    if members.is_empty() {
        return Ok(Counts::default());
    }
    let accounts = members.iter().map(|member| users::ActiveModel {
        id: Set(new_id(import.now)),
        email: Set(member.email.clone()),
        name: Set(member.name.clone()),
        created_at: Set(import.now),
        updated_at: Set(import.now),
        ..Default::default()
    });
    let users = store::provision(owner, accounts.collect()).await?;
    let roles = role_changes(import, &members, &users).await?;
    let counts = upsert(import, &members, async |batch| {
        let rows = batch.iter().map(|member| memberships::ActiveModel {
            user_id: Set(users.get(&member.email).copied().unwrap_or_default()),
            role: Set(member.role),
            is_active: Set(member.is_active),
            peer_approved_from: Set(member.approved_from),
            peer_approved_until: Set(member.approved_until),
            peer_trained_on: Set(member.trained_on),
            created_at: Set(import.now),
            updated_at: Set(import.now),
            ..Default::default()
        });
        store::upsert_members(import.scope, rows).await
    });
    Ok(Counts { roles, ..counts.await? })
}

/// Whose staff role the file changes, in its order. To be asked before the memberships are written.
async fn role_changes(
    import: &ImportContext<'_>,
    members: &[Member],
    users: &HashMap<String, Uuid>,
) -> Result<Vec<RoleChange>, DbErr> {
    let held = store::find_active_roles(import.scope, &STAFF).await?;
    let change = |member: &Member| {
        let user_id = *users.get(&member.email)?;
        let from = held.get(&user_id).copied();
        let to = Some(member.role).filter(|role| member.is_active && STAFF.contains(role));
        (from != to).then_some(RoleChange { user_id, from, to })
    };
    Ok(members.iter().filter_map(change).collect())
}
