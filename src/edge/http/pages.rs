//! The pages for people: links at `/`, GraphiQL at `/graphiql`.
//!
//! GraphiQL is built by `make graphiql` from npm's packages. Where that has not been done (no npm), a plain form takes
//! its place, with the same example operations. Neither asks anything of another server.

use std::path::Path;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::Html;
use axum::routing::get;
use serde_json::json;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

const INDEX: &str = include_str!("index.html");
const FORM: &str = include_str!("form.html");

/// What a newcomer tries first, in GraphiQL's tabs as in the form.
pub const EXAMPLES: [&str; 9] = [
    include_str!("../../../web/src/examples/1-viewer.graphql"),
    include_str!("../../../web/src/examples/2-generate.graphql"),
    include_str!("../../../web/src/examples/3-report.graphql"),
    include_str!("../../../web/src/examples/4-export.graphql"),
    include_str!("../../../web/src/examples/5-follow.graphql"),
    include_str!("../../../web/src/examples/6-submit.graphql"),
    include_str!("../../../web/src/examples/7-ledger.graphql"),
    include_str!("../../../web/src/examples/8-log.graphql"),
    include_str!("../../../web/src/examples/9-custom-report.graphql"),
];

/// Nothing from other servers, and nothing sent to them: the page knows a token.
const POLICY: &str = "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; \
                      img-src 'self' data:; font-src 'self' data:; worker-src 'self' blob:; connect-src 'self'; \
                      frame-ancestors 'none'";

/// `/` and `/graphiql`, the latter from the folder where it was built.
pub fn router(built: &Path) -> Router {
    let pages = Router::new().route("/", get(|| async { Html(INDEX) }));
    let pages = if built.join("index.html").is_file() {
        pages.nest_service("/graphiql", ServeDir::new(built))
    } else {
        pages.route("/graphiql", get(|| async { Html(form()) }))
    };
    pages.layer(SetResponseHeaderLayer::overriding(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(POLICY),
    ))
}

fn form() -> String {
    // "</" would end the script that the examples stand in.
    let examples = json!(EXAMPLES).to_string().replace("</", "<\\/");
    FORM.replace("EXAMPLES", &examples)
}
