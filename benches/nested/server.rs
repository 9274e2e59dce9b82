//! The program itself, in a process of its own, so that its memory is measured apart.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use bufdir_reports::edge::demo::DemoOrganization;
use bufdir_reports::kernel::clock::{Clock, SystemClock};
use bufdir_reports::kernel::migrate;
use login::{AuthSettings, KeySource, OrganizationClaim, Subject, issue};
use tokio::net::TcpStream;

use crate::support::Outcome;
use crate::support::cluster::Cluster;
use crate::support::{cpu, memory};

const SECRET: &str = "a secret of the benchmark's alone, long enough";

/// Killed when dropped.
pub struct Server {
    process: Child,
    address: SocketAddr,
}

impl Server {
    /// Starts `serve` with its defaults, without workers, and waits until it answers.
    pub async fn start(cluster: &Cluster, folder: &Path) -> Outcome<Self> {
        // Free a moment ago; nothing else asks for a port in this moment.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let process = Command::new(env!("CARGO_BIN_EXE_bufdir-reports"))
            .args([
                "serve",
                "--workers",
                "0",
                "--jwt-secret",
                SECRET,
                "--link-secret",
                SECRET,
            ])
            .arg("--listen")
            .arg(address.to_string())
            .arg("--database-url")
            .arg(cluster.url(migrate::APP))
            .arg("--storage-url")
            .arg(format!("file://{}", folder.join("files").display()))
            .stderr(Stdio::null())
            .spawn()?;
        let server = Self { process, address };
        for _ in 0..100 {
            if TcpStream::connect(address).await.is_ok() {
                return Ok(server);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err("the server does not answer".into())
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A token of the organization's admin.
    pub fn token(&self, organization: &DemoOrganization) -> Outcome<String> {
        let settings = AuthSettings::new(KeySource::Secret(SECRET.as_bytes().to_vec().into()));
        let claim: OrganizationClaim = organization.slug.parse()?;
        let lifetime = Duration::from_secs(3600);
        let now = SystemClock.now();
        Ok(issue(
            &settings,
            Subject(organization.admin),
            Some(&claim),
            lifetime,
            now,
        )?)
    }

    pub fn cpu_time(&self) -> Option<f64> {
        cpu::cpu_time(self.process.id())
    }

    pub fn peak_memory(&self) -> Option<f64> {
        memory::peak_memory(self.process.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A process that has ended already needs no more.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
