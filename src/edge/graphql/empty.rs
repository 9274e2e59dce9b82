//! Objects of which nothing is left. With `@skip`, `@include` and fragments on other types a document can ask nothing of
//! an object that is there: the GraphQL specification wants it as `{}`. The engine (async-graphql 7.2.1) says null, as if
//! there were none, and forgets what the document asks of it elsewhere. So wherever that could be, a document asks for the
//! object's type too, under a key that [`super::order`] leaves out, as nobody asked for it.

use std::collections::HashMap;

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, InlineFragment, Selection, SelectionSet,
};
use async_graphql::{Name, Pos, Positioned};

use super::types::{Types, named, root};

/// A key that no client should use: names with two underscores are the schema's own. One that does is told that the two
/// conflict.
const KEY: &str = "__present";

impl Types {
    /// The document with those questions added. Nothing where there is none to add.
    pub(super) fn asking_for_presence(&self, document: &ExecutableDocument) -> Option<ExecutableDocument> {
        let mut adding = Adding {
            types: self,
            document,
            fragments: HashMap::new(),
            added: 0,
        };
        let mut asking = document.clone();
        let operations: Vec<_> = match &mut asking.operations {
            DocumentOperations::Single(only) => vec![only],
            DocumentOperations::Multiple(all) => all.values_mut().collect(),
        };
        for operation in operations {
            let root = root(&operation.node);
            adding.within(root, &mut operation.node.selection_set.node);
        }
        for fragment in asking.fragments.values_mut() {
            let fragment = &mut fragment.node;
            adding.within(&fragment.type_condition.node.on.node, &mut fragment.selection_set.node);
        }
        (adding.added > 0).then_some(asking)
    }
}

struct Adding<'a> {
    types: &'a Types,
    /// As the client sent it.
    document: &'a ExecutableDocument,
    /// Whether each leaves something of an object of its type; so far as that is known, which bounds the work and ends
    /// with fragments that spread themselves (validation refuses them afterwards).
    fragments: HashMap<&'a Name, bool>,
    added: usize,
}

impl Adding<'_> {
    /// Adds to what is asked of the fields of a selection.
    fn within(&mut self, parent: &str, set: &mut SelectionSet) {
        for selection in &mut set.items {
            match &mut selection.node {
                Selection::Field(field) => self.ask_of(parent, &mut field.node),
                Selection::InlineFragment(inline) => {
                    let inline = &mut inline.node;
                    let condition = inline.type_condition.as_ref().map(|condition| &condition.node.on.node);
                    let on = condition.map_or(parent, Name::as_str);
                    self.within(on, &mut inline.selection_set.node);
                }
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    fn ask_of(&mut self, parent: &str, field: &mut Field) {
        let types = self.types;
        let Some(ty) = types.field(parent, &field.name.node) else {
            return;
        };
        let (ty, place) = (named(&ty.base), field.name.pos);
        let set = &mut field.selection_set.node;
        self.within(ty, set);
        if !set.items.is_empty() && !self.leaves_something(ty, set) {
            set.items.push(question(place));
            self.added += 1;
        }
    }

    /// Whether a selection has a field on every object of this type.
    fn leaves_something(&mut self, ty: &str, set: &SelectionSet) -> bool {
        set.items.iter().any(|selection| match &selection.node {
            Selection::Field(field) => field.node.directives.is_empty(),
            Selection::InlineFragment(inline) => self.inline_leaves_something(ty, &inline.node),
            Selection::FragmentSpread(spread) => {
                spread.node.directives.is_empty() && self.fragment_leaves_something(ty, &spread.node.fragment_name.node)
            }
        })
    }

    fn inline_leaves_something(&mut self, ty: &str, inline: &InlineFragment) -> bool {
        let condition = inline.type_condition.as_ref();
        inline.directives.is_empty()
            && condition.is_none_or(|condition| condition.node.on.node == ty)
            && self.leaves_something(ty, &inline.selection_set.node)
    }

    fn fragment_leaves_something(&mut self, ty: &str, name: &Name) -> bool {
        let document = self.document;
        let Some((name, fragment)) = document.fragments.get_key_value(name) else {
            return false;
        };
        if fragment.node.type_condition.node.on.node != ty {
            return false;
        }
        if let Some(known) = self.fragments.get(name) {
            return *known;
        }
        self.fragments.insert(name, false);
        let leaves = self.leaves_something(ty, &fragment.node.selection_set.node);
        self.fragments.insert(name, leaves);
        leaves
    }
}

fn question(place: Pos) -> Positioned<Selection> {
    let at_place = |name| Positioned::new(Name::new(name), place);
    let field = Field {
        alias: Some(at_place(KEY)),
        name: at_place("__typename"),
        arguments: Vec::new(),
        directives: Vec::new(),
        selection_set: Positioned::new(SelectionSet::default(), place),
    };
    Positioned::new(Selection::Field(Positioned::new(field, place)), place)
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use async_graphql::parser::parse_query;
    use rstest::rstest;

    use super::*;

    static TYPES: LazyLock<Types> = LazyLock::new(|| {
        Types::of(
            "interface Node { id: ID! }
            type Query { t: T! node: Node list: [T!] }
            type T implements Node { id: ID! t: T leaf: Int! }",
        )
    });

    /// How many questions are added.
    #[rstest]
    #[case::none("{ t { id } }", 0)]
    #[case::beside_another("{ t { id leaf @skip(if: true) } }", 0)]
    #[case::skipped("{ t { id @skip(if: true) } }", 1)]
    #[case::included("{ list { id @include(if: false) leaf @skip(if: true) } }", 1)]
    #[case::root("{ t @skip(if: true) { id } }", 0)]
    #[case::deeper("{ t { t { t { id @skip(if: true) } } } }", 1)]
    #[case::of_a_fragment(
        "{ t { ...f } } fragment f on T { id @skip(if: true) t { leaf @skip(if: true) } }",
        1
    )]
    #[case::both(
        "{ t { ...f } } fragment f on T { id @skip(if: true) t @skip(if: true) { leaf @skip(if: true) } }",
        2
    )]
    #[case::spread_on_its_type("{ t { ...f } } fragment f on T { id }", 0)]
    #[case::spread_on_another("{ node { ...f } } fragment f on T { id }", 1)]
    #[case::spread_if("{ t { ...f @include(if: false) } } fragment f on T { id }", 1)]
    #[case::inline("{ t { ... { id } } }", 0)]
    #[case::inline_on_its_type("{ t { ... on T { id } } }", 0)]
    #[case::inline_on_another("{ node { ... on T { id } } }", 1)]
    #[case::inline_if("{ t { ... @include(if: false) { id } } }", 1)]
    #[case::within_inline("{ ... on Query { t { id @skip(if: true) } } }", 1)]
    #[case::itself("{ t { ...f } } fragment f on T { ...f }", 1)]
    #[case::unknown("{ t { ...f } other { id @skip(if: true) } }", 1)]
    #[case::introspection("{ __schema { ...f @skip(if: true) } } fragment f on __Schema { types { name } }", 0)]
    fn objects_that_could_be_empty_are_asked_for_their_presence(#[case] query: &str, #[case] expected: usize) {
        let document = parse_query(query).unwrap();
        let asking = TYPES.asking_for_presence(&document);
        let added = asking.map_or(0, |asking| format!("{asking:?}").matches(KEY).count());
        assert_eq!(added, expected);
    }
}
