//! The embedded Postgres, killed under the running program: it comes back, and everything that uses it goes on.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use futures::{SinkExt, StreamExt};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// For the start, a job's work or the database's return, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

const FOLLOW: &str = "subscription ($id: ID!) {
    reportUpdated(id: $id) { status notes currentGeneration { number } } }";

/// `bufdir-reports demo`, killed when dropped.
struct Demo {
    program: Child,
    folder: TempDir,
    address: String,
    /// A coordinator's.
    token: String,
    /// Kept open: a program that nobody listens to breaks off.
    _said: BufReader<ChildStdout>,
}

impl Demo {
    fn start() -> Self {
        // The user that Postgres runs as has to pass.
        let passable = fs::Permissions::from_mode(0o755);
        let folder = tempfile::Builder::new().permissions(passable).tempdir().unwrap();
        let address = free_address();
        let mut program = Command::new(env!("CARGO_BIN_EXE_bufdir-reports"))
            .args(["demo", "--activities", "200", "--listen", &address, "--data-dir"])
            .arg(folder.path())
            .stdout(Stdio::piped())
            .stderr(fs::File::create(folder.path().join("log")).unwrap())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(program.stdout.take().unwrap());
        let mut lines = said.by_ref().lines().map_while(Result::ok);
        let token = lines
            .find(|line| line.starts_with("coordinator ("))
            .and_then(|_| lines.next());
        let log = || fs::read_to_string(folder.path().join("log")).unwrap();
        let token = token.unwrap_or_else(|| panic!("{}", log()));
        Self {
            program,
            folder,
            address,
            token,
            _said: said,
        }
    }

    async fn answer(&self, query: &str, variables: &Value) -> Value {
        let request = reqwest::Client::new()
            .post(format!("http://{}/graphql", self.address))
            .bearer_auth(&self.token)
            .json(&json!({ "query": query, "variables": variables }));
        request.send().await.unwrap().json().await.unwrap()
    }

    /// Asks until there are data. That the database does not answer may be said meanwhile, and nothing else.
    async fn data(&self, query: &str, variables: Value) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let mut answer = self.answer(query, &variables).await;
            let Some(errors) = answer["errors"].as_array() else {
                return answer["data"].take();
            };
            let unavailable = |error: &Value| error["extensions"]["code"] == "UNAVAILABLE";
            assert!(errors.iter().all(unavailable) && Instant::now() < deadline, "{answer}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn does(&self, mutation: &str, input: Value) -> Value {
        let name = mutation[..1].to_uppercase() + &mutation[1..];
        let query = format!("mutation ($input: {name}Input!) {{ {mutation}(input: $input) {{ report {{ id }} }} }}");
        self.data(&query, json!({ "input": input })).await[mutation]["report"]["id"].take()
    }

    async fn follow(&self, report: &Value) -> Follower {
        let mut request = format!("ws://{}/graphql", self.address).into_client_request().unwrap();
        let protocol = "graphql-transport-ws".parse().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        let mut follower = Follower(connect_async(request).await.unwrap().0);
        let login = json!({ "type": "connection_init", "payload": { "token": self.token } });
        follower.says(login).await;
        let payload = json!({ "query": FOLLOW, "variables": { "id": report } });
        follower
            .says(json!({ "type": "subscribe", "id": "1", "payload": payload }))
            .await;
        follower
    }

    fn postmaster_file(&self) -> PathBuf {
        self.folder.path().join("postgres/cluster/postmaster.pid")
    }

    fn postmaster(&self) -> Pid {
        let file = fs::read_to_string(self.postmaster_file()).unwrap();
        Pid::from_raw(file.lines().next().unwrap().parse().unwrap())
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// By SIGTERM; whether it ended well.
    fn stop(&mut self) -> bool {
        kill(Pid::from_raw(self.program.id().cast_signed()), Signal::SIGTERM).unwrap();
        self.program.wait().unwrap().success()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

struct Follower(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Follower {
    async fn says(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    /// Reads on until the report is told to be so; an error would end the subscription.
    async fn until(&mut self, what: &str, holds: impl Fn(&Value) -> bool) {
        let told = async {
            loop {
                let Some(Ok(Message::Text(text))) = self.0.next().await else {
                    panic!("{what}: the connection has ended")
                };
                let heard: Value = serde_json::from_str(&text).unwrap();
                assert!(
                    ["connection_ack", "next"].contains(&heard["type"].as_str().unwrap()),
                    "{heard}"
                );
                if holds(&heard["payload"]["data"]["reportUpdated"]) {
                    return;
                }
            }
        };
        tokio::time::timeout(PATIENCE, told).await.expect(what);
    }
}

/// Free just now: nothing else asks for a port in the moment until the program listens.
fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

#[tokio::test]
async fn the_program_goes_on_after_its_postgres_was_killed() {
    let mut demo = Demo::start();
    let periods = "{ reportPeriods(filter: { basisYear: 2023 }, first: 1) { nodes { id } } }";
    let period = demo.data(periods, Value::Null).await["reportPeriods"]["nodes"][0]["id"].take();
    let report = demo.does("generateReport", json!({ "reportPeriodId": period })).await;
    let mut follower = demo.follow(&report).await;
    follower
        .until("it is generated", |report| report["status"] == "READY")
        .await;

    for generation in [2, 3] {
        let killed = demo.postmaster();
        kill(killed, Signal::SIGKILL).unwrap();
        demo.data("{ viewer { name } }", Value::Null).await;
        assert_ne!(demo.postmaster(), killed);

        let notes = format!("After end {generation}");
        demo.does("updateReportNotes", json!({ "reportId": report, "notes": notes }))
            .await;
        follower
            .until("the notes are told", |report| report["notes"] == notes.as_str())
            .await;
        let figures = json!([{ "field": "OR01", "value": { "integer": generation } }]);
        demo.data(
            "mutation ($input: SetPeriodFiguresInput!) { setPeriodFigures(input: $input) { reportPeriod { id } } }",
            json!({ "input": { "reportPeriodId": period, "figures": figures } }),
        )
        .await;
        demo.does("regenerateReport", json!({ "reportId": report })).await;
        let is_generated =
            |report: &Value| report["status"] == "READY" && report["currentGeneration"]["number"] == generation;
        follower.until("it is generated again", is_generated).await;
    }

    let log = demo.log();
    assert!(log.contains("the embedded Postgres ended by itself"), "{log}");
    assert!(log.contains("the embedded Postgres was started again"), "{log}");
    assert!(demo.stop(), "{}", demo.log());
    assert!(!demo.postmaster_file().exists());
}
