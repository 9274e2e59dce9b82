//! What is left when a process was killed. On Linux alone does the server end with its owner, and `/proc` tell.

use std::io::{BufRead, BufReader};
use std::process::Child;

use super::*;

/// Where [`owner_process`] finds its folder.
const OWNERS_FOLDER: &str = "BUFDIR_TEST_OWNERS_FOLDER";

fn cluster(folder: &TempDir) -> PathBuf {
    folder.path().canonicalize().unwrap().join("cluster")
}

/// Processes of any kind, backends too, that work in the folder's cluster.
pub(super) fn processes(folder: &TempDir) -> usize {
    let cluster = cluster(folder);
    let works_there = |entry: &fs::DirEntry| fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd == cluster);
    fs::read_dir("/proc").unwrap().flatten().filter(works_there).count()
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

/// Not a test of its own: the process that the tests below start from this same binary, and kill.
#[test]
#[ignore = "the tests of a killed owner run it, as a process of its own"]
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
    command.args(["--exact", "tests::death::owner_process", "--ignored", "--nocapture"]);
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
fn a_killed_owner_takes_a_server_with_it_that_was_started_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut owner = start_owner_process(&folder);
    let ended = restart::end(&folder, Signal::SIGKILL);
    restart::wait_until_started_again(&folder, ended);
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
