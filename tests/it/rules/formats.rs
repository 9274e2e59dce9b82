//! Format versions: only migrations write them, so the owner tries.

use bufdir_reports::kernel::rule::Rule;

use crate::support::{Sandbox, rows};

#[tokio::test]
async fn schema_version_non_empty() {
    let sandbox = Sandbox::owner().await;
    sandbox.allows(&rows::format_version().insert()).await;
    sandbox
        .refuses(
            Rule::SchemaVersionNonEmpty,
            &rows::format_version().with("version", " ").insert(),
        )
        .await;
}

#[tokio::test]
async fn format_fields_are_an_array() {
    let sandbox = Sandbox::owner().await;
    sandbox.allows(&rows::format_version().insert()).await;
    sandbox
        .refuses(
            Rule::FormatFieldsAreAnArray,
            &rows::format_version().with("fields", "{}").insert(),
        )
        .await;
}

#[tokio::test]
async fn format_rules_are_an_object() {
    let sandbox = Sandbox::owner().await;
    sandbox.allows(&rows::format_version().insert()).await;
    sandbox
        .refuses(
            Rule::FormatRulesAreAnObject,
            &rows::format_version().with("rules", "[]").insert(),
        )
        .await;
}

#[tokio::test]
async fn one_format_version_per_basis_year() {
    let sandbox = Sandbox::owner().await;
    sandbox.allows(&rows::format_version().insert()).await;
    let overlapping = rows::format_version().with("basis_years", "[1990,2024)");
    sandbox
        .refuses(Rule::OneFormatVersionPerBasisYear, &overlapping.insert())
        .await;
}

#[tokio::test]
async fn format_version_immutable() {
    let sandbox = Sandbox::owner().await;
    sandbox.does(&rows::format_version().insert()).await;
    let update = |change| format!("update format_versions set {change} where version = '1990-v1'");
    sandbox.allows(&update("basis_years = '[1990,1994)'")).await;
    for change in [
        "fields = '[1]'",
        "rules = '{\"a\": 1}'",
        "version = '1990-v2'",
        "basis_years = '[1991,1995)'",
    ] {
        sandbox.refuses(Rule::FormatVersionImmutable, &update(change)).await;
    }
    sandbox
        .refuses(
            Rule::FormatVersionImmutable,
            "delete from format_versions where version = '1990-v1'",
        )
        .await;
}
