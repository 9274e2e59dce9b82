//! The schema as the edge uses it: an operation is measured, executed, its fields put in the order they were asked for,
//! and its errors mapped.
//!
//! Extensions of async-graphql would do the same, but the engine sends each field of an answer through them, boxed and
//! with the field's type looked up: half of the time of a large answer. So there are none here.

use std::any::{Any, TypeId};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use async_graphql::futures_util::stream::BoxStream;
use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Response, SDLExportOptions, SchemaBuilder, ServerError, Value};
use futures::{Stream, StreamExt, stream};
use tokio::time::timeout;

use super::error::{given_up, mapped, unfitting};
use super::limits::{CostMeter, Limits};
use super::operation::chosen;
use super::order::Shape;
use super::types::Types;
use super::{Engine, Mutation, Query, Subscription, engine};
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
            Err(error) => refused(error),
        }
    }

    /// Executes any operation: a subscription gives an answer for each event, others give one and have so long for it.
    pub fn execute_stream(&self, request: impl Into<Request>, patience: Duration) -> BoxStream<'static, Response> {
        let schema = self.clone();
        match self.admit(request.into()) {
            Ok(admitted) if admitted.is_subscription => schema.follow(admitted).boxed(),
            Ok(admitted) => stream::once(async move {
                let answer = timeout(patience, schema.answer(admitted)).await;
                answer.unwrap_or_else(|_| refused(given_up()))
            })
            .boxed(),
            Err(error) => stream::iter([refused(error)]).boxed(),
        }
    }

    async fn answer(&self, admitted: Admitted) -> Response {
        let answer = self.engine.execute(admitted.request).await;
        self.finished(answer, &admitted.shape, &admitted.question).await
    }

    fn follow(self, admitted: Admitted) -> impl Stream<Item = Response> + Send {
        let answers = self.engine.execute_stream(admitted.request);
        let rest = Arc::new((self, admitted.shape, admitted.question));
        answers.then(move |answer| {
            let rest = Arc::clone(&rest);
            async move {
                let (schema, shape, question) = rest.as_ref();
                schema.finished(answer, shape, question).await
            }
        })
    }

    /// The schema in its own language.
    pub fn sdl_with_options(&self, options: SDLExportOptions) -> String {
        self.engine.sdl_with_options(options)
    }

    /// Measures the document before anything else reads it.
    fn admit(&self, mut request: Request) -> Result<Admitted, ServerError> {
        self.limits.check_text(&request.query)?;
        let question = Question {
            query: request.query.clone(),
            variables: request.variables.clone(),
            operation: request.operation_name.clone(),
        };
        let document = request.parsed_query().map_err(unfitting)?;
        let operation = chosen(document, question.operation.as_deref());
        let is_costly = self.limits.check(document, operation)?;
        let is_subscription = operation.is_some_and(|operation| operation.ty == OperationType::Subscription);
        let shape = operation.map(|operation| Shape::of(document, operation));
        let context = request.data.get(&TypeId::of::<RequestContext>());
        if let Some(context) = context.and_then(|context| context.downcast_ref::<RequestContext>())
            && is_costly
        {
            context.expect_cost();
        }
        complete(&mut request)?;
        Ok(Admitted {
            request,
            shape: shape.unwrap_or_default(),
            question,
            is_subscription,
        })
    }

    async fn finished(&self, mut answer: Response, shape: &Shape, question: &Question) -> Response {
        if answer.errors.iter().any(is_too_complex) {
            return match question.ask() {
                Ok(request) => mapped(self.limits.measured(request).await),
                Err(error) => refused(error),
            };
        }
        if answer.errors.is_empty() && answer.data == Value::Null {
            answer.data = Value::Object(IndexMap::new());
        }
        if answer.errors.iter().any(|error| !error.path.is_empty()) {
            TYPES.settle(&mut answer, &question.query, question.operation.as_deref());
        }
        shape.arrange(&mut answer.data);
        mapped(answer)
    }
}

/// A request whose document is within the limits.
struct Admitted {
    request: Request,
    shape: Shape,
    question: Question,
    is_subscription: bool,
}

/// What is needed for reading a request once more, where it was refused or a part of it failed.
struct Question {
    query: String,
    variables: async_graphql::Variables,
    operation: Option<String>,
}

impl Question {
    fn ask(&self) -> Result<Request, ServerError> {
        let mut request = Request::new(&self.query).variables(self.variables.clone());
        request.operation_name = self.operation.clone();
        complete(&mut request)?;
        Ok(request)
    }
}

/// Adds what the engine must be asked besides; only where there are directives or fragments, as the clone takes time.
fn complete(request: &mut Request) -> Result<(), ServerError> {
    if !request.query.contains('@') && !request.query.contains("...") {
        return Ok(());
    }
    let document = request.parsed_query().map_err(unfitting)?;
    if let Some(asking) = TYPES.asking_for_presence(document) {
        request.set_parsed_query(asking);
    }
    Ok(())
}

fn refused(error: ServerError) -> Response {
    Response::from_errors(vec![error])
}

/// The engine's own refusal, which tells neither limit nor cost.
fn is_too_complex(error: &ServerError) -> bool {
    error.path.is_empty() && error.message == "Query is too complex."
}

/// A second engine, which tells what a document costs. It only ever refuses, so that it needs nothing that resolvers
/// share; made when the first document is too costly.
static METER: LazyLock<Engine> = LazyLock::new(|| engine().extension(CostMeter).finish());

/// For answers of which a part failed; made with the first of them.
static TYPES: LazyLock<Types> = LazyLock::new(|| Types::of(&METER.sdl()));

impl Limits {
    /// The refusal of a document that costs too much.
    async fn measured(self, request: Request) -> Response {
        METER.execute(request.data(self)).await
    }
}
