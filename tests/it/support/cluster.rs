//! The one Postgres of a test process, and the migrated template that each test's database is cloned from.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{LazyLock, mpsc};

use bufdir_reports::kernel::migrate;
use embedded_postgres::{EmbeddedPostgres, SUPERUSER, Settings};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::runtime::{Builder, Runtime};

const TEMPLATE: &str = "bufdir_template";

/// Started by the first test that needs it. Being static it is never dropped: the kernel stops the server when the
/// process ends, however it ends, and the janitor removes the folder then.
static CLUSTER: LazyLock<Cluster> = LazyLock::new(Cluster::start);

pub struct Cluster {
    postgres: EmbeddedPostgres,
    discarded: mpsc::Sender<String>,
    _janitor: Child,
}

impl Cluster {
    /// The process's cluster; waits for its start where need be.
    pub async fn shared() -> &'static Self {
        tokio::task::spawn_blocking(|| LazyLock::force(&CLUSTER)).await.unwrap()
    }

    pub fn url(&self, role: &str, database: &str) -> String {
        self.postgres.url(role, database)
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
        let mut connection = PgConnection::connect_with(&self.options(SUPERUSER, "postgres"))
            .await
            .unwrap();
        connection.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
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
            data_dir: folder,
            durable: false,
            max_connections: 400,
        };
        let postgres = EmbeddedPostgres::start(&settings, &|_| {}).unwrap();
        let (discarded, names) = mpsc::channel();
        let superuser: PgConnectOptions = postgres.url(SUPERUSER, "postgres").parse().unwrap();
        std::thread::spawn(move || runtime().block_on(drop_databases(&superuser, &names)));
        let cluster = Self {
            postgres,
            discarded,
            _janitor: janitor,
        };
        runtime().block_on(cluster.make_template());
        cluster
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

/// A shell that waits on a pipe whose other end closes with this process, even if it is killed; then for the server,
/// which the same event stops; and then removes the folder. In a process group of its own, out of Ctrl-C's reach.
fn remove_when_this_process_ends(folder: &Path) -> Child {
    use std::os::unix::process::CommandExt;
    let script = "read -r _; for _ in $(seq 100); do [ -e \"$0/cluster/postmaster.pid\" ] || break; sleep 0.1; done; \
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
