//! What the program says when it cannot start: which setting is at fault, where it leads, and why; never a password.

use std::net::TcpListener;
use std::process::Command;

use rstest::rstest;

fn fails(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_bufdir-reports"))
        .args(arguments)
        .env_remove("DATABASE_URL")
        .env_remove("DATABASE_OWNER_URL")
        .env("BUFDIR_JWT_SECRET", "0123456789abcdef0123456789abcdef")
        .env("BUFDIR_LISTEN", "127.0.0.1:0")
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

/// A port that nobody listens on: taken for a moment, and given back.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[rstest]
#[case::serve(&["serve"], "DATABASE_URL")]
#[case::work(&["work"], "DATABASE_URL")]
#[case::migrate(&["migrate"], "DATABASE_OWNER_URL")]
fn a_database_that_is_not_there_is_named(#[case] arguments: &[&str], #[case] setting: &str) {
    let port = free_port();
    let url = format!("postgres://bufdir_app:geheim@127.0.0.1:{port}/bufdir");
    let said = fails(arguments, &[(setting, &url)]);
    for part in [setting, &format!("127.0.0.1:{port}"), "refused"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains("geheim"), "{said}");
}

#[rstest]
#[case::of_another_scheme("nonsense:geheim")]
#[case::without_a_scheme("geheim")]
#[case::with_a_port_that_is_none("postgres://app:geheim@127.0.0.1:geheim/bufdir")]
fn a_url_of_no_database_is_refused_without_repeating_it(#[case] url: &str) {
    for (command, setting) in [("serve", "DATABASE_URL"), ("migrate", "DATABASE_OWNER_URL")] {
        let said = fails(&[command], &[(setting, url)]);
        assert!(said.contains(setting), "{said}");
        assert!(said.contains("postgres://user:password@host:5432/database"), "{said}");
        assert!(!said.contains("geheim"), "{said}");
    }
}

/// Before a database is made that nobody will use.
#[test]
fn an_address_in_use_is_noticed_first() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    for command in ["demo", "serve"] {
        let said = fails(&[command], &[("BUFDIR_LISTEN", &address), ("BUFDIR_DATA_DIR", data)]);
        for part in [address.as_str(), "in use", "--listen", "BUFDIR_LISTEN"] {
            assert!(said.contains(part), "{part}: {said}");
        }
        assert_eq!(folder.path().read_dir().unwrap().count(), 0, "{command}");
    }
}
