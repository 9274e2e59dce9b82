//! Which of a document's operations is executed.

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition};

/// The operation that the engine will choose: the named one, or the only one. Nothing where it will refuse to choose.
pub(super) fn chosen<'a>(document: &'a ExecutableDocument, name: Option<&str>) -> Option<&'a OperationDefinition> {
    let chosen = match (&document.operations, name) {
        (DocumentOperations::Single(only), None) => Some(only),
        (DocumentOperations::Single(_), Some(_)) => None,
        (DocumentOperations::Multiple(all), Some(name)) => all.get(name),
        (DocumentOperations::Multiple(all), None) if all.len() == 1 => all.values().next(),
        (DocumentOperations::Multiple(_), None) => None,
    };
    chosen.map(|operation| &operation.node)
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use rstest::rstest;

    use super::*;

    /// Told apart by the number of their fields.
    #[rstest]
    #[case::anonymous("{ a b }", None, Some(2))]
    #[case::anonymous_by_name("{ a b }", Some("A"), None)]
    #[case::only("query A { a b }", None, Some(2))]
    #[case::only_by_name("query A { a b }", Some("A"), Some(2))]
    #[case::unknown("query A { a b }", Some("B"), None)]
    #[case::named("query A { a } query B { a b }", Some("B"), Some(2))]
    #[case::several("query A { a } query B { a b }", None, None)]
    fn the_executed_operation_is_the_named_or_the_only_one(
        #[case] document: &str,
        #[case] name: Option<&str>,
        #[case] fields: Option<usize>,
    ) {
        let document = parse_query(document).unwrap();
        let chosen = chosen(&document, name);
        assert_eq!(chosen.map(|operation| operation.selection_set.node.items.len()), fields);
    }
}
