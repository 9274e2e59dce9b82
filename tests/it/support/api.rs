//! The API as a client meets it: a query as someone in HLF, and its whole answer.

use std::sync::Arc;

use async_graphql::Request;
use bufdir_reports::changes::Changes;
use bufdir_reports::context::{Login, RequestContext};
use bufdir_reports::export::DownloadLinks;
use bufdir_reports::export::link::LinkKey;
use bufdir_reports::graphql::{self, Limits, Schema};
use bufdir_reports::secret::Secret;
use chrono::TimeDelta;
use serde_json::Value;
use uuid::Uuid;

use super::database::{TestDatabase, caller};

/// The schema, with what its resolvers share.
pub fn schema(database: &TestDatabase) -> Schema {
    let links = DownloadLinks {
        key: LinkKey::new(Secret::new([1; 32])).unwrap(),
        address: "https://reports.example.org".to_owned(),
    };
    graphql::schema(Limits::default())
        .data(Changes::start(database.app().clone()))
        .data(links)
        .finish()
}

/// An operation of someone in HLF.
pub fn request(database: &TestDatabase, user: Uuid, query: &str, variables: Value) -> Request {
    let login = Login {
        caller: caller(user, Some("hlf".to_owned())),
        expires_at: database.now() + TimeDelta::hours(1),
    };
    let clock = Arc::clone(&database.clock) as _;
    let context = RequestContext::new(database.app().clone(), clock, Some(login));
    Request::new(query)
        .variables(async_graphql::Variables::from_json(variables))
        .data(context)
}

/// `{ data, errors }`, as a client sees it.
pub async fn answer(database: &TestDatabase, user: Uuid, query: &str, variables: Value) -> Value {
    let response = schema(database)
        .execute(request(database, user, query, variables))
        .await;
    serde_json::to_value(response).unwrap()
}
