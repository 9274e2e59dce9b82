//! The words of graphql-transport-ws (github.com/enisdenjo/graphql-ws, PROTOCOL.md).

use async_graphql::{Request, Response, ServerError};
use axum::extract::ws::{CloseFrame, Message};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a client says.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientMessage {
    ConnectionInit { payload: Option<Value> },
    Subscribe { id: String, payload: Box<Request> },
    Complete { id: String },
    Ping { payload: Option<Value> },
    Pong,
}

/// What a client is told.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage<'a> {
    ConnectionAck,
    Next {
        id: &'a str,
        payload: &'a Response,
    },
    /// Nothing was executed, and nothing follows.
    Error {
        id: &'a str,
        payload: &'a [ServerError],
    },
    Complete {
        id: &'a str,
    },
    Pong {
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<Value>,
    },
}

impl ServerMessage<'_> {
    /// # Errors
    ///
    /// When JSON cannot express an answer: a defect, after which the client would wait for it in vain.
    pub fn frame(&self) -> Result<Message, Closing> {
        let text = serde_json::to_string(self).map_err(|cause| {
            tracing::error!(%cause, "an answer could not be written as JSON");
            Closing::new(1011, "An answer could not be written.")
        })?;
        Ok(Message::Text(text.into()))
    }
}

/// Why a connection is closed from here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closing {
    pub code: u16,
    pub reason: String,
}

impl Closing {
    pub fn stopping() -> Self {
        Self::new(1001, "The server is stopping.")
    }

    pub fn invalid(cause: &serde_json::Error) -> Self {
        Self::new(4400, format!("This is no message of graphql-transport-ws: {cause}"))
    }

    pub fn unauthorized() -> Self {
        Self::new(4401, "Say connection_init and wait for connection_ack first.")
    }

    pub fn forbidden(reason: impl Into<String>) -> Self {
        Self::new(4403, reason)
    }

    pub fn silent() -> Self {
        Self::new(4408, "Say connection_init.")
    }

    pub fn taken(id: &str) -> Self {
        Self::new(4409, format!("Subscriber for {id} already exists"))
    }

    pub fn initialised_twice() -> Self {
        Self::new(4429, "Too many initialisation requests")
    }

    /// A frame of control has 125 bytes at most, two of them for the code.
    fn new(code: u16, reason: impl Into<String>) -> Self {
        let mut reason: String = reason.into();
        reason.truncate(reason.floor_char_boundary(123));
        Self { code, reason }
    }

    pub fn frame(self) -> Message {
        Message::Close(Some(CloseFrame {
            code: self.code,
            reason: self.reason.into(),
        }))
    }
}
