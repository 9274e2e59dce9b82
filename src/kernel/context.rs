//! What a resolver can ask of its request: `ctx.read()`, `ctx.write()`, `ctx.actor()`, `ctx.clock()`.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use async_graphql::Context;
use chrono::{DateTime, Utc};
use entity::enums::AuditAction;
use uuid::Uuid;

use crate::kernel::actor::{Actor, Standing};
use crate::kernel::audit_entry::AuditEntry;
use crate::kernel::clock::Clock;
use crate::kernel::db::{Caller, Database, ReadScope, Turn, WriteScope};
use crate::kernel::error::{Error, Result};
use crate::kernel::right::Right;

/// One per GraphQL operation.
pub struct RequestContext {
    database: Database,
    clock: Arc<dyn Clock>,
    login: Option<Login>,
    /// What was entered first. Whatever the operation enters later is the same, or nothing.
    entered: OnceLock<Uuid>,
    /// Whether the operation asks for what costs the database much.
    is_costly: AtomicBool,
    turn: Mutex<Option<Turn>>,
    reading: tokio::sync::Mutex<Option<Arc<Reading>>>,
    support_is_logged: AtomicBool,
}

/// What a valid token says.
#[derive(Clone, Debug)]
pub struct Login {
    pub caller: Caller,
    /// UTC; subscriptions end then.
    pub expires_at: DateTime<Utc>,
}

impl RequestContext {
    pub fn new(database: Database, clock: Arc<dyn Clock>, login: Option<Login>) -> Self {
        Self {
            database,
            clock,
            login,
            entered: OnceLock::new(),
            is_costly: AtomicBool::new(false),
            turn: Mutex::new(None),
            reading: tokio::sync::Mutex::new(None),
            support_is_logged: AtomicBool::new(false),
        }
    }

    pub fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    /// Has the operation wait for its turn before it reads, since its statements cost much.
    pub fn expect_cost(&self) {
        self.is_costly.store(true, Ordering::Relaxed);
    }

    /// Who logged in; an error for an anonymous request.
    pub fn login(&self) -> Result<&Login> {
        self.login
            .as_ref()
            .ok_or_else(|| Error::Unauthenticated("Send a token: the header `Authorization: Bearer <token>`.".into()))
    }

    /// The operation's snapshot, opened at the first need and shared from then on.
    pub async fn read(&self) -> Result<Arc<Reading>> {
        let mut reading = self.reading.lock().await;
        if let Some(open) = reading.as_ref() {
            return Ok(Arc::clone(open));
        }
        let opened = Arc::new(Reading::new(self.enter_for_reading().await?));
        *reading = Some(Arc::clone(&opened));
        Ok(opened)
    }

    /// A snapshot of the caller's own, from which rows may be streamed. The operation's is given up for it: a
    /// connection that waits for a long reading helps nobody.
    pub async fn snapshot(&self) -> Result<ReadScope> {
        self.forget_snapshot().await;
        self.enter_for_reading().await
    }

    async fn enter_for_reading(&self) -> Result<ReadScope> {
        let scope = self.enter_in_turn().await?;
        if scope.actor().standing == Standing::Support {
            self.log_support(scope.actor()).await?;
        }
        Ok(scope)
    }

    /// The organization whose turn it is to be is known from entering it; whoever has to wait then leaves again, and holds
    /// no connection meanwhile.
    async fn enter_in_turn(&self) -> Result<ReadScope> {
        let enter = async || -> Result<ReadScope> {
            let scope = self.database.read(&self.caller()?, self.clock.now()).await?;
            self.entered.get_or_init(|| scope.organization());
            Ok(scope)
        };
        let scope = enter().await?;
        if !self.is_costly.load(Ordering::Relaxed) || self.turn().is_some() {
            return Ok(scope);
        }
        let (turns, organization) = (self.database.turns(), scope.organization());
        if let Some(turn) = turns.try_take(organization) {
            *self.turn() = Some(turn);
            return Ok(scope);
        }
        drop(scope);
        let turn = turns.take(organization).await;
        *self.turn() = Some(turn);
        enter().await
    }

    fn turn(&self) -> MutexGuard<'_, Option<Turn>> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A transaction for one mutation field. What its payload reads comes from a new snapshot, which sees the write.
    pub async fn write(&self) -> Result<WriteScope> {
        self.forget_snapshot().await;
        let scope = self.database.write(&self.caller()?, self.clock.now()).await?;
        self.entered.get_or_init(|| scope.organization());
        Ok(scope)
    }

    /// Who enters: for someone who named no organization the one that was entered before, since their memberships may
    /// have changed meanwhile.
    fn caller(&self) -> Result<Caller> {
        let mut caller = self.login()?.caller.clone();
        if let Some(entered) = self.entered.get() {
            caller.organization = Some(entered.to_string());
        }
        Ok(caller)
    }

    /// Reads are not logged, except support's: one entry per operation, before anything is read (decisions.md, 9).
    async fn log_support(&self, actor: &Actor) -> Result<()> {
        if self.support_is_logged.load(Ordering::Relaxed) {
            return Ok(());
        }
        let scope = self.database.write(&self.caller()?, self.clock.now()).await?;
        let message = format!("{} read the organization's data under support access.", actor.name);
        let entry = AuditEntry::new(AuditAction::SupportRead, "organization", actor.organization_id, message);
        scope.commit([entry]).await?;
        // Only now: where the entry could not be written, the operation's next field must not read unrecorded.
        self.support_is_logged.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Ends the snapshot: the next event of a subscription reads anew, and enters anew, so that a lost right shows.
    pub async fn forget_snapshot(&self) {
        self.reading.lock().await.take();
    }
}

/// A snapshot and the loaders that batch reads from it.
pub struct Reading {
    scope: Arc<ReadScope>,
    loaders: Mutex<HashMap<TypeId, Box<dyn Any + Send>>>,
}

impl Reading {
    pub fn new(scope: ReadScope) -> Self {
        Self {
            scope: Arc::new(scope),
            loaders: Mutex::new(HashMap::new()),
        }
    }

    /// The snapshot's one loader of this type. It is given the scope weakly: a loader that outlives the operation must
    /// not keep the transaction open.
    pub fn loader<L: Clone + Send + 'static>(&self, make: impl FnOnce(Weak<ReadScope>) -> L) -> L {
        let mut loaders = self.loaders.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = loaders
            .entry(TypeId::of::<L>())
            .or_insert_with(|| Box::new(make(Arc::downgrade(&self.scope))));
        entry.downcast_ref::<L>().expect("the key is the value's type").clone()
    }
}

impl Deref for Reading {
    type Target = ReadScope;

    fn deref(&self) -> &ReadScope {
        &self.scope
    }
}

/// The request's own methods on async-graphql's context.
pub trait RequestExt {
    fn request(&self) -> &RequestContext;

    /// The operation's snapshot.
    fn read(&self) -> impl Future<Output = Result<Arc<Reading>>> + Send;

    /// The operation's snapshot, where the caller has the right. It takes the place of a guard on a field that may be
    /// null: the engine makes null what is around a field whose guard refuses.
    fn read_with(&self, right: Right) -> impl Future<Output = Result<Arc<Reading>>> + Send;

    /// A transaction for this mutation field.
    fn write(&self) -> impl Future<Output = Result<WriteScope>> + Send;

    /// Who acts, as the snapshot sees it.
    fn actor(&self) -> impl Future<Output = Result<Actor>> + Send;
}

impl RequestExt for Context<'_> {
    fn request(&self) -> &RequestContext {
        self.data_unchecked::<RequestContext>()
    }

    async fn read(&self) -> Result<Arc<Reading>> {
        self.request().read().await
    }

    async fn read_with(&self, right: Right) -> Result<Arc<Reading>> {
        let reading = self.read().await?;
        reading.actor().require(right)?;
        Ok(reading)
    }

    async fn write(&self) -> Result<WriteScope> {
        self.request().write().await
    }

    async fn actor(&self) -> Result<Actor> {
        Ok(self.read().await?.actor().clone())
    }
}
