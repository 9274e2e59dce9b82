//! The nested query (20 reports, each with its audit events and their actors) over 32 connections, against `pgbench`
//! sending the same three statements in the same transaction. Both take turns in short rounds; what counts is the ratio.
//!
//! `cargo bench --bench nested_query [-- SECONDS]`: seconds per round, 5 unless given.

mod nested {
    pub mod capture;
    pub mod fixture;
    pub mod http;
    pub mod server;
}
mod support {
    pub mod cluster;
    pub mod cpu;
    pub mod demo_data;
    pub mod median;
    pub mod memory;

    pub type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;
}

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use bufdir_reports::kernel::migrate;

use self::nested::capture::{self, Captured};
use self::nested::fixture;
use self::nested::http::{self, Request};
use self::nested::server::Server;
use self::support::Outcome;
use self::support::cluster::{Cluster, temporary_folder};
use self::support::demo_data;
use self::support::median::median;
use self::support::memory::shown;

const CONNECTIONS: usize = 32;
const ROUNDS: usize = 7;
const QUERY: &str = "{ reports(first: 20) { nodes { id status reportingPeriodStart reportingPeriodEnd activityCount
    auditTrail(first: 20) { nodes { id time type message actor { userId name role } } } } } }";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let seconds = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let round = Duration::from_secs(seconds.unwrap_or(5));
    let folder = temporary_folder()?;
    let cluster = Cluster::start(folder.path()).await?;
    let organization = demo_data::load(&cluster, 1_000).await?;
    fixture::insert(&cluster, &organization).await?;

    let statements = capture::statements(&cluster, folder.path(), &organization).await?;
    let script = folder.path().join("nested_query.sql");
    std::fs::write(&script, capture::script(&statements))?;
    println!("pgbench sends, as the server does:\n\n{}", capture::script(&statements));

    let server = Server::start(&cluster, folder.path()).await?;
    let request = Request::graphql(server.address(), &server.token(&organization)?, QUERY);
    let size = http::ask(&request).await?;
    println!("The answer has {size} bytes.\n");
    rounds(&cluster, &server, &request, &script, &statements, round).await
}

async fn rounds(
    cluster: &Cluster,
    server: &Server,
    request: &Request,
    script: &Path,
    statements: &[Captured],
    round: Duration,
) -> Outcome {
    let bare = || pgbench(cluster, script, statements, round);
    let warm = Duration::from_secs(2).min(round);
    http::load(request, CONNECTIONS, warm).await?;
    pgbench(cluster, script, statements, warm)?;
    let (mut ratios, mut costs) = (Vec::new(), Vec::new());
    println!("{:>6} {:>12} {:>12} {:>8}", "round", "server /s", "pgbench /s", "ratio");
    for number in 1..=ROUNDS {
        let before = server.cpu_time();
        let answers = http::load(request, CONNECTIONS, round).await?;
        let used = server.cpu_time().zip(before).map(|(after, before)| after - before);
        let answered = answers as f64 / round.as_secs_f64();
        let sent = bare()?;
        println!("{number:>6} {answered:>12.0} {sent:>12.0} {:>8.2}", answered / sent);
        ratios.push(answered / sent);
        costs.extend(used.map(|used| used * 1000.0 / answers as f64));
    }
    println!("\nmedian ratio: {:.2} (aim: 0.5 or more)", median(&ratios));
    println!("processor time of the server per request: {:.2} ms", median(&costs));
    println!(
        "peak memory of the server: {} (aim: below 40 MiB)",
        shown(server.peak_memory())
    );
    Ok(())
}

/// Transactions a second.
fn pgbench(cluster: &Cluster, script: &Path, statements: &[Captured], lasting: Duration) -> Outcome<f64> {
    let mut command = Command::new("pgbench");
    command
        .args(["-n", "-M", "prepared", "-j", "2", "-c"])
        .arg(CONNECTIONS.to_string());
    command
        .arg("-T")
        .arg(lasting.as_secs().max(1).to_string())
        .arg("-f")
        .arg(script);
    for (name, value) in capture::variables(statements) {
        command.arg("-D").arg(format!("{name}={value}"));
    }
    command.arg(cluster.url(migrate::APP));
    let output = command.stderr(Stdio::piped()).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let rate = text
        .lines()
        .find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    match rate {
        Some(rate) if output.status.success() => Ok(rate),
        _ => Err(format!("pgbench: {text}{}", String::from_utf8_lossy(&output.stderr)).into()),
    }
}
