//! A type's name is unique in the workspace, so that it can be searched for and read without its path.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::sources;

#[test]
fn a_types_name_is_unique() {
    let mut declared: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for (path, text) in sources("src").into_iter().chain(sources("crates")) {
        let is_test = path.iter().any(|part| part == "tests" || part == "tests.rs");
        if !is_test {
            for name in types(&text).filter(|name| !name.is_empty()) {
                declared.entry(name.to_owned()).or_default().push(path.clone());
            }
        }
    }
    assert!(declared.len() > 400, "{} types were found", declared.len());
    declared.retain(|_, paths| paths.len() > 1);
    assert!(declared.is_empty(), "rename the narrower one: {declared:#?}");
}

#[test]
fn types_are_found_however_they_are_declared() {
    let text = "pub(super) struct A<'a>;\n    enum B {}\npub trait C: Send {}\npub type D = u8;\n    type Error = E;\n\
                // struct F\n#[cfg(test)]\nmod tests {\n    struct G;\n}\n";
    assert_eq!(types(text).collect::<Vec<_>>(), ["A", "B", "C", "D"]);
}

/// The types that a file declares outside of its tests. An alias that is indented belongs to a trait.
fn types(text: &str) -> impl Iterator<Item = &str> {
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    text.lines().filter_map(|line| {
        let declaration = line.trim_start();
        let declaration = match declaration.strip_prefix("pub") {
            Some(rest) => rest.split_once(' ')?.1,
            None => declaration,
        };
        let (keyword, rest) = declaration.split_once(' ')?;
        let is_alias = keyword == "type" && !line.starts_with(' ');
        let is_type = is_alias || ["struct", "enum", "trait"].contains(&keyword);
        let end = rest.find(|next: char| !next.is_alphanumeric()).unwrap_or(rest.len());
        is_type.then_some(&rest[..end])
    })
}
