//! What the S3 server keeps: `s3s-fs`, and what that lacks.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use async_trait::async_trait;
use bufdir_reports::kernel::clock::{Clock, SystemClock};
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput, CompleteMultipartUploadOutput,
    CreateMultipartUploadInput, CreateMultipartUploadOutput, DeleteObjectInput, DeleteObjectOutput, GetObjectInput,
    GetObjectOutput, ListMultipartUploadsInput, ListMultipartUploadsOutput, ListObjectsV2Input, ListObjectsV2Output,
    MultipartUpload, PutObjectInput, PutObjectOutput, UploadPartInput, UploadPartOutput,
};
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};
use s3s_fs::FileSystem;

use super::BUCKET;

/// What is held back, and how much was so far.
#[derive(Default)]
pub struct Hold {
    pub on: AtomicBool,
    pub uploads: AtomicUsize,
}

impl Hold {
    async fn pass(&self) {
        if self.on.load(Ordering::SeqCst) {
            self.uploads.fetch_add(1, Ordering::SeqCst);
            std::future::pending::<()>().await;
        }
    }
}

/// Uploads in parts that were begun, by key and id, with the time of it.
pub type Unfinished = Arc<Mutex<BTreeMap<(String, String), SystemTime>>>;

pub struct Files {
    inner: FileSystem,
    unfinished: Unfinished,
    hold: Arc<Hold>,
    /// Keys by what they are called inside.
    names: Mutex<BTreeMap<String, String>>,
}

/// As many as a page holds; a real service's has a thousand.
const PAGE: usize = 2;

/// `s3s-fs` makes a file name of bucket, key and more, which must not become longer than file names may be.
const MAX_NAME_LENGTH: usize = 32;

impl Files {
    pub fn new(folder: &Path, unfinished: &Unfinished, hold: &Arc<Hold>) -> Self {
        Self {
            inner: FileSystem::new(folder).unwrap(),
            unfinished: Arc::clone(unfinished),
            hold: Arc::clone(hold),
            names: Mutex::default(),
        }
    }

    /// The name of an object inside, where the bucket exists.
    fn name(&self, bucket: &str, key: &str) -> S3Result<String> {
        if bucket != BUCKET {
            return Err(s3_error!(NoSuchBucket));
        }
        let (folder, name) = key.rsplit_once('/').unwrap_or(("", key));
        let name = format!("{folder}/{}", &name[..name.len().min(MAX_NAME_LENGTH)]);
        self.names.lock().unwrap().insert(name.clone(), key.to_owned());
        Ok(name)
    }

    fn key(&self, name: &str) -> String {
        self.names
            .lock()
            .unwrap()
            .get(name)
            .map_or(name, String::as_str)
            .to_owned()
    }
}

#[async_trait]
impl S3 for Files {
    async fn get_object(&self, mut request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        request.input.key = self.name(&request.input.bucket, &request.input.key)?;
        self.inner.get_object(request).await
    }

    async fn put_object(&self, mut request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        request.input.key = self.name(&request.input.bucket, &request.input.key)?;
        self.hold.pass().await;
        self.inner.put_object(request).await
    }

    async fn delete_object(
        &self,
        mut request: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        request.input.key = self.name(&request.input.bucket, &request.input.key)?;
        self.inner.delete_object(request).await
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        let mut listed = self.inner.list_objects_v2(request).await?;
        for object in listed.output.contents.iter_mut().flatten() {
            object.key = object.key.as_deref().map(|name| self.key(name));
        }
        Ok(listed)
    }

    async fn create_multipart_upload(
        &self,
        mut request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        let key = request.input.key;
        request.input.key = self.name(&request.input.bucket, &key)?;
        let mut begun = self.inner.create_multipart_upload(request).await?;
        begun.output.key = Some(key.clone());
        let id = begun.output.upload_id.clone().unwrap();
        self.unfinished
            .lock()
            .unwrap()
            .insert((key, id), SystemClock.now().into());
        Ok(begun)
    }

    async fn upload_part(&self, mut request: S3Request<UploadPartInput>) -> S3Result<S3Response<UploadPartOutput>> {
        request.input.key = self.name(&request.input.bucket, &request.input.key)?;
        if request.input.part_number > 1 {
            self.hold.pass().await;
        }
        self.inner.upload_part(request).await
    }

    async fn complete_multipart_upload(
        &self,
        mut request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        let upload = (request.input.key.clone(), request.input.upload_id.clone());
        request.input.key = self.name(&request.input.bucket, &upload.0)?;
        let completed = self.inner.complete_multipart_upload(request).await?;
        self.unfinished.lock().unwrap().remove(&upload);
        Ok(completed)
    }

    async fn abort_multipart_upload(
        &self,
        mut request: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        let upload = (request.input.key.clone(), request.input.upload_id.clone());
        request.input.key = self.name(&request.input.bucket, &upload.0)?;
        let aborted = self.inner.abort_multipart_upload(request).await?;
        self.unfinished.lock().unwrap().remove(&upload);
        Ok(aborted)
    }

    async fn list_multipart_uploads(
        &self,
        request: S3Request<ListMultipartUploadsInput>,
    ) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
        let input = request.input;
        let prefix = input.prefix.unwrap_or_default();
        let after = input.key_marker.zip(input.upload_id_marker);
        let unfinished = self.unfinished.lock().unwrap().clone();
        let mut left = unfinished
            .into_iter()
            .filter(|(upload, _)| upload.0.starts_with(&prefix) && after.as_ref().is_none_or(|after| upload > after));
        let page: Vec<_> = left.by_ref().take(PAGE).collect();
        let is_truncated = left.next().is_some();
        let last = page.last().map(|(upload, _)| upload.clone()).filter(|_| is_truncated);
        let (next_key_marker, next_upload_id_marker) = last.unzip();
        let uploads = page.into_iter().map(|((key, id), begun)| MultipartUpload {
            key: Some(key),
            upload_id: Some(id),
            initiated: Some(begun.into()),
            ..MultipartUpload::default()
        });
        Ok(S3Response::new(ListMultipartUploadsOutput {
            bucket: Some(input.bucket),
            uploads: Some(uploads.collect()),
            is_truncated: Some(is_truncated),
            next_key_marker,
            next_upload_id_marker,
            ..ListMultipartUploadsOutput::default()
        }))
    }
}
