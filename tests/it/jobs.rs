//! The job queue: what runs when, how often, and what becomes of jobs whose worker is gone.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bufdir_reports::kernel::clock::FixedClock;
use bufdir_reports::kernel::db::Database;
use bufdir_reports::kernel::error::{Error, Result};
use bufdir_reports::kernel::jobs::{Job, JobContext, Recovery, Runner, Services, enqueue};
use bufdir_reports::kernel::migrate;
use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::support::{TestDatabase, database};

/// What the jobs of a test did, in order.
#[derive(Clone, Default)]
struct Journal(Arc<Mutex<Vec<String>>>);

impl Journal {
    fn write(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    async fn holds(&self, line: &str) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !self.lines().iter().any(|written| written == line) {
            assert!(Instant::now() < deadline, "no {line:?} in {:?}", self.lines());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Notes that it ran.
#[derive(Serialize, Deserialize)]
struct Note {
    text: String,
    key: Option<String>,
    takes_ms: u64,
}

impl Job for Note {
    const NAME: &'static str = "note";
    const ATTEMPTS: i16 = 1;

    fn key(&self) -> Option<String> {
        self.key.clone()
    }

    async fn run(&self, ctx: &JobContext) -> Result<()> {
        tokio::time::sleep(Duration::from_millis(self.takes_ms)).await;
        ctx.service::<Journal>()?.write(&self.text);
        Ok(())
    }

    async fn failed(&self, _: &JobContext, error: &Error) -> Result<()> {
        panic!("{error}")
    }
}

fn note(text: &str) -> Note {
    Note {
        text: text.to_owned(),
        key: None,
        takes_ms: 0,
    }
}

/// Does on each attempt what it is told, and on the last again and again. Failing by panic or error, hanging, succeeding.
#[derive(Serialize, Deserialize)]
struct Told<const ATTEMPTS: i16> {
    name: String,
    deeds: Vec<String>,
}

impl<const ATTEMPTS: i16> Told<ATTEMPTS> {
    fn new(name: &str, deeds: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            deeds: deeds.iter().map(|&deed| deed.to_owned()).collect(),
        }
    }
}

impl<const ATTEMPTS: i16> Job for Told<ATTEMPTS> {
    const NAME: &'static str = ["told_0", "told_1", "told_2"][ATTEMPTS as usize];
    const ATTEMPTS: i16 = ATTEMPTS;

    fn key(&self) -> Option<String> {
        None
    }

    async fn run(&self, ctx: &JobContext) -> Result<()> {
        ctx.service::<Journal>()?
            .write(format!("{} {}", self.name, ctx.attempt));
        let attempt = usize::try_from(ctx.attempt).unwrap();
        match self.deeds.get(attempt - 1).or(self.deeds.last()).map(String::as_str) {
            Some("hang") => std::future::pending().await,
            Some("panic") => panic!("a bug"),
            Some("fail") => Err(Error::internal("a fault")),
            _ => Ok(()),
        }
    }

    async fn failed(&self, ctx: &JobContext, error: &Error) -> Result<()> {
        let journal = ctx.service::<Journal>()?;
        journal.write(format!("{} failed: {error}", self.name));
        if self.deeds.last().unwrap() == "unrecorded" && ctx.attempt <= ATTEMPTS {
            return Err(Error::internal("no record"));
        }
        journal.write(format!("{} recorded", self.name));
        Ok(())
    }
}

fn runner(database: Database, journal: &Journal) -> Runner {
    let clock = Arc::new(FixedClock::new("2026-03-02T09:00:00Z".parse().unwrap()));
    Runner::new(database, clock, Services::default().with(journal.clone()))
        .job::<Note>()
        .job::<Told<1>>()
        .job::<Told<2>>()
        .recovery(Recovery {
            heartbeat: Duration::from_millis(200),
            patience: Duration::from_secs(2),
            sweep: Duration::from_millis(200),
        })
}

fn start(database: &TestDatabase, journal: &Journal) -> (CancellationToken, JoinHandle<()>) {
    let shutdown = CancellationToken::new();
    let runner = runner(database.app().clone(), journal).grace(Duration::from_millis(1500));
    (shutdown.clone(), tokio::spawn(runner.run(shutdown, 4)))
}

async fn ask_for<J: Job>(database: &TestDatabase, job: J) {
    let scope = database.write(database.fixture.hlf.coordinator, "hlf").await.unwrap();
    enqueue(&scope, &job).await.unwrap();
    scope.commit_job_progress_unaudited().await.unwrap();
}

async fn waiting_jobs(database: &TestDatabase) -> i64 {
    let sql = "select count(*) from graphile_worker._private_jobs";
    sqlx::query_scalar(sql).fetch_one(database.superuser()).await.unwrap()
}

async fn queue_is_empty(database: &TestDatabase) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while waiting_jobs(database).await > 0 {
        assert!(Instant::now() < deadline, "jobs remain");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_job_runs_once_its_transaction_commits_and_never_if_it_does_not() {
    let (database, journal) = (database().await, Journal::default());
    let _runner = start(&database, &journal);
    ask_for(&database, note("first")).await;
    journal.holds("first").await;

    let coordinator = database.fixture.hlf.coordinator;
    let rolled_back = database.write(coordinator, "hlf").await.unwrap();
    enqueue(&rolled_back, &note("rolled back")).await.unwrap();
    let pending = database.write(coordinator, "hlf").await.unwrap();
    enqueue(&pending, &note("second")).await.unwrap();
    drop(rolled_back);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(journal.lines(), ["first"]);
    pending.commit_job_progress_unaudited().await.unwrap();
    journal.holds("second").await;

    queue_is_empty(&database).await;
    assert_eq!(journal.lines(), ["first", "second"]);
}

#[tokio::test]
async fn a_job_is_picked_up_at_once() {
    let (database, journal) = (database().await, Journal::default());
    let _runner = start(&database, &journal);
    ask_for(&database, note("the runner is up")).await;
    journal.holds("the runner is up").await;
    // Asked for just after a poll, each would wait a second for the next.
    let began = Instant::now();
    for number in 0..10 {
        ask_for(&database, note(&number.to_string())).await;
        journal.holds(&number.to_string()).await;
    }
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_job_that_waits_is_replaced_by_another_with_its_key() {
    let (database, journal) = (database().await, Journal::default());
    for text in ["old", "new"] {
        let key = Some("the same".to_owned());
        ask_for(&database, Note { key, ..note(text) }).await;
    }
    let _runner = start(&database, &journal);
    queue_is_empty(&database).await;
    assert_eq!(journal.lines(), ["new"]);
}

#[tokio::test]
async fn a_failed_attempt_is_followed_by_another() {
    let (database, journal) = (database().await, Journal::default());
    ask_for(&database, Told::<2>::new("job", &["fail", "succeed"])).await;
    let _runner = start(&database, &journal);
    journal.holds("job 2").await;
    queue_is_empty(&database).await;
    assert_eq!(journal.lines(), ["job 1", "job 2"]);
}

#[tokio::test]
async fn the_failure_of_the_last_attempt_is_recorded_once() {
    let (database, journal) = (database().await, Journal::default());
    ask_for(&database, Told::<2>::new("job", &["panic", "fail"])).await;
    let _runner = start(&database, &journal);
    journal.holds("job recorded").await;
    queue_is_empty(&database).await;
    assert_eq!(
        journal.lines(),
        ["job 1", "job 2", "job failed: a fault", "job recorded"]
    );
}

#[tokio::test]
async fn a_panic_is_a_failure_with_its_words() {
    let (database, journal) = (database().await, Journal::default());
    ask_for(&database, Told::<1>::new("job", &["panic"])).await;
    let _runner = start(&database, &journal);
    journal.holds("job failed: panicked: a bug").await;
}

#[tokio::test]
async fn a_failure_that_could_not_be_recorded_is_recorded_later() {
    let (database, journal) = (database().await, Journal::default());
    ask_for(&database, Told::<1>::new("job", &["fail", "unrecorded"])).await;
    let _runner = start(&database, &journal);
    journal.holds("job recorded").await;
    queue_is_empty(&database).await;
    let lines = journal.lines();
    assert_eq!(lines[..2], ["job 1", "job failed: a fault"]);
    assert!(
        lines[2].starts_with("job failed: the last attempt did not end"),
        "{lines:?}"
    );
    assert_eq!(lines.len(), 4);
}

#[tokio::test]
async fn the_jobs_of_a_killed_worker_are_tried_again_or_recorded_as_failed() {
    let (database, journal) = (database().await, Journal::default());
    ask_for(&database, Told::<2>::new("one of two", &["hang", "succeed"])).await;
    ask_for(&database, Told::<1>::new("the last", &["hang"])).await;

    // A runtime of its own: shutting that down drops all the worker's tasks where they stand, heartbeat and all.
    let doomed = tokio::runtime::Runtime::new().unwrap();
    let options = database.options(migrate::APP);
    let of_the_doomed = journal.clone();
    doomed.spawn(async move {
        let own_pool = Database::open(options, 10);
        runner(own_pool, &of_the_doomed).run(CancellationToken::new(), 4).await;
    });
    journal.holds("one of two 1").await;
    journal.holds("the last 1").await;
    doomed.shutdown_background();

    let _runner = start(&database, &journal);
    journal.holds("one of two 2").await;
    journal.holds("the last recorded").await;
    queue_is_empty(&database).await;
    let lines = journal.lines();
    assert_eq!(
        lines.iter().filter(|line| line.starts_with("one of two")).count(),
        2,
        "{lines:?}"
    );
    assert_eq!(
        lines.iter().filter(|line| line.starts_with("the last failed")).count(),
        1,
        "{lines:?}"
    );
}

#[tokio::test]
async fn two_workers_run_each_job_once() {
    let (database, journal) = (database().await, Journal::default());
    let _one = start(&database, &journal);
    let _other = start(&database, &journal);
    let texts: Vec<String> = (10..40).map(|number| number.to_string()).collect();
    for text in &texts {
        let takes_ms = 20;
        ask_for(&database, Note { takes_ms, ..note(text) }).await;
    }
    queue_is_empty(&database).await;
    let mut lines = journal.lines();
    lines.sort();
    assert_eq!(lines, texts);
}

#[tokio::test]
async fn stopping_waits_for_running_jobs_and_hands_back_those_that_do_not_end() {
    let (database, journal) = (database().await, Journal::default());
    let (shutdown, running) = start(&database, &journal);
    ask_for(&database, Told::<1>::new("endless", &["hang"])).await;
    journal.holds("endless 1").await;
    let takes_ms = 700;
    ask_for(
        &database,
        Note {
            takes_ms,
            ..note("ended")
        },
    )
    .await;
    tokio::time::sleep(Duration::from_millis(400)).await;
    shutdown.cancel();
    tokio::time::timeout(Duration::from_secs(10), running)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(journal.lines(), ["endless 1", "ended"]);

    let sql = "select attempts::integer, locked_at is null as free from graphile_worker._private_jobs";
    let left: (i32, bool) = sqlx::query_as(sql).fetch_one(database.superuser()).await.unwrap();
    assert_eq!(left, (0, true));
}

#[tokio::test]
async fn a_database_that_stops_for_a_while_only_interrupts_the_worker() {
    let (database, journal) = (database().await, Journal::default());
    let _runner = start(&database, &journal);
    ask_for(&database, note("before")).await;
    journal.holds("before").await;
    database.interrupt(Duration::from_secs(2)).await;
    ask_for(&database, note("after")).await;
    journal.holds("after").await;
}
