//! Connections: how long a client may take for what it says, and how they end with the server.

use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::serve::Listener;
use hyper::server::conn::http1::Builder;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long a connection may be without a whole head of a request, be it new, half said, or at rest since an answer. More
/// than the minute after which most proxies give up a connection at rest, so that they don't send into one that closes.
pub const PATIENCE: Duration = Duration::from_secs(75);

/// Answers until it is told to stop, and then whatever is under way. What follows the head is not bounded here: a body by
/// whoever reads it, an answer and a websocket by nothing but their client.
pub async fn serve(mut listener: TcpListener, router: Router, patience: Duration, stopping: CancellationToken) {
    let mut protocol = Builder::new();
    protocol.timer(TokioTimer::new()).header_read_timeout(patience);
    let connections = TaskTracker::new();
    loop {
        let (stream, _) = tokio::select! {
            accepted = Listener::accept(&mut listener) => accepted,
            () = stopping.cancelled() => break,
        };
        connections.spawn(converse(stream, protocol.clone(), router.clone(), stopping.clone()));
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

async fn converse(stream: TcpStream, protocol: Builder, router: Router, stopping: CancellationToken) {
    let service = TowerToHyperService::new(router);
    let mut connection = pin!(protocol.serve_connection(TokioIo::new(stream), service).with_upgrades());
    let outcome = tokio::select! {
        outcome = connection.as_mut() => outcome,
        () = stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "a connection broke off");
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;
    use axum::routing::get;
    use rstest::rstest;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio::time::{sleep, timeout};

    use super::*;
    use crate::edge::http::tests::parts;
    use crate::edge::http::{Api, router};

    const SHORT: Duration = Duration::from_millis(300);

    /// Beside the API there is an answer that takes long.
    async fn served() -> (TcpStream, CancellationToken) {
        let mut parts = parts().await;
        parts.bounds.timeout = SHORT;
        let slow = get(async || {
            sleep(4 * SHORT).await;
            "slow".into_response()
        });
        let router = router(Api::new(parts), Router::new().route("/slow", slow));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let stopping = CancellationToken::new();
        tokio::spawn(serve(listener, router, SHORT, stopping.clone()));
        (client, stopping)
    }

    /// What comes until the server closes, which it does soon.
    async fn heard(client: &mut TcpStream) -> String {
        let mut heard = Vec::new();
        let reading = client.read_to_end(&mut heard);
        timeout(Duration::from_secs(20), reading)
            .await
            .expect("the end")
            .unwrap();
        String::from_utf8(heard).unwrap()
    }

    #[rstest]
    #[case::nothing("", "")]
    #[case::half_a_head("POST /graphql HTTP/1.1\r\nHost: x\r\n", "")]
    #[case::at_rest("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "ok\n")]
    #[case::another_half_a_head("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /", "ok\n")]
    #[tokio::test]
    async fn who_does_not_say_a_whole_head_is_hung_up_on(#[case] said: &str, #[case] last: &str) {
        let (mut client, _stopping) = served().await;
        client.write_all(said.as_bytes()).await.unwrap();
        let heard = heard(&mut client).await;
        assert!(heard.ends_with(last) && heard.is_empty() == last.is_empty(), "{heard}");
    }

    #[tokio::test]
    async fn a_body_that_does_not_come_is_given_up() {
        let (mut client, _stopping) = served().await;
        let head =
            "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{";
        client.write_all(head.as_bytes()).await.unwrap();
        let heard = heard(&mut client).await;
        assert!(
            heard.starts_with("HTTP/1.1 408") && heard.contains("BAD_REQUEST"),
            "{heard}"
        );
    }

    #[tokio::test]
    async fn an_answer_may_take_longer() {
        let (mut client, _stopping) = served().await;
        client
            .write_all(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
            .await
            .unwrap();
        assert!(heard(&mut client).await.ends_with("slow"));
    }

    #[tokio::test]
    async fn a_websocket_may_rest_longer() {
        let (mut client, _stopping) = served().await;
        let head = "GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
            Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\
            Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n";
        client.write_all(head.as_bytes()).await.unwrap();
        let mut heard = [0; 1024];
        let length = client.read(&mut heard).await.unwrap();
        assert!(heard[..length].starts_with(b"HTTP/1.1 101"));
        assert!(timeout(4 * SHORT, client.read(&mut heard)).await.is_err(), "it goes on");
    }

    #[tokio::test]
    async fn what_is_under_way_is_answered_before_the_server_stops() {
        let (mut client, stopping) = served().await;
        client
            .write_all(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
            .await
            .unwrap();
        sleep(SHORT).await;
        stopping.cancel();
        assert!(heard(&mut client).await.ends_with("slow"));
    }
}
