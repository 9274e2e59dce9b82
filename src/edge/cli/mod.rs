//! The command line. To add a command: a module with its arguments and its `run`, a line in [`Command`], and its
//! sentence in the help.

mod demo;
mod demo_data;
mod documents;
mod erasure;
mod import;
mod key;
mod maintenance;
mod place;
mod reach;
mod serve;
mod skipped_rows;
mod steps;
mod store;
mod token;
mod workers;

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::edge::config::{LogFormat, LogSettings};

/// Why a command failed, for the person who ran it.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The GraphQL API that turns approved peer-support activities into reports for Bufdir.
///
/// To see it work: `bufdir-reports demo`. It starts its own Postgres in a data folder, loads example organizations and
/// prints where to look and with which tokens.
///
/// An option that shows a name in brackets can also be set in the environment, under that name; docs/configuration.md lists
/// these.
#[derive(Debug, Parser)]
#[command(name = "bufdir-reports", version, propagate_version = true, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    log: LogSettings,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run everything with example data: Postgres, the API and the workers.
    Demo(demo::Demo),
    /// Run the API, and workers beside it.
    Serve(serve::Serve),
    /// Run workers alone, apart from the API.
    Work(serve::Work),
    /// Bring the database up to this version's schema.
    Migrate(maintenance::Migrate),
    /// Load an organization's units, members, contacts or activities from a spreadsheet's file.
    Import(import::Import),
    /// Erase who took part in a year's activities.
    EraseParticipants(erasure::EraseParticipants),
    /// Print a token for someone, signed with the development key.
    Token(token::Token),
    /// Print the embedded Postgres' URL, for psql.
    DatabaseUrl(maintenance::DatabaseUrlCommand),
    /// Print the GraphQL schema (schema.graphql).
    Schema,
    /// Print the rules and where each is enforced (docs/rules.md).
    Rules,
    /// Print the settings (docs/configuration.md).
    Settings,
    /// Print the database as the migrations make it (migration/schema.sql).
    DatabaseSchema,
    /// Print the JSON Schema of custom reports (docs/custom-report.schema.json).
    CustomReportSchema,
}

/// Runs what the arguments ask for.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Err(error) = log_to_stderr(&cli.log) {
        return failed(&error);
    }
    match cli.command.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

impl Command {
    fn run(self) -> Result<(), Failure> {
        match self {
            Self::Schema => print(&documents::schema()),
            Self::Rules => print(&crate::kernel::rule::document()),
            Self::Settings => print(&documents::settings()),
            Self::CustomReportSchema => print(&crate::custom_report::json_schema::document()),
            Self::DatabaseSchema => block_on(async { print(&documents::database().await?) }),
            Self::DatabaseUrl(command) => command.run(),
            Self::Demo(command) => block_on(command.run()),
            Self::Serve(command) => block_on(command.run()),
            Self::Work(command) => block_on(command.run()),
            Self::Migrate(command) => block_on(command.run()),
            Self::Import(command) => block_on(command.run()),
            Self::EraseParticipants(command) => block_on(command.run()),
            Self::Token(command) => block_on(command.run()),
        }
    }
}

/// How long work on threads of its own may go on once the command has ended; it has been told to stop.
const AFTERWARDS: Duration = Duration::from_secs(5);

/// Runs the command, and then no thread keeps the process from ending.
fn block_on(command: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let done = runtime.block_on(command);
    runtime.shutdown_timeout(AFTERWARDS);
    done
}

/// What would drown everything else, or prints statements; the settings' own filter goes before it.
const QUIET: &str = "sqlx=error,sea_orm_migration=warn,graphile_worker=warn,graphile_worker_migrations=warn";

/// Prints to the standard output. A reader that has had enough (`| head`) is no failure.
fn print(text: &str) -> Result<(), Failure> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

fn log_to_stderr(settings: &LogSettings) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(format!("{QUIET},{}", settings.log))?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match settings.log_format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}

/// Prints an error with its causes.
fn failed(error: &Failure) -> ExitCode {
    eprintln!("bufdir-reports: {error}");
    let mut cause = error.source();
    while let Some(inner) = cause {
        eprintln!("  because {inner}");
        cause = inner.source();
    }
    ExitCode::FAILURE
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_thread_that_goes_on_does_not_keep_the_process() {
        let begun = Instant::now();
        let command = async {
            tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_secs(60)));
            Ok(())
        };
        block_on(command).unwrap();
        assert!(begun.elapsed() < 3 * AFTERWARDS, "{:?}", begun.elapsed());
    }
}
