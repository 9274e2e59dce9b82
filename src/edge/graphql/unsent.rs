//! Variables that were not sent. The engine (async-graphql 8.0.0-rc.5) forgets their defaults where `@skip` and `@include`
//! ask for them. And to know what a field costs it wants a value of each variable among its arguments, and refuses the
//! operation where one may be null, was not sent and has no default. An argument that may be null has no default in this
//! schema, so that null means the same there as nothing; within an input object it does not.

use std::collections::HashSet;
use std::convert::Infallible;

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, Selection, SelectionSet};
use async_graphql::{Name, Value, Variables};

/// Adds their defaults, and null for each without one that stands in no input object.
pub(super) fn complete(variables: &mut Variables, document: &ExecutableDocument, operation: &OperationDefinition) {
    let mut unsent = Vec::new();
    for variable in &operation.variable_definitions {
        let (name, variable) = (&variable.node.name.node, &variable.node);
        if variables.contains_key(name) {
            continue;
        }
        match &variable.default_value {
            Some(default) => {
                variables.insert(name.clone(), default.node.clone());
            }
            None if variable.var_type.node.nullable => unsent.push(name.clone()),
            None => {}
        }
    }
    if unsent.is_empty() {
        return;
    }
    let mut in_objects = HashSet::new();
    add_selections(&operation.selection_set.node, &mut in_objects);
    for fragment in document.fragments.values() {
        add_selections(&fragment.node.selection_set.node, &mut in_objects);
    }
    unsent.retain(|name| !in_objects.contains(name));
    variables.extend(unsent.into_iter().map(|name| (name, Value::Null)));
}

/// Adds the variables of arguments with input objects. Fragments are looked at by themselves.
fn add_selections(set: &SelectionSet, found: &mut HashSet<Name>) {
    for selection in &set.items {
        match &selection.node {
            Selection::Field(field) => {
                for (_, value) in &field.node.arguments {
                    let mut names = Vec::new();
                    let value = value.node.clone().into_const_with::<Infallible>(|name| {
                        names.push(name);
                        Ok(Value::Null)
                    });
                    if value.is_ok_and(|value| has_object(&value)) {
                        found.extend(names);
                    }
                }
                add_selections(&field.node.selection_set.node, found);
            }
            Selection::InlineFragment(inline) => add_selections(&inline.node.selection_set.node, found),
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn has_object(value: &Value) -> bool {
    match value {
        Value::Object(_) => true,
        Value::List(items) => items.iter().any(has_object),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use async_graphql::parser::{
        parse_schema,
        types::{TypeKind, TypeSystemDefinition},
    };
    use rstest::rstest;
    use serde_json::{Value as Json, json};

    use super::super::operation::chosen;
    use super::*;
    use crate::edge::graphql::{Limits, schema};

    #[rstest]
    #[case::sent("query ($a: Int) { x(a: $a) }", json!({ "a": 1 }), json!({ "a": 1 }))]
    #[case::not_sent("query ($a: Int, $b: Int) { x(a: $a, b: $b) }", json!({ "a": 1 }), json!({ "a": 1, "b": null }))]
    #[case::null("query ($a: Int) { x(a: $a) }", json!({ "a": null }), json!({ "a": null }))]
    #[case::required("query ($a: Int!) { x(a: $a) }", json!({}), json!({}))]
    #[case::with_a_default("query ($a: Int = 5) { x(in: { a: $a }) }", json!({}), json!({ "a": 5 }))]
    #[case::in_an_object("query ($a: Int) { x(a: $a) y(in: [{ a: $a }]) }", json!({}), json!({}))]
    #[case::in_a_list("query ($a: Int) { x(in: [$a]) }", json!({}), json!({ "a": null }))]
    #[case::in_a_fragment(
        "query ($a: Int) { x(a: $a) ...f } fragment f on Query { ... { y { z(in: { a: $a }) } } }", json!({}), json!({})
    )]
    fn what_was_not_sent_is_completed(#[case] query: &str, #[case] sent: Json, #[case] expected: Json) {
        let document = parse_query(query).unwrap();
        let mut variables = Variables::from_json(sent);
        complete(&mut variables, &document, chosen(&document, None).unwrap());
        assert_eq!(serde_json::to_value(&variables).unwrap(), expected);
    }

    #[test]
    fn an_argument_that_may_be_null_has_no_default() {
        let sdl = schema(Limits::default()).finish().sdl_with_options(Default::default());
        let mut seen = 0;
        for definition in parse_schema(sdl).unwrap().definitions {
            let TypeSystemDefinition::Type(definition) = definition else {
                continue;
            };
            let TypeKind::Object(object) = definition.node.kind else {
                continue;
            };
            for argument in object.fields.iter().flat_map(|field| &field.node.arguments) {
                let argument = &argument.node;
                assert!(
                    !argument.ty.node.nullable || argument.default_value.is_none(),
                    "{}",
                    argument.name.node
                );
                seen += 1;
            }
        }
        assert!(seen > 50, "{seen} arguments were found");
    }
}
