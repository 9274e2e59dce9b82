//! Requests that need no database: what is refused before one, and what the schema alone answers.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use chrono::{DateTime, TimeDelta, Utc};
use login::{AuthSettings, KeySource, Subject, Verifier, issue};
use rstest::rstest;
use serde_json::{Value, json};
use sqlx::postgres::PgConnectOptions;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use uuid::Uuid;

use super::endpoint::BODY_DEPTH;
use super::pages::EXAMPLES;
use super::{Api, Bounds, Parts, router};
use crate::edge::graphql::{Limits, schema};
use crate::kernel::clock::FixedClock;
use crate::kernel::db::Database;

const BODY_LIMIT: usize = 4096;

static LONG: LazyLock<String> = LazyLock::new(|| "x".repeat(BODY_LIMIT));
static DEEP: LazyLock<String> = LazyLock::new(|| "{ a".repeat(65));

/// What GraphiQL asks for first, as `graphql-js` 16 writes it.
const INTROSPECTION: &str = include_str!("introspection.graphql");

fn now() -> DateTime<Utc> {
    "2024-06-01T10:00:00Z".parse().unwrap()
}

fn settings(secret: u8) -> AuthSettings {
    AuthSettings::new(KeySource::Secret(vec![secret; 32].into()))
}

fn token(secret: u8, issued: DateTime<Utc>) -> String {
    let user = Subject(Uuid::from_u128(1));
    issue(&settings(secret), user, None, Duration::from_secs(3600), issued).unwrap()
}

/// A server whose database is never reached: nothing listens on the port.
async fn server() -> Router {
    router(Api::new(parts().await), Router::new())
}

pub(super) async fn parts() -> Parts {
    let options = PgConnectOptions::new().host("127.0.0.1").port(1).username("nobody");
    Parts {
        schema: schema(Limits::default()).finish(),
        database: Database::open(options, 1),
        clock: Arc::new(FixedClock::new(now())),
        verifier: Verifier::new(settings(7), now()).await.unwrap(),
        bounds: Bounds {
            body: BODY_LIMIT,
            batch: 3,
            timeout: Duration::from_secs(30),
            cors_origins: vec![],
        },
        graphiql: "there/is/no/such/folder".into(),
        stopping: CancellationToken::new(),
    }
}

async fn send(request: Request<Body>) -> (StatusCode, Value) {
    let response = server().await.oneshot(request).await.unwrap();
    let status = response.status();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

fn post() -> axum::http::request::Builder {
    Request::post("/graphql").header(header::CONTENT_TYPE, "application/json")
}

async fn ask(body: Value) -> (StatusCode, Value) {
    send(post().body(Body::from(body.to_string())).unwrap()).await
}

async fn ask_with(authorization: &str, query: &str) -> (StatusCode, Value) {
    let request = post().header(header::AUTHORIZATION, authorization);
    send(request.body(Body::from(json!({ "query": query }).to_string())).unwrap()).await
}

fn extensions(answer: &Value) -> &Value {
    &answer["errors"][0]["extensions"]
}

#[rstest]
#[case::malformed("Bearer not.a.token".into(), "malformed")]
#[case::other_scheme("Basic dXNlcjpwYXNz".into(), "malformed")]
#[case::expired(format!("Bearer {}", token(7, now() - TimeDelta::hours(2))), "expired")]
#[case::foreign(format!("Bearer {}", token(8, now())), "bad_signature")]
#[tokio::test]
async fn a_bad_token_is_401_with_a_graphql_body(#[case] authorization: String, #[case] reason: &str) {
    let (status, answer) = ask_with(&authorization, "{ __typename }").await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        extensions(&answer),
        &json!({"code": "UNAUTHENTICATED", "reason": reason})
    );
}

/// RFC 9110, 11.6.1, so that clients know what to send.
#[tokio::test]
async fn a_401_names_the_scheme_to_log_in_by() {
    let body = json!({ "query": "{ viewer { name } }" }).to_string();
    let refused = server().await.oneshot(post().body(Body::from(body)).unwrap()).await;
    let refused = refused.unwrap();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(refused.headers()[header::WWW_AUTHENTICATE], "Bearer");
}

#[tokio::test]
async fn without_a_token_the_schema_answers_and_data_does_not() {
    let (status, answer) = ask(json!({ "query": "{ __typename }" })).await;
    assert_eq!(
        (status, &answer["data"]["__typename"]),
        (StatusCode::OK, &json!("Query"))
    );

    let (status, answer) = ask(json!({ "query": "{ viewer { name } }" })).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert_eq!(extensions(&answer)["code"], "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_stopped_database_is_unavailable() {
    let (status, answer) = ask_with(&format!("Bearer {}", token(7, now())), "{ viewer { name } }").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(extensions(&answer)["code"], "UNAVAILABLE");
}

#[tokio::test]
async fn graphiqls_introspection_passes() {
    let (status, answer) = ask(json!({ "query": INTROSPECTION })).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(answer["errors"], Value::Null);
}

#[tokio::test]
async fn a_body_over_the_limit_is_413_and_names_it() {
    let long = "x".repeat(BODY_LIMIT);
    let (status, answer) = ask(json!({ "query": long })).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let size = json!({ "query": long }).to_string().len();
    let expected = json!({"code": "LIMIT_EXCEEDED", "measure": "bodyBytes", "limit": BODY_LIMIT, "cost": size});
    assert_eq!(extensions(&answer), &expected);
}

#[tokio::test]
async fn a_batch_is_answered_up_to_its_limit() {
    let one = json!({ "query": "{ __typename }" });
    let (status, answer) = ask(json!([one, one, one])).await;
    assert_eq!((status, answer.as_array().unwrap().len()), (StatusCode::OK, 3));

    let (status, answer) = ask(json!([one, one, one, one])).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let expected = json!({"code": "LIMIT_EXCEEDED", "measure": "batch", "limit": 3, "cost": 4});
    assert_eq!(extensions(&answer), &expected);
}

#[tokio::test]
async fn a_body_is_read_down_to_a_depth_and_names_it() {
    let nested = |depth: usize| {
        let variable = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        format!(r#"{{"query":"{{ __typename }}","variables":{{"x":{variable}}}}}"#)
    };
    // The body is one bracket, its variables another.
    let sent = async |depth: usize| send(post().body(Body::from(nested(depth - 2))).unwrap()).await;
    let (status, answer) = sent(BODY_DEPTH).await;
    assert_eq!(
        (status, &answer["data"]["__typename"]),
        (StatusCode::OK, &json!("Query"))
    );

    let (status, answer) = sent(BODY_DEPTH + 1).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let expected =
        json!({"code": "LIMIT_EXCEEDED", "measure": "bodyDepth", "limit": BODY_DEPTH, "cost": BODY_DEPTH + 1});
    assert_eq!(extensions(&answer), &expected);
}

#[rstest]
#[case::no_json("{", "application/json", StatusCode::BAD_REQUEST)]
#[case::no_query("{}", "application/json", StatusCode::BAD_REQUEST)]
#[case::a_form("query=x", "application/x-www-form-urlencoded", StatusCode::UNSUPPORTED_MEDIA_TYPE)]
#[case::text(r#"{"query":"{ __typename }"}"#, "text/plain", StatusCode::UNSUPPORTED_MEDIA_TYPE)]
#[tokio::test]
async fn what_is_no_request_is_refused(#[case] body: &str, #[case] form: &str, #[case] expected: StatusCode) {
    let request = Request::post("/graphql").header(header::CONTENT_TYPE, form);
    let (status, answer) = send(request.body(Body::from(body.to_owned())).unwrap()).await;
    assert_eq!(status, expected);
    assert_eq!(extensions(&answer)["code"], "BAD_REQUEST");
}

async fn get(parameters: &[(&str, &str)]) -> (StatusCode, Value) {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish();
    send(Request::get(format!("/graphql?{query}")).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_query_is_answered_by_get() {
    let query = "query A { __typename } query B ($name: String!) { __type(name: $name) { kind } }";
    let variables = r#"{"name":"Query"}"#;
    let (status, answer) = get(&[("query", query), ("operationName", "B"), ("variables", variables)]).await;
    let expected = json!({ "data": { "__type": { "kind": "OBJECT" } } });
    assert_eq!((status, answer), (StatusCode::OK, expected));
    let (status, _) = get(&[("query", "{ viewer { name } }")]).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[rstest]
#[case::a_mutation(&[("query", "mutation { __typename }")])]
#[case::the_chosen_one(&[("query", "query A { __typename } mutation B { __typename }"), ("operationName", "B")])]
#[case::a_subscription(&[("query", "subscription { __typename }")])]
#[tokio::test]
async fn nothing_else_is_executed_by_get(#[case] parameters: &[(&str, &str)]) {
    let (status, answer) = get(parameters).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED, "{answer}");
    assert_eq!(extensions(&answer)["code"], "BAD_REQUEST");
    assert_eq!(answer["data"], Value::Null);
}

#[rstest]
#[case::no_query(&[("operationName", "A")], StatusCode::BAD_REQUEST, "BAD_REQUEST")]
#[case::no_variables(&[("query", "{ __typename }"), ("variables", "[")], StatusCode::BAD_REQUEST, "BAD_REQUEST")]
#[case::brackets(&[("query", DEEP.as_str())], StatusCode::BAD_REQUEST, "LIMIT_EXCEEDED")]
#[case::length(&[("query", "{ __typename }"), ("x", LONG.as_str())], StatusCode::URI_TOO_LONG, "LIMIT_EXCEEDED")]
#[tokio::test]
async fn the_limits_hold_by_get(#[case] parameters: &[(&str, &str)], #[case] expected: StatusCode, #[case] code: &str) {
    let (status, answer) = get(parameters).await;
    assert_eq!(
        (status, &extensions(&answer)["code"]),
        (expected, &json!(code)),
        "{answer}"
    );
}

#[tokio::test]
async fn a_405_names_the_method() {
    for address in ["/graphql", "/graphql?query=mutation+%7B__typename%7D"] {
        let request = Request::get(address).body(Body::empty()).unwrap();
        let refused = server().await.oneshot(request).await.unwrap();
        assert_eq!(refused.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(refused.headers()[header::ALLOW], "POST");
    }
}

/// Sends parts, each with its headers after the name.
async fn send_parts(parts: &[(&str, &str)]) -> (StatusCode, Value) {
    let mut body = String::new();
    for (head, content) in parts {
        body.push_str(&format!(
            "--x\r\nContent-Disposition: form-data; name={head}\r\n\r\n{content}\r\n"
        ));
    }
    body.push_str("--x--\r\n");
    let request = Request::post("/graphql").header(header::CONTENT_TYPE, "multipart/form-data; boundary=x");
    send(request.body(Body::from(body)).unwrap()).await
}

const OPERATION: (&str, &str) = ("operations", r#"{"query":"{ __typename }"}"#);

#[tokio::test]
async fn an_operation_may_come_as_multipart() {
    let (status, answer) = send_parts(&[OPERATION, ("map", "{}")]).await;
    assert_eq!(
        (status, answer),
        (StatusCode::OK, json!({ "data": { "__typename": "Query" } }))
    );
    let batch = r#"[{"query":"{ __typename }"},{"query":"{ __typename }"},{"query":"{ __typename }"},{"query":"{ __typename }"}]"#;
    let (status, answer) = send_parts(&[("operations", batch), ("map", "{}")]).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(extensions(&answer)["measure"], "batch");
}

/// Nothing in the schema takes a file.
#[tokio::test]
async fn a_file_is_no_value() {
    let query = r#"{"query":"query ($is: Boolean!) { __typename @include(if: $is) }","variables":{"is":null}}"#;
    let file = ("f; filename=a.csv\r\nContent-Type: text/csv", "a,b");
    let (status, answer) = send_parts(&[("operations", query), ("map", r#"{"f":["variables.is"]}"#), file]).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
    assert_eq!(extensions(&answer)["code"], "BAD_REQUEST");
}

#[rstest]
#[case::nothing(&[], StatusCode::BAD_REQUEST)]
#[case::no_map(&[OPERATION], StatusCode::BAD_REQUEST)]
#[case::no_operations(&[("map", "{}")], StatusCode::BAD_REQUEST)]
#[case::no_json(&[("operations", "{"), ("map", "{}")], StatusCode::BAD_REQUEST)]
#[case::no_file(&[OPERATION, ("map", r#"{"f":["variables.x"]}"#)], StatusCode::BAD_REQUEST)]
#[case::multipart_within(&[("operations\r\nContent-Type: multipart/mixed", "{}"), ("map", "{}")], StatusCode::BAD_REQUEST)]
#[case::too_large(&[OPERATION, ("map", "{}"), ("f; filename=f", LONG.as_str())], StatusCode::PAYLOAD_TOO_LARGE)]
#[tokio::test]
async fn what_is_no_multipart_request_is_refused(#[case] parts: &[(&str, &str)], #[case] expected: StatusCode) {
    let (status, answer) = send_parts(parts).await;
    assert_eq!(status, expected, "{answer}");
    assert!(extensions(&answer)["code"].is_string(), "{answer}");
}

/// An operation that fits the schema gets as far as asking who is there.
#[tokio::test]
async fn the_example_operations_fit_the_schema() {
    for example in EXAMPLES {
        let document = async_graphql::parser::parse_query(example).unwrap();
        for (name, operation) in document.operations.iter() {
            let ids = operation.node.variable_definitions.iter();
            let ids: serde_json::Map<_, _> = ids
                .filter(|variable| variable.node.default_value.is_none())
                .map(|variable| (variable.node.name.node.to_string(), json!("x")))
                .collect();
            let request = async_graphql::Request::new(example)
                .operation_name(name.unwrap().as_str())
                .variables(async_graphql::Variables::from_json(Value::Object(ids)));
            let api = Api::new(parts().await);
            let response = schema(Limits::default())
                .finish()
                .execute_stream(api.prepared(request, None), Duration::MAX);
            let answers: Vec<_> = futures::StreamExt::collect(response).await;
            let codes: Vec<_> = answers[0]
                .errors
                .iter()
                .filter_map(crate::edge::graphql::error::code)
                .collect();
            assert_eq!(codes, ["UNAUTHENTICATED"], "{example} {:?}", answers[0].errors);
        }
    }
}

#[tokio::test]
async fn without_a_built_graphiql_a_form_takes_its_place() {
    let request = Request::get("/graphiql").body(Body::empty()).unwrap();
    let response = server().await.oneshot(request).await.unwrap();
    let policy = response.headers()[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(policy.starts_with("default-src 'self'"), "{policy}");
    let page = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    assert!(String::from_utf8_lossy(&page).contains("query Viewer"));
}

#[test]
fn no_log_holds_the_credential_of_a_download() {
    assert_eq!(super::logged_path("/files/AaH8DQ/rapport.pdf"), "/files/...");
    assert_eq!(super::logged_path("/graphql"), "/graphql");
}

/// What one counts in one server is there in the text, and nothing that the client chose.
#[tokio::test]
async fn metrics_count_requests_by_code() {
    let server = server().await;
    let ask = |body: &str| {
        let request = post().body(Body::from(body.to_owned())).unwrap();
        server.clone().oneshot(request)
    };
    ask(r#"{"query": "{ __typename }"}"#).await.unwrap();
    ask(r#"{"query": "{ secret }"}"#).await.unwrap();
    let request = Request::get("/metrics").body(Body::empty()).unwrap();
    let response = server.clone().oneshot(request).await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/plain; version=0.0.4");
    let text = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let text = String::from_utf8(text.to_vec()).unwrap();
    for line in [
        "bufdir_graphql_requests_total{code=\"BAD_REQUEST\"} 1",
        "bufdir_graphql_requests_total{code=\"OK\"} 1",
        "bufdir_graphql_request_seconds_bucket{le=\"+Inf\"} 2",
        "bufdir_graphql_request_seconds_count 2",
        "bufdir_websockets_open 0",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is missing: {text}");
    }
    assert!(!text.contains("secret"), "{text}");
}
