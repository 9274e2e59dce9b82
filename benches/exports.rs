//! Time and peak memory of each export format, each in a process of its own: a report as organizations have it, and
//! tables as long as the format holds them.
//!
//! `cargo bench --bench exports [-- ROWS]`: rows of the longest tables, a million unless given.

mod support {
    pub mod memory;

    pub type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;
}

use std::io::BufWriter;
use std::process::{Command, Stdio};
use std::time::Instant;

use chrono::{Days, NaiveDate};
use render::{Cell, Column, ColumnKind, Cover, FileFormat, Locale, MAX_PDF_CELLS, Sheet, Table, Writer};
use rust_decimal::Decimal;

use self::support::Outcome;
use self::support::memory::{peak_memory, shown};

// As in the program, whose memory this stands for.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Those of reports.
const FORMATS: [FileFormat; 3] = [FileFormat::Csv, FileFormat::Xlsx, FileFormat::Pdf];
const ROUNDS: usize = 3;

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    if let [format, what] = arguments.as_slice() {
        let format = FORMATS.into_iter().find(|known| known.extension() == format);
        return render(format.ok_or("no such format")?, what);
    }
    let rows = arguments.first().map_or(Ok(1_000_000), |rows| rows.parse())?;
    println!(
        "{:>6} {:>14} {:>10} {:>12} {:>10}",
        "format", "rows", "seconds", "peak memory", "MiB of file"
    );
    for format in FORMATS {
        measure(format, "report")?;
        measure(format, &max_rows(format).min(50_000).to_string())?;
    }
    for format in FORMATS {
        let rows = max_rows(format).min(rows);
        if rows > 50_000 {
            measure(format, &rows.to_string())?;
        }
    }
    Ok(())
}

/// Rows of [`columns`] that the format takes, with the header.
fn max_rows(format: FileFormat) -> usize {
    match format {
        FileFormat::Pdf => MAX_PDF_CELLS / columns().len() - 1,
        _ => usize::MAX,
    }
}

/// The quickest of some processes; all of them do the same.
fn measure(format: FileFormat, what: &str) -> Outcome {
    let mut lines = Vec::new();
    for _ in 0..ROUNDS {
        let mut child = Command::new(std::env::current_exe()?);
        let output = child
            .arg(format.extension())
            .arg(what)
            .stderr(Stdio::inherit())
            .output()?;
        if !output.status.success() {
            return Err(format!("{} of {what} failed", format.extension()).into());
        }
        lines.push(String::from_utf8(output.stdout)?);
    }
    let seconds = |line: &String| {
        line.split_whitespace()
            .nth(2)
            .and_then(|text| text.parse().ok())
            .unwrap_or(f64::MAX)
    };
    lines.sort_by(|one, other| seconds(one).total_cmp(&seconds(other)));
    print!("{}", lines.first().ok_or("no round")?);
    Ok(())
}

/// In a process of its own: prints what one file took.
fn render(format: FileFormat, what: &str) -> Outcome {
    let mut file = tempfile::tempfile()?;
    let started = Instant::now();
    {
        let sink = Box::new(BufWriter::new(&mut file));
        match what.parse() {
            Ok(rows) => long(render::open(format, &cover(), sink)?, rows)?,
            Err(_) => render::render(format, &cover(), &report(format), sink, || Ok(()))?,
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    let size = file.metadata()?.len() as f64 / (1024.0 * 1024.0);
    let memory = shown(peak_memory(std::process::id()));
    println!(
        "{:>6} {what:>14} {seconds:>10.2} {memory:>12} {size:>10.1}",
        format.extension()
    );
    Ok(())
}

/// Rows are made as they are written, as they come from a query.
fn long(mut writer: Box<dyn Writer + '_>, rows: usize) -> Outcome {
    writer.begin_table(&table("Aktiviteter"))?;
    for number in 0..rows {
        writer.row(&row(number))?;
    }
    Ok(writer.finish()?)
}

/// The sheets of a report: figures, months, units, kinds, verdicts, the record.
fn report(format: FileFormat) -> Vec<Sheet> {
    let sheet = |name: &str, rows: usize| Sheet {
        table: table(name),
        rows: (0..rows).map(row).collect(),
    };
    if format.holds_one_table() {
        return vec![sheet("Data", 2_500)];
    }
    let sizes = [
        ("Tall", 60),
        ("Måneder", 12),
        ("Lag", 200),
        ("Typer", 15),
        ("Vurderinger", 9),
        ("Kontroll", 20),
    ];
    sizes.map(|(name, rows)| sheet(name, rows)).into()
}

fn cover() -> Cover {
    Cover {
        title: "Rapport om likepersonsarbeid 2024".to_owned(),
        organization: "Hørsel og Hverdag".to_owned(),
        facts: vec![("Formatversjon".to_owned(), "2024-v2".to_owned())],
        notes: String::new(),
        json_members: serde_json::Map::new(),
        locale: Locale::Nb,
        watermark: None,
    }
}

fn table(name: &str) -> Table {
    Table {
        name: name.to_owned(),
        caption: "Som de ble regnet.".to_owned(),
        columns: columns().into(),
    }
}

fn columns() -> [Column; 6] {
    [
        ("Dato", ColumnKind::Date, 10),
        ("Lag", ColumnKind::Text, 24),
        ("Type", ColumnKind::Text, 16),
        ("Minutter", ColumnKind::Integer, 8),
        ("Timer", ColumnKind::Decimal(2), 8),
        ("Vurdering", ColumnKind::Text, 20),
    ]
    .map(|(header, kind, width)| Column {
        header: header.to_owned(),
        kind,
        width,
    })
}

fn row(number: usize) -> Vec<Cell> {
    let minutes = 30 + (number as i64 * 7) % 400;
    let date = NaiveDate::default() + Days::new(19_723 + number as u64 % 366);
    vec![
        Cell::Date(date),
        Cell::Text(format!("Lokallag {} på Øst", number % 180)),
        Cell::Text(["Oppsøkende", "Gruppe", "Kurs"][number % 3].to_owned()),
        Cell::Integer(minutes),
        Cell::Decimal(Decimal::new(minutes * 100 / 60, 2)),
        Cell::Text(
            if number.is_multiple_of(9) {
                "For kort varighet"
            } else {
                "Teller"
            }
            .to_owned(),
        ),
    ]
}
