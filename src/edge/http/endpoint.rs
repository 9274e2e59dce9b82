//! `/graphql` over HTTP: operations come by POST, as JSON or as multipart, and queries by GET too.
//!
//! The body is read and measured here, since async-graphql-axum's extractor reads whatever comes; from then on that parses
//! it. A request with files holds them in memory, and so within the limit of every body.

use std::panic::AssertUnwindSafe;

use async_graphql::{BatchRequest, BatchResponse, ParseRequestError, Request};
use async_graphql_axum::GraphQLBatchRequest;
use axum::body::Body;
use axum::extract::{FromRequest, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Request as HttpRequest, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::future::join_all;
use futures::{FutureExt, StreamExt};
use tokio::time::{Instant, timeout};

use super::answer::{self, Form, Refusal};
use super::{Api, login, websocket};
use crate::edge::graphql::error::{BAD_REQUEST, code, given_up, limit_exceeded, refusal};
use crate::kernel::context::Login;

/// Brackets within each other in a body of JSON; serde_json reads no more.
pub(super) const BODY_DEPTH: usize = 127;

/// A query by its address, or the websocket.
pub async fn get(api: State<Api>, request: HttpRequest<Body>) -> Response {
    if request.uri().query().is_none() || request.headers().contains_key(header::UPGRADE) {
        return websocket::upgrade(api, request).await;
    }
    answer(api, request).await
}

/// Answers one operation or a batch.
pub async fn answer(State(api): State<Api>, request: HttpRequest<Body>) -> Response {
    let form = Form::accepted(request.headers());
    let started = Instant::now();
    let outcome = run(&api, request).await;
    let seen = match &outcome {
        Ok(response) => first_code(response),
        Err(refusal) => refusal.code(),
    };
    api.metrics().count_request(seen, started.elapsed());
    form.mark(outcome.map_or_else(IntoResponse::into_response, answer::executed))
}

async fn run(api: &Api, request: HttpRequest<Body>) -> Result<BatchResponse, Refusal> {
    let (parts, body) = request.into_parts();
    let login = login::login(api, &parts.headers)
        .await
        .map_err(|error| Refusal::new(answer::status_of(&error), error))?;
    let patience = api.parts().bounds.timeout;
    let is_get = parts.method == Method::GET;
    let request = if is_get {
        let length = parts.uri.query().map_or(0, str::len);
        refuse_beyond(api, "addressBytes", length, StatusCode::URI_TOO_LONG)?;
        let name = operation_name(parts.uri.query().unwrap_or_default());
        let mut request = parse(parts, Vec::new()).await?;
        request
            .iter_mut()
            .for_each(|request| request.operation_name.clone_from(&name));
        request
    } else {
        let is_json = is_json(&parts.headers)?;
        let body = timeout(patience, read(api, &parts.headers, body)).await.map_err(|_| {
            let error = refusal(BAD_REQUEST, "The body took too long to come and was given up.");
            Refusal::new(StatusCode::REQUEST_TIMEOUT, error)
        })??;
        if is_json {
            refuse_depth(&body)?;
        }
        parse(parts, body).await?
    };
    refuse_long_batch(api, &request)?;
    timeout(patience, execute(api, request, login, is_get))
        .await
        .map_err(|_| Refusal::new(StatusCode::SERVICE_UNAVAILABLE, given_up()))?
}

/// The operation that an address names; the library (async-graphql 8.0.0-rc.5) looks for it under another name.
fn operation_name(query: &str) -> Option<String> {
    let mut parameters = url::form_urlencoded::parse(query.as_bytes());
    let found = parameters.find(|(name, value)| name == "operationName" && !value.is_empty());
    found.map(|(_, name)| name.into_owned())
}

/// Whether the body is JSON and not multipart; it can be nothing else. A page of another origin can post a form, or plain
/// text, without asking first; JSON it cannot. Multipart it can, but not with a token, and without one there is nothing to
/// do.
fn is_json(headers: &HeaderMap) -> Result<bool, Refusal> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.and_then(|text| text.split(';').next()).unwrap_or_default();
    match essence.trim().to_ascii_lowercase().as_str() {
        "application/json" => Ok(true),
        "multipart/form-data" => Ok(false),
        _ => {
            let message = "Send the operation as JSON, with Content-Type: application/json.";
            Err(Refusal::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                refusal(BAD_REQUEST, message),
            ))
        }
    }
}

/// Stops reading where the body is too large, whatever length it was announced with.
async fn read(api: &Api, headers: &HeaderMap, body: Body) -> Result<Vec<u8>, Refusal> {
    let refuse_beyond = |size| refuse_beyond(api, "bodyBytes", size, StatusCode::PAYLOAD_TOO_LARGE);
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok());
    refuse_beyond(announced.and_then(|text| text.parse().ok()).unwrap_or(0))?;
    let mut bytes = Vec::new();
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk =
            chunk.map_err(|_| Refusal::new(StatusCode::BAD_REQUEST, refusal(BAD_REQUEST, "The body broke off.")))?;
        refuse_beyond(bytes.len() + chunk.len())?;
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn refuse_beyond(api: &Api, measure: &'static str, size: usize, status: StatusCode) -> Result<(), Refusal> {
    let limit = api.parts().bounds.body;
    if size <= limit {
        return Ok(());
    }
    let message = format!("The request is too large: at most {limit} bytes.");
    Err(Refusal::new(status, limit_exceeded(measure, limit, size, message)))
}

fn refuse_depth(body: &[u8]) -> Result<(), Refusal> {
    let depth = brackets(body);
    if depth <= BODY_DEPTH {
        return Ok(());
    }
    let message = "The body has too many brackets within each other.";
    let error = limit_exceeded("bodyDepth", BODY_DEPTH, depth, message);
    Err(Refusal::new(StatusCode::BAD_REQUEST, error))
}

/// How many brackets are within each other, outside of strings.
fn brackets(json: &[u8]) -> usize {
    let (mut open, mut deepest) = (0_usize, 0);
    let mut bytes = json.iter();
    let mut is_text = false;
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => is_text = !is_text,
            b'\\' if is_text => {
                bytes.next();
            }
            b'{' | b'[' if !is_text => {
                open += 1;
                deepest = deepest.max(open);
            }
            b'}' | b']' if !is_text => open = open.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// Parses what was read. The library (async-graphql 8.0.0-rc.5) panics at a part of a multipart request that is multipart
/// itself, which must not take the connection along.
async fn parse(parts: Parts, body: Vec<u8>) -> Result<BatchRequest, Refusal> {
    let request = HttpRequest::from_parts(parts, Body::from(body));
    let parsing = GraphQLBatchRequest::<Refusal>::from_request(request, &());
    match AssertUnwindSafe(parsing).catch_unwind().await {
        Ok(parsed) => Ok(parsed?.into_inner()),
        Err(_) => Err(ParseRequestError::MissingOperatorsPart.into()),
    }
}

fn refuse_long_batch(api: &Api, request: &BatchRequest) -> Result<(), Refusal> {
    let (limit, length) = (api.parts().bounds.batch, request.iter().count());
    if length <= limit.max(1) {
        return Ok(());
    }
    let message = format!("The batch is too long: at most {limit} operations, these are {length}.");
    let error = limit_exceeded("batch", limit, length, message);
    Err(Refusal::new(StatusCode::BAD_REQUEST, error))
}

async fn execute(
    api: &Api,
    request: BatchRequest,
    login: Option<Login>,
    is_get: bool,
) -> Result<BatchResponse, Refusal> {
    let schema = &api.parts().schema;
    let one = |request: Request| schema.execute(api.prepared(request, login.clone()));
    Ok(match request {
        BatchRequest::Single(request) if is_get => {
            let response = schema.execute_query(api.prepared(request, login.clone())).await;
            BatchResponse::Single(response.ok_or_else(|| {
                let error = refusal(BAD_REQUEST, "GET is for queries alone: POST the operation.");
                Refusal::new(StatusCode::METHOD_NOT_ALLOWED, error)
            })?)
        }
        BatchRequest::Single(request) => BatchResponse::Single(one(request).await),
        BatchRequest::Batch(all) => BatchResponse::Batch(join_all(all.into_iter().map(one)).await),
    })
}

fn first_code(response: &BatchResponse) -> Option<&str> {
    let errors = match response {
        BatchResponse::Single(single) => single.errors.first(),
        BatchResponse::Batch(all) => all.iter().find_map(|one| one.errors.first()),
    };
    errors.and_then(code)
}
