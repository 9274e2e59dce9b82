//! What the server takes on: a document is measured before anything else reads it, because the engine's own checks
//! follow every spread of a fragment and can be kept busy for minutes by a document of a kilobyte.

mod measure;
#[cfg(test)]
mod tests;
mod text;

use std::sync::Arc;

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextValidation};
use async_graphql::parser::types::{ExecutableDocument, OperationDefinition};
use async_graphql::{Positioned, ServerError, ValidationResult};

use self::measure::{DocumentMeasure, Measuring};
use self::text::Text;
use super::error::limit_exceeded;

/// The limits of a document and its operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the document, without its variables.
    pub document: usize,
    /// Names, numbers, strings and punctuation marks of the document.
    pub tokens: usize,
    /// Fields within fields. GraphiQL's introspection needs 15.
    pub depth: usize,
    /// Fields of the root, counted with their aliases.
    pub root_fields: usize,
    /// Fields in all, each fragment counted wherever it is spread.
    pub fields: usize,
    /// The sum of what the fields cost; a list costs its entries times what is asked of each.
    pub cost: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            document: 100_000,
            tokens: 10_000,
            depth: 16,
            root_fields: 20,
            fields: 1_000,
            cost: 50_000,
        }
    }
}

/// Brackets of any kind within each other: more than the deepest query with the deepest input has.
const BRACKETS: usize = 64;
/// Operations of a document, of which one is executed; GraphiQL sends all that its user has written.
const OPERATIONS: usize = 50;
/// Fragments of a document.
const FRAGMENTS: usize = 100;
/// Variables of a document's operations together.
const VARIABLES: usize = 200;
/// Directives of an operation, those of a fragment counted wherever it is spread.
const DIRECTIVES: usize = 200;
/// Arguments of an operation, those of a fragment counted wherever it is spread.
const ARGUMENTS: usize = 2_000;
/// Lists of types and fields within each other in an introspection; GraphiQL's asks for one.
const INTROSPECTION_LISTS: usize = 2;

/// Measures what a document costs, as an extension of the engine, which tells it nowhere else. Refuses every document:
/// with an error if it costs more than the [`Limits`] that come with it, else without.
pub(super) struct CostMeter;

impl ExtensionFactory for CostMeter {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for CostMeter {
    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let result = next.run(ctx).await?;
        let limits = ctx.data_opt::<Limits>().copied().unwrap_or_default();
        within(
            "cost",
            limits.cost,
            result.complexity,
            "The query is too costly: ask for fewer entries, or for less of each.",
        )?;
        Err(Vec::new())
    }
}

impl Limits {
    /// Measures a document before it is parsed.
    pub(super) fn check_text(&self, document: &str) -> Result<(), ServerError> {
        within(
            "documentBytes",
            self.document,
            document.len(),
            "The document is too long; values can be given as variables.",
        )?;
        let text = Text::of(document);
        within(
            "tokens",
            self.tokens,
            text.tokens,
            "The document has too many tokens: names, numbers, strings and punctuation marks.",
        )?;
        within(
            "brackets",
            BRACKETS,
            text.brackets,
            "The document has too many brackets within each other.",
        )
    }

    /// Measures a document by itself; its cost takes the schema too. Tells whether the operation that will be executed asks
    /// for one of [`COSTLY`].
    pub(super) fn check(
        &self,
        document: &ExecutableDocument,
        chosen: Option<&OperationDefinition>,
    ) -> Result<bool, ServerError> {
        let variables = |operation: &Positioned<OperationDefinition>| operation.node.variable_definitions.len();
        for (measure, limit, found, message) in [
            (
                "operations",
                OPERATIONS,
                document.operations.iter().count(),
                "The document has too many operations.",
            ),
            (
                "fragments",
                FRAGMENTS,
                document.fragments.len(),
                "The document has too many fragments.",
            ),
            (
                "variables",
                VARIABLES,
                document
                    .operations
                    .iter()
                    .map(|(_, operation)| variables(operation))
                    .sum(),
                "The document declares too many variables.",
            ),
        ] {
            within(measure, limit, found, message)?;
        }
        let mut measuring = Measuring::new(document);
        let mut is_costly = false;
        for (_, operation) in document.operations.iter() {
            let found = measuring.operation(&operation.node)?;
            within(
                "rootFields",
                self.root_fields,
                found.roots,
                "The query is too broad: it has too many fields at its root.",
            )?;
            self.check_selections(found)?;
            is_costly |= found.is_costly && chosen.is_some_and(|chosen| std::ptr::eq(chosen, &operation.node));
        }
        // One that is spread nowhere is validated as well.
        for fragment in document.fragments.values() {
            self.check_selections(measuring.fragment(&fragment.node)?)?;
        }
        Ok(is_costly)
    }

    fn check_selections(&self, found: DocumentMeasure) -> Result<(), ServerError> {
        for (measure, limit, found, message) in [
            ("depth", self.depth, found.depth, "The query is too deep."),
            (
                "fields",
                self.fields,
                found.fields,
                "The query is too broad: it has too many fields.",
            ),
            (
                "directives",
                DIRECTIVES,
                found.directives,
                "The query has too many directives.",
            ),
            (
                "arguments",
                ARGUMENTS,
                found.arguments,
                "The query has too many arguments.",
            ),
            (
                "introspectionLists",
                INTROSPECTION_LISTS,
                found.lists,
                "The introspection lists fields of types of fields too often.",
            ),
        ] {
            within(measure, limit, found, message)?;
        }
        Ok(())
    }
}

fn within(measure: &'static str, limit: usize, cost: usize, message: &str) -> Result<(), ServerError> {
    if cost <= limit {
        return Ok(());
    }
    Err(limit_exceeded(
        measure,
        limit,
        cost,
        format!("{message} The limit is {limit}, this is {cost}."),
    ))
}
