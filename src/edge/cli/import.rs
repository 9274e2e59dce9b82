//! `import`: an organization's own data, from files as spreadsheets export them.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use entity::enums::ActorKind;
use indicatif::{ProgressBar, ProgressStyle};
use login::OrganizationClaim;
use uuid::Uuid;

use super::place::DatabasePlace;
use super::skipped_rows::SkippedRows;
use super::{Failure, store};
use crate::activity::import::{
    self, ImportError, ImportFile, ImportKind, ImportProgress, ImportStep, Outcome, RowError,
};
use crate::edge::config::DataSettings;
use crate::kernel::clock::{Clock, SystemClock};
use crate::kernel::db::Database;

/// Problems that are printed; the rest are counted.
const SHOWN: usize = 50;

/// Loads a CSV file: all of it or nothing, unless bad rows are to be skipped. A second time it changes nothing.
///
/// The columns of each kind are in docs/import.md. Semicolons or commas, Norwegian or ISO dates and decimal commas are
/// all understood.
#[derive(Args, Debug)]
pub struct Import {
    /// The file.
    file: PathBuf,
    /// The organization, by its short name or id.
    #[arg(long, value_name = "SLUG")]
    organization: OrganizationClaim,
    /// What the file lists, where its name does not begin with it (activities.csv, units-2024.csv).
    #[arg(long, value_parser = PossibleValuesParser::new(ImportKind::ALL.map(ImportKind::name)).try_map(|name| kind_of(&name)))]
    kind: Option<ImportKind>,
    /// Load the good rows, and write the bad ones with what is wrong to this file, which is not there yet.
    #[arg(long, value_name = "FILE")]
    skip_bad: Option<PathBuf>,
    #[command(flatten)]
    data: DataSettings,
}

impl Import {
    /// Imports.
    pub async fn run(self) -> Result<(), Failure> {
        let kind = self.kind()?;
        let bytes = std::fs::read(&self.file).map_err(|error| format!("{}: {error}", self.file.display()))?;
        let skipped = self.skip_bad.as_deref().map(|path| SkippedRows::open(path, &self.file));
        let skipped = skipped.transpose()?;
        let place = DatabasePlace::open(&self.data).await?;
        let outcome = self.load(&place, kind, &bytes, skipped).await;
        place.close().await?;
        report(&outcome?);
        Ok(())
    }

    fn kind(&self) -> Result<ImportKind, Failure> {
        let name = self.file.file_name().unwrap_or_default().to_string_lossy();
        Ok(self.kind.map_or_else(|| kind_of(&name), Ok)?)
    }

    async fn load(
        &self,
        place: &DatabasePlace,
        kind: ImportKind,
        bytes: &[u8],
        skipped: Option<SkippedRows>,
    ) -> Result<Outcome, Failure> {
        let database = place.database().await?;
        let organization = place.organization(&self.organization).await?;
        let owner = store::connect(place.owner().await?).await?;
        let file = ImportFile {
            kind,
            bytes,
            skip_bad: skipped.is_some(),
        };
        let outcome = write(&database, &owner, organization, file, skipped).await;
        owner.close().await?;
        outcome
    }
}

fn report(outcome: &Outcome) {
    list(&outcome.errors);
    eprintln!(
        "{} new, {} changed, {} as before.",
        outcome.created, outcome.updated, outcome.unchanged
    );
    if outcome.days_removed > 0 {
        eprintln!(
            "{} day(s) of the changed activities removed: the file has no row for them.",
            outcome.days_removed
        );
    }
}

/// The kind whose name this one begins with.
fn kind_of(name: &str) -> Result<ImportKind, &'static str> {
    let mut kinds = ImportKind::ALL.into_iter();
    let found = kinds.find(|kind| name.to_ascii_lowercase().starts_with(kind.name()));
    found.ok_or("Say what the file lists: --kind units, members, contacts or activities.")
}

async fn write(
    database: &Database,
    owner: &sea_orm::DatabaseConnection,
    organization: Uuid,
    file: ImportFile<'_>,
    mut skipped: Option<SkippedRows>,
) -> Result<Outcome, Failure> {
    let now = SystemClock.now();
    let scope = database.work(ActorKind::Import, organization, None, now).await?;
    let bar = bar();
    let outcome = import::run(&scope, owner, file, now, &|progress| show(&bar, progress)).await;
    bar.finish_and_clear();
    let outcome = outcome.map_err(explain)?;
    if let (Some(rows), Some(skipped)) = (&outcome.skipped_rows, &mut skipped) {
        skipped.write(rows)?;
    }
    if let Some(entry) = outcome.entry(organization, &file) {
        scope.commit([entry]).await?;
    }
    if let Some(skipped) = skipped.filter(|_| outcome.skipped > 0) {
        eprintln!(
            "{} row(s) were skipped; they are in {}.",
            outcome.skipped,
            skipped.path().display()
        );
        skipped.keep();
    }
    Ok(outcome)
}

fn explain(error: ImportError) -> Failure {
    match &error {
        ImportError::File(errors) | ImportError::Rows(errors) => list(errors),
        ImportError::Database(_) => {}
    }
    error.into()
}

fn list(errors: &[RowError]) {
    for error in errors.iter().take(SHOWN) {
        eprintln!("{error}");
    }
    if errors.len() > SHOWN {
        eprintln!("... and {} more", errors.len() - SHOWN);
    }
}

fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}").unwrap_or(ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style)
}

fn show(bar: &ProgressBar, progress: ImportProgress) {
    bar.set_message(match progress.step {
        ImportStep::Checking => "Checking",
        ImportStep::Writing => "Writing",
    });
    bar.set_length(progress.total as u64);
    bar.set_position(progress.done as u64);
}
