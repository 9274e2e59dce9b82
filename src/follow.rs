//! Following one thing: what a subscription field streams.

use std::sync::Arc;
use std::time::Duration;

use futures::stream::{BoxStream, unfold};
use futures::{Stream, StreamExt};
use uuid::Uuid;

use crate::changes::{Change, Changes};
use crate::context::{Reading, RequestContext};
use crate::error::{Error, Result};

/// Before the next try when the database does not answer.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// What there is to follow now, and whether it is the last of it.
pub enum Current<T> {
    More(T),
    Last(T),
}

/// Reads the subject now, and again at each change of it, each time from a snapshot of its own that enters the
/// organization anew: a right that was lost ends the stream with its error, and so does the token's end. While it waits it
/// holds no transaction.
pub async fn follow<'a, T, F, R>(
    request: &'a RequestContext,
    changes: &Changes,
    subject: Uuid,
    read: F,
) -> Result<impl Stream<Item = Result<T>> + use<'a, T, F, R>>
where
    T: Send + 'a,
    F: Fn(Arc<Reading>) -> R + Send + Sync + 'a,
    R: Future<Output = Result<Current<T>>> + Send + 'a,
{
    let organization = request.read().await?.organization();
    // Listening begins before the first read, so that no change falls between them.
    let changes = changes.subscribe(organization).filter(move |change| {
        let concerns = match change {
            Change::Row { id, .. } => *id == subject,
            Change::Missed => true,
        };
        std::future::ready(concerns)
    });
    let following = Following {
        request,
        changes: changes.boxed(),
        read,
        state: State::First,
    };
    Ok(unfold(following, |mut following| async move {
        let item = following.next().await?;
        Some((item, following))
    }))
}

enum State {
    First,
    Waiting,
    Ended,
}

struct Following<'a, F> {
    request: &'a RequestContext,
    changes: BoxStream<'static, Change>,
    read: F,
    state: State,
}

impl<F> Following<'_, F> {
    async fn next<T, R>(&mut self) -> Option<Result<T>>
    where
        F: Fn(Arc<Reading>) -> R,
        R: Future<Output = Result<Current<T>>>,
    {
        self.request.forget_snapshot().await;
        let current = match self.state {
            State::Ended => return None,
            State::First => {
                self.state = State::Waiting;
                self.current().await
            }
            State::Waiting => match self.wait().await? {
                Ok(()) => self.current_whenever().await,
                Err(expired) => Err(expired),
            },
        };
        Some(match current {
            Ok(Current::More(item)) => Ok(item),
            Ok(Current::Last(item)) => {
                self.state = State::Ended;
                Ok(item)
            }
            Err(error) => {
                self.state = State::Ended;
                Err(error)
            }
        })
    }

    async fn current<T, R>(&mut self) -> Result<Current<T>>
    where
        F: Fn(Arc<Reading>) -> R,
        R: Future<Output = Result<Current<T>>>,
    {
        let reading = self.request.read().await?;
        (self.read)(reading).await
    }

    /// [`Self::current`], once the database answers: that it was away breaks nothing off which had begun.
    async fn current_whenever<T, R>(&mut self) -> Result<Current<T>>
    where
        F: Fn(Arc<Reading>) -> R,
        R: Future<Output = Result<Current<T>>>,
    {
        loop {
            match self.current().await {
                Err(Error::Unavailable(_)) if !self.left()?.is_zero() => tokio::time::sleep(RETRY_DELAY).await,
                outcome => return outcome,
            }
            self.request.forget_snapshot().await;
        }
    }

    /// Until something changes; an error when the token ends first, nothing when the process does.
    async fn wait(&mut self) -> Option<Result<()>> {
        let left = match self.left() {
            Ok(left) => left,
            Err(error) => return Some(Err(error)),
        };
        let changed = tokio::select! {
            change = self.changes.next() => change.map(drop),
            () = tokio::time::sleep(left) => return Some(Err(expired())),
        };
        // The timer stands still while the machine sleeps, and the clock does not.
        changed.map(|()| match self.left() {
            Ok(Duration::ZERO) => Err(expired()),
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        })
    }

    /// How long the token still holds.
    fn left(&self) -> Result<Duration> {
        let left = self.request.login()?.expires_at - self.request.clock().now();
        Ok(left.to_std().unwrap_or(Duration::ZERO))
    }
}

fn expired() -> Error {
    Error::Unauthenticated("The token has expired.".into())
}
