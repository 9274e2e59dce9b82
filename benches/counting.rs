//! Generation's counting and freezing, and `reportPreview`, through the door and under row-level security, against the
//! same statements sent by a superuser, for whom there is none. Both take turns; what counts is the ratio.
//!
//! `cargo bench --bench counting [-- ACTIVITIES [ROUNDS]]`: a million and 3 unless given.

#![expect(clippy::disallowed_methods, reason = "a benchmark prepares its database")]

mod support {
    pub mod cluster;
    pub mod cpu;
    pub mod demo_data;
    pub mod median;
    pub mod memory;

    pub type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;
}

use std::sync::Arc;
use std::time::Instant;

use bufdir_reports::edge::demo::DemoOrganization;
use bufdir_reports::format::{self, CountedPeriod};
use bufdir_reports::kernel::clock::{Clock, SystemClock, new_id};
use bufdir_reports::kernel::db::{Caller, Database};
use bufdir_reports::{kernel::migrate, report};
use chrono::NaiveDate;
use counting::FormatVersion;
use entity::enums::ActorKind;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, SqlxPostgresConnector, Statement, TransactionTrait,
};
use uuid::Uuid;

use self::support::Outcome;
use self::support::cluster::{Cluster, temporary_folder};
use self::support::cpu::cpu_time;
use self::support::demo_data;
use self::support::median::median;
use self::support::memory::{peak_memory, shown};

/// Of a year, for the participants' hashes.
const KEY: [u8; 32] = [7; 32];

#[tokio::main]
async fn main() -> Outcome {
    let mut numbers = std::env::args()
        .skip(1)
        .filter_map(|argument| argument.parse::<u64>().ok());
    let activities = numbers.next().unwrap_or(1_000_000);
    let rounds = numbers.next().unwrap_or(3);
    let folder = temporary_folder()?;
    let cluster = Cluster::start(folder.path()).await?;
    let started = Instant::now();
    let organization = demo_data::load(&cluster, activities).await?;
    println!(
        "{activities} activities were loaded in {:.0} s.\n",
        started.elapsed().as_secs_f64()
    );
    let bench = Bench::new(&cluster, organization).await?;

    println!(
        "{:>10} {:>6} {:>21} {:>21} {:>14}",
        "", "round", "door: s, s of cpu", "bare: s, s of cpu", "ratio: s, cpu"
    );
    let mut ratios = Vec::new();
    for round in 1..=rounds {
        ratios.push(compare(
            "preview",
            round,
            bench.preview().await?,
            bench.bare_preview().await?,
        ));
    }
    println!("{:>10} median ratio: {:.2} (aim: 1.2 at most)\n", "", median(&ratios));
    ratios.clear();
    for round in 1..=rounds {
        ratios.push(compare(
            "generation",
            round,
            bench.freeze().await?,
            bench.bare_freeze().await?,
        ));
    }
    println!("{:>10} median ratio: {:.2} (aim: 1.2 at most)", "", median(&ratios));
    println!(
        "peak memory of this process: {}",
        shown(peak_memory(std::process::id()))
    );
    Ok(())
}

/// Seconds, and seconds of the processor time that Postgres' process for the connection took.
#[derive(Clone, Copy)]
struct Took {
    elapsed: f64,
    cpu: Option<f64>,
}

/// Prints both; gives the ratio of the elapsed times.
fn compare(what: &str, round: u64, door: Took, bare: Took) -> f64 {
    let shown = |took: Took| format!("{:.2}, {:.2}", took.elapsed, took.cpu.unwrap_or(f64::NAN));
    let ratio = door.elapsed / bare.elapsed;
    let cpu = door.cpu.zip(bare.cpu).map_or(f64::NAN, |(door, bare)| door / bare);
    println!(
        "{what:>10} {round:>6} {:>21} {:>21} {:>14}",
        shown(door),
        shown(bare),
        format!("{ratio:.2}, {cpu:.2}")
    );
    ratio
}

struct Bench {
    app: Database,
    superuser: DatabaseConnection,
    organization: DemoOrganization,
    period_id: Uuid,
    period: CountedPeriod,
    version: Arc<FormatVersion>,
}

impl Bench {
    async fn new(cluster: &Cluster, organization: DemoOrganization) -> Outcome<Self> {
        let superuser = cluster.superuser().await?;
        let period_id =
            sqlx::query_scalar("select id from report_periods where organization_id = $1 and basis_year = 2024")
                .bind(organization.id)
                .fetch_one(&superuser)
                .await?;
        let day = |month, day| NaiveDate::from_ymd_opt(2024, month, day).ok_or("no such date");
        let period = CountedPeriod {
            organization_id: organization.id,
            first_date: day(1, 1)?,
            last_date: day(12, 31)?,
        };
        let superuser = SqlxPostgresConnector::from_sqlx_postgres_pool(superuser);
        let version = format::for_basis_year(&superuser, 2024)
            .await?
            .ok_or("no format version")?;
        Ok(Self {
            app: Database::open(cluster.options(migrate::APP)?, 1),
            superuser,
            organization,
            period_id,
            period,
            version,
        })
    }

    /// The use case of `reportPreview`, its door included.
    async fn preview(&self) -> Outcome<Took> {
        let caller = Caller {
            user_id: self.organization.admin,
            organization: Some(self.organization.slug.to_owned()),
        };
        let watch = Watch::start();
        let scope = self.app.read(&caller, SystemClock.now()).await?;
        let before = backend_time(&scope).await?;
        report::preview(&scope, self.period_id, None).await?;
        watch.stop(before, &scope).await
    }

    async fn bare_preview(&self) -> Outcome<Took> {
        let watch = Watch::start();
        let transaction = self.bare().await?;
        let before = backend_time(&transaction).await?;
        format::preview(&transaction, &self.period, &self.version, None).await?;
        watch.stop(before, &transaction).await
    }

    /// What a generation's job counts and freezes, its door included; rolled back, so that each round finds the same.
    async fn freeze(&self) -> Outcome<Took> {
        let now = SystemClock.now();
        let watch = Watch::start();
        let scope = self
            .app
            .work(ActorKind::Worker, self.organization.id, None, now)
            .await?;
        let before = backend_time(&scope).await?;
        format::freeze(&scope, &self.period, &self.version, new_id(now), &KEY).await?;
        watch.stop(before, &scope).await
    }

    async fn bare_freeze(&self) -> Outcome<Took> {
        let watch = Watch::start();
        let transaction = self.bare().await?;
        let before = backend_time(&transaction).await?;
        let generation = new_id(SystemClock.now());
        format::freeze(&transaction, &self.period, &self.version, generation, &KEY).await?;
        watch.stop(before, &transaction).await
    }

    async fn bare(&self) -> Outcome<DatabaseTransaction> {
        let transaction = self.superuser.begin().await?;
        transaction.execute_unprepared("set local row_security = off").await?;
        Ok(transaction)
    }
}

struct Watch(Instant);

impl Watch {
    fn start() -> Self {
        Self(Instant::now())
    }

    async fn stop(self, before: Option<f64>, db: &impl ConnectionTrait) -> Outcome<Took> {
        let elapsed = self.0.elapsed().as_secs_f64();
        let after = backend_time(db).await?;
        Ok(Took {
            elapsed,
            cpu: after.zip(before).map(|(after, before)| after - before),
        })
    }
}

/// Processor time so far of Postgres' process behind the connection, in seconds.
#[expect(clippy::disallowed_methods, reason = "of the connection itself")]
async fn backend_time(db: &impl ConnectionTrait) -> Outcome<Option<f64>> {
    let statement = Statement::from_string(db.get_database_backend(), "select pg_backend_pid()");
    let row = db.query_one_raw(statement).await?.ok_or("no row")?;
    let pid: i32 = row.try_get_by_index(0)?;
    Ok(cpu_time(u32::try_from(pid)?))
}
