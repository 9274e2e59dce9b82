//! What the server takes on: a document is measured before anything else reads it, because the engine's own checks
//! follow every spread of a fragment and can be kept busy for minutes by a document of a kilobyte.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextValidation};
use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
use async_graphql::{Name, ServerError, ValidationResult};

use super::error::limit_exceeded;

/// The limits of one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
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
            depth: 16,
            root_fields: 20,
            fields: 1_000,
            cost: 50_000,
        }
    }
}

/// Fragments of a document.
const FRAGMENTS: usize = 100;
/// Selections within selections, fragments included: how deep the measuring itself may recurse, and the engine's bound.
const NESTING: usize = 32;
/// Lists of types and fields within each other in an introspection; GraphiQL's asks for one.
const INTROSPECTION_LISTS: usize = 2;

/// Measures what a document costs, as an extension of the engine, which tells it nowhere else. Refuses every document that
/// costs more than the [`Limits`] that come with it.
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
        Ok(result)
    }
}

impl Limits {
    /// Measures a document by itself; its cost takes the schema too.
    pub(super) fn check(&self, document: &ExecutableDocument) -> Result<(), ServerError> {
        within(
            "fragments",
            FRAGMENTS,
            document.fragments.len(),
            "The document has too many fragments.",
        )?;
        let mut measuring = Measuring {
            document,
            fragments: HashMap::new(),
        };
        for (_, operation) in document.operations.iter() {
            let selections = &operation.node.selection_set.node;
            let found = measuring.measure(selections, false, 1)?;
            within("depth", self.depth, found.depth, "The query is too deep.")?;
            within(
                "rootFields",
                self.root_fields,
                found.roots,
                "The query is too broad: it has too many fields at its root.",
            )?;
            within(
                "fields",
                self.fields,
                found.fields,
                "The query is too broad: it has too many fields.",
            )?;
            within(
                "introspectionLists",
                INTROSPECTION_LISTS,
                found.lists,
                "The introspection lists fields of types of fields too often.",
            )?;
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

/// What a selection amounts to.
#[derive(Clone, Copy, Default)]
struct Measure {
    /// Fields of its uppermost level.
    roots: usize,
    depth: usize,
    /// Fields, and spreads too: a fragment that spreads nothing but others is work as well.
    fields: usize,
    lists: usize,
}

impl Measure {
    fn beside(self, other: Self) -> Self {
        Self {
            roots: self.roots.saturating_add(other.roots),
            depth: self.depth.max(other.depth),
            fields: self.fields.saturating_add(other.fields),
            lists: self.lists.max(other.lists),
        }
    }

    fn spread(self) -> Self {
        Self {
            fields: self.fields.saturating_add(1),
            ..self
        }
    }
}

/// Measures each fragment once, however often it is spread.
struct Measuring<'a> {
    document: &'a ExecutableDocument,
    /// By name and whether it is spread within an introspection. Empty while it is being measured: a fragment that
    /// spreads itself is refused by validation, and need only not hang here.
    fragments: HashMap<(&'a Name, bool), Measure>,
}

impl<'a> Measuring<'a> {
    fn measure(&mut self, set: &'a SelectionSet, introspecting: bool, nesting: usize) -> Result<Measure, ServerError> {
        within("depth", NESTING, nesting, "The query is too deep.")?;
        let mut whole = Measure::default();
        for selection in &set.items {
            let part = match &selection.node {
                Selection::Field(field) => {
                    let name = field.node.name.node.as_str();
                    let introspecting = introspecting || matches!(name, "__schema" | "__type");
                    let inner = self.measure(&field.node.selection_set.node, introspecting, nesting + 1)?;
                    let is_list =
                        introspecting && matches!(name, "fields" | "inputFields" | "interfaces" | "possibleTypes");
                    Measure {
                        roots: 1,
                        depth: inner.depth + 1,
                        fields: inner.fields.saturating_add(1),
                        lists: inner.lists + usize::from(is_list),
                    }
                }
                Selection::InlineFragment(inline) => {
                    let inner = self.measure(&inline.node.selection_set.node, introspecting, nesting + 1)?;
                    inner.spread()
                }
                Selection::FragmentSpread(spread) => self
                    .fragment(&spread.node.fragment_name.node, introspecting, nesting)?
                    .spread(),
            };
            whole = whole.beside(part);
        }
        Ok(whole)
    }

    fn fragment(&mut self, name: &'a Name, introspecting: bool, nesting: usize) -> Result<Measure, ServerError> {
        if let Some(known) = self.fragments.get(&(name, introspecting)) {
            return Ok(*known);
        }
        let Some(fragment) = self.document.fragments.get(name) else {
            return Ok(Measure::default());
        };
        self.fragments.insert((name, introspecting), Measure::default());
        let found = self.measure(&fragment.node.selection_set.node, introspecting, nesting + 1)?;
        self.fragments.insert((name, introspecting), found);
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;
    use crate::graphql::schema;

    /// Refusals come before any resolver, so that no request's context is needed.
    async fn refusal(query: &str) -> Value {
        let limits = Limits {
            depth: 8,
            root_fields: 3,
            fields: 40,
            cost: 500,
        };
        let response = schema(limits).finish().execute(query).await;
        serde_json::to_value(&response.errors[0]).unwrap()["extensions"].clone()
    }

    fn exceeded(measure: &str, limit: usize, cost: usize) -> Value {
        json!({"code": "LIMIT_EXCEEDED", "measure": measure, "limit": limit, "cost": cost})
    }

    fn nested(levels: usize) -> String {
        format!(
            "{{ organizationalUnits(first: 1) {{ nodes {} }} }}",
            "{ parent ".repeat(levels - 3) + "{ id }" + &"}".repeat(levels - 3)
        )
    }

    #[tokio::test]
    async fn a_deep_query_is_refused() {
        assert_eq!(refusal(&nested(9)).await, exceeded("depth", 8, 9));
    }

    #[tokio::test]
    async fn many_aliases_at_the_root_are_refused() {
        assert_eq!(
            refusal("{ a: __typename b: __typename ...c } fragment c on Query { d: __typename e: __typename }").await,
            exceeded("rootFields", 3, 4)
        );
    }

    #[tokio::test]
    async fn many_fields_are_refused() {
        let aliases: String = (0..40).map(|number| format!("a{number}: id ")).collect();
        assert_eq!(
            refusal(&format!("{{ viewer {{ {aliases} }} }}")).await,
            exceeded("fields", 40, 41)
        );
    }

    #[tokio::test]
    async fn a_lists_cost_is_its_entries_times_what_is_asked_of_each() {
        let extensions = refusal("{ organizationalUnits(first: 200) { nodes { id name level } } }").await;
        assert_eq!(extensions, exceeded("cost", 500, 801));
    }

    #[rstest]
    #[case::report_periods("reportPeriods(first: 200) { nodes { id name basisYear } }")]
    #[case::reports("reports(last: 200) { nodes { id status notes } }")]
    #[case::export_operations("exportOperations(first: 200) { nodes { id status format } }")]
    #[case::report_trail("reports(first: 1) { nodes { auditTrail(first: 200) { nodes { id time } } } }")]
    #[case::frozen_days("reports(first: 1) { nodes { daysNotCounted(first: 200) { nodes { date kind } } } }")]
    #[tokio::test]
    async fn every_list_costs_its_entries(#[case] list: &str) {
        assert_eq!(refusal(&format!("{{ {list} }}")).await["measure"], "cost");
    }

    /// A kilobyte that would be 2^30 fields: measured without following each spread.
    #[rstest]
    #[case::of_a_field("__typename")]
    #[case::of_nothing("...missing")]
    #[tokio::test]
    async fn fragments_that_double_are_refused_at_once(#[case] last: &str) {
        let fragments: String = (0..30)
            .map(|number| {
                format!(
                    "fragment f{number} on Query {{ ...f{} ...f{} }} ",
                    number + 1,
                    number + 1
                )
            })
            .collect();
        let extensions = refusal(&format!("{{ ...f0 }} {fragments} fragment f30 on Query {{ {last} }}")).await;
        assert_eq!(extensions["code"], "LIMIT_EXCEEDED");
    }

    #[tokio::test]
    async fn a_fragment_that_spreads_itself_is_refused_by_validation() {
        let extensions = refusal("{ ...f } fragment f on Query { viewer { id } ...f }").await;
        assert_ne!(extensions["code"], "INTERNAL");
        assert_ne!(extensions, Value::Null);
    }

    #[tokio::test]
    async fn an_introspection_that_multiplies_is_refused() {
        let extensions =
            refusal("{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }").await;
        assert_eq!(extensions, exceeded("introspectionLists", 2, 3));
    }
}
