//! The API as its clients see it, one layer below HTTP.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Request, Response, Variables};
use bufdir_reports::edge::graphql::{self, Limits, Schema};
use bufdir_reports::export::DownloadLinks;
use bufdir_reports::export::download::link::LinkKey;
use bufdir_reports::export::storage::Storage;
use bufdir_reports::kernel::changes::Changes;
use bufdir_reports::kernel::clock::{Clock, FixedClock};
use bufdir_reports::kernel::context::{Login, RequestContext};
use bufdir_reports::kernel::db::Database;
use bufdir_reports::kernel::id::IdKind;
use chrono::TimeDelta;
use futures::{Stream, StreamExt};
use serde_json::{Value, json};
use uuid::Uuid;

use super::database::{TestDatabase, caller};

/// The address in download links.
pub const ADDRESS: &str = "https://reports.example.org";

/// The schema over a test's database, with what its resolvers share. Needs a Tokio runtime.
pub struct GraphQl {
    pub schema: Schema,
    database: Database,
    clock: Arc<FixedClock>,
    token_lives: TimeDelta,
}

/// Why a mutation was refused: `extensions` of its one error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub code: String,
    pub rule: Option<String>,
    pub field: Option<String>,
    pub message: String,
}

impl GraphQl {
    pub fn new(database: &TestDatabase) -> Self {
        let nowhere = std::env::temp_dir().join("bufdir-reports-tests-without-files");
        Self::storing(database, Storage::open(nowhere.to_str().unwrap(), []).unwrap())
    }

    /// The same where files are made and stored.
    pub fn storing(database: &TestDatabase, storage: Storage) -> Self {
        let links = DownloadLinks {
            key: LinkKey::new(vec![1; 32].into()).unwrap(),
            address: ADDRESS.to_owned(),
        };
        let schema = graphql::schema(Limits::default())
            .data(Changes::start(database.app().clone()))
            .data(links)
            .data(storage)
            .finish();
        Self {
            schema,
            database: database.app().clone(),
            clock: Arc::clone(&database.clock),
            token_lives: TimeDelta::hours(1),
        }
    }

    /// The same with tokens that end so long after the clock's time.
    pub fn with_tokens_for(self, token_lives: TimeDelta) -> Self {
        Self { token_lives, ..self }
    }

    /// `{ data, errors }` for a user who names the organization, by id or short name.
    pub async fn run(&self, user: Uuid, organization: &str, query: &str, variables: Value) -> Value {
        let login = self.login(user, Some(organization));
        self.execute(Some(login), query, variables).await
    }

    /// The same for one of a document's operations.
    pub async fn run_one_of(&self, user: Uuid, organization: &str, document: &str, operation: &str) -> Value {
        let login = self.login(user, Some(organization));
        let request = self.request(Some(login), document, json!({}));
        as_json(self.schema.execute(request.operation_name(operation)).await)
    }

    /// `{ data, errors }` for someone without a token.
    pub async fn run_anonymously(&self, query: &str, variables: Value) -> Value {
        self.execute(None, query, variables).await
    }

    /// `{ data, errors }` for a user who names no organization.
    pub async fn run_without_organization(&self, user: Uuid, query: &str) -> Value {
        self.execute(Some(self.login(user, None)), query, json!({})).await
    }

    /// A mutation by its name; all of them take one `input` whose type has the mutation's name.
    pub async fn mutate(&self, user: Uuid, organization: &str, mutation: &str, input: Value) -> Value {
        let query = mutation_document(mutation);
        self.run(user, organization, &query, json!({ "input": input })).await
    }

    /// A subscription's answers, each `{ data, errors }`; none but an error without a login.
    pub fn follow(
        &self,
        user: Option<(Uuid, &str)>,
        query: &str,
        variables: Value,
    ) -> impl Stream<Item = Value> + Send + use<> {
        let login = user.map(|(user, organization)| self.login(user, Some(organization)));
        self.stream(login, query, variables)
    }

    /// The same for a user who names no organization.
    pub fn follow_without_organization(
        &self,
        user: Uuid,
        query: &str,
        variables: Value,
    ) -> impl Stream<Item = Value> + Send + use<> {
        self.stream(Some(self.login(user, None)), query, variables)
    }

    fn stream(&self, login: Option<Login>, query: &str, variables: Value) -> impl Stream<Item = Value> + Send + use<> {
        let answers = self
            .schema
            .execute_stream(self.request(login, query, variables), Duration::MAX);
        answers.map(as_json)
    }

    async fn execute(&self, login: Option<Login>, query: &str, variables: Value) -> Value {
        as_json(self.schema.execute(self.request(login, query, variables)).await)
    }

    fn login(&self, user: Uuid, organization: Option<&str>) -> Login {
        Login {
            caller: caller(user, organization.map(str::to_owned)),
            expires_at: self.clock.now() + self.token_lives,
        }
    }

    fn request(&self, login: Option<Login>, query: &str, variables: Value) -> Request {
        let context = RequestContext::new(self.database.clone(), Arc::clone(&self.clock) as _, login);
        Request::new(query)
            .variables(Variables::from_json(variables))
            .data(context)
    }
}

fn as_json(response: Response) -> Value {
    serde_json::to_value(response).unwrap()
}

/// The document of a mutation, with what tests look at in its payload.
pub fn mutation_document(mutation: &str) -> String {
    let (first, rest) = mutation.split_at(1);
    let payload = match mutation {
        "createReportPeriod" | "updateReportPeriod" | "setPeriodFigures" => {
            "reportPeriod { id name firstDate lastDate figures { field version value } }"
        }
        "exportReport" | "confirmSubmission" => {
            "report { id status } exportOperation { id status submissionReference }"
        }
        "createDownloadLink" => "url expiresAt",
        _ => "report { id status notes failureReason currentGeneration { number } }",
    };
    format!(
        "mutation ($input: {}{rest}Input!) {{ {mutation}(input: $input) {{ {payload} }} }}",
        first.to_uppercase()
    )
}

/// The data of an answer without errors.
pub fn data(answer: Value) -> Value {
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    answer["data"].clone()
}

/// The refusal of an answer with one error.
pub fn refusal(answer: &Value) -> Refusal {
    let errors = answer["errors"].as_array();
    let [error] = errors.map_or(&[][..], Vec::as_slice) else {
        panic!("not one error: {answer}")
    };
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let extensions = &error["extensions"];
    Refusal {
        code: text(&extensions["code"]).unwrap_or_else(|| panic!("no code: {answer}")),
        rule: text(&extensions["rule"]),
        field: text(&extensions["field"]),
        message: text(&error["message"]).unwrap(),
    }
}

/// The id that clients see.
pub fn opaque(kind: IdKind, id: Uuid) -> String {
    kind.encode(id).0
}

/// The item of a list whose field `by` is `key`.
pub fn value_of<'a>(list: &'a Value, by: &str, key: &str) -> &'a Value {
    let list = list.as_array().unwrap();
    list.iter()
        .find(|item| item[by] == key)
        .unwrap_or_else(|| panic!("no {key} in {list:?}"))
}
