//! The log's statements.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use entity::enums::{ActorKind, AuditAction};
use sea_orm::{FromQueryResult, QueryResult, Statement, Value};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::kernel::db::{ReadScope, scoped};
use crate::kernel::error::{Error, Result};
use crate::kernel::page::{List, Page, PageRequest};

/// An entry as it is shown.
#[derive(Clone, Debug, FromQueryResult)]
pub struct AuditRow {
    pub id: Uuid,
    pub sequence: i64,
    pub created_at: DateTime<Utc>,
    pub actor_kind: ActorKind,
    pub actor_user_id: Option<Uuid>,
    pub actor_name: String,
    pub actor_role: Option<String>,
    pub support_access_id: Option<Uuid>,
    pub action: AuditAction,
    pub subject_type: String,
    pub subject_id: Option<Uuid>,
    pub report_id: Option<Uuid>,
    pub message: String,
    pub details: Json,
    pub previous_hash: Vec<u8>,
    pub hash: Vec<u8>,
}

/// What is left out of a trail unless somebody asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TrailColumns {
    /// `details`; null where left out.
    pub details: bool,
    /// `hash` and `previous_hash`; empty where left out.
    pub hashes: bool,
}

impl TrailColumns {
    /// The beginning of a SELECT of entries.
    fn entries(self) -> Cow<'static, str> {
        if self.details && self.hashes {
            return Cow::Borrowed(ENTRIES);
        }
        let mut select = ENTRIES.to_owned();
        if !self.details {
            select = select.replace("a.details", "'null'::jsonb as details");
        }
        if !self.hashes {
            select = select.replace(
                "a.previous_hash, a.hash",
                "''::bytea as previous_hash, ''::bytea as hash",
            );
        }
        Cow::Owned(select)
    }
}

const ENTRIES: &str =
    "select a.id, a.sequence, a.created_at, a.actor_kind, a.actor_user_id, a.actor_name, a.actor_role,
    a.support_access_id, a.action, a.subject_type, a.subject_id, a.report_id, a.message, a.details, a.previous_hash, a.hash";

/// Which entries of a trail are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TrailFilter {
    /// None of them when empty; all when `None`.
    pub actions: Option<Vec<AuditAction>>,
}

/// Which entries of the whole log are wanted; what is `None` does not limit it. Of an empty list there are none.
#[derive(Clone, Debug, Default)]
pub struct LogFilter {
    pub actions: Option<Vec<AuditAction>>,
    pub actor_kind: Option<ActorKind>,
    pub actor: Option<Uuid>,
    pub support_access: Option<Uuid>,
    pub subject_type: Option<String>,
    pub subject: Option<Uuid>,
    /// UTC, inclusive.
    pub from: Option<DateTime<Utc>>,
    /// UTC, exclusive.
    pub until: Option<DateTime<Utc>>,
}

impl LogFilter {
    /// The WHERE clause and what it binds from `$2` on. Times bound the ids as well, which prunes the partitions.
    fn condition(&self) -> (String, Vec<Value>) {
        let actions = self.actions.as_deref().map(names);
        let limits: [(&str, Option<Value>); 8] = [
            ("a.action = any (?)", actions.map(Value::from)),
            ("a.actor_kind = ?", self.actor_kind.map(|kind| kind.as_str().into())),
            ("a.actor_user_id = ?", self.actor.map(Value::from)),
            ("a.support_access_id = ?", self.support_access.map(Value::from)),
            ("a.subject_type = ?", self.subject_type.clone().map(Value::from)),
            ("a.subject_id = ?", self.subject.map(Value::from)),
            (
                "a.created_at >= ? and a.id >= app.uuid_floor(?)",
                self.from.map(Value::from),
            ),
            (
                "a.created_at < ? and a.id < app.uuid_floor(? + interval '1 millisecond')",
                self.until.map(Value::from),
            ),
        ];
        let mut condition = "a.organization_id = $1".to_owned();
        let mut values = Vec::new();
        for (limit, value) in limits {
            if let Some(value) = value {
                values.push(value);
                condition.push_str(" and ");
                condition.push_str(&limit.replace('?', &format!("${}", values.len() + 1)));
            }
        }
        (condition, values)
    }
}

/// A page of the organization's whole log.
pub async fn log(scope: &ReadScope, filter: &LogFilter, newest_first: bool, page: &PageRequest) -> Result<Page> {
    let (condition, values) = filter.condition();
    let list = List {
        select: &format!("{ENTRIES} from audit_logs a"),
        filter: condition,
        values,
        key: ("a.sequence", "bigint"),
        id: "a.id",
        descending: newest_first,
    };
    list.fetch(scope, page).await
}

/// The statement of all entries that the filter leaves, oldest first, for streaming.
pub fn whole_log(organization: Uuid, filter: &LogFilter) -> Statement {
    let (condition, values) = filter.condition();
    let sql = format!("{ENTRIES} from audit_logs a where {condition} order by a.sequence");
    scoped(&sql, organization, values)
}

/// Checks that the organization knows whom and what the filter names: an export of nothing would otherwise be recorded
/// for an id that is another organization's.
///
/// # Errors
///
/// Not found.
pub async fn check_named(scope: &ReadScope, filter: &LogFilter) -> Result<()> {
    let sql = "select
        ($2::uuid is null or exists (select from users where id = $2)
            or exists (select from audit_logs where organization_id = $1 and actor_user_id = $2)) as actor,
        ($3::uuid is null or exists (select from support_access where organization_id = $1 and id = $3)) as support_access,
        ($4::uuid is null or exists (select from audit_logs where organization_id = $1 and subject_id = $4)) as subject";
    let values = [filter.actor, filter.support_access, filter.subject].map(Value::from);
    let row = scope.row(sql, values).await?;
    let row = row.ok_or_else(|| Error::internal("no answer to what a filter names"))?;
    for (column, what) in [
        ("actor", "person"),
        ("support_access", "support access"),
        ("subject", "thing in the log"),
    ] {
        if !row.try_get::<bool>("", column)? {
            return Err(Error::NotFound(what));
        }
    }
    Ok(())
}

pub async fn organization_name(scope: &ReadScope) -> Result<String> {
    let row = scope.row("select name from organizations where id = $1", []).await?;
    Ok(row.ok_or(Error::NotFound("organization"))?.try_get("", "name")?)
}

/// A page of a report's trail, oldest first.
pub async fn trail(
    scope: &ReadScope,
    report: Uuid,
    filter: &TrailFilter,
    columns: TrailColumns,
    page: &PageRequest,
) -> Result<Page> {
    let mut clause = "a.organization_id = $1 and a.report_id = $2".to_owned();
    let mut values: Vec<Value> = vec![report.into()];
    if let Some(actions) = &filter.actions {
        clause.push_str(" and a.action = any ($3)");
        values.push(names(actions).into());
    }
    let list = List {
        select: &format!("{} from audit_logs a", columns.entries()),
        filter: clause,
        values,
        key: ("a.sequence", "bigint"),
        id: "a.id",
        descending: false,
    };
    list.fetch(scope, page).await
}

/// The first entries of several reports' trails in one statement: `size` and one more of each, which tells whether
/// there are more. An entry is no older than its report, so that partitions before the oldest report are never read.
pub async fn first_of_reports(
    scope: &ReadScope,
    reports: &[Uuid],
    filter: &TrailFilter,
    columns: TrailColumns,
    size: u64,
) -> Result<Vec<QueryResult>> {
    let sql = format!(
        "{}, a.sequence::text as page_key, a.id as page_id
        from unnest($2::uuid[]) as wanted (report_id)
        cross join lateral (
            select * from audit_logs entry
            where entry.organization_id = $1 and entry.report_id = wanted.report_id
                and ($3::text[] is null or entry.action = any ($3)) and entry.id >= $4
            order by entry.sequence limit {}
        ) a
        order by a.report_id, a.sequence",
        columns.entries(),
        size + 1
    );
    let actions = filter.actions.as_deref().map(names);
    // A UUIDv7 begins with its milliseconds: the least of the reports' ids, cut there, bounds the entries' ids.
    let oldest = reports.iter().min().copied().unwrap_or_default();
    let bound = Uuid::from_u128(oldest.as_u128() >> 80 << 80);
    scope
        .rows(&sql, [reports.to_vec().into(), actions.into(), bound.into()])
        .await
}

fn names(actions: &[AuditAction]) -> Vec<String> {
    actions.iter().map(|action| action.as_str().to_owned()).collect()
}
