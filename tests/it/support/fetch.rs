//! Files fetched by the links that the API gave out.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::request::Builder;
use axum::http::{Request, StatusCode};
use axum::response::Response;
use bufdir_reports::export::download::link::LinkKey;
use bufdir_reports::export::{DownloadState, router};
use tower::Service;

use super::graphql::ADDRESS;
use super::journey::Journey;

impl Journey {
    /// What a GET of the link answers.
    pub async fn get(&self, url: &str) -> Response {
        self.requested(Request::get(path(url))).await
    }

    /// Status and body of the link's answer.
    pub async fn fetched(&self, url: &str) -> (StatusCode, Vec<u8>) {
        whole(self.get(url).await).await
    }

    /// Status and body of the answer for a range, `bytes=10-`.
    pub async fn fetched_range(&self, url: &str, range: &str) -> (StatusCode, Vec<u8>) {
        whole(self.requested(Request::get(path(url)).header("Range", range)).await).await
    }

    async fn requested(&self, request: Builder) -> Response {
        let mut router = router(DownloadState {
            database: self.database.app().clone(),
            clock: Arc::clone(&self.database.clock) as _,
            storage: self.storage.clone(),
            key: LinkKey::new(vec![1; 32].into()).unwrap(),
        });
        router.call(request.body(Body::empty()).unwrap()).await.unwrap()
    }
}

fn path(url: &str) -> &str {
    url.strip_prefix(ADDRESS).unwrap()
}

async fn whole(response: Response) -> (StatusCode, Vec<u8>) {
    let status = response.status();
    let body = to_bytes(response.into_body(), 500_000_000).await.unwrap();
    (status, body.into())
}
