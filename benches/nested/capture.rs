//! The statements that the server sends for the query, read from Postgres' log, so that `pgbench` sends the same.

use std::path::Path;

use bufdir_reports::edge::demo::DemoOrganization;
use bufdir_reports::kernel::migrate;
use sqlx::AssertSqlSafe;

use crate::QUERY;
use crate::nested::http::{self, Request};
use crate::nested::server::Server;
use crate::support::Outcome;
use crate::support::cluster::Cluster;

/// A statement and what was bound to its parameters.
pub struct Captured {
    sql: String,
    values: Vec<Option<String>>,
}

/// Asks a server once whose statements are logged.
pub async fn statements(cluster: &Cluster, folder: &Path, organization: &DemoOrganization) -> Outcome<Vec<Captured>> {
    log_statements(cluster, "all").await?;
    let server = Server::start(cluster, folder).await?;
    let request = Request::graphql(server.address(), &server.token(organization)?, QUERY);
    let log = folder.join("server.log");
    http::ask(&request).await?;
    let before = std::fs::metadata(&log)?.len();
    http::ask(&request).await?;
    let logged = read_from(&log, before)?;
    log_statements(cluster, "none").await?;
    let captured = parse(&logged);
    if captured.len() != 3 {
        return Err(format!("three statements were expected:\n{logged}").into());
    }
    Ok(captured)
}

async fn log_statements(cluster: &Cluster, which: &str) -> Outcome {
    // The embedded server keeps values out of its log; here they are what is wanted.
    let sql = format!(
        "alter role {0} set log_statement = '{which}'; alter role {0} set log_error_verbosity = 'default'",
        migrate::APP
    );
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&cluster.superuser().await?)
        .await?;
    Ok(())
}

fn read_from(path: &Path, offset: u64) -> Outcome<String> {
    let bytes = std::fs::read(path)?;
    Ok(String::from_utf8_lossy(&bytes[usize::try_from(offset)?..]).into_owned())
}

/// Queries with bound values; BEGIN and the like have none.
fn parse(log: &str) -> Vec<Captured> {
    // A message goes on in lines that begin with a tab.
    let log = log.replace("\n\t", "\n ");
    let mut captured: Vec<Captured> = Vec::new();
    for entry in split_entries(&log) {
        if let Some((_, rest)) = entry.split_once("LOG:  execute ")
            && let Some((_, sql)) = rest.split_once(": ")
            && let sql = without_comments(sql)
            && sql.to_lowercase().starts_with("select")
        {
            captured.push(Captured {
                sql,
                values: Vec::new(),
            });
        } else if let Some((_, rest)) = entry.split_once("DETAIL:  ")
            && let Some((_, values)) = rest.split_once("arameters: ")
            && let Some(last) = captured.last_mut()
        {
            last.values = parse_values(values);
        }
    }
    captured
}

/// A statement of a file begins with lines about its parameters.
fn without_comments(sql: &str) -> String {
    let lines = sql.lines().filter(|line| !line.trim_start().starts_with("--"));
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// Each begins with a line that names its severity.
fn split_entries(log: &str) -> Vec<String> {
    let mut entries: Vec<String> = Vec::new();
    for line in log.lines() {
        match entries.last_mut() {
            Some(entry) if line.starts_with(' ') => {
                entry.push('\n');
                entry.push_str(line);
            }
            _ => entries.push(line.to_owned()),
        }
    }
    entries
}

/// `$1 = 'a', $2 = NULL`, with quotes doubled in values.
fn parse_values(text: &str) -> Vec<Option<String>> {
    let mut values = Vec::new();
    let mut rest = text.trim();
    while let Some((_, after)) = rest.split_once(" = ") {
        if let Some(after) = after.strip_prefix("NULL") {
            values.push(None);
            rest = after;
            continue;
        }
        let Some(quoted) = after.strip_prefix('\'') else { break };
        let (mut value, mut left) = (String::new(), quoted);
        while let Some((before, after)) = left.split_once('\'') {
            value.push_str(before);
            left = after;
            match left.strip_prefix('\'') {
                Some(after) => {
                    value.push('\'');
                    left = after;
                }
                None => break,
            }
        }
        values.push(Some(value));
        rest = left;
    }
    values
}

/// The transaction as `pgbench` sends it, each statement prepared once.
pub fn script(statements: &[Captured]) -> String {
    let mut script = "begin isolation level repeatable read read only;\n".to_owned();
    for (number, statement) in statements.iter().enumerate() {
        let mut sql = statement.sql.clone();
        for (index, value) in statement.values.iter().enumerate().rev() {
            let place = value
                .as_ref()
                .map_or("null".to_owned(), |_| format!(":{}", name(number, index)));
            sql = sql.replace(&format!("${}", index + 1), &place);
        }
        script.push_str(&sql);
        script.push_str(";\n");
    }
    script + "commit;\n"
}

/// What the script's variables stand for.
pub fn variables(statements: &[Captured]) -> impl Iterator<Item = (String, &str)> {
    statements.iter().enumerate().flat_map(|(number, statement)| {
        let values = statement.values.iter().enumerate();
        values.filter_map(move |(index, value)| Some((name(number, index), value.as_deref()?)))
    })
}

fn name(statement: usize, value: usize) -> String {
    format!("statement{}_value{}", statement + 1, value + 1)
}
