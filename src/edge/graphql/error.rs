//! The one mapping of errors to what a client sees: `extensions { code rule field }`.
//!
//! | code | when |
//! |---|---|
//! | `UNAUTHENTICATED`, `FORBIDDEN`, `NOT_FOUND`, `INVALID`, `CONFLICT`, `UNAVAILABLE` | as [`Error`] says |
//! | `BAD_REQUEST` | the document, or a value in it, does not fit the schema; of a custom report's values: `INVALID` |
//! | `LIMIT_EXCEEDED` | the request is larger than the server takes on; with `measure`, `limit` and `cost` |
//! | `INTERNAL` | everything else: logged under `extensions.id`, and no detail leaves the server |

use async_graphql::{ErrorExtensionValues, Response, ServerError};

use super::question::Question;
use crate::custom_report::graphql::misfit;
use crate::kernel::clock::{Clock, SystemClock, new_id};
use crate::kernel::error::Error;

/// The document, or a value in it, does not fit the schema.
pub const BAD_REQUEST: &str = "BAD_REQUEST";
/// The request is larger than the server takes on.
pub const LIMIT_EXCEEDED: &str = "LIMIT_EXCEEDED";

/// A GraphQL error with a code, for refusals that come before any resolver.
pub fn refusal(code: &'static str, message: impl Into<String>) -> ServerError {
    let mut error = ServerError::new(message, None);
    extensions(&mut error).set("code", code);
    error
}

/// The refusal of what is larger than the server takes on: what was measured, how much is allowed, how much it was.
pub fn limit_exceeded(measure: &'static str, limit: usize, cost: usize, message: impl Into<String>) -> ServerError {
    let mut error = refusal(LIMIT_EXCEEDED, message);
    let values = extensions(&mut error);
    values.set("measure", measure);
    values.set("limit", limit as u64);
    values.set("cost", cost as u64);
    error
}

/// `error` as a client sees it, outside of any resolver.
pub fn visible(error: &Error) -> ServerError {
    let mut shown = ServerError::new(error.to_string(), None);
    describe(&mut shown, error);
    shown
}

/// The refusal of an operation that takes longer than the server waits for it. Each mutation in it commits by itself, and
/// one that is cut off while it commits may have been committed.
pub fn given_up() -> ServerError {
    visible(&Error::Unavailable(
        "The request took too long and was given up. A mutation may have been done all the same: look before you repeat it."
            .into(),
    ))
}

/// `extensions.code` of an error that has been mapped.
pub fn code(error: &ServerError) -> Option<&str> {
    match error.extensions.as_ref()?.get("code")? {
        async_graphql::Value::String(code) => Some(code),
        _ => None,
    }
}

/// Sets a further entry of `extensions`.
pub fn extensions(error: &mut ServerError) -> &mut ErrorExtensionValues {
    error.extensions.get_or_insert_default()
}

/// Marks what parsing and validation find.
pub(super) fn mark_bad_request(mut error: ServerError) -> ServerError {
    if code(&error).is_none() {
        extensions(&mut error).set("code", BAD_REQUEST);
    }
    error
}

/// Errors of an answer. One document can break thousands of validation's rules.
const ERRORS: usize = 20;

/// The response to a question with its first errors as a client sees them, and one that tells how many more there were.
pub(super) fn map_errors(mut response: Response, question: &Question) -> Response {
    let found = response.errors.len();
    // Those that are left out are not unseen: a defect is logged when it is mapped.
    response.errors.iter_mut().for_each(|error| map(error, question));
    if found > ERRORS {
        response.errors.truncate(ERRORS);
        let more = found - ERRORS;
        let message = format!("There are {more} more errors. The limit is {ERRORS}, these are {found}.");
        response.errors.push(limit_exceeded("errors", ERRORS, found, message));
    }
    response
}

fn map(error: &mut ServerError, question: &Question) {
    if code(error).is_some() {
        return;
    }
    // Those of resolvers are placed where their field stands.
    let place = error.locations.first();
    let argument = place.and_then(|place| question.argument_at(*place));
    if let Some(own) = error.source::<Error>().cloned() {
        describe(error, &own);
    } else if error.source.is_none() && (error.path.is_empty() || argument.is_some()) {
        // Without a path it comes from before any resolver: from parsing or validation.
        match argument.and_then(|(name, value)| misfit(name, &value)) {
            Some(own) => {
                error.message = own.to_string();
                describe(error, &own);
            }
            None => extensions(error).set("code", BAD_REQUEST),
        }
    } else {
        let cause = error.message.clone();
        describe(error, &Error::internal(cause));
    }
}

fn describe(shown: &mut ServerError, error: &Error) {
    extensions(shown).set("code", error.code());
    if let Some(rule) = error.broken_rule() {
        extensions(shown).set("rule", rule.name());
    }
    if let Some(field) = error.field() {
        extensions(shown).set("field", field);
    }
    if let Error::Internal(cause) = error {
        let id = new_id(SystemClock.now());
        tracing::error!(%id, %cause, path = ?shown.path, "an operation failed for a reason that should not be");
        shown.message = format!("Something went wrong here. Tell the operator this id: {id}");
        extensions(shown).set("id", id.to_string());
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{EmptyMutation, EmptySubscription, Object, Schema, Value};
    use rstest::rstest;
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::kernel::rules;
    use crate::kernel::scalar::Date;

    struct Query;

    #[Object]
    impl Query {
        async fn own(&self) -> Result<bool, Error> {
            Err(Error::rule(rules::PAGE_SIZE_LIMIT).at("first"))
        }

        async fn not_found(&self) -> Result<bool, Error> {
            Err(Error::NotFound("report"))
        }

        async fn broken(&self) -> Result<bool, Error> {
            Err(Error::internal("the password is hunter2"))
        }

        async fn foreign(&self) -> async_graphql::Result<bool> {
            Err(std::io::Error::other("/etc/secret").into())
        }

        async fn sourceless(&self) -> async_graphql::Result<bool> {
            Err(async_graphql::Error::new("table users has no column x"))
        }

        async fn on(&self, day: Date) -> String {
            day.0.to_string()
        }
    }

    async fn answer(query: &str) -> Json {
        let schema = Schema::build(Query, EmptyMutation, EmptySubscription).finish();
        let question = Question::of(&query.into());
        let response = map_errors(schema.execute(query).await, &question);
        serde_json::to_value(&response.errors[0]).unwrap()
    }

    #[tokio::test]
    async fn an_error_of_ours_shows_code_rule_and_field() {
        let error = answer("{ own }").await;
        assert_eq!(
            error["extensions"],
            json!({"code": "INVALID", "rule": "page_size_limit", "field": "first"})
        );
        assert_eq!(error["path"], json!(["own"]));
    }

    #[tokio::test]
    async fn not_found_carries_no_rule() {
        let error = answer("{ notFound }").await;
        assert_eq!(error["extensions"], json!({"code": "NOT_FOUND"}));
    }

    #[rstest]
    #[case("{ broken }")]
    #[case("{ foreign }")]
    #[case("{ sourceless }")]
    #[tokio::test]
    async fn anything_unknown_is_internal_and_tells_an_id_alone(#[case] query: &str) {
        let error = answer(query).await;
        assert_eq!(error["extensions"]["code"], "INTERNAL");
        let id = error["extensions"]["id"].as_str().unwrap();
        assert_eq!(
            error["message"],
            format!("Something went wrong here. Tell the operator this id: {id}")
        );
    }

    #[rstest]
    #[case::syntax("{ own")]
    #[case::unknown_field("{ missing }")]
    #[case::unknown_argument("{ own(x: 1) }")]
    #[case::missing_argument("{ on }")]
    #[case::wrong_type("{ on(day: 7) }")]
    #[case::wrong_value("{ on(day: \"yesterday\") }")]
    #[case::no_such_date("{ on(day: \"2023-02-29\") }")]
    #[tokio::test]
    async fn what_does_not_fit_the_schema_is_a_bad_request(#[case] query: &str) {
        assert_eq!(answer(query).await["extensions"]["code"], BAD_REQUEST);
    }

    #[test]
    fn a_limit_names_measure_limit_and_cost() {
        let error = limit_exceeded("depth", 16, 17, "too deep");
        let values = error.extensions.unwrap();
        assert_eq!(values.get("limit"), Some(&Value::from(16u64)));
        assert_eq!(values.get("cost"), Some(&Value::from(17u64)));
        assert_eq!(values.get("measure"), Some(&Value::from("depth")));
    }
}
