//! What changes in the database, told to whoever waits for it: one listening connection per process, fanned out.
//!
//! The database announces a change (`app.notify_change`) when its transaction commits, so that a subscriber who reads
//! then sees it, whichever process wrote it. Only ids travel; what they stand for is read through a door.

use std::sync::Arc;
use std::time::Duration;

use futures::Stream;
use futures::stream::unfold;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use crate::kernel::db::Database;
use crate::kernel::error::Result;

const CHANNEL: &str = "bufdir_changes";
/// How many changes a subscriber may be behind before it misses some.
const CAPACITY: usize = 1024;
/// Before the next try when the database does not answer.
const RECONNECT_DELAY: Duration = Duration::from_secs(1);

/// Something that a subscriber should look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A row was made or changed. The kind is the announcing trigger's word for it.
    Row { kind: Arc<str>, id: Uuid },
    /// Changes may have gone by unheard: read anew whatever matters. Comes whenever listening begins, too.
    Missed,
}

/// The process's listener. It ends when the last clone is dropped.
#[derive(Clone)]
pub struct Changes {
    sender: broadcast::Sender<Heard>,
    _listener: Arc<AbortOnDropHandle<()>>,
}

#[derive(Clone)]
enum Heard {
    Change { organization: Uuid, change: Change },
    Missed,
}

impl Changes {
    /// Starts listening, in a task of the current Tokio runtime; goes on through the database's absences.
    pub fn start(database: Database) -> Self {
        let (sender, _) = broadcast::channel(CAPACITY);
        let listener = tokio::spawn(listen(database, sender.clone()));
        Self {
            sender,
            _listener: Arc::new(AbortOnDropHandle::new(listener)),
        }
    }

    /// The organization's changes from now on. Never ends while the listener lives.
    pub fn subscribe(&self, organization: Uuid) -> impl Stream<Item = Change> + Send + use<> {
        unfold(self.sender.subscribe(), move |mut receiver| async move {
            let change = next(&mut receiver, organization).await?;
            Some((change, receiver))
        })
    }
}

async fn next(receiver: &mut broadcast::Receiver<Heard>, wanted: Uuid) -> Option<Change> {
    loop {
        match receiver.recv().await {
            Ok(Heard::Change { organization, change }) if organization == wanted => return Some(change),
            Ok(Heard::Change { .. }) => {}
            Ok(Heard::Missed) | Err(RecvError::Lagged(_)) => return Some(Change::Missed),
            Err(RecvError::Closed) => return None,
        }
    }
}

async fn listen(database: Database, sender: broadcast::Sender<Heard>) {
    loop {
        let Err(error) = forward(&database, &sender).await;
        tracing::warn!(%error, "listening for changes was interrupted");
        tokio::time::sleep(RECONNECT_DELAY).await;
    }
}

async fn forward(database: &Database, sender: &broadcast::Sender<Heard>) -> Result<std::convert::Infallible> {
    let mut listener = database.listener().await?;
    listener.listen(CHANNEL).await?;
    // Sending fails when nobody has subscribed, and then nobody is to be told.
    let _ = sender.send(Heard::Missed);
    loop {
        // Nothing comes when the connection was lost; it has been made anew by then.
        let heard = match listener.try_recv().await? {
            Some(notification) => parse(notification.payload()),
            None => Some(Heard::Missed),
        };
        if let Some(heard) = heard {
            let _ = sender.send(heard);
        }
    }
}

fn parse(payload: &str) -> Option<Heard> {
    let Ok((kind, organization, id)) = serde_json::from_str::<(String, Uuid, Uuid)>(payload) else {
        tracing::error!(payload, "an announcement of another form");
        return None;
    };
    Some(Heard::Change {
        organization,
        change: Change::Row { kind: kind.into(), id },
    })
}
