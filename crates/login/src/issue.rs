//! Tokens for development: the `token` command and the demo, where no identity provider stands beside the service.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use jsonwebtoken::{Algorithm, EncodingKey};
use secrecy::{ExposeSecret, SecretSlice};
use serde_json::{Map, Value, json};

use super::claims::{ClaimPath, OrganizationClaim, Subject};
use super::{AuthSettings, KeySource};

/// Why no token can be issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    #[error("tokens are issued only where a JWT secret is configured; with a JWKS, get one from the identity provider")]
    NoSecret,
    #[error("the configured claim paths collide with each other or with iss, aud, iat or exp")]
    CollidingClaims,
    #[error("the token could not be signed")]
    Signing,
}

/// A token (HS256) that [`Verifier`](super::Verifier) accepts under these settings, from `now` for `lifetime` (whole
/// seconds).
pub fn issue(
    settings: &AuthSettings,
    user: Subject,
    organization: Option<&OrganizationClaim>,
    lifetime: Duration,
    now: DateTime<Utc>,
) -> Result<String, IssueError> {
    let KeySource::Secret(secret) = &settings.key else {
        return Err(IssueError::NoSecret);
    };
    let issued_at = now.timestamp();
    let expires_at = issued_at.saturating_add_unsigned(lifetime.as_secs());
    let standard = [
        ("iat", Some(json!(issued_at))),
        ("exp", Some(json!(expires_at))),
        ("iss", settings.issuer.as_ref().map(|issuer| json!(issuer))),
        ("aud", settings.audience.as_ref().map(|audience| json!(audience))),
    ];
    let standard = standard
        .into_iter()
        .filter_map(|(name, value)| Some((ClaimPath::top_level(name), value?)));
    let own = [(settings.user_claim.clone(), json!(user.0))]
        .into_iter()
        .chain(organization.map(|claim| (settings.organization_claim.clone(), json!(claim.to_string()))));

    let mut claims = Map::new();
    for (path, value) in standard.chain(own) {
        if !path.insert(&mut claims, value) {
            return Err(IssueError::CollidingClaims);
        }
    }
    sign(secret, &Value::Object(claims))
}

fn sign(secret: &SecretSlice<u8>, claims: &Value) -> Result<String, IssueError> {
    let header = json!({ "alg": "HS256", "typ": "JWT" });
    let message = format!("{}.{}", encode(&header), encode(claims));
    let key = EncodingKey::from_secret(secret.expose_secret());
    let signer = (DEFAULT_PROVIDER.signer_factory)(&Algorithm::HS256, &key).map_err(|_| IssueError::Signing)?;
    let signature = signer.try_sign(message.as_bytes()).map_err(|_| IssueError::Signing)?;
    Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

fn encode(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use uuid::Uuid;

    use super::*;
    use crate::{Identity, PublicKeyAlgorithm, Verifier};

    fn settings() -> AuthSettings {
        AuthSettings {
            issuer: Some("demo".into()),
            audience: Some("bufdir-reports".into()),
            organization_claim: "app_metadata.organization_id".parse().unwrap(),
            ..AuthSettings::new(KeySource::Secret(vec![7; 32].into()))
        }
    }

    fn now() -> DateTime<Utc> {
        "2024-06-01T10:00:00Z".parse().unwrap()
    }

    #[rstest]
    #[case::none(None)]
    #[case::id(Some(OrganizationClaim::Id(Uuid::from_u128(9))))]
    #[case::slug(Some(OrganizationClaim::Slug("demo".into())))]
    #[tokio::test]
    async fn an_issued_token_is_accepted(#[case] organization: Option<OrganizationClaim>) {
        let user = Subject(Uuid::from_u128(1));
        let hour = Duration::from_secs(3600);
        let token = issue(&settings(), user, organization.as_ref(), hour, now()).unwrap();

        let verifier = Verifier::new(settings(), now()).await.unwrap();
        let expected = Identity {
            user,
            organization,
            expires_at: now() + hour,
        };
        assert_eq!(verifier.verify(&token, now()).await, Ok(expected));
    }

    #[test]
    fn no_token_is_issued_for_a_key_set() {
        let key = KeySource::JwksFile {
            path: "jwks.json".into(),
            algorithms: vec![PublicKeyAlgorithm::Rs256],
        };
        let issued = issue(
            &AuthSettings::new(key),
            Subject(Uuid::nil()),
            None,
            Duration::ZERO,
            now(),
        );
        assert_eq!(issued, Err(IssueError::NoSecret));
    }

    #[rstest]
    #[case::with_a_standard_claim("exp")]
    #[case::with_the_organization("app_metadata")]
    fn claims_that_collide_are_refused(#[case] user_claim: ClaimPath) {
        let settings = AuthSettings {
            user_claim,
            ..settings()
        };
        let organization = OrganizationClaim::Slug("demo".into());
        let issued = issue(
            &settings,
            Subject(Uuid::nil()),
            Some(&organization),
            Duration::ZERO,
            now(),
        );
        assert_eq!(issued, Err(IssueError::CollidingClaims));
    }
}
