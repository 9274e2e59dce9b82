//! The response to a download: the file, a part of it, or why there is none.

use std::ops::Range;

use axum::Json;
use axum::body::Body;
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_RANGE,
    RANGE, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, StatusCode, response};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::content_disposition::content_disposition;
use super::range::Part;
use super::verified::VerifiedFile;
use crate::export::operations::StoredFile;

/// Why there is no file. Nothing here tells a stranger what exists: without a genuine link they see the first alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum DownloadRefusal {
    LinkInvalid,
    LinkExpired,
    RightLost,
    /// The storage holds other bytes than were exported; their SHA-256 in hex.
    FileChanged {
        found: String,
    },
    FileMissing,
    StorageUnavailable,
    DatabaseUnavailable,
    NotRecorded,
}

impl DownloadRefusal {
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::LinkInvalid => "LINK_INVALID",
            Self::LinkExpired => "LINK_EXPIRED",
            Self::RightLost => "RIGHT_LOST",
            Self::FileChanged { .. } => "FILE_CHANGED",
            Self::FileMissing => "FILE_MISSING",
            Self::StorageUnavailable => "STORAGE_UNAVAILABLE",
            Self::DatabaseUnavailable => "UNAVAILABLE",
            Self::NotRecorded => "DOWNLOAD_NOT_RECORDED",
        }
    }

    pub(super) fn message(&self) -> &'static str {
        match self {
            Self::LinkInvalid => "This link is not one that this server gave out.",
            Self::LinkExpired => "This link has expired. Ask for a new one.",
            Self::RightLost => "Whoever this link was given to may not download this file.",
            Self::FileChanged { .. } => "The stored file is not the one that was exported. It is not sent.",
            Self::FileMissing => "The stored file is gone.",
            Self::StorageUnavailable => "The file storage does not answer. Try again in a moment.",
            Self::DatabaseUnavailable => "The database does not answer. Try again in a moment.",
            Self::NotRecorded => "The download could not be recorded, so the file is not sent. Try again in a moment.",
        }
    }

    /// What a comparison of checksums found, when that is why; null for an object that is gone.
    pub(super) fn integrity_finding(&self) -> Option<Value> {
        match self {
            Self::FileChanged { found } => Some(json!(found)),
            Self::FileMissing => Some(Value::Null),
            _ => None,
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::LinkInvalid | Self::LinkExpired | Self::RightLost => StatusCode::FORBIDDEN,
            Self::FileChanged { .. } | Self::FileMissing => StatusCode::CONFLICT,
            Self::StorageUnavailable | Self::DatabaseUnavailable | Self::NotRecorded => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    pub(super) fn response(&self) -> Response {
        let body = Json(json!({ "code": self.code(), "message": self.message() }));
        let headers = [
            (CACHE_CONTROL, "private, no-store"),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ];
        let mut response = (self.status(), headers, body).into_response();
        if self.status() == StatusCode::SERVICE_UNAVAILABLE {
            response
                .headers_mut()
                .insert(RETRY_AFTER, axum::http::HeaderValue::from_static("5"));
        }
        response
    }
}

/// The part that the headers ask for. A range of another version of the file is answered by the whole.
pub(super) fn requested_part(headers: &HeaderMap, file: &StoredFile, size: usize) -> Part {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(range) = text(RANGE) else { return Part::Whole };
    if headers.contains_key(IF_RANGE) && text(IF_RANGE) != Some(&entity_tag(file)) {
        return Part::Whole;
    }
    Part::of(range, size)
}

/// The headers of the whole file, without it.
pub(super) fn head(file: &StoredFile) -> Result<Response, DownloadRefusal> {
    finish(describe(file).header(CONTENT_LENGTH, file.size_bytes), Body::empty())
}

/// The file, or the part of it.
pub(super) async fn send(file: &StoredFile, verified: VerifiedFile, part: Part) -> Result<Response, DownloadRefusal> {
    let size = verified.size;
    let builder = describe(file);
    match part {
        Part::Whole => finish(builder.header(CONTENT_LENGTH, size), body(verified, 0..size).await?),
        Part::Bytes(range) => finish(
            builder
                .status(StatusCode::PARTIAL_CONTENT)
                .header(CONTENT_RANGE, format!("bytes {}-{}/{size}", range.start, range.end - 1))
                .header(CONTENT_LENGTH, range.len()),
            body(verified, range).await?,
        ),
        Part::Unsatisfiable => finish(
            Response::builder()
                .status(StatusCode::RANGE_NOT_SATISFIABLE)
                .header(CACHE_CONTROL, "private, no-store")
                .header(CONTENT_RANGE, format!("bytes */{size}")),
            Body::empty(),
        ),
    }
}

async fn body(verified: VerifiedFile, range: Range<usize>) -> Result<Body, DownloadRefusal> {
    verified.body(range).await.map_err(|cause| {
        tracing::error!(%cause, "a file that was read could not be sent");
        DownloadRefusal::StorageUnavailable
    })
}

fn describe(file: &StoredFile) -> response::Builder {
    Response::builder()
        .header(CONTENT_TYPE, &file.media_type)
        .header(CONTENT_DISPOSITION, content_disposition(&file.file_name))
        .header(ETAG, entity_tag(file))
        .header(ACCEPT_RANGES, "bytes")
        .header(CACHE_CONTROL, "private, no-store")
        .header(X_CONTENT_TYPE_OPTIONS, "nosniff")
}

/// Strong: the checksum of the bytes.
fn entity_tag(file: &StoredFile) -> String {
    format!("\"{}\"", file.sha256)
}

/// Header values are checked only here.
fn finish(builder: response::Builder, body: Body) -> Result<Response, DownloadRefusal> {
    builder.body(body).map_err(|cause| {
        tracing::error!(%cause, "a file's record makes no valid headers");
        DownloadRefusal::StorageUnavailable
    })
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use rstest::rstest;
    use uuid::Uuid;

    use super::*;
    use crate::kernel::scalar::Sha256;

    const CONTENT: &str = "0123456789";

    fn stored() -> StoredFile {
        StoredFile {
            id: Uuid::from_u128(1),
            file_name: "Bufdir-rapport 2024 – Hørselsforbundet.csv".to_owned(),
            media_type: "text/csv; charset=utf-8".to_owned(),
            size_bytes: 10,
            sha256: Sha256(vec![0xAB; 32]),
            storage_key: "key".to_owned(),
            renderer_version: "1".to_owned(),
            download_count: 0,
            last_downloaded_at: None,
        }
    }

    fn request(headers: &[(&'static str, &str)]) -> HeaderMap {
        headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
        response.headers().get(name).map(|value| value.to_str().unwrap())
    }

    async fn body(response: Response) -> String {
        String::from_utf8(to_bytes(response.into_body(), 1000).await.unwrap().into()).unwrap()
    }

    async fn respond(headers: &[(&'static str, &str)]) -> Response {
        let part = requested_part(&request(headers), &stored(), CONTENT.len());
        send(&stored(), VerifiedFile::of(CONTENT), part).await.unwrap()
    }

    #[tokio::test]
    async fn a_whole_file_says_what_it_is() {
        let response = respond(&[]).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(header(&response, "content-type"), Some("text/csv; charset=utf-8"));
        assert_eq!(header(&response, "content-length"), Some("10"));
        assert_eq!(header(&response, "cache-control"), Some("private, no-store"));
        assert_eq!(header(&response, "x-content-type-options"), Some("nosniff"));
        assert_eq!(header(&response, "accept-ranges"), Some("bytes"));
        assert!(
            header(&response, "content-disposition")
                .unwrap()
                .contains("H%C3%B8rselsforbundet.csv")
        );
        assert_eq!(body(response).await, CONTENT);
    }

    #[tokio::test]
    async fn a_range_is_a_part_of_the_file() {
        let response = respond(&[("range", "bytes=2-4")]).await;
        assert_eq!(response.status(), StatusCode::PARTIAL_CONTENT);
        assert_eq!(header(&response, "content-range"), Some("bytes 2-4/10"));
        assert_eq!(header(&response, "content-length"), Some("3"));
        assert_eq!(body(response).await, "234");
    }

    #[tokio::test]
    async fn a_range_beyond_the_end_is_refused_with_the_size() {
        let response = respond(&[("range", "bytes=10-")]).await;
        assert_eq!(response.status(), StatusCode::RANGE_NOT_SATISFIABLE);
        assert_eq!(header(&response, "content-range"), Some("bytes */10"));
        assert_eq!(body(response).await, "");
    }

    #[tokio::test]
    async fn a_range_goes_on_only_with_the_same_file() {
        let same = entity_tag(&stored());
        let response = respond(&[("range", "bytes=8-"), ("if-range", &same)]).await;
        assert_eq!(body(response).await, "89");
        let response = respond(&[("range", "bytes=8-"), ("if-range", "\"another\"")]).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(body(response).await, CONTENT);
    }

    #[tokio::test]
    async fn a_head_has_the_headers_of_the_whole() {
        let response = head(&stored()).unwrap();
        assert_eq!(header(&response, "content-length"), Some("10"));
        assert_eq!(header(&response, "etag"), Some(entity_tag(&stored()).as_str()));
        assert_eq!(body(response).await, "");
    }

    #[rstest]
    #[case(DownloadRefusal::LinkInvalid, 403, "LINK_INVALID")]
    #[case(DownloadRefusal::LinkExpired, 403, "LINK_EXPIRED")]
    #[case(DownloadRefusal::RightLost, 403, "RIGHT_LOST")]
    #[case(DownloadRefusal::FileChanged { found: "00".into() }, 409, "FILE_CHANGED")]
    #[case(DownloadRefusal::FileMissing, 409, "FILE_MISSING")]
    #[case(DownloadRefusal::NotRecorded, 503, "DOWNLOAD_NOT_RECORDED")]
    #[tokio::test]
    async fn a_refusal_gives_its_reason_as_json(
        #[case] refusal: DownloadRefusal,
        #[case] status: u16,
        #[case] code: &str,
    ) {
        let response = refusal.response();
        assert_eq!(response.status(), status);
        let body: Value = serde_json::from_str(&body(response).await).unwrap();
        assert_eq!(body["code"], code);
        assert!(body["message"].as_str().is_some_and(|message| !message.is_empty()));
    }
}
