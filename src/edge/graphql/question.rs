//! What a request asked, to be looked at once more where the engine refused it or a part of it failed: the engine keeps the
//! request to itself.

use std::sync::OnceLock;

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::{Pos, Request, Value, Variables};

/// A request without what its resolvers share.
pub(super) struct Question {
    query: String,
    variables: Variables,
    operation: Option<String>,
    document: OnceLock<Option<ExecutableDocument>>,
}

impl Question {
    pub(super) fn of(request: &Request) -> Self {
        Self {
            query: request.query.clone(),
            variables: request.variables.clone(),
            operation: request.operation_name.clone(),
            document: OnceLock::new(),
        }
    }

    /// The name of the operation that is wanted.
    pub(super) fn operation(&self) -> Option<&str> {
        self.operation.as_deref()
    }

    /// Nothing where it is no document at all.
    pub(super) fn document(&self) -> Option<&ExecutableDocument> {
        self.document.get_or_init(|| parse_query(&self.query).ok()).as_ref()
    }

    /// The same request.
    pub(super) fn request(&self) -> Request {
        let mut request = Request::new(&self.query).variables(self.variables.clone());
        request.operation_name.clone_from(&self.operation);
        request
    }

    /// Name and value of the field's argument that the engine means by a place in the document: where its name stands, or
    /// its value. Null where a variable of it was not sent.
    pub(super) fn argument_at(&self, place: Pos) -> Option<(&str, Value)> {
        let document = self.document()?;
        let operations = document.operations.iter();
        let operations = operations.map(|(_, operation)| &operation.node.selection_set.node);
        let fragments = document.fragments.values();
        let fragments = fragments.map(|fragment| &fragment.node.selection_set.node);
        operations
            .chain(fragments)
            .find_map(|set| self.argument_within(set, place))
    }

    fn argument_within<'a>(&self, set: &'a SelectionSet, place: Pos) -> Option<(&'a str, Value)> {
        set.items.iter().find_map(|selection| match &selection.node {
            Selection::Field(field) => {
                let argument = self.argument_of(&field.node, place);
                argument.or_else(|| self.argument_within(&field.node.selection_set.node, place))
            }
            Selection::InlineFragment(inline) => self.argument_within(&inline.node.selection_set.node, place),
            Selection::FragmentSpread(_) => None,
        })
    }

    fn argument_of<'a>(&self, field: &'a Field, place: Pos) -> Option<(&'a str, Value)> {
        let mut arguments = field.arguments.iter();
        let (name, value) = arguments.find(|(name, value)| name.pos == place || value.pos == place)?;
        let value = value.node.clone();
        let sent = value.into_const_with(|name| self.variables.get(&name).cloned().ok_or(()));
        Some((&name.node, sent.unwrap_or_default()))
    }
}
