//! The operations of one connection: each under the id that the client gave it, with a context of its own, so that no two
//! share a snapshot.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use async_graphql::Response;
use futures::future::ready;
use futures::stream::{AbortHandle, BoxStream, SelectAll, abortable, once};
use futures::{Stream, StreamExt};

use super::protocol::Closing;
use crate::edge::graphql::error::limit_exceeded;
use crate::edge::http::answer::is_refused;

/// Operations of a connection at a time.
const OPERATIONS: usize = 50;

/// What has become of an operation.
pub enum Event {
    Answered(Response),
    /// It was not executed.
    Refused(Response),
    Completed,
}

/// The operations under way.
#[derive(Default)]
pub struct Operations {
    running: HashMap<Arc<str>, AbortHandle>,
    events: SelectAll<BoxStream<'static, (Arc<str>, Event)>>,
}

impl Operations {
    /// Takes one up, unless its id belongs to one that is under way.
    ///
    /// # Errors
    ///
    /// What the protocol closes a connection with.
    pub fn begin(&mut self, id: String, execute: impl FnOnce() -> BoxStream<'static, Response>) -> Result<(), Closing> {
        let under_way = self.running.len();
        let id: Arc<str> = id.into();
        let Entry::Vacant(free) = self.running.entry(Arc::clone(&id)) else {
            return Err(Closing::taken(&id));
        };
        let answers = if under_way < OPERATIONS {
            execute()
        } else {
            once(ready(too_many(under_way + 1))).boxed()
        };
        let (events, handle) = abortable(events(answers));
        free.insert(handle);
        self.events
            .push(events.map(move |event| (Arc::clone(&id), event)).boxed());
        Ok(())
    }

    /// Ends one of which its client wants to hear no more.
    pub fn end(&mut self, id: &str) {
        if let Some(handle) = self.running.remove(id) {
            handle.abort();
        }
    }

    /// What happens next; nothing while none is under way.
    pub async fn next(&mut self) -> Option<(Arc<str>, Event)> {
        let (id, event) = self.events.next().await?;
        if !matches!(event, Event::Answered(_)) {
            self.end(&id);
        }
        Some((id, event))
    }
}

fn events(answers: BoxStream<'static, Response>) -> impl Stream<Item = Event> + Send {
    let told = answers.map(|answer| {
        if is_refused(&answer) {
            Event::Refused(answer)
        } else {
            Event::Answered(answer)
        }
    });
    told.chain(once(ready(Event::Completed)))
}

fn too_many(operations: usize) -> Response {
    let message = format!(
        "The connection has too many operations at a time. The limit is {OPERATIONS}, this is number {operations}."
    );
    Response::from_errors(vec![limit_exceeded(
        "operationsAtATime",
        OPERATIONS,
        operations,
        message,
    )])
}
