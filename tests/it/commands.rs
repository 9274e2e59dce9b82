//! What the commands of a newcomer and an operator say, as they run them.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use bufdir_reports::kernel::migrate;

use crate::demo::load_all;
use crate::support::{TestDatabase, database};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn command(database: &TestDatabase, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bufdir-reports"));
    command
        .args(arguments)
        .env("DATABASE_URL", database.url(migrate::APP))
        .env("DATABASE_OWNER_URL", database.url(migrate::OWNER))
        .env("BUFDIR_JWT_SECRET", SECRET);
    command
}

/// Whether a token was printed, and what was said.
fn token(database: &TestDatabase, email: &str, organization: &str) -> (bool, String) {
    let output = command(database, &["token", email, "--organization", organization])
        .output()
        .unwrap();
    assert_eq!(output.status.success(), !output.stdout.is_empty());
    (output.status.success(), String::from_utf8(output.stderr).unwrap())
}

#[tokio::test]
async fn a_token_is_printed_for_whoever_can_enter_the_organization_alone() {
    let database = database().await;
    let (done, said) = token(&database, "admin@hlf.example.org", "hlf");
    assert!(done, "{said}");
    let (done, said) = token(&database, "admin@hlf.example.org", "nowhere");
    assert!(!done && said.contains("There is no organization nowhere."), "{said}");
    let (done, said) = token(&database, "admin@hlf.example.org", "nhf");
    assert!(
        !done && said.contains("admin@hlf.example.org cannot enter nhf now"),
        "{said}"
    );
    database
        .arrange("update memberships set is_active = false where role = 'coordinator'")
        .await;
    let (done, said) = token(&database, "coordinator@hlf.example.org", "hlf");
    assert!(!done && said.contains("no active member"), "{said}");
    database
        .arrange("update organizations set is_active = false where slug = 'nhf'")
        .await;
    let (done, said) = token(&database, "admin@nhf.example.org", "nhf");
    assert!(!done && said.contains("must exist and be active"), "{said}");
}

#[tokio::test]
async fn a_global_admins_token_needs_support_access() {
    let database = database().await;
    let (done, said) = token(&database, "global.admin@example.org", "hlf");
    assert!(!done && said.contains("grantSupportAccess"), "{said}");
    let fixture = &database.fixture;
    let (admin, organization) = (fixture.hlf.admin, fixture.hlf.id);
    database
        .arrange(format!(
            "begin;
            select app.enter('{admin}', 'hlf', now());
            insert into support_access (organization_id, id, global_admin_user_id, reason, granted_by_user_id,
                valid_from, valid_until)
            values ('{organization}', gen_random_uuid(), '{}', 'A figure is missing', '{admin}', now(),
                now() + interval '1 hour');
            commit",
            fixture.global_admin
        ))
        .await;
    let (done, said) = token(&database, "global.admin@example.org", "hlf");
    assert!(done, "{said}");
    let (done, said) = token(&database, "global.admin@example.org", "nhf");
    assert!(!done && said.contains("grantSupportAccess"), "{said}");
}

/// Killed when dropped.
struct Demo(Child);

impl Drop for Demo {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// What the demo says until it is ready.
fn demo(database: &TestDatabase, arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let program = command(database, &["demo", "--listen", "127.0.0.1:0"])
        .args(arguments)
        .env("BUFDIR_DATA_DIR", folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut demo = Demo(program.unwrap());
    let mut lines = BufReader::new(demo.0.stdout.take().unwrap()).lines();
    let ready = lines.any(|line| line.unwrap().contains("Ctrl-C stops it all."));
    let mut stderr = demo.0.stderr.take().unwrap();
    drop(demo);
    let mut said = String::new();
    stderr.read_to_string(&mut said).unwrap();
    assert!(ready, "{said}");
    said
}

#[tokio::test]
async fn a_demo_that_is_loaded_says_that_a_number_is_ignored() {
    let database = database().await;
    load_all(&database, 200).await;
    let said = demo(&database, &["--activities", "7"]);
    assert!(said.contains("--activities 7 is ignored"), "{said}");
    let said = demo(&database, &[]);
    assert!(!said.contains("ignored"), "{said}");
}

/// The help promises the environment for options that name it, and there are others.
#[test]
fn the_help_promises_no_variable_for_every_option() {
    let help = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_bufdir-reports"))
            .args(arguments)
            .output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    let import = help(&["import", "--help"]);
    let option = |name: &str| {
        let described = import.split(name).nth(1).unwrap();
        described.split("\n      --").next().unwrap().to_owned()
    };
    assert!(option("--data-dir <").contains("[env: BUFDIR_DATA_DIR"), "{import}");
    assert!(!option("--skip-bad <").contains("[env:"), "{import}");
    let all = help(&["--help"]);
    assert!(all.contains("An option that shows a name in brackets"), "{all}");
}
