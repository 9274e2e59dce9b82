//! Files fetched by the links that the API gave out.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use axum::response::Response;
use bufdir_reports::export::link::LinkKey;
use bufdir_reports::export::{DownloadState, router};
use bufdir_reports::secret::Secret;
use tower::Service;

use super::graphql::ADDRESS;
use super::journey::Journey;

impl Journey {
    /// What a GET of the link answers.
    pub async fn get(&self, url: &str) -> Response {
        let mut router = router(DownloadState {
            database: self.database.app().clone(),
            clock: Arc::clone(&self.database.clock) as _,
            storage: self.storage.clone(),
            key: LinkKey::new(Secret::new([1; 32])).unwrap(),
        });
        let request = Request::get(url.strip_prefix(ADDRESS).unwrap()).body(Body::empty());
        router.call(request.unwrap()).await.unwrap()
    }

    pub async fn fetched(&self, url: &str) -> (StatusCode, Vec<u8>) {
        let response = self.get(url).await;
        let status = response.status();
        (
            status,
            to_bytes(response.into_body(), 500_000_000).await.unwrap().into(),
        )
    }
}
