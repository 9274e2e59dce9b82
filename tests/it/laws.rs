//! Laws: what holds of all rules, tables and modules, whichever they are. They read the catalogue and the sources, so
//! that a new one that forgets something is named here.

mod catalogue;
mod imports;
mod names;
mod resolvers;
mod rules;
mod specification;

use std::fs;
use std::path::{Path, PathBuf};

use sqlx::AssertSqlSafe;

use crate::support::catalogue;

/// A path within the project.
fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// All Rust files below a folder of the project, as path within the folder and text.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let root = project(folder);
    let mut folders = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(&root).unwrap().to_owned(), text));
            }
        }
    }
    assert!(!found.is_empty(), "no sources below {folder}");
    found
}

/// The first column of a query's rows, as the superuser.
async fn names(sql: &str) -> Vec<String> {
    let sql = AssertSqlSafe(sql.to_owned());
    sqlx::query_scalar(sql).fetch_all(&mut catalogue().await).await.unwrap()
}
