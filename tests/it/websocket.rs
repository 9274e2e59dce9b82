//! Subscriptions as clients hold them: graphql-transport-ws over a connection of TCP.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use bufdir_reports::edge::http::{self, Api, Bounds, Parts, connections};
use bufdir_reports::kernel::clock::Clock;
use futures::{SinkExt, StreamExt};
use login::{AuthSettings, KeySource, OrganizationClaim, Subject, Verifier, issue};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::support::journey::{Journey, journey};

const FOLLOW: &str = "subscription ($id: ID!) { reportUpdated(id: $id) { status notes } }";

/// What a client waits for at most.
const PATIENCE: Duration = Duration::from_secs(30);

/// The server at a port of its own, with the test's clock.
struct Served {
    address: String,
    login: AuthSettings,
    stopping: CancellationToken,
}

impl Served {
    async fn start(test: &Journey) -> Self {
        Self::waiting_for(test, PATIENCE).await
    }

    /// A server that waits so long for an operation.
    async fn waiting_for(test: &Journey, timeout: Duration) -> Self {
        let login = AuthSettings::new(KeySource::Secret(vec![7; 32].into()));
        let clock = Arc::clone(&test.database.clock) as Arc<dyn Clock>;
        let stopping = CancellationToken::new();
        let api = Api::new(Parts {
            schema: test.api.schema.clone(),
            database: test.database.app().clone(),
            verifier: Verifier::new(login.clone(), clock.now()).await.unwrap(),
            clock,
            bounds: Bounds {
                body: 100_000,
                batch: 10,
                timeout,
                cors_origins: Vec::new(),
            },
            graphiql: PathBuf::new(),
            stopping: stopping.clone(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("ws://{}/graphql", listener.local_addr().unwrap());
        let router = http::router(api, Router::new());
        tokio::spawn(connections::serve(listener, router, PATIENCE, stopping.clone()));
        Self {
            address,
            login,
            stopping,
        }
    }

    /// A token of someone of HLF that ends so long after the clock's time.
    fn token(&self, test: &Journey, user: Uuid, lives: Duration) -> String {
        let hlf: OrganizationClaim = "hlf".parse().unwrap();
        issue(&self.login, Subject(user), Some(&hlf), lives, test.database.now()).unwrap()
    }

    async fn connect(&self) -> Client {
        let mut request = self.address.as_str().into_client_request().unwrap();
        let protocol = "graphql-transport-ws".parse().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        let (socket, _) = connect_async(request).await.unwrap();
        Client(socket)
    }

    /// A client that has logged in and been let in.
    async fn greeted(&self, token: &str) -> Client {
        let mut client = self.connect().await;
        client
            .says(json!({ "type": "connection_init", "payload": { "token": token } }))
            .await;
        assert_eq!(client.hears().await, json!({ "type": "connection_ack" }));
        client
    }
}

struct Client(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    async fn says(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    async fn follows(&mut self, report: &str) {
        self.follows_as("1", report).await;
    }

    async fn follows_as(&mut self, id: &str, report: &str) {
        let payload = json!({ "query": FOLLOW, "variables": { "id": report } });
        self.says(json!({ "type": "subscribe", "id": id, "payload": payload }))
            .await;
    }

    async fn asks_as(&mut self, id: &str, query: &str) {
        self.says(json!({ "type": "subscribe", "id": id, "payload": { "query": query } }))
            .await;
    }

    async fn next(&mut self) -> Option<Result<Message, Error>> {
        tokio::time::timeout(PATIENCE, self.0.next())
            .await
            .expect("a message, or the end")
    }

    async fn hears(&mut self) -> Value {
        match self.next().await {
            Some(Ok(Message::Text(text))) => serde_json::from_str(&text).unwrap(),
            other => panic!("no text: {other:?}"),
        }
    }

    /// What the next event tells of the report.
    async fn told(&mut self) -> Value {
        let mut heard = self.hears().await;
        assert_eq!((&heard["type"], &heard["id"]), (&json!("next"), &json!("1")), "{heard}");
        heard["payload"]["data"]["reportUpdated"].take()
    }

    /// Reads on until the server closes; why it did.
    async fn closed(&mut self) -> CloseFrame {
        loop {
            match self.next().await {
                Some(Ok(Message::Close(frame))) => return frame.expect("a reason"),
                Some(Ok(_)) => {}
                other => panic!("ended without a close: {other:?}"),
            }
        }
    }
}

const AN_HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn a_change_reaches_a_follower_and_completing_ends_it() {
    let test = journey().await;
    let report = test.ready().await;
    let served = Served::start(&test).await;
    let token = served.token(&test, test.hlf().coordinator, AN_HOUR);
    let mut client = served.greeted(&token).await;
    client.follows(&report).await;
    assert_eq!(client.told().await, json!({ "status": "READY", "notes": null }));

    let notes = json!({ "reportId": report, "notes": "Remarks" });
    test.does("updateReportNotes", notes).await;
    assert_eq!(client.told().await, json!({ "status": "READY", "notes": "Remarks" }));

    // The connection goes on without the operation.
    client.says(json!({ "type": "complete", "id": "1" })).await;
    client.says(json!({ "type": "ping" })).await;
    assert_eq!(client.hears().await, json!({ "type": "pong" }));
    client.follows(&report).await;
    assert_eq!(client.told().await["notes"], "Remarks");
    served.stopping.cancel();
    assert_eq!(u16::from(client.closed().await.code), 1001);
}

/// Once the token has ended nothing more is told, whatever happens to the report.
#[tokio::test]
async fn the_end_of_the_token_ends_the_connection() {
    let test = journey().await;
    let report = test.ready().await;
    let served = Served::start(&test).await;
    let token = served.token(&test, test.hlf().coordinator, Duration::from_secs(3));
    let mut client = served.greeted(&token).await;
    client.follows(&report).await;
    assert_eq!(client.told().await["status"], "READY");
    let closed = client.closed().await;
    assert_eq!(
        (u16::from(closed.code), closed.reason.as_str()),
        (4403, "The token has expired. Log in again.")
    );
    assert!(!matches!(client.next().await, Some(Ok(_))));
}

#[tokio::test]
async fn nobody_is_let_in_by_a_forged_or_spent_token() {
    let test = journey().await;
    let served = Served::start(&test).await;
    let coordinator = test.hlf().coordinator;
    let forged = format!("{}x", served.token(&test, coordinator, AN_HOUR));
    let spent = served.token(&test, coordinator, Duration::ZERO);
    test.database.clock.advance(chrono::TimeDelta::minutes(5));
    for token in [forged, spent] {
        let mut client = served.connect().await;
        client
            .says(json!({ "type": "connection_init", "payload": { "token": token } }))
            .await;
        assert_eq!(u16::from(client.closed().await.code), 4403);
    }
}

/// Another organization's report is not there for them, and nothing of it is told.
#[tokio::test]
async fn a_report_of_another_organization_is_not_followed() {
    let test = journey().await;
    let report = test.ready().await;
    let served = Served::start(&test).await;
    let nhf: OrganizationClaim = "nhf".parse().unwrap();
    let stranger = Subject(test.database.fixture.nhf.coordinator);
    let token = issue(&served.login, stranger, Some(&nhf), AN_HOUR, test.database.now()).unwrap();
    let mut client = served.greeted(&token).await;
    client.follows(&report).await;
    let heard = client.hears().await.to_string();
    assert!(heard.contains("NOT_FOUND") && !heard.contains("READY"), "{heard}");
}

/// What the protocol closes a connection for, each with its code.
#[tokio::test]
async fn who_breaks_the_protocol_is_closed_with_its_code() {
    let test = journey().await;
    let report = test.ready().await;
    let served = Served::start(&test).await;
    let token = served.token(&test, test.hlf().coordinator, AN_HOUR);

    let mut early = served.connect().await;
    early.follows(&report).await;
    assert_eq!(u16::from(early.closed().await.code), 4401);

    let mut twice = served.greeted(&token).await;
    twice.says(json!({ "type": "connection_init" })).await;
    assert_eq!(u16::from(twice.closed().await.code), 4429);

    let mut same_id = served.greeted(&token).await;
    same_id.follows(&report).await;
    same_id.told().await;
    same_id.follows(&report).await;
    let closed = same_id.closed().await;
    assert_eq!(
        (u16::from(closed.code), closed.reason.as_str()),
        (4409, "Subscriber for 1 already exists")
    );

    for nonsense in [json!({ "type": "start", "id": "1" }), json!("æ".repeat(300))] {
        let mut client = served.greeted(&token).await;
        client.says(nonsense).await;
        assert_eq!(u16::from(client.closed().await.code), 4400);
    }
}

/// An operation that was not executed ends with `error`, and its id is free again.
#[tokio::test]
async fn what_does_not_fit_the_schema_is_an_error_and_no_result() {
    let test = journey().await;
    let served = Served::start(&test).await;
    let mut client = served
        .greeted(&served.token(&test, test.hlf().coordinator, AN_HOUR))
        .await;
    for unfit in [
        "{ missing }",
        "{ viewer",
        "subscription { reportUpdated(id: 7) { missing } }",
    ] {
        client.asks_as("1", unfit).await;
        let heard = client.hears().await;
        assert_eq!(
            (&heard["type"], &heard["id"]),
            (&json!("error"), &json!("1")),
            "{heard}"
        );
        assert_eq!(heard["payload"][0]["extensions"]["code"], "BAD_REQUEST", "{heard}");
    }
    client.asks_as("1", "{ __typename }").await;
    let heard = [client.hears().await, client.hears().await];
    assert_eq!(heard[0]["payload"], json!({ "data": { "__typename": "Query" } }));
    assert_eq!(heard[1], json!({ "type": "complete", "id": "1" }));
}

#[tokio::test]
async fn a_connection_has_fifty_operations_at_a_time() {
    let test = journey().await;
    let report = test.ready().await;
    let served = Served::start(&test).await;
    let mut client = served
        .greeted(&served.token(&test, test.hlf().coordinator, AN_HOUR))
        .await;
    for number in 0..50 {
        client.follows_as(&number.to_string(), &report).await;
        assert_eq!(client.hears().await["type"], "next");
    }
    client.follows_as("one more", &report).await;
    let heard = client.hears().await;
    assert_eq!(
        (&heard["type"], &heard["id"]),
        (&json!("error"), &json!("one more")),
        "{heard}"
    );
    let expected = json!({ "code": "LIMIT_EXCEEDED", "measure": "operationsAtATime", "limit": 50, "cost": 51 });
    assert_eq!(heard["payload"][0]["extensions"], expected);

    client.says(json!({ "type": "complete", "id": "0" })).await;
    client.follows_as("one more", &report).await;
    assert_eq!(client.hears().await["type"], "next");
}

/// A query waits for its turn, and its answer, no longer than one over HTTP; what follows has no end.
#[tokio::test]
async fn a_query_is_given_up_and_a_subscription_is_not() {
    let test = journey().await;
    let report = test.ready().await;
    let served = Served::waiting_for(&test, Duration::from_millis(300)).await;
    let mut client = served
        .greeted(&served.token(&test, test.hlf().coordinator, AN_HOUR))
        .await;
    client.follows(&report).await;
    assert_eq!(client.told().await["status"], "READY");

    let turns = test.database.app().turns();
    let _all: Vec<_> = std::iter::from_fn(|| turns.try_take(test.hlf().id)).collect();
    let preview = format!(
        "{{ reportPreview(reportPeriodId: \"{}\") {{ activityCount }} }}",
        test.period()
    );
    client.asks_as("2", &preview).await;
    let heard = client.hears().await;
    assert_eq!(
        (&heard["type"], &heard["id"]),
        (&json!("error"), &json!("2")),
        "{heard}"
    );
    assert_eq!(heard["payload"][0]["extensions"]["code"], "UNAVAILABLE");

    let notes = json!({ "reportId": report, "notes": "Remarks" });
    test.does("updateReportNotes", notes).await;
    assert_eq!(client.told().await["notes"], "Remarks");
}

/// What an operation had done by then stays done, so that its refusal does not promise otherwise.
#[tokio::test]
async fn an_operation_that_is_given_up_says_that_it_may_have_been_done() {
    let test = journey().await;
    let report = test.ready().await;
    let served = Served::waiting_for(&test, Duration::from_secs(3)).await;
    let mut client = served
        .greeted(&served.token(&test, test.hlf().coordinator, AN_HOUR))
        .await;
    let mut holding = test.database.superuser().begin().await.unwrap();
    sqlx::query("select from report_periods for update")
        .execute(&mut *holding)
        .await
        .unwrap();
    let both = format!(
        "mutation {{ updateReportNotes(input: {{ reportId: \"{report}\", notes: \"Remarks\" }}) {{ report {{ id }} }}
         updateReportPeriod(input: {{ id: \"{}\", name: \"Another\" }}) {{ reportPeriod {{ id }} }} }}",
        test.period()
    );
    client.asks_as("1", &both).await;
    let heard = client.hears().await;
    assert_eq!(heard["payload"][0]["extensions"]["code"], "UNAVAILABLE", "{heard}");
    let message = heard["payload"][0]["message"].as_str().unwrap();
    assert!(message.contains("may have been done"), "{message}");
    holding.rollback().await.unwrap();
    assert_eq!(test.report(&report, "notes").await["notes"], "Remarks");
}
