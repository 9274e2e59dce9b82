//! What the tests share: keys made on the spot, tokens of any shape, a key set behind a URL.

mod key_set;
mod remote;
mod tokens;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};
use url::Url;

const SECRET: &[u8] = b"a secret of more than thirty-two bytes";
const USER: &str = "5f3ccb0e-9a51-4c55-8a7e-0d5b1c3f2a10";
const ORGANIZATION: &str = "018f2f6c-7f5c-7b3a-9c39-5d6f0a4b8c11";
/// The `exp` of [`claims`], in seconds: 2024-06-01T11:00:00Z.
const EXPIRY: i64 = 1_717_239_600;

/// An hour before [`EXPIRY`].
fn now() -> DateTime<Utc> {
    at(EXPIRY - 3600)
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

static RSA: LazyLock<EncodingKey> = LazyLock::new(rsa_key);
static EC: LazyLock<EncodingKey> = LazyLock::new(ec_key);

fn rsa_key() -> EncodingKey {
    let der = RsaKeyPair::generate(KeySize::Rsa2048).unwrap().as_der().unwrap();
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        STANDARD.encode(der.as_ref())
    );
    EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap()
}

fn ec_key() -> EncodingKey {
    let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
    EncodingKey::from_ec_der(der.as_ref())
}

fn hmac_key() -> EncodingKey {
    EncodingKey::from_secret(SECRET)
}

/// The public half as a member of a key set.
fn jwk(key: &EncodingKey, algorithm: Algorithm, kid: &str) -> Value {
    let mut jwk = serde_json::to_value(Jwk::from_encoding_key(key, algorithm).unwrap()).unwrap();
    jwk["kid"] = json!(kid);
    jwk
}

/// The smallest set of claims that is accepted.
fn claims() -> Value {
    json!({ "sub": USER, "exp": EXPIRY })
}

/// [`claims`] with some set, added or, by null, taken away.
fn claims_with(changes: Value) -> Value {
    let mut claims = claims();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => claims.as_object_mut().unwrap().remove(name),
            value => claims.as_object_mut().unwrap().insert(name.clone(), value.clone()),
        };
    }
    claims
}

/// Signs whatever it is given; the header may lie about how.
fn sign(header: &Value, claims: &Value, key: &EncodingKey, algorithm: Algorithm) -> String {
    let message = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), key, algorithm).unwrap();
    format!("{message}.{signature}")
}

fn hs256(claims: &Value) -> String {
    sign(
        &json!({ "alg": "HS256", "typ": "JWT" }),
        claims,
        &hmac_key(),
        Algorithm::HS256,
    )
}

fn es256(kid: &str, key: &EncodingKey) -> String {
    sign(&json!({ "alg": "ES256", "kid": kid }), &claims(), key, Algorithm::ES256)
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// An issuer on loopback whose answer can be changed and whose visits are counted.
struct Issuer {
    url: Url,
    served: Arc<Served>,
}

struct Served {
    answer: Mutex<(StatusCode, String)>,
    visits: AtomicUsize,
}

impl Issuer {
    async fn start(keys: &[Value]) -> Self {
        let served = Arc::new(Served {
            answer: Mutex::new((StatusCode::OK, json!({ "keys": keys }).to_string())),
            visits: AtomicUsize::new(0),
        });
        let router = Router::new()
            .route("/jwks.json", get(answer))
            .route(
                "/moved",
                get(|| async { axum::response::Redirect::temporary("/jwks.json") }),
            )
            .with_state(Arc::clone(&served));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/jwks.json", listener.local_addr().unwrap())
            .parse()
            .unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, served }
    }

    fn publish(&self, keys: &[Value]) {
        self.answer(StatusCode::OK, json!({ "keys": keys }).to_string());
    }

    fn answer(&self, status: StatusCode, body: String) {
        *self.served.answer.lock().unwrap() = (status, body);
    }

    fn visits(&self) -> usize {
        self.served.visits.load(Ordering::SeqCst)
    }
}

async fn answer(State(served): State<Arc<Served>>) -> impl IntoResponse {
    served.visits.fetch_add(1, Ordering::SeqCst);
    served.answer.lock().unwrap().clone()
}
