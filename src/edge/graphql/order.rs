//! Fields in the order in which they were asked for, as the GraphQL specification wants it: the engine gives an object's
//! fields in the order in which they were resolved. What the client did not ask for is left out; see [`super::empty`].

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, SelectionSet};
use async_graphql::{Name, Value, parser::types::Selection};

/// What was asked of an object: response keys in order, each with what was asked of its value, nothing of a leaf.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Shape(Vec<(Name, Shape)>);

impl Shape {
    /// The shape of the operation's answer. The document's measure is within [`super::Limits`].
    pub(super) fn of(document: &ExecutableDocument, operation: &OperationDefinition) -> Self {
        let mut shape = Self::default();
        shape.add(document, &operation.selection_set.node, &mut Vec::new());
        shape
    }

    /// Adds what a selection set asks for. Fragments are added where they are spread, whatever their type: those of
    /// different types never meet in one object but by the keys that both name.
    fn add<'a>(&mut self, document: &'a ExecutableDocument, set: &'a SelectionSet, spreading: &mut Vec<&'a Name>) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    let inner = self.of_key(&field.node.response_key().node);
                    inner.add(document, &field.node.selection_set.node, spreading);
                }
                Selection::InlineFragment(inline) => {
                    self.add(document, &inline.node.selection_set.node, spreading);
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    // A fragment that spreads itself is refused by validation.
                    if let Some(fragment) = document.fragments.get(name).filter(|_| !spreading.contains(&name)) {
                        spreading.push(name);
                        self.add(document, &fragment.node.selection_set.node, spreading);
                        spreading.pop();
                    }
                }
            }
        }
    }

    fn of_key(&mut self, key: &Name) -> &mut Self {
        let position = self.0.iter().position(|(known, _)| known == key);
        let position = position.unwrap_or_else(|| {
            self.0.push((key.clone(), Self::default()));
            self.0.len() - 1
        });
        &mut self.0[position].1
    }

    /// Puts the fields of every object into this order.
    pub(super) fn arrange(&self, value: &mut Value) {
        match value {
            // What a leaf holds is its own, a JSON scalar's object too.
            _ if self.0.is_empty() => {}
            Value::List(items) => items.iter_mut().for_each(|item| self.arrange(item)),
            Value::Object(fields) => {
                if !self.in_order(fields) {
                    self.sort(fields);
                }
                let mut shapes = self.0.iter();
                for (key, value) in fields.iter_mut() {
                    if let Some((_, shape)) = shapes.find(|(asked, _)| asked == key) {
                        shape.arrange(value);
                    }
                }
            }
            _ => {}
        }
    }

    fn in_order(&self, fields: &IndexMap<Name, Value>) -> bool {
        let mut asked = self.0.iter();
        fields.keys().all(|key| asked.any(|(name, _)| name == key))
    }

    fn sort(&self, fields: &mut IndexMap<Name, Value>) {
        let place = |key: &Name| self.0.iter().position(|(asked, _)| asked == key);
        fields.retain(|key, _| place(key).is_some());
        fields.sort_by_cached_key(|key, _| place(key));
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use rstest::rstest;

    use super::super::operation::chosen;
    use super::*;

    #[rstest]
    #[case::fields("{ a b c }", r#"{"c":3,"a":1,"b":2}"#, r#"{"a":1,"b":2,"c":3}"#)]
    #[case::aliases("{ z: a b }", r#"{"b":2,"z":1}"#, r#"{"z":1,"b":2}"#)]
    #[case::left_out("{ a b @skip(if: true) c }", r#"{"c":3,"a":1}"#, r#"{"a":1,"c":3}"#)]
    #[case::lists(
        "{ l { a b } }",
        r#"{"l":[{"b":2,"a":1},null,{"a":1,"b":2}]}"#,
        r#"{"l":[{"a":1,"b":2},null,{"a":1,"b":2}]}"#
    )]
    #[case::fragments(
        "{ a ...f c } fragment f on T { b { y x } }",
        r#"{"b":{"x":1,"y":2},"c":3,"a":1}"#,
        r#"{"a":1,"b":{"y":2,"x":1},"c":3}"#
    )]
    #[case::merged(
        "{ a { x } b a { y } }",
        r#"{"b":2,"a":{"y":2,"x":1}}"#,
        r#"{"a":{"x":1,"y":2},"b":2}"#
    )]
    #[case::json_scalar("{ b a }", r#"{"a":{"y":1,"x":2},"b":1}"#, r#"{"b":1,"a":{"y":1,"x":2}}"#)]
    #[case::not_asked_for("{ a { b } }", r#"{"a":{"c":1}}"#, r#"{"a":{}}"#)]
    #[case::itself("{ ...f } fragment f on T { b a ...f }", r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#)]
    fn fields_stand_as_they_were_asked_for(#[case] query: &str, #[case] resolved: &str, #[case] expected: &str) {
        let document = parse_query(query).unwrap();
        let mut value: Value = serde_json::from_str(resolved).unwrap();
        let operation = chosen(&document, None).unwrap();
        Shape::of(&document, operation).arrange(&mut value);
        assert_eq!(serde_json::to_string(&value).unwrap(), expected);
    }
}
