//! Starts real servers, in temporary folders, with the Postgres that is installed.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Output};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use super::*;

/// Where [`owner_process`] finds its folder.
const OWNERS_FOLDER: &str = "BUFDIR_TEST_OWNERS_FOLDER";

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
    let url = postgres.url(SUPERUSER, "postgres");
    let Output { status, stdout, stderr } = Command::new("psql")
        .args(["-XAt", "-d", &url, "-c", statement])
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

fn cluster(folder: &TempDir) -> PathBuf {
    folder.path().canonicalize().unwrap().join("cluster")
}

/// Processes of any kind, backends too, that work in the folder's cluster.
fn processes(folder: &TempDir) -> usize {
    let cluster = cluster(folder);
    let works_there = |entry: &fs::DirEntry| fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd == cluster);
    fs::read_dir("/proc").unwrap().flatten().filter(works_there).count()
}

fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < deadline, "not within 20 s: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_server_starts_answers_and_leaves_no_process() {
    let folder = tempfile::tempdir().unwrap();
    let postgres = start(&folder);
    assert!(postgres.is_ours());
    assert_eq!(psql(&postgres, "select 6 * 7"), "42");
    assert!(processes(&folder) > 1);
    postgres.stop().unwrap();
    assert_eq!(processes(&folder), 0);
    assert_eq!(server_pid(&folder), None);
}

#[test]
fn dropping_it_stops_the_server() {
    let folder = tempfile::tempdir().unwrap();
    drop(start(&folder));
    assert_eq!(processes(&folder), 0);
}

#[test]
fn a_second_start_keeps_the_data_and_is_quick() {
    let folder = tempfile::tempdir().unwrap();
    let postgres = start(&folder);
    psql(&postgres, "create table kept as select 1 as number");
    postgres.stop().unwrap();

    let begin = Instant::now();
    let postgres = EmbeddedPostgres::start(&settings(&folder), &|step| assert!(!step.contains("Creating"))).unwrap();
    assert!(begin.elapsed() < Duration::from_secs(2), "took {:?}", begin.elapsed());
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
    let by_psql = Command::new("psql")
        .args(["-XAt", "-d", &url, "-c", "select current_database()"])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&by_psql.stdout).trim(), "a b&c?");
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
fn a_server_starts_again_after_its_own_process_was_killed() {
    let folder = tempfile::tempdir().unwrap();
    let durable = Settings {
        durable: true,
        ..settings(&folder)
    };
    let killed = EmbeddedPostgres::start(&durable, &|_| {}).unwrap();
    psql(&killed, "create table kept as select 1 as number");
    kill(server_pid(&folder).unwrap(), Signal::SIGKILL).unwrap();
    // Without a pause: the killed server's children still hold its shared memory.
    let postgres = start(&folder);
    assert!(postgres.is_ours());
    assert_eq!(psql(&postgres, "select number from kept"), "1");
    killed.stop().unwrap();
    assert_eq!(psql(&postgres, "select 1"), "1");
}

#[test]
fn a_stale_lock_whose_process_id_went_to_another_program_does_not_hinder() {
    let folder = tempfile::tempdir().unwrap();
    start(&folder).stop().unwrap();
    let mut other = Command::new("sleep").arg("60").spawn().unwrap();
    let stale = format!("{}\n{}\n1\n5432\n/nowhere\n\n", other.id(), cluster(&folder).display());
    let names = ["cluster/postmaster.pid", ".s.PGSQL.5432.lock"];
    for name in names {
        fs::write(folder.path().join(name), &stale).unwrap();
        let owner = std::os::unix::fs::MetadataExt::uid(&folder.path().metadata().unwrap());
        std::os::unix::fs::chown(folder.path().join(name), Some(owner), None).unwrap();
    }
    let postgres = start(&folder);
    assert_eq!(psql(&postgres, "select 1"), "1");
    other.kill().unwrap();
    other.wait().unwrap();
}

/// Not a test of its own: the process that
/// [`a_killed_owner_takes_the_server_with_it`] starts from this same binary and kills.
#[test]
#[ignore = "is run by a_killed_owner_takes_the_server_with_it, as a process of its own"]
#[expect(
    clippy::disallowed_methods,
    reason = "the environment is how the parent tells the folder"
)]
fn owner_process() {
    let data_dir = std::env::var_os(OWNERS_FOLDER).unwrap().into();
    let settings = Settings {
        data_dir,
        durable: false,
        max_connections: 10,
    };
    // In a thread that ends, as tokio's for blocking work do: the server must not end with it.
    let start = move || EmbeddedPostgres::start(&settings, &|_| {}).unwrap();
    let postgres = std::thread::spawn(start).join().unwrap();
    println!("\nstarted");
    std::thread::sleep(Duration::from_secs(60));
    drop(postgres);
}

fn start_owner_process(folder: &TempDir) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "postgres::tests::owner_process", "--ignored", "--nocapture"]);
    let mut owner = command
        .env(OWNERS_FOLDER, folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(owner.stdout.take().unwrap()).lines();
    assert!(lines.map_while(Result::ok).any(|line| line == "started"));
    owner
}

#[test]
fn a_killed_owner_takes_the_server_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut owner = start_owner_process(&folder);
    let adopted = EmbeddedPostgres::adopt(folder.path()).unwrap().unwrap();
    assert_eq!(psql(&adopted, "select 1"), "1");
    owner.kill().unwrap();
    owner.wait().unwrap();
    wait_until("no process of the server's is left", || processes(&folder) == 0);
}

#[test]
fn a_start_right_after_the_owner_was_killed_succeeds() {
    let folder = tempfile::tempdir().unwrap();
    let mut owner = start_owner_process(&folder);
    owner.kill().unwrap();
    owner.wait().unwrap();
    let postgres = start(&folder);
    assert!(postgres.is_ours());
    assert_eq!(psql(&postgres, "select 1"), "1");
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
}
