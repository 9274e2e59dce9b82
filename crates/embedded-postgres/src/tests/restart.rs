//! A server whose process ends without being asked is started again, until it is stopped or ends too often.

use super::*;

/// Starts again at once and as often as it takes.
const UNTIRING: Pace = Pace {
    pauses: &[0],
    steady: Duration::ZERO,
};

fn start_at(pace: Pace, folder: &TempDir) -> EmbeddedPostgres {
    EmbeddedPostgres::start_at(pace, &settings(folder), &|_| {}).unwrap()
}

fn existing(folder: &TempDir) -> Folder {
    Folder::existing(folder.path()).unwrap().unwrap()
}

/// Ends the server's process; gives its id.
pub(super) fn end(folder: &TempDir, signal: Signal) -> Pid {
    let server = server_pid(folder).unwrap();
    kill(server, signal).unwrap();
    server
}

/// Waits until another process than the one that ended answers.
pub(super) fn wait_until_started_again(folder: &TempDir, ended: Pid) {
    let folder_of = existing(folder);
    wait_until("it is started again", || {
        server_pid(folder).is_some_and(|pid| pid != ended)
            && pid_file::is_answering(&folder_of.cluster(), &folder_of.socket()).unwrap()
    });
}

fn wait_until_reaped(server: Pid) {
    wait_until("its end is noticed", || {
        kill(server, None) == Err(nix::errno::Errno::ESRCH)
    });
}

/// No process is left, and the folder is anybody's.
fn assert_stopped(folder: &TempDir) {
    assert_eq!(server_pid(folder), None);
    #[cfg(target_os = "linux")]
    assert_eq!(death::processes(folder), 0);
    assert!(existing(folder).try_own().unwrap().is_some());
}

#[test]
fn a_server_that_ends_by_itself_is_started_again_under_the_same_url() {
    let folder = tempfile::tempdir().unwrap();
    let postgres = start_at(UNTIRING, &folder);
    let url = postgres.url(SUPERUSER, "postgres");
    // By a transaction that waits for its log, which those of a server without durability don't.
    psql_at(
        &url,
        "set synchronous_commit = on; create table kept as select 1 as number",
    );
    for signal in [Signal::SIGKILL, Signal::SIGINT, Signal::SIGKILL] {
        let ended = end(&folder, signal);
        wait_until_started_again(&folder, ended);
        assert_eq!(psql_at(&url, "select number from kept"), "1", "after {signal}");
    }
    let server = server_pid(&folder).unwrap();
    postgres.stop().unwrap();
    assert_eq!(kill(server, None), Err(nix::errno::Errno::ESRCH));
    assert_stopped(&folder);
}

#[test]
fn nobody_takes_the_folder_over_while_it_is_started_again() {
    let folder = tempfile::tempdir().unwrap();
    let postgres = start(&folder);
    let ended = end(&folder, Signal::SIGKILL);
    // Without a pause: it waits for the owner's start.
    let second = start(&folder);
    assert!(!second.is_ours());
    assert_ne!(server_pid(&folder), Some(ended));
    assert_eq!(psql(&second, "select 1"), "1");
    drop(second);
    postgres.stop().unwrap();
    assert_stopped(&folder);
}

/// Its own server's end does not interrupt a long statement, which holds the shared memory.
#[test]
#[cfg(target_os = "linux")]
fn a_long_statement_of_the_killed_server_does_not_hold_up_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let postgres = start(&folder);
    let psql = Binaries::find(None).unwrap().folder.join("psql");
    let mut busy = Command::new(psql)
        .args(["-Xq", "-d", &postgres.url(SUPERUSER, "postgres")])
        .args(["-c", "do $$ begin loop end loop; end $$"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let is_busy = "select count(*) from pg_stat_activity where query like 'do%' and state = 'active'";
    wait_until("the statement runs", || super::psql(&postgres, is_busy) == "1");
    let ended = end(&folder, Signal::SIGKILL);
    wait_until_started_again(&folder, ended);
    assert!(!busy.wait().unwrap().success());
    postgres.stop().unwrap();
    assert_stopped(&folder);
}

#[test]
fn a_stop_ends_the_pause_before_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let an_hour = Pace {
        pauses: &[3600],
        steady: Duration::ZERO,
    };
    let postgres = start_at(an_hour, &folder);
    wait_until_reaped(end(&folder, Signal::SIGKILL));
    let begin = Instant::now();
    postgres.stop().unwrap();
    assert!(begin.elapsed() < Duration::from_secs(10));
    assert!(existing(&folder).try_own().unwrap().is_some());
}

/// However far the next start has come by then.
#[test]
fn a_stop_right_after_the_server_was_killed_leaves_nothing_running() {
    let folder = tempfile::tempdir().unwrap();
    for pause in [0, 5, 20, 80, 200].map(Duration::from_millis) {
        let postgres = start_at(UNTIRING, &folder);
        end(&folder, Signal::SIGKILL);
        std::thread::sleep(pause);
        postgres.stop().unwrap();
        assert!(existing(&folder).try_own().unwrap().is_some());
        #[cfg(target_os = "linux")]
        wait_until("no process is left", || death::processes(&folder) == 0);
    }
}

#[test]
fn a_server_that_cannot_start_again_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let thrice = Pace {
        pauses: &[0, 0, 0],
        steady: Duration::from_secs(3600),
    };
    let postgres = start_at(thrice, &folder);
    let configuration = folder.path().join("cluster/postgresql.conf");
    let before = fs::read(&configuration).unwrap();
    fs::write(&configuration, "no_such_setting = 1\n").unwrap();
    end(&folder, Signal::SIGKILL);
    wait_until("it is given up", || existing(&folder).try_own().unwrap().is_some());
    fs::write(&configuration, before).unwrap();

    // Whoever starts it now owns it, and the former owner's stop does not concern it.
    let second = start(&folder);
    assert!(second.is_ours());
    let error = postgres.stop().unwrap_err();
    assert!(matches!(error, PostgresError::GivenUp { starts: 3, .. }), "{error}");
    assert!(error.to_string().contains("no_such_setting"), "{error}");
    assert_eq!(psql(&second, "select 1"), "1");
}

#[test]
fn a_server_that_ends_again_soon_after_its_start_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let once = Pace {
        pauses: &[0],
        steady: Duration::from_secs(3600),
    };
    let postgres = start_at(once, &folder);
    let ended = end(&folder, Signal::SIGKILL);
    wait_until_started_again(&folder, ended);
    end(&folder, Signal::SIGKILL);
    wait_until("it is given up", || existing(&folder).try_own().unwrap().is_some());
    let error = postgres.stop().unwrap_err();
    assert!(matches!(error, PostgresError::GivenUp { starts: 1, .. }), "{error}");
    assert!(error.to_string().contains("signal: 9"), "{error}");
}
