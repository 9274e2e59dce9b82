//! The log's statements.

use async_graphql::SimpleObject;
use chrono::{DateTime, TimeDelta, Utc};
use entity::audit_logs::{Column, Entity as AuditLogs};
use entity::enums::{ActorKind, AuditAction};
use entity::{support_access, users};
use futures::Stream;
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, DerivePartialModel, FromQueryResult, QueryFilter, QueryOrder, SelectExt};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::kernel::clock::least_id;
use crate::kernel::db::{ReadScope, Scoped};
use crate::kernel::error::{Error, Result};
use crate::kernel::page::{Cursor, Filter, Keyset, Page, PageRequest};
use crate::kernel::scalar;

/// One entry of the append-only audit log. It can be neither changed nor deleted.
#[derive(Clone, Debug, DerivePartialModel, SimpleObject)]
#[sea_orm(entity = "AuditLogs")]
#[graphql(complex)]
pub struct AuditEvent {
    #[graphql(skip)]
    pub id: Uuid,
    /// Place in the organization's log, without gaps. This is the chronological order.
    pub sequence: i64,
    /// When it happened, UTC.
    #[graphql(name = "time")]
    pub created_at: scalar::DateTime,
    #[graphql(skip)]
    pub actor_kind: ActorKind,
    #[graphql(skip)]
    pub actor_user_id: Option<Uuid>,
    #[graphql(skip)]
    pub actor_name: String,
    #[graphql(skip)]
    pub actor_role: Option<String>,
    #[graphql(skip)]
    pub support_access_id: Option<Uuid>,
    /// What happened.
    #[graphql(name = "type")]
    pub action: AuditAction,
    #[graphql(skip)]
    pub subject_type: String,
    #[graphql(skip)]
    pub subject_id: Option<Uuid>,
    #[graphql(skip)]
    pub report_id: Option<Uuid>,
    /// What happened, in a sentence.
    pub message: String,
    /// None where nobody asked for them.
    #[graphql(skip)]
    pub details: Option<Json>,
    /// None where nobody asked for it.
    #[graphql(skip)]
    pub previous_hash: Option<Vec<u8>>,
    /// None where nobody asked for it.
    #[graphql(skip)]
    pub hash: Option<Vec<u8>>,
}

/// What is left out of a trail unless somebody asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TrailColumns {
    pub details: bool,
    pub hashes: bool,
}

impl TrailColumns {
    fn list_omitted(self) -> impl Iterator<Item = &'static str> {
        let details = (!self.details).then_some("details");
        let hashes = (!self.hashes).then_some(["previous_hash", "hash"]);
        details.into_iter().chain(hashes.into_iter().flatten())
    }
}

/// Which entries of a trail are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TrailFilter {
    /// None of them when empty; all when `None`.
    pub actions: Option<Vec<AuditAction>>,
}

impl Filter for TrailFilter {
    fn condition(&self, _scope: &ReadScope) -> Condition {
        Condition::all().add_option(self.actions.as_deref().map(is_one_of))
    }
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

impl Filter for LogFilter {
    /// Times bound the ids as well, which prunes the partitions.
    fn condition(&self, _scope: &ReadScope) -> Condition {
        let from = |from| {
            Condition::all()
                .add(Column::CreatedAt.gte(from))
                .add(Column::Id.gte(least_id(from)))
        };
        let until = |until| {
            let beyond = least_id(until + TimeDelta::milliseconds(1));
            Condition::all()
                .add(Column::CreatedAt.lt(until))
                .add(Column::Id.lt(beyond))
        };
        Condition::all()
            .add_option(self.actions.as_deref().map(is_one_of))
            .add_option(self.actor_kind.map(|kind| Column::ActorKind.eq(kind)))
            .add_option(self.actor.map(|actor| Column::ActorUserId.eq(actor)))
            .add_option(self.support_access.map(|grant| Column::SupportAccessId.eq(grant)))
            .add_option(self.subject_type.as_deref().map(|name| Column::SubjectType.eq(name)))
            .add_option(self.subject.map(|subject| Column::SubjectId.eq(subject)))
            .add_option(self.from.map(from))
            .add_option(self.until.map(until))
    }
}

fn is_one_of(actions: &[AuditAction]) -> sea_orm::sea_query::Expr {
    Column::Action.eq_any(actions.iter().copied())
}

/// A page of the organization's whole log.
pub async fn log(
    scope: &ReadScope,
    filter: &LogFilter,
    newest_first: bool,
    page: &PageRequest,
) -> Result<Page<AuditEvent>> {
    let rows = scope.find::<AuditLogs>().filter(filter.condition(scope));
    let list = Keyset::by(rows, Column::Sequence, Column::Id).descending(newest_first);
    list.fetch(scope, page).await
}

/// All entries that the filter leaves, oldest first.
pub async fn whole_log(scope: &ReadScope, filter: &LogFilter) -> Result<impl Stream<Item = Result<AuditEvent>>> {
    let rows = scope.find::<AuditLogs>().filter(filter.condition(scope));
    scope.stream_rows(rows.order_by_asc(Column::Sequence)).await
}

/// Checks that the organization knows whom and what the filter names: an export of nothing would otherwise be recorded
/// for an id that is another organization's.
///
/// # Errors
///
/// Not found.
pub async fn check_named(scope: &ReadScope, filter: &LogFilter) -> Result<()> {
    let logged = |condition| scope.find::<AuditLogs>().filter(condition).exists(scope);
    if let Some(actor) = filter.actor {
        let person = scope.find_global::<users::Entity>().filter(users::Column::Id.eq(actor));
        if !person.exists(scope).await? && !logged(Column::ActorUserId.eq(actor)).await? {
            return Err(Error::NotFound("person"));
        }
    }
    if let Some(grant) = filter.support_access {
        let grants = scope.find::<support_access::Entity>();
        if !grants
            .filter(support_access::Column::Id.eq(grant))
            .exists(scope)
            .await?
        {
            return Err(Error::NotFound("support access"));
        }
    }
    if let Some(subject) = filter.subject
        && !logged(Column::SubjectId.eq(subject)).await?
    {
        return Err(Error::NotFound("thing in the log"));
    }
    Ok(())
}

/// A page of a report's trail, oldest first.
pub async fn trail(
    scope: &ReadScope,
    report: Uuid,
    filter: &TrailFilter,
    columns: TrailColumns,
    page: &PageRequest,
) -> Result<Page<AuditEvent>> {
    let rows = scope.find::<AuditLogs>().filter(Column::ReportId.eq(report));
    let list = Keyset::by(rows.filter(filter.condition(scope)), Column::Sequence, Column::Id);
    list.omitting(columns.list_omitted()).fetch(scope, page).await
}

/// The first entries of several reports' trails in one statement: `size` and one more of each, which tells whether
/// there are more. A lateral join, which the builder has no words for. An entry is no older than its report.
#[expect(clippy::disallowed_methods, reason = "a lateral join, in a file")]
pub async fn first_of_reports(
    scope: &ReadScope,
    reports: &[Uuid],
    filter: &TrailFilter,
    columns: TrailColumns,
    size: u64,
) -> Result<Vec<(Cursor, AuditEvent)>> {
    let actions = filter.actions.as_deref();
    let actions: Option<Vec<_>> =
        actions.map(|actions| actions.iter().map(|action| action.as_str().to_owned()).collect());
    // A UUIDv7 begins with its milliseconds: the least of the reports' ids, cut there, bounds the entries' ids.
    let oldest = reports.iter().min().copied().unwrap_or_default();
    let bound = Uuid::from_u128(oldest.as_u128() >> 80 << 80);
    let values = [
        reports.to_vec().into(),
        actions.into(),
        bound.into(),
        i64::try_from(size + 1).map_err(Error::internal)?.into(),
        columns.details.into(),
        columns.hashes.into(),
    ];
    let rows = scope.rows(include_str!("sql/first_of_reports.sql"), values).await?;
    rows.iter()
        .map(|row| Ok((Cursor::of(row)?, AuditEvent::from_query_result(row, "")?)))
        .collect()
}
