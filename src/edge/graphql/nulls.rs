//! What becomes of a field that may not be null and failed: the nearest value around it that may be null becomes null, as
//! the GraphQL specification wants it ("Handling Field Errors"). The engine (async-graphql 7.2.1) leaves the field out of
//! its object instead, so that clients that trust the schema would meet an object that the schema does not know. Of an
//! object whose fields all failed it says null, as if there were none.

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::parse_query;
use async_graphql::parser::types::{BaseType, ExecutableDocument, Selection, SelectionSet, Type};
use async_graphql::{Name, PathSegment, Response, Value};

use super::operation::chosen;
use super::types::{Types, named, root};

impl Types {
    /// Puts nulls where fields of this answer failed.
    pub(super) fn settle(&self, answer: &mut Response, query: &str, operation: Option<&str>) {
        let Ok(document) = parse_query(query) else { return };
        let Some(operation) = chosen(&document, operation) else {
            return;
        };
        let settling = Settling {
            types: self,
            document: &document,
        };
        let asked = vec![(root(operation), &operation.selection_set.node)];
        // All of them first: what is null afterwards became so for good.
        for error in &answer.errors {
            settling.bring_back(&mut answer.data, &asked, &error.path);
        }
        for error in &answer.errors {
            settling.operation(&mut answer.data, &asked, &error.path);
        }
    }
}

struct Settling<'a> {
    types: &'a Types,
    document: &'a ExecutableDocument,
}

/// What is asked of one value: selections, each with the type that it is made on.
type Asked<'a> = Vec<(&'a str, &'a SelectionSet)>;

impl<'a> Settling<'a> {
    /// Makes objects again of the nulls on the way to a field that failed. Not of one that is asked for in several places,
    /// of which the engine may have dropped what did not fail.
    fn bring_back(&self, value: &mut Value, asked: &Asked<'a>, path: &[PathSegment]) {
        match (&mut *value, path) {
            (Value::Null, [PathSegment::Field(_), ..]) if asked.len() == 1 => *value = Value::Object(IndexMap::new()),
            (Value::Object(fields), [PathSegment::Field(key), rest @ ..]) => {
                if let Some(value) = fields.get_mut(key.as_str()) {
                    self.bring_back(value, &inner(&self.found(asked, key)), rest);
                }
            }
            (Value::List(items), [PathSegment::Index(place), rest @ ..]) => {
                if let Some(item) = items.get_mut(*place) {
                    self.bring_back(item, asked, rest);
                }
            }
            _ => {}
        }
    }

    fn operation(&self, data: &mut Value, asked: &Asked<'a>, path: &[PathSegment]) {
        if let Value::Object(fields) = data
            && !self.object(fields, asked, path)
        {
            *data = Value::Null;
        }
    }

    /// Whether the field that the path begins with has a value of its type afterwards.
    fn object(&self, fields: &mut IndexMap<Name, Value>, asked: &Asked<'a>, path: &[PathSegment]) -> bool {
        let [PathSegment::Field(key), rest @ ..] = path else {
            return true;
        };
        let found = self.found(asked, key);
        // Of fragments on several types one is the object's; the engine does not compare what they make of a key. Where one
        // may not be null, none is.
        let strictest = found.iter().find(|(ty, _)| !ty.nullable).or(found.first());
        let Some(ty) = strictest.map(|(ty, _)| *ty) else {
            return true;
        };
        let value = fields.entry(Name::new(key)).or_insert(Value::Null);
        self.value(value, ty, &inner(&found), rest)
    }

    /// Whether the value is one of its type afterwards.
    fn value(&self, value: &mut Value, ty: &Type, asked: &Asked<'a>, path: &[PathSegment]) -> bool {
        let fits = match (&mut *value, &ty.base, path) {
            (Value::Object(fields), BaseType::Named(_), _) => self.object(fields, asked, path),
            (Value::List(items), BaseType::List(of), [PathSegment::Index(place), rest @ ..]) => {
                let item = items.get_mut(*place);
                item.is_none_or(|item| self.value(item, of, asked, rest))
            }
            _ => true,
        };
        if !fits {
            *value = Value::Null;
        }
        ty.nullable || *value != Value::Null
    }

    /// What is asked by this key, each with the field's type.
    fn found(&self, asked: &Asked<'a>, key: &str) -> Vec<(&'a Type, &'a SelectionSet)> {
        let mut found = Vec::new();
        for (parent, set) in asked {
            self.add_field(parent, set, key, &mut found);
        }
        found
    }

    /// Adds what is asked by this key, in fragments too. A spread of a fragment in itself was refused by validation.
    fn add_field(
        &self,
        parent: &'a str,
        set: &'a SelectionSet,
        key: &str,
        found: &mut Vec<(&'a Type, &'a SelectionSet)>,
    ) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    let known = self.types.field(parent, &field.name.node);
                    if field.response_key().node == key
                        && let Some(ty) = known
                    {
                        found.push((ty, &field.selection_set.node));
                    }
                }
                Selection::InlineFragment(inline) => {
                    let condition = inline.node.type_condition.as_ref();
                    let on = condition.map_or(parent, |condition| condition.node.on.node.as_str());
                    self.add_field(on, &inline.node.selection_set.node, key, found);
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.document.fragments.get(&spread.node.fragment_name.node) {
                        let on = fragment.node.type_condition.node.on.node.as_str();
                        self.add_field(on, &fragment.node.selection_set.node, key, found);
                    }
                }
            }
        }
    }
}

fn inner<'a>(found: &[(&'a Type, &'a SelectionSet)]) -> Asked<'a> {
    found.iter().map(|(ty, set)| (named(&ty.base), *set)).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use async_graphql::ServerError;
    use rstest::rstest;
    use serde_json::{Value as Json, json};

    use super::*;

    static TYPES: LazyLock<Types> = LazyLock::new(|| {
        Types::of(
            "interface Node { id: ID! }
            type Query { must: T! may: T node: Node list: [T!] holes: [T]! }
            type T implements Node { id: ID! must: T! may: T leaf: Int! list: [T!]! }
            type U implements Node { id: ID! leaf: Int }",
        )
    });

    fn path(text: &str) -> Vec<PathSegment> {
        let segments = text.split('.');
        segments
            .map(|segment| match segment.parse() {
                Ok(place) => PathSegment::Index(place),
                Err(_) => PathSegment::Field(segment.to_owned()),
            })
            .collect()
    }

    #[rstest]
    #[case::of_a_nullable("{ may { leaf } }", json!({ "may": {} }), "may.leaf", json!({ "may": null }))]
    #[case::further_up(
        "{ may { must { leaf id } } }", json!({ "may": { "must": { "id": "1" } } }), "may.must.leaf", json!({ "may": null })
    )]
    #[case::all_of_it("{ must { leaf } may { id } }", json!({ "must": null, "may": { "id": "1" } }), "must.leaf", Json::Null)]
    #[case::beside_others(
        "{ may { id may { leaf } } }", json!({ "may": { "id": "1", "may": null } }), "may.may.leaf",
        json!({ "may": { "id": "1", "may": null } })
    )]
    #[case::a_nullable_itself("{ must { id may { id } } }", json!({ "must": { "id": "1" } }), "must.may",
        json!({ "must": { "id": "1", "may": null } }))]
    #[case::an_item("{ holes { leaf } }", json!({ "holes": [{ "leaf": 1 }, {}] }), "holes.1.leaf",
        json!({ "holes": [{ "leaf": 1 }, null] }))]
    #[case::a_list("{ list { leaf } }", json!({ "list": [{ "leaf": 1 }, {}] }), "list.1.leaf", json!({ "list": null }))]
    #[case::a_list_that_must_be("{ may { list { leaf } } }", json!({ "may": { "list": [{}] } }), "may.list.0.leaf",
        json!({ "may": null }))]
    #[case::an_alias("{ may { a: leaf id } }", json!({ "may": { "id": "1" } }), "may.a", json!({ "may": null }))]
    #[case::on_another_type("{ node { id ... on T { leaf } } }", json!({ "node": { "id": "1" } }), "node.leaf",
        json!({ "node": null }))]
    #[case::on_several_types("{ node { id ... on U { leaf } ... on T { leaf } } }", json!({ "node": { "id": "1" } }),
        "node.leaf", json!({ "node": null }))]
    #[case::in_a_fragment("{ ...f } fragment f on Query { may { ...g } } fragment g on T { leaf id }",
        json!({ "may": { "id": "1" } }), "may.leaf", json!({ "may": null }))]
    #[case::merged("{ may { id } may { must { leaf } } }", json!({ "may": { "id": "1", "must": {} } }), "may.must.leaf",
        json!({ "may": null }))]
    #[case::nothing_else("{ may { id } }", Json::Null, "may", json!({ "may": null }))]
    #[case::nothing_else_within("{ must { may { id } } may { id } }", json!({ "must": null, "may": { "id": "1" } }),
        "must.may", json!({ "must": { "may": null }, "may": { "id": "1" } }))]
    #[case::nothing_else_of_an_item("{ list { may { id } } }", json!({ "list": [{ "may": null }, null] }), "list.1.may",
        json!({ "list": [{ "may": null }, { "may": null }] }))]
    #[case::dropped_by_the_engine("{ must { may { id } } must { id } }", json!({ "must": null }), "must.may", Json::Null)]
    #[case::null_already("{ may { must { leaf } } }", json!({ "may": null }), "may.must.leaf", json!({ "may": null }))]
    fn null_goes_up_to_what_may_be_null(
        #[case] query: &str,
        #[case] resolved: Json,
        #[case] failed: &str,
        #[case] expected: Json,
    ) {
        let mut error = ServerError::new("failed", None);
        error.path = path(failed);
        let mut answer = Response::new(Value::from_json(resolved).unwrap());
        answer.errors.push(error);
        TYPES.settle(&mut answer, query, None);
        assert_eq!(answer.data.into_json().unwrap(), expected);
    }
}
