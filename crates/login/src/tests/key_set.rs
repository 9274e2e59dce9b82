//! A key set on disk: which key a token's header may choose, and the attacks that login by JWT is known for.

use std::io::Write;

use jsonwebtoken::{Algorithm, EncodingKey};
use rstest::rstest;
use serde_json::{Value, json};

use super::{EC, RSA, USER, claims, ec_key, jwk, now, sign};
use crate::{AuthSettings, AuthSettingsError, Identity, KeySource, PublicKeyAlgorithm, Subject, TokenError, Verifier};

fn key_set_file(keys: &[Value]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    write!(file, "{}", json!({ "keys": keys })).unwrap();
    file
}

fn file_settings(file: &tempfile::NamedTempFile, algorithms: &[PublicKeyAlgorithm]) -> AuthSettings {
    AuthSettings::new(KeySource::JwksFile {
        path: file.path().to_owned(),
        algorithms: algorithms.to_vec(),
    })
}

const BOTH: &[PublicKeyAlgorithm] = &[PublicKeyAlgorithm::Rs256, PublicKeyAlgorithm::Es256];

async fn verify_with(settings: AuthSettings, token: &str) -> Result<Identity, TokenError> {
    Verifier::new(settings, now()).await.unwrap().verify(token, now()).await
}

#[rstest]
#[case::rsa(Algorithm::RS256, "rsa")]
#[case::ec(Algorithm::ES256, "ec")]
#[tokio::test]
async fn a_key_set_on_disk_checks_both_algorithms(#[case] algorithm: Algorithm, #[case] kid: &str) {
    let file = key_set_file(&[jwk(&RSA, Algorithm::RS256, "rsa"), jwk(&EC, Algorithm::ES256, "ec")]);
    let key = if kid == "rsa" { &*RSA } else { &*EC };
    for header in [json!({ "alg": algorithm, "kid": kid }), json!({ "alg": algorithm })] {
        let token = sign(&header, &claims(), key, algorithm);
        assert_eq!(
            verify_with(file_settings(&file, BOTH), &token).await.unwrap().user,
            Subject(USER.parse().unwrap())
        );
    }
}

#[tokio::test]
async fn a_public_key_is_no_secret() {
    let public = jwk(&RSA, Algorithm::RS256, "rsa");
    let file = key_set_file(std::slice::from_ref(&public));
    let as_secret = EncodingKey::from_secret(public["n"].as_str().unwrap().as_bytes());
    let token = sign(
        &json!({ "alg": "HS256", "kid": "rsa" }),
        &claims(),
        &as_secret,
        Algorithm::HS256,
    );
    let verified = verify_with(file_settings(&file, BOTH), &token).await;
    assert_eq!(verified, Err(TokenError::AlgorithmNotAllowed));
}

#[rstest]
#[case::key_of_another_type(json!({ "alg": "ES256", "kid": "rsa" }), TokenError::AlgorithmNotAllowed)]
#[case::other_rsa_algorithm(json!({ "alg": "RS512", "kid": "rsa" }), TokenError::AlgorithmNotAllowed)]
#[case::unknown_kid(json!({ "alg": "ES256", "kid": "other" }), TokenError::UnknownKey)]
#[case::two_keys_and_no_kid(json!({ "alg": "ES256" }), TokenError::UnknownKey)]
#[case::signed_by_another(json!({ "alg": "ES256", "kid": "ec2" }), TokenError::BadSignature)]
#[tokio::test]
async fn the_header_must_name_one_fitting_key(#[case] header: Value, #[case] expected: TokenError) {
    let keys = [
        jwk(&RSA, Algorithm::RS256, "rsa"),
        jwk(&EC, Algorithm::ES256, "ec"),
        jwk(&ec_key(), Algorithm::ES256, "ec2"),
    ];
    let file = key_set_file(&keys);
    let token = sign(&header, &claims(), &EC, Algorithm::ES256);
    assert_eq!(verify_with(file_settings(&file, BOTH), &token).await, Err(expected));
}

#[tokio::test]
async fn only_configured_algorithms_are_allowed() {
    let file = key_set_file(&[jwk(&RSA, Algorithm::RS256, "rsa"), jwk(&EC, Algorithm::ES256, "ec")]);
    let token = sign(
        &json!({ "alg": "ES256", "kid": "ec" }),
        &claims(),
        &EC,
        Algorithm::ES256,
    );
    let verified = verify_with(file_settings(&file, &[PublicKeyAlgorithm::Rs256]), &token).await;
    assert_eq!(verified, Err(TokenError::AlgorithmNotAllowed));
}

#[tokio::test]
async fn a_key_that_the_token_brings_along_is_not_used() {
    let file = key_set_file(&[jwk(&EC, Algorithm::ES256, "ec")]);
    let own = ec_key();
    let brought = jwk(&own, Algorithm::ES256, "ec");
    let header = json!({ "alg": "ES256", "kid": "ec", "jwk": brought, "jku": "https://evil.example/jwks.json" });
    let token = sign(&header, &claims(), &own, Algorithm::ES256);
    assert_eq!(
        verify_with(file_settings(&file, BOTH), &token).await,
        Err(TokenError::BadSignature)
    );
}

#[rstest]
#[case::for_encryption(json!({ "use": "enc" }))]
#[case::not_for_verifying(json!({ "key_ops": ["encrypt"] }))]
#[case::for_another_algorithm(json!({ "alg": "ES384" }))]
#[case::curve_unknown(json!({ "crv": "secp256k1" }))]
#[case::secret(json!({ "kty": "oct", "k": "c2VjcmV0" }))]
#[tokio::test]
async fn a_key_set_without_a_usable_key_is_refused(#[case] changes: Value) {
    let mut key = jwk(&EC, Algorithm::ES256, "ec");
    key.as_object_mut()
        .unwrap()
        .extend(changes.as_object().unwrap().clone());
    let file = key_set_file(&[key]);
    let refused = Verifier::new(file_settings(&file, BOTH), now()).await;
    assert!(
        matches!(refused, Err(AuthSettingsError::NoUsableKey { .. })),
        "{refused:?}"
    );
}
