//! Tokens under a secret: a test per reason, and the settings.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};
use jsonwebtoken::{Algorithm, EncodingKey};
use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{EXPIRY, ORGANIZATION, SECRET, USER, at, claims, claims_with, encode, hmac_key, hs256, now, sign};
use crate::{
    AuthSettings, AuthSettingsError, Identity, KeySource, OrganizationClaim, PublicKeyAlgorithm, Subject, TokenError,
    Verifier, bearer,
};

fn settings() -> AuthSettings {
    AuthSettings::new(KeySource::Secret(SECRET.to_vec().into()))
}

async fn verify_with(settings: AuthSettings, token: &str) -> Result<Identity, TokenError> {
    Verifier::new(settings, now()).await.unwrap().verify(token, now()).await
}

async fn verify(token: &str) -> Result<Identity, TokenError> {
    verify_with(settings(), token).await
}

fn user() -> Subject {
    Subject(USER.parse().unwrap())
}

/// What Supabase signs, with the organization where its hooks can put one.
fn supabase_claims() -> Value {
    json!({
        "aal": "aal1",
        "amr": [{ "method": "password", "timestamp": EXPIRY - 3600 }],
        "app_metadata": { "provider": "email", "providers": ["email"], "organization_id": ORGANIZATION },
        "aud": "authenticated",
        "email": "kari@example.org",
        "exp": EXPIRY,
        "iat": EXPIRY - 3600,
        "is_anonymous": false,
        "iss": "https://project.supabase.co/auth/v1",
        "phone": "",
        "role": "authenticated",
        "session_id": "2f1c2f36-0a3c-4b3e-9d0e-6f8d6f0b7a55",
        "sub": USER,
        "user_metadata": { "email_verified": true, "organization_id": "chosen-by-the-user" },
    })
}

#[tokio::test]
async fn a_supabase_token_works_as_it_is() {
    let settings = AuthSettings {
        issuer: Some("https://project.supabase.co/auth/v1".into()),
        audience: Some("authenticated".into()),
        organization_claim: "app_metadata.organization_id".parse().unwrap(),
        ..settings()
    };
    let header = json!({ "alg": "HS256", "kid": "uKw2Yh9b", "typ": "JWT" });
    let token = sign(&header, &supabase_claims(), &hmac_key(), Algorithm::HS256);
    let expected = Identity {
        user: user(),
        organization: Some(OrganizationClaim::Id(ORGANIZATION.parse().unwrap())),
        expires_at: at(EXPIRY),
    };
    assert_eq!(verify_with(settings, &token).await, Ok(expected));
}

#[tokio::test]
async fn a_role_claim_changes_nothing() {
    let plain = verify(&hs256(&claims())).await.unwrap();
    let boasting = claims_with(json!({ "role": "service_role", "roles": ["org_admin"], "is_global_admin": true }));
    assert_eq!(verify(&hs256(&boasting)).await, Ok(plain));
}

#[rstest]
#[case::absent(json!({}), Ok(None))]
#[case::null(json!({ "org": { "id": null } }), Ok(None))]
#[case::slug(json!({ "org": { "id": "norges-likepersoner" } }), Ok(Some("norges-likepersoner")))]
#[case::empty(json!({ "org": { "id": "" } }), Err(TokenError::InvalidOrganization))]
#[case::number(json!({ "org": { "id": 7 } }), Err(TokenError::InvalidOrganization))]
#[case::several(json!({ "org": { "id": ["a", "b"] } }), Err(TokenError::InvalidOrganization))]
#[tokio::test]
async fn the_organization_is_named_or_absent_or_refused(
    #[case] changes: Value,
    #[case] expected: Result<Option<&str>, TokenError>,
) {
    let settings = AuthSettings {
        organization_claim: "org.id".parse().unwrap(),
        ..settings()
    };
    let found = verify_with(settings, &hs256(&claims_with(changes)))
        .await
        .map(|identity| identity.organization);
    assert_eq!(
        found,
        expected.map(|slug| slug.map(|slug| OrganizationClaim::Slug(slug.to_owned())))
    );
}

#[rstest]
#[case::absent(json!({ "sub": null }))]
#[case::not_a_uuid(json!({ "sub": "auth0|12345" }))]
#[case::number(json!({ "sub": 12345 }))]
#[tokio::test]
async fn a_token_without_a_user_is_refused(#[case] changes: Value) {
    assert_eq!(
        verify(&hs256(&claims_with(changes))).await,
        Err(TokenError::MissingUser)
    );
}

#[rstest]
#[case::well_before_expiry(json!({}), EXPIRY - 1, Ok(()))]
#[case::within_the_leeway(json!({}), EXPIRY + 29, Ok(()))]
#[case::at_the_end_of_the_leeway(json!({}), EXPIRY + 30, Err(TokenError::Expired))]
#[case::fraction_before_the_end(json!({ "exp": EXPIRY as f64 + 0.5 }), EXPIRY + 30, Ok(()))]
#[case::nbf_within_the_leeway(json!({ "nbf": EXPIRY - 100 }), EXPIRY - 130, Ok(()))]
#[case::nbf_ahead(json!({ "nbf": EXPIRY - 100 }), EXPIRY - 131, Err(TokenError::NotYetValid))]
#[case::iat_within_the_leeway(json!({ "iat": EXPIRY - 100 }), EXPIRY - 130, Ok(()))]
#[case::iat_ahead(json!({ "iat": EXPIRY - 100 }), EXPIRY - 131, Err(TokenError::NotYetValid))]
#[case::no_exp(json!({ "exp": null }), EXPIRY, Err(TokenError::Malformed))]
#[case::exp_as_text(json!({ "exp": "tomorrow" }), EXPIRY, Err(TokenError::Malformed))]
#[case::exp_in_milliseconds(json!({ "exp": EXPIRY * 1_000_000 }), EXPIRY, Err(TokenError::Malformed))]
#[case::exp_beyond_any_calendar(json!({ "exp": 1e300 }), EXPIRY, Err(TokenError::Malformed))]
#[case::exp_at_the_last_instant(json!({ "exp": 8_210_266_876_799_i64 }), EXPIRY, Ok(()))]
#[case::exp_at_the_first_instant(json!({ "exp": -8_334_601_228_800_i64 }), EXPIRY, Err(TokenError::Expired))]
#[tokio::test]
async fn a_token_is_valid_between_its_times(
    #[case] changes: Value,
    #[case] seconds: i64,
    #[case] expected: Result<(), TokenError>,
) {
    let verifier = Verifier::new(settings(), now()).await.unwrap();
    let verified = verifier.verify(&hs256(&claims_with(changes)), at(seconds)).await;
    assert_eq!(verified.map(|_| ()), expected);
}

#[rstest]
#[case::same(json!({ "iss": "https://login.example.org" }), Ok(()))]
#[case::absent(json!({}), Err(TokenError::WrongIssuer))]
#[case::other(json!({ "iss": "https://login.example.org/" }), Err(TokenError::WrongIssuer))]
#[tokio::test]
async fn the_issuer_is_the_configured_one(#[case] changes: Value, #[case] expected: Result<(), TokenError>) {
    let settings = AuthSettings {
        issuer: Some("https://login.example.org".into()),
        ..settings()
    };
    assert_eq!(
        verify_with(settings, &hs256(&claims_with(changes))).await.map(|_| ()),
        expected
    );
}

#[rstest]
#[case::same(json!({ "aud": "bufdir" }), Ok(()))]
#[case::among_others(json!({ "aud": ["other", "bufdir"] }), Ok(()))]
#[case::absent(json!({}), Err(TokenError::WrongAudience))]
#[case::other(json!({ "aud": "bufdir2" }), Err(TokenError::WrongAudience))]
#[case::others(json!({ "aud": ["a", "b"] }), Err(TokenError::WrongAudience))]
#[tokio::test]
async fn the_audience_names_this_service(#[case] changes: Value, #[case] expected: Result<(), TokenError>) {
    let settings = AuthSettings {
        audience: Some("bufdir".into()),
        ..settings()
    };
    assert_eq!(
        verify_with(settings, &hs256(&claims_with(changes))).await.map(|_| ()),
        expected
    );
}

#[rstest]
#[case::empty(String::new())]
#[case::no_token("hello".into())]
#[case::two_parts(format!("{}.{}", encode(r#"{"alg":"HS256"}"#), encode("{}")))]
#[case::five_parts(format!("{}.a.b.c.d", encode(r#"{"alg":"HS256"}"#)))]
#[case::padded_base64(format!("{}=", hs256(&claims())))]
#[case::header_is_no_json(format!("{}.{}.{}", encode("alg"), encode("{}"), encode("x")))]
#[case::two_algorithms(format!("{}.{}.{}", encode(r#"{"alg":"HS256","alg":"none"}"#), encode("{}"), encode("x")))]
#[case::claims_are_no_object(hs256(&json!(["sub"])))]
#[case::critical_extension(sign(&json!({ "alg": "HS256", "crit": ["b64"], "b64": false }), &claims(), &hmac_key(), Algorithm::HS256))]
#[tokio::test]
async fn what_is_no_plain_signed_token_is_malformed(#[case] token: String) {
    assert_eq!(verify(&token).await, Err(TokenError::Malformed));
}

#[rstest]
#[case::longest(16 * 1024, Ok(()))]
#[case::too_long(16 * 1024 + 1, Err(TokenError::Malformed))]
#[tokio::test]
async fn a_token_has_16_kib_at_most(#[case] length: usize, #[case] expected: Result<(), TokenError>) {
    // Base64 skips every fourth length, so the header's part takes up what the claims' part cannot.
    let token = (0..4)
        .flat_map(|kid| (11_000..13_000).map(move |padding| (kid, padding)))
        .map(|(kid, padding)| {
            let header = json!({ "alg": "HS256", "kid": "k".repeat(kid) });
            let size = encode(header.to_string()).len() + 1 + 43 + 1;
            (header, padding, size)
        })
        .find_map(|(header, padding, size)| {
            let claims = claims_with(json!({ "padding": "p".repeat(padding) }));
            (size + encode(claims.to_string()).len() == length).then_some((header, claims))
        })
        .map(|(header, claims)| sign(&header, &claims, &hmac_key(), Algorithm::HS256))
        .unwrap();
    assert_eq!(token.len(), length);
    assert_eq!(verify(&token).await.map(|_| ()), expected);
}

#[tokio::test]
async fn another_secret_gives_a_bad_signature() {
    let other = EncodingKey::from_secret(b"another secret of thirty-two bytes or more");
    let token = sign(&json!({ "alg": "HS256" }), &claims(), &other, Algorithm::HS256);
    assert_eq!(verify(&token).await, Err(TokenError::BadSignature));
}

#[tokio::test]
async fn changed_claims_give_a_bad_signature_and_are_not_read() {
    let token = hs256(&claims());
    let (header, rest) = token.split_once('.').unwrap();
    let (_, signature) = rest.split_once('.').unwrap();
    // Expired as well: said only to whoever has a genuine token.
    let forged = encode(claims_with(json!({ "sub": Uuid::nil(), "exp": 0 })).to_string());
    assert_eq!(
        verify(&format!("{header}.{forged}.{signature}")).await,
        Err(TokenError::BadSignature)
    );
    assert_eq!(
        verify(&format!("{header}.{forged}.")).await,
        Err(TokenError::BadSignature)
    );
}

#[rstest]
#[case("none")]
#[case("None")]
#[case("HS512")]
#[case("RS256")]
#[case("hs256")]
#[tokio::test]
async fn with_a_secret_only_hs256_is_allowed(#[case] alg: &str) {
    let token = sign(&json!({ "alg": alg }), &claims(), &hmac_key(), Algorithm::HS256);
    assert_eq!(verify(&token).await, Err(TokenError::AlgorithmNotAllowed));
    let unsigned = format!(
        "{}.{}.",
        encode(json!({ "alg": alg }).to_string()),
        encode(claims().to_string())
    );
    assert_eq!(verify(&unsigned).await, Err(TokenError::AlgorithmNotAllowed));
}

#[rstest]
#[case::short_secret(KeySource::Secret(vec![0; 31].into()), "the JWT secret is too short")]
#[case::missing_file(KeySource::JwksFile { path: "no-such-file".into(), algorithms: vec![PublicKeyAlgorithm::Rs256] }, "cannot be read")]
#[case::not_a_key_set(KeySource::JwksFile { path: "Cargo.toml".into(), algorithms: vec![PublicKeyAlgorithm::Rs256] }, "is not a JSON")]
#[case::no_algorithm(KeySource::JwksFile { path: "Cargo.toml".into(), algorithms: vec![] }, "no algorithm")]
#[tokio::test]
async fn settings_that_cannot_be_meant_are_refused(#[case] key: KeySource, #[case] message: &str) {
    let refused = Verifier::new(AuthSettings::new(key), now()).await.unwrap_err();
    assert!(refused.to_string().contains(message), "{refused}");
}

#[tokio::test]
async fn a_leeway_has_five_minutes_at_most() {
    let settings = |seconds| AuthSettings {
        leeway: Duration::from_secs(seconds),
        ..settings()
    };
    assert!(Verifier::new(settings(300), now()).await.is_ok());
    let refused = Verifier::new(settings(301), now()).await;
    assert!(matches!(refused, Err(AuthSettingsError::LeewayTooLong)));
}

#[test]
fn settings_do_not_print_the_secret() {
    let printed = format!("{:?}", AuthSettings::new(KeySource::Secret(SECRET.to_vec().into())));
    assert!(printed.contains("[REDACTED]"));
    assert!(!printed.contains(std::str::from_utf8(SECRET).unwrap()));
}

#[rstest]
#[case::absent(&[], Ok(None))]
#[case::usual(&["Bearer abc.def.ghi"], Ok(Some("abc.def.ghi")))]
#[case::scheme_in_any_case(&["bEARER abc"], Ok(Some("abc")))]
#[case::more_spaces(&["Bearer  abc "], Ok(Some("abc")))]
#[case::other_scheme(&["Basic abc"], Err(TokenError::Malformed))]
#[case::no_scheme(&["abc.def.ghi"], Err(TokenError::Malformed))]
#[case::no_token(&["Bearer "], Err(TokenError::Malformed))]
#[case::two_tokens(&["Bearer abc def"], Err(TokenError::Malformed))]
#[case::two_headers(&["Bearer abc", "Bearer def"], Err(TokenError::Malformed))]
#[case::not_ascii(&["Bearer æøå"], Err(TokenError::Malformed))]
fn the_token_stands_in_the_header(#[case] values: &[&str], #[case] expected: Result<Option<&str>, TokenError>) {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(
            header::AUTHORIZATION,
            HeaderValue::from_bytes(value.as_bytes()).unwrap(),
        );
    }
    assert_eq!(bearer(&headers), expected);
}
