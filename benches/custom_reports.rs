//! Custom reports against the shortest way to the same rows by the same statement. Runs, as a worker carries them out from
//! the claimed job to the stored file, against `COPY TO` for CSV and the bare library for XLSX, both as a superuser, whom
//! no row-level security holds up. What compiling and the rest cost: a preview, and a small run, against psql, which goes
//! through the same door. Each run has a process of its own, whose memory above idle is told.
//!
//! `cargo bench --bench custom_reports [-- ACTIVITIES [ROUNDS]]`: a million and 3 unless given.

mod support {
    pub mod cluster;
    pub mod demo_data;
    pub mod median;
    pub mod memory;
    pub mod resident;

    pub type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;
}

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use bufdir_reports::custom_report::compile::compile;
use bufdir_reports::custom_report::run::{self, RunOptions};
use bufdir_reports::custom_report::{self, DateRange, Definition, LocalDates, RunCustomReport, valid};
use bufdir_reports::edge::demo::DemoOrganization;
use bufdir_reports::export::storage::Storage;
use bufdir_reports::kernel::clock::{Clock, SystemClock, new_id};
use bufdir_reports::kernel::db::{Caller, Database};
use bufdir_reports::kernel::jobs::{Job, JobContext, Services};
use bufdir_reports::kernel::migrate;
use chrono::NaiveDate;
use entity::enums::{CustomOutputFormat, CustomReportType, Language};
use futures::{StreamExt, TryStreamExt};
use render::MAX_PDF_CELLS;
use rust_decimal::Decimal;
use rust_xlsxwriter::{Format, Workbook};
use sea_orm::sea_query::PostgresQueryBuilder;
use serde_json::{Value, json};
use sqlx::postgres::{PgPool, PgPoolCopyExt};
use sqlx::{AssertSqlSafe, Executor, Row};
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

use self::support::Outcome;
use self::support::cluster::{Cluster, temporary_folder};
use self::support::demo_data;
use self::support::median::median;
use self::support::memory::{peak_memory, shown};
use self::support::resident::resident_memory;

// As in the program, whose memory this stands for.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const MAX_PREVIEW_ROWS: u32 = 1000;
/// The year of all activities.
const YEAR: LocalDates = LocalDates {
    from: NaiveDate::from_ymd_opt(2024, 1, 1).unwrap(),
    to: NaiveDate::from_ymd_opt(2024, 12, 31).unwrap(),
};

#[tokio::main]
async fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    if let [url, storage, organization, run] = arguments.as_slice() {
        return carry_out(url, storage, organization.parse()?, run.parse()?).await;
    }
    let mut numbers = arguments.iter().filter_map(|argument| argument.parse::<u64>().ok());
    let activities = numbers.next().unwrap_or(1_000_000);
    let rounds = numbers.next().unwrap_or(3);
    let folder = temporary_folder()?;
    let cluster = Cluster::start(folder.path()).await?;
    let organization = demo_data::load(&cluster, activities).await?;
    let bench = Bench::new(&cluster, folder.path(), organization).await?;
    bench.measure(rounds).await
}

struct Bench<'a> {
    app: Database,
    url: String,
    superuser: PgPool,
    storage: String,
    folder: &'a Path,
    organization: DemoOrganization,
}

impl<'a> Bench<'a> {
    async fn new(cluster: &Cluster, folder: &'a Path, organization: DemoOrganization) -> Outcome<Self> {
        let storage = folder.join("files");
        std::fs::create_dir_all(&storage)?;
        Ok(Self {
            app: Database::open(cluster.options(migrate::APP)?, 5),
            url: cluster.url(migrate::APP),
            superuser: cluster.superuser().await?,
            storage: storage.to_str().ok_or("a folder of another encoding")?.to_owned(),
            folder,
            organization,
        })
    }

    async fn measure(&self, rounds: u64) -> Outcome {
        let long = self.define(long_definition(), None).await?;
        let small = self.define(small_definition(), None).await?;
        let columns = long_definition()["columns"].as_array().map_or(1, Vec::len);
        let paper = self
            .define(long_definition(), Some(MAX_PDF_CELLS / columns - 10))
            .await?;
        let (mut csv, mut xlsx, mut previews, mut small_runs) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for _ in 0..rounds {
            let run = self.run("CSV", long, CustomOutputFormat::Csv).await?;
            csv.push(run / told("COPY TO", self.copy().await?));
            let run = self.run("XLSX", long, CustomOutputFormat::Xlsx).await?;
            xlsx.push(run / told("bare XLSX", self.bare_xlsx().await?));
            let psql = told("psql", self.psql().await?);
            previews.push(told("preview", self.preview().await?) / psql);
            small_runs.push(self.run("small CSV", small, CustomOutputFormat::Csv).await? / psql);
            self.run("JSON", long, CustomOutputFormat::Json).await?;
            self.run("PDF", paper, CustomOutputFormat::Pdf).await?;
        }
        println!();
        println!("CSV against COPY TO: {:.2} (aim: below 1)", median(&csv));
        println!("XLSX against the bare library: {:.2} (aim: 1.1)", median(&xlsx));
        println!("a preview against psql: {:.2} (aim: 1.1)", median(&previews));
        println!("a small run against psql: {:.2}", median(&small_runs));
        Ok(())
    }

    /// A definition past the API.
    async fn define(&self, mut definition: Value, limit: Option<usize>) -> Outcome<Uuid> {
        let (id, now) = (new_id(SystemClock.now()), SystemClock.now());
        if let Some(limit) = limit {
            definition["filters"]["limit"] = json!(limit);
        }
        let mut transaction = self.superuser.begin().await?;
        transaction
            .execute("set local session_replication_role = replica")
            .await?;
        sqlx::query(
            "insert into custom_reports (id, organization_id, created_by_user_id, name, report_type, filters, groupings,
                columns, output_format, date_range_type, date_from, date_to, created_at, updated_at)
            values ($1, $2, $3, 'Bench', 'activities', $4, $5, $6, 'csv', 'fixed', '2023-12-31T23:00:00Z',
                '2024-12-31T22:59:59.999999Z', $7, $7)",
        )
        .bind(id)
        .bind(self.organization.id)
        .bind(self.organization.admin)
        .bind(&definition["filters"])
        .bind(&definition["groupings"])
        .bind(&definition["columns"])
        .bind(now)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(id)
    }

    fn caller(&self) -> Caller {
        Caller {
            user_id: self.organization.admin,
            organization: Some(self.organization.slug.to_owned()),
        }
    }

    /// A run in a process of its own; prints and gives its seconds.
    async fn run(&self, what: &str, report: Uuid, format: CustomOutputFormat) -> Outcome<f64> {
        let scope = self.app.write(&self.caller(), SystemClock.now()).await?;
        let options = RunOptions {
            format: Some(format),
            ..RunOptions::default()
        };
        let id = run::run(scope, report, options).await?;
        let output = Command::new(std::env::current_exe()?)
            .args([
                &self.url,
                &self.storage,
                &self.organization.id.to_string(),
                &id.to_string(),
            ])
            .stderr(Stdio::inherit())
            .output()?;
        let output = String::from_utf8(output.stdout)?;
        let mut words = output.split_whitespace();
        let seconds: f64 = words.next().ok_or("no answer")?.parse()?;
        let memory: f64 = words.next().ok_or("no answer")?.parse()?;
        let (status, rows): (String, Option<i32>) =
            sqlx::query_as("select status, row_count from custom_report_runs where id = $1")
                .bind(id)
                .fetch_one(&self.superuser)
                .await?;
        println!(
            "{what:>10} {seconds:>8.2} s {:>12} above idle, {} rows, {status}",
            shown(Some(memory)),
            rows.unwrap_or_default()
        );
        if status == "succeeded" {
            Ok(seconds)
        } else {
            Err("the run failed".into())
        }
    }

    /// The statement of a definition without filters, with its values written out.
    async fn statement(&self, definition: &Value) -> Outcome<String> {
        let checked = valid::check(&parsed(definition)?)?;
        let scope = self.app.read(&self.caller(), SystemClock.now()).await?;
        let compiled = compile(&scope, &checked, YEAR, Language::Nb);
        Ok(compiled.select(None).to_string(PostgresQueryBuilder))
    }

    /// The small report as a table on a screen, from the door to its last row.
    async fn preview(&self) -> Outcome<f64> {
        let definition = parsed(&small_definition())?;
        let started = Instant::now();
        let scope = self.app.read(&self.caller(), SystemClock.now()).await?;
        let preview = custom_report::preview(
            &scope,
            &definition,
            DateRange::Fixed(YEAR),
            Language::Nb,
            MAX_PREVIEW_ROWS,
        )
        .await?;
        let seconds = started.elapsed().as_secs_f64();
        if preview.more || preview.rows.is_empty() {
            return Err("the preview is not the small report".into());
        }
        Ok(seconds)
    }

    /// The same rows as CSV by the database, into a file.
    async fn copy(&self) -> Outcome<f64> {
        let started = Instant::now();
        let copy = format!(
            "copy ({}) to stdout (format csv, header)",
            self.statement(&long_definition()).await?
        );
        let mut rows = self.superuser.copy_out_raw(&copy).await?;
        let mut file = tokio::io::BufWriter::new(tokio::fs::File::create(self.folder.join("copy.csv")).await?);
        while let Some(bytes) = rows.next().await {
            file.write_all(&bytes?).await?;
        }
        file.flush().await?;
        file.into_inner().sync_all().await?;
        Ok(started.elapsed().as_secs_f64())
    }

    /// The same rows by nothing but the library, into a file.
    async fn bare_xlsx(&self) -> Outcome<f64> {
        let started = Instant::now();
        let mut workbook = Workbook::new();
        let mut sheet = workbook.new_worksheet_with_constant_memory()?;
        let day = Format::new().set_num_format("yyyy-mm-dd");
        let sql = self.statement(&long_definition()).await?;
        let mut rows = sqlx::query(AssertSqlSafe(sql)).fetch(&self.superuser);
        let mut number = 0;
        while let Some(row) = rows.try_next().await? {
            if number == 1_048_576 {
                workbook.push_worksheet(sheet);
                sheet = workbook.new_worksheet_with_constant_memory()?;
                number = 0;
            }
            sheet.write_datetime_with_format(number, 0, row.get::<NaiveDate, _>(0), &day)?;
            for column in 1..4 {
                sheet.write_string(number, column, row.get::<&str, _>(usize::from(column)))?;
            }
            sheet.write_number(number, 4, row.get::<i64, _>(4) as f64)?;
            let hours: f64 = row.get::<Decimal, _>(5).try_into()?;
            sheet.write_number(number, 5, hours)?;
            number += 1;
        }
        workbook.push_worksheet(sheet);
        workbook.save(self.folder.join("bare.xlsx"))?;
        Ok(started.elapsed().as_secs_f64())
    }

    /// The small report's statement by psql through the same door, its start included as the run's is.
    async fn psql(&self) -> Outcome<f64> {
        let DemoOrganization { id, admin, .. } = &self.organization;
        let started = Instant::now();
        let status = Command::new("psql")
            .args(["--quiet", "--csv", "--command", "begin", "--command"])
            .arg(format!("select from app.enter_system('{id}', '{admin}', now())"))
            .arg("--command")
            .arg(self.statement(&small_definition()).await?)
            .arg(&self.url)
            .stdout(Stdio::null())
            .status()?;
        if !status.success() {
            return Err("psql failed".into());
        }
        Ok(started.elapsed().as_secs_f64())
    }
}

fn parsed(definition: &Value) -> Outcome<Definition> {
    let part = |key: &str| &definition[key];
    let activities = CustomReportType::Activities;
    Ok(valid::from_json(
        activities,
        part("filters"),
        part("groupings"),
        part("columns"),
    )?)
}

fn told(what: &str, seconds: f64) -> f64 {
    println!("{what:>10} {seconds:>8.2} s");
    seconds
}

fn long_definition() -> Value {
    let columns = ["date", "unit", "kind", "mode", "minutes", "hours"];
    json!({
        "filters": { "version": 1 }, "groupings": [],
        "columns": columns.map(|key| json!({ "key": key })),
    })
}

fn small_definition() -> Value {
    json!({
        "filters": { "version": 1 }, "groupings": [{ "by": "area" }, { "by": "kind" }],
        "columns": [
            { "key": "minutes", "aggregation": "sum" }, { "key": "date", "aggregation": "count" },
        ],
    })
}

/// In a process of its own: the worker's job. Prints its seconds, and its most memory above what it took idle, in MiB.
async fn carry_out(url: &str, storage: &str, organization_id: Uuid, run_id: Uuid) -> Outcome {
    let database = Database::open(url.parse()?, 5);
    let context = JobContext {
        database: database.clone(),
        clock: Arc::new(SystemClock),
        attempt: 1,
        services: Services::default().with(Storage::open(storage, [])?),
    };
    database.ping().await?;
    let idle = resident_memory(std::process::id()).ok_or("no figure of memory here")?;
    let job = RunCustomReport {
        organization_id,
        run_id,
    };
    let started = Instant::now();
    job.run(&context).await?;
    let seconds = started.elapsed().as_secs_f64();
    let peak = peak_memory(std::process::id()).ok_or("no figure of memory here")?;
    println!("{seconds} {}", peak - idle);
    Ok(())
}
