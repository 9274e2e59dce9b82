//! Signed download links: short-lived, and bound to a file, an organization, a user and, if any, a support grant.
//!
//! A link carries what it is bound to, and a signature by the server's secret; nothing is stored. It gives no right of
//! its own: whoever uses it enters as the user it names, and rights are checked anew (decisions.md, 10).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretSlice};
use sha2::Sha256;
use uuid::Uuid;

use super::content_disposition::percent_encoded;

/// How long a link holds.
pub const LIFETIME: TimeDelta = TimeDelta::minutes(15);

/// Names the signature's use, so that no other signature by the same secret passes for one.
const PURPOSE: &[u8] = b"bufdir-reports/file-link/1";
const SIGNATURE_BYTES: usize = 32;
const MIN_SECRET_BYTES: usize = 32;

/// What a link is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub file_id: Uuid,
    pub organization_id: Uuid,
    pub user_id: Uuid,
    /// The grant under which the link was made; it dies with it.
    pub support_access_id: Option<Uuid>,
    /// UTC, whole seconds.
    pub expires_at: DateTime<Utc>,
}

/// Why a link is no good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkError {
    /// Malformed, altered, or signed by another secret.
    Invalid,
    Expired,
}

/// The server's secret for links.
#[derive(Clone, Debug)]
pub struct LinkKey(SecretSlice<u8>);

/// The secret has too few bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the secret for download links has fewer than 32 bytes")]
pub struct SecretTooShort;

impl LinkKey {
    /// # Errors
    ///
    /// [`SecretTooShort`] below 32 bytes.
    pub fn new(secret: SecretSlice<u8>) -> Result<Self, SecretTooShort> {
        if secret.expose_secret().len() < MIN_SECRET_BYTES {
            return Err(SecretTooShort);
        }
        Ok(Self(secret))
    }

    /// The link's path below the server's address: `/files/<token>/<file name>`.
    pub fn path(&self, link: &Link, file_name: &str) -> String {
        format!("/files/{}/{}", self.sign(link), percent_encoded(file_name))
    }

    /// Reads a token, checks its signature and then its expiry.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Link, LinkError> {
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| LinkError::Invalid)?;
        let split = bytes.len().checked_sub(SIGNATURE_BYTES).ok_or(LinkError::Invalid)?;
        let (content, signature) = bytes.split_at(split);
        self.mac(content)
            .verify_slice(signature)
            .map_err(|_| LinkError::Invalid)?;
        let link = Link::decode(content).ok_or(LinkError::Invalid)?;
        if now < link.expires_at {
            Ok(link)
        } else {
            Err(LinkError::Expired)
        }
    }

    fn sign(&self, link: &Link) -> String {
        let mut bytes = link.encode();
        let signature = self.mac(&bytes).finalize().into_bytes();
        bytes.extend_from_slice(&signature);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn mac(&self, content: &[u8]) -> Hmac<Sha256> {
        let mac = Hmac::<Sha256>::new_from_slice(self.0.expose_secret()).expect("HMAC takes a key of any length");
        mac.chain_update(PURPOSE).chain_update(content)
    }
}

impl Link {
    /// A link that holds for [`LIFETIME`] from `now` on.
    pub fn new(file_id: Uuid, organization_id: Uuid, user_id: Uuid, grant: Option<Uuid>, now: DateTime<Utc>) -> Self {
        let expires_at = now + LIFETIME;
        Self {
            file_id,
            organization_id,
            user_id,
            support_access_id: grant,
            expires_at: DateTime::from_timestamp(expires_at.timestamp(), 0).unwrap_or(expires_at),
        }
    }

    /// When the link was given out, UTC; up to a second early.
    pub fn made_at(&self) -> DateTime<Utc> {
        self.expires_at - LIFETIME
    }

    /// File, organization, user, expiry (seconds since 1970, big endian), and the grant if there is one.
    fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(72 + SIGNATURE_BYTES);
        for id in [self.file_id, self.organization_id, self.user_id] {
            bytes.extend_from_slice(id.as_bytes());
        }
        bytes.extend_from_slice(&self.expires_at.timestamp().to_be_bytes());
        if let Some(grant) = self.support_access_id {
            bytes.extend_from_slice(grant.as_bytes());
        }
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let id = |at: usize| Uuid::from_slice(bytes.get(at..at + 16)?).ok();
        let seconds = i64::from_be_bytes(bytes.get(48..56)?.try_into().ok()?);
        Some(Self {
            file_id: id(0)?,
            organization_id: id(16)?,
            user_id: id(32)?,
            expires_at: DateTime::from_timestamp(seconds, 0)?,
            support_access_id: match bytes.len() {
                56 => None,
                72 => Some(id(56)?),
                _ => return None,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn key(fill: u8) -> LinkKey {
        LinkKey::new(vec![fill; 32].into()).unwrap()
    }

    fn now() -> DateTime<Utc> {
        "2025-01-15T12:00:00.5Z".parse().unwrap()
    }

    fn link(grant: Option<Uuid>) -> Link {
        let [file, organization, user] = [1, 2, 3].map(Uuid::from_u128);
        Link::new(file, organization, user, grant, now())
    }

    #[rstest]
    #[case(None)]
    #[case(Some(Uuid::from_u128(4)))]
    fn a_link_says_what_it_is_bound_to_for_fifteen_minutes(#[case] grant: Option<Uuid>) {
        let token = key(1).sign(&link(grant));
        assert_eq!(key(1).verify(&token, now()), Ok(link(grant)));
        let almost = now() + LIFETIME - TimeDelta::seconds(1);
        assert_eq!(key(1).verify(&token, almost), Ok(link(grant)));
        assert_eq!(key(1).verify(&token, now() + LIFETIME), Err(LinkError::Expired));
    }

    #[test]
    fn another_secret_does_not_sign_for_this_one() {
        let token = key(2).sign(&link(None));
        assert_eq!(key(1).verify(&token, now()), Err(LinkError::Invalid));
    }

    #[rstest]
    #[case("")]
    #[case("no base64!")]
    #[case("AAAA")]
    fn what_is_no_token_is_invalid(#[case] token: &str) {
        assert_eq!(key(1).verify(token, now()), Err(LinkError::Invalid));
    }

    #[test]
    fn a_short_secret_is_refused() {
        assert_eq!(LinkKey::new(vec![1; 31].into()).err(), Some(SecretTooShort));
    }

    #[test]
    fn the_path_ends_in_the_name() {
        let path = key(1).path(&link(None), "Årsrapport 1.pdf");
        assert!(
            path.starts_with("/files/") && path.ends_with("/%C3%85rsrapport%201.pdf"),
            "{path}"
        );
        let token = path.split('/').nth(2).unwrap();
        assert_eq!(key(1).verify(token, now()), Ok(link(None)));
    }

    proptest! {
        #[test]
        fn no_altered_byte_passes(at in 0_usize..104, flip in 1_u8..=255) {
            let mut bytes = URL_SAFE_NO_PAD.decode(key(1).sign(&link(Some(Uuid::from_u128(4))))).unwrap();
            bytes[at] ^= flip;
            let token = URL_SAFE_NO_PAD.encode(bytes);
            prop_assert_eq!(key(1).verify(&token, now()), Err(LinkError::Invalid));
        }
    }
}
