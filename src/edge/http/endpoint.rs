//! `POST /graphql`.

use async_graphql::{BatchRequest, BatchResponse, Request, ServerError};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use futures::StreamExt;
use futures::future::join_all;
use tokio::time::{Instant, timeout};

use super::answer::{self, Form};
use super::{Api, login};
use crate::edge::graphql::error::{BAD_REQUEST, code, given_up, limit_exceeded, refusal};
use crate::kernel::context::Login;

/// Brackets within each other that serde_json reads in a body.
pub(super) const BODY_DEPTH: usize = 127;

/// Boxed, because it is large and rare.
type Refusal = Box<(StatusCode, ServerError)>;

fn refused(status: StatusCode, error: ServerError) -> Refusal {
    Box::new((status, error))
}

/// Answers one operation or a batch.
pub async fn answer(State(api): State<Api>, headers: HeaderMap, body: Body) -> Response {
    let form = Form::accepted(&headers);
    let started = Instant::now();
    let outcome = run(&api, &headers, body).await;
    let seen = match &outcome {
        Ok(response) => first_code(response),
        Err(refusal) => code(&refusal.1),
    };
    api.metrics().count_request(seen, started.elapsed());
    match outcome {
        Ok(response) => answer::executed(form, &response),
        Err(refusal) => answer::refused(form, refusal.0, refusal.1),
    }
}

async fn run(api: &Api, headers: &HeaderMap, body: Body) -> Result<BatchResponse, Refusal> {
    let login = login::login(api, headers)
        .await
        .map_err(|error| refused(answer::status_of(&error), error))?;
    require_json(headers)?;
    let patience = api.parts().bounds.timeout;
    let bytes = timeout(patience, read(api, headers, body)).await.map_err(|_| {
        let error = refusal(BAD_REQUEST, "The body took too long to come and was given up.");
        refused(StatusCode::REQUEST_TIMEOUT, error)
    })??;
    let request = parse(api, &bytes)?;
    let running = execute(api, request, login);
    timeout(patience, running)
        .await
        .map_err(|_| refused(StatusCode::SERVICE_UNAVAILABLE, given_up()))
}

/// A page of another origin can post a form, or plain text, without asking first; JSON it cannot.
fn require_json(headers: &HeaderMap) -> Result<(), Refusal> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.and_then(|text| text.split(';').next()).map(str::trim);
    if essence.is_some_and(|essence| essence.eq_ignore_ascii_case("application/json")) {
        return Ok(());
    }
    let error = refusal(
        BAD_REQUEST,
        "Send the operation as JSON, with Content-Type: application/json.",
    );
    Err(refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, error))
}

/// Stops reading where the body is too large, whatever length it was announced with.
async fn read(api: &Api, headers: &HeaderMap, body: Body) -> Result<Vec<u8>, Refusal> {
    let limit = api.parts().bounds.body;
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok());
    refuse_beyond(limit, announced.and_then(|text| text.parse().ok()).unwrap_or(0))?;
    let mut bytes = Vec::new();
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| refused(StatusCode::BAD_REQUEST, refusal(BAD_REQUEST, "The body broke off.")))?;
        refuse_beyond(limit, bytes.len() + chunk.len())?;
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn refuse_beyond(limit: usize, size: usize) -> Result<(), Refusal> {
    if size <= limit {
        return Ok(());
    }
    let message = format!("The body is too large: at most {limit} bytes.");
    let error = limit_exceeded("bodyBytes", limit, size, message);
    Err(refused(StatusCode::PAYLOAD_TOO_LARGE, error))
}

fn parse(api: &Api, bytes: &[u8]) -> Result<BatchRequest, Refusal> {
    let limit = api.parts().bounds.batch;
    match serde_json::from_slice(bytes) {
        Ok(BatchRequest::Batch(all)) if all.len() > limit => {
            let message = format!(
                "The batch is too long: at most {limit} operations, these are {}.",
                all.len()
            );
            let error = limit_exceeded("batch", limit, all.len(), message);
            Err(refused(StatusCode::BAD_REQUEST, error))
        }
        Ok(request) => Ok(request),
        Err(cause) if cause.to_string().starts_with("recursion limit exceeded") => {
            let message = "The body has too many brackets within each other.";
            let error = limit_exceeded("bodyDepth", BODY_DEPTH, BODY_DEPTH + 1, message);
            Err(refused(StatusCode::BAD_REQUEST, error))
        }
        Err(_) => {
            let error = refusal(
                BAD_REQUEST,
                r#"The body is not a GraphQL request: {"query": "...", "variables": {...}}."#,
            );
            Err(refused(StatusCode::BAD_REQUEST, error))
        }
    }
}

async fn execute(api: &Api, request: BatchRequest, login: Option<Login>) -> BatchResponse {
    let one = |request: Request| api.parts().schema.execute(api.prepared(request, login.clone()));
    match request {
        BatchRequest::Single(request) => BatchResponse::Single(one(request).await),
        BatchRequest::Batch(all) => BatchResponse::Batch(join_all(all.into_iter().map(one)).await),
    }
}

fn first_code(response: &BatchResponse) -> Option<&str> {
    let errors = match response {
        BatchResponse::Single(single) => single.errors.first(),
        BatchResponse::Batch(all) => all.iter().find_map(|one| one.errors.first()),
    };
    errors.and_then(code)
}
