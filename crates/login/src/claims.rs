//! What a genuine token says: who, for which organization, from when until when, by whom and for whom.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use super::AuthSettings;
use super::error::TokenError;

/// As the database has it (`organization_slug_valid`).
const MAX_SLUG_LENGTH: usize = 63;

/// The id of the user for whom the token speaks (`users.id`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Subject(pub Uuid);

/// How a request names the organization, in a token's claim or a header. A wish: whether the user may enter it is for the
/// database to say. `Display` writes what `app.enter` takes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum OrganizationClaim {
    /// Written with hyphens; 32 hexadecimal digits in a row may be a slug.
    Id(Uuid),
    /// Words of lower-case letters and digits, joined by single hyphens: 63 characters at most.
    Slug(String),
}

/// The text is neither an organization's id nor a slug.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an organization's id (a UUID) or slug (lower-case letters, digits and single hyphens)")]
pub struct OrganizationClaimError;

impl FromStr for OrganizationClaim {
    type Err = OrganizationClaimError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() == Hyphenated::LENGTH
            && let Ok(id) = Uuid::try_parse(text)
        {
            return Ok(Self::Id(id));
        }
        if is_slug(text) {
            Ok(Self::Slug(text.to_owned()))
        } else {
            Err(OrganizationClaimError)
        }
    }
}

fn is_slug(text: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    text.len() <= MAX_SLUG_LENGTH && text.split('-').all(is_word)
}

impl fmt::Display for OrganizationClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Slug(slug) => slug.fmt(f),
        }
    }
}

/// Who a token speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub user: Subject,
    pub organization: Option<OrganizationClaim>,
    /// The token's `exp`, without the leeway: when a subscription that it opened should end.
    pub expires_at: DateTime<Utc>,
}

/// Where in the claims something stands: `sub`, `app_metadata.organization_id`, or, for names that hold a dot, a JSON
/// pointer such as `/https:~1~1example.org~1org`. Steps go through objects only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimPath(Vec<String>);

/// The text is no path to a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a path to a claim: write it with dots (app_metadata.organization_id) or as a JSON pointer \
     (/https:~1~1example.org~1org, where ~1 is / and ~0 is ~), with no empty step"
)]
pub struct ClaimPathError;

impl ClaimPath {
    pub(super) fn top_level(name: &str) -> Self {
        Self(vec![name.to_owned()])
    }

    fn find<'a>(&self, claims: &'a Map<String, Value>) -> Option<&'a Value> {
        let (first, rest) = self.0.split_first()?;
        rest.iter()
            .try_fold(claims.get(first)?, |value, step| value.as_object()?.get(step))
    }

    /// Puts a value there, with the objects on the way; false if something else stands there or on the way.
    #[must_use]
    pub(super) fn insert(&self, claims: &mut Map<String, Value>, value: Value) -> bool {
        let Some((last, way)) = self.0.split_last() else {
            return false;
        };
        let mut place = claims;
        for step in way {
            let next = place.entry(step.as_str()).or_insert_with(|| Value::Object(Map::new()));
            let Value::Object(object) = next else { return false };
            place = object;
        }
        place.insert(last.clone(), value).is_none()
    }
}

impl FromStr for ClaimPath {
    type Err = ClaimPathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let steps: Vec<String> = match text.strip_prefix('/') {
            Some(pointer) => pointer.split('/').map(unescape).collect::<Result<_, _>>()?,
            None => text.split('.').map(str::to_owned).collect(),
        };
        if steps.iter().any(String::is_empty) {
            Err(ClaimPathError)
        } else {
            Ok(Self(steps))
        }
    }
}

/// One step of a JSON pointer (RFC 6901, 4).
fn unescape(step: &str) -> Result<String, ClaimPathError> {
    let mut parts = step.split('~');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (escaped, rest) = match part.as_bytes().first() {
            Some(b'0') => ('~', &part[1..]),
            Some(b'1') => ('/', &part[1..]),
            _ => return Err(ClaimPathError),
        };
        plain.push(escaped);
        plain.push_str(rest);
    }
    Ok(plain)
}

/// What the configuration asks of claims.
#[derive(Debug)]
pub(super) struct ClaimRules {
    issuer: Option<String>,
    audience: Option<String>,
    user_claim: ClaimPath,
    organization_claim: ClaimPath,
    leeway: TimeDelta,
}

impl From<AuthSettings> for ClaimRules {
    fn from(settings: AuthSettings) -> Self {
        Self {
            issuer: settings.issuer,
            audience: settings.audience,
            user_claim: settings.user_claim,
            organization_claim: settings.organization_claim,
            leeway: TimeDelta::from_std(settings.leeway).unwrap_or(TimeDelta::zero()),
        }
    }
}

impl ClaimRules {
    pub fn identify(&self, claims: &Map<String, Value>, now: DateTime<Utc>) -> Result<Identity, TokenError> {
        let expires_at = self.check_times(claims, now)?;
        self.check_issuer(claims)?;
        self.check_audience(claims)?;
        Ok(Identity {
            user: self.user(claims)?,
            organization: self.organization(claims)?,
            expires_at,
        })
    }

    /// `exp` is required and itself too late; `nbf` and `iat` must not lie ahead. Each with the leeway.
    fn check_times(&self, claims: &Map<String, Value>, now: DateTime<Utc>) -> Result<DateTime<Utc>, TokenError> {
        let expires_at = time(claims, "exp")?.ok_or(TokenError::Malformed)?;
        // Differences and not sums: an `exp` at the calendar's end has no later instant.
        if now - expires_at >= self.leeway {
            return Err(TokenError::Expired);
        }
        for name in ["nbf", "iat"] {
            if time(claims, name)?.is_some_and(|begins_at| begins_at - now > self.leeway) {
                return Err(TokenError::NotYetValid);
            }
        }
        Ok(expires_at)
    }

    fn check_issuer(&self, claims: &Map<String, Value>) -> Result<(), TokenError> {
        let Some(expected) = &self.issuer else { return Ok(()) };
        let named = claims.get("iss").and_then(Value::as_str);
        if named == Some(expected) {
            Ok(())
        } else {
            Err(TokenError::WrongIssuer)
        }
    }

    fn check_audience(&self, claims: &Map<String, Value>) -> Result<(), TokenError> {
        let Some(expected) = &self.audience else { return Ok(()) };
        let named = match claims.get("aud") {
            Some(Value::Array(audiences)) => audiences.iter().any(|audience| audience.as_str() == Some(expected)),
            Some(audience) => audience.as_str() == Some(expected),
            None => false,
        };
        if named { Ok(()) } else { Err(TokenError::WrongAudience) }
    }

    fn user(&self, claims: &Map<String, Value>) -> Result<Subject, TokenError> {
        let text = self
            .user_claim
            .find(claims)
            .and_then(Value::as_str)
            .ok_or(TokenError::MissingUser)?;
        Uuid::try_parse(text).map(Subject).map_err(|_| TokenError::MissingUser)
    }

    /// A claim that is there but names nothing is refused: taken for absent, it would let the user into another
    /// organization than the token meant.
    fn organization(&self, claims: &Map<String, Value>) -> Result<Option<OrganizationClaim>, TokenError> {
        match self.organization_claim.find(claims) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => text.parse().map(Some).map_err(|_| TokenError::InvalidOrganization),
            Some(_) => Err(TokenError::InvalidOrganization),
        }
    }
}

/// A NumericDate (RFC 7519, 2): seconds since 1970 in UTC, perhaps with a fraction.
fn time(claims: &Map<String, Value>, name: &str) -> Result<Option<DateTime<Utc>>, TokenError> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    let instant = match value.as_i64() {
        Some(seconds) => DateTime::from_timestamp(seconds, 0),
        // Out of the range of i64 the cast saturates, and the calendar refuses it.
        None => value
            .as_f64()
            .and_then(|seconds| DateTime::from_timestamp_micros((seconds * 1e6) as i64)),
    };
    instant.map(Some).ok_or(TokenError::Malformed)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[rstest]
    #[case::plain("sub", json!({ "sub": "x" }))]
    #[case::dotted("app_metadata.organization_id", json!({ "app_metadata": { "organization_id": "x" } }))]
    #[case::pointer("/app_metadata/organization_id", json!({ "app_metadata": { "organization_id": "x" } }))]
    #[case::name_with_dots("/https:~1~1example.org~1org", json!({ "https://example.org/org": "x" }))]
    #[case::tilde("/a~0b~01/c", json!({ "a~b~1": { "c": "x" } }))]
    fn a_path_finds_its_claim_and_puts_it_back(#[case] path: ClaimPath, #[case] claims: Value) {
        assert_eq!(path.find(&object(claims.clone())), Some(&json!("x")));
        let mut written = Map::new();
        assert!(path.insert(&mut written, json!("x")));
        assert_eq!(Value::Object(written), claims);
    }

    #[rstest]
    #[case("")]
    #[case("/")]
    #[case("a..b")]
    #[case(".a")]
    #[case("/a//b")]
    #[case("/a~2")]
    #[case("/a~")]
    #[case("/~é")]
    fn a_text_that_is_no_path_is_refused(#[case] text: &str) {
        assert_eq!(ClaimPath::from_str(text), Err(ClaimPathError));
    }

    #[rstest]
    #[case::missing(json!({}))]
    #[case::through_a_text(json!({ "a": "b" }))]
    #[case::through_an_array(json!({ "a": [{ "b": "x" }] }))]
    #[case::dotted_name(json!({ "a.b": "x" }))]
    fn a_path_goes_through_objects_only(#[case] claims: Value) {
        assert_eq!(ClaimPath::from_str("a.b").unwrap().find(&object(claims)), None);
    }

    #[rstest]
    #[case::word("a")]
    #[case::words("norges-likepersoner-2")]
    #[case::longest(&"a".repeat(63))]
    #[case::digits_in_a_row(&"0123456789abcdef".repeat(2))]
    fn a_slug_names_an_organization(#[case] text: &str) {
        let organization: OrganizationClaim = text.parse().unwrap();
        assert_eq!(organization, OrganizationClaim::Slug(text.to_owned()));
        assert_eq!(organization.to_string(), text);
    }

    #[test]
    fn an_id_names_an_organization_in_either_case() {
        let text = "018F2F6C-7F5C-7B3A-9C39-5D6F0A4B8C11";
        let organization: OrganizationClaim = text.parse().unwrap();
        assert_eq!(organization, OrganizationClaim::Id(Uuid::try_parse(text).unwrap()));
        assert_eq!(organization.to_string(), text.to_lowercase());
    }

    #[rstest]
    #[case::empty("")]
    #[case::space("a b")]
    #[case::upper_case("Demo")]
    #[case::hyphens_in_a_row("a--b")]
    #[case::hyphen_last("a-")]
    #[case::markup("<script>")]
    #[case::too_long(&"a".repeat(64))]
    fn other_texts_name_no_organization(#[case] text: &str) {
        assert_eq!(OrganizationClaim::from_str(text), Err(OrganizationClaimError));
    }
}
