//! Keys that signatures are checked with, and how a token's header chooses one.

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use secrecy::{ExposeSecret, SecretSlice};
use serde::Deserialize;
use serde_json::Value;

use super::error::{AuthSettingsError, TokenError};
use super::token::TokenHeader;

/// The algorithms that a key set may be used with. A secret has no business in one, so HS256 cannot be named here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PublicKeyAlgorithm {
    Rs256,
    Es256,
}

impl FromStr for PublicKeyAlgorithm {
    type Err = AuthSettingsError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "RS256" => Ok(Self::Rs256),
            "ES256" => Ok(Self::Es256),
            other => Err(AuthSettingsError::UnknownAlgorithm(other.to_owned())),
        }
    }
}

/// One key and the one algorithm that it is used with: fixed by the key, never by the token, so that a public key cannot
/// be taken for a secret.
#[derive(Debug)]
pub(super) struct VerificationKey {
    id: Option<String>,
    pub algorithm: Algorithm,
    pub key: DecodingKey,
}

impl VerificationKey {
    pub fn hs256(secret: &SecretSlice<u8>) -> Self {
        Self {
            id: None,
            algorithm: Algorithm::HS256,
            key: DecodingKey::from_secret(secret.expose_secret()),
        }
    }

    /// `None` for keys that are not for checking signatures with one of these algorithms.
    fn from_jwk(jwk: &Jwk, allowed: &[PublicKeyAlgorithm]) -> Option<Self> {
        let (kind, algorithm, declared) = match &jwk.algorithm {
            AlgorithmParameters::RSA(_) => (PublicKeyAlgorithm::Rs256, Algorithm::RS256, KeyAlgorithm::RS256),
            AlgorithmParameters::EllipticCurve(curve) if curve.curve == EllipticCurve::P256 => {
                (PublicKeyAlgorithm::Es256, Algorithm::ES256, KeyAlgorithm::ES256)
            }
            _ => return None,
        };
        let common = &jwk.common;
        let usable = allowed.contains(&kind)
            && common.key_algorithm.is_none_or(|named| named == declared)
            && common
                .public_key_use
                .as_ref()
                .is_none_or(|usage| *usage == PublicKeyUse::Signature)
            && common
                .key_operations
                .as_ref()
                .is_none_or(|operations| operations.contains(&KeyOperations::Verify));
        let key = usable.then(|| DecodingKey::from_jwk(jwk).ok()).flatten()?;
        Some(Self {
            id: common.key_id.clone(),
            algorithm,
            key,
        })
    }

    /// Whether the token says that it was signed in this key's way.
    pub fn fits(&self, header: &TokenHeader) -> bool {
        Algorithm::from_str(&header.alg).is_ok_and(|named| named == self.algorithm)
    }
}

/// The usable keys of a JSON Web Key Set; never empty.
#[derive(Debug)]
pub(super) struct KeySet {
    keys: Vec<Arc<VerificationKey>>,
    /// What the configuration allows, whether or not there is a key for it at the moment.
    allowed: Vec<PublicKeyAlgorithm>,
}

#[derive(Deserialize)]
struct KeySetDocument {
    keys: Vec<Value>,
}

impl KeySet {
    /// `Ok(None)` when no key can be used. Keys of kinds unknown here are passed over (RFC 7517, 5).
    pub fn parse(json: &[u8], allowed: &[PublicKeyAlgorithm]) -> Result<Option<Self>, serde_json::Error> {
        let document: KeySetDocument = serde_json::from_slice(json)?;
        let keys: Vec<_> = document
            .keys
            .into_iter()
            .filter_map(|key| serde_json::from_value::<Jwk>(key).ok())
            .filter_map(|jwk| VerificationKey::from_jwk(&jwk, allowed))
            .map(Arc::new)
            .collect();
        Ok((!keys.is_empty()).then(|| Self {
            keys,
            allowed: allowed.to_vec(),
        }))
    }

    pub async fn read(path: &Path, allowed: &[PublicKeyAlgorithm]) -> Result<Self, AuthSettingsError> {
        let json = tokio::fs::read(path)
            .await
            .map_err(|source| AuthSettingsError::UnreadableFile {
                path: path.to_owned(),
                source,
            })?;
        Self::parse(&json, allowed)
            .map_err(|source| AuthSettingsError::InvalidFile {
                path: path.to_owned(),
                source,
            })?
            .ok_or_else(|| AuthSettingsError::NoUsableKey { path: path.to_owned() })
    }

    /// The one key that the header asks for: by `kid`, or, without one, the only key of its algorithm.
    pub fn find(&self, header: &TokenHeader) -> Result<Arc<VerificationKey>, TokenError> {
        let algorithm = PublicKeyAlgorithm::from_str(&header.alg).map_err(|_| TokenError::AlgorithmNotAllowed)?;
        if !self.allowed.contains(&algorithm) {
            return Err(TokenError::AlgorithmNotAllowed);
        }
        let mut named = self
            .keys
            .iter()
            .filter(|key| header.kid.is_none() || key.id == header.kid)
            .peekable();
        if named.peek().is_none() {
            return Err(TokenError::UnknownKey);
        }
        let mut fitting = named.filter(|key| key.fits(header));
        match (fitting.next(), fitting.next()) {
            (Some(key), None) => Ok(Arc::clone(key)),
            (None, _) if header.kid.is_some() => Err(TokenError::AlgorithmNotAllowed),
            _ => Err(TokenError::UnknownKey),
        }
    }
}
