//! Control characters in what a client sends, wherever they are among the arguments.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::{Name, ServerError, Variables};
use async_graphql_value::Value;

use super::error::visible;
use crate::kernel::error::Error;
use crate::kernel::rules;
use crate::kernel::text::is_typed_text;

/// Variables with a control character, each with the path to it.
type Found = HashMap<Name, String>;

/// Refuses a request that has a control character in a text, other than tabs and line breaks.
///
/// # Errors
///
/// `text_without_control_characters`, at the argument or the input's field.
pub(super) fn check(document: &ExecutableDocument, variables: &Variables) -> Result<(), ServerError> {
    let in_variables = variables.iter().filter_map(|(name, value)| {
        let path = find(&value.clone().into_value(), &Found::new())?;
        Some((name.clone(), path))
    });
    let in_variables = in_variables.collect();
    let operations = document
        .operations
        .iter()
        .map(|(_, operation)| &operation.node.selection_set);
    let fragments = document.fragments.values().map(|fragment| &fragment.node.selection_set);
    let mut sets = operations.chain(fragments);
    match sets.find_map(|set| find_in_selections(&set.node, &in_variables)) {
        Some(path) => Err(visible(&Error::rule(rules::TEXT_WITHOUT_CONTROL_CHARACTERS).at(path))),
        None => Ok(()),
    }
}

fn find_in_selections(set: &SelectionSet, in_variables: &Found) -> Option<String> {
    set.items.iter().find_map(|selection| match &selection.node {
        Selection::Field(field) => find_in_arguments(&field.node, in_variables)
            .or_else(|| find_in_selections(&field.node.selection_set.node, in_variables)),
        Selection::InlineFragment(inline) => find_in_selections(&inline.node.selection_set.node, in_variables),
        Selection::FragmentSpread(_) => None,
    })
}

fn find_in_arguments(field: &Field, in_variables: &Found) -> Option<String> {
    let mut arguments = field.arguments.iter();
    arguments.find_map(|(name, value)| Some(format!("{}{}", name.node, find(&value.node, in_variables)?)))
}

/// The path within a value to its first text with one; empty where the value is that text.
fn find(value: &Value, in_variables: &Found) -> Option<String> {
    match value {
        Value::Variable(name) => in_variables.get(name).cloned(),
        Value::String(text) => (!is_typed_text(text)).then(String::new),
        Value::List(items) => {
            let mut items = items.iter().enumerate();
            items.find_map(|(index, item)| Some(format!(".{index}{}", find(item, in_variables)?)))
        }
        Value::Object(fields) => {
            let mut fields = fields.iter();
            fields.find_map(|(name, value)| Some(format!(".{name}{}", find(value, in_variables)?)))
        }
        _ => None,
    }
}
