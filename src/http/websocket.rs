//! The websocket of subscriptions: graphql-transport-ws. The token comes with `connection_init`, in a payload that has
//! the same entries as the headers of a request, because a browser cannot give a websocket headers.
//!
//! The connection ends when its token does: close code 4403 with the reason, so that the client logs in anew.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::futures_util::stream::BoxStream;
use async_graphql::http::{WebSocket as Protocol, WebSocketProtocols, WsMessage};
use async_graphql::{Data, Executor, Request, Response};
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{FromRequestParts, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request as HttpRequest, StatusCode, header};
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use futures::{SinkExt, StreamExt, future};
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};

use super::answer::{self, Form};
use super::{Api, login};
use crate::context::Login;
use crate::graphql::error::{BAD_REQUEST, refusal};

/// The one that is spoken here.
const PROTOCOL: &str = "graphql-transport-ws";
/// How long a client may take to say `connection_init`.
const PATIENCE: Duration = Duration::from_secs(10);
/// A sleep that never ends, in effect: a connection without a token sees the schema alone.
const A_YEAR: Duration = Duration::from_secs(365 * 24 * 3600);

/// Turns the request into a websocket.
pub async fn upgrade(State(api): State<Api>, request: HttpRequest<axum::body::Body>) -> axum::response::Response {
    let (mut parts, _) = request.into_parts();
    let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &()).await;
    let upgrade = upgrade.map(|upgrade| upgrade.protocols([PROTOCOL])).ok();
    let Some(upgrade) = upgrade.filter(|upgrade| upgrade.selected_protocol().is_some()) else {
        let error = refusal(
            BAD_REQUEST,
            "POST the operation, or open a websocket with the protocol graphql-transport-ws. For people: /graphiql",
        );
        return answer::refused(Form::accepted(&parts.headers), StatusCode::METHOD_NOT_ALLOWED, error);
    };
    let headers = parts.headers;
    upgrade
        .max_message_size(api.parts().bounds.body)
        .on_upgrade(move |socket| serve(api, headers, socket))
        .into_response()
}

/// Why and with which code a connection is closed from here.
struct Closing {
    code: u16,
    reason: String,
}

async fn serve(api: Api, headers: HeaderMap, socket: WebSocket) {
    let _open = api.metrics().socket();
    let (mut sink, stream) = socket.split();
    let input = stream
        .take_while(|message| future::ready(message.is_ok()))
        .filter_map(|message| future::ready(message.ok().filter(is_content)))
        .map(Message::into_data);
    let (opened, mut opening) = oneshot::channel();
    let greeting = {
        let api = api.clone();
        move |payload| greet(api, headers, payload, opened)
    };
    let operations = Operations(api.clone());
    let mut output =
        Protocol::new(operations, Box::pin(input), WebSocketProtocols::GraphQLWS).on_connection_init(greeting);
    let mut end = Instant::now() + PATIENCE;
    let mut closing = Closing {
        code: 4408,
        reason: "Say connection_init.".into(),
    };
    let mut is_open = false;
    let last = loop {
        tokio::select! {
            biased;
            outcome = &mut opening, if !is_open => match outcome {
                Ok(Ok(expires_at)) => {
                    is_open = true;
                    end = Instant::now() + api.left(expires_at);
                    closing = Closing { code: 4403, reason: "The token has expired. Log in again.".into() };
                }
                Ok(Err(reason)) => break Some(Closing { code: 4403, reason }),
                // The protocol refused the client before it greeted; its own close message follows.
                Err(_) => is_open = true,
            },
            () = sleep_until(end) => break Some(closing),
            () = api.parts().stopping.cancelled() => {
                break Some(Closing { code: 1001, reason: "The server is stopping.".into() });
            }
            message = output.next() => match message {
                Some(message) => {
                    if sink.send(frame(message)).await.is_err() {
                        break None;
                    }
                }
                None => break None,
            },
        }
    };
    if let Some(Closing { code, reason }) = last {
        // A client that is gone already need not be told.
        sink.send(frame(WsMessage::Close(code, reason))).await.ok();
    }
}

impl Api {
    fn left(&self, expires_at: Option<DateTime<Utc>>) -> Duration {
        let Some(expires_at) = expires_at else { return A_YEAR };
        let left = expires_at - self.parts().clock.now();
        left.to_std().unwrap_or(Duration::ZERO).min(A_YEAR)
    }
}

fn is_content(message: &Message) -> bool {
    matches!(message, Message::Text(_) | Message::Binary(_))
}

fn frame(message: WsMessage) -> Message {
    match message {
        WsMessage::Text(text) => Message::Text(text.into()),
        WsMessage::Close(code, reason) => Message::Close(Some(CloseFrame {
            code,
            reason: reason.into(),
        })),
    }
}

type Opened = Result<Option<DateTime<Utc>>, String>;

/// Logs in with what the client says first, or with the headers of the upgrade where it says nothing.
async fn greet(
    api: Api,
    headers: HeaderMap,
    payload: Value,
    opened: oneshot::Sender<Opened>,
) -> async_graphql::Result<Data> {
    let headers = words(headers, &payload);
    let (told, data) = match login::login(&api, &headers).await {
        Ok(login) => {
            let expires_at = login.as_ref().map(|login| login.expires_at);
            let mut data = Data::default();
            data.insert(login);
            (Ok(expires_at), Some(data))
        }
        Err(error) => (Err(error.message), None),
    };
    // When nobody listens the connection has ended.
    opened.send(told).ok();
    match data {
        Some(data) => Ok(data),
        // The connection is closed from outside, with the code that clients of this protocol know.
        None => future::pending().await,
    }
}

/// The payload's entries as headers; `token` is short for `Authorization: Bearer`.
fn words(mut headers: HeaderMap, payload: &Value) -> HeaderMap {
    let Some(entries) = payload.as_object() else {
        return headers;
    };
    for (name, value) in entries {
        let Some(text) = value.as_str() else { continue };
        let (name, text) = match name.to_ascii_lowercase().as_str() {
            "token" => (header::AUTHORIZATION, format!("Bearer {text}")),
            "authorization" => (header::AUTHORIZATION, text.to_owned()),
            "x-organization-id" => (login::ORGANIZATION, text.to_owned()),
            _ => continue,
        };
        set(&mut headers, name, &text);
    }
    headers
}

/// A value that cannot stand in a header cannot be a token either, and must be refused as one rather than forgotten.
fn set(headers: &mut HeaderMap, name: HeaderName, text: &str) {
    let value = HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("?"));
    headers.insert(name, value);
}

/// Runs a connection's operations: each with a context of its own, so that no two share a snapshot.
#[derive(Clone)]
struct Operations(Api);

impl Executor for Operations {
    async fn execute(&self, request: Request) -> Response {
        self.0.parts().schema.execute(self.0.prepared(request, None)).await
    }

    fn execute_stream(&self, request: Request, session: Option<Arc<Data>>) -> BoxStream<'static, Response> {
        let session = session.unwrap_or_default();
        let login = session
            .get(&std::any::TypeId::of::<Option<Login>>())
            .and_then(|login| login.downcast_ref::<Option<Login>>())
            .cloned()
            .flatten();
        let request = self.0.prepared(request, login);
        self.0.parts().schema.execute_stream_with_session_data(request, session)
    }
}
