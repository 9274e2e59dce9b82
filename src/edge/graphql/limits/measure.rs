//! What a document's operations amount to, each fragment measured once however often it is spread.

use std::collections::HashMap;

use async_graphql::parser::types::{
    Directive, ExecutableDocument, Field, FragmentDefinition, OperationDefinition, Selection, SelectionSet,
};
use async_graphql::{Name, Positioned, ServerError};

use super::within;

/// Selections within selections, fragments included: how deep the measuring itself may recurse, and the engine's bound.
const NESTING: usize = 32;

/// Fields whose statements read a whole period or log. Operations that ask for one take turns ([`crate::kernel::db::Turns`]).
pub(in crate::edge::graphql) const COSTLY: [&str; 3] = ["exportAuditLog", "previewCustomReport", "reportPreview"];

/// What a selection amounts to.
#[derive(Clone, Copy, Default)]
pub(super) struct DocumentMeasure {
    /// Fields of its uppermost level.
    pub roots: usize,
    pub depth: usize,
    /// Fields, and spreads too: a fragment that spreads nothing but others is work as well.
    pub fields: usize,
    pub directives: usize,
    /// Those of directives included.
    pub arguments: usize,
    /// Lists of types and fields within each other, in an introspection.
    pub lists: usize,
    /// Whether one of [`COSTLY`] is among the fields.
    pub is_costly: bool,
}

impl DocumentMeasure {
    fn beside(self, other: Self) -> Self {
        Self {
            roots: self.roots.saturating_add(other.roots),
            depth: self.depth.max(other.depth),
            fields: self.fields.saturating_add(other.fields),
            directives: self.directives.saturating_add(other.directives),
            arguments: self.arguments.saturating_add(other.arguments),
            lists: self.lists.max(other.lists),
            is_costly: self.is_costly || other.is_costly,
        }
    }

    fn spread(self) -> Self {
        Self {
            fields: self.fields.saturating_add(1),
            ..self
        }
    }

    fn of_directives(directives: &[Positioned<Directive>]) -> Self {
        Self {
            directives: directives.len(),
            arguments: directives.iter().map(|one| one.node.arguments.len()).sum(),
            ..Self::default()
        }
    }

    /// A field with what is selected of it.
    fn of_field(field: &Field, inner: Self, introspecting: bool) -> Self {
        let name = field.name.node.as_str();
        let is_list = introspecting && matches!(name, "fields" | "inputFields" | "interfaces" | "possibleTypes");
        Self {
            roots: 1,
            depth: inner.depth + 1,
            fields: inner.fields.saturating_add(1),
            directives: inner.directives,
            arguments: inner.arguments.saturating_add(field.arguments.len()),
            lists: inner.lists + usize::from(is_list),
            is_costly: inner.is_costly || COSTLY.contains(&name),
        }
    }
}

/// Measures each fragment once, however often it is spread.
pub(super) struct Measuring<'a> {
    document: &'a ExecutableDocument,
    /// By name and whether it is spread within an introspection. Empty while it is being measured: a fragment that
    /// spreads itself is refused by validation, and need only not hang here.
    fragments: HashMap<(&'a Name, bool), DocumentMeasure>,
}

impl<'a> Measuring<'a> {
    pub fn new(document: &'a ExecutableDocument) -> Self {
        Self {
            document,
            fragments: HashMap::new(),
        }
    }

    pub fn operation(&mut self, operation: &'a OperationDefinition) -> Result<DocumentMeasure, ServerError> {
        let variables = operation.variable_definitions.iter();
        let own = variables
            .map(|variable| DocumentMeasure::of_directives(&variable.node.directives))
            .fold(
                DocumentMeasure::of_directives(&operation.directives),
                DocumentMeasure::beside,
            );
        Ok(own.beside(self.selections(&operation.selection_set.node, false, 1)?))
    }

    /// A fragment by itself, wherever it is spread, and where it is not as well.
    pub fn fragment(&mut self, fragment: &'a FragmentDefinition) -> Result<DocumentMeasure, ServerError> {
        let own = DocumentMeasure::of_directives(&fragment.directives);
        Ok(own.beside(self.selections(&fragment.selection_set.node, false, 1)?))
    }

    fn selections(
        &mut self,
        set: &'a SelectionSet,
        introspecting: bool,
        nesting: usize,
    ) -> Result<DocumentMeasure, ServerError> {
        within("depth", NESTING, nesting, "The query is too deep.")?;
        let mut whole = DocumentMeasure::default();
        for selection in &set.items {
            let part = match &selection.node {
                Selection::Field(field) => {
                    let introspecting = introspecting || matches!(field.node.name.node.as_str(), "__schema" | "__type");
                    let inner = self.selections(&field.node.selection_set.node, introspecting, nesting + 1)?;
                    DocumentMeasure::of_field(&field.node, inner, introspecting)
                }
                Selection::InlineFragment(inline) => {
                    let inner = self.selections(&inline.node.selection_set.node, introspecting, nesting + 1)?;
                    inner.spread()
                }
                Selection::FragmentSpread(spread) => self
                    .spread(&spread.node.fragment_name.node, introspecting, nesting)?
                    .spread(),
            };
            whole = whole
                .beside(part)
                .beside(DocumentMeasure::of_directives(selection.node.directives()));
        }
        Ok(whole)
    }

    fn spread(&mut self, name: &'a Name, introspecting: bool, nesting: usize) -> Result<DocumentMeasure, ServerError> {
        if let Some(known) = self.fragments.get(&(name, introspecting)) {
            return Ok(*known);
        }
        let Some(fragment) = self.document.fragments.get(name) else {
            return Ok(DocumentMeasure::default());
        };
        self.fragments.insert((name, introspecting), DocumentMeasure::default());
        let found = self.selections(&fragment.node.selection_set.node, introspecting, nesting + 1)?;
        self.fragments.insert((name, introspecting), found);
        Ok(found)
    }
}
