//! The token itself: three parts, a header, a signature over the first two.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::error::TokenError;
use super::keys::VerificationKey;

/// In bytes. Refused before anything is decoded, so that strangers cannot make the service work for nothing.
const MAX_TOKEN_LENGTH: usize = 16 * 1024;

/// What is read of a token's header. `jku`, `x5u` and `jwk` are left out on purpose: keys come from the configuration.
#[derive(Debug, Deserialize)]
pub(super) struct TokenHeader {
    pub alg: String,
    pub kid: Option<String>,
    /// Extensions that must be understood (RFC 7515, 4.1.11). None is understood here.
    crit: Option<IgnoredAny>,
}

/// A token taken apart, its signature not yet checked, its claims therefore not yet read.
#[derive(Debug)]
pub(super) struct SignedToken<'a> {
    pub header: TokenHeader,
    message: &'a str,
    payload: &'a str,
    signature: Vec<u8>,
}

impl<'a> SignedToken<'a> {
    pub fn parse(token: &'a str) -> Result<Self, TokenError> {
        if token.len() > MAX_TOKEN_LENGTH {
            return Err(TokenError::Malformed);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
        let (header, payload) = message.split_once('.').ok_or(TokenError::Malformed)?;
        let header: TokenHeader = decode_json(header)?;
        if payload.contains('.') || header.crit.is_some() {
            return Err(TokenError::Malformed);
        }
        Ok(Self {
            header,
            message,
            payload,
            signature: decode(signature)?,
        })
    }

    /// The claims, if the signature is this key's.
    pub fn verified_claims(&self, key: &VerificationKey) -> Result<Map<String, Value>, TokenError> {
        // The provider is named, and not left to the process-wide default: that one depends on which features other
        // crates switch on.
        let verifier = (DEFAULT_PROVIDER.verifier_factory)(&key.algorithm, &key.key)
            .map_err(|_| TokenError::AlgorithmNotAllowed)?;
        verifier
            .verify(self.message.as_bytes(), &self.signature)
            .map_err(|_| TokenError::BadSignature)?;
        decode_json(self.payload)
    }
}

fn decode_json<T: for<'de> Deserialize<'de>>(part: &str) -> Result<T, TokenError> {
    serde_json::from_slice(&decode(part)?).map_err(|_| TokenError::Malformed)
}

fn decode(part: &str) -> Result<Vec<u8>, TokenError> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenError::Malformed)
}
