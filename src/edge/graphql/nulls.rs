//! A field that is asked for in several places of a document is resolved in each, and the engine (async-graphql
//! 8.0.0-rc.5) joins the answers so that null in one place gives way to an object from another. But the field is one: where
//! a part of it failed that may not be null, all of it is null, as the GraphQL specification wants it ("Handling Execution
//! Errors").

use async_graphql::parser::types::{BaseType, ExecutableDocument, Selection, SelectionSet, Type};
use async_graphql::{PathSegment, Response, Value};

use super::operation::chosen;
use super::question::Question;
use super::types::{Types, named, root};

impl Types {
    /// Puts null, for each field that failed, where the nearest value around it may be null.
    pub(super) fn propagate_nulls(&self, answer: &mut Response, question: &Question) {
        let Some(document) = question.document() else { return };
        let Some(operation) = chosen(document, question.operation()) else {
            return;
        };
        let places = Places { types: self, document };
        for error in &answer.errors {
            let asked = vec![(root(operation), &operation.selection_set.node)];
            let nullable = places.nullable(asked, &error.path);
            if let Some(value) = value_at(&mut answer.data, nullable) {
                *value = Value::Null;
            }
        }
    }
}

fn value_at<'a>(data: &'a mut Value, path: &[PathSegment]) -> Option<&'a mut Value> {
    path.iter().try_fold(data, |value, segment| match (value, segment) {
        (Value::Object(fields), PathSegment::Field(key)) => fields.get_mut(key.as_str()),
        (Value::List(items), PathSegment::Index(place)) => items.get_mut(*place),
        _ => None,
    })
}

struct Places<'a> {
    types: &'a Types,
    document: &'a ExecutableDocument,
}

/// What is asked of one value: selections, each with the type that it is made on.
type Asked<'a> = Vec<(&'a str, &'a SelectionSet)>;

impl<'a> Places<'a> {
    /// The longest beginning of a path that leads to what may be null; the answer itself may.
    fn nullable<'p>(&self, mut asked: Asked<'a>, path: &'p [PathSegment]) -> &'p [PathSegment] {
        let (mut nullable, mut reached) = (0, None::<&Type>);
        for (depth, segment) in path.iter().enumerate() {
            reached = match (segment, reached) {
                (PathSegment::Field(key), _) => {
                    let found = self.found(&asked, key);
                    asked = found.iter().map(|(ty, set)| (named(&ty.base), *set)).collect();
                    // Of fragments on several types one is the object's. Where one may not be null, none is.
                    let strictest = found.iter().find(|(ty, _)| !ty.nullable).or(found.first());
                    strictest.map(|(ty, _)| *ty)
                }
                (
                    PathSegment::Index(_),
                    Some(Type {
                        base: BaseType::List(of),
                        ..
                    }),
                ) => Some(of.as_ref()),
                (PathSegment::Index(_), _) => None,
            };
            let Some(ty) = reached else { break };
            if ty.nullable {
                nullable = depth + 1;
            }
        }
        &path[..nullable]
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

#[cfg(test)]
mod tests {
    use async_graphql::{EmptyMutation, EmptySubscription, Interface, Object, Schema};
    use rstest::rstest;
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::kernel::error::{Error, Result};

    struct Query;
    struct T;

    #[derive(Interface)]
    #[graphql(field(name = "id", ty = "i32"))]
    enum Node {
        T(T),
    }

    #[Object]
    impl Query {
        async fn must(&self) -> T {
            T
        }

        async fn may(&self) -> Option<T> {
            Some(T)
        }

        async fn node(&self) -> Option<Node> {
            Some(Node::T(T))
        }

        async fn list(&self) -> Option<Vec<T>> {
            Some(vec![T, T])
        }

        async fn holes(&self) -> Vec<Option<T>> {
            vec![Some(T), None]
        }
    }

    #[Object]
    impl T {
        async fn id(&self) -> i32 {
            1
        }

        async fn must(&self) -> T {
            T
        }

        async fn may(&self) -> Option<T> {
            Some(T)
        }

        async fn fails(&self) -> Result<i32> {
            Err(Error::NotFound("this"))
        }

        async fn may_fail(&self) -> Option<Result<i32>> {
            Some(Err(Error::NotFound("this")))
        }
    }

    async fn answer(query: &str) -> (Json, Json) {
        let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
        let question = Question::of(&query.into());
        let mut answer = schema.execute(query).await;
        let of_engine = serde_json::to_value(&answer.data).unwrap();
        Types::of(&schema.sdl()).propagate_nulls(&mut answer, &question);
        (of_engine, serde_json::to_value(&answer.data).unwrap())
    }

    #[rstest]
    #[case::nullable("{ may { may { fails } } }", json!({ "may": { "may": null } }))]
    #[case::further_up("{ may { must { fails id } } }", json!({ "may": null }))]
    #[case::all_of_it("{ must { fails } may { id } }", Json::Null)]
    #[case::of_itself("{ must { id mayFail } may { mayFail } }", json!({ "must": { "id": 1, "mayFail": null }, "may": { "mayFail": null } }))]
    #[case::an_item("{ holes { id fails } }", json!({ "holes": [null, null] }))]
    #[case::a_list("{ list { fails } }", json!({ "list": null }))]
    #[case::an_alias("{ a: may { b: fails } }", json!({ "a": null }))]
    #[case::nothing_left("{ may { id @skip(if: true) } must { ... on T @include(if: false) { id } } }", json!({ "may": {}, "must": {} }))]
    #[tokio::test]
    async fn null_goes_up_to_what_may_be_null(#[case] query: &str, #[case] expected: Json) {
        assert_eq!(answer(query).await, (expected.clone(), expected));
    }

    /// What the engine answers and what is made of it.
    #[rstest]
    #[case::after_another(
        "{ may { id } may { must { fails } } }", json!({ "may": { "id": 1 } }), json!({ "may": null })
    )]
    #[case::above(
        "{ may { must { id } } may { must { fails } } }", json!({ "may": { "must": { "id": 1 } } }), json!({ "may": null })
    )]
    #[case::a_list("{ list { id } list { fails } }", json!({ "list": [{ "id": 1 }, { "id": 1 }] }), json!({ "list": null }))]
    #[case::an_item("{ holes { id } holes { fails } }", json!({ "holes": [{ "id": 1 }, null] }), json!({ "holes": [null, null] }))]
    #[case::in_a_fragment(
        "{ may { id } ...f } fragment f on Query { may { ...g } } fragment g on T { fails }",
        json!({ "may": { "id": 1 } }), json!({ "may": null })
    )]
    #[case::of_an_interface(
        "{ node { id } node { ... on T { must { fails } } } }", json!({ "node": { "id": 1 } }), json!({ "node": null })
    )]
    #[case::beside_others(
        "{ must { id } must { may { id } } must { may { fails } } }",
        json!({ "must": { "id": 1, "may": { "id": 1 } } }), json!({ "must": { "id": 1, "may": null } })
    )]
    #[tokio::test]
    async fn a_field_that_failed_in_one_place_failed(
        #[case] query: &str,
        #[case] of_engine: Json,
        #[case] expected: Json,
    ) {
        assert_eq!(answer(query).await, (of_engine, expected));
    }
}
