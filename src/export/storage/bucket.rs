//! A bucket of an S3-compatible service: how it is opened, and the uploads in parts that nobody finished.
//!
//! `object_store` has no listing of unfinished uploads, so that one request is made here, signed by it.

use std::time::Duration;

use axum::http::Method;
use chrono::{DateTime, Utc};
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::multipart::MultipartStore;
use object_store::path::Path;
use object_store::signer::{SignedUrlOptions, Signer};
use object_store::{ClientConfigKey, RetryConfig};
use serde::Deserialize;
use url::Url;

use super::StorageError;

/// Someone is waiting for the answer.
const RETRIES: usize = 3;
const RETRY_FOR: Duration = Duration::from_secs(10);
/// How long a signed request for a listing is good, and waited for.
const LISTING: Duration = Duration::from_secs(30);

/// The bucket's service, and the prefix below which everything of ours lies.
#[derive(Clone)]
pub(super) struct Bucket {
    store: AmazonS3,
    prefix: Path,
    http: reqwest::Client,
}

impl Bucket {
    /// `s3://bucket/prefix`; the options go before the environment's `AWS_*`.
    pub(super) fn open(
        url: &Url,
        options: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Result<Self, StorageError> {
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
            let why =
                "A bucket is written as s3://bucket/prefix; its service and the keys to it are settings of their own.";
            return Err(StorageError::Location(why.to_owned()));
        }
        let store = builder(url, options)?.build().map_err(location)?;
        let http = reqwest::Client::builder().timeout(LISTING).build().map_err(location)?;
        let prefix = Path::from_url_path(url.path()).map_err(location)?;
        Ok(Self { store, prefix, http })
    }

    /// The objects below the prefix.
    pub(super) fn objects(&self) -> object_store::prefix::PrefixStore<AmazonS3> {
        object_store::prefix::PrefixStore::new(self.store.clone(), self.prefix.clone())
    }

    /// Ends the uploads in parts that began before `older_than` below one of these folders; gives their number.
    pub(super) async fn end_unfinished(
        &self,
        folders: impl Fn(&str) -> bool,
        older_than: DateTime<Utc>,
    ) -> Result<u64, StorageError> {
        let mut ended = 0;
        for upload in self.list_unfinished().await? {
            let key = Path::from(upload.key.as_str());
            let folder = key.prefix_match(&self.prefix).and_then(|mut parts| parts.next());
            if upload.initiated < older_than && folder.is_some_and(|folder| folders(folder.as_ref())) {
                match self.store.abort_multipart(&key, &upload.upload_id).await {
                    // Somebody else ended it meanwhile.
                    Ok(()) | Err(object_store::Error::NotFound { .. }) => ended += 1,
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(ended)
    }

    async fn list_unfinished(&self) -> Result<Vec<Upload>, StorageError> {
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let page = self.page_of_unfinished(after.as_ref()).await?;
            found.extend(page.uploads);
            match (page.is_truncated, page.next_key_marker, page.next_upload_id_marker) {
                (true, Some(key), Some(upload)) => after = Some((key, upload)),
                _ => return Ok(found),
            }
        }
    }

    async fn page_of_unfinished(&self, after: Option<&(String, String)>) -> Result<ListingPage, StorageError> {
        let mut query = vec![("uploads", String::new()), ("prefix", self.prefix.to_string())];
        if let Some((key, upload)) = after {
            query.extend([("key-marker", key.clone()), ("upload-id-marker", upload.clone())]);
        }
        let options = SignedUrlOptions::default().with_query(query);
        let root = Path::ROOT;
        let url = self
            .store
            .signed_url_opts(Method::GET, &root, LISTING, &options)
            .await?;
        let answer = self.http.get(url).send().await.map_err(unavailable)?;
        let status = answer.status();
        let text = answer.text().await.map_err(unavailable)?;
        if !status.is_success() {
            return Err(StorageError::Unavailable(format!(
                "the listing of unfinished uploads: {status} {text}"
            )));
        }
        quick_xml::de::from_str(&text).map_err(|cause| StorageError::Unavailable(cause.to_string()))
    }
}

fn builder(
    url: &Url,
    options: impl IntoIterator<Item = (&'static str, String)>,
) -> Result<AmazonS3Builder, StorageError> {
    let mut builder = AmazonS3Builder::from_env()
        .with_url(url.as_str())
        // Objects go one by one here, and not every service knows how to remove many at once.
        .with_disable_bulk_delete(true)
        .with_retry(RetryConfig {
            max_retries: RETRIES,
            retry_timeout: RETRY_FOR,
            ..RetryConfig::default()
        });
    for (key, value) in options {
        let key: AmazonS3ConfigKey = key
            .parse()
            .map_err(|_| StorageError::Location(format!("The storage has no option \"{key}\".")))?;
        builder = builder.with_config(key, value);
    }
    let setting = |key| builder.get_config_value(&key);
    let endpoint = setting(AmazonS3ConfigKey::S3Endpoint).or_else(|| setting(AmazonS3ConfigKey::Endpoint));
    let http_allowed = setting(AmazonS3ConfigKey::Client(ClientConfigKey::AllowHttp));
    if endpoint.is_some_and(|endpoint| endpoint.starts_with("http://")) && http_allowed.as_deref() != Some("true") {
        let why = "The storage's endpoint is not by https. Say --s3-allow-http (AWS_ALLOW_HTTP=true) where the way to \
                   it can be trusted.";
        return Err(StorageError::Location(why.to_owned()));
    }
    Ok(builder)
}

/// A page of the service's ListMultipartUploads.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListingPage {
    #[serde(default, rename = "Upload")]
    uploads: Vec<Upload>,
    #[serde(default)]
    is_truncated: bool,
    next_key_marker: Option<String>,
    next_upload_id_marker: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Upload {
    key: String,
    upload_id: String,
    initiated: DateTime<Utc>,
}

fn location(cause: impl std::fmt::Display) -> StorageError {
    StorageError::Location(cause.to_string())
}

/// A signed URL is a key to the bucket, if not for long: the log does not get it.
fn unavailable(cause: reqwest::Error) -> StorageError {
    StorageError::Unavailable(cause.without_url().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_s_list_of_unfinished_uploads_is_read() {
        let page: ListingPage = quick_xml::de::from_str(
            r#"<?xml version="1.0" encoding="UTF-8"?>
            <ListMultipartUploadsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
              <Bucket>files</Bucket><KeyMarker></KeyMarker><UploadIdMarker></UploadIdMarker>
              <NextKeyMarker>a/b &amp; c</NextKeyMarker><NextUploadIdMarker>2</NextUploadIdMarker>
              <MaxUploads>2</MaxUploads><IsTruncated>true</IsTruncated>
              <Upload><Key>a/b</Key><UploadId>1</UploadId><Initiated>2026-03-02T09:00:00.000Z</Initiated></Upload>
              <Upload><Key>a/b &amp; c</Key><UploadId>2</UploadId><StorageClass>STANDARD</StorageClass>
                <Initiated>2026-03-02T10:00:00.000Z</Initiated></Upload>
            </ListMultipartUploadsResult>"#,
        )
        .unwrap();
        let ids: Vec<&str> = page.uploads.iter().map(|upload| upload.upload_id.as_str()).collect();
        assert_eq!(ids, ["1", "2"]);
        assert_eq!(page.uploads[1].key, "a/b & c");
        assert_eq!(page.uploads[0].initiated.to_rfc3339(), "2026-03-02T09:00:00+00:00");
        assert!(page.is_truncated);
        assert_eq!(page.next_key_marker.as_deref(), Some("a/b & c"));
    }

    #[test]
    fn nothing_unfinished_is_an_empty_list() {
        let xml = "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>";
        let page: ListingPage = quick_xml::de::from_str(xml).unwrap();
        assert!(page.uploads.is_empty() && !page.is_truncated);
    }

    fn refusal(url: &str, options: &[(&'static str, &str)]) -> String {
        let options = options.iter().map(|(key, value)| (*key, (*value).to_owned()));
        let refused = Bucket::open(&Url::parse(url).unwrap(), options).err().unwrap();
        refused.to_string()
    }

    #[test]
    fn keys_in_the_url_are_refused_and_not_repeated() {
        let text = refusal("s3://key:geheim@bucket/prefix", &[]);
        assert!(
            text.contains("s3://bucket/prefix") && !text.contains("geheim"),
            "{text}"
        );
    }

    #[test]
    fn an_endpoint_without_https_needs_leave() {
        let endpoint = ("aws_endpoint_url_s3", "http://127.0.0.1:9000");
        assert!(refusal("s3://bucket", &[endpoint]).contains("--s3-allow-http"));
        let allowed = [endpoint, ("aws_allow_http", "true")].map(|(key, value)| (key, value.to_owned()));
        assert!(Bucket::open(&Url::parse("s3://bucket").unwrap(), allowed).is_ok());
    }

    #[test]
    fn a_key_without_its_secret_is_refused() {
        assert!(refusal("s3://bucket", &[("aws_access_key_id", "key")]).contains("SecretAccessKey"));
    }

    #[test]
    fn an_option_that_no_service_has_is_named() {
        assert!(refusal("s3://bucket", &[("aws_colour", "blue")]).contains("aws_colour"));
    }
}
