//! A scratch Postgres for one test: made, migrated, and gone with it.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use bufdir_reports::db::Database;
use migration::BOOTSTRAP;
use nix::unistd::{User, chown, geteuid};
use sea_orm::{ConnectionTrait, DatabaseConnection};
use sqlx::postgres::PgConnectOptions;
use tempfile::TempDir;

pub struct Cluster {
    folder: TempDir,
    server: Child,
    /// As the role that migrates and provisions.
    pub owner: DatabaseConnection,
    /// As the role of the application, through the door.
    pub database: Database,
}

impl Cluster {
    pub async fn start() -> Self {
        // Postgres refuses to run as root.
        let user = geteuid()
            .is_root()
            .then(|| User::from_name("postgres").unwrap().unwrap());
        let run = |program: &str| {
            let mut command = Command::new(binaries().join(program));
            if let Some(user) = &user {
                command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
            }
            command.stdout(Stdio::null()).stderr(Stdio::null());
            command
        };
        let folder = tempfile::tempdir().unwrap();
        if let Some(user) = &user {
            chown(folder.path(), Some(user.uid), Some(user.gid)).unwrap();
        }
        let data = folder.path().join("data");
        let initdb = [
            "-A",
            "trust",
            "-U",
            "postgres",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
            "-D",
        ];
        assert!(run("initdb").args(initdb).arg(&data).status().unwrap().success());
        let server = run("postgres")
            .args(["-c", "fsync=off", "-c", "listen_addresses=", "-k"])
            .arg(folder.path())
            .arg("-D")
            .arg(&data)
            .spawn()
            .unwrap();

        let superuser = connect(folder.path(), "postgres", "postgres").await;
        superuser.execute_unprepared(BOOTSTRAP).await.unwrap();
        superuser
            .execute_unprepared("create database reports owner bufdir_owner")
            .await
            .unwrap();
        let owner = connect(folder.path(), "bufdir_owner", "reports").await;
        for migration in migrations() {
            owner
                .execute_unprepared(&std::fs::read_to_string(migration).unwrap())
                .await
                .unwrap();
        }
        let database = Database::open(options(folder.path(), "bufdir_app", "reports"), 4);
        Self {
            folder,
            server,
            owner,
            database,
        }
    }
}

impl Cluster {
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}
impl Drop for Cluster {
    fn drop(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
        drop(std::fs::remove_dir_all(self.folder.path()));
    }
}

fn options(socket: &Path, role: &str, database: &str) -> PgConnectOptions {
    PgConnectOptions::new().socket(socket).username(role).database(database)
}

async fn connect(socket: &Path, role: &str, database: &str) -> DatabaseConnection {
    for _ in 0..100 {
        if let Ok(pool) = sqlx::PgPool::connect_with(options(socket, role, database)).await {
            return pool.into();
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the scratch server does not answer");
}

fn binaries() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .unwrap()
        .map(|entry| entry.unwrap().path().join("bin"));
    versions.max().expect("Postgres is installed")
}

/// The migrations' files in their order.
fn migrations() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migration/sql");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.retain(|file| file.to_str().is_some_and(|name| name.ends_with(".up.sql")));
    files.sort();
    files
}
