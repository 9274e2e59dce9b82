//! Imports run one way: entity <- crates <- kernel <- slices <- edge (docs/architecture.md).

use std::collections::BTreeSet;
use std::path::Path;

use super::sources;

/// What each folder of `src` may import beside itself. The edge may import all.
const ALLOWED: [(&str, &[&str]); 9] = [
    ("kernel", &[]),
    ("organization", &["kernel"]),
    ("audit", &["kernel", "export", "organization"]),
    ("format", &["kernel"]),
    ("activity", &["kernel", "format"]),
    ("export", &["kernel", "format", "organization"]),
    (
        "report",
        &["kernel", "activity", "format", "export", "audit", "organization"],
    ),
    ("custom_report", &["kernel", "activity", "export", "organization"]),
    ("ledger", &["kernel", "format", "export", "report", "organization"]),
];
const EDGE: [&str; 3] = ["edge", "lib", "main"];

/// What stays within its slice.
const PRIVATE: [&str; 1] = ["store"];

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Import {
    module: String,
    file: String,
    imported: String,
    within: Vec<String>,
}

#[test]
fn imports_run_one_way() {
    let offending: Vec<_> = imports().into_iter().filter(|import| !allowed(import)).collect();
    assert!(
        offending.is_empty(),
        "not in the list of tests/it/laws/imports.rs: {offending:#?}"
    );
}

#[test]
fn a_slices_statements_are_its_own() {
    let is_private = |name: &String| PRIVATE.contains(&name.as_str());
    let mut offending = imports();
    offending.retain(|import| import.module != import.imported && import.within.iter().any(is_private));
    assert!(offending.is_empty(), "import from the slice's mod.rs: {offending:#?}");
}

#[test]
fn each_folder_is_in_the_list() {
    let folders: BTreeSet<_> = sources("src").iter().map(|(path, _)| module(path)).collect();
    let listed: BTreeSet<_> = ALLOWED
        .iter()
        .map(|(folder, _)| *folder)
        .chain(EDGE)
        .map(str::to_owned)
        .collect();
    assert_eq!(folders, listed);
}

#[test]
fn imports_are_read_however_they_are_written() {
    let text =
        "use crate::db::{ReadScope,\n    store};\nlet x = crate::clock::now();\nuse crate::{error, page::Cursor};";
    let read: Vec<_> = imports_of("report", "report/mod.rs", text);
    let read: Vec<_> = read
        .iter()
        .map(|import| (import.imported.as_str(), import.within.join(" ")))
        .collect();
    let expected = [
        ("db", "ReadScope store"),
        ("clock", "now"),
        ("error", ""),
        ("page", "Cursor"),
    ]
    .map(|(a, b)| (a, b.to_owned()));
    assert_eq!(read, expected);
}

fn allowed(import: &Import) -> bool {
    let (module, imported) = (import.module.as_str(), import.imported.as_str());
    let may_import = |(folder, others): &(&str, &[&str])| *folder == module && others.contains(&imported);
    module == imported || EDGE.contains(&module) || ALLOWED.iter().any(may_import)
}

/// The module of a file below `src`: its folder's name, or its own.
fn module(path: &Path) -> String {
    let first = path.iter().next().unwrap().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

fn imports() -> Vec<Import> {
    let sources = sources("src");
    sources
        .iter()
        .flat_map(|(path, text)| imports_of(&module(path), &path.to_string_lossy(), text))
        .collect()
}

/// Every path that begins with `crate::`.
fn imports_of(module: &str, file: &str, text: &str) -> Vec<Import> {
    let mut found = Vec::new();
    for (start, _) in text.match_indices("crate::") {
        let is_part_of_a_word = text[..start].ends_with(|before: char| before.is_alphanumeric() || before == '_');
        if is_part_of_a_word || text[..start].ends_with('$') {
            continue;
        }
        for path in paths(&text[start + "crate::".len()..]) {
            let mut segments = path.into_iter();
            let imported = segments.next().unwrap();
            let within = segments.collect();
            found.push(Import {
                module: module.to_owned(),
                file: file.to_owned(),
                imported,
                within,
            });
        }
    }
    found
}

/// The paths after `crate::`: one, or one for each member of the braces that follow at once. A path is its segments,
/// those within braces of its own included.
fn paths(text: &str) -> Vec<Vec<String>> {
    match text.strip_prefix('{') {
        Some(braced) => members(&braced[..closing(braced)]).into_iter().map(words).collect(),
        None => {
            let end = text.find(|next: char| !(next.is_alphanumeric() || next == '_' || next == ':'));
            let end = end.unwrap_or(text.len());
            let braces = text[end..].strip_prefix('{').map_or(0, |braced| closing(braced) + 1);
            vec![words(&text[..end + braces])]
        }
    }
}

/// Where the brace that is open at the beginning closes.
fn closing(text: &str) -> usize {
    let mut open = 1;
    for (position, next) in text.char_indices() {
        match next {
            '{' => open += 1,
            '}' => open -= 1,
            _ => {}
        }
        if open == 0 {
            return position;
        }
    }
    panic!("a brace that does not close: {text}");
}

/// The parts between the commas that are in no inner brace.
fn members(text: &str) -> Vec<&str> {
    let mut depth = 0;
    let split = text.split(|next| {
        match next {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        next == ',' && depth == 0
    });
    split.filter(|member| !member.trim().is_empty()).collect()
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(|next: char| !(next.is_alphanumeric() || next == '_'));
    words
        .filter(|word| !word.is_empty() && *word != "self")
        .map(str::to_owned)
        .collect()
}
