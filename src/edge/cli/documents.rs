//! What is printed to be committed: the schemas, the rules and the settings, each made from the code.

use std::collections::BTreeSet;

use clap::{Arg, CommandFactory};
use embedded_postgres::{EmbeddedPostgres, SUPERUSER, Settings};

use super::place::DATABASE;
use super::{Cli, Failure};
use crate::edge::graphql::{self, Limits};
use crate::kernel::migrate::{self, OWNER};

/// `schema.graphql`.
pub fn schema() -> String {
    let options = async_graphql::SDLExportOptions::new()
        .sorted_fields()
        .sorted_enum_items()
        .include_specified_by();
    graphql::schema(Limits::default()).finish().sdl_with_options(options)
}

/// `migration/schema.sql`, read from a database that is made for it.
pub async fn database() -> Result<String, Failure> {
    let folder = tempfile::tempdir()?;
    let settings = Settings {
        data_dir: folder.path().to_owned(),
        durable: false,
        max_connections: 20,
    };
    let starting = tokio::task::spawn_blocking(move || EmbeddedPostgres::start(&settings, &|line| eprintln!("{line}")));
    let postgres = starting.await??;
    migrate::bootstrap(&postgres.url(SUPERUSER, "postgres").parse()?, DATABASE).await?;
    let owner = postgres.url(OWNER, DATABASE).parse()?;
    migrate::run(&owner).await?;
    let described = migrate::describe(&owner).await?;
    tokio::task::spawn_blocking(move || postgres.stop()).await??;
    Ok(described)
}

/// `docs/configuration.md`.
pub fn settings() -> String {
    let command = Cli::command();
    let mut seen = BTreeSet::new();
    let mut document = String::from(
        "# Configuration\n\nMade from the code by `make settings`; edit `src/edge/config.rs`. A flag goes before the \
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

#[cfg(test)]
mod tests {
    use super::*;

    fn committed(name: &str) -> String {
        std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap_or_default()
    }

    #[test]
    fn the_committed_schema_is_the_codes() {
        assert!(
            schema() == committed("schema.graphql"),
            "schema.graphql is stale: run `make schema`"
        );
    }

    #[test]
    fn the_committed_configuration_is_the_codes() {
        assert!(
            settings() == committed("docs/configuration.md"),
            "docs/configuration.md is stale: run `make settings`"
        );
    }

    #[test]
    fn the_committed_schema_of_custom_reports_is_the_codes() {
        assert!(
            crate::custom_report::json_schema::document() == committed("docs/custom-report.schema.json"),
            "docs/custom-report.schema.json is stale: run `make definitions`"
        );
    }

    #[test]
    fn the_arguments_do_not_contradict_each_other() {
        Cli::command().debug_assert();
    }

    /// Every type, field, argument, enum value and input field has a description.
    #[test]
    fn the_whole_schema_is_described() {
        let undescribed: Vec<_> = undescribed(&schema());
        assert!(undescribed.is_empty(), "without a description: {undescribed:#?}");
    }

    fn undescribed(sdl: &str) -> Vec<String> {
        use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};
        let mut found = Vec::new();
        for definition in async_graphql::parser::parse_schema(sdl).unwrap().definitions {
            let TypeSystemDefinition::Type(definition) = definition else {
                continue;
            };
            let definition = definition.node;
            let name = definition.name.node.to_string();
            let mut note = |path: String, described: bool| {
                if !described {
                    found.push(path);
                }
            };
            note(name.clone(), definition.description.is_some());
            let fields = match definition.kind {
                TypeKind::Object(object) => object.fields,
                TypeKind::Interface(interface) => interface.fields,
                TypeKind::Enum(values) => {
                    for value in values.values {
                        note(
                            format!("{name}.{}", value.node.value.node),
                            value.node.description.is_some(),
                        );
                    }
                    continue;
                }
                TypeKind::InputObject(input) => {
                    for field in input.fields {
                        note(
                            format!("{name}.{}", field.node.name.node),
                            field.node.description.is_some(),
                        );
                    }
                    continue;
                }
                TypeKind::Scalar | TypeKind::Union(_) => continue,
            };
            for field in fields {
                let path = format!("{name}.{}", field.node.name.node);
                for argument in field.node.arguments {
                    let described = argument.node.description.is_some();
                    note(format!("{path}({})", argument.node.name.node), described);
                }
                note(path, field.node.description.is_some());
            }
        }
        found
    }
}
