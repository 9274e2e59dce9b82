//! The server: what is at which address, and what surrounds every request.
//!
//! | address | what |
//! |---|---|
//! | `POST /graphql` | one operation or a batch, as JSON or multipart |
//! | `GET /graphql?query=...` | a query |
//! | `GET /graphql` | the websocket of subscriptions (graphql-transport-ws) |
//! | `/graphiql` | GraphiQL |
//! | `/files/...` | downloads, which the export slice answers |
//! | `/healthz`, `/readyz`, `/metrics` | for whoever operates it |
//! | `/` | a page with these links |

mod answer;
pub mod connections;
mod endpoint;
mod health;
mod login;
mod metrics;
mod pages;
#[cfg(test)]
mod tests;
mod websocket;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ::login::Verifier;
use async_graphql::Request;
use axum::Router;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::routing::{get, post};
use tokio_util::sync::CancellationToken;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer};
use tower_http::trace::TraceLayer;

use self::metrics::Metrics;
use crate::edge::graphql::Schema;
use crate::kernel::clock::{Clock, SystemClock, new_id};
use crate::kernel::context::{Login, RequestContext};
use crate::kernel::db::Database;

/// What the server is made of.
pub struct Parts {
    pub schema: Schema,
    pub database: Database,
    pub clock: Arc<dyn Clock>,
    pub verifier: Verifier,
    pub bounds: Bounds,
    /// Where GraphiQL was built.
    pub graphiql: PathBuf,
    /// Ends subscriptions, which would otherwise keep the server from stopping.
    pub stopping: CancellationToken,
}

/// What the server takes on, beside the limits of an operation.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// In bytes.
    pub body: usize,
    /// Operations.
    pub batch: usize,
    pub timeout: Duration,
    pub cors_origins: Vec<HeaderValue>,
}

/// The shared state of all handlers.
#[derive(Clone)]
pub struct Api(Arc<AppState>);

struct AppState {
    parts: Parts,
    metrics: Metrics,
}

impl Api {
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(AppState {
            parts,
            metrics: Metrics::default(),
        }))
    }

    fn parts(&self) -> &Parts {
        &self.0.parts
    }

    fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// The operation with what its resolvers ask of it; each has a snapshot of its own.
    fn prepared(&self, request: Request, login: Option<Login>) -> Request {
        let parts = self.parts();
        request.data(RequestContext::new(
            parts.database.clone(),
            Arc::clone(&parts.clock),
            login,
        ))
    }
}

/// All addresses. `downloads` answers below `/files`; its links name the whole path.
pub fn router(api: Api, downloads: Router) -> Router {
    let cors = cors(&api.parts().bounds.cors_origins);
    let graphiql = api.parts().graphiql.clone();
    Router::new()
        .route("/graphql", post(endpoint::answer).get(endpoint::get))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::show))
        .with_state(api)
        .merge(pages::router(&graphiql))
        .merge(downloads)
        .layer(cors)
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .layer(SetRequestIdLayer::new(REQUEST_ID, RequestIds))
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

#[derive(Clone, Copy)]
struct RequestIds;

impl MakeRequestId for RequestIds {
    fn make_request_id<B>(&mut self, _: &axum::http::Request<B>) -> Option<RequestId> {
        let id = new_id(SystemClock.now()).to_string();
        HeaderValue::from_str(&id).ok().map(RequestId::new)
    }
}

/// Names the path and not the query string, which may hold anything.
fn span<B>(request: &axum::http::Request<B>) -> tracing::Span {
    let id = request.extensions().get::<RequestId>();
    let id = id.and_then(|id| id.header_value().to_str().ok()).unwrap_or_default();
    tracing::info_span!("request", id, method = %request.method(), path = logged_path(request.uri().path()))
}

/// A download's address holds its credential, which no log is to hold.
fn logged_path(path: &str) -> &str {
    if path.starts_with("/files/") {
        "/files/..."
    } else {
        path
    }
}

fn cors(origins: &[HeaderValue]) -> CorsLayer {
    let headers = [header::AUTHORIZATION, header::CONTENT_TYPE, login::ORGANIZATION];
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins.iter().cloned()))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers(headers)
        .expose_headers([REQUEST_ID, header::CONTENT_DISPOSITION])
}
