//! The websocket of subscriptions: graphql-transport-ws. The token comes with `connection_init`, in a payload that has
//! the same entries as the headers of a request, because a browser cannot give a websocket headers.
//!
//! The connection ends when its token does: close code 4403 with the reason, so that the client logs in anew.
//!
//! It is our own and not the library's: that (async-graphql 8.0.0-rc.5, `http::WebSocket`) lets an operation with an id in
//! use take the other's place instead of closing with 4409, closes with 1011 instead of 4401 where no `connection_init`
//! came first and with 1002 where that is refused, waits for it forever, bounds neither operations nor silence, sends what
//! was never executed as `next` instead of `error`, and does not end with the token.

mod operations;
mod protocol;

use std::time::Duration;

use async_graphql::Request;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{FromRequestParts, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request as HttpRequest, StatusCode, header};
use axum::response::IntoResponse;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::time::{Instant, interval_at, sleep_until, timeout, timeout_at};

use self::operations::{Event, Operations};
use self::protocol::{ClientMessage, Closing, ServerMessage};
use super::answer::{Form, Refusal};
use super::{Api, Parts, login};
use crate::edge::graphql::error::{BAD_REQUEST, refusal};
use crate::kernel::context::Login;

/// The one that is spoken here.
const PROTOCOL: &str = "graphql-transport-ws";
/// How long a client may take to say `connection_init`.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often a client is asked whether it is still there; its browser or library answers for it.
const HEARTBEAT: Duration = Duration::from_secs(30);
/// How long a client may say nothing at all, and how long it may leave unread what it is told.
const SILENCE: Duration = Duration::from_secs(90);
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
        let refusal = Refusal::new(StatusCode::METHOD_NOT_ALLOWED, error);
        return Form::accepted(&parts.headers).mark(refusal.into_response());
    };
    let headers = parts.headers;
    upgrade
        .max_message_size(api.parts().bounds.body)
        .on_upgrade(move |socket| serve(api, headers, socket))
        .into_response()
}

async fn serve(api: Api, headers: HeaderMap, socket: WebSocket) {
    let counting = api.clone();
    let _open = counting.metrics().socket();
    let (sink, stream) = socket.split();
    let mut connection = Connection {
        api,
        headers,
        sink,
        login: None,
        end: Instant::now() + PATIENCE,
        operations: Operations::default(),
    };
    let ConnectionEnd::Closing(closing) = connection.run(stream).await else {
        return;
    };
    // A client that is gone already need not be told.
    connection.send(closing.frame()).await.ok();
}

/// How a connection ends.
enum ConnectionEnd {
    /// The client is gone.
    Gone,
    Closing(Closing),
}

impl From<Closing> for ConnectionEnd {
    fn from(closing: Closing) -> Self {
        Self::Closing(closing)
    }
}

struct Connection {
    api: Api,
    headers: HeaderMap,
    sink: SplitSink<WebSocket, Message>,
    /// Once the client was greeted: who logged in, or nobody.
    login: Option<Option<Login>>,
    /// When the client's patience to greet, or its token, runs out.
    end: Instant,
    operations: Operations,
}

impl Connection {
    async fn run(&mut self, stream: SplitStream<WebSocket>) -> ConnectionEnd {
        match self.converse(stream).await {
            Ok(never) => match never {},
            Err(end) => end,
        }
    }

    async fn converse(
        &mut self,
        mut stream: SplitStream<WebSocket>,
    ) -> Result<std::convert::Infallible, ConnectionEnd> {
        let stopping = self.api.parts().stopping.clone();
        let mut heartbeat = interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
        let mut heard = Instant::now();
        loop {
            tokio::select! {
                biased;
                () = sleep_until(self.end) => return Err(self.overdue().into()),
                () = stopping.cancelled() => return Err(Closing::stopping().into()),
                () = sleep_until(heard + SILENCE) => return Err(ConnectionEnd::Gone),
                _ = heartbeat.tick() => self.send(Message::Ping(Bytes::new())).await?,
                message = stream.next() => {
                    let Some(Ok(message)) = message else { return Err(ConnectionEnd::Gone) };
                    heard = Instant::now();
                    self.hear(message).await?;
                }
                Some((id, event)) = self.operations.next() => self.send_event(&id, &event).await?,
            }
        }
    }

    fn overdue(&self) -> Closing {
        match self.login {
            None => Closing::silent(),
            Some(_) => Closing::forbidden("The token has expired. Log in again."),
        }
    }

    async fn hear(&mut self, message: Message) -> Result<(), ConnectionEnd> {
        let content = match message {
            Message::Text(_) | Message::Binary(_) => message.into_data(),
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) => return Ok(()),
        };
        match serde_json::from_slice(&content).map_err(|cause| Closing::invalid(&cause))? {
            ClientMessage::ConnectionInit { payload } => self.greet(&payload.unwrap_or_default()).await,
            ClientMessage::Subscribe { id, payload } => Ok(self.begin(id, *payload)?),
            ClientMessage::Complete { id } => {
                self.operations.end(&id);
                Ok(())
            }
            ClientMessage::Ping { payload } => self.send_message(&ServerMessage::Pong { payload }).await,
            ClientMessage::Pong => Ok(()),
        }
    }

    /// Logs in with what the client says first, or with the headers of the upgrade where it says nothing.
    async fn greet(&mut self, payload: &Value) -> Result<(), ConnectionEnd> {
        if self.login.is_some() {
            return Err(Closing::initialised_twice().into());
        }
        let headers = words(self.headers.clone(), payload);
        let login = timeout_at(self.end, login::login(&self.api, &headers)).await;
        let login = login
            .map_err(|_| Closing::silent())?
            .map_err(|error| Closing::forbidden(error.message))?;
        let left = self.api.left(login.as_ref().map(|login| login.expires_at));
        self.end = Instant::now() + left;
        self.login = Some(login);
        self.send_message(&ServerMessage::ConnectionAck).await
    }

    fn begin(&mut self, id: String, request: Request) -> Result<(), Closing> {
        let login = self.login.clone().ok_or_else(Closing::unauthorized)?;
        let api = &self.api;
        let Parts { schema, bounds, .. } = api.parts();
        self.operations.begin(id, || {
            schema.execute_stream(api.prepared(request, login), bounds.timeout)
        })
    }

    async fn send_event(&mut self, id: &str, event: &Event) -> Result<(), ConnectionEnd> {
        let message = match event {
            Event::Answered(answer) => ServerMessage::Next { id, payload: answer },
            Event::Refused(answer) => ServerMessage::Error {
                id,
                payload: &answer.errors,
            },
            Event::Completed => ServerMessage::Complete { id },
        };
        self.send_message(&message).await
    }

    async fn send_message(&mut self, message: &ServerMessage<'_>) -> Result<(), ConnectionEnd> {
        self.send(message.frame()?).await
    }

    async fn send(&mut self, message: Message) -> Result<(), ConnectionEnd> {
        match timeout(SILENCE, self.sink.send(message)).await {
            Ok(Ok(())) => Ok(()),
            // Gone, or it does not read.
            Ok(Err(_)) | Err(_) => Err(ConnectionEnd::Gone),
        }
    }
}

impl Api {
    fn left(&self, expires_at: Option<DateTime<Utc>>) -> Duration {
        let Some(expires_at) = expires_at else { return A_YEAR };
        let left = expires_at - self.parts().clock.now();
        left.to_std().unwrap_or(Duration::ZERO).min(A_YEAR)
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
