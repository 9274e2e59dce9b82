//! The organization's whole log.

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Context, Enum, ID, InputObject, Object};
use entity::enums::{ActorKind, AuditAction};

use super::AuditEvent;
use crate::audit::{self, LogFilter, rights};
use crate::kernel::context::RequestExt;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::{self, IdKind};
use crate::kernel::page::{self, Cursor, PageRequest};
use crate::kernel::rules;
use crate::kernel::scalar::DateTime;
use crate::organization::ids;

/// In characters. An export's entry in the log tells the filter.
const MAX_NAME_LENGTH: usize = 300;

/// Which entries of the log. What is left out does not limit the list.
#[derive(Default, InputObject)]
pub struct AuditLogFilter {
    /// Those of these types; none when the list is empty.
    types: Option<Vec<AuditAction>>,
    /// Those of someone who acted in this capacity.
    actor_kind: Option<ActorKind>,
    /// Those of this person, or on this person's behalf.
    actor_id: Option<ID>,
    /// Those done under this grant of support access.
    support_access_id: Option<ID>,
    /// Those about this sort of thing, by the log's name for it: report, export, file and so on.
    subject_type: Option<String>,
    /// Those about this thing.
    subject_id: Option<ID>,
    /// Those from this instant on.
    from: Option<DateTime>,
    /// Those before this instant.
    until: Option<DateTime>,
}

impl AuditLogFilter {
    /// `path` is the argument's, such as `input.filter`.
    pub(super) fn decode(self, path: &str) -> Result<LogFilter> {
        if self
            .subject_type
            .as_ref()
            .is_some_and(|name| name.chars().count() > MAX_NAME_LENGTH)
        {
            return Err(Error::rule(rules::SHORT_TEXT_LENGTH).at(format!("{path}.subjectType")));
        }
        let decode = |kind: IdKind, id: Option<ID>, field| {
            let id = id.map(|id| kind.decode(&id, &format!("{path}.{field}")));
            id.transpose()
        };
        let subject = self.subject_id.as_ref().map(id::decode).transpose();
        let subject = subject.map_err(|error| error.at(format!("{path}.subjectId")))?;
        // A file and the export that made it share a uuid: the id's own type tells them apart.
        let named = subject.and_then(|(kind, _)| kind.subject_type());
        Ok(LogFilter {
            actions: self.types,
            actor_kind: self.actor_kind,
            actor: decode(ids::PERSON, self.actor_id, "actorId")?,
            support_access: decode(ids::SUPPORT_ACCESS, self.support_access_id, "supportAccessId")?,
            subject_type: self.subject_type.or_else(|| named.map(str::to_owned)),
            subject: subject.map(|(_, uuid)| uuid),
            from: self.from.map(|instant| instant.0),
            until: self.until.map(|instant| instant.0),
        })
    }
}

/// The order of the log, by its sequence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
pub enum AuditLogOrder {
    /// The latest first.
    #[default]
    NewestFirst,
    /// The earliest first.
    OldestFirst,
}

/// Queries about the log.
#[derive(Default)]
pub struct AuditQuery;

#[Object]
impl AuditQuery {
    /// The organization's whole log: all that was done, by whom, and on what.
    #[graphql(
        guard = "rights::READ_WHOLE_LOG",
        complexity = "page::cost(first, last, child_complexity)"
    )]
    async fn audit_log(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which entries.")] filter: Option<AuditLogFilter>,
        #[graphql(desc = "In which order; the latest first unless said otherwise.")] order_by: Option<AuditLogOrder>,
        #[graphql(desc = "Continue after this cursor.")] after: Option<String>,
        #[graphql(desc = "Continue before this cursor.")] before: Option<String>,
        #[graphql(desc = "Take this many from the beginning: 1 to 200, 50 unless said otherwise.")] first: Option<i32>,
        #[graphql(desc = "Take this many from the end: 1 to 200.")] last: Option<i32>,
    ) -> Result<Connection<Cursor, AuditEvent, EmptyFields, EmptyFields>> {
        let page = PageRequest::new(after, before, first, last)?;
        let filter = filter.unwrap_or_default().decode("filter")?;
        let newest_first = order_by.unwrap_or_default() == AuditLogOrder::NewestFirst;
        let found = audit::log(&*ctx.read().await?, &filter, newest_first, &page).await?;
        page::connection(found, EmptyFields, Ok)
    }
}
