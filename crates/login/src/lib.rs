//! Login by JWT: from `Authorization: Bearer ...` to who the user is.
//!
//! A token says who the user is and, if it likes, for which organization they speak. It grants nothing: memberships
//! and support access in the database do (decisions, 1), and a role claim is never read. That is why Supabase's tokens
//! (`role: authenticated`) work as they are.
//!
//! What is trusted comes from the configuration alone: the key, the algorithms, issuer and audience. A token's own
//! words about its key (`jku`, `x5u`, `jwk`) are not read, and its `alg` and `kid` only choose among what is configured.
//! Where to add something: a further claim in [`claims`], a further algorithm in [`PublicKeyAlgorithm`], a further
//! source of keys in [`KeySource`] and [`Verifier::new`].

mod claims;
mod error;
mod issue;
mod keys;
mod remote;
#[cfg(test)]
mod tests;
mod token;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use http::{HeaderMap, header};
use secrecy::{ExposeSecret, SecretSlice};
use url::Url;

pub use self::claims::{ClaimPath, ClaimPathError, Identity, OrganizationClaim, OrganizationClaimError, Subject};
pub use self::error::{AuthSettingsError, TokenError};
pub use self::issue::{IssueError, issue};
pub use self::keys::PublicKeyAlgorithm;
use self::keys::{KeySet, VerificationKey};
use self::remote::RemoteKeys;
use self::token::{SignedToken, TokenHeader};

/// HS256 wants a secret as long as its hash (RFC 7518, 3.2), in bytes.
const MIN_SECRET_LENGTH: usize = 32;

/// A longer leeway would be a longer lifetime, which is for the issuer to give.
const MAX_LEEWAY: Duration = Duration::from_secs(300);

/// What is configured about tokens.
#[derive(Clone, Debug)]
pub struct AuthSettings {
    pub key: KeySource,
    /// What `iss` must be; not checked when absent.
    pub issuer: Option<String>,
    /// What `aud` must be or contain; not checked when absent.
    pub audience: Option<String>,
    /// The claim that holds the user's id (a UUID).
    pub user_claim: ClaimPath,
    /// The claim that holds the organization's id or slug; a token need not have it.
    pub organization_claim: ClaimPath,
    /// How far the issuer's clock may be off, to either side; five minutes at most.
    pub leeway: Duration,
}

impl AuthSettings {
    /// Settings with this key and the defaults for the rest: user in `sub`, organization in `organization_id`, a leeway
    /// of 30 seconds, issuer and audience not checked.
    pub fn new(key: KeySource) -> Self {
        Self {
            key,
            issuer: None,
            audience: None,
            user_claim: ClaimPath::top_level("sub"),
            organization_claim: ClaimPath::top_level("organization_id"),
            leeway: Duration::from_secs(30),
        }
    }
}

/// Where the keys come from that tokens are checked with.
#[derive(Clone, Debug)]
pub enum KeySource {
    /// A secret shared with the issuer, of 32 bytes or more: HS256.
    Secret(SecretSlice<u8>),
    /// A JSON Web Key Set on disk, read once.
    JwksFile {
        path: PathBuf,
        algorithms: Vec<PublicKeyAlgorithm>,
    },
    /// A JSON Web Key Set fetched by https (http on loopback only), and again when keys change.
    JwksUrl {
        url: Url,
        algorithms: Vec<PublicKeyAlgorithm>,
    },
}

/// Checks tokens against the settings. One per process; shared behind an `Arc`.
#[derive(Debug)]
pub struct Verifier {
    keys: Keys,
    rules: claims::ClaimRules,
}

#[derive(Debug)]
enum Keys {
    Secret(Arc<VerificationKey>),
    File(KeySet),
    Url(RemoteKeys),
}

impl Verifier {
    /// Checks the settings and loads the keys. A key set that cannot be fetched at `now` is no error: it is logged and
    /// tried again when a token comes, so that the service starts while the issuer is away.
    pub async fn new(settings: AuthSettings, now: DateTime<Utc>) -> Result<Self, AuthSettingsError> {
        if settings.leeway > MAX_LEEWAY {
            return Err(AuthSettingsError::LeewayTooLong);
        }
        Ok(Self {
            keys: Keys::load(&settings.key, now).await?,
            rules: claims::ClaimRules::from(settings),
        })
    }

    /// Who the token speaks for, if it is genuine and valid at `now`.
    ///
    /// The signature is checked before any claim is read.
    pub async fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Identity, TokenError> {
        let token = SignedToken::parse(token)?;
        let key = self.keys.find(&token.header, now).await?;
        let claims = token.verified_claims(&key)?;
        self.rules.identify(&claims, now)
    }
}

impl Keys {
    async fn load(source: &KeySource, now: DateTime<Utc>) -> Result<Self, AuthSettingsError> {
        match source {
            KeySource::Secret(secret) if secret.expose_secret().len() < MIN_SECRET_LENGTH => {
                Err(AuthSettingsError::SecretTooShort)
            }
            KeySource::Secret(secret) => Ok(Self::Secret(Arc::new(VerificationKey::hs256(secret)))),
            KeySource::JwksFile { path, algorithms } => {
                require_algorithm(algorithms)?;
                Ok(Self::File(KeySet::read(path, algorithms).await?))
            }
            KeySource::JwksUrl { url, algorithms } => {
                require_algorithm(algorithms)?;
                Ok(Self::Url(RemoteKeys::new(url.clone(), algorithms.clone(), now).await?))
            }
        }
    }

    async fn find(&self, header: &TokenHeader, now: DateTime<Utc>) -> Result<Arc<VerificationKey>, TokenError> {
        match self {
            // There is one secret, whatever `kid` the issuer writes: Supabase writes one.
            Self::Secret(key) if key.fits(header) => Ok(Arc::clone(key)),
            Self::Secret(_) => Err(TokenError::AlgorithmNotAllowed),
            Self::File(keys) => keys.find(header),
            Self::Url(keys) => keys.find(header, now).await,
        }
    }
}

fn require_algorithm(algorithms: &[PublicKeyAlgorithm]) -> Result<(), AuthSettingsError> {
    if algorithms.is_empty() {
        Err(AuthSettingsError::NoAlgorithm)
    } else {
        Ok(())
    }
}

/// The token of `Authorization: Bearer <token>`; `None` without that header.
///
/// A header that is there and says anything else is an error rather than an anonymous request: whoever sent it meant to
/// log in.
pub fn bearer(headers: &HeaderMap) -> Result<Option<&str>, TokenError> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(TokenError::Malformed);
    }
    let (scheme, token) = value
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .ok_or(TokenError::Malformed)?;
    let token = token.trim_matches(' ');
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() || token.contains(' ') {
        return Err(TokenError::Malformed);
    }
    Ok(Some(token))
}
