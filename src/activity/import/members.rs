//! Members: who may log in, as what, and how a peer mentor's approval and training stand.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use entity::enums::Role;
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use super::agreement::refuse_repeated;
use super::entry::RoleChange;
use super::header::Column;
use super::known::{rows, word};
use super::problem::Problems;
use super::write::upsert;
use super::{Counts, Import, parse, words};
use crate::activity::bulk::{column, execute};
use crate::kernel::clock::new_id;

pub(super) const COLUMNS: &[Column] = &[
    Column {
        names: &["e-post", "epost", "email", "e-mail"],
        required: true,
    },
    Column {
        names: &["navn", "name"],
        required: true,
    },
    Column {
        names: &["rolle", "role"],
        required: true,
    },
    Column {
        names: &["godkjent fra", "approved from", "approved_from"],
        required: false,
    },
    Column {
        names: &["godkjent til", "approved until", "approved_until"],
        required: false,
    },
    Column {
        names: &["opplært", "trained on", "trained_on"],
        required: false,
    },
    Column {
        names: &["aktiv", "active"],
        required: false,
    },
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

pub(super) async fn check(
    db: &impl ConnectionTrait,
    import: &Import<'_>,
    problems: &mut Problems,
) -> Result<Vec<Member>, DbErr> {
    refuse_repeated(import.table, EMAIL, str::to_lowercase, problems);
    let mut members: Vec<Member> = (0..import.table.rows.len())
        .filter_map(|row| check_row(import, row, problems))
        .collect();
    let admins = active_admins(db, import.organization).await?;
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

/// E-mail addresses of the org admins who can log in.
async fn active_admins(db: &impl ConnectionTrait, organization: Uuid) -> Result<HashSet<String>, DbErr> {
    let sql = "select u.email from memberships m join users u on u.id = m.user_id
        where m.organization_id = $1 and m.role = 'org_admin' and m.is_active and u.is_active";
    let found = rows(db, sql, vec![organization.into()]).await?;
    found.iter().map(|row| row.try_get("", "email")).collect()
}

/// Whether all of the organization's admins are made something else, and nobody is made one.
fn leaves_no_admin(admins: &HashSet<String>, members: &[Member]) -> bool {
    let is_admin = |member: &Member| member.role == Role::OrgAdmin && member.is_active;
    let demoted = members.iter().filter(|member| admins.contains(&member.email));
    !admins.is_empty() && !members.iter().any(is_admin) && demoted.count() == admins.len()
}

fn check_row(import: &Import<'_>, row: usize, problems: &mut Problems) -> Option<Member> {
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
    db: &impl ConnectionTrait,
    owner: &impl ConnectionTrait,
    import: &Import<'_>,
    members: Vec<Member>,
) -> Result<Counts, DbErr> {
    if members.is_empty() {
        return Ok(Counts::default());
    }
    let users = provision(owner, import, &members).await?;
    let roles = role_changes(db, import, &members, &users).await?;
    let date = |date: Option<NaiveDate>| date.map(|date| date.to_string()).unwrap_or_default();
    let sql = "insert into memberships as known (organization_id, user_id, role, is_active, peer_approved_from,
            peer_approved_until, peer_trained_on, created_at, updated_at)
        select $1, r.user_id, r.role, r.is_active, nullif(r.approved_from, '')::date,
            nullif(r.approved_until, '')::date, nullif(r.trained_on, '')::date, $2, $2
        from unnest($3::uuid[], $4::text[], $5::bool[], $6::text[], $7::text[], $8::text[])
            as r (user_id, role, is_active, approved_from, approved_until, trained_on)
        on conflict (organization_id, user_id) do update set role = excluded.role, is_active = excluded.is_active,
            peer_approved_from = excluded.peer_approved_from, peer_approved_until = excluded.peer_approved_until,
            peer_trained_on = excluded.peer_trained_on, updated_at = excluded.updated_at
        where (known.role, known.is_active, known.peer_approved_from, known.peer_approved_until, known.peer_trained_on)
            is distinct from (excluded.role, excluded.is_active, excluded.peer_approved_from,
                excluded.peer_approved_until, excluded.peer_trained_on)
        returning (known.xmax = 0) as created";
    let counts = upsert(db, import, &members, sql, |rows| {
        vec![
            import.organization.into(),
            import.now.into(),
            column(rows, |m| users.get(&m.email).copied().unwrap_or_default()),
            column(rows, |m| m.role.as_str().to_owned()),
            column(rows, |m| m.is_active),
            column(rows, |m| date(m.approved_from)),
            column(rows, |m| date(m.approved_until)),
            column(rows, |m| date(m.trained_on)),
        ]
    });
    Ok(Counts { roles, ..counts.await? })
}

/// Whose staff role the file changes, in its order. To be asked before the memberships are written.
async fn role_changes(
    db: &impl ConnectionTrait,
    import: &Import<'_>,
    members: &[Member],
    users: &HashMap<String, Uuid>,
) -> Result<Vec<RoleChange>, DbErr> {
    let sql =
        "select user_id, role from memberships where organization_id = $1 and is_active and role = any($2::text[])";
    let staff = column(&STAFF, |role| role.as_str().to_owned());
    let found = rows(db, sql, vec![import.organization.into(), staff]).await?;
    let held = found
        .iter()
        .map(|row| Ok((row.try_get("", "user_id")?, word(row, "role")?)))
        .collect::<Result<HashMap<Uuid, Role>, DbErr>>()?;
    let change = |member: &Member| {
        let user_id = *users.get(&member.email)?;
        let from = held.get(&user_id).copied();
        let to = Some(member.role).filter(|role| member.is_active && STAFF.contains(role));
        (from != to).then_some(RoleChange { user_id, from, to })
    };
    Ok(members.iter().filter_map(change).collect())
}

/// Makes the accounts that are missing and finds them all. An account that exists keeps its name: it may be another
/// organization's member as well.
async fn provision(
    owner: &impl ConnectionTrait,
    import: &Import<'_>,
    members: &[Member],
) -> Result<HashMap<String, Uuid>, DbErr> {
    let sql = "insert into users (id, email, name, created_at, updated_at)
        select r.id, r.email, r.name, $1, $1 from unnest($2::uuid[], $3::text[], $4::text[]) as r (id, email, name)
        on conflict (email) do nothing";
    let values = vec![
        import.now.into(),
        column(members, |_| new_id(import.now)),
        column(members, |m| m.email.clone()),
        column(members, |m| m.name.clone()),
    ];
    execute(owner, sql, values).await?;
    let sql = "select email, id from users where email = any($1::text[])";
    let users = rows(owner, sql, vec![column(members, |m| m.email.clone())]).await?;
    users
        .iter()
        .map(|row| Ok((row.try_get("", "email")?, row.try_get("", "id")?)))
        .collect()
}
