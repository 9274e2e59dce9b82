//! An S3 server in the test's process, on a port of its own, whose network can be cut, or whose answer held back, in
//! mid-upload.
//!
//! The protocol and the signatures are those of the crate `s3s`; the objects lie in a folder (`s3s-fs`). What `s3s-fs`
//! lacks is added here: the listing of unfinished uploads, that a missing bucket is told, room for long keys.

mod files;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use bufdir_reports::export::storage::Storage;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

use self::files::{Files, Hold, Unfinished};

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
        let mut service = S3ServiceBuilder::new(Files::new(folder.path(), &unfinished, &hold));
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
