//! What is printed to be committed: the schema, the rules and the settings, each made from the code.

use std::collections::BTreeSet;
use std::io::Write;

use clap::{Arg, CommandFactory};

use super::{Cli, Failure};
use crate::graphql::{self, Limits};

/// Prints a document. A reader that has had enough (`| head`) is no failure.
pub fn print(document: &str) -> Result<(), Failure> {
    match std::io::stdout().write_all(document.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// `schema.graphql`.
pub fn schema() -> String {
    let options = async_graphql::SDLExportOptions::new()
        .sorted_fields()
        .sorted_enum_items()
        .include_specified_by();
    graphql::schema(Limits::default()).finish().sdl_with_options(options)
}

/// `docs/configuration.md`.
pub fn settings() -> String {
    let command = Cli::command();
    let mut seen = BTreeSet::new();
    let mut document = String::from(
        "# Configuration\n\nMade from the code by `make settings`; edit `src/config.rs`. A flag goes before the \
         environment. `bufdir-reports COMMAND --help` says which command takes what.\n",
    );
    let mut heading = None;
    for arg in command
        .get_arguments()
        .chain(command.get_subcommands().flat_map(|sub| sub.get_arguments()))
    {
        let Some(key) = arg.get_env().and_then(|key| key.to_str()) else {
            continue;
        };
        if !seen.insert(key.to_owned()) {
            continue;
        }
        if heading != arg.get_help_heading() {
            heading = arg.get_help_heading();
            document.push_str(&format!("\n## {}\n\n", heading.unwrap_or("General")));
            document.push_str("| environment | flag | default | meaning |\n|---|---|---|---|\n");
        }
        document.push_str(&row(key, arg));
    }
    document
}

fn row(key: &str, arg: &Arg) -> String {
    let flag = arg.get_long().unwrap_or_default();
    let defaults: Vec<_> = arg
        .get_default_values()
        .iter()
        .map(|value| value.to_string_lossy())
        .collect();
    let default = if defaults.is_empty() {
        String::new()
    } else {
        format!("`{}`", defaults.join(","))
    };
    let help = arg
        .get_long_help()
        .or_else(|| arg.get_help())
        .map(ToString::to_string)
        .unwrap_or_default();
    let help = help
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace('|', "\\|");
    format!("| `{key}` | `--{flag}` | {default} | {help} |\n")
}
