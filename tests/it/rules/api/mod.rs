//! Each rule that the API enforces, broken through GraphQL: `extensions` name the code, the rule and the field, and
//! nothing has changed. Rules of the database that callers meet are here as well.

mod custom_report_conditions;
mod custom_report_definitions;
mod custom_reports;
mod exports;
mod input;
mod ledger;
mod people;
mod periods;
mod reports;
mod texts;

use std::fs;
use std::path::Path;

use bufdir_reports::kernel::rule::{Layer, Rule};
use serde_json::Value;
use uuid::Uuid;

use crate::support::graphql::{Refusal, refusal};
use crate::support::journey::Journey;
use crate::support::rules;

/// Rules that callers of GraphQL don't meet under their own name, and why.
const NOT_OF_GRAPHQL: [(Rule, &str); 2] = [
    (
        rules::DOWNLOAD_AUDIT_REQUIRED,
        "of the download's GET: tests/it/downloads.rs",
    ),
    (
        rules::COORDINATOR_OR_ADMIN_REQUIRED_TO_CREATE,
        "a report's export is refused as role_required_for_export",
    ),
];

/// What a broken rule is answered with.
fn broken(refusal: &Refusal) -> (&str, Option<Rule>, Option<&str>) {
    let rule = refusal.rule.as_deref();
    let rule = rule.map(|name| Rule::from_name(name).unwrap_or_else(|| panic!("no rule: {name}")));
    (&refusal.code, rule, refusal.field.as_deref())
}

fn invalid(rule: Rule, field: &str) -> (&str, Option<Rule>, Option<&str>) {
    ("INVALID", Some(rule), Some(field))
}

fn conflict(rule: Rule) -> (&'static str, Option<Rule>, Option<&'static str>) {
    ("CONFLICT", Some(rule), None)
}

fn forbidden(rule: Rule) -> (&'static str, Option<Rule>, Option<&'static str>) {
    ("FORBIDDEN", Some(rule), None)
}

/// A query that has to be refused.
async fn asks_in_vain(test: &Journey, user: Uuid, query: &str, variables: Value) -> Refusal {
    refusal(&test.api.run(user, "hlf", query, variables).await)
}

/// Sets a report's status past the state machine.
async fn put_into(test: &Journey, status: &str) {
    let columns = match status {
        "failed" => "failure_reason = 'It failed.'",
        "exported" => {
            "export_format = 'csv', exported_at = now(), exported_by_user_id = requested_by_user_id,
             export_file_path = 'a', failure_reason = null"
        }
        _ => "failure_reason = null",
    };
    let sql = format!(
        "set local session_replication_role = replica; update bufdir_reports set status = '{status}', {columns}"
    );
    test.database.arrange(sql).await;
}

#[test]
fn each_rule_of_the_api_has_its_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/rules/api");
    let files = fs::read_dir(folder).unwrap();
    let sources: String = files
        .map(|file| fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    let tested = |rule: &Rule| sources.contains(&format!("async fn {rule}("));
    let elsewhere = |rule: &Rule| NOT_OF_GRAPHQL.iter().any(|(other, _)| other == rule);
    let of_the_api = Rule::all().filter(|rule| rule.layer() != Layer::Database);
    let missing: Vec<_> = of_the_api.filter(|rule| tested(rule) == elsewhere(rule)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
