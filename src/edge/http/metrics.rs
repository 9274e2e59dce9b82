//! `/metrics`: a few counters in Prometheus' text form. No label holds anything that a client chose.

use std::time::Duration;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use prometheus::{Histogram, IntCounterVec, IntGauge, Registry, TEXT_FORMAT, TextEncoder};
use prometheus::{
    register_histogram_with_registry, register_int_counter_vec_with_registry, register_int_gauge_with_registry,
};

use super::Api;

/// The upper bounds of the durations' histogram, in seconds.
const BOUNDS: [f64; 8] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0];

/// What the process has done since it started.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// By the first error's code, or `OK`.
    requests: IntCounterVec,
    seconds: Histogram,
    sockets: IntGauge,
}

/// An open websocket; closed on drop.
pub struct Socket<'a>(&'a IntGauge);

impl Drop for Socket<'_> {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Default for Metrics {
    fn default() -> Self {
        const VALID: &str = "the names are valid, and there once";
        let registry = Registry::new();
        let requests = register_int_counter_vec_with_registry!(
            "bufdir_graphql_requests_total",
            "Answered requests by the first error's code, or OK.",
            &["code"],
            registry
        );
        let (name, help) = ("bufdir_graphql_request_seconds", "How long requests took.");
        let seconds = register_histogram_with_registry!(name, help, BOUNDS.to_vec(), registry);
        let (name, help) = ("bufdir_websockets_open", "Websockets that are open now.");
        let sockets = register_int_gauge_with_registry!(name, help, registry);
        Self {
            requests: requests.expect(VALID),
            seconds: seconds.expect(VALID),
            sockets: sockets.expect(VALID),
            registry,
        }
    }
}

impl Metrics {
    /// Counts an answered request by its first error's code.
    pub fn count_request(&self, code: Option<&str>, took: Duration) {
        self.requests.with_label_values(&[code.unwrap_or("OK")]).inc();
        self.seconds.observe(took.as_secs_f64());
    }

    /// Counts a websocket until what is returned is dropped.
    pub fn socket(&self) -> Socket<'_> {
        self.sockets.inc();
        Socket(&self.sockets)
    }
}

/// `GET /metrics`.
pub async fn show(State(api): State<Api>) -> Response {
    let text = TextEncoder::new().encode_to_string(&api.metrics().registry.gather());
    ([(header::CONTENT_TYPE, TEXT_FORMAT)], text.unwrap_or_default()).into_response()
}
