//! `/healthz`: the process runs. `/readyz`: it can answer, because the database does and is migrated.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::Api;
use crate::kernel::error::Error;

/// `GET /healthz`.
pub async fn alive() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: 503 while the database does not answer or is not migrated; warnings do not make it unready.
pub async fn ready(State(api): State<Api>) -> (StatusCode, Json<Value>) {
    let database = &api.parts().database;
    match database.ping().await {
        Ok(()) => {}
        Err(Error::Internal(cause)) => {
            tracing::error!(%cause, "the database cannot be used");
            return unready("The database cannot be used. The server's log has the reason.");
        }
        Err(error) => return unready(&error.to_string()),
    }
    match database.partitions_suffice().await {
        Ok(true) => (StatusCode::OK, Json(json!({"ready": true, "warnings": []}))),
        Ok(false) => (StatusCode::OK, Json(json!({"ready": true, "warnings": [PARTITIONS]}))),
        Err(Error::Internal(_)) => unready("The database is not migrated: run `bufdir-reports migrate`."),
        Err(error) => unready(&error.to_string()),
    }
}

const PARTITIONS: &str = "Audit entries lie in a default partition: partitions for their year are missing.";

fn unready(reason: &str) -> (StatusCode, Json<Value>) {
    (
        StatusCode::SERVICE_UNAVAILABLE,
        Json(json!({"ready": false, "reason": reason})),
    )
}
