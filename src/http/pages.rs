//! The pages for people: links at `/`, GraphiQL at `/graphiql`.

use async_graphql::http::GraphiQLSource;
use axum::Router;
use axum::response::Html;
use axum::routing::get;

const INDEX: &str = include_str!("index.html");

/// `/` and `/graphiql`.
pub fn router() -> Router {
    Router::new()
        .route("/", get(|| async { Html(INDEX) }))
        .route("/graphiql", get(|| async { Html(graphiql()) }))
}

fn graphiql() -> String {
    GraphiQLSource::build()
        .endpoint("/graphql")
        .subscription_endpoint("/graphql")
        .title("bufdir-reports")
        .finish()
}
