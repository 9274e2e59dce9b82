//! From GraphQL responses to HTTP: the status says what a proxy or a script should know, the body says the rest.

use async_graphql::{BatchResponse, ParseRequestError, Response, ServerError};
use async_graphql_axum::GraphQLResponse;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::IntoResponse;

use crate::edge::graphql::error::{BAD_REQUEST, LIMIT_EXCEEDED, code, refusal};

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

    /// The answer in this form.
    pub fn mark(self, mut answer: axum::response::Response) -> axum::response::Response {
        let content_type = HeaderValue::from_static(match self {
            Self::Json => "application/json",
            Self::GraphQl => GRAPHQL_RESPONSE,
        });
        answer.headers_mut().insert(header::CONTENT_TYPE, content_type);
        answer
    }
}

/// What was executed.
pub fn executed(response: BatchResponse) -> axum::response::Response {
    let status = match &response {
        BatchResponse::Single(single) => status(single),
        BatchResponse::Batch(all) => batch_status(all),
    };
    body(status, response)
}

/// What is refused before anything is executed. Boxed, because it is large and rare.
pub struct Refusal(Box<(StatusCode, ServerError)>);

impl Refusal {
    pub fn new(status: StatusCode, error: ServerError) -> Self {
        Self(Box::new((status, error)))
    }

    pub fn code(&self) -> Option<&str> {
        code(&self.0.1)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> axum::response::Response {
        let (status, error) = *self.0;
        body(status, Response::from_errors(vec![error]).into())
    }
}

impl From<ParseRequestError> for Refusal {
    /// A body is read before it is parsed, so that only an address can fail to be.
    fn from(error: ParseRequestError) -> Self {
        let message = match error {
            ParseRequestError::InvalidFilesMap(_)
            | ParseRequestError::InvalidMultipart(_)
            | ParseRequestError::MissingOperatorsPart
            | ParseRequestError::MissingMapPart
            | ParseRequestError::MissingFiles => {
                "The body is not a multipart GraphQL request: `operations`, `map`, then the files that it names."
            }
            ParseRequestError::Io(_) => {
                "The address is not a GraphQL request: ?query=...&operationName=...&variables=..."
            }
            _ => r#"The body is not a GraphQL request: {"query": "...", "variables": {...}}."#,
        };
        Self::new(StatusCode::BAD_REQUEST, refusal(BAD_REQUEST, message))
    }
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

fn body(status: StatusCode, response: BatchResponse) -> axum::response::Response {
    let mut answer = GraphQLResponse(response).into_response();
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    match status {
        StatusCode::UNAUTHORIZED => headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")),
        StatusCode::METHOD_NOT_ALLOWED => headers.insert(header::ALLOW, HeaderValue::from_static("POST")),
        _ => None,
    };
    answer
}
