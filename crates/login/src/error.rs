//! Why a token is refused, and why settings are.

use std::path::PathBuf;

/// Why a token is refused. The text tells its sender what to do and nothing about keys or what would be accepted.
///
/// All are the sender's to mend (401), except [`KeysUnavailable`](Self::KeysUnavailable), which is ours (UNAVAILABLE).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum TokenError {
    #[error("Send one signed JWT of at most 16 KiB, with an expiry, as \"Authorization: Bearer <token>\".")]
    Malformed,
    #[error("The token has expired. Log in again.")]
    Expired,
    #[error("The token is not valid yet. Check the issuer's clock, or wait.")]
    NotYetValid,
    #[error("The token comes from another issuer. Log in where this service expects it.")]
    WrongIssuer,
    #[error("The token was made for another service. Log in for this one.")]
    WrongAudience,
    #[error("The token's signature is not valid. Log in again.")]
    BadSignature,
    #[error("The token was signed with a key that is not known here. Log in again.")]
    UnknownKey,
    #[error("The token is signed in a way that is not accepted here. Ask the operator which login to use.")]
    AlgorithmNotAllowed,
    #[error("The token does not say who the user is. Ask the operator which login to use.")]
    MissingUser,
    #[error("The token names an organization by neither an id nor a slug. Ask the operator which login to use.")]
    InvalidOrganization,
    #[error("Logins cannot be checked at the moment. Try again in a minute.")]
    KeysUnavailable,
}

impl TokenError {
    /// A stable name for logs, metrics and `extensions`.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::WrongIssuer => "wrong_issuer",
            Self::WrongAudience => "wrong_audience",
            Self::BadSignature => "bad_signature",
            Self::UnknownKey => "unknown_key",
            Self::AlgorithmNotAllowed => "algorithm_not_allowed",
            Self::MissingUser => "missing_user",
            Self::InvalidOrganization => "invalid_organization",
            Self::KeysUnavailable => "keys_unavailable",
        }
    }
}

/// Why the service does not start with these settings. For the operator, so it names files and addresses.
#[derive(Debug, thiserror::Error)]
pub enum AuthSettingsError {
    #[error("the JWT secret is too short: HS256 needs at least 32 bytes")]
    SecretTooShort,
    #[error("the leeway for tokens is too long: at most 300 seconds")]
    LeewayTooLong,
    #[error("no algorithm is given for the JWKS: name RS256, ES256 or both")]
    NoAlgorithm,
    #[error("\"{0}\" is not an algorithm for a JWKS: name RS256, ES256 or both")]
    UnknownAlgorithm(String),
    #[error("the JWKS URL must be https, or http on loopback: {0}")]
    InsecureUrl(url::Url),
    #[error("the JWKS file {} cannot be read", path.display())]
    UnreadableFile { path: PathBuf, source: std::io::Error },
    #[error("the file {} is not a JSON Web Key Set", path.display())]
    InvalidFile { path: PathBuf, source: serde_json::Error },
    #[error("the JWKS file {} holds no public key that the configured algorithms can use", path.display())]
    NoUsableKey { path: PathBuf },
    #[error("no HTTP client for the JWKS URL can be made")]
    HttpClient(#[source] reqwest::Error),
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(TokenError::Malformed, "malformed")]
    #[case(TokenError::Expired, "expired")]
    #[case(TokenError::NotYetValid, "not_yet_valid")]
    #[case(TokenError::WrongIssuer, "wrong_issuer")]
    #[case(TokenError::WrongAudience, "wrong_audience")]
    #[case(TokenError::BadSignature, "bad_signature")]
    #[case(TokenError::UnknownKey, "unknown_key")]
    #[case(TokenError::AlgorithmNotAllowed, "algorithm_not_allowed")]
    #[case(TokenError::MissingUser, "missing_user")]
    #[case(TokenError::InvalidOrganization, "invalid_organization")]
    #[case(TokenError::KeysUnavailable, "keys_unavailable")]
    fn a_reason_is_stable(#[case] error: TokenError, #[case] reason: &str) {
        assert_eq!(error.reason(), reason);
    }
}
