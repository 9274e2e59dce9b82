//! Starts real servers, in temporary folders, with the Postgres that is installed.

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use super::*;

#[cfg(target_os = "linux")]
mod death;
mod restart;

fn settings(folder: &TempDir) -> Settings {
    Settings {
        data_dir: folder.path().to_owned(),
        durable: false,
        max_connections: 10,
    }
}

fn start(folder: &TempDir) -> EmbeddedPostgres {
    EmbeddedPostgres::start(&settings(folder), &|_| {}).unwrap()
}

fn psql(postgres: &EmbeddedPostgres, statement: &str) -> String {
    psql_at(&postgres.url(SUPERUSER, "postgres"), statement)
}

fn psql_at(url: &str, statement: &str) -> String {
    let psql = Binaries::find(None).unwrap().folder.join("psql");
    let Output { status, stdout, stderr } = Command::new(psql)
        .args(["-XAt", "-d", url, "-c", statement])
        .output()
        .unwrap();
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap().trim().to_owned()
}

fn server_pid(folder: &TempDir) -> Option<Pid> {
    pid_file::PidFile::read(&folder.path().join("cluster"))
        .unwrap()
        .map(|file| file.pid)
}

fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !condition() {
        assert!(Instant::now() < deadline, "not within 30 s: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_server_starts_answers_and_leaves_no_process() {
    let folder = tempfile::tempdir().unwrap();
    let postgres = start(&folder);
    assert!(postgres.is_ours());
    assert_eq!(psql(&postgres, "select 6 * 7"), "42");
    let server = server_pid(&folder).unwrap();
    postgres.stop().unwrap();
    assert_eq!(kill(server, None), Err(nix::errno::Errno::ESRCH));
    assert_eq!(server_pid(&folder), None);
}

#[test]
fn one_server_may_serve_many_threads() {
    fn assert_shared<T: Send + Sync>() {}
    assert_shared::<EmbeddedPostgres>();
}

#[test]
fn dropping_it_stops_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let postgres = start(&folder);
    let server = server_pid(&folder).unwrap();
    drop(postgres);
    assert_eq!(kill(server, None), Err(nix::errno::Errno::ESRCH));
}

#[test]
fn a_second_start_keeps_the_data() {
    let folder = tempfile::tempdir().unwrap();
    let postgres = start(&folder);
    psql(&postgres, "create table kept as select 1 as number");
    postgres.stop().unwrap();

    let postgres = EmbeddedPostgres::start(&settings(&folder), &|step| assert!(!step.contains("Creating"))).unwrap();
    assert_eq!(psql(&postgres, "select number from kept"), "1");
}

#[test]
fn text_sorts_by_code_point_and_has_unicode_case() {
    let folder = tempfile::tempdir().unwrap();
    let postgres = start(&folder);
    assert_eq!(
        psql(
            &postgres,
            "select string_agg(l, '' order by l) from unnest('{b,å,B,a}'::text[]) l"
        ),
        "Babå"
    );
    assert_eq!(psql(&postgres, "select lower('ÆØÅ')"), "æøå");
    assert_eq!(psql(&postgres, "show server_encoding"), "UTF8");
    let norwegian = "select string_agg(l, '' order by l collate \"nb-x-icu\") from unnest('{å,ø,æ,z}'::text[]) l";
    assert_eq!(psql(&postgres, norwegian), "zæøå");
}

#[test]
fn nothing_listens_on_the_network_and_the_folder_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let postgres = start(&folder);
    assert_eq!(psql(&postgres, "show listen_addresses"), "");
    assert_eq!(psql(&postgres, "show max_connections"), "10");
    assert_eq!(folder.path().metadata().unwrap().permissions().mode() & 0o777, 0o700);
}

#[tokio::test]
async fn sqlx_connects_by_the_same_url() {
    use sqlx::Connection;
    let parent = tempfile::Builder::new()
        .permissions(fs::Permissions::from_mode(0o755))
        .tempdir()
        .unwrap();
    let data_dir = parent.path().join("a +%&é");
    let settings = Settings {
        data_dir,
        durable: false,
        max_connections: 10,
    };
    let postgres = EmbeddedPostgres::start(&settings, &|_| {}).unwrap();
    psql(&postgres, "create role \"an/app @+\" login");
    psql(&postgres, "create database \"a b&c?\"");

    let url = postgres.url("an/app @+", "a b&c?");
    let mut connection = sqlx::PgConnection::connect(&url).await.unwrap();
    let answer: (String, String) = sqlx::query_as("select current_user::text, current_database()::text")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(answer, ("an/app @+".into(), "a b&c?".into()));
    assert_eq!(psql_at(&url, "select current_database()"), "a b&c?");
}

#[test]
fn a_running_server_is_adopted_and_left_running() {
    let folder = tempfile::tempdir().unwrap();
    assert!(EmbeddedPostgres::adopt(folder.path()).unwrap().is_none());
    assert!(
        EmbeddedPostgres::adopt(&folder.path().join("missing"))
            .unwrap()
            .is_none()
    );

    let starter = start(&folder);
    let second = start(&folder);
    assert!(!second.is_ours());
    assert_eq!(psql(&second, "select 1"), "1");
    second.stop().unwrap();
    let adopted = EmbeddedPostgres::adopt(folder.path()).unwrap().unwrap();
    assert_eq!(adopted.url("r", "d"), starter.url("r", "d"));
    drop(adopted);
    assert_eq!(psql(&starter, "select 1"), "1");

    starter.stop().unwrap();
    assert!(EmbeddedPostgres::adopt(folder.path()).unwrap().is_none());
}

#[test]
fn of_two_that_start_at_once_one_owns_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let started = std::thread::scope(|scope| {
        let threads = [scope.spawn(|| start(&folder)), scope.spawn(|| start(&folder))];
        threads.map(|thread| thread.join().unwrap())
    });
    assert_eq!(started.iter().filter(|postgres| postgres.is_ours()).count(), 1);
    assert!(started.iter().all(|postgres| psql(postgres, "select 1") == "1"));
}

#[test]
fn a_failed_start_shows_the_servers_log() {
    let folder = tempfile::tempdir().unwrap();
    start(&folder).stop().unwrap();
    fs::write(folder.path().join("cluster/postgresql.conf"), "no_such_setting = 1\n").unwrap();
    let error = EmbeddedPostgres::start(&settings(&folder), &|_| {})
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("no_such_setting") && error.contains("server.log"),
        "{error}"
    );
}

#[test]
fn a_half_made_cluster_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("bufdir-reports.lock"), "").unwrap();
    fs::create_dir(folder.path().join("cluster.new")).unwrap();
    fs::write(folder.path().join("cluster.new/PG_VERSION"), "15").unwrap();
    assert_eq!(psql(&start(&folder), "select 1"), "1");
}

#[test]
fn a_folder_with_other_files_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(folder.path().join("thesis.txt"), "").unwrap();
    let error = EmbeddedPostgres::start(&settings(&folder), &|_| {}).unwrap_err();
    assert!(matches!(error, PostgresError::NotOurs(_)), "{error}");
    assert_eq!(folder.path().metadata().unwrap().permissions().mode() & 0o777, 0o755);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_path_too_long_for_a_socket_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("x".repeat(100));
    let settings = Settings {
        data_dir,
        durable: false,
        max_connections: 10,
    };
    let error = EmbeddedPostgres::start(&settings, &|_| {}).unwrap_err();
    assert!(error.to_string().contains("bytes long"), "{error}");
}

#[test]
fn root_is_told_which_folder_bars_the_servers_user() {
    if !geteuid().is_root() {
        return; // An ordinary user runs the server as themselves, so nothing is barred.
    }
    let closed = tempfile::Builder::new()
        .permissions(fs::Permissions::from_mode(0o700))
        .tempdir()
        .unwrap();
    let data_dir = closed.path().join("postgres");
    let settings = Settings {
        data_dir,
        durable: false,
        max_connections: 10,
    };
    let error = EmbeddedPostgres::start(&settings, &|_| {}).unwrap_err();
    let PostgresError::Unreachable { barrier, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!(barrier, closed.path());
    assert_eq!(fs::read_dir(closed.path()).unwrap().count(), 0);
}
