//! A field that may be null fails alone. The engine (async-graphql 8.0.0-rc.5) makes null what is around a field whose guard
//! refuses or whose resolver returns an error, even where the field itself may be null. So such a resolver returns
//! `Option<Result<_>>`, and asks for a right by `ctx.read_with`.

use super::sources;

/// The resolvers of a file: their attributes and signatures.
fn resolvers(text: &str) -> impl Iterator<Item = &str> {
    let objects = text.split("\n#[").filter(|part| {
        let attribute = part.split(']').next().unwrap_or_default();
        ["Object", "ComplexObject"]
            .iter()
            .any(|name| attribute.starts_with(name))
            && part.contains("\nimpl ")
    });
    let blocks = objects.filter_map(|part| part.split("\n}\n").next());
    // Up to the body of one is from the end of the one before.
    blocks.flat_map(|block| block.split("\n    }\n")).filter_map(|method| {
        let end = method.find(" {\n        ")?;
        method[..end].contains("async fn ").then_some(&method[..end])
    })
}

#[test]
fn a_field_that_may_be_null_fails_alone() {
    let mut seen = 0;
    for (path, text) in sources("src") {
        for resolver in resolvers(&text) {
            seen += 1;
            let returned = resolver.rsplit("-> ").next().unwrap_or_default();
            assert!(
                !returned.starts_with("Result<Option<"),
                "return Option<Result<_>>: {} {resolver}",
                path.display()
            );
            assert!(
                !(returned.starts_with("Option<") && resolver.contains("guard = ")),
                "ask for the right by ctx.read_with: {} {resolver}",
                path.display()
            );
        }
    }
    assert!(seen > 150, "{seen} resolvers were found");
}
