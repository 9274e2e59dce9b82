//! The one Postgres of a test process, and the migrated template that each test's database is cloned from.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{LazyLock, mpsc};
use std::time::Duration;

use bufdir_reports::kernel::migrate;
use embedded_postgres::{EmbeddedPostgres, SUPERUSER, Settings};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::runtime::{Builder, Runtime};

use super::norwegian;

const TEMPLATE: &str = "bufdir_template";

/// Started by the first test that needs it. Being static it is never dropped: the kernel stops the server when the
/// process ends, however it ends, and the janitor removes the folder then.
static CLUSTER: LazyLock<Cluster> = LazyLock::new(Cluster::start);

pub struct Cluster {
    /// A URL of the role `ROLE` into the database `DATABASE`.
    url: String,
    /// None where the server writes Norwegian.
    _embedded: Option<EmbeddedPostgres>,
    discarded: mpsc::Sender<String>,
    _janitor: Child,
}

impl Cluster {
    /// The process's cluster; waits for its start where need be.
    pub async fn shared() -> &'static Self {
        tokio::task::spawn_blocking(|| LazyLock::force(&CLUSTER)).await.unwrap()
    }

    pub fn url(&self, role: &str, database: &str) -> String {
        self.url.replace("ROLE", role).replace("DATABASE", database)
    }

    pub fn options(&self, role: &str, database: &str) -> PgConnectOptions {
        self.url(role, database).parse().unwrap()
    }

    /// Clones the template.
    ///
    /// Copying files beats the default of logging each page, since here nothing is flushed.
    pub async fn make(&self, name: &str) {
        let owner = migrate::OWNER;
        let sql = format!("create database {name} template {TEMPLATE} strategy file_copy owner {owner}");
        self.command(&sql).await;
    }

    /// Runs a statement as the superuser, outside of the tests' databases.
    pub async fn command(&self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        self.connected().await.unwrap().execute(sql).await.unwrap();
    }

    /// Drops a database in the background, with whatever is still connected to it. Each takes 17 MB.
    pub fn discard(&self, name: String) {
        self.discarded.send(name).unwrap();
    }

    fn start() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("bufdir-test-")
            .tempdir()
            .unwrap()
            .keep();
        let janitor = remove_when_this_process_ends(&folder);
        let settings = Settings {
            data_dir: folder.clone(),
            durable: false,
            max_connections: 400,
        };
        let postgres = EmbeddedPostgres::start(&settings, &|_| {}).unwrap();
        let (discarded, names) = mpsc::channel();
        let url = postgres.url("ROLE", "DATABASE");
        let mut cluster = Self {
            url,
            _embedded: None,
            discarded,
            _janitor: janitor,
        };
        runtime().block_on(cluster.make_template());
        if norwegian::asked_for() {
            let (programs, major) = runtime().block_on(cluster.programs());
            postgres.stop().unwrap();
            norwegian::start(&folder, Path::new(&programs), major);
            while runtime().block_on(cluster.connected()).is_err() {
                std::thread::sleep(Duration::from_millis(50));
            }
        } else {
            cluster = Self {
                _embedded: Some(postgres),
                ..cluster
            };
        }
        let superuser = cluster.options(SUPERUSER, "postgres");
        std::thread::spawn(move || runtime().block_on(drop_databases(&superuser, &names)));
        cluster
    }

    async fn connected(&self) -> sqlx::Result<PgConnection> {
        PgConnection::connect_with(&self.options(SUPERUSER, "postgres")).await
    }

    /// Where the server's programs are, and their major version.
    async fn programs(&self) -> (String, u32) {
        let sql = "select setting, current_setting('server_version_num')::integer / 10000 from pg_config
             where name = 'BINDIR'";
        let (folder, major): (String, i32) = sqlx::query_as(sql)
            .fetch_one(&mut self.connected().await.unwrap())
            .await
            .unwrap();
        (folder, u32::try_from(major).unwrap())
    }

    async fn make_template(&self) {
        migrate::bootstrap(&self.options(SUPERUSER, "postgres"), TEMPLATE)
            .await
            .unwrap();
        migrate::run(&self.options(migrate::OWNER, TEMPLATE)).await.unwrap();
    }
}

async fn drop_databases(superuser: &PgConnectOptions, names: &mpsc::Receiver<String>) {
    let mut connection = PgConnection::connect_with(superuser).await.unwrap();
    while let Ok(name) = names.recv() {
        let sql = format!("drop database {name} with (force)");
        connection.execute(AssertSqlSafe(sql)).await.unwrap();
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// A shell that waits on a pipe whose other end closes with this process, even if it is killed; then stops the server,
/// where the same event did not; and then removes the folder. In a process group of its own, out of Ctrl-C's reach.
fn remove_when_this_process_ends(folder: &Path) -> Child {
    use std::os::unix::process::CommandExt;
    let script = "read -r _; kill -INT $(head -n 1 \"$0/cluster/postmaster.pid\") 2> /dev/null; for _ in $(seq 100); do [ -e \"$0/cluster/postmaster.pid\" ] || break; sleep 0.1; done; \
                  rm -rf \"$0\"";
    Command::new("sh")
        .args(["-c", script])
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .unwrap()
}
