//! The schema as the edge uses it: an operation is measured, executed, and its errors mapped.
//!
//! Extensions of async-graphql would do the same, but the engine sends each field of an answer through them, boxed and
//! with the field's type looked up: half of the time of a large answer. So there are none here.

use std::any::{Any, TypeId};
use std::mem;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use async_graphql::futures_util::stream::BoxStream;
use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Response, SDLExportOptions, SchemaBuilder, ServerError};
use futures::{Stream, StreamExt, stream};
use tokio::time::timeout;

use super::error::{code, given_up, map_errors, mark_bad_request};
use super::limits::{CostMeter, Limits};
use super::operation::chosen;
use super::question::Question;
use super::types::Types;
use super::{Engine, Mutation, Query, Subscription, engine, typed_text, unsent};
use crate::kernel::context::RequestContext;

/// The schema, to be finished with what its resolvers share.
pub struct Builder {
    engine: SchemaBuilder<Query, Mutation, Subscription>,
    limits: Limits,
}

/// Executes operations within limits.
#[derive(Clone)]
pub struct Schema {
    engine: Engine,
    limits: Limits,
}

impl Builder {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            engine: engine().limit_complexity(limits.cost),
            limits,
        }
    }

    /// Shares a value with all resolvers.
    pub fn data<T: Any + Send + Sync>(self, value: T) -> Self {
        Self {
            engine: self.engine.data(value),
            ..self
        }
    }

    pub fn finish(self) -> Schema {
        Schema {
            engine: self.engine.finish(),
            limits: self.limits,
        }
    }
}

impl Schema {
    /// Executes a query or a mutation.
    pub async fn execute(&self, request: impl Into<Request>) -> Response {
        match self.admit(request.into()) {
            Ok(admitted) => self.answer(admitted).await,
            Err(error) => refuse(error),
        }
    }

    /// Executes any operation: a subscription gives an answer for each event, others give one and have so long for it.
    pub fn execute_stream(&self, request: impl Into<Request>, patience: Duration) -> BoxStream<'static, Response> {
        let schema = self.clone();
        match self.admit(request.into()) {
            Ok(admitted) if admitted.operation == OperationType::Subscription => schema.follow(admitted).boxed(),
            Ok(admitted) => stream::once(async move {
                let answer = timeout(patience, schema.answer(admitted)).await;
                answer.unwrap_or_else(|_| refuse(given_up()))
            })
            .boxed(),
            Err(error) => stream::iter([refuse(error)]).boxed(),
        }
    }

    /// Executes a query; nothing where the request asks for another kind of operation.
    pub async fn execute_query(&self, request: Request) -> Option<Response> {
        match self.admit(request) {
            Ok(admitted) if admitted.operation == OperationType::Query => Some(self.answer(admitted).await),
            Ok(_) => None,
            Err(error) => Some(refuse(error)),
        }
    }

    async fn answer(&self, admitted: Admitted) -> Response {
        let answer = self.engine.execute(admitted.request).await;
        self.finish(answer, &admitted.question).await
    }

    fn follow(self, admitted: Admitted) -> impl Stream<Item = Response> + Send {
        let answers = self.engine.execute_stream(admitted.request);
        let rest = Arc::new((self, admitted.question));
        answers.then(move |answer| {
            let rest = Arc::clone(&rest);
            async move { rest.0.finish(answer, &rest.1).await }
        })
    }

    /// The schema in its own language.
    pub fn sdl_with_options(&self, options: SDLExportOptions) -> String {
        self.engine.sdl_with_options(options)
    }

    /// Measures the document before anything else reads it.
    fn admit(&self, mut request: Request) -> Result<Admitted, ServerError> {
        self.limits.check_text(&request.query)?;
        let (name, mut variables) = (request.operation_name.clone(), mem::take(&mut request.variables));
        let document = request.parsed_query().map_err(mark_bad_request)?;
        let chosen = chosen(document, name.as_deref());
        let is_costly = self.limits.check(document, chosen)?;
        let operation = chosen.map_or(OperationType::Query, |operation| operation.ty);
        if let Some(chosen) = chosen {
            unsent::complete(&mut variables, document, chosen);
        }
        typed_text::check(document, &variables)?;
        request.variables = variables;
        let context = request.data.get(&TypeId::of::<RequestContext>());
        if let Some(context) = context.and_then(|context| context.downcast_ref::<RequestContext>())
            && is_costly
        {
            context.expect_cost();
        }
        Ok(Admitted {
            question: Question::of(&request),
            request,
            operation,
        })
    }

    async fn finish(&self, mut answer: Response, question: &Question) -> Response {
        if is_refused_as_a_whole(&answer)
            && let Some(error) = self.limits.exceeded_cost(question).await
        {
            return refuse(error);
        }
        if answer.errors.iter().any(|error| !error.path.is_empty()) {
            TYPES.propagate_nulls(&mut answer, question);
        }
        map_errors(answer, question)
    }
}

/// A request whose document is within the limits.
struct Admitted {
    request: Request,
    question: Question,
    /// A query where the engine will refuse to choose one of the document's operations.
    operation: OperationType,
}

fn refuse(error: ServerError) -> Response {
    Response::from_errors(vec![error])
}

/// Whether the one error concerns no place of the document: so the engine refuses what costs too much, telling neither
/// limit nor cost, and little else.
fn is_refused_as_a_whole(answer: &Response) -> bool {
    matches!(&answer.errors[..], [error] if error.path.is_empty() && error.locations.is_empty() && code(error).is_none())
}

/// A second engine, which tells what a document costs. It refuses everything, so that it needs nothing that resolvers
/// share; made when the first document is refused.
static METER: LazyLock<Engine> = LazyLock::new(|| engine().extension(CostMeter).finish());

/// For answers of which a part failed; made with the first of them.
static TYPES: LazyLock<Types> = LazyLock::new(|| Types::of(&METER.sdl()));

impl Limits {
    /// The refusal of a document, if it costs too much.
    async fn exceeded_cost(self, question: &Question) -> Option<ServerError> {
        let measured = METER.execute(question.request().data(self)).await;
        measured.errors.into_iter().find(|error| code(error).is_some())
    }
}
