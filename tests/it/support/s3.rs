//! An S3 server in the test's process, on a port of its own, whose network can be cut or whose answer held back in mid-upload.
//!
//! The protocol and the signatures are those of the crate `s3s`; the objects lie in a folder (`s3s-fs`). What `s3s-fs`
//! lacks is added here: the listing of unfinished uploads, that a missing bucket is told, room for long keys.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use bufdir_reports::export::storage::Storage;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use s3s::auth::SimpleAuth;
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput, CompleteMultipartUploadOutput,
    CreateMultipartUploadInput, CreateMultipartUploadOutput, DeleteObjectInput, DeleteObjectOutput, GetObjectInput,
    GetObjectOutput, ListMultipartUploadsInput, ListMultipartUploadsOutput, ListObjectsV2Input, ListObjectsV2Output,
    MultipartUpload, PutObjectInput, PutObjectOutput, UploadPartInput, UploadPartOutput,
};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

pub const BUCKET: &str = "files";
pub const ACCESS_KEY: &str = "bufdir-test-key";
pub const SECRET_KEY: &str = "not-to-be-printed";

/// Ends with its test.
pub struct S3Server {
    address: SocketAddr,
    folder: TempDir,
    network: Arc<Network>,
    hold: Arc<Hold>,
    unfinished: Unfinished,
    accepting: AbortHandle,
}

impl S3Server {
    /// With one empty bucket.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(BUCKET)).unwrap();
        let (unfinished, hold) = (Unfinished::default(), Arc::new(Hold::default()));
        let mut service = S3ServiceBuilder::new(Files {
            inner: FileSystem::new(folder.path()).unwrap(),
            unfinished: Arc::clone(&unfinished),
            hold: Arc::clone(&hold),
            names: Mutex::default(),
        });
        service.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let network = Arc::new(Network::new(i64::MAX));
        let accepting = tokio::spawn(accept(listener, service.build(), Arc::clone(&network)));
        Self {
            address,
            folder,
            network,
            hold,
            unfinished,
            accepting: accepting.abort_handle(),
        }
    }

    /// What a program needs to know of it, as its environment has it.
    pub fn settings(&self) -> [(&'static str, String); 5] {
        [
            ("BUFDIR_STORAGE_URL", format!("s3://{BUCKET}/reports/files")),
            ("AWS_ENDPOINT_URL_S3", format!("http://{}", self.address)),
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY.to_owned()),
            ("AWS_ALLOW_HTTP", "true".to_owned()),
        ]
    }

    /// Its bucket as storage, below a prefix.
    pub fn storage(&self) -> Storage {
        self.opened(BUCKET, ACCESS_KEY, SECRET_KEY)
    }

    pub fn opened(&self, bucket: &str, access_key: &str, secret_key: &str) -> Storage {
        let options = [
            ("aws_endpoint_url_s3", format!("http://{}", self.address)),
            ("aws_access_key_id", access_key.to_owned()),
            ("aws_secret_access_key", secret_key.to_owned()),
            ("aws_allow_http", "true".to_owned()),
        ];
        Storage::open(&format!("s3://{bucket}/reports/files"), options).unwrap()
    }

    /// After so many more bytes from clients the server is gone: connections break, new ones as well.
    pub fn dies_after(&self, bytes: i64) {
        self.network.store(bytes, Ordering::SeqCst);
    }

    pub fn comes_back(&self) {
        self.dies_after(i64::MAX);
    }

    /// Waits until the server has died.
    pub async fn is_gone(&self) {
        until(|| self.network.load(Ordering::SeqCst) < 0).await;
    }

    /// From now on the server takes objects, and second parts of objects, and never says that it has them.
    pub fn holds_uploads(&self, holds: bool) {
        self.hold.on.store(holds, Ordering::SeqCst);
    }

    /// Waits until so many uploads are held.
    pub async fn has_held(&self, uploads: usize) {
        until(|| self.hold.uploads.load(Ordering::SeqCst) >= uploads).await;
    }

    /// The files of the bucket, by their keys.
    pub fn objects(&self) -> Vec<String> {
        let bucket = self.folder.path().join(BUCKET);
        let mut found: Vec<String> = files(&bucket)
            .iter()
            .map(|path| path.strip_prefix(&bucket).unwrap().display().to_string())
            .collect();
        found.sort();
        found
    }

    /// Where the bytes of the one object lie.
    pub fn only_object(&self) -> PathBuf {
        let objects = self.objects();
        assert_eq!(objects.len(), 1, "{objects:?}");
        self.folder.path().join(BUCKET).join(&objects[0])
    }

    /// Files outside of the bucket that hold content: what the server keeps of uploads that are under way.
    pub fn parts(&self) -> usize {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.contains("part")).count()
    }

    /// The keys of uploads in parts that are neither completed nor aborted.
    pub fn unfinished(&self) -> Vec<String> {
        let unfinished = self.unfinished.lock().unwrap();
        unfinished.keys().map(|(key, _)| key.clone()).collect()
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

async fn until(condition: impl Fn() -> bool) {
    let waited = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waited).await.unwrap();
}

/// Bytes that may yet arrive from clients.
type Network = AtomicI64;

/// What is held back, and how much was so far.
#[derive(Default)]
struct Hold {
    on: AtomicBool,
    uploads: AtomicUsize,
}

impl Hold {
    async fn pass(&self) {
        if self.on.load(Ordering::SeqCst) {
            self.uploads.fetch_add(1, Ordering::SeqCst);
            std::future::pending::<()>().await;
        }
    }
}

async fn accept(listener: TcpListener, service: S3Service, network: Arc<Network>) {
    loop {
        let (client, _) = listener.accept().await.unwrap();
        tokio::spawn(connection(client, service.clone(), Arc::clone(&network)));
    }
}

/// Between client and server stands the network. When one direction ends, so does the other, and with it whatever the
/// server was at.
async fn connection(client: TcpStream, service: S3Service, network: Arc<Network>) {
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let server = auto::Builder::new(TokioExecutor::new());
    let serving = server.serve_connection(TokioIo::new(theirs), service);
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = tokio::io::split(ours);
    tokio::select! {
        _ = serving => {}
        _ = upstream(from_client, to_server, &network) => {}
        _ = downstream(from_server, to_client) => {}
    }
}

async fn upstream(
    mut from: OwnedReadHalf,
    mut to: tokio::io::WriteHalf<DuplexStream>,
    network: &Network,
) -> std::io::Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let read = from.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        let read_bytes = i64::try_from(read).unwrap();
        if network.fetch_sub(read_bytes, Ordering::SeqCst) < read_bytes {
            return Err(std::io::ErrorKind::ConnectionReset.into());
        }
        to.write_all(&buffer[..read]).await?;
    }
}

async fn downstream(mut from: tokio::io::ReadHalf<DuplexStream>, mut to: OwnedWriteHalf) -> std::io::Result<()> {
    tokio::io::copy(&mut from, &mut to).await.map(drop)
}

/// Uploads in parts that were begun, by key and id, with the time of it.
type Unfinished = Arc<Mutex<BTreeMap<(String, String), SystemTime>>>;

struct Files {
    inner: FileSystem,
    unfinished: Unfinished,
    hold: Arc<Hold>,
    /// Keys by what they are called inside.
    names: Mutex<BTreeMap<String, String>>,
}

/// As many as a page holds; a real service's has a thousand.
const PAGE: usize = 2;

/// `s3s-fs` makes a file name of bucket, key and more, which must not become longer than file names may be.
const LONGEST_NAME: usize = 32;

impl Files {
    /// The name of an object inside, where the bucket exists.
    fn name(&self, bucket: &str, key: &str) -> S3Result<String> {
        if bucket != BUCKET {
            return Err(s3_error!(NoSuchBucket));
        }
        let (folder, name) = key.rsplit_once('/').unwrap_or(("", key));
        let name = format!("{folder}/{}", &name[..name.len().min(LONGEST_NAME)]);
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
        self.unfinished.lock().unwrap().insert((key, id), SystemTime::now());
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
