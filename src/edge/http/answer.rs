//! From GraphQL responses to HTTP: the status says what a proxy or a script should know, the body says the rest.

use async_graphql::{BatchResponse, Response, ServerError};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::IntoResponse;

use crate::edge::graphql::error::{BAD_REQUEST, LIMIT_EXCEEDED, code};

const GRAPHQL_RESPONSE: &str = "application/graphql-response+json";

/// The form that the client accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `application/json`.
    Json,
    /// `application/graphql-response+json`.
    GraphQl,
}

impl Form {
    pub fn accepted(headers: &HeaderMap) -> Self {
        let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
        if accept.is_some_and(|accept| accept.contains(GRAPHQL_RESPONSE)) {
            Self::GraphQl
        } else {
            Self::Json
        }
    }

    fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Json => "application/json",
            Self::GraphQl => GRAPHQL_RESPONSE,
        })
    }
}

/// What was executed.
pub fn executed(form: Form, response: &BatchResponse) -> axum::response::Response {
    let status = match response {
        BatchResponse::Single(single) => status(single),
        BatchResponse::Batch(all) => batch_status(all),
    };
    body(form, status, response)
}

/// What was refused before anything was executed.
pub fn refused(form: Form, status: StatusCode, error: ServerError) -> axum::response::Response {
    body(form, status, &BatchResponse::Single(Response::from_errors(vec![error])))
}

/// The status of a refusal that comes before execution.
pub fn status_of(error: &ServerError) -> StatusCode {
    match code(error) {
        Some("UNAUTHENTICATED") => StatusCode::UNAUTHORIZED,
        Some("FORBIDDEN") => StatusCode::FORBIDDEN,
        Some("UNAVAILABLE") => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// 401 wherever a login is missing, 400 where nothing was executed; else 200, whatever single fields met with.
fn status(response: &Response) -> StatusCode {
    let codes = || response.errors.iter().filter_map(code);
    if codes().any(|code| code == "UNAUTHENTICATED") {
        StatusCode::UNAUTHORIZED
    } else if codes().any(|code| code == BAD_REQUEST || code == LIMIT_EXCEEDED) && is_refused(response) {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    }
}

/// Whether nothing was executed.
pub fn is_refused(response: &Response) -> bool {
    !response.errors.is_empty()
        && response.data == async_graphql::Value::Null
        && response.errors.iter().all(|error| error.path.is_empty())
}

/// A batch's operations stand for themselves; only that nobody is logged in concerns them all.
fn batch_status(all: &[Response]) -> StatusCode {
    if all.iter().any(|one| status(one) == StatusCode::UNAUTHORIZED) {
        StatusCode::UNAUTHORIZED
    } else {
        StatusCode::OK
    }
}

fn body(form: Form, status: StatusCode, response: &BatchResponse) -> axum::response::Response {
    match serde_json::to_vec(response) {
        Ok(bytes) => {
            let headers = [
                (header::CONTENT_TYPE, form.content_type()),
                (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            ];
            let mut answer = (status, headers, bytes).into_response();
            if status == StatusCode::UNAUTHORIZED {
                let scheme = HeaderValue::from_static("Bearer");
                answer.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
            }
            answer
        }
        Err(cause) => {
            tracing::error!(%cause, "an answer could not be written as JSON");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
