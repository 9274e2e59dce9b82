//! A key set behind a URL: fetched, kept, and fetched again when it is old or lacks a key that a token names.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{Client, redirect};
use tokio::sync::{Mutex, OwnedMutexGuard};
use url::{Host, Url};

use super::error::{AuthSettingsError, TokenError};
use super::keys::{KeySet, PublicKeyAlgorithm, VerificationKey};
use super::token::TokenHeader;

const FETCH_TIMEOUT: Duration = Duration::from_secs(5);
/// In bytes; real sets have a few thousand.
const LARGEST_SET: usize = 1024 * 1024;
/// Between two attempts: tokens with invented key ids must not become requests to the issuer.
const PAUSE: TimeDelta = TimeDelta::minutes(1);
/// The same while no keys are known at all and nobody can log in.
const PAUSE_WITHOUT_KEYS: TimeDelta = TimeDelta::seconds(5);
/// Keys older than this are fetched anew even when no unknown one is asked for: a key that the issuer has withdrawn
/// must stop working here.
const STALE_AFTER: TimeDelta = TimeDelta::minutes(10);

#[derive(Debug)]
pub(super) struct RemoteKeys(Arc<Remote>);

#[derive(Debug)]
struct Remote {
    url: Url,
    algorithms: Vec<PublicKeyAlgorithm>,
    client: Client,
    known: RwLock<Option<KnownKeys>>,
    /// When a fetch was last begun. Whoever holds the lock is the one who fetches.
    last_attempt: Arc<Mutex<Option<DateTime<Utc>>>>,
}

#[derive(Clone, Debug)]
struct KnownKeys {
    keys: Arc<KeySet>,
    fetched_at: DateTime<Utc>,
}

#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    #[error("status {0}, where 200 is needed (redirects are not followed)")]
    Status(reqwest::StatusCode),
    #[error("more than {LARGEST_SET} bytes")]
    TooLarge,
    #[error("not a JSON Web Key Set: {0}")]
    Invalid(#[from] serde_json::Error),
    #[error("no public key in it that the configured algorithms can use")]
    NoUsableKey,
}

impl RemoteKeys {
    pub async fn new(
        url: Url,
        algorithms: Vec<PublicKeyAlgorithm>,
        now: DateTime<Utc>,
    ) -> Result<Self, AuthSettingsError> {
        let client = client_for(&url)?;
        let remote = Remote {
            url,
            algorithms,
            client,
            known: RwLock::new(None),
            last_attempt: Arc::new(Mutex::new(None)),
        };
        let keys = Self(Arc::new(remote));
        keys.refresh(keys.turn().await, now).await;
        Ok(keys)
    }

    pub async fn find(&self, header: &TokenHeader, now: DateTime<Utc>) -> Result<Arc<VerificationKey>, TokenError> {
        // One caller renews old keys; the others go on with what is known meanwhile.
        if self.0.is_stale(now)
            && let Ok(turn) = Arc::clone(&self.0.last_attempt).try_lock_owned()
        {
            self.refresh(turn, now).await;
        }
        match self.0.find_known(header) {
            Err(TokenError::UnknownKey | TokenError::KeysUnavailable) => {
                self.refresh(self.turn().await, now).await;
                self.0.find_known(header)
            }
            found => found,
        }
    }

    async fn turn(&self) -> OwnedMutexGuard<Option<DateTime<Utc>>> {
        Arc::clone(&self.0.last_attempt).lock_owned().await
    }

    /// Fetches the keys, unless that was tried a moment ago: perhaps by the one whom this caller waited for.
    async fn refresh(&self, mut last_attempt: OwnedMutexGuard<Option<DateTime<Utc>>>, now: DateTime<Utc>) {
        // Either way round, since a clock that was set back must not stop the fetching for that long.
        if last_attempt.is_some_and(|last| (now - last).abs() < self.0.pause()) {
            return;
        }
        *last_attempt = Some(now);
        let remote = Arc::clone(&self.0);
        // In a task of its own: a caller who hangs up must not spend the minute's only attempt.
        let fetching = tokio::spawn(async move {
            remote.fetch_and_keep(now).await;
            drop(last_attempt);
        });
        if let Err(error) = fetching.await {
            tracing::error!(%error, "fetching the JWKS did not end");
        }
    }
}

impl Remote {
    fn known(&self) -> Option<KnownKeys> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn find_known(&self, header: &TokenHeader) -> Result<Arc<VerificationKey>, TokenError> {
        self.known().ok_or(TokenError::KeysUnavailable)?.keys.find(header)
    }

    fn is_stale(&self, now: DateTime<Utc>) -> bool {
        self.known()
            .is_some_and(|known| (now - known.fetched_at).abs() >= STALE_AFTER)
    }

    fn pause(&self) -> TimeDelta {
        if self.known().is_some() {
            PAUSE
        } else {
            PAUSE_WITHOUT_KEYS
        }
    }

    /// A failure leaves the known keys as they are: the issuer's bad minute is not ours.
    async fn fetch_and_keep(&self, now: DateTime<Utc>) {
        match self.fetch().await {
            Ok(keys) => {
                let known = KnownKeys {
                    keys: Arc::new(keys),
                    fetched_at: now,
                };
                *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(known);
            }
            Err(error) => tracing::warn!(url = %self.url, %error, "the JWKS cannot be fetched"),
        }
    }

    async fn fetch(&self) -> Result<KeySet, FetchError> {
        let mut response = self.client.get(self.url.clone()).send().await?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(FetchError::Status(response.status()));
        }
        let mut json = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            json.extend_from_slice(&chunk);
            if json.len() > LARGEST_SET {
                return Err(FetchError::TooLarge);
            }
        }
        KeySet::parse(&json, &self.algorithms)?.ok_or(FetchError::NoUsableKey)
    }
}

/// Redirects are not followed: a key set has one address, and the configuration names it.
fn client_for(url: &Url) -> Result<Client, AuthSettingsError> {
    let loopback = is_loopback(url);
    if !(url.scheme() == "https" || url.scheme() == "http" && loopback) {
        return Err(AuthSettingsError::InsecureUrl(url.clone()));
    }
    let builder = Client::builder()
        .timeout(FETCH_TIMEOUT)
        .redirect(redirect::Policy::none());
    let builder = if loopback { builder.no_proxy() } else { builder };
    builder.build().map_err(AuthSettingsError::HttpClient)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
