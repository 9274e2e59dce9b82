//! Following one thing: what a subscription field streams.

use std::time::Duration;

use async_graphql::Context;
use futures::stream::{BoxStream, unfold};
use futures::{Stream, StreamExt};
use uuid::Uuid;

use crate::kernel::changes::{Change, Changes};
use crate::kernel::context::{Reading, RequestContext};
use crate::kernel::error::{Error, Result};
use crate::kernel::right::Right;

/// How often a right is looked at while nothing changes: nobody announces that it ended.
const LOOK_AGAIN: Duration = Duration::from_secs(20);
/// Before the next try when the database does not answer.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// What a subscription can follow.
pub trait Followed: Send + Sized {
    /// Whoever follows has it all the while.
    const RIGHT: Right;
    /// What is not found when there is none.
    const NAME: &'static str;

    fn find(reading: &Reading, id: Uuid) -> impl Future<Output = Result<Option<Self>>> + Send;

    /// Whether it changes no more.
    fn has_ended(&self) -> bool {
        false
    }
}

/// Reads the subject now, and again at each change of it, each time from a snapshot of its own that enters the
/// organization anew: a right that was lost ends the stream with its error, and so does the token's end. Both are looked
/// for without a change as well, every 20 seconds. While it waits it holds no transaction.
pub async fn follow<'a, T: Followed + 'a>(
    ctx: &Context<'a>,
    subject: Uuid,
) -> Result<impl Stream<Item = Result<T>> + use<'a, T>> {
    let request = ctx.data_unchecked::<RequestContext>();
    let organization = request.read().await?.organization();
    // Listening begins before the first read, so that no change falls between them.
    let changes = ctx.data_unchecked::<Changes>().subscribe(organization);
    let changes = changes.filter(move |change| {
        let concerns = match change {
            Change::Row { id, .. } => *id == subject,
            Change::Missed => true,
        };
        std::future::ready(concerns)
    });
    let following = Following {
        request,
        changes: changes.boxed(),
        subject,
        state: FollowState::First,
    };
    Ok(unfold(following, |mut following| async move {
        let item = following.next().await?;
        Some((item, following))
    }))
}

enum FollowState {
    First,
    Waiting,
    Ended,
}

/// Why the subject is read.
#[derive(PartialEq, Eq)]
enum ReadReason {
    Changed,
    Nothing,
}

struct Following<'a> {
    request: &'a RequestContext,
    changes: BoxStream<'static, Change>,
    subject: Uuid,
    state: FollowState,
}

impl Following<'_> {
    async fn next<T: Followed>(&mut self) -> Option<Result<T>> {
        loop {
            self.request.forget_snapshot().await;
            let (current, is_quiet) = match self.state {
                FollowState::Ended => return None,
                FollowState::First => (self.current::<T>().await, false),
                FollowState::Waiting => match self.wait().await? {
                    Ok(reason) => (self.current_whenever().await, reason == ReadReason::Nothing),
                    Err(expired) => (Err(expired), false),
                },
            };
            if is_quiet && matches!(&current, Ok(item) if !item.has_ended()) {
                continue;
            }
            return Some(self.item(current));
        }
    }

    async fn current<T: Followed>(&mut self) -> Result<T> {
        let reading = self.request.read().await?;
        reading.actor().require(T::RIGHT)?;
        T::find(&reading, self.subject).await?.ok_or(Error::NotFound(T::NAME))
    }

    /// [`Self::current`], once the database answers: that it was away breaks nothing off which had begun.
    async fn current_whenever<T: Followed>(&mut self) -> Result<T> {
        loop {
            match self.current().await {
                Err(Error::Unavailable(_)) if !self.left()?.is_zero() => tokio::time::sleep(RETRY_DELAY).await,
                outcome => return outcome,
            }
            self.request.forget_snapshot().await;
        }
    }

    fn item<T: Followed>(&mut self, current: Result<T>) -> Result<T> {
        let had_begun = matches!(self.state, FollowState::Waiting);
        self.state = match &current {
            Ok(item) if !item.has_ended() => FollowState::Waiting,
            _ => FollowState::Ended,
        };
        current.map_err(|error| if had_begun { lost(error) } else { error })
    }

    /// Until something changes or it is time to look again; an error when the token ends first, nothing when the process
    /// does.
    async fn wait(&mut self) -> Option<Result<ReadReason>> {
        let left = match self.left() {
            Ok(left) => left,
            Err(error) => return Some(Err(error)),
        };
        let reason = tokio::select! {
            change = self.changes.next() => change.map(|_| ReadReason::Changed)?,
            () = tokio::time::sleep(left.min(LOOK_AGAIN)) => ReadReason::Nothing,
        };
        // The timer stands still while the machine sleeps, and the clock does not.
        Some(match self.left() {
            Ok(Duration::ZERO) => Err(expired()),
            Ok(_) if left <= LOOK_AGAIN && matches!(reason, ReadReason::Nothing) => Err(expired()),
            Ok(_) => Ok(reason),
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

/// What ends a stream that had begun: the error of entering says what is missing, and not that it was there.
fn lost(error: Error) -> Error {
    match error {
        Error::Forbidden { rule, message } => Error::Forbidden {
            rule,
            message: format!("The right to follow this has ended. {message}"),
        },
        other => other,
    }
}
