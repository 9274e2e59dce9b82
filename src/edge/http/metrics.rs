//! `/metrics`: a few counters in Prometheus' text form. No label holds anything that a client chose.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::Api;

/// The upper bounds of the durations' histogram, in seconds.
const BOUNDS: [f64; 8] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0];

/// What the process has done since it started.
#[derive(Debug, Default)]
pub struct Metrics {
    requests: Mutex<Requests>,
    sockets: AtomicI64,
}

#[derive(Debug, Default)]
struct Requests {
    /// By the first error's code, or `OK`.
    by_code: BTreeMap<String, u64>,
    /// How many took at most the bound of the same place.
    within: [u64; BOUNDS.len()],
    count: u64,
    seconds: f64,
}

/// An open websocket; closed on drop.
pub struct Socket<'a>(&'a AtomicI64);

impl Drop for Socket<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Metrics {
    /// Counts an answered request by its first error's code.
    pub fn count_request(&self, code: Option<&str>, took: Duration) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        *requests.by_code.entry(code.unwrap_or("OK").to_owned()).or_default() += 1;
        let seconds = took.as_secs_f64();
        requests.count += 1;
        requests.seconds += seconds;
        for (bound, within) in BOUNDS.into_iter().zip(&mut requests.within) {
            *within += u64::from(seconds <= bound);
        }
    }

    /// Counts a websocket until what is returned is dropped.
    pub fn socket(&self) -> Socket<'_> {
        self.sockets.fetch_add(1, Ordering::Relaxed);
        Socket(&self.sockets)
    }

    fn text(&self) -> Result<String, std::fmt::Error> {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let mut out = String::new();
        writeln!(
            out,
            "# HELP bufdir_graphql_requests_total Answered requests by the first error's code, or OK."
        )?;
        writeln!(out, "# TYPE bufdir_graphql_requests_total counter")?;
        for (code, count) in &requests.by_code {
            writeln!(out, "bufdir_graphql_requests_total{{code=\"{code}\"}} {count}")?;
        }
        writeln!(out, "# HELP bufdir_graphql_request_seconds How long requests took.")?;
        writeln!(out, "# TYPE bufdir_graphql_request_seconds histogram")?;
        for (bound, within) in BOUNDS.iter().zip(requests.within) {
            writeln!(out, "bufdir_graphql_request_seconds_bucket{{le=\"{bound}\"}} {within}")?;
        }
        writeln!(
            out,
            "bufdir_graphql_request_seconds_bucket{{le=\"+Inf\"}} {}",
            requests.count
        )?;
        writeln!(out, "bufdir_graphql_request_seconds_sum {}", requests.seconds)?;
        writeln!(out, "bufdir_graphql_request_seconds_count {}", requests.count)?;
        writeln!(out, "# HELP bufdir_websockets_open Websockets that are open now.")?;
        writeln!(out, "# TYPE bufdir_websockets_open gauge")?;
        writeln!(out, "bufdir_websockets_open {}", self.sockets.load(Ordering::Relaxed))?;
        Ok(out)
    }
}

/// `GET /metrics`.
pub async fn show(State(api): State<Api>) -> Response {
    let text = api.metrics().text().unwrap_or_default();
    let form = HeaderValue::from_static("text/plain; version=0.0.4");
    ([(header::CONTENT_TYPE, form)], text).into_response()
}
