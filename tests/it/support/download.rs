//! A stored file, its links, and the route that sends it.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use axum::response::Response;
use bufdir_reports::export::download::link::LinkKey;
use bufdir_reports::export::{DownloadLinks, DownloadState, ExportOperation, router};
use bufdir_reports::kernel::error::Error;
use chrono::TimeDelta;
use serde_json::Value;
use tower::Service;
use uuid::Uuid;

use super::export::{ExportTest, export_test};

/// What [`document`](super::export::document) is as CSV.
pub const CONTENT: &str = "\u{feff}Felt;Verdi\r\nLikepersontiltak;12\r\n";

pub struct Downloads {
    pub test: ExportTest,
    pub operation: ExportOperation,
    router: Router,
    pub links: DownloadLinks,
}

/// A complete CSV export, and the server that sends it.
pub async fn downloads() -> Downloads {
    let test = export_test().await;
    let operation = test.complete().await;
    let key = LinkKey::new(vec![1; 32].into()).unwrap();
    let router = router(DownloadState {
        database: test.database.app().clone(),
        clock: Arc::clone(&test.database.clock) as _,
        storage: test.storage.clone(),
        key: key.clone(),
    });
    let links = DownloadLinks {
        key,
        address: "https://reports.example.org/".to_owned(),
    };
    Downloads {
        test,
        operation,
        router,
        links,
    }
}

impl Downloads {
    pub async fn link_for(&self, user: Uuid) -> Result<String, Error> {
        let scope = self.test.database.read(user, "hlf").await?;
        let given = self.links.create(&scope, self.operation.id).await?;
        assert_eq!(given.expires_at, self.test.database.now() + TimeDelta::minutes(15));
        Ok(given
            .url
            .strip_prefix("https://reports.example.org")
            .unwrap()
            .to_owned())
    }

    pub async fn link(&self) -> String {
        self.link_for(self.test.hlf().coordinator).await.unwrap()
    }

    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.router
            .clone()
            .call(request.body(Body::empty()).unwrap())
            .await
            .unwrap()
    }

    pub async fn get(&self, path: &str) -> Response {
        self.send("GET", path, &[]).await
    }

    pub async fn count(&self) -> i64 {
        self.test
            .operation(self.operation.id)
            .await
            .file
            .unwrap()
            .download_count
    }

    /// What happened since the export was complete.
    pub async fn actions(&self) -> Vec<String> {
        self.test.actions().await.split_off(2)
    }

    pub fn stored_file(&self) -> std::path::PathBuf {
        self.test
            .folder
            .path()
            .join(&self.operation.file.as_ref().unwrap().storage_key)
    }
}

pub async fn body(response: Response) -> String {
    String::from_utf8(to_bytes(response.into_body(), 10_000).await.unwrap().into()).unwrap()
}

/// Checks that there is no file, and why.
pub async fn refused(response: Response, status: StatusCode, code: &str) {
    assert_eq!(response.status(), status);
    assert!(response.headers().get("content-disposition").is_none());
    let body: Value = serde_json::from_str(&body(response).await).unwrap();
    assert_eq!(body["code"], code);
}
