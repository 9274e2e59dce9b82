//! A key set behind a URL, with an issuer on loopback: changed keys, bad minutes, and how often it is asked.

use axum::http::StatusCode;
use chrono::TimeDelta;
use futures::future::join_all;
use futures::poll;
use jsonwebtoken::Algorithm;
use rstest::rstest;
use url::Url;

use super::{EC, Issuer, claims, ec_key, es256, hs256, jwk, now};
use crate::{AuthSettings, AuthSettingsError, KeySource, PublicKeyAlgorithm, TokenError, Verifier};

async fn verifier(url: Url) -> Verifier {
    let key = KeySource::JwksUrl {
        url,
        algorithms: vec![PublicKeyAlgorithm::Es256],
    };
    Verifier::new(AuthSettings::new(key), now()).await.unwrap()
}

async fn verify(verifier: &Verifier, token: &str, after: TimeDelta) -> Result<(), TokenError> {
    verifier.verify(token, now() + after).await.map(|_| ())
}

fn seconds(seconds: i64) -> TimeDelta {
    TimeDelta::seconds(seconds)
}

#[tokio::test]
async fn a_known_key_is_fetched_once() {
    let issuer = Issuer::start(&[jwk(&EC, Algorithm::ES256, "ec")]).await;
    let verifier = verifier(issuer.url.clone()).await;
    for after in [0, 100, 599] {
        assert_eq!(verify(&verifier, &es256("ec", &EC), seconds(after)).await, Ok(()));
    }
    assert_eq!(issuer.visits(), 1);
}

#[tokio::test]
async fn a_new_key_is_fetched_when_a_token_names_it() {
    let issuer = Issuer::start(&[jwk(&EC, Algorithm::ES256, "old")]).await;
    let verifier = verifier(issuer.url.clone()).await;
    let new = ec_key();
    issuer.publish(&[jwk(&new, Algorithm::ES256, "new")]);

    assert_eq!(verify(&verifier, &es256("new", &new), seconds(60)).await, Ok(()));
    assert_eq!(
        verify(&verifier, &es256("old", &EC), seconds(60)).await,
        Err(TokenError::UnknownKey)
    );
}

#[tokio::test]
async fn unknown_keys_ask_the_issuer_once_a_minute() {
    let issuer = Issuer::start(&[jwk(&EC, Algorithm::ES256, "ec")]).await;
    let verifier = verifier(issuer.url.clone()).await;
    for (after, visits) in [(1, 1), (59, 1), (60, 2), (61, 2), (119, 2), (120, 3)] {
        assert_eq!(
            verify(&verifier, &es256("other", &EC), seconds(after)).await,
            Err(TokenError::UnknownKey)
        );
        assert_eq!(issuer.visits(), visits, "after {after} s");
    }
    // Set back by an hour, the clock does not stop it.
    assert_eq!(
        verify(&verifier, &es256("other", &EC), seconds(-3600)).await,
        Err(TokenError::UnknownKey)
    );
    assert_eq!(issuer.visits(), 4);
}

#[tokio::test]
async fn callers_at_one_time_share_one_fetch() {
    let issuer = Issuer::start(&[jwk(&EC, Algorithm::ES256, "old")]).await;
    let verifier = verifier(issuer.url.clone()).await;
    let new = ec_key();
    issuer.publish(&[jwk(&new, Algorithm::ES256, "new")]);

    let token = es256("new", &new);
    let verified = join_all((0..20).map(|_| verify(&verifier, &token, seconds(60)))).await;
    assert!(verified.iter().all(Result::is_ok), "{verified:?}");
    assert_eq!(issuer.visits(), 2);
}

#[tokio::test]
async fn a_caller_who_hangs_up_does_not_spend_the_attempt() {
    let issuer = Issuer::start(&[jwk(&EC, Algorithm::ES256, "old")]).await;
    let verifier = verifier(issuer.url.clone()).await;
    let new = ec_key();
    issuer.publish(&[jwk(&new, Algorithm::ES256, "new")]);

    let token = es256("new", &new);
    let mut request = Box::pin(verifier.verify(&token, now() + seconds(60)));
    assert!(poll!(&mut request).is_pending());
    drop(request);
    assert_eq!(verify(&verifier, &token, seconds(61)).await, Ok(()));
    assert_eq!(issuer.visits(), 2);
}

#[tokio::test]
async fn a_withdrawn_key_stops_working_within_ten_minutes() {
    let issuer = Issuer::start(&[jwk(&EC, Algorithm::ES256, "withdrawn")]).await;
    let verifier = verifier(issuer.url.clone()).await;
    issuer.publish(&[jwk(&ec_key(), Algorithm::ES256, "new")]);

    assert_eq!(verify(&verifier, &es256("withdrawn", &EC), seconds(599)).await, Ok(()));
    assert_eq!(
        verify(&verifier, &es256("withdrawn", &EC), seconds(600)).await,
        Err(TokenError::UnknownKey)
    );
}

#[rstest]
#[case::error(StatusCode::INTERNAL_SERVER_ERROR, String::new())]
#[case::not_a_key_set(StatusCode::OK, "<html>".to_owned())]
#[case::no_keys(StatusCode::OK, r#"{"keys":[]}"#.to_owned())]
#[case::too_large(StatusCode::OK, " ".repeat(1024 * 1024 + 1))]
#[tokio::test]
async fn a_failed_fetch_leaves_the_known_keys(#[case] status: StatusCode, #[case] body: String) {
    let issuer = Issuer::start(&[jwk(&EC, Algorithm::ES256, "ec")]).await;
    let verifier = verifier(issuer.url.clone()).await;
    issuer.answer(status, body);

    assert_eq!(verify(&verifier, &es256("ec", &EC), seconds(900)).await, Ok(()));
    assert_eq!(issuer.visits(), 2);
}

#[rstest]
#[case::error(StatusCode::INTERNAL_SERVER_ERROR, String::new())]
#[case::too_large(StatusCode::OK, format!(r#"{{"keys":[{}]}}{}"#, jwk(&EC, Algorithm::ES256, "ec"), " ".repeat(1024 * 1024)))]
#[tokio::test]
async fn without_any_keys_logins_are_unavailable_until_a_fetch_succeeds(
    #[case] status: StatusCode,
    #[case] body: String,
) {
    let issuer = Issuer::start(&[]).await;
    issuer.answer(status, body);
    let verifier = verifier(issuer.url.clone()).await;
    let token = es256("ec", &EC);
    assert_eq!(
        verify(&verifier, &token, seconds(5)).await,
        Err(TokenError::KeysUnavailable)
    );

    issuer.publish(&[jwk(&EC, Algorithm::ES256, "ec")]);
    assert_eq!(
        verify(&verifier, &token, seconds(9)).await,
        Err(TokenError::KeysUnavailable)
    );
    assert_eq!(verify(&verifier, &token, seconds(10)).await, Ok(()));
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let issuer = Issuer::start(&[jwk(&EC, Algorithm::ES256, "ec")]).await;
    let verifier = verifier(issuer.url.join("/moved").unwrap()).await;
    assert_eq!(
        verify(&verifier, &es256("ec", &EC), seconds(5)).await,
        Err(TokenError::KeysUnavailable)
    );
    assert_eq!(issuer.visits(), 0);
}

#[tokio::test]
async fn an_algorithm_that_is_not_allowed_asks_nobody() {
    let issuer = Issuer::start(&[jwk(&EC, Algorithm::ES256, "ec")]).await;
    let verifier = verifier(issuer.url.clone()).await;
    let token = hs256(&claims());
    assert_eq!(
        verify(&verifier, &token, seconds(60)).await,
        Err(TokenError::AlgorithmNotAllowed)
    );
    assert_eq!(issuer.visits(), 1);
}

#[rstest]
#[case("http://login.example.org/jwks.json")]
#[case("http://localhost.example.org/jwks.json")]
#[case("http://127.0.0.1.example.org/jwks.json")]
#[case("http://10.0.0.1/jwks.json")]
#[case("http://[2001:db8::1]/jwks.json")]
#[case("ftp://localhost/jwks.json")]
#[case("file:///etc/jwks.json")]
#[tokio::test]
async fn keys_come_by_https_or_from_loopback(#[case] url: Url) {
    let key = KeySource::JwksUrl {
        url,
        algorithms: vec![PublicKeyAlgorithm::Es256],
    };
    let refused = Verifier::new(AuthSettings::new(key), now()).await;
    assert!(matches!(refused, Err(AuthSettingsError::InsecureUrl(_))), "{refused:?}");
}

#[rstest]
#[case("https://127.0.0.1:1/jwks.json")]
#[case("http://localhost:1/jwks.json")]
#[case("http://[::1]:1/jwks.json")]
#[tokio::test]
async fn an_issuer_that_is_away_does_not_stop_the_start(#[case] url: Url) {
    let verifier = verifier(url).await;
    assert_eq!(
        verify(&verifier, &es256("ec", &EC), seconds(0)).await,
        Err(TokenError::KeysUnavailable)
    );
}
